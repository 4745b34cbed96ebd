/* SPDX-License-Identifier: Apache-2.0 */
#include "apply/call.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "pve/upid.h"
#include "stagebox/json.h"
#include "stagebox/log.h"

enum {
	FIRST_POLL_MS = 200,
	MAX_POLL_MS = 5000,
	GIVE_UP_FACTOR = 10, /* times the settle time: reads of a task fail for so long */
	SKEW_S = 3600,       /* a task may be so much older than its request, by another clock */
	MAX_TASKS = 500,     /* a longer list is cut */
	MAX_EXIT = 500,      /* characters */
};

static const char *const outcome_words[] = {
	[SB_CALL_OPEN] = "open",         [SB_CALL_DONE] = "done",       [SB_CALL_FAILED] = "failed",
	[SB_CALL_REJECTED] = "rejected", [SB_CALL_DROPPED] = "dropped", [SB_CALL_UNKNOWN] = "open",
};

const char *sb_call_word(enum sb_call_outcome outcome)
{
	return outcome_words[outcome];
}

static struct sb_run *run_of(const struct sb_call *call)
{
	return call->calls->apply->run;
}

static struct sb_io *io_of(const struct sb_call *call)
{
	return sb_http_io(run_of(call)->http);
}

static int64_t now_ms(const struct sb_call *call)
{
	struct sb_io *io = io_of(call);

	return io->ops->now_ms(io);
}

static int64_t wall_s(const struct sb_call *call)
{
	struct sb_io *io = io_of(call);

	return io->ops->wall_s(io);
}

/* Type and VMID of "<endpoint>/<type>/<vmid>", whatever the families are called. */
static bool parse_guest(const char *key, char **ret_type, uint32_t *ret_vmid)
{
	const char *type = strchr(key, '/'), *number = type ? strchr(type + 1, '/') : NULL;
	unsigned long vmid;
	char *end;

	if (!number || number == type + 1 || number[1] < '1' || number[1] > '9')
		return false;
	vmid = strtoul(number + 1, &end, 10);
	if (*end || vmid > 999999999)
		return false;
	*ret_vmid = (uint32_t)vmid;
	*ret_type = strndup(type + 1, (size_t)(number - type - 1));
	return true;
}

static bool is_node_name(const char *node)
{
	size_t len =
		strspn(node, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.");

	return len && len < SB_PVE_NODE_CHARS && !node[len] && node[0] != '.';
}

struct sb_call *sb_call_create(struct sb_calls *calls, const char *document, size_t op, size_t n,
			       const char *key, const char *name, const char *node,
			       struct sb_error *err)
{
	struct sb_call *call;
	char *type = NULL;
	uint32_t vmid;

	if (!parse_guest(key, &type, &vmid)) {
		sb_fail(err, SB_E_ARG, "%.200s is not the key of a guest", key);
		return NULL;
	}
	if (!node || !is_node_name(node)) {
		free(type);
		sb_fail(err, SB_E_ARG, "\"%.64s\" is not the name of a node", node ? node : "");
		return NULL;
	}
	call = calloc(1, sizeof(*call));
	if (call)
		*call = (struct sb_call){.calls = calls,
					 .op = op,
					 .n = n,
					 .vmid = vmid,
					 .document = strdup(document),
					 .key = strdup(key),
					 .name = strdup(name),
					 .node = strdup(node),
					 .type = type};
	if (call && call->document && call->key && call->name && call->node && type)
		return call;
	if (!call)
		free(type);
	sb_call_destroy(call);
	sb_fail(err, SB_E_NOMEM, "out of memory");
	return NULL;
}

void sb_call_destroy(struct sb_call *call)
{
	if (!call)
		return;
	free(call->document);
	free(call->key);
	free(call->name);
	free(call->node);
	free(call->type);
	free(call->task);
	free(call->exit);
	json_decref(call->params);
	json_decref(call->older);
	free(call);
}

static void add_to_list(struct sb_call *call)
{
	call->next = call->calls->first;
	call->calls->first = call;
}

/* Report the end to the owner, and release the call. */
static void finish_call(void *arg)
{
	struct sb_call *call = arg, **link = &call->calls->first;

	while (*link && *link != call)
		link = &(*link)->next;
	if (*link)
		*link = call->next;
	call->state = SB_CALL_ENDED;
	call->done(call->arg, call);
	sb_call_destroy(call);
}

/* Journal what is known of the call; next is called when it is durable. */
static void note_result(struct sb_call *call, void (*next)(void *arg))
{
	struct sb_apply *apply = call->calls->apply;
	uint64_t id = ++apply->run->last_request;

	sb_event_journal(
		apply->events,
		json_pack("{s:s, s:I, s:s, s:I, s:I, s:s, s:s, s:s, s:s, s:s*, s:s*}", "ev",
			  "called", "id", (json_int_t)id, "document", call->document, "op",
			  (json_int_t)call->op, "n", (json_int_t)call->n, "key", call->key, "call",
			  call->name, "node", call->node, "outcome", sb_call_word(call->outcome),
			  "task", call->task, "exit", call->exit),
		id, next, call);
}

static void end_call(struct sb_call *call, enum sb_call_outcome outcome)
{
	call->outcome = outcome;
	call->state = SB_CALL_NOTED;
	sb_log(outcome == SB_CALL_DONE ? SB_LOG_INFO : SB_LOG_WARN,
	       "%s of \"%s\" on node %s: %s: task=%s exit=\"%s\"", call->name, call->key,
	       call->node, outcome == SB_CALL_UNKNOWN ? "unknown" : sb_call_word(outcome),
	       call->task ? call->task : "none", call->exit ? call->exit : "");
	if (outcome == SB_CALL_UNKNOWN)
		finish_call(call); /* nothing new is known */
	else
		note_result(call, finish_call);
}

/* Polling */

static void poll_later(struct sb_call *call)
{
	call->delay_ms = call->delay_ms ? 2 * call->delay_ms : FIRST_POLL_MS;
	if (call->delay_ms > MAX_POLL_MS)
		call->delay_ms = MAX_POLL_MS;
	call->due_ms = now_ms(call) + call->delay_ms;
}

static void task_ended(struct sb_call *call, enum sb_pve_task_end end, const char *text)
{
	sb_autojson *cut = sb_json_text(text, MAX_EXIT);

	text = cut ? json_string_value(cut) : "its result is not UTF-8";
	call->exit = strdup(text);
	if (end == SB_PVE_TASK_WELL) {
		end_call(call, SB_CALL_DONE);
		return;
	}
	if (end == SB_PVE_TASK_GONE)
		sb_fail(&call->why, SB_E_HTTP, "task %s ended without a result", call->task);
	else
		sb_fail(&call->why, SB_E_HTTP, "task %s failed: %.300s", call->task, text);
	end_call(call, SB_CALL_FAILED);
}

/* A read of the task or the list failed: it is repeated for a while. */
static void read_failed(struct sb_call *call, const struct sb_error *why)
{
	int64_t now = now_ms(call);

	if (!call->failing_since_ms)
		call->failing_since_ms = now;
	if (now - call->failing_since_ms < GIVE_UP_FACTOR * call->calls->settle_ms) {
		poll_later(call);
		return;
	}
	if (call->state == SB_CALL_RUNS && why->http_status == 400) { /* "no such task" */
		task_ended(call, SB_PVE_TASK_GONE, "the server does not know the task any more");
		return;
	}
	call->why = *why;
	sb_context(&call->why, why->code,
		   "what became of \"%s\" is not known (node %s, task %s): apply the plan again "
		   "later",
		   call->name, call->node, call->task ? call->task : "not found");
	end_call(call, SB_CALL_UNKNOWN);
}

static void on_status(void *arg, const json_t *data, const struct sb_error *why)
{
	struct sb_call *call = arg;
	enum sb_pve_task_end end;
	const char *text;

	call->is_reading = false;
	if (!data) {
		read_failed(call, why);
		return;
	}
	call->failing_since_ms = 0;
	end = sb_pve_task_read(data, &text);
	if (end == SB_PVE_TASK_RUNS)
		poll_later(call);
	else
		task_ended(call, end, text);
}

static void start_polling(void *arg)
{
	struct sb_call *call = arg;

	call->state = SB_CALL_RUNS;
	call->delay_ms = 0;
	poll_later(call);
}

/* The task is in the journal before it is polled, so that the next job finds it. */
static void take_task(struct sb_call *call, const char *task)
{
	call->task = strdup(task);
	json_object_set_new(call->calls->tasks, task, json_true());
	call->state = SB_CALL_NOTED;
	note_result(call, start_polling);
}

/* Looking for the task of a lost request */

/* The oldest task that can be its own, by the clock of its node. */
static int64_t since_s(const struct sb_call *call, int64_t skew_bound_s)
{
	int64_t skew_s = 0;

	sb_http_skew(run_of(call)->http, sb_pve_server(run_of(call)->pve), &skew_s);
	return call->begun_s + skew_s - skew_bound_s;
}

static struct sb_pve_lost marks_of(const struct sb_call *call, int64_t since)
{
	return (struct sb_pve_lost){.call = call->name,
				    .user = call->calls->user,
				    .vmid = call->vmid,
				    .node = call->node,
				    .since_s = since,
				    .known = call->calls->tasks,
				    .older = call->older};
}

static void add_list_path(struct sb_buf *path, const struct sb_call *call, int64_t since)
{
	sb_buf_addf(path, "/nodes/%s/tasks?source=all&limit=%d&vmid=%" PRIu32 "&since=%" PRId64,
		    call->node, MAX_TASKS, call->vmid, since);
}

static int check_list(const struct sb_call *call, const json_t *list, struct sb_error *err)
{
	if (sb_pve_tasks_are_whole(list, MAX_TASKS))
		return 0;
	return sb_fail(err, SB_E_SHAPE, "node %s answered with what is not its whole list of tasks",
		       call->node);
}

/* The window is larger than that of a search, whose clock may have been measured anew. */
int sb_call_list_older(struct sb_call *call, sb_pve_done *done, void *arg, struct sb_error *err)
{
	sb_autobuf path = SB_BUF_INIT(1024);

	call->begun_s = wall_s(call);
	add_list_path(&path, call, since_s(call, 2 * SKEW_S));
	if (path.failed)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	return sb_pve_get_as_writer(run_of(call)->pve, sb_buf_str(&path), done, arg, err);
}

int sb_call_take_older(struct sb_call *call, const json_t *list, struct sb_error *err)
{
	struct sb_pve_lost marks = marks_of(call, INT64_MIN);
	int rc = check_list(call, list, err);

	if (rc < 0)
		return rc;
	call->older = sb_pve_tasks_like(list, &marks);
	return call->older ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}

static void on_list(void *arg, const json_t *data, const struct sb_error *why)
{
	struct sb_call *call = arg;
	struct sb_pve_lost lost = marks_of(call, since_s(call, SKEW_S));
	struct sb_error odd = SB_ERROR_INIT;
	const char *task;

	call->is_reading = false;
	if (!data || check_list(call, data, &odd) < 0) {
		read_failed(call, data ? &odd : why);
		return;
	}
	call->failing_since_ms = 0;
	task = sb_pve_task_of_lost(data, &lost);
	if (task) {
		take_task(call, task);
	} else if (!call->searches_last) {
		poll_later(call);
	} else {
		sb_fail(&call->why, SB_E_NET,
			"the request \"%s\" never got to Proxmox VE: node %s has no task of it",
			call->name, call->node);
		end_call(call, SB_CALL_DROPPED);
	}
}

static void look_for_task(struct sb_call *call)
{
	call->state = SB_CALL_LOST;
	call->lost_ms = now_ms(call);
	call->delay_ms = 0;
	call->due_ms = 0;
}

/* Sending */

static void on_answer(void *arg, enum sb_pve_written written, const char *task,
		      const struct sb_error *why)
{
	struct sb_call *call = arg;

	if (written == SB_PVE_ACCEPTED && task &&
	    !sb_pve_upid_is_of(task, call->node, call->vmid)) {
		sb_log(SB_LOG_WARN,
		       "%s of \"%s\": the server named a task of something else, so it is looked "
		       "for",
		       call->name, call->key);
		look_for_task(call);
	} else if (written == SB_PVE_ACCEPTED && task) {
		take_task(call, task);
	} else if (written == SB_PVE_ACCEPTED) {
		end_call(call, SB_CALL_DONE);
	} else if (written == SB_PVE_REJECTED) {
		call->why = *why;
		end_call(call, SB_CALL_REJECTED);
	} else {
		sb_log(SB_LOG_WARN,
		       "%s of \"%s\": no answer, its task is looked for: reason=\"%s\"", call->name,
		       call->key, why->text);
		look_for_task(call);
	}
}

static void on_journaled(void *arg)
{
	struct sb_call *call = arg;
	struct sb_error err = SB_ERROR_INIT;

	call->state = SB_CALL_SENT;
	if (sb_pve_post_status(run_of(call)->pve, call->node, call->type, call->vmid, call->name,
			       call->params, on_answer, call, &err) == 0)
		return;
	call->why = err;
	end_call(call, SB_CALL_REJECTED); /* nothing was sent */
}

void sb_call_start(struct sb_call *call, json_t *params_take)
{
	struct sb_apply *apply = call->calls->apply;
	uint64_t id = ++apply->run->last_request;
	json_t *older = json_array(), *any;
	const char *upid;

	call->params = params_take;
	call->begun_s = wall_s(call);
	json_object_foreach (call->older, upid, any)
		json_array_append_new(older, json_string(upid));
	add_to_list(call);
	sb_event_journal(
		apply->events,
		json_pack("{s:s, s:I, s:I, s:I, s:s, s:s, s:s, s:o}", "ev", "call", "id",
			  (json_int_t)id, "op", (json_int_t)call->op, "n", (json_int_t)call->n,
			  "key", call->key, "call", call->name, "node", call->node, "older", older),
		id, on_journaled, call);
}

int sb_call_resume(struct sb_call *call, int64_t begun_s, const char *task, const json_t *older)
{
	const json_t *upid;
	size_t i;

	call->begun_s = begun_s;
	add_to_list(call);
	call->older = json_object();
	json_array_foreach (older, i, upid)
		if (!json_is_string(upid) ||
		    json_object_set_new(call->older, json_string_value(upid), json_true()) < 0)
			return SB_E_NOMEM;
	if (!task) {
		look_for_task(call);
		return 0;
	}
	call->task = strdup(task);
	start_polling(call);
	return call->task ? 0 : SB_E_NOMEM;
}

/* Reading what is due */

static void read_call(struct sb_call *call)
{
	sb_autobuf path = SB_BUF_INIT(1024);
	struct sb_error err = SB_ERROR_INIT;
	char node[SB_PVE_NODE_CHARS];
	int rc;

	if (call->state == SB_CALL_RUNS) {
		if (!sb_pve_upid_parse(call->task, node)) { /* from a store that was changed */
			sb_fail(&call->why, SB_E_SHAPE, "\"%.100s\" is not a task", call->task);
			end_call(call, SB_CALL_UNKNOWN);
			return;
		}
		sb_buf_addf(&path, "/nodes/%s/tasks/", node);
		sb_buf_add_url(&path, call->task);
		sb_buf_add(&path, "/status");
	} else {
		call->searches_last = now_ms(call) > call->lost_ms + call->calls->settle_ms;
		add_list_path(&path, call, since_s(call, SKEW_S));
	}
	call->is_reading = true;
	rc = path.failed ? sb_fail(&err, SB_E_NOMEM, "out of memory")
			 : sb_pve_get_as_writer(run_of(call)->pve, sb_buf_str(&path),
						call->state == SB_CALL_RUNS ? on_status : on_list,
						call, &err);
	if (rc < 0) {
		call->is_reading = false;
		read_failed(call, &err);
	}
}

/* A call that gives up leaves the list, so that the walk begins again after each read. */
int64_t sb_calls_tick(struct sb_calls *calls)
{
	struct sb_call *call = calls->first;
	int64_t wait_ms = 1000;

	while (call) {
		bool is_polled = (call->state == SB_CALL_RUNS || call->state == SB_CALL_LOST) &&
				 !call->is_reading;
		int64_t left_ms = call->due_ms - now_ms(call);

		if (is_polled && left_ms <= 0) {
			read_call(call);
			call = calls->first;
			continue;
		}
		if (is_polled && left_ms < wait_ms)
			wait_ms = left_ms;
		call = call->next;
	}
	return wait_ms;
}
