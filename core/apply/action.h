/* SPDX-License-Identifier: Apache-2.0 */
/* The executor of the system "pve": actions, one at a time per object, carried out by their stages.
 */
#pragma once

#include "apply/call.h"
#include "stagebox/write.h"

/* The end that one step waits for. */
enum sb_step { SB_STEP_NONE, SB_STEP_JOURNAL, SB_STEP_NOTE, SB_STEP_READ, SB_STEP_CALL };

/* One action that is carried out. */
struct sb_op_run {
	struct sb_op_run *next;
	struct sb_actions *actions;
	size_t position; /* of its op in the plan */
	size_t seq;      /* of its op in the plan document */
	json_t *notes, *calls;
	enum sb_step step;
	sb_op_step *on_step; /* of the step under way */
	void *arg;
	json_t *noted;            /* of NOTE: the value */
	struct sb_before *before; /* of CALL, until the request is sent */
	unsigned n_steps;
	size_t n_calls; /* the number of the last call, also of earlier runs */
	bool in_callback, has_ended;
	enum sb_op_state state; /* once it has ended */
	char *cause;
};

struct sb_actions {
	struct sb_apply *apply;
	const char *document; /* borrowed */
	json_t *known;        /* "<op of the document>" -> its row of earlier runs (run/grant.h) */
	size_t *ready, n, room;
	json_t *lanes; /* "<top key>" -> true: an action or an open call of the object; a text says
			* why it stays so */
	struct sb_op_run *running;
	struct sb_op_run *ended; /* kept, because a module may still have their addresses */
	unsigned n_running;
	struct sb_calls calls;
	json_t *tasks; /* "<UPID>" -> true: of known calls */
	const struct sb_pve_writer *writer;
};

/** Prepare for the actions of a plan, and look for open calls of earlier runs. NULL in
 * apply->actions when the plan has no action. Returns 0; SB_E_REFUSED when this job may not write
 * to Proxmox VE; SB_E_NOMEM. */
int sb_actions_begin(struct sb_apply *apply, struct sb_error *err);
void sb_actions_finish(struct sb_apply *apply);

/** An action became ready. Returns 0, or SB_E_NOMEM. */
int sb_actions_put(struct sb_apply *apply, size_t op);

/** Start one more action. False = none can start now. */
bool sb_actions_start(struct sb_apply *apply);

/** Is an action under way, or an open call looked for? */
bool sb_actions_wait(const struct sb_apply *apply);

/** Poll the tasks that are due. Returns the milliseconds until the next one is. */
int64_t sb_actions_tick(struct sb_apply *apply);

/** Note an action that has ended for the record of the run. */
void sb_actions_record(struct sb_apply *apply, const struct sb_op_run *op_run);

/* op_run.c: the steps of one action */

/** Journal an action, then call its stage. Takes op_run, which is released when it has ended. */
void sb_op_run_start(struct sb_op_run *op_run);

/** A step has ended: call its callback. data: borrowed; NULL with why. */
void sb_op_run_step(struct sb_op_run *op_run, const json_t *data, const struct sb_error *why);

/** Its stage failed while a step is under way: the action ends when that has. */
void sb_op_run_abandon(struct sb_op_run *op_run, const struct sb_error *why);

/** The action must not go on: it ends as refused when its step does. */
void sb_op_run_refuse(struct sb_op_run *op_run, const struct sb_error *why);

/** Check that a step may begin, and note whose callback gets its result. SB_E_STATE. */
int sb_op_run_begin(struct sb_op_run *op_run, enum sb_step step, sb_op_step *next, void *arg,
		    struct sb_error *err);

void sb_op_run_destroy(struct sb_op_run *op_run);

/** How an action ended, in journal and record: "done", "as-is", "refused", "failed". */
const char *sb_op_run_word(const struct sb_op_run *op_run);

/* writer.c */

/** The functions that a stage may call. */
extern const struct sb_pve_writer sb_writer;
