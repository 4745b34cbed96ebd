/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs of one command: endpoint after endpoint, with progress, recording and outcomes. */
#pragma once

#include "cmd.h"
#include "parent/parent.h"
#include "progress.h"

struct jobs_outcome {
	char slug[64];
	struct sb_job_result result; /* err and exit_code are set also when no job started */
};

struct jobs {
	struct cmd *cmd;
	enum sb_job_mode mode;
	json_t *conf; /* resolved */
	struct sb_store *store;
	struct jobs_outcome *outcomes; /* in the order in which they ran */
	size_t n;
	struct progress progress;
	FILE *recording;
	const char *slug; /* of the job that runs */
	int exit_code;    /* the worst so far */
};

/** Configuration with secrets, store, checked selection. */
int jobs_open(struct cmd *cmd, enum sb_job_mode mode, struct jobs *ret_jobs, struct sb_error *err);

/** The same from a recording: no configuration, no store, no network. */
int jobs_open_replay(struct cmd *cmd, struct jobs *ret_jobs);
void jobs_close(struct jobs *jobs);

/** Endpoints that the options select, in the order of the configuration. New reference. */
int jobs_endpoints(struct jobs *jobs, json_t **ret_slugs, struct sb_error *err);

/** Run one; its outcome is the last one of jobs. False when the command shall end (signal). */
bool jobs_run(struct jobs *jobs, const char *slug, const json_t *plan);

/** Run one from recorded inputs and lines. */
bool jobs_replay(struct jobs *jobs, const char *slug, const json_t *inputs, const json_t *lines);

/** Run all that the options select. */
int jobs_run_all(struct jobs *jobs, struct sb_error *err);

/** One line on stderr for each job that ended with an error. */
void jobs_report(const struct jobs *jobs);

/** 128 + n when a signal came, else the worst code. */
int jobs_exit(const struct jobs *jobs);
