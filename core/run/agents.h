/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to guest agents: which ones are sent, in which order, how many at once, and for how
 * long a run waits for them. */
#pragma once

#include "run/run.h"

/*
 * An agent that hangs costs 3 to 12 s, and occupies one of the three workers of the root daemon of
 * its node. So
 *  - two questions per node are under way: the one behind an agent that hangs goes on, and one
 *    worker stays free for other requests; with three of them the node would answer nothing;
 *  - six per endpoint, of the eight requests that may be under way: in a large cluster agents that
 *    hang must not occupy all of them. Nodes where an agent did not answer, or none yet, have three
 *    of the six while the others have questions;
 *  - agents that did not answer in earlier runs (core/model/agent_turn.h) are asked when nothing
 *    else of Proxmox VE is outstanding, so after those that earlier runs did not ask; the one that
 *    was asked least recently comes first;
 *  - the time of agents that answer is not limited. A run waits for silent ones at most
 *    limits.agent_wait beyond everything else: one clock of the endpoint counts the time in which
 * no question was under way that was answered. No question is given more time than is left, and
 *    half of it or 3.5 s remain for the ones behind it. A question for which too little is left
 * when all others have ended ends unsent.
 */
struct sb_agents;

/** @wait_s  limits.agent_wait */
struct sb_agents *sb_agents_create(int64_t wait_s);

/** NULL is allowed. Questions that are outstanding are dropped without a call. */
void sb_agents_destroy(struct sb_agents *agents);

/** Take the memory from the task (borrowed; rows that are not valid, or too old, are dropped).
 * Returns 0, or SB_E_NOMEM. */
int sb_agents_take(struct sb_run *run, const json_t *memory);

/** The memory after this run: {"<key>": row}. New reference. */
json_t *sb_agents_after(const struct sb_run *run);

/**
 * Add one question; sb_agents_start() sends it. done is called once, like that of sb_pve_get(); why
 * is SB_E_CANCELLED for a question that ends unsent.
 *
 * @key   of the guest; copied
 * @path  of the request, encoded: "/nodes/pve1/..."; taken, also on failure
 *
 * Returns 0, or SB_E_NOMEM.
 */
int sb_agents_add(struct sb_run *run, const char *key, char *path_take, sb_pve_done *done,
		  void *arg, struct sb_error *err);

/** Send the questions that may be sent now. Call it whenever a request of a stage was added or
 * answered. */
void sb_agents_start(struct sb_run *run);

/** End the questions for which no time is left. Call it in each turn of the loop that waits.
 * @lists_read  NetBox's lists are read: only requests of stages are outstanding */
void sb_agents_check_time(struct sb_run *run, bool lists_read);
