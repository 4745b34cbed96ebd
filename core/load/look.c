/* SPDX-License-Identifier: Apache-2.0 */
/* The separate look at modules: start it, send the request, judge what comes back. */
#include "load/look.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/process.h"
#include "stagebox/json.h"

enum { PATIENCE_MS = 30000, MAX_BYTES = 64 << 20 };

extern char **environ;

/* What goes to the process and what has come from it. */
struct talk {
	struct sb_process process;
	struct sb_buf request;
	size_t sent;
	struct sb_buf answer;
};

static void close_input(struct talk *talk)
{
	if (talk->process.in_fd >= 0)
		close(talk->process.in_fd);
	talk->process.in_fd = -1;
}

static void send_some(struct talk *talk)
{
	ssize_t n = sb_process_send(talk->process.in_fd, talk->request.text + talk->sent,
				    talk->request.len - talk->sent);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n > 0)
		talk->sent += (size_t)n;
	if (n < 0 || talk->sent == talk->request.len)
		close_input(talk);
}

/* False at the end of what the process sends. */
static bool receive_some(struct talk *talk)
{
	char bytes[4096];
	ssize_t n = read(talk->process.out_fd, bytes, sizeof(bytes));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (n <= 0)
		return false;
	sb_buf_add_mem(&talk->answer, bytes, (size_t)n);
	return true;
}

/* Send the request and collect the answer. False when it takes too long. */
static bool exchange_all(struct talk *talk)
{
	int64_t end = sb_clock_ms() + PATIENCE_MS, left;

	for (;;) {
		struct pollfd fds[2] = {
			{.fd = talk->process.out_fd, .events = POLLIN},
			{.fd = talk->process.in_fd, .events = POLLOUT},
		};

		left = end - sb_clock_ms();
		if (left <= 0)
			return false;
		if (poll(fds, 2, (int)left) <= 0)
			continue;
		if (fds[1].revents)
			send_some(talk);
		if (fds[0].revents && !receive_some(talk))
			return true;
	}
}

/* The last line when it is a verdict, and the module that was named last. */
static json_t *find_verdict(const struct sb_buf *answer, char *ret_module, size_t room)
{
	const char *at = sb_buf_str(answer), *end;
	json_t *line;

	for (; (end = strchr(at, '\n')); at = end + 1) {
		line = json_loadb(at, (size_t)(end - at), 0, NULL);
		if (json_object_get(line, "rc"))
			return line;
		if (sb_json_str(line, "module"))
			snprintf(ret_module, room, "%s", sb_json_str(line, "module"));
		json_decref(line);
	}
	return NULL;
}

static int fail_as_died(const char *module, int status, bool was_late, struct sb_error *err)
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

static int judge_answer(struct talk *talk, json_t **ret_result, struct sb_error *err)
{
	bool was_late = !exchange_all(talk);
	sb_autojson *verdict = NULL;
	char module[64] = "";
	int64_t rc = 0;
	int status = 0;

	if (was_late)
		kill(talk->process.pid, SIGKILL);
	while (waitpid(talk->process.pid, &status, 0) < 0 && errno == EINTR)
		;
	if (talk->answer.failed)
		return sb_fail(err, SB_E_NOMEM, "loading modules: out of memory");
	verdict = find_verdict(&talk->answer, module, sizeof(module));
	if (!verdict)
		return fail_as_died(module, status, was_late, err);
	sb_json_int(verdict, "rc", &rc);
	if (rc < 0)
		return sb_fail(err, (int)rc, "%s", sb_json_str(verdict, "error"));
	*ret_result = json_incref(json_object_get(verdict, "result"));
	return 0;
}

static int look(json_t *request_take, json_t **ret_result, struct sb_error *err)
{
	const struct sb_process_spec spec = {
		.program = "/proc/self/exe", .command = "look", .environment = environ};
	struct talk talk = {.request = SB_BUF_INIT(MAX_BYTES), .answer = SB_BUF_INIT(MAX_BYTES)};
	sb_autojson *request = request_take;
	int rc;

	sb_buf_add_json(&talk.request, request);
	sb_buf_add(&talk.request, "\n");
	rc = request ? sb_buf_check(&talk.request, err)
		     : sb_fail(err, SB_E_NOMEM, "loading modules: out of memory");
	if (!rc)
		rc = sb_process_start(&spec, &talk.process, err);
	if (!rc) {
		rc = judge_answer(&talk, ret_result, err);
		close_input(&talk);
		close(talk.process.out_fd);
	}
	sb_buf_finish(&talk.request);
	sb_buf_finish(&talk.answer);
	return rc;
}

int sb_look_modules(const json_t *conf, const json_t *words, json_t **ret_doc, struct sb_error *err)
{
	return look(json_pack("{s:O, s:O*}", "conf", conf, "words", words), ret_doc, err);
}

int sb_look_file(const char *path, json_t **ret_info, struct sb_error *err)
{
	return look(json_pack("{s:s}", "path", path), ret_info, err);
}
