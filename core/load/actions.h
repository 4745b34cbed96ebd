/* SPDX-License-Identifier: Apache-2.0 */
/* The actions on Proxmox VE that stages declare: checked when modules are loaded, and asked when
 * one is planned or read from a plan. */
#pragma once

#include "model/kinds.h"
#include "stagebox/module.h"

/** Copy a table of a module with its names and keys; NULL without rows, or when memory is out. */
struct sb_action *sb_actions_copy(const struct sb_action *rows, size_t row_size);

/** Release such a copy. NULL is allowed. */
void sb_actions_destroy(struct sb_action *actions);

/** Does each row name a known owned kind, a valid action and pattern, and has the stage apply()?
 * SB_E_CONFIG. */
int sb_actions_check(const struct sb_kinds *kinds, const struct sb_stage *stage,
		     struct sb_error *err);

/** Does the stage declare this action on the object with the key? */
bool sb_stage_acts(const struct sb_stage *stage, const struct sb_kind *kind, const char *action,
		   const char *key);
