/* SPDX-License-Identifier: Apache-2.0 */
/* The parent's side of a job: start it, send its task, write the store, record its end. */
#pragma once

#include "base/exit.h"
#include "parent/job_spec.h"
#include "store/store.h"

/**
 * Execute one job in a process of its own: fork + exec of this program with the argument "job".
 *
 * Sends the task with the stored values of the endpoint, and serves the job until it has exited. In
 * the modes that write (SYNC, APPLY, BOOTSTRAP) also takes the lease of the endpoint, closes the
 * runs of dead predecessors, begins a run, stores the events, and acknowledges request rows once
 * they are durable. A job that dies, or is killed at its deadline, has a failed result with signal,
 * stage and module, which in these modes is also the record of its run.
 *
 * @store       required by the modes that write; else may be NULL: no stored values are sent
 * @ret_result  always initialised, also on failure; release it with sb_job_result_finish()
 *
 * Returns 0 when the job was started, whatever became of it. Negative when it could not be started:
 * SB_E_ARG for an unusable spec, SB_E_BUSY with the holder of the lease, SB_E_STATE, SB_E_NOMEM, or
 * an error of the store. The result then has neither exit code nor err.
 */
SB_API int sb_job_execute(struct sb_store *store, const struct sb_job_spec *spec,
			  struct sb_job_result *ret_result, struct sb_error *err);
/** Release all members, and clear the result. */
SB_API void sb_job_result_finish(struct sb_job_result *result);

/** Like sb_job_execute() with another program, for tests. */
int sb_job_execute_program(const char *program, struct sb_store *store,
			   const struct sb_job_spec *spec, struct sb_job_result *ret_result,
			   struct sb_error *err);
