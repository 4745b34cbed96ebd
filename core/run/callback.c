/* SPDX-License-Identifier: Apache-2.0 */
/* A callback that loops or sleeps cannot be ended from within: a timer of the process sends
 * SIGALRM, whose default action ends it. Nothing else in a job uses that signal. */
#include "run/callback.h"

#include <sys/time.h>

#include "stagebox/json.h"

static void set_timer(int64_t seconds)
{
	const struct itimerval timer = {.it_value = {.tv_sec = (time_t)seconds}};

	/* cloud-compat: ok: a limit of this process, which ends with the callback */
	setitimer(ITIMER_REAL, &timer, NULL);
}

static int64_t stage_limit(const struct sb_run *run)
{
	int64_t seconds = 0;

	sb_json_int(json_object_get(run->conf, "limits"), "stage_s", &seconds);
	return seconds;
}

void sb_callback_begin(struct sb_stage_run *stage, enum sb_phase phase)
{
	int64_t seconds = stage_limit(stage->run);

	stage->phase = phase;
	sb_run_announce(stage->run, stage->at);
	if (seconds > 0)
		set_timer(seconds);
}

void sb_callback_end(struct sb_stage_run *stage)
{
	stage->phase = SB_PHASE_NONE;
	if (stage_limit(stage->run) > 0)
		set_timer(0);
}
