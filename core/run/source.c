/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of stages to the systems of an endpoint. */
#include "stagebox/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/abi_table.h"
#include "base/text.h"
#include "run/agents.h"
#include "run/callback.h"
#include "run/door.h"
#include "run/run.h"

/* The size in ABI 2.0, the least that a module has. */
#define ASK_MIN_SIZE (offsetof(struct sb_ask, arg) + sizeof(void *))

enum { MAX_SYSTEM = 15, MAX_WHAT = 8000, MAX_ANSWER = 64 << 20 };

/* So many requests may follow each other, each sent from the answer to the one before. A list that
 * is read by pages is such a chain; a longer one is a loop, which would end with the run only. */
enum { MAX_DEPTH = 1000 };

/* One ask of a stage. */
struct ask {
	struct sb_stage_run *stage;
	sb_answer_fn *on_answer;
	void *arg;
	unsigned depth;              /* answers that led to it, each of which asked again */
	char system[MAX_SYSTEM + 1]; /* of another system than Proxmox VE */
	char key[];
};

static void ask_answered(void *arg, const json_t *data, const struct sb_error *why)
{
	struct ask *ask = arg;
	struct sb_stage_run *stage = ask->stage;
	struct sb_error err = SB_ERROR_INIT;
	char name[440];
	int rc;

	sb_callback_begin(stage, SB_PHASE_ANSWER);
	snprintf(name, sizeof(name), "the answer callback for \"%.400s\"", ask->key);
	stage->depth = ask->depth + 1;
	rc = ask->on_answer(stage, ask->key, data, why, ask->arg, &err);
	stage->depth = 0;
	sb_callback_end(stage);
	rc = sb_door_result(rc, name, &err);
	if (rc < 0)
		sb_run_fail_stage(stage->run, stage->at, &err);
	stage->asks--;
	free(ask);
	sb_agents_start(stage->run);
}

/* The data of an answer of another system than Proxmox VE: JSON, or a text. */
static json_t *read_answer(const struct ask *ask, const struct sb_io_answer *answer,
			   struct sb_error *why)
{
	json_t *data = NULL;

	if (answer->err.code == SB_E_ARG) /* the transport knows no such server */
		sb_fail(why, SB_E_CONFIG,
			"endpoint \"%.64s\" has no system \"%s\": this version reads \"pve\" only",
			ask->stage->run->slug, ask->system);
	else if (answer->err.code)
		*why = answer->err;
	else if (answer->status < 200 || answer->status > 299)
		sb_fail(why, SB_E_HTTP, "system \"%s\" answered %d %.200s", ask->system,
			answer->status, answer->reason);
	else if (sb_starts_with(answer->content_type, "application/json"))
		data = json_loadb(answer->body, answer->len, JSON_DECODE_ANY, NULL);
	else
		data = json_stringn(answer->body, answer->len);
	if (!data && !why->code)
		sb_fail(why, SB_E_SHAPE, "system \"%s\" answered %zu bytes that are not %s",
			ask->system, answer->len,
			sb_starts_with(answer->content_type, "application/json") ? "JSON"
										 : "UTF-8");
	return data;
}

static void system_answered(void *arg, const struct sb_io_answer *answer)
{
	struct ask *ask = arg;
	struct sb_error why = SB_ERROR_INIT;
	sb_autojson *data = read_answer(ask, answer, &why);

	ask_answered(ask, data, data ? NULL : &why);
}

/* Send a request to another system than Proxmox VE: each is a server of its own for the io. */
static int send_to_system(struct ask *ask, const char *what, unsigned cost, struct sb_error *err)
{
	struct sb_run *run = ask->stage->run;
	sb_autobuf server = SB_BUF_INIT(1024);
	struct sb_http_request request = {
		.method = "GET",
		.path = what,
		.cost = cost,
		.max_bytes = MAX_ANSWER,
		.repeatable = true,
	};
	int rc;

	sb_buf_addf(&server, "%s:%s", ask->system, run->slug);
	rc = sb_buf_check(&server, err);
	if (rc < 0)
		return rc;
	request.server = sb_buf_str(&server);
	return sb_http_send(run->http, &request, system_answered, ask, err);
}

static bool is_pve(const char *system)
{
	return !system || sb_streq(system, "pve");
}

/* Is it a word that can be part of the id of a server? NetBox is not a system of an endpoint. */
static bool is_system(const char *system)
{
	size_t len = strspn(system, "abcdefghijklmnopqrstuvwxyz0123456789");

	return len && len <= MAX_SYSTEM && !system[len] && !sb_streq(system, "netbox");
}

/* Text is part of recordings and events, which are UTF-8. */
static bool is_plain(const char *what)
{
	const unsigned char *at = (const unsigned char *)what;

	while (*at >= ' ' && *at != 0x7f)
		at++;
	return !*at && at != (const unsigned char *)what &&
	       (size_t)(at - (const unsigned char *)what) <= MAX_WHAT && sb_text_is_utf8(what);
}

static int check_ask(const struct sb_ask *wanted, struct sb_error *err)
{
	if (!wanted->on_answer || !wanted->what || !is_plain(wanted->what))
		return sb_fail(err, SB_E_ARG,
			       "a request needs on_answer, and from 1 to %d bytes of what, UTF-8 "
			       "without control characters",
			       MAX_WHAT);
	if (wanted->key && !sb_text_is_utf8(wanted->key))
		return sb_fail(err, SB_E_ARG, "the key is not UTF-8");
	if (is_pve(wanted->system))
		return wanted->what[0] == '/'
			       ? 0
			       : sb_fail(err, SB_E_ARG, "path \"%.100s\" does not start with /",
					 wanted->what);
	if (!is_system(wanted->system))
		return sb_fail(err, SB_E_ARG,
			       "\"%.40s\" is not the name of a system: 1 to %d characters of a-z "
			       "and 0-9 are",
			       wanted->system, MAX_SYSTEM);
	return 0;
}

/* A stage that asks for ever fails and sends nothing more, whatever the module does with the
 * result: it would cost the whole run its time. */
static int count_request(struct sb_stage_run *stage, const struct sb_ask *wanted,
			 struct sb_error *err)
{
	const struct sb_run *run = stage->run;
	struct sb_error why = SB_ERROR_INIT;

	if (stage->depth >= MAX_DEPTH)
		sb_fail(&why, SB_E_REFUSED,
			"%.200s for \"%.100s\": %d answers in a row asked again, which does not "
			"end: report this to the author of the module",
			wanted->what, wanted->key ? wanted->key : "", MAX_DEPTH);
	else if (run->max_requests && stage->requests >= run->max_requests)
		sb_fail(&why, SB_E_REFUSED,
			"%.200s for \"%.100s\": the stage has sent %llu requests: raise "
			"limits.stage_requests if there can be more",
			wanted->what, wanted->key ? wanted->key : "",
			(unsigned long long)run->max_requests);
	if (!why.code) {
		stage->requests++;
		return 0;
	}
	sb_run_fail_stage(stage->run, stage->at, &why);
	if (err)
		*err = why;
	return why.code;
}

static int send_ask(struct ask *ask, const struct sb_ask *wanted, struct sb_error *err)
{
	struct sb_run *run = ask->stage->run;
	char *path;

	if (!is_pve(wanted->system))
		return send_to_system(ask, wanted->what, wanted->cost, err);
	if (wanted->cost != SB_PVE_AGENT)
		return sb_pve_get(run->pve, wanted->cost, wanted->what, ask_answered, ask, err);
	path = strdup(wanted->what);
	if (!path)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	return sb_agents_add(run, ask->key, path, ask_answered, ask, err);
}

static int ask_system(struct sb_stage_run *stage, const struct sb_ask *theirs, struct sb_error *err)
{
	struct sb_ask wanted;
	const char *key;
	struct ask *ask;
	size_t len;
	int rc;

	if (theirs->size < ASK_MIN_SIZE)
		return sb_fail(err, SB_E_ARG,
			       "sb_ask: struct sb_ask of %zu bytes is too short: set its size",
			       theirs->size);
	sb_abi_copy(&wanted, sizeof(wanted), theirs, theirs->size);
	rc = check_ask(&wanted, err);
	if (!rc)
		rc = count_request(stage, &wanted, err);
	if (rc < 0)
		return sb_context(err, rc, "sb_ask");
	key = wanted.key ? wanted.key : "";
	len = strlen(key) + 1;
	ask = malloc(sizeof(*ask) + len);
	if (!ask)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	*ask = (struct ask){.stage = stage, .on_answer = wanted.on_answer, .arg = wanted.arg};
	ask->depth = stage->depth;
	memcpy(ask->key, key, len);
	if (!is_pve(wanted.system))
		memcpy(ask->system, wanted.system, strlen(wanted.system) + 1);
	rc = send_ask(ask, &wanted, err);
	if (rc < 0) {
		free(ask);
		return rc;
	}
	stage->asks++;
	sb_agents_start(stage->run);
	return 0;
}

int sb_ask(struct sb_stage_run *stage, const struct sb_ask *ask, struct sb_error *err)
{
	int rc = sb_door_phase(stage, SB_IN_FETCH | SB_IN_GONE, "sb_ask", err);

	return rc < 0 ? rc : ask_system(stage, ask, err);
}

int sb_pve_ask(struct sb_stage_run *stage, sb_answer_fn *on_answer, void *arg, const char *key,
	       enum sb_pve_class cost, struct sb_error *err, const char *path, ...)
{
	struct sb_ask ask = {sizeof(ask), .key = key, .cost = cost, .on_answer = on_answer,
			     .arg = arg};
	sb_autofree char *encoded = NULL;
	va_list ap;
	int rc = sb_door_phase(stage, SB_IN_FETCH | SB_IN_GONE, "sb_pve_ask", err);

	if (rc < 0)
		return rc;
	va_start(ap, path);
	encoded = sb_pve_path(err, path, ap);
	va_end(ap);
	if (!encoded)
		return SB_E_NOMEM;
	ask.what = encoded;
	return ask_system(stage, &ask, err);
}
