/* SPDX-License-Identifier: Apache-2.0 */
/* The events of actions on Proxmox VE. Each is in the store before the job goes on. */
#pragma once

#include "parent/state.h"

/* Handlers of core/parent/events.c. They return 0; SB_E_SHAPE for what no job of this task sends;
 * or an error of the store. */
int sb_parent_on_action(struct sb_parent *parent, const json_t *event, struct sb_error *err);
int sb_parent_on_action_end(struct sb_parent *parent, const json_t *event, struct sb_error *err);
int sb_parent_on_call(struct sb_parent *parent, const json_t *event, struct sb_error *err);
int sb_parent_on_called(struct sb_parent *parent, const json_t *event, struct sb_error *err);
