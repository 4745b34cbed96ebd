/* SPDX-License-Identifier: Apache-2.0 */
/* Describes one module file, which need not be configured, for the commands `modules check` and
 * `modules info` and the page of a module. */
#pragma once

#include "stagebox/module.h"

/** Load, check and describe one module file; the module is stopped again. @ret_info: {name,
 * version, summary, abi, path, options:[...], stages:[...], kinds:[...], views:[...]}; new
 * reference, set on success only. Returns 0, SB_E_CONFIG with the file and the reason, or
 * SB_E_NOMEM. */
SB_API int sb_module_inspect(const char *path, json_t **ret_info, struct sb_error *err);

/** Describe what a stage follows and what it reads of NetBox: {"after": [], "reads": []}. New
 * reference; NULL when out of memory. */
json_t *sb_stage_describe(const struct sb_stage *stage);
