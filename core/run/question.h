/* SPDX-License-Identifier: Apache-2.0 */
/* Questions that a pass of diffing leaves for the network. */
#pragma once

#include "run/run.h"

int sb_question_add(struct sb_run *run, enum sb_question_type type, const struct sb_kind *kind,
		    const char *text, const char *key, size_t stage);
