/* SPDX-License-Identifier: Apache-2.0 */
/* The jobs of one command: configuration, store and progress around struct sb_jobs. */
#pragma once

#include "cmd.h"
#include "base/json_hash.h"
#include "parent/jobs.h"
#include "progress.h"

struct jobs {
	struct cmd *cmd;
	json_t *conf; /* resolved */
	struct sb_store *store;
	json_t *slugs;   /* endpoints that the options select, in the order of the configuration */
	json_t *targets; /* of the endpoints, see struct sb_jobs_request; NULL = all to main */
	char *target;    /* the key that --target names, or NULL */
	char conf_hash[SB_JSON_HASH_CHARS + 1]; /* of the configuration; "" for a replay */
	struct progress progress;
	struct sb_jobs all;
};

/** Load the configuration with its secrets, open the store, check the selection. On failure jobs is
 * closed. */
int jobs_open(struct cmd *cmd, enum sb_job_mode mode, struct jobs *ret_jobs, struct sb_error *err);

/** Prepare jobs for a recording, without store and network. The configuration says which modules
 * may be loaded and from where; there may be none. */
int jobs_open_replay(struct cmd *cmd, struct jobs *ret_jobs, struct sb_error *err);

/** Release everything that jobs_open() or jobs_open_replay() took. */
void jobs_close(struct jobs *jobs);

/** Run the jobs of all selected endpoints, and record them if the options ask for it. Returns 0, or
 * SB_E_STATE when the recording could not be written. */
int jobs_run_all(struct jobs *jobs, struct sb_error *err);

/** Print one line on stderr for each job that ended with an error. */
void jobs_report(const struct jobs *jobs);

/** The exit code: 128 + n after signal n, else the worst code. */
int jobs_exit(const struct jobs *jobs);
