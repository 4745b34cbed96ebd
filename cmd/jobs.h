/* SPDX-License-Identifier: Apache-2.0 */
/* The jobs of one command: one per endpoint, with progress, recording and outcomes. */
#pragma once

#include "cmd.h"
#include "parent/parent.h"
#include "progress.h"

struct jobs_outcome {
	char slug[64];
	struct sb_job_result result; /* err and exit_code are also set when no job was started */
};

struct jobs {
	struct cmd *cmd;
	enum sb_job_mode mode;
	json_t *conf; /* resolved */
	struct sb_store *store;
	struct jobs_outcome *outcomes; /* in the order of the jobs */
	size_t n;
	struct progress progress;
	FILE *recording;
	const char *slug; /* of the running job */
	int exit_code;    /* the worst so far, see sb_exit_worse() */
};

/** Load the configuration with its secrets, open the store, check the selection. On failure jobs is
 * closed already. */
int jobs_open(struct cmd *cmd, enum sb_job_mode mode, struct jobs *ret_jobs, struct sb_error *err);

/** Prepare jobs for a recording, without configuration, store and network. */
int jobs_open_replay(struct cmd *cmd, struct jobs *ret_jobs);
void jobs_close(struct jobs *jobs);

/** The slugs that the options select, in the order of the configuration. New reference. */
int jobs_endpoints(struct jobs *jobs, json_t **ret_slugs, struct sb_error *err);

/** Run the job of one endpoint; its outcome is appended to jobs. False when a signal ends the
 * command. */
bool jobs_run(struct jobs *jobs, const char *slug, const json_t *plan);

/** Run one job from recorded inputs and lines; result as jobs_run(). */
bool jobs_replay(struct jobs *jobs, const char *slug, const json_t *inputs, const json_t *lines);

/** Run the jobs of all selected endpoints. */
int jobs_run_all(struct jobs *jobs, struct sb_error *err);

/** Print one line on stderr for each job that ended with an error. */
void jobs_report(const struct jobs *jobs);

/** The exit code: 128 + n after signal n, else the worst code. */
int jobs_exit(const struct jobs *jobs);
