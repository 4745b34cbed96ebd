/* SPDX-License-Identifier: Apache-2.0 */
/* The state of the questions to agents, shared by their memory and their queue. */
#pragma once

#include "run/agents.h"

struct agent_node;
struct question;

struct sb_agents {
	json_t *memory; /* {"<key>": row} of the task, as this run changes it */
	json_t *asked;  /* {"<key>": {"config", "is_changed"}} of guests whose turn it is */

	struct agent_node *nodes, *next_node;
	size_t n_queued, in_flight;
	size_t n_late;         /* of both: agents that did not answer in earlier runs */
	struct question *sent; /* in flight; each is owned by its request */
	int64_t wait_ms;
	int64_t silent_ms;  /* the silence until counted_ms, see silence_ms() */
	int64_t counted_ms; /* -1 = something else is outstanding */
	unsigned calls;     /* callbacks that run */
	bool is_announced;  /* the parent knows that the run waits */

	/* Of the question whose callback runs. */
	int64_t answer_ms; /* its duration */
	bool is_unsent;
};

/** Release the queue. */
void sb_agents_drop_queue(struct sb_agents *agents);
