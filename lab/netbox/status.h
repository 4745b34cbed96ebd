/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that are about the server itself. */
#pragma once

#include "call.h"

/** Answer status, authentication check or the listing of an application; false = none of them. */
bool nb_status(struct nb_call *call, const char *path);
