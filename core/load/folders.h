/* SPDX-License-Identifier: Apache-2.0 */
/* The folder in which modules are found. */
#pragma once

#include "stagebox/error.h"

/** The folder of the modules: module_dir, else "modules" beside the program (a build tree), else
 * the installed folder relative to the program, else the compiled-in one. Caller frees. NULL with
 * SB_E_CONFIG when module_dir does not exist, or SB_E_NOMEM. */
SB_API char *sb_module_dir(const json_t *conf, struct sb_error *err);

/** SB_E_CONFIG for a module that the folder does not have, with the names of those that it has. */
int sb_module_unknown(const char *dir, const char *name, struct sb_error *err);
