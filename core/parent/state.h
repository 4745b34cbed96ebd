/* SPDX-License-Identifier: Apache-2.0 */
/* The parent's state of one job, from its start to its record. */
#pragma once

#include <sys/types.h>

#include "base/branch_schema.h"
#include "base/buf.h"
#include "parent/job_spec.h"
#include "store/store.h"

/* A lease that this run holds. */
struct sb_parent_lease {
	char name[124];
	int64_t token; /* 0 = it is not held */
};

struct sb_parent {
	struct sb_store *store;
	const struct sb_job_spec *spec;
	struct sb_job_result *result;
	unsigned failures;             /* of allocations before this run (base/memory.h) */
	bool writes_store;             /* this mode has a run row and writes the store */
	struct sb_parent_lease lease;  /* of the endpoint, for the whole run */
	struct sb_parent_lease shared; /* of NetBox's shared objects, while the job writes them */
	bool wants_shared;             /* the job waits for it */
	int64_t shared_asked_ms;       /* when the store was asked for it last; 0 = not yet */
	int64_t shared_reported_ms;    /* when the log named who has it; 0 = not yet */

	pid_t pid;
	int in_fd, out_fd; /* to and from the job; -1 = closed */
	bool has_exited;
	int wait_status;

	struct sb_buf out; /* lines for the job; bytes from sent on are not sent yet */
	size_t sent;
	struct sb_buf in; /* received bytes of an incomplete line; no newline before seen */
	size_t seen;
	uint64_t n_events, n_bytes, max_bytes; /* received so far, and the limit */
	bool is_fed;                           /* the task was sent: events may be handled */

	int64_t started_ms, deadline_ms, kill_at_ms; /* 0 = none */
	int64_t deadline_s;
	bool was_stopped, was_late;
	struct sb_error cause; /* why sb_parent_kill() was called; code 0 = it was not */

	uint64_t n_requests;   /* that the job began */
	json_t *dead;          /* modules that ended a job of this run (without.h) */
	json_t *files;         /* {"<module>": SHA-256}, by the job; NULL = not sent */
	json_t *faults;        /* of the task: what is known of modules (model/module_fault.h) */
	json_t *open_requests; /* of earlier runs, which the job may settle */
	json_t *open_calls;    /* the same, of Proxmox VE */
	json_t *branches;      /* of earlier runs of the endpoint, as in the task */
	json_t *seen_branches; /* the records of those that events named, by name and schema */
	char schema[SB_BRANCH_SCHEMA + 1]; /* of the branch that the job writes; "" = main */
	const char *document; /* APPLY: hash of the plan document, borrowed; else NULL */
	json_t *end;          /* the last event, or NULL */
	json_t *stages; /* array of {"module", "stage", "entry"} in the order in which they ended */
	char stage[96], module[64]; /* of the last stage_begin; stage "" = loading */
	int64_t stage_ms;
};
