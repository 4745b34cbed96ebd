/* SPDX-License-Identifier: Apache-2.0 */
/* Starting this program as a child process: descriptors, limits, end with the parent. */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum {
	STATUS = SB_PROCESS_LOCK +
		 1, /* carries errno when exec fails; a successful exec closes it */
	CPU_GRACE_S = 5,
};

struct ends {
	int child, parent;
};

/* A caller without standard descriptors gets their numbers for a pipe; in the child standard output
 * would then be an end of it. Move both ends above them. */
static int lift_ends(const char *command, struct ends *ends, struct sb_error *err)
{
	int *const fds[] = {&ends->child, &ends->parent};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(fds); i++) {
		int lifted = *fds[i] > STDERR_FILENO
				     ? *fds[i]
				     : fcntl(*fds[i], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

		if (lifted < 0)
			return sb_fail(err, SB_E_STATE, "starting %s: %s", command,
				       strerror(errno));
		if (lifted != *fds[i])
			close(*fds[i]);
		*fds[i] = lifted;
	}
	return 0;
}

static int open_output(const char *command, struct ends *ret_ends, struct sb_error *err)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) != 0)
		return sb_fail(err, SB_E_STATE, "starting %s: pipe: %s", command, strerror(errno));
	ret_ends->child = fds[1];
	ret_ends->parent = fds[0];
	return lift_ends(command, ret_ends, err);
}

/* A socket, because send() can suppress SIGPIPE for one write: signal handlers belong to the whole
 * program, which may have threads. */
static int open_input(const char *command, struct ends *ret_ends, struct sb_error *err)
{
	int fds[2];

	/* cloud-compat: ok: a pair inside this host, nobody can connect to it */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
		return sb_fail(err, SB_E_STATE, "starting %s: socketpair: %s", command,
			       strerror(errno));
	ret_ends->child = fds[0];
	ret_ends->parent = fds[1];
	return lift_ends(command, ret_ends, err);
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

/* From here to exec only async-signal-safe functions are called. */

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
#ifndef SB_SANITIZED /* the shadow memory of a sanitizer exceeds any limit */
	if (spec->memory_bytes)
		set_limit(RLIMIT_AS, spec->memory_bytes, spec->memory_bytes);
#endif
}

/* A process in its own group ignores a terminal's interrupt: its parent decides when it ends. */
static void set_signals(bool own_group)
{
	struct sigaction dflt = {.sa_handler = SIG_DFL}, ignore = {.sa_handler = SIG_IGN};
	sigset_t none;

	sigaction(SIGPIPE, &dflt, NULL);
	sigaction(SIGTERM, &dflt, NULL);
	sigaction(SIGINT, own_group ? &ignore : &dflt, NULL);
	/* A group of its own is in the background, where a write to the terminal would stop it. */
	sigaction(SIGTTOU, own_group ? &ignore : &dflt, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Put the descriptors at their numbers, stdin on /dev/null, stdout on stderr; close the rest. On
 * failure *status is where errno can be written: its first number may be taken by then. */
static bool set_descriptors(int in, int out, int lock, int *status)
{
	int null, lifted = fcntl(*status, F_DUPFD, STATUS + 1);

	if (lifted < 0)
		return false;
	*status = lifted;
	in = fcntl(in, F_DUPFD, STATUS + 1);
	out = fcntl(out, F_DUPFD, STATUS + 1);
	lock = lock ? fcntl(lock, F_DUPFD, STATUS + 1) : 0;
	if (in < 0 || out < 0 || lock < 0)
		return false;
	/* Only the command prints results to stdout, so the output of a module must not get there.
	 */
	null = open("/dev/null", O_RDWR); /* cloud-compat: ok: nothing is kept there */
	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		return false;
	if (dup2(fcntl(STDERR_FILENO, F_GETFD) < 0 ? null : STDERR_FILENO, STDOUT_FILENO) < 0)
		return false;
	if (dup2(in, SB_PROCESS_IN) < 0 || dup2(out, SB_PROCESS_OUT) < 0 ||
	    dup2(lifted, STATUS) < 0)
		return false;
	if (lock ? dup2(lock, SB_PROCESS_LOCK) < 0 : close(SB_PROCESS_LOCK) < 0 && errno != EBADF)
		return false;
	/* If the program inherited it, the parent would wait for its end. */
	return fcntl(STATUS, F_SETFD, FD_CLOEXEC) == 0 && close_range(STATUS + 1, ~0u, 0) == 0;
}

static _Noreturn void become_child(const struct sb_process_spec *spec, const struct ends *in,
				   const struct ends *out, int status, pid_t parent)
{
	char *const argv[] = {(char *)(uintptr_t) "stagebox", (char *)(uintptr_t)spec->command,
			      NULL};
	ssize_t written;
	int code;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(127);
	if (spec->own_group)
		setpgid(0, 0);
	set_signals(spec->own_group);
	if (set_descriptors(in->child, out->child, spec->lock_fd, &status)) {
		set_limits(spec);
		/* cloud-compat: ok: code that may crash runs in a process of its own */
		execve(spec->program, argv, spec->environment);
		status = STATUS;
	}
	code = errno;
	written = write(status, &code, sizeof(code));
	_exit(written == sizeof(code) ? 127 : 126);
}

static void wait_for_end(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* Wait for exec: it closes the pipe on success; else the child has written errno. */
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
	wait_for_end(pid);
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
	/* cloud-compat: ok: code that may crash runs in a process of its own */
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

/* With blocking ends both processes could wait for each other to read: then the child must not run.
 */
static int unblock_ends(const struct sb_process_spec *spec, const struct ends *in,
			const struct ends *out, pid_t pid, struct sb_error *err)
{
	int code;

	if (fcntl(in->parent, F_SETFL, O_NONBLOCK) == 0 &&
	    fcntl(out->parent, F_SETFL, O_NONBLOCK) == 0)
		return 0;
	code = errno;
	kill(pid, SIGKILL);
	wait_for_end(pid);
	return sb_fail(err, SB_E_STATE, "starting %s: its pipes: %s", spec->command,
		       strerror(code));
}

int sb_process_start(const struct sb_process_spec *spec, struct sb_process *ret_process,
		     struct sb_error *err)
{
	struct ends in = {-1, -1}, out = {-1, -1}, status = {-1, -1};
	int rc = start_child(spec, &in, &out, &status, &ret_process->pid, err);

	if (!rc)
		rc = unblock_ends(spec, &in, &out, ret_process->pid, err);
	if (!rc) {
		ret_process->in_fd = in.parent;
		ret_process->out_fd = out.parent;
		in.parent = out.parent = -1;
	}
	close_ends(&in);
	close_ends(&out);
	close_ends(&status);
	return rc;
}

char **sb_process_environment(bool (*has_secret)(const char *variable, const json_t *conf),
			      const json_t *conf)
{
	char **list, **from;
	size_t n = 0;

	for (from = environ; *from; from++)
		n++;
	list = calloc(n + 1, sizeof(*list));
	n = 0;
	for (from = environ; list && *from; from++)
		if (!sb_starts_with(*from, "CREDENTIALS_DIRECTORY=") && !has_secret(*from, conf))
			list[n++] = *from;
	return list;
}
