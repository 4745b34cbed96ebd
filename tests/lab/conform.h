/* SPDX-License-Identifier: Apache-2.0 */
/* Recorded answers beside those of a simulator: read, compared, and the comparison itself tried. */
#pragma once

#include "base/buf.h"

#include <jansson.h>

/** Read tests/data/<file>. Fails the test when that is not to be had. New reference. */
json_t *conform_load(const char *file);

/** A copy as a client would read it: written as text and parsed again. New reference. */
json_t *conform_wire(const json_t *json);

/* How to compare what is more than equality. */
struct conform_rules {
	/* Does a recorded text stand for what the simulator answers? */
	bool (*text_fits)(void *arg, const char *want, const json_t *have);
	void *arg;
	/* Members that the recording leaves out, ended by NULL. */
	const char *const *left_out;
};

/** Compare keys, types and values; one line into out for each difference. Returns how many. */
size_t conform_compare(const struct conform_rules *rules, const json_t *want, const json_t *have,
		       struct sb_buf *out);

/**
 * Alter each single value, member and element of want, one at a time, and compare with have: all
 * of these differ, or the comparison cannot fail. want is as before afterwards.
 *
 * @ret_tried  added to: how many alterations there were
 *
 * One line into out for each alteration that nobody sees. Returns how many.
 */
size_t conform_mutate(const struct conform_rules *rules, json_t *want, const json_t *have,
		      size_t *ret_tried, struct sb_buf *out);
