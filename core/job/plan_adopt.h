/* SPDX-License-Identifier: Apache-2.0 */
/* Ops of a plan file that give an object a key, or take it away from one of several with it. */
#pragma once

#include "run/run.h"

enum sb_key_rule {
	SB_KEY_OTHER,   /* the op does nothing of this: the other rules decide */
	SB_KEY_PASSED,  /* the other rules are checked, too */
	SB_KEY_ALLOWED, /* decided: one of several objects with a key that is not ours */
	SB_KEY_REFUSED,
};

/** Ask NetBox for the objects that the plan adopts, and its change log for the others with a key.
 * Call it before sb_plan_key_rule(). Returns 0, or the error of a request. */
int sb_plan_read_targets(struct sb_run *run, struct sb_error *err);

/**
 * Judge an op. An object is adopted by the rules of the diff: it is read, nobody else has it, it is
 * marked as adopted (unless a tool made it), and only what is empty or follows the source is
 * changed. A part gets another key by a move only. Marks are not changed alone.
 *
 * @ret_after  of an adoption: the values of the object when the plan is done, a new reference; what
 *             they refer to is not checked here. Else NULL
 * @ret_why    of SB_KEY_REFUSED; valid until the next call
 */
enum sb_key_rule sb_plan_key_rule(struct sb_run *run, const struct sb_op *op, json_t **ret_after,
				  const char **ret_why);
