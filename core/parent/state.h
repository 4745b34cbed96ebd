/* SPDX-License-Identifier: Apache-2.0 */
/* One job from its start to its record, as its parent holds it. */
#pragma once

#include <sys/types.h>

#include "base/buf.h"
#include "parent/parent.h"

struct sb_parent {
	struct sb_store *store;
	const struct sb_job_spec *spec;
	struct sb_job_result *result;
	bool remembers; /* this mode has a run row and writes the store */
	bool has_lease;
	char lease[96];

	pid_t pid;
	int in_fd, out_fd; /* to and from the job; -1 = closed */
	bool has_exited;
	int wait_status;

	struct sb_buf out; /* not yet taken by the job from sent on */
	size_t sent;
	struct sb_buf in; /* not yet whole lines; no line end before seen */
	size_t seen;
	bool is_fed; /* "go" is said: events may be handled */

	int64_t started_ms, deadline_ms, kill_at_ms; /* 0 = none */
	int64_t deadline_s;
	bool was_stopped, was_late;
	struct sb_error cause; /* why we killed it; code 0 = we did not */

	json_t *end;    /* the last event, or NULL */
	json_t *stages; /* array of {"module", "stage", "entry"} in order of their end */
	char stage[96], module[64]; /* of the last stage_begin; without a stage: loading */
	int64_t stage_ms;
};
