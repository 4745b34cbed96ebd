/* SPDX-License-Identifier: Apache-2.0 */
/* Progress lines on stderr while a job runs. */
#pragma once

#include "stagebox/types.h"

struct progress {
	bool is_on, is_verbose, is_terminal, has_line;
	const char *slug;
	char stage[96];
	int64_t done, total;        /* objects of the whole run; total 0 = nothing is written yet */
	int64_t began_ms, drawn_ms; /* of the first write, of the line */
};

/** is_on false = print nothing. On a terminal the line of the run is redrawn; is_verbose: a line
 * for each stage that ended. */
void progress_init(struct progress *progress, bool is_on, bool is_verbose);
void progress_begin(struct progress *progress, const char *slug);
void progress_event(struct progress *progress, const json_t *event);
void progress_end(struct progress *progress);
