/* SPDX-License-Identifier: Apache-2.0 */
/* A forked process that looks at modules, and what it says about them. */
#include "load/apart.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "load/loader.h"
#include "stagebox/json.h"

enum { PATIENCE_MS = 30000, MAX_BYTES = 64 << 20 };

/* The side of the child: lines {"module"}, at last one {"rc", "error", "result"}. */
struct sb_apart {
	int fd;
};

static void say(const struct sb_apart *apart, json_t *line_take)
{
	sb_autojson *line = line_take;
	sb_autobuf text = SB_BUF_INIT(MAX_BYTES);
	size_t sent = 0;

	sb_buf_add_json(&text, line);
	sb_buf_add(&text, "\n");
	while (!text.failed && sent < text.len) {
		ssize_t n = write(apart->fd, text.text + sent, text.len - sent);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;
		sent += (size_t)n;
	}
}

void sb_apart_module(void *apart, const char *name)
{
	say(apart, json_pack("{s:s}", "module", name));
}

static _Noreturn void child(sb_apart_fn *work, void *arg, int fd)
{
	struct rlimit none = {0};
	struct sb_apart apart = {.fd = fd};
	struct sb_error err = SB_ERROR_INIT;
	json_t *result = NULL;
	int rc;

	setrlimit(RLIMIT_CORE, &none); /* the environment may hold secrets */
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	dup2(STDERR_FILENO, STDOUT_FILENO); /* results are printed by the command alone */
	rc = work(&apart, arg, &result, &err);
	say(&apart, json_pack("{s:i, s:s, s:o}", "rc", rc < 0 ? rc : 0, "error", err.text, "result",
			      result ? result : json_null()));
	_exit(0);
}

/* All that the child says. False when it takes too long. */
static bool hear(int fd, struct sb_buf *heard)
{
	int64_t end = sb_clock_ms() + PATIENCE_MS, left;
	struct pollfd from = {.fd = fd, .events = POLLIN};
	char bytes[4096];
	ssize_t n;

	for (;;) {
		left = end - sb_clock_ms();
		if (left <= 0)
			return false;
		if (poll(&from, 1, (int)left) <= 0)
			continue;
		n = read(fd, bytes, sizeof(bytes));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return true;
		sb_buf_add_mem(heard, bytes, (size_t)n);
	}
}

/* The last line when it is a verdict, and the module that was named last. */
static json_t *verdict_of(const struct sb_buf *heard, char *module, size_t room)
{
	const char *at = sb_buf_str(heard), *end;
	json_t *line;

	for (; (end = strchr(at, '\n')); at = end + 1) {
		line = json_loadb(at, (size_t)(end - at), 0, NULL);
		if (json_object_get(line, "rc"))
			return line;
		if (sb_json_str(line, "module"))
			snprintf(module, room, "%s", sb_json_str(line, "module"));
		json_decref(line);
	}
	return NULL;
}

static int tell_death(const char *module, int status, bool was_late, struct sb_error *err)
{
	if (was_late)
		return sb_fail(err, SB_E_CONFIG, "module \"%s\": not loaded within %d s", module,
			       PATIENCE_MS / 1000);
	if (WIFSIGNALED(status))
		return sb_fail(err, SB_E_CONFIG,
			       "module \"%s\": died of signal %d (%s) while it was loaded", module,
			       WTERMSIG(status), strsignal(WTERMSIG(status)));
	return sb_fail(err, SB_E_CONFIG, "module \"%s\": ended the process while it was loaded",
		       module);
}

static int judge(pid_t pid, int fd, json_t **ret_result, struct sb_error *err)
{
	sb_autobuf heard = SB_BUF_INIT(MAX_BYTES);
	bool was_late = !hear(fd, &heard);
	sb_autojson *verdict = NULL;
	char module[64] = "";
	int64_t rc = 0;
	int status = 0;

	if (was_late)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (heard.failed)
		return sb_fail(err, SB_E_NOMEM, "loading modules: out of memory");
	verdict = verdict_of(&heard, module, sizeof(module));
	if (!verdict)
		return tell_death(module, status, was_late, err);
	sb_json_int(verdict, "rc", &rc);
	if (rc < 0)
		return sb_fail(err, (int)rc, "%s", sb_json_str(verdict, "error"));
	*ret_result = json_incref(json_object_get(verdict, "result"));
	return 0;
}

int sb_apart(sb_apart_fn *work, void *arg, json_t **ret_result, struct sb_error *err)
{
	int fds[2], rc;
	pid_t pid;

	if (pipe(fds) != 0)
		return sb_fail(err, SB_E_STATE, "loading modules: pipe: %s", strerror(errno));
	fflush(NULL); /* or it would be printed twice */
	/* cloud-compat: ok: code of others runs in a process of its own, so that its crash is none
	 * of the command */
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		child(work, arg, fds[1]);
	}
	close(fds[1]);
	rc = pid < 0 ? sb_fail(err, SB_E_STATE, "loading modules: fork: %s", strerror(errno))
		     : judge(pid, fds[0], ret_result, err);
	close(fds[0]);
	return rc;
}

struct telling {
	sb_apart_tell_fn *tell;
	const json_t *conf;
};

static int tell_registry(struct sb_apart *apart, void *arg, json_t **ret_result,
			 struct sb_error *err)
{
	const struct telling *telling = arg;
	struct sb_load_watch watch = {.on_module = sb_apart_module, .arg = apart};
	struct sb_registry *registry = NULL;
	int rc = sb_registry_load_watched(telling->conf, &watch, &registry, err);

	if (rc < 0)
		return rc;
	*ret_result = telling->tell(registry);
	sb_registry_destroy(registry);
	return *ret_result ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}

int sb_apart_registry(sb_apart_tell_fn *tell, const json_t *conf, json_t **ret_result,
		      struct sb_error *err)
{
	struct telling telling = {.tell = tell, .conf = conf};

	return sb_apart(tell_registry, &telling, ret_result, err);
}
