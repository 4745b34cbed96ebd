/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at modules in another process, because loading a module runs its code. */
#pragma once

#include "stagebox/error.h"
#include "stagebox/types.h"

/**
 * Load the configured modules in a process of this program (fork + exec of the internal command
 * "look") and describe them. A module that crashes, exits, hangs for 30 s or prints while it is
 * loaded affects only that process: the result is SB_E_CONFIG with the module's name. The caller
 * may have threads.
 *
 * @conf     checked configuration; its secrets are references, not resolved. The options are those
 *           of the first endpoint with which all modules can be loaded
 * @words    resources to check (sb_registry_select()): an unknown one is SB_E_ARG; NULL = none
 * @ret_doc  new reference, untouched on failure:
 *           {"modules": [{"name", "version", "summary", "path", "options": {},
 *                        "secrets": ["<option>", ...]}],
 *            "stages": [{"order", "stage", "resource", "module", "after": [], "reads": [],
 *                        "selected"?}], selected: do the words select it?
 *            "declared": see sb_registry_declared(),
 *            "views": see sb_views_describe()}
 *
 * Returns 0; SB_E_CONFIG for a module that cannot be loaded; SB_E_ARG; SB_E_STATE when the process
 * cannot be started; or SB_E_NOMEM.
 */
SB_API int sb_look_modules(const json_t *conf, const json_t *words, json_t **ret_doc,
			   struct sb_error *err);

/** Load the configured modules as sb_look_modules() does, and describe all kinds. *ret_kinds: new
 * reference to an array of sb_registry_describe_kinds(), untouched on failure. Errors as of
 * sb_look_modules(). */
SB_API int sb_look_kinds(const json_t *conf, json_t **ret_kinds, struct sb_error *err);

/** As sb_look_modules(), and *ret_doc has the member "forms": see sb_kinds_forms(). */
SB_API int sb_look_forms(const json_t *conf, json_t **ret_doc, struct sb_error *err);

/** Load the modules for each endpoint, when one has options of its own, and list what they declare.
 * *ret_own: new reference, {"<slug>": "declared" of sb_look_modules()}, set on success only. Errors
 * as of sb_look_modules(). */
SB_API int sb_look_own(const json_t *conf, json_t **ret_own, struct sb_error *err);

/** Load the configured modules with the options of one endpoint ("" = those of all) and find all
 * errors, also of their options. *ret_faults: new reference to their texts, set on success only.
 * Returns 0, also with errors; SB_E_CONFIG when the process dies of a module; SB_E_STATE; or
 * SB_E_NOMEM. */
SB_API int sb_look_faults(const json_t *conf, const char *slug, json_t **ret_faults,
			  struct sb_error *err);

/** Describe one module file in another process. @ret_info: see sb_module_inspect(). Errors as of
 * sb_look_modules(). */
SB_API int sb_look_file(const char *path, json_t **ret_info, struct sb_error *err);

/** The main function of that process, for the internal command "look": read the request from in_fd,
 * write the answer to out_fd. Returns an exit code. */
SB_API int sb_look_main(int in_fd, int out_fd);
