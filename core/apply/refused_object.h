/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that NetBox refuses as a whole, for the memory of the next runs. */
#pragma once

#include "apply/state.h"

/**
 * NetBox refused the object of an op: the next runs do not send it again with the same values.
 *
 * @fields        the fields that NetBox names, or that all refused objects have in common
 * (borrowed); of them those count that decide about the object. NULL, or without such a one: all
 *                values that decide, of an update all that it sets
 * @words         NetBox's
 * @is_exception  NetBox failed instead of refusing: remembered only when it took another object of
 *                the kind in this run
 *
 * Ops that adopt or move an object are not remembered. Out of memory is noted in apply->failed_rc.
 */
void sb_refused_object_note(struct sb_apply *apply, size_t position, const json_t *fields,
			    const char *words, bool is_exception);

/** Put what was noted into the memory of the run, after the last answer. Returns 0, or SB_E_NOMEM.
 */
int sb_refused_objects_remember(struct sb_apply *apply);
