/* SPDX-License-Identifier: Apache-2.0 */
/* fork and exec of a job: its descriptors, its limits, its death with the parent. */
#include "parent/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	JOB_IN = 3,
	JOB_OUT = 4,
	JOB_STATUS = 5, /* says errno when exec fails; closed by a good one */
	CPU_GRACE_S = 5,
};

struct ends {
	int job, parent;
};

static int open_pipe(struct ends *ret_ends, bool job_reads, struct sb_error *err)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) != 0)
		return sb_fail(err, SB_E_STATE, "starting a job: pipe: %s", strerror(errno));
	ret_ends->job = fds[job_reads ? 0 : 1];
	ret_ends->parent = fds[job_reads ? 1 : 0];
	return 0;
}

static void close_ends(struct ends *ends)
{
	if (ends->job >= 0)
		close(ends->job);
	if (ends->parent >= 0)
		close(ends->parent);
	ends->job = ends->parent = -1;
}

/* From here to exec only functions that are safe after fork. */

static void set_limit(int what, uint64_t soft, uint64_t hard)
{
	struct rlimit limit = {.rlim_cur = (rlim_t)soft, .rlim_max = (rlim_t)hard};

	setrlimit(what, &limit);
}

static void set_limits(const struct sb_job_limits *limits)
{
	set_limit(RLIMIT_CORE, 0, 0); /* a core file would hold secrets */
	if (limits->cpu_s)
		set_limit(RLIMIT_CPU, limits->cpu_s, limits->cpu_s + CPU_GRACE_S);
#ifndef SB_SANITIZED /* its shadow memory alone is larger than any limit */
	if (limits->memory_bytes)
		set_limit(RLIMIT_AS, limits->memory_bytes, limits->memory_bytes);
#endif
}

/* What a terminal sends is the parent's business: it decides what it means for a job. */
static void set_signals(void)
{
	struct sigaction dflt = {.sa_handler = SIG_DFL}, ignore = {.sa_handler = SIG_IGN};
	sigset_t none;

	sigaction(SIGPIPE, &dflt, NULL);
	sigaction(SIGTERM, &dflt, NULL);
	sigaction(SIGINT, &ignore, NULL);
	sigaction(SIGTTOU, &ignore, NULL); /* it may write to the terminal from the background */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The three descriptors at their places, nothing to read, one place for words, all others closed.
 */
static bool set_descriptors(int in, int out, int status)
{
	int null;

	in = fcntl(in, F_DUPFD, JOB_STATUS + 1);
	out = fcntl(out, F_DUPFD, JOB_STATUS + 1);
	status = fcntl(status, F_DUPFD, JOB_STATUS + 1);
	if (in < 0 || out < 0 || status < 0)
		return false;
	/* Results are printed by the command alone: what a module prints is no part of them. */
	null = open("/dev/null", O_RDWR); /* cloud-compat: ok: nothing is kept there */
	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		return false;
	if (dup2(fcntl(STDERR_FILENO, F_GETFD) < 0 ? null : STDERR_FILENO, STDOUT_FILENO) < 0)
		return false;
	if (dup2(in, JOB_IN) < 0 || dup2(out, JOB_OUT) < 0 || dup2(status, JOB_STATUS) < 0)
		return false;
	fcntl(JOB_STATUS, F_SETFD, FD_CLOEXEC);
	return close_range(JOB_STATUS + 1, ~0u, 0) == 0;
}

static _Noreturn void become_job(const char *program, char *const environment[],
				 const struct sb_job_limits *limits, const struct ends *in,
				 const struct ends *out, int status, pid_t parent)
{
	char name[] = "stagebox", command[] = "job";
	char *const argv[] = {name, command, NULL};
	ssize_t said;
	int code;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(127);
	setpgid(0, 0); /* what it starts can be ended with it */
	set_signals();
	if (set_descriptors(in->job, out->job, status)) {
		set_limits(limits);
		/* cloud-compat: ok: a job is a process of its own, so that a crash costs one run */
		execve(program, argv, environment);
		status = JOB_STATUS;
	}
	code = errno;
	said = write(status, &code, sizeof(code));
	_exit(said == sizeof(code) ? 127 : 126);
}

/* Waits until exec happened: nothing comes, or the reason why it did not. */
static int wait_exec(const char *program, pid_t pid, int status_fd, struct sb_error *err)
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
	return sb_fail(err, SB_E_STATE, "starting a job: %s: %s", program, strerror(code));
}

static int spawn(const char *program, char *const environment[], const struct sb_job_limits *limits,
		 struct ends *in, struct ends *out, struct ends *status, pid_t *ret_pid,
		 struct sb_error *err)
{
	pid_t parent = getpid(), pid;
	int rc;

	rc = open_pipe(in, true, err);
	if (!rc)
		rc = open_pipe(out, false, err);
	if (!rc)
		rc = open_pipe(status, false, err);
	if (rc < 0)
		return rc;
	/* cloud-compat: ok: a job is a process of its own, so that a crash costs one run */
	pid = fork();
	if (pid < 0)
		return sb_fail(err, SB_E_STATE, "starting a job: %s", strerror(errno));
	if (pid == 0)
		become_job(program, environment, limits, in, out, status->job, parent);
	close(status->job);
	status->job = -1;
	rc = wait_exec(program, pid, status->parent, err);
	if (!rc)
		*ret_pid = pid;
	return rc;
}

int sb_parent_spawn(const char *program, char *const environment[],
		    const struct sb_job_limits *limits, pid_t *ret_pid, int *ret_in_fd,
		    int *ret_out_fd, struct sb_error *err)
{
	struct ends in = {-1, -1}, out = {-1, -1}, status = {-1, -1};
	int rc = spawn(program, environment, limits, &in, &out, &status, ret_pid, err);

	if (!rc) {
		*ret_in_fd = in.parent;
		*ret_out_fd = out.parent;
		in.parent = out.parent = -1;
		fcntl(*ret_in_fd, F_SETFL, O_NONBLOCK);
		fcntl(*ret_out_fd, F_SETFL, O_NONBLOCK);
	}
	close_ends(&in);
	close_ends(&out);
	close_ends(&status);
	return rc;
}
