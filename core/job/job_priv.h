/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a job process, and how it ends; shared by job.c and job_end.c. */
#pragma once

#include "load/views.h"
#include "model/table.h"
#include "run/grant.h"
#include "run/run.h"
#include "run/session.h"

/* The state of a job process. */
struct job {
	struct sb_events *events;
	json_t *task;
	json_t *replay;           /* array, or NULL */
	struct sb_table *applied; /* key -> fields, until the snapshot takes it */
	struct sb_registry *registry;
	const struct sb_view_entry *view; /* of the task; NULL = none */
	struct sb_session session;
	struct sb_run *run;
	struct sb_write_grant grant; /* to write to Proxmox VE, when run->grant points here */
	int64_t began_ms;
};

/** Is this the mode of the task? */
bool sb_job_is_mode(const struct job *job, const char *mode);

/** By the clock of the io; 0 before there is one. */
int64_t sb_job_now_ms(const struct job *job);

/** Send the last event, with the record so far. Without memory the process ends, so that one record
 * names cause and stage wherever it happened. */
void sb_job_send_end(struct job *job, const char *status, int code, const struct sb_error *err);

/** Compute counters and statuses, and send the last events. */
void sb_job_finish(struct job *job, bool is_plan);
