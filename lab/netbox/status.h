/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that are about the server itself. */
#pragma once

#include "call.h"

/** Is it status, the authentication check, or the listing of an application? */
bool nb_status_path(const struct nb_call *call, const char *path);

/** Answer one of them. */
void nb_status(struct nb_call *call, const char *path);
