/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes to and from a job, its clock, its end. */
#include "engine/parent_loop.h"

#include "engine/parent_clock.h"
#include "engine/parent_events.h"
#include "engine/parent_pipes.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	STOP_GRACE_MS = 5000, /* between SIGTERM and SIGKILL */
	END_GRACE_MS = 20000, /* between the last event and the exit */
	TICK_MS = 200,        /* a signal may come just before poll() */
	EXIT_TICK_MS = 2,     /* its pipe has ended: it is about to exit, and nothing wakes us */
	READ_BYTES = 65536,
	TURN_BYTES = 4 << 20,
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void reap(struct sb_parent *parent, int flags)
{
	pid_t pid;

	if (parent->has_exited)
		return;
	do
		pid = waitpid(parent->pid, &parent->wait_status, flags);
	while (pid < 0 && errno == EINTR);
	parent->has_exited = pid != 0;
	if (parent->has_exited) /* what it left behind holds its pipes, and our terminal */
		kill(-parent->pid, SIGKILL);
}

static void kill_job(struct sb_parent *parent)
{
	if (!parent->has_exited)
		kill(parent->pid, SIGKILL);
	parent->kill_at_ms = 0;
}

void sb_parent_doom(struct sb_parent *parent, const struct sb_error *why)
{
	if (!parent->cause.code)
		parent->cause = *why;
	kill_job(parent);
}

static void watch_clock(struct sb_parent *parent)
{
	const volatile int *stop = parent->spec->stop;
	int64_t now = sb_parent_now_ms();

	if (stop && *stop && !parent->was_stopped && !parent->end) {
		parent->was_stopped = true;
		parent->kill_at_ms = now + STOP_GRACE_MS;
		kill(parent->pid, SIGTERM);
	}
	if (parent->deadline_ms && now >= parent->deadline_ms && !parent->end) {
		parent->was_late = true;
		parent->deadline_ms = 0;
		kill_job(parent);
	}
	if (parent->kill_at_ms && now >= parent->kill_at_ms)
		kill_job(parent);
}

static void write_some(struct sb_parent *parent)
{
	ssize_t len = write(parent->in_fd, parent->out.text + parent->sent,
			    parent->out.len - parent->sent);

	if (len < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (len < 0) { /* nobody reads any more: its end will tell why */
		close_fd(&parent->in_fd);
		return;
	}
	parent->sent += (size_t)len;
	if (parent->sent == parent->out.len) {
		sb_buf_reset(&parent->out);
		parent->sent = 0;
	}
}

/* False when there is nothing more now. */
static bool read_some(struct sb_parent *parent)
{
	char bytes[READ_BYTES];
	ssize_t len = read(parent->out_fd, bytes, sizeof(bytes));
	struct sb_error err = SB_ERROR_INIT;

	if (len < 0 && errno == EINTR)
		return true;
	if (len < 0 && errno == EAGAIN)
		return false;
	if (len <= 0) {
		close_fd(&parent->out_fd);
		return false;
	}
	sb_buf_add_mem(&parent->in, bytes, (size_t)len);
	if (sb_buf_check(&parent->in, &err) < 0) {
		sb_context(&err, err.code, "a line of the job");
		sb_parent_doom(parent, &err);
		close_fd(&parent->out_fd);
		return false;
	}
	return true;
}

static bool has_unsent(const struct sb_parent *parent)
{
	return parent->in_fd >= 0 && parent->out.len > parent->sent;
}

void sb_parent_turn(struct sb_parent *parent, int timeout_ms)
{
	struct pollfd fds[2] = {
		{.fd = parent->out_fd, .events = POLLIN},
		{.fd = has_unsent(parent) ? parent->in_fd : -1, .events = POLLOUT},
	};
	size_t before = parent->in.len;

	watch_clock(parent);
	if (poll(fds, 2, timeout_ms < TICK_MS ? timeout_ms : TICK_MS) > 0) {
		if (fds[1].revents)
			write_some(parent);
		if (fds[0].revents)
			while (parent->in.len - before < TURN_BYTES && read_some(parent))
				;
	}
	reap(parent, WNOHANG);
}

static void handle_events(struct sb_parent *parent)
{
	struct sb_error err = SB_ERROR_INIT;

	if (!parent->cause.code && sb_parent_events(parent, &err) < 0)
		sb_parent_doom(parent, &err);
	if (!parent->end)
		return;
	close_fd(&parent->in_fd);
	if (!parent->kill_at_ms)
		parent->kill_at_ms = sb_parent_now_ms() + END_GRACE_MS;
}

/* The job closed its descriptor and lives on: it is given the time of an exit, no more. */
static void watch_silence(struct sb_parent *parent)
{
	if (parent->out_fd < 0 && !parent->kill_at_ms && !parent->has_exited)
		parent->kill_at_ms = sb_parent_now_ms() + STOP_GRACE_MS;
}

void sb_parent_loop(struct sb_parent *parent)
{
	size_t before;

	while (!parent->has_exited) {
		sb_parent_turn(parent, parent->out_fd < 0 ? EXIT_TICK_MS : TICK_MS);
		handle_events(parent);
		watch_silence(parent);
	}
	close_fd(&parent->in_fd);
	/* What it said before it died; a process that it left behind may hold the pipe open. */
	do {
		before = parent->in.len;
		while (parent->out_fd >= 0 && read_some(parent))
			if (parent->in.len - before >= TURN_BYTES)
				break;
		before = parent->in.len - before;
		handle_events(parent);
	} while (before >= TURN_BYTES && !parent->cause.code);
	close_fd(&parent->out_fd);
}
