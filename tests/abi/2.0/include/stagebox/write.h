/* SPDX-License-Identifier: Apache-2.0 */
/* Actions on Proxmox VE: planned by a stage in diff, carried out by it in apply.
 *
 * An action is an op of the plan with the system "pve", the key of the object that it changes, and
 * a name. Only `stagebox apply PLAN` carries actions out, and only for an endpoint with a
 * write_token; a sync leaves them out. One object has one action under way at a time. */
#pragma once

#include "stagebox/module.h"

#ifdef __cplusplus
extern "C" {
#endif

/* In diff */

struct sb_act {
	size_t size;      /* sizeof, when the module was built */
	const char *kind; /* of the object: "vm" */
	const char *key;  /* of the object: "lab/shelf/101" */
	const char *verb; /* one of the actions of the stage */
	const json_t
		*set; /* what it is to be, for apply; an object, copied; NULL = none. No secret */
	const json_t *was; /* what it was planned from, for apply; the same */
	const char *why;   /* for people; NULL = none */
};

/**
 * Plan an action on an object. Counts the object in the account of the stage for other stages'
 * objects. Call it in diff.
 *
 * Returns 0; SB_E_ARG for an action that the stage does not declare, a key of another endpoint, or
 * values of another type than objects; SB_E_STATE outside diff; SB_E_NOMEM.
 */
SB_API int sb_act(struct sb_stage_run *stage, const struct sb_act *act, struct sb_error *err);

/**
 * Count an object that needs no action (why NULL), or of which it is not known whether it does:
 * then the stage is partial. Call it in diff. Returns 0, or an error as of sb_act().
 */
SB_API int sb_act_not(struct sb_stage_run *stage, const char *kind, const char *key,
		      const struct sb_error *why, struct sb_error *err);

/* In apply. apply() and each callback begin one step with a function of the writer or sb_op_note(),
 * whose callback is the next step, or end the action with sb_op_done(). Each request and each note
 * is in the journal, durable, before the next step begins; so when the job dies, `stagebox apply`
 * of the same plan calls apply() again, which finds there what was done. */

/** The op of the action; valid until it has ended. */
SB_API const char *sb_op_key(const struct sb_op_run *op);
SB_API const char *sb_op_verb(const struct sb_op_run *op);
SB_API const json_t *sb_op_set(const struct sb_op_run *op); /* NULL = none */
SB_API const json_t *sb_op_was(const struct sb_op_run *op); /* NULL = none */

/** The values that sb_op_note() has put, also before a crash: an object. Borrowed, valid until the
 * next step.
 */
SB_API const json_t *sb_op_notes(const struct sb_op_run *op);

/**
 * The writes of this action so far, also before a crash, in their order: an array of {"call": name
 * of the function of the writer, "outcome", "task"?, "exit"?}, where "outcome" is "done"; "failed",
 * its task ended with an error, which is "exit"; "rejected", the server refused it; or "dropped",
 * the server never got it. None of them is under way any more: core waits for each before it calls
 * apply(). Borrowed, valid until the next step.
 */
SB_API const json_t *sb_op_calls(const struct sb_op_run *op);

/**
 * The next step of an action.
 *
 * @data  what the step gave, borrowed; NULL when it failed
 * @why   the reason when data is NULL; else NULL
 *
 * Returns 0; a negative value fails the action.
 */
typedef int sb_op_step(struct sb_op_run *op, const json_t *data, const struct sb_error *why,
		       void *arg, struct sb_error *err);

/**
 * Remember a value; next is called when it is durable, with it as data.
 *
 * @name   1 to 31 characters of a-z, 0-9 and -
 * @value  taken, also on failure; at most 8 KiB of JSON; no secret
 * @arg    for next; may be NULL
 */
SB_API int sb_op_note(struct sb_op_run *op, const char *name, json_t *value_take, sb_op_step *next,
		      void *arg, struct sb_error *err);

enum sb_op_outcome {
	SB_OP_MADE,    /* the object was changed */
	SB_OP_AS_IS,   /* it was so already */
	SB_OP_REFUSED, /* it is not as the plan says, and was not changed: the words say how */
};

/** End an action; the words are for people, "" = none. Returns 0; SB_E_STATE when a step is under
 * way, or the action has ended. */
SB_API int sb_op_done(struct sb_op_run *op, enum sb_op_outcome outcome, const char *fmt, ...)
	SB_PRINTF(3, 4);

/**
 * Power a guest: POST /nodes/{node}/{type}/{vmid}/status/{call}; type and VMID are those of the key
 * of the op. next is called when its task has ended, with {"task": UPID, "exit": "OK"}; "WARNINGS:
 * 2" is a success, too. Core reads the guest first: when it is another one than the plan saw, the
 * action is refused and next is not called. The same holds for start, shutdown and stop of a guest
 * of the HA manager: the end of such a task says only that the manager took the order.
 *
 * @node    the node on which the guest is now
 * @params  of the request: an object of texts, numbers and booleans; NULL = none
 */
typedef int sb_pve_power(struct sb_op_run *op, const char *node, const json_t *params,
			 sb_op_step *next, void *arg, struct sb_error *err);

/* The requests that an action may send. There is none that destroys. Later versions append others:
 * a module that was built with them checks that size is large enough. */
struct sb_pve_writer {
	size_t size;
	/** Read with the write token, for a last look before a write: path as in struct sb_ask.
	 * next gets the member "data" of the answer. */
	int (*read)(struct sb_op_run *op, const char *path, sb_op_step *next, void *arg,
		    struct sb_error *err);
	sb_pve_power *start, *shutdown, *stop, *reboot, *reset, *suspend, *resume;
};

#ifdef __cplusplus
}
#endif
