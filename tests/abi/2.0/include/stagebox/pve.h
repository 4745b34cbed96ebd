/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to Proxmox VE. */
#pragma once

#include "stagebox/module.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The cost of a call for the server. Each class has its own limit of parallel requests per node
 * (defaults 4, 2, 1, 2). */
enum sb_pve_class {
	SB_PVE_INLINE,    /* answered from caches: config, resources, network */
	SB_PVE_PROTECTED, /* handled by the root daemon, which has three workers per node */
	SB_PVE_SLOW,      /* may take seconds: storage, disks */
	SB_PVE_AGENT,     /* waits for a guest; one that hangs blocks a worker for seconds. The key
			     of the request is the key of the guest */
};

/**
 * The callback for one answer.
 *
 * @key   as given to sb_pve_ask()
 * @data  the member "data" of the answer, borrowed; NULL when the request failed
 * @why   the reason when data is NULL; else NULL
 * @arg   as given to sb_pve_ask()
 *
 * A failed request does not fail the stage: call sb_rows_unknown() and return 0. A negative return
 * value fails the stage.
 */
typedef int sb_answer_fn(struct sb_stage_run *stage, const char *key, const json_t *data,
			 const struct sb_error *why, void *arg, struct sb_error *err);

/**
 * Request one resource with GET; on_answer is called later, once, from the same thread. Identical
 * requests in flight are sent once. Call this only from fetch, prove_gone and on_answer.
 *
 * @arg   for on_answer; must stay valid until it is called; may be NULL
 * @key   copied; the key that the answer belongs to ("" when none is needed)
 * @path  template below /api2/json: %s arguments are percent-encoded, %u and %d are numbers;
 *        "/nodes/%s/network"
 */
SB_API int sb_pve_ask(struct sb_stage_run *stage, sb_answer_fn *on_answer, void *arg,
		      const char *key, enum sb_pve_class cost, struct sb_error *err,
		      const char *path, ...) SB_PRINTF(7, 8);

/* Guests whose agent does not answer are remembered between runs, by key, and asked again later:
 * in the next run, then after 5 minutes, 15 minutes, 1 hour, and then every 6 hours. Requests to
 * them are sent after all others. */

enum sb_agent_turn {
	SB_AGENT_ASK,    /* send the request */
	SB_AGENT_SILENT, /* do not send it in this run: the agent did not answer in earlier ones */
	SB_AGENT_ABSENT, /* the same; Proxmox VE reported that the agent does not run */
};

/**
 * Is it the turn of a guest to be asked? Call it before each request of class SB_PVE_AGENT. A guest
 * that restarted, or whose config changed, is asked at once.
 *
 * @uptime_s  of the guest; negative = not known
 * @config    at most 64 bytes; changes with the part of its config that may concern the agent
 *
 * Returns enum sb_agent_turn, SB_E_ARG for a longer text, or SB_E_NOMEM.
 */
SB_API int sb_agent_turn(struct sb_stage_run *stage, const char *key, int64_t uptime_s,
			 const char *config);

/* Report the result of the first request to the agent of a guest; call one of them from its
 * callback. They return SB_E_NOMEM on failure. */

/** The agent answered, or refused: it is not silent. Returns 0. */
SB_API int sb_agent_answered(struct sb_stage_run *stage, const char *key);

/** Proxmox VE reported that the agent does not run. It is asked again later only if that took a
 * second or more, because Proxmox VE waited for it. Returns 0. */
SB_API int sb_agent_absent(struct sb_stage_run *stage, const char *key);

/** The request ended without an answer. Returns 0 when that is a failure, which makes addresses
 * unknown; 1 when the agent was silent in three runs running, which is a limit (see
 * sb_rows_limited()) until the guest restarts or its config changes. */
SB_API int sb_agent_silent(struct sb_stage_run *stage, const char *key);

/* The server and the token of the endpoint. */

/**
 * Does the token have a privilege on a path and below it ("/vms", "VM.Audit")? The answer comes
 * from GET /access/permissions when the session opens. 1 = yes, 0 = no, negative = unknown.
 */
SB_API int sb_pve_may(const struct sb_stage_run *stage, const char *path, const char *privilege);

/** Major version of the server (8, 9). */
SB_API int sb_pve_major(const struct sb_stage_run *stage);

/** Is the endpoint a cluster (a standalone node is not)? */
SB_API bool sb_pve_is_cluster(const struct sb_stage_run *stage);

/** Name of the cluster; for a standalone endpoint the name of its node. */
SB_API const char *sb_pve_name(const struct sb_stage_run *stage);

#ifdef __cplusplus
}
#endif
