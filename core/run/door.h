/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of what a module hands over: a wrong value fails its stage, it is never taken for "clear
 * the field". */
#pragma once

#include "run/run.h"
#include "stagebox/kind.h"

/**
 * The result of a callback.
 *
 * @rc        as returned
 * @callback  its name: "fetch", "the answer callback for lab/node/pve1"
 *
 * Returns rc when it is 0 or negative, with an error when the callback set none; SB_E_STATE when it
 * is positive.
 */
int sb_door_result(int rc, const char *callback, struct sb_error *err);

/** May a row or an object of this run have the key: is it the slug of the endpoint, or below it? A
 * run of NetBox alone has no endpoint, and takes every key. */
bool sb_door_key(const struct sb_run *run, const char *key);

/** Keys and prefixes are part of records and events, which are UTF-8. Another one fails the stage,
 * whatever the module does with the result. Returns 0, or SB_E_ARG. @function: that got the text;
 * @text: NULL is allowed */
int sb_door_text(struct sb_stage_run *stage, const char *function, const char *text);

/* Why a module has no JSON: in a job a failed allocation ends the process at once. */
#define SB_NULL_JSON                                                                               \
	"json_pack() returns NULL when its format does not fit the values, or when a text is "     \
	"NULL (\"s?\" takes one) or not UTF-8"

/* Callbacks in which a function may be called. Unit tests call some functions outside of them. */
enum {
	SB_IN_DIFF = 1u << SB_PHASE_DIFF,
	SB_IN_WANT = 1u << SB_PHASE_WANT,
	SB_IN_SHOW = 1u << SB_PHASE_SHOW,
	SB_IN_GONE = 1u << SB_PHASE_GONE | 1u << SB_PHASE_ANSWER | 1u << SB_PHASE_NONE,
	SB_IN_FETCH = 1u << SB_PHASE_FETCH | 1u << SB_PHASE_ANSWER | 1u << SB_PHASE_NONE,
};

/**
 * May the function be called now? If not, the stage fails, whatever the module does with the
 * result: half of what it needs is not there.
 *
 * @phases  in which it may be called: SB_IN_DIFF, ...
 *
 * Returns 0, or SB_E_STATE with the function, the callback, and where to call it.
 */
int sb_door_phase(const struct sb_stage_run *stage, unsigned phases, const char *function,
		  struct sb_error *err);

/** Find the fault of a value for a field, as the end of a sentence; NULL = it has the right type.
 * References may be in the form of rows. */
const char *sb_door_value(const struct sb_kind_field *field, const json_t *value);
