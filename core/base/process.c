/* SPDX-License-Identifier: Apache-2.0 */
/* fork and exec of this program: descriptors, limits, death with the parent. */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	STATUS = 5, /* carries errno when exec fails; a successful exec closes it */
	CPU_GRACE_S = 5,
};

struct ends {
	int child, parent;
};

static int open_output(const char *command, struct ends *ret_ends, struct sb_error *err)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) != 0)
		return sb_fail(err, SB_E_STATE, "starting %s: pipe: %s", command, strerror(errno));
	ret_ends->child = fds[1];
	ret_ends->parent = fds[0];
	return 0;
}

/* A socket, for which a write to a dead process can be told not to raise SIGPIPE: signals belong to
 * the whole program, which may have threads. */
static int open_input(const char *command, struct ends *ret_ends, struct sb_error *err)
{
	int fds[2];

	/* cloud-compat: ok: a pair inside this host, nobody can connect to it */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
		return sb_fail(err, SB_E_STATE, "starting %s: socketpair: %s", command,
			       strerror(errno));
	ret_ends->child = fds[0];
	ret_ends->parent = fds[1];
	return 0;
}

ssize_t sb_process_send(int in_fd, const void *bytes, size_t len)
{
	return send(in_fd, bytes, len, MSG_NOSIGNAL);
}

static void close_ends(struct ends *ends)
{
	if (ends->child >= 0)
		close(ends->child);
	if (ends->parent >= 0)
		close(ends->parent);
	ends->child = ends->parent = -1;
}

/* From here to exec only functions that are safe after fork. */

static void set_limit(int what, uint64_t soft, uint64_t hard)
{
	struct rlimit limit = {.rlim_cur = (rlim_t)soft, .rlim_max = (rlim_t)hard};

	setrlimit(what, &limit);
}

static void set_limits(const struct sb_process_spec *spec)
{
	set_limit(RLIMIT_CORE, 0, 0); /* a core file would hold secrets */
	if (spec->cpu_s)
		set_limit(RLIMIT_CPU, spec->cpu_s, spec->cpu_s + CPU_GRACE_S);
#ifndef SB_SANITIZED /* its shadow memory alone is larger than any limit */
	if (spec->memory_bytes)
		set_limit(RLIMIT_AS, spec->memory_bytes, spec->memory_bytes);
#endif
}

/* In a group of its own the process leaves to its parent what a terminal's interrupt means. */
static void set_signals(bool own_group)
{
	struct sigaction dflt = {.sa_handler = SIG_DFL}, ignore = {.sa_handler = SIG_IGN};
	sigset_t none;

	sigaction(SIGPIPE, &dflt, NULL);
	sigaction(SIGTERM, &dflt, NULL);
	sigaction(SIGINT, own_group ? &ignore : &dflt, NULL);
	/* A group of its own is in the background, and may write to the terminal all the same. */
	sigaction(SIGTTOU, own_group ? &ignore : &dflt, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The three descriptors at their places, nothing to read, one place for words, all others closed.
 */
static bool set_descriptors(int in, int out, int status)
{
	int null;

	in = fcntl(in, F_DUPFD, STATUS + 1);
	out = fcntl(out, F_DUPFD, STATUS + 1);
	status = fcntl(status, F_DUPFD, STATUS + 1);
	if (in < 0 || out < 0 || status < 0)
		return false;
	/* Results are printed by the command alone: what a module prints is no part of them. */
	null = open("/dev/null", O_RDWR); /* cloud-compat: ok: nothing is kept there */
	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		return false;
	if (dup2(fcntl(STDERR_FILENO, F_GETFD) < 0 ? null : STDERR_FILENO, STDOUT_FILENO) < 0)
		return false;
	if (dup2(in, SB_PROCESS_IN) < 0 || dup2(out, SB_PROCESS_OUT) < 0 ||
	    dup2(status, STATUS) < 0)
		return false;
	fcntl(STATUS, F_SETFD, FD_CLOEXEC);
	return close_range(STATUS + 1, ~0u, 0) == 0;
}

static _Noreturn void become_child(const struct sb_process_spec *spec, const struct ends *in,
				   const struct ends *out, int status, pid_t parent)
{
	char *const argv[] = {(char *)(uintptr_t) "stagebox", (char *)(uintptr_t)spec->command,
			      NULL};
	ssize_t said;
	int code;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(127);
	if (spec->own_group)
		setpgid(0, 0);
	set_signals(spec->own_group);
	if (set_descriptors(in->child, out->child, status)) {
		set_limits(spec);
		/* cloud-compat: ok: what may crash is a process of its own */
		execve(spec->program, argv, spec->environment);
		status = STATUS;
	}
	code = errno;
	said = write(status, &code, sizeof(code));
	_exit(said == sizeof(code) ? 127 : 126);
}

/* Wait until exec happened: an empty pipe means success, else it carries errno. */
static int wait_for_exec(const struct sb_process_spec *spec, pid_t pid, int status_fd,
			 struct sb_error *err)
{
	ssize_t len;
	int code;

	do
		len = read(status_fd, &code, sizeof(code));
	while (len < 0 && errno == EINTR);
	if (len != sizeof(code))
		return 0;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return sb_fail(err, SB_E_STATE, "starting %s: %s: %s", spec->command, spec->program,
		       strerror(code));
}

static int start_child(const struct sb_process_spec *spec, struct ends *in, struct ends *out,
		       struct ends *status, pid_t *ret_pid, struct sb_error *err)
{
	pid_t parent = getpid(), pid;
	int rc;

	rc = open_input(spec->command, in, err);
	if (!rc)
		rc = open_output(spec->command, out, err);
	if (!rc)
		rc = open_output(spec->command, status, err);
	if (rc < 0)
		return rc;
	/* cloud-compat: ok: what may crash is a process of its own */
	pid = fork();
	if (pid < 0)
		return sb_fail(err, SB_E_STATE, "starting %s: %s", spec->command, strerror(errno));
	if (pid == 0)
		become_child(spec, in, out, status->child, parent);
	close(status->child);
	status->child = -1;
	rc = wait_for_exec(spec, pid, status->parent, err);
	if (!rc)
		*ret_pid = pid;
	return rc;
}

int sb_process_start(const struct sb_process_spec *spec, struct sb_process *ret_process,
		     struct sb_error *err)
{
	struct ends in = {-1, -1}, out = {-1, -1}, status = {-1, -1};
	int rc = start_child(spec, &in, &out, &status, &ret_process->pid, err);

	if (!rc) {
		ret_process->in_fd = in.parent;
		ret_process->out_fd = out.parent;
		in.parent = out.parent = -1;
		fcntl(ret_process->in_fd, F_SETFL, O_NONBLOCK);
		fcntl(ret_process->out_fd, F_SETFL, O_NONBLOCK);
	}
	close_ends(&in);
	close_ends(&out);
	close_ends(&status);
	return rc;
}
