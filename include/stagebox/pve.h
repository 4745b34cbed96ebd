/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to Proxmox VE. */
#pragma once

#include "stagebox/module.h"

/* The cost of a call for the server. Each class has its own limit of parallel requests per node
 * (defaults 4, 2, 1, 1). */
enum sb_pve_class {
	SB_PVE_INLINE,    /* answered from caches: config, resources, network */
	SB_PVE_PROTECTED, /* handled by the root daemon, which has three workers per node */
	SB_PVE_SLOW,      /* may take seconds: storage, disks */
	SB_PVE_AGENT,     /* waits for a guest; one that hangs blocks a worker for seconds */
};

/**
 * The callback for one answer.
 *
 * @key   as given to sb_pve_ask()
 * @data  the member "data" of the answer, borrowed; NULL when the request failed
 * @why   the reason when data is NULL; else NULL
 *
 * A failed request does not fail the stage: call sb_rows_unknown() and return 0. A negative return
 * value fails the stage.
 */
typedef int sb_answer_fn(struct sb_run *run, const char *key, const json_t *data,
			 const struct sb_error *why, struct sb_error *err);

/**
 * Request one resource with GET; on_answer is called later, once, from the same thread. Identical
 * requests in flight are sent once. Call this only from fetch, prove_gone and on_answer.
 *
 * @key   copied; the key that the answer belongs to ("" when none is needed)
 * @path  template below /api2/json: %s arguments are percent-encoded, %u and %d are numbers;
 *        "/nodes/%s/network"
 */
SB_API int sb_pve_ask(struct sb_run *run, sb_answer_fn *on_answer, const char *key,
		      enum sb_pve_class cost, struct sb_error *err, const char *path, ...)
	SB_PRINTF(6, 7);

/**
 * Does the token have a privilege on a path and below it ("/vms", "VM.Audit")? The answer comes
 * from GET /access/permissions when the session opens. 1 = yes, 0 = no, negative = unknown.
 */
SB_API int sb_pve_may(const struct sb_run *run, const char *path, const char *privilege);

/** Major version of the server (8, 9). */
SB_API int sb_pve_major(const struct sb_run *run);

/** Is the endpoint a cluster (a standalone node is not)? */
SB_API bool sb_pve_is_cluster(const struct sb_run *run);

/** Name of the cluster; for a standalone endpoint the name of its node. */
SB_API const char *sb_pve_name(const struct sb_run *run);
