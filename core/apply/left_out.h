/* SPDX-License-Identifier: Apache-2.0 */
/* Leaving refused values out of an op, so that one value does not cost the object. */
#pragma once

#include "apply/state.h"

enum sb_left_out {
	SB_LEFT_OUT_AGAIN,    /* the op was changed: send it again */
	SB_LEFT_OUT_REFUSED,  /* the object itself is refused */
	SB_LEFT_OUT_AS_IT_IS, /* ... whatever of our values it has: none of them is to blame */
	SB_LEFT_OUT_ENDED,    /* nothing is left to send: the op is done, or wrote nothing */
};

/**
 * NetBox refused an object: take out of its op the fields that the errors name, else the value that
 * the text quotes, else the optional fields by halves, with at most five further requests. No value
 * is blamed when all fields that the errors name are absent from the op, and the values of an
 * update only when NetBox took the object without them: where it took nothing else of the op, one
 * further request asks it with a value that it has.
 *
 * @fields  what NetBox says about each field that it names; NULL = none
 * @text    all of its words
 *
 * Out of memory is noted in apply->failed_rc.
 */
enum sb_left_out sb_left_out_refused(struct sb_apply *apply, size_t position, const json_t *fields,
				     const char *text);

/** NetBox has the object with the values of its op. AGAIN: fields that were held back are sent
 * next, as an update; ENDED: the op is as planned, without what is left out. */
enum sb_left_out sb_left_out_accepted(struct sb_apply *apply, size_t position, int64_t id);

/** Before an op is sent: take out what this run knows to be refused. False: an update has no value
 * left. */
bool sb_left_out_known(struct sb_apply *apply, size_t position);

/** The object with this key will not exist: take the references to it out of an op that waits for
 * it. False when the op needs the object for something else than a reference that can be left out,
 * or was waiting for something else. */
bool sb_left_out_reference(struct sb_apply *apply, size_t position, const char *key,
			   const char *words);

/** Did the op write nothing, because all its values were left out? */
bool sb_left_out_nothing(const struct sb_apply *apply, size_t position);
