/* SPDX-License-Identifier: Apache-2.0 */
/* Where the modules of a command write: to main, or into branches of NetBox. */
#pragma once

#include "cmd.h"

/**
 * The targets of each endpoint, in the shape that struct sb_jobs_request takes; endpoints whose
 * modules all write to main are left out.
 *
 * @conf         checked
 * @slugs        of the endpoints
 * @mode         of --branch; NULL = as configured
 * @selected     the modules whose stages are selected, an array of their names; NULL = all. Targets
 *               without any of them are left out
 * @ret_targets  new reference, set on success only
 */
int cmd_targets(const json_t *conf, const json_t *slugs, const char *mode, const json_t *selected,
		json_t **ret_targets, struct sb_error *err);

/** The modules of the stages that sb_look_modules() marked as selected. New reference. */
json_t *cmd_selected_modules(const json_t *seen);

/** A saved plan for main must not pass by a branch that the configuration requires. Returns 0, or
 * SB_E_REFUSED naming the first module of the plan whose mode is "required". @doc: a plan document
 */
int cmd_check_plan_target(const json_t *conf, const json_t *doc, struct sb_error *err);
