/* SPDX-License-Identifier: Apache-2.0 */
/* The folders in which modules are found. */
#pragma once

#include "stagebox/error.h"

/* In the order in which they are searched: module_dir or the folder of the program's own modules,
 * then those of module_path. */
struct sb_module_folders {
	char **paths;
	size_t n;
	bool is_own; /* the first one is that of the program's own modules */
};

/**
 * Find the folders: module_dir, else "modules" beside the program (a build tree), else the
 * installed folder relative to the program, else the compiled-in one; and those of module_path.
 * Folders that the configuration names must belong to root or to us, with all folders above them,
 * and nobody else may write them (load/trust.h).
 *
 * @conf         checked configuration: module_dir, module_path
 * @ret_folders  in any case release it with sb_module_folders_finish()
 *
 * Returns 0; SB_E_CONFIG for a folder that does not exist or that others may write; or SB_E_NOMEM.
 */
SB_API int sb_module_folders_read(const json_t *conf, struct sb_module_folders *ret_folders,
				  struct sb_error *err);
SB_API void sb_module_folders_finish(struct sb_module_folders *folders);

/**
 * Find the file of a module by name, and check who may write it. Which of two files is loaded never
 * depends on an order: a name in two folders is refused.
 *
 * @ret_path  caller frees; NULL = no folder has it
 *
 * Returns 0; SB_E_CONFIG for two files of this name, or one that others may write; or SB_E_NOMEM.
 */
SB_API int sb_module_folders_find(const struct sb_module_folders *folders, const char *name,
				  char **ret_path, struct sb_error *err);

/** SB_E_CONFIG for a module that no folder has, with the names of those that they have. */
SB_API int sb_module_folders_unknown(const struct sb_module_folders *folders, const char *name,
				     struct sb_error *err);
