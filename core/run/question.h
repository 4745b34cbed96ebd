/* SPDX-License-Identifier: Apache-2.0 */
/* Questions that a diff pass notes, because only a server can answer them. */
#pragma once

#include "run/run.h"

/**
 * Add a question to run->diff and mark its plan as a draft, unless one of the last four has the
 * same type, kind, text and stage. The answer is in the snapshot in the next pass
 * (core/diff/ask.c).
 *
 * @text, @key  see struct sb_question; copied; "" = not used
 *
 * Returns 0, or SB_E_NOMEM.
 */
int sb_question_add(struct sb_run *run, enum sb_question_type type, const struct sb_kind *kind,
		    const char *text, const char *key);

/** The same for SB_ASK_LOG, with the stage that wants to read the change log of an object. */
int sb_question_add_log(struct sb_run *run, size_t stage, const struct sb_kind *kind,
			const char *id, const char *index);

/** The same for SB_ASK_GONE: has the object vanished? The prove_gone() of the stage answers. */
int sb_question_add_gone(struct sb_run *run, size_t stage, const char *key);
