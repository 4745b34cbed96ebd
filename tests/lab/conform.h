/* SPDX-License-Identifier: Apache-2.0 */
/* Compare recorded answers with those of a simulator, and test the comparison itself. */
#pragma once

#include "base/buf.h"

#include <jansson.h>

/** Read tests/data/<file>. Fails the test on an error. New reference. */
json_t *conform_load(const char *file);

/** A copy as a client reads it, converted to text and parsed again. New reference. */
json_t *conform_wire(const json_t *json);

/* Rules of a comparison, beyond equality. */
struct conform_rules {
	/* Does a recorded text match a value of the simulator? */
	bool (*text_fits)(void *arg, const char *want, const json_t *have);
	void *arg;
	/* Members that the recording omits, ended by NULL. */
	const char *const *left_out;
};

/** Compare keys, types and values; writes a line to out for each difference. Returns their number.
 */
size_t conform_compare(const struct conform_rules *rules, const json_t *want, const json_t *have,
		       struct sb_buf *out);

/**
 * Alter each value, member and element of want, one at a time, and compare with have. Each
 * comparison must find a difference. want is restored afterwards.
 *
 * @ret_tried  the number of alterations is added to it
 *
 * Writes a line to out for each alteration that is not detected. Returns their number.
 */
size_t conform_mutate(const struct conform_rules *rules, json_t *want, const json_t *have,
		      size_t *ret_tried, struct sb_buf *out);
