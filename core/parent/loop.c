/* SPDX-License-Identifier: Apache-2.0 */
/* The loop of the parent: exchange bytes with the job and handle its events until it has exited, so
 * that no event is lost when the job dies. */
#include "parent/loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "parent/events.h"
#include "parent/pipes.h"
#include "parent/shared_lease.h"

enum {
	END_GRACE_MS = 20000, /* from the last event to the exit */
	EXIT_TICK_MS = 2,     /* the pipe is closed and cannot wake us: poll for the exit */
};

static void handle_events(struct sb_parent *parent)
{
	struct sb_error err = SB_ERROR_INIT;

	if (!parent->cause.code &&
	    (sb_parent_events(parent, &err) < 0 || sb_parent_try_shared(parent, &err) < 0))
		sb_parent_kill(parent, &err);
	if (!parent->end)
		return;
	sb_parent_close(&parent->in_fd);
	if (!parent->kill_at_ms)
		parent->kill_at_ms = sb_clock_ms() + END_GRACE_MS;
}

/* A job that closed its descriptor can only be exiting: kill it after a grace time. */
static void watch_silence(struct sb_parent *parent)
{
	if (parent->out_fd < 0 && !parent->kill_at_ms && !parent->has_exited)
		parent->kill_at_ms = sb_clock_ms() + SB_PARENT_STOP_GRACE_MS;
}

void sb_parent_loop(struct sb_parent *parent)
{
	size_t before;

	while (!parent->has_exited) {
		sb_parent_turn(parent, parent->out_fd < 0 ? EXIT_TICK_MS : SB_PARENT_TICK_MS);
		handle_events(parent);
		watch_silence(parent);
	}
	sb_parent_close(&parent->in_fd);
	/* Read the rest without waiting for the end of the pipe: a process that the job left behind
	 * may hold it open. */
	do {
		before = parent->in.len;
		while (parent->out_fd >= 0 && sb_parent_read(parent))
			if (parent->in.len - before >= SB_PARENT_TURN_BYTES)
				break;
		before = parent->in.len - before;
		handle_events(parent);
	} while (before >= SB_PARENT_TURN_BYTES && !parent->cause.code);
	sb_parent_close(&parent->out_fd);
}
