/* SPDX-License-Identifier: Apache-2.0 */
/* Refuses module files that were copied incompletely, which would crash the dynamic linker. */
#pragma once

#include "stagebox/error.h"

/** Check that a file is as long as its ELF headers say, because the dynamic linker crashes on a
 * truncated one. Returns 0, or SB_E_CONFIG with the reason. */
int sb_loader_check_whole(const char *path, struct sb_error *err);
