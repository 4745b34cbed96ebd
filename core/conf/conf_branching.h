/* SPDX-License-Identifier: Apache-2.0 */
/* Where a run writes: to main, or into branches of NetBox. */
#pragma once

#include "stagebox/error.h"

#include <jansson.h>

/**
 * The settings of branching that hold for one module of one endpoint. Each member comes from the
 * first of these groups that sets it: branching.modules of the endpoint, branching.modules,
 * branching of the endpoint, branching. Only the prefix has a value of its own between the second
 * and the third: "<module>-sync", when one of the two groups of the module exists.
 *
 * @slug           of an endpoint; NULL or unknown = what holds for all endpoints
 * @module         NULL = what holds for all modules
 * @mode_override  "off", "if-available" or "required", in place of the configured mode of every
 *                 module; NULL = as configured
 * @ret_settings   {"mode", "prefix", "on_conflict", "merge", "keep_days", "wait_s"}: new reference,
 *                 set on success only
 *
 * Returns 0, SB_E_CONFIG when mode_override is not a mode, or SB_E_NOMEM.
 */
SB_API int sb_conf_branching(const json_t *conf, const char *slug, const char *module,
			     const char *mode_override, json_t **ret_settings,
			     struct sb_error *err);

/**
 * The targets of a command for one endpoint: each module of the configuration is in one of them.
 *
 * @slug, @mode_override  as above
 * @ret_targets           new reference, set on success only: first {"modules": [...]} of those that
 *                        write to main (left out when there are none), whose mode is off, then
 *                        {"modules": [...], "branch": {settings}} for each group of modules with
 *                        equal settings, in the order of the modules
 *
 * Returns as sb_conf_branching().
 */
SB_API int sb_conf_targets(const json_t *conf, const char *slug, const char *mode_override,
			   json_t **ret_targets, struct sb_error *err);

/** The targets of all endpoints that are branches: [{"modules", "branch"}], a new reference, set on
 * success only. Otherwise as sb_conf_targets(). */
SB_API int sb_conf_branches(const json_t *conf, const char *mode_override, json_t **ret_branches,
			    struct sb_error *err);
