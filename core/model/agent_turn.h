/* SPDX-License-Identifier: Apache-2.0 */
/* When is the agent of a guest asked again that did not answer? Pure functions of what is
 * remembered of it. */
#pragma once

#include "stagebox/error.h"

/*
 * The memory of an endpoint is {"<key of the guest>": row}. It has rows only of agents that did not
 * answer: a guest without a row answers, or was never asked. So the memory is small, a run without
 * silent agents does not change it, and its loss costs one question to each of them. A row:
 *   {"outcome": "silent" | "absent", "runs": times running, "asked": unix time, "ms": duration,
 *    "config": text}
 * "absent": Proxmox VE reported that the agent does not run, after having waited for it.
 */

/* The state of a guest in this run. */
struct sb_agent_guest {
	int64_t now_s;      /* of the run */
	int64_t uptime_s;   /* negative = not known */
	const char *config; /* what of its config may concern the agent */
};

enum sb_agent_due {
	SB_AGENT_DUE,         /* never asked, or the time has come */
	SB_AGENT_DUE_CHANGED, /* it restarted or its config changed: earlier results do not count */
	SB_AGENT_NOT_DUE,
};

/** The longest text "config" of a row, in bytes. */
enum { SB_AGENT_CONFIG_BYTES = 64 };

/** Silent this many times running, an agent is a limit and not a failure. */
enum { SB_AGENT_LIMIT_RUNS = 3 };

/**
 * Is an agent asked in this run? In the run after its first silence, then when 5 minutes, 15
 * minutes, 1 hour and 6 hours have passed since the last question.
 *
 * @row  of the memory; NULL = none
 */
enum sb_agent_due sb_agent_due(const json_t *row, const struct sb_agent_guest *guest);

/** Does the row say that Proxmox VE found no running agent? */
bool sb_agent_row_is_absent(const json_t *row);

/** Is an agent that is silent now a limit, after the row that it had before? */
bool sb_agent_is_limit(const json_t *before, enum sb_agent_due due);

/**
 * The row after a question without an answer.
 *
 * @before   the row before; NULL = none
 * @due      why it was asked
 * @outcome  "silent" or "absent"
 * @ms       duration of the question
 *
 * New reference; NULL = out of memory.
 */
json_t *sb_agent_row_after(const json_t *before, enum sb_agent_due due, const char *outcome,
			   int64_t now_s, int64_t ms, const char *config);

/** Is the row of a guest that was not asked for so long that it is off or gone? Then it is
 * dropped. */
bool sb_agent_row_is_old(const json_t *row, int64_t now_s);

/** Is it a row of the memory? What it came from may be a file of anybody. */
bool sb_agent_row_is_valid(const json_t *row);
