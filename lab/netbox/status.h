/* SPDX-License-Identifier: Apache-2.0 */
/* Calls about the server itself. */
#pragma once

#include "call.h"

/** Is this the path of status, of the authentication check, or of an application? */
bool nb_status_path(const struct nb_call *call, const char *path);

/** Answer a call on such a path. */
void nb_status(struct nb_call *call, const char *path);
