/* SPDX-License-Identifier: Apache-2.0 */
/* Progress lines on stderr while a job runs. */
#pragma once

#include "stagebox/types.h"

struct progress {
	bool is_on, is_terminal, has_line;
	const char *slug;
	char stage[96];
	int64_t stage_ms, drawn_ms;
};

/** is_on false = print nothing. On a terminal the line of the running stage is redrawn. */
void progress_init(struct progress *progress, bool is_on);
void progress_begin(struct progress *progress, const char *slug);
void progress_event(struct progress *progress, const json_t *event);
void progress_end(struct progress *progress);
