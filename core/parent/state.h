/* SPDX-License-Identifier: Apache-2.0 */
/* The parent's state of one job, from its start to its record. */
#pragma once

#include <sys/types.h>

#include "base/buf.h"
#include "parent/parent.h"

struct sb_parent {
	struct sb_store *store;
	const struct sb_job_spec *spec;
	struct sb_job_result *result;
	bool writes_store; /* this mode has a run row and writes the store */
	bool has_lease;
	char lease[96];

	pid_t pid;
	int in_fd, out_fd; /* to and from the job; -1 = closed */
	bool has_exited;
	int wait_status;

	struct sb_buf out; /* lines for the job; bytes from sent on are not sent yet */
	size_t sent;
	struct sb_buf in; /* received bytes of an incomplete line; no newline before seen */
	size_t seen;
	bool is_fed; /* the task was sent: events may be handled */

	int64_t started_ms, deadline_ms, kill_at_ms; /* 0 = none */
	int64_t deadline_s;
	bool was_stopped, was_late;
	struct sb_error cause; /* why sb_parent_kill() was called; code 0 = it was not */

	json_t *end;    /* the last event, or NULL */
	json_t *stages; /* array of {"module", "stage", "entry"} in the order in which they ended */
	char stage[96], module[64]; /* of the last stage_begin; stage "" = loading */
	int64_t stage_ms;
};
