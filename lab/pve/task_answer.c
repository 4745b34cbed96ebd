/* SPDX-License-Identifier: Apache-2.0 */
/* Answers about tasks: their state, their log, and the lists of a node and of the cluster. */
#include "pve/answer.h"

#include "pve/seed.h"
#include "pve/task.h"

#include <ctype.h>
#include <inttypes.h>

enum { DEFAULT_LINES = 50, DEFAULT_ROWS = 50, RECENT = 25, HISTORY = 25 };

static bool all_hex(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isxdigit((unsigned char)text[i]))
			return false;
	return true;
}

/* Is the text "UPID:node:8 hex:8 or 9 hex:8 hex:type:id:user:"? */
static bool is_upid(const char *text)
{
	static const size_t least[] = {4, 1, 8, 8, 8, 1, 0, 1};
	static const size_t most[] = {4, 63, 8, 9, 8, 64, 256, 256};

	if (!sb_starts_with(text, "UPID:"))
		return false;
	for (size_t i = 0; i < SB_ARRAY_LEN(least); i++) {
		size_t len = strcspn(text, ":");

		if (text[len] != ':' || len < least[i] || len > most[i] ||
		    (i >= 2 && i <= 4 && !all_hex(text, len)))
			return false;
		text += len + 1;
	}
	return !*text;
}

/* Does the task belong to the user? A user sees the tasks of its tokens, a token its own ones. */
static bool is_own(const struct pve_call *call, const struct pve_task *task)
{
	const char *name = task->order.token_name;

	if (!sb_streq(task->order.user, call->user))
		return false;
	if (!call->token_name)
		return true;
	return name && sb_streq(name, call->token_name);
}

/* Find the task of the path; false after a refusal. A missing task is refused only with must_be. */
static bool reach_task(struct pve_call *call, const char *privilege, bool must_be,
		       struct pve_task **ret_task)
{
	struct pve_task *task = pve_task_find(call->pve, call->upid);
	bool has_privilege = pve_holds(call, privilege);

	if (!is_upid(call->upid)) {
		pve_refuse_param(call, "upid", "unable to parse worker upid");
		return false;
	}
	if (task && task->order.node != call->node)
		task = NULL;
	if (!task && must_be) {
		pve_refuse_param(call, "upid", "no such task");
		return false;
	}
	if (!has_privilege && !(task && is_own(call, task))) {
		pve_refuse(call, 403, "Permission check failed (/nodes/%s, %s)", call->node->name,
			   privilege);
		return false;
	}
	*ret_task = task;
	return true;
}

/* The members that all answers about a task have. New reference. */
static json_t *task_row(const struct pve_task *task)
{
	return json_pack("{ss ss sI sI sI ss so}", "upid", task->upid, "node",
			 task->order.node->name, "pid", (json_int_t)task->pid, "pstart",
			 (json_int_t)task->pstart, "starttime", (json_int_t)(task->start_ms / 1000),
			 "type", task->order.type, "id",
			 json_sprintf("%" PRIu32, task->order.vmid));
}

static void add_user(json_t *row, const struct pve_task *task)
{
	json_object_set_new(row, "user", json_string(task->order.user));
	if (task->order.token_name)
		json_object_set_new(row, "tokenid", json_string(task->order.token_name));
}

static void answer_task_status(struct pve_call *call)
{
	struct pve_task *task;
	json_t *row;

	if (!reach_task(call, "Sys.Audit", true, &task))
		return;
	row = task_row(task);
	add_user(row, task);
	json_object_set_new(row, "status",
			    json_string(pve_task_runs(task) ? "running" : "stopped"));
	if (!pve_task_runs(task))
		json_object_set_new(row, "exitstatus", json_string(task->exit));
	pve_ok(call, row);
}

static int64_t number_param(const struct pve_call *call, const char *name, int64_t otherwise)
{
	const char *value = pve_param(call, name);

	return value ? strtoll(value, NULL, 10) : otherwise;
}

/* Lists that Proxmox VE cuts have the complete number beside the data; an empty one has none. */
static void answer_part(struct pve_call *call, json_t *part_take, size_t total)
{
	pve_ok(call, part_take);
	if (total)
		json_object_set_new(call->answer->json, "total", json_integer((json_int_t)total));
}

static void answer_task_log(struct pve_call *call)
{
	int64_t start = number_param(call, "start", 0);
	int64_t limit = number_param(call, "limit", DEFAULT_LINES);
	json_t *part, *line;
	struct pve_task *task;
	size_t i, total;

	if (!reach_task(call, "Sys.Audit", false, &task))
		return;
	part = json_array();
	json_array_foreach (task ? task->log : NULL, i, line)
		if ((int64_t)i >= start && (!limit || (int64_t)json_array_size(part) < limit))
			json_array_append_new(
				part, json_pack("{sI sO}", "n", (json_int_t)i + 1, "t", line));
	total = task ? json_array_size(task->log) : 0;
	if (!total) {
		total = 1;
		json_array_append_new(
			part, json_pack("{si ss}", "n", 1, "t",
					task ? "no content"
					     : "unable to open file - No such file or directory"));
	}
	answer_part(call, part, total);
}

static void answer_task_stop(struct pve_call *call)
{
	struct pve_task *task;

	if (!reach_task(call, "Sys.Modify", true, &task))
		return;
	pve_task_kill(call->pve, task);
	pve_ok(call, json_null());
}

/* "ok", "warning" or "error". */
static const char *result_word(const struct pve_task *task)
{
	if (sb_streq(task->exit, "OK"))
		return "ok";
	return sb_starts_with(task->exit, "WARNINGS: ") ? "warning" : "error";
}

static bool matches_number(const struct pve_call *call, const char *name, int64_t number)
{
	const char *value = pve_param(call, name);

	return !value || strtoll(value, NULL, 10) == number;
}

static bool fits_source(const struct pve_call *call, const struct pve_task *task)
{
	const char *source = pve_param(call, "source");

	if (source && sb_streq(source, "all"))
		return true;
	return pve_task_runs(task) == (source && sb_streq(source, "active"));
}

/* Do the filters of the request let the task pass? */
static bool is_wanted(const struct pve_call *call, const struct pve_task *task)
{
	const char *errors = pve_param(call, "errors"), *type = pve_param(call, "typefilter");
	const char *user = pve_param(call, "userfilter"), *words = pve_param(call, "statusfilter");
	const char *until = pve_param(call, "until");
	int64_t start_s = task->start_ms / 1000;

	if (task->order.node != call->node || !fits_source(call, task) ||
	    !matches_number(call, "vmid", task->order.vmid))
		return false;
	if (errors && sb_streq(errors, "1") && !pve_task_runs(task) && sb_streq(task->exit, "OK"))
		return false;
	if (words && !pve_task_runs(task) && !pve_has_word(words, result_word(task)))
		return false;
	if ((type && !sb_streq(type, task->order.type)) ||
	    (user && !strstr(task->order.user, user)))
		return false;
	return start_s >= number_param(call, "since", 0) &&
	       (!until || start_s <= number_param(call, "until", 0));
}

/* The list of a node shows the whole user of a running task, and splits that of an ended one. */
static json_t *node_row(const struct pve_task *task)
{
	const char *name = task->order.token_name;
	json_t *row = task_row(task);

	if (!pve_task_runs(task)) {
		add_user(row, task);
		json_object_set_new(row, "endtime", json_integer(task->end_ms / 1000));
		json_object_set_new(row, "status", json_string(task->exit));
		return row;
	}
	json_object_set_new(
		row, "user",
		json_sprintf("%s%s%s", task->order.user, name ? "!" : "", name ? name : ""));
	json_object_set_new(row, "saved", json_string("0"));
	json_object_set_new(row, "status", json_string("RUNNING"));
	return row;
}

static void answer_node_tasks(struct pve_call *call)
{
	const struct lab_pve *pve = call->pve;
	int64_t start = number_param(call, "start", 0);
	int64_t limit = number_param(call, "limit", DEFAULT_ROWS);
	json_t *part = json_array();
	int64_t total = 0;

	/* Running tasks are first, and the last one that began. */
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = pve->n_tasks; i-- > 0;) {
			const struct pve_task *task = pve->tasks[i];

			if (pve_task_runs(task) != (pass == 0) || !is_wanted(call, task) ||
			    (!pve_holds(call, "Sys.Audit") && !is_own(call, task)))
				continue;
			if (total++ >= start && (int64_t)json_array_size(part) < limit)
				json_array_append_new(part, node_row(task));
		}
	answer_part(call, part, (size_t)total);
}

/* The list of the cluster has no process numbers, and no result of running tasks. */
static json_t *cluster_row(const struct pve_task *task)
{
	json_t *row = task_row(task);

	json_object_del(row, "pid");
	json_object_del(row, "pstart");
	add_user(row, task);
	if (pve_task_runs(task))
		return row;
	json_object_set_new(row, "endtime", json_integer(task->end_ms / 1000));
	json_object_set_new(row, "status", json_string(task->exit));
	json_object_set_new(row, "saved", json_string("1"));
	return row;
}

static void answer_cluster_tasks(struct pve_call *call)
{
	const struct lab_pve *pve = call->pve;
	sb_autofree size_t *counts = calloc(pve->n_nodes, sizeof(*counts));
	json_t *list = json_array();

	/* A token without the privilege does not even see its own tasks. */
	for (size_t i = pve->n_tasks; counts && pve_holds(call, "Sys.Audit") && i-- > 0;) {
		const struct pve_task *task = pve->tasks[i];

		if (counts[task->order.node - pve->nodes]++ < RECENT)
			json_array_append_new(list, cluster_row(task));
	}
	pve_ok(call, list);
}

/* The first guests were started in tasks of the past. */
bool pve_seed_tasks(struct lab_pve *pve)
{
	for (size_t i = 0; i < pve->n_guests && i < HISTORY; i++) {
		const struct pve_guest *guest = pve->guests[i];
		struct pve_order order = {
			.action = PVE_START,
			.type = guest->is_container ? "vzstart" : "qmstart",
			.node = guest->node,
			.vmid = guest->vmid,
			.is_container = guest->is_container,
			.user = "root@pam",
		};

		if (!pve_task_record(pve, &order, guest->started_s))
			return false;
	}
	return true;
}

static const struct pve_param_rule log_params[] = {{"download", PVE_PARAM_BOOL, NULL},
						   {"limit", PVE_PARAM_INT, NULL},
						   {"start", PVE_PARAM_INT, NULL},
						   {0}};
static const struct pve_param_rule list_params[] = {
	{"errors", PVE_PARAM_BOOL, NULL},
	{"limit", PVE_PARAM_INT, NULL},
	{"since", PVE_PARAM_INT, NULL},
	{"source", PVE_PARAM_ENUM, "archive, active, all"},
	{"start", PVE_PARAM_INT, NULL},
	{"statusfilter", PVE_PARAM_TEXT, NULL},
	{"typefilter", PVE_PARAM_TEXT, NULL},
	{"until", PVE_PARAM_INT, NULL},
	{"userfilter", PVE_PARAM_TEXT, NULL},
	{"vmid", PVE_PARAM_VMID, NULL},
	{0}};

#define TASK "/nodes/{node}/tasks/{upid}"

const struct pve_route pve_task_routes[] = {
	{"/cluster/tasks", answer_cluster_tasks, NULL, 0, 0, 0, false},
	{"/nodes/{node}/tasks", answer_node_tasks, list_params, 0, 0, 0, false},
	{TASK "/status", answer_task_status, NULL, 0, 0, 0, true},
	{TASK "/log", answer_task_log, log_params, 0, 0, 0, true},
	{0},
};

const struct pve_route pve_task_stop_routes[] = {
	{TASK, answer_task_stop, NULL, 0, 0, 0, true},
	{0},
};
