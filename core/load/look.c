/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at modules in another process: start it, send the request, evaluate its answer. */
#include "load/look.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/process.h"
#include "conf/conf.h"
#include "model/protocol.h"
#include "stagebox/json.h"

enum { TIME_LIMIT_MS = 30000, MAX_BYTES = 64 << 20 };

struct exchange {
	struct sb_process process;
	struct sb_buf request;
	size_t sent;
	struct sb_buf answer;
};

static void close_input(struct exchange *exchange)
{
	if (exchange->process.in_fd >= 0)
		close(exchange->process.in_fd);
	exchange->process.in_fd = -1;
}

static void send_some(struct exchange *exchange)
{
	ssize_t n =
		sb_process_send(exchange->process.in_fd, exchange->request.text + exchange->sent,
				exchange->request.len - exchange->sent);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n > 0)
		exchange->sent += (size_t)n;
	if (n < 0 || exchange->sent == exchange->request.len)
		close_input(exchange);
}

/* Returns false when the process has closed its output. */
static bool receive_some(struct exchange *exchange)
{
	char bytes[4096];
	ssize_t n = read(exchange->process.out_fd, bytes, sizeof(bytes));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (n <= 0)
		return false;
	sb_buf_add_mem(&exchange->answer, bytes, (size_t)n);
	return true;
}

/* Send the request and collect the answer. Returns false at the time limit. */
static bool exchange_all(struct exchange *exchange)
{
	int64_t end = sb_clock_ms() + TIME_LIMIT_MS, left;

	for (;;) {
		struct pollfd fds[2] = {
			{.fd = exchange->process.out_fd, .events = POLLIN},
			{.fd = exchange->process.in_fd, .events = POLLOUT},
		};

		left = end - sb_clock_ms();
		if (left <= 0)
			return false;
		if (poll(fds, 2, (int)left) <= 0)
			continue;
		if (fds[1].revents)
			send_some(exchange);
		if (fds[0].revents && !receive_some(exchange))
			return true;
	}
}

/* Find the line with the result; ret_module is the last module that was named. */
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
			       TIME_LIMIT_MS / 1000);
	if (WIFSIGNALED(status))
		return sb_fail(err, SB_E_CONFIG,
			       "module \"%s\": died of signal %d (%s) while it was being loaded",
			       module, WTERMSIG(status), strsignal(WTERMSIG(status)));
	if (WEXITSTATUS(status) != SB_JOB_NO_MEMORY && !*module) /* no code of a module has run */
		return sb_fail(
			err, SB_E_STATE,
			"loading modules: the process for it ended with status %d before the "
			"first one",
			WEXITSTATUS(status));
	if (WEXITSTATUS(status) == SB_JOB_NO_MEMORY)
		return sb_fail(err, SB_E_NOMEM, "loading modules: out of memory");
	return sb_fail(err, SB_E_CONFIG,
		       "module \"%s\": ended the process while it was being loaded", module);
}

static int judge_answer(struct exchange *exchange, json_t **ret_result, struct sb_error *err)
{
	bool was_late = !exchange_all(exchange);
	sb_autojson *verdict = NULL;
	char module[64] = "";
	int64_t rc = 0;
	int status = 0;

	if (was_late)
		kill(exchange->process.pid, SIGKILL);
	while (waitpid(exchange->process.pid, &status, 0) < 0 && errno == EINTR)
		;
	if (exchange->answer.failed)
		return sb_fail(err, SB_E_NOMEM, "loading modules: out of memory");
	verdict = find_verdict(&exchange->answer, module, sizeof(module));
	if (!verdict)
		return fail_as_died(module, status, was_late, err);
	sb_json_int(verdict, "rc", &rc);
	if (rc < 0)
		return sb_fail(err, (int)rc, "%s", sb_json_str(verdict, "error"));
	*ret_result = json_incref(json_object_get(verdict, "result"));
	return 0;
}

/* Does a reference somewhere in the configuration name the variable ("env:NAME")? */
static bool is_named(const char *variable, const json_t *value)
{
	const char *text = json_string_value(value), *name;
	size_t len = strcspn(variable, "="), i;
	json_t *member;

	if (text && sb_starts_with(text, "env:"))
		return strncmp(text + 4, variable, len) == 0 && !text[4 + len];
	json_array_foreach ((json_t *)(uintptr_t)value, i, member)
		if (is_named(variable, member))
			return true;
	json_object_foreach ((json_t *)(uintptr_t)value, name, member)
		if (is_named(variable, member))
			return true;
	return false;
}

/* conf: the whole configuration; NULL = none */
static int run_look(const json_t *conf, json_t *request_take, json_t **ret_result,
		    struct sb_error *err)
{
	sb_autofree char **environment = sb_process_environment(is_named, conf);
	const struct sb_process_spec spec = {
		.program = "/proc/self/exe", .command = "look", .environment = environment};
	struct exchange exchange = {.request = SB_BUF_INIT(MAX_BYTES),
				    .answer = SB_BUF_INIT(MAX_BYTES)};
	sb_autojson *request = request_take;
	int rc;

	sb_buf_add_json(&exchange.request, request);
	sb_buf_add(&exchange.request, "\n");
	rc = request && environment ? sb_buf_check(&exchange.request, err)
				    : sb_fail(err, SB_E_NOMEM, "loading modules: out of memory");
	if (!rc)
		rc = sb_process_start(&spec, &exchange.process, err);
	if (!rc) {
		rc = judge_answer(&exchange, ret_result, err);
		close_input(&exchange);
		close(exchange.process.out_fd);
	}
	sb_buf_finish(&exchange.request);
	sb_buf_finish(&exchange.answer);
	return rc;
}

/* The branching of each endpoint: loading checks the names of modules in it. */
static json_t *needed_endpoints(const json_t *conf)
{
	json_t *list = json_array();
	const json_t *endpoint;
	size_t i;

	json_array_foreach (json_object_get(conf, "endpoints"), i, endpoint)
		json_array_append_new(
			list, json_pack("{s:O*, s:O*}", "slug", json_object_get(endpoint, "slug"),
					"branching", json_object_get(endpoint, "branching")));
	return list;
}

/* No more of the configuration than loading needs, because code of modules runs there: the options
 * are those of one endpoint; slug "" = those of all. */
static json_t *needed_conf(const json_t *conf, const char *slug)
{
	sb_autojson *own = sb_conf_for_endpoint(conf, slug);

	return json_pack("{s:O*, s:O*, s:O*, s:O*, s:O*, s:O*, s:O*, s:o}", "modules",
			 json_object_get(conf, "modules"), "module_dir",
			 json_object_get(conf, "module_dir"), "module_path",
			 json_object_get(conf, "module_path"), "options",
			 json_object_get(own, "options"), "policy", json_object_get(conf, "policy"),
			 "log", json_object_get(conf, "log"), "branching",
			 json_object_get(conf, "branching"), "endpoints", needed_endpoints(conf));
}

/* more: further members of the request; NULL = none */
static int look_for(const json_t *conf, const char *slug, const json_t *more, json_t **ret_doc,
		    struct sb_error *err)
{
	json_t *request = json_pack("{s:o}", "conf", needed_conf(conf, slug));

	if (more && json_object_update(request, (json_t *)(uintptr_t)more) < 0) {
		json_decref(request);
		return sb_fail(err, SB_E_NOMEM, "loading modules: out of memory");
	}
	return run_look(conf, request, ret_doc, err);
}

/* Stages, kinds and tables do not depend on values of options, so any endpoint will do whose
 * options are complete. */
static int look_with_any(const json_t *conf, const json_t *more, json_t **ret_doc,
			 struct sb_error *err)
{
	struct sb_error first = SB_ERROR_INIT, why;
	const json_t *endpoint;
	bool is_all_seen = false;
	size_t i;
	int rc;

	json_array_foreach (json_object_get(conf, "endpoints"), i, endpoint) {
		const char *slug = sb_json_str(endpoint, "slug");
		bool is_own = slug && sb_conf_has_own_options(conf, slug);

		if (!slug || (!is_own && is_all_seen))
			continue;
		is_all_seen |= !is_own;
		why = (struct sb_error)SB_ERROR_INIT;
		rc = look_for(conf, slug, more, ret_doc, &why);
		if (!rc)
			return 0;
		if (!first.code) {
			if (is_own)
				sb_context(&why, rc, "endpoint %s", slug);
			first = why;
		}
		if (rc != SB_E_CONFIG)
			break;
	}
	if (!first.code)
		return look_for(conf, "", more, ret_doc, err);
	if (err)
		*err = first;
	return first.code;
}

int sb_look_modules(const json_t *conf, const json_t *words, json_t **ret_doc, struct sb_error *err)
{
	sb_autojson *more = json_pack("{s:O*}", "words", words);

	return more ? look_with_any(conf, more, ret_doc, err)
		    : sb_fail(err, SB_E_NOMEM, "loading modules: out of memory");
}

int sb_look_forms(const json_t *conf, json_t **ret_doc, struct sb_error *err)
{
	sb_autojson *more = json_pack("{s:b}", "forms", 1);

	return more ? look_with_any(conf, more, ret_doc, err)
		    : sb_fail(err, SB_E_NOMEM, "loading modules: out of memory");
}

int sb_look_kinds(const json_t *conf, json_t **ret_kinds, struct sb_error *err)
{
	sb_autojson *more = json_pack("{s:b}", "kinds", 1), *doc = NULL;
	int rc = more ? look_with_any(conf, more, &doc, err)
		      : sb_fail(err, SB_E_NOMEM, "loading modules: out of memory");

	if (!rc)
		*ret_kinds = json_incref(json_object_get(doc, "kinds"));
	return rc;
}

int sb_look_own(const json_t *conf, json_t **ret_own, struct sb_error *err)
{
	sb_autojson *own = json_object();
	const json_t *endpoint;
	size_t i;
	int rc = own ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");

	json_array_foreach (json_object_get(conf, "endpoints"), i, endpoint) {
		const char *slug = sb_json_str(endpoint, "slug");
		sb_autojson *seen = NULL;

		if (rc < 0 || !slug || !sb_conf_any_own_options(conf))
			continue;
		rc = look_for(conf, slug, NULL, &seen, err);
		if (rc < 0)
			sb_context(err, rc, "endpoint %s", slug);
		json_object_set(own, slug, json_object_get(seen, "declared"));
	}
	if (!rc)
		*ret_own = sb_steal(own);
	return rc;
}

int sb_look_faults(const json_t *conf, const char *slug, json_t **ret_faults, struct sb_error *err)
{
	sb_autojson *doc = NULL;
	int rc = run_look(conf,
			  json_pack("{s:o, s:b}", "conf", needed_conf(conf, slug), "faults", 1),
			  &doc, err);

	if (!rc)
		*ret_faults = json_incref(json_object_get(doc, "faults"));
	return rc;
}

int sb_look_file(const char *path, json_t **ret_info, struct sb_error *err)
{
	sb_autojson *text = json_string(path);

	if (!text)
		return sb_fail(err, SB_E_ARG,
			       "the path of the module is not valid UTF-8: rename the file or its "
			       "folder");
	return run_look(NULL, json_pack("{s:s}", "path", path), ret_info, err);
}
