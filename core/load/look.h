/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at modules in a process of its own: loading one runs its code. */
#pragma once

#include "stagebox/error.h"
#include "stagebox/types.h"

/**
 * Load the configured modules in a process of this program (fork + exec of the internal command
 * "look") and describe them. A module that crashes, exits, hangs for 30 s or prints while it is
 * loaded costs that process: SB_E_CONFIG, naming the module. Needs nothing of this process but its
 * environment, so it may have threads.
 *
 * @conf     checked configuration; its secrets are references, not resolved
 * @words    resources to check (sb_registry_select()): an unknown one is SB_E_ARG; NULL = none
 * @ret_doc  new reference, untouched on failure:
 *           {"modules": [{"name", "version", "summary", "path"}],
 *            "stages": [{"order", "stage", "resource", "module", "after": [], "reads": []}],
 *            "declared": see sb_registry_declared()}
 */
SB_API int sb_look_modules(const json_t *conf, const json_t *words, json_t **ret_doc,
			   struct sb_error *err);

/** The same for one file that needs not be configured. @ret_info: see sb_module_inspect(). */
SB_API int sb_look_file(const char *path, json_t **ret_info, struct sb_error *err);

/** The other side, for the internal command "look": reads the request, answers it. Returns an exit
 * code. */
SB_API int sb_look_main(int in_fd, int out_fd);
