/* SPDX-License-Identifier: Apache-2.0 */
/* The views of the configured modules: what "view", "help" and the completion know of them. */
#pragma once

#include "cmd.h"

/** Load the configuration and look at its modules. *ret_views: new reference, set on success only,
 * see sb_views_describe(). Returns as cmd_conf() and sb_look_modules(). */
int views_list(struct cmd *cmd, json_t **ret_views, struct sb_error *err);

/** The view of this name, borrowed from the list; NULL = none has it. */
const json_t *views_find(const json_t *views, const char *name);
