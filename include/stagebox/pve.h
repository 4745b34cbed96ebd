/* SPDX-License-Identifier: Apache-2.0 */
/* Asking Proxmox VE. */
#pragma once

#include "stagebox/module.h"

/* What a call costs the server; each class has its own limit per node (defaults 4, 2, 1, 1). */
enum sb_pve_class {
	SB_PVE_INLINE,    /* answered from caches: config, resources, network */
	SB_PVE_PROTECTED, /* goes through the root daemon: three slots per node */
	SB_PVE_SLOW,      /* may take seconds: storage, disks */
	SB_PVE_AGENT,     /* waits for a guest; a hung one blocks a slot for seconds */
};

/**
 * Takes one answer.
 *
 * @key   as given to sb_pve_ask()
 * @data  the member "data" of the answer, borrowed; NULL = could not be read
 * @why   the reason when data is NULL; else NULL
 *
 * A reading failure is no failure of the stage: return 0 after sb_rows_unknown(). A negative
 * return fails the stage.
 */
typedef int sb_answer_fn(struct sb_run *run, const char *key, const json_t *data,
			 const struct sb_error *why, struct sb_error *err);

/**
 * Ask for one resource with GET; on_answer is called later, once, from the same thread.
 * Equal asks in flight are one request. Only from fetch, prove_gone and on_answer.
 *
 * @key   copied; names what the answer is about ("" if that is clear)
 * @path  template below /api2/json: %s arguments are percent-encoded, %u and %d are numbers;
 *        "/nodes/%s/network"
 */
SB_API int sb_pve_ask(struct sb_run *run, sb_answer_fn *on_answer, const char *key,
		      enum sb_pve_class cost, struct sb_error *err, const char *path, ...)
	SB_PRINTF(6, 7);

/**
 * Does the token hold a privilege on a path and below ("/vms", "VM.Audit")?
 * Read once when the session opens (GET /access/permissions). 1 yes, 0 no, negative: unknown.
 */
SB_API int sb_pve_may(const struct sb_run *run, const char *path, const char *privilege);

/** Major version of the server (8, 9). */
SB_API int sb_pve_major(const struct sb_run *run);

/** Is the endpoint a cluster (a standalone node is not)? */
SB_API bool sb_pve_is_cluster(const struct sb_run *run);

/** Name of the cluster, of a standalone endpoint the name of its node. */
SB_API const char *sb_pve_name(const struct sb_run *run);
