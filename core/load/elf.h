/* SPDX-License-Identifier: Apache-2.0 */
/* Is a module's file whole? */
#pragma once

#include "stagebox/error.h"

/** The file is as long as its headers say: a cut one would kill the process in the linker. */
int sb_loader_check_whole(const char *path, struct sb_error *err);
