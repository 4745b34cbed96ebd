/* SPDX-License-Identifier: Apache-2.0 */
/* Texts about actions on Proxmox VE: what was done of each, and what was not. */
#pragma once

#include "out.h"

/** Print each action of a run on one line ("actions" of sb_store_run_get()). @file: of the plan;
 * NULL = not known */
void action_text(struct out *out, const json_t *actions, const char *file);

/** Print the name of a task and its node so that people can find it: "task UPID:... on node pve1".
 */
void action_text_task(struct out *out, const char *node, const char *task);
