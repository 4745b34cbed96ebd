/* SPDX-License-Identifier: Apache-2.0 */
/* Questions that a diff pass notes, because only a server can answer them. */
#pragma once

#include "run/run.h"

/** Add a question (texts are copied) unless one of the last four is equal, and mark the plan as a
 * draft. Returns 0, or SB_E_NOMEM. */
int sb_question_add(struct sb_run *run, enum sb_question_type type, const struct sb_kind *kind,
		    const char *text, const char *key, size_t stage);
