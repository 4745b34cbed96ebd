/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes between parent and job, the deadline and the stop flag, which are watched at every
 * wait, and killing and reaping the job. */
#include "parent/pipes.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/process.h"

enum { READ_BYTES = 65536 };

int sb_parent_send(struct sb_parent *parent, const json_t *line, struct sb_error *err)
{
	if (parent->in_fd < 0)
		return 0;
	sb_buf_add_json(&parent->out, line);
	sb_buf_add(&parent->out, "\n");
	return sb_buf_check(&parent->out, err);
}

void sb_parent_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void reap_job(struct sb_parent *parent, int flags)
{
	pid_t pid;

	if (parent->has_exited)
		return;
	do
		pid = waitpid(parent->pid, &parent->wait_status, flags);
	while (pid < 0 && errno == EINTR);
	parent->has_exited = pid != 0;
	if (parent->has_exited) /* its children hold its pipes and our terminal */
		kill(-parent->pid, SIGKILL);
}

static void kill_job(struct sb_parent *parent)
{
	if (!parent->has_exited)
		kill(parent->pid, SIGKILL);
	parent->kill_at_ms = 0;
}

void sb_parent_kill(struct sb_parent *parent, const struct sb_error *why)
{
	if (!parent->cause.code)
		parent->cause = *why;
	kill_job(parent);
}

static void watch_clock(struct sb_parent *parent)
{
	const volatile int *stop = parent->spec->stop;
	int64_t now = sb_clock_ms();

	if (stop && *stop && !parent->was_stopped && !parent->end) {
		parent->was_stopped = true;
		parent->kill_at_ms = now + SB_PARENT_STOP_GRACE_MS;
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

static void send_pending(struct sb_parent *parent)
{
	ssize_t len = sb_process_send(parent->in_fd, parent->out.text + parent->sent,
				      parent->out.len - parent->sent);

	if (len < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (len < 0) { /* the job closed its end; its exit status will explain it */
		sb_parent_close(&parent->in_fd);
		return;
	}
	parent->sent += (size_t)len;
	if (parent->sent == parent->out.len) {
		sb_buf_reset(&parent->out);
		parent->sent = 0;
	}
}

bool sb_parent_read(struct sb_parent *parent)
{
	char bytes[READ_BYTES];
	ssize_t len = read(parent->out_fd, bytes, sizeof(bytes));
	struct sb_error err = SB_ERROR_INIT;

	if (len < 0 && errno == EINTR)
		return true;
	if (len < 0 && errno == EAGAIN)
		return false;
	if (len < 0) {
		sb_fail(&err, SB_E_STATE, "receiving from the job: %s", strerror(errno));
		sb_parent_kill(parent, &err);
	}
	if (len <= 0) {
		sb_parent_close(&parent->out_fd);
		return false;
	}
	parent->n_bytes += (uint64_t)len;
	sb_buf_add_mem(&parent->in, bytes, (size_t)len);
	if (sb_buf_check(&parent->in, &err) < 0) {
		sb_context(&err, err.code, "receiving a line of the job");
		sb_parent_kill(parent, &err);
		sb_parent_close(&parent->out_fd);
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
	if (poll(fds, 2, timeout_ms < SB_PARENT_TICK_MS ? timeout_ms : SB_PARENT_TICK_MS) > 0) {
		if (fds[1].revents)
			send_pending(parent);
		if (fds[0].revents)
			while (parent->in.len - before < SB_PARENT_TURN_BYTES &&
			       sb_parent_read(parent))
				;
	}
	reap_job(parent, WNOHANG);
}
