/* SPDX-License-Identifier: Apache-2.0 */
/* Questions of a pass of diffing that the network answers afterwards. */
#pragma once

#include "run/run.h"

/** Add a question unless one of the last ones is equal; makes the plan a draft. SB_E_NOMEM. */
int sb_question_add(struct sb_run *run, enum sb_question_type type, const struct sb_kind *kind,
		    const char *text, const char *key, size_t stage);
