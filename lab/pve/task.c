/* SPDX-License-Identifier: Apache-2.0 */
/* The course of tasks: they wait for the lock of their guest, run for their time, and end. */
#include "pve/task.h"

#include "base/buf.h"

#include <inttypes.h>
#include <stdarg.h>

enum {
	LOCK_WAIT_MS = 10000,
	FIRST_PID = 2000,
	PID_STEP = 7,
	PID_OF_HISTORY = 4000,
	PSTART_OF_HISTORY = 900000,
	HISTORY_MS = 2000
};

static void task_destroy(struct pve_task *task)
{
	if (!task)
		return;
	pve_task_plan_finish(&task->plan);
	free((char *)(uintptr_t)task->order.user);
	free((char *)(uintptr_t)task->order.token_name);
	free(task->upid);
	free(task->exit);
	json_decref(task->log);
	free(task);
}

void pve_task_plan_finish(struct pve_task_plan *plan)
{
	free(plan->error);
	free(plan->warning);
	*plan = (struct pve_task_plan){0};
}

void pve_task_finish(struct lab_pve *pve)
{
	for (size_t i = 0; i < pve->n_tasks; i++)
		task_destroy(pve->tasks[i]);
	free(pve->tasks);
	pve_task_plan_finish(&pve->plan);
}

void pve_task_print(struct pve_task *task, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	json_array_append_new(task->log, json_vsprintf(fmt, ap));
	va_end(ap);
}

char *pve_task_error(const char *fmt, ...)
{
	sb_autobuf buf = SB_BUF_INIT(8 << 10);
	va_list ap;

	va_start(ap, fmt);
	sb_buf_addv(&buf, fmt, ap);
	va_end(ap);
	return sb_buf_take(&buf);
}

static bool make_room(struct lab_pve *pve)
{
	size_t room = pve->room_tasks ? pve->room_tasks * 2 : 64;
	struct pve_task **tasks;

	if (pve->n_tasks < pve->room_tasks)
		return true;
	tasks = realloc(pve->tasks, room * sizeof(*tasks));
	if (!tasks)
		return false;
	pve->tasks = tasks;
	pve->room_tasks = room;
	return true;
}

static char *make_upid(const struct pve_task *task)
{
	const struct pve_order *order = &task->order;

	return pve_task_error(
		"UPID:%s:%08" PRIX32 ":%08" PRIX64 ":%08" PRIX64 ":%s:%" PRIu32 ":%s%s%s:",
		order->node->name, task->pid, task->pstart, (uint64_t)(task->start_ms / 1000),
		order->type, order->vmid, order->user, order->token_name ? "!" : "",
		order->token_name ? order->token_name : "");
}

/* Insert a task whose numbers and times are set. Borrowed; NULL = out of memory. */
static struct pve_task *task_insert(struct lab_pve *pve, struct pve_task *task_take)
{
	struct pve_order *order = &task_take->order;
	bool has_token = order->token_name != NULL;

	order->user = strdup(order->user);
	order->token_name = has_token ? strdup(order->token_name) : NULL;
	task_take->log = json_array();
	if (order->user && (!has_token || order->token_name))
		task_take->upid = make_upid(task_take);
	if (!task_take->upid || !task_take->log || !make_room(pve)) {
		task_destroy(task_take);
		return NULL;
	}
	pve->tasks[pve->n_tasks++] = task_take;
	return task_take;
}

bool pve_task_record(struct lab_pve *pve, const struct pve_order *order, int64_t start_s)
{
	struct pve_task *task = calloc(1, sizeof(*task));

	if (!task)
		return false;
	task->order = *order;
	task->pid = PID_OF_HISTORY + order->vmid;
	task->pstart = PSTART_OF_HISTORY + order->vmid;
	task->start_ms = start_s * 1000;
	task->end_ms = task->start_ms + HISTORY_MS;
	task->exit = strdup("OK");
	task->is_history = true;
	task = task_insert(pve, task);
	if (task)
		pve_task_print(task, "TASK OK");
	return task && task->exit;
}

struct pve_task *pve_task_find(const struct lab_pve *pve, const char *upid)
{
	for (size_t i = 0; i < pve->n_tasks; i++)
		if (sb_streq(pve->tasks[i]->upid, upid))
			return pve->tasks[i];
	return NULL;
}

static bool needs_lock(const struct pve_task *task)
{
	return task->order.action < PVE_HA_START;
}

static bool shares_guest(const struct pve_task *a, const struct pve_task *b)
{
	return a != b && a->order.vmid == b->order.vmid;
}

static bool guest_is_busy(const struct lab_pve *pve, const struct pve_task *task)
{
	for (size_t i = 0; i < pve->n_tasks; i++) {
		const struct pve_task *other = pve->tasks[i];

		if (pve_task_runs(other) && needs_lock(other) && other->has_lock &&
		    shares_guest(other, task))
			return true;
	}
	return false;
}

static void task_enter(struct lab_pve *pve, struct pve_task *task, int64_t at_ms)
{
	task->has_lock = true;
	task->due_ms = task->plan.hangs ? INT64_MAX : at_ms + pve_task_length_ms(pve, task);
}

/* Give the lock of a guest to the task that waits for it the longest. */
static void pass_lock(struct lab_pve *pve, const struct pve_task *ended, int64_t at_ms)
{
	for (size_t i = 0; i < pve->n_tasks; i++) {
		struct pve_task *task = pve->tasks[i];

		/* A task that is just beginning has no time yet. */
		if (!pve_task_runs(task) || task->has_lock || !task->due_ms ||
		    !shares_guest(task, ended))
			continue;
		pve_task_print(task, " OK");
		task_enter(pve, task, at_ms);
		return;
	}
}

/* End a task; error NULL = it succeeded. */
static void conclude_task(struct lab_pve *pve, struct pve_task *task, int64_t at_ms,
			  char *error_take)
{
	if (task->plan.dies) {
		/* The worker process ended without its last line; the log decides. */
		free(error_take);
		task->exit =
			strdup(json_array_size(task->log) ? "unexpected status"
							  : "unable to read tail (got 0 bytes)");
	} else if (error_take) {
		for (char *c = error_take; *c; c++)
			if (*c == '\n')
				*c = ' ';
		pve_task_print(task, "TASK ERROR: %s", error_take);
		task->exit = error_take;
	} else {
		task->exit = task->n_warnings ? pve_task_error("WARNINGS: %u", task->n_warnings)
					      : strdup("OK");
		pve_task_print(task, "TASK %s", task->exit);
	}
	task->end_ms = at_ms;
	pve->n_running--;
	if (needs_lock(task) && task->has_lock)
		pass_lock(pve, task, at_ms);
}

static char *lock_error(const struct pve_task *task)
{
	return pve_task_error(task->order.is_container
				      ? "can't lock file '/run/lock/lxc/pve-config-%" PRIu32
					".lock' - got timeout"
				      : "can't lock file '/var/lock/qemu-server/lock-%" PRIu32
					".conf' - got timeout",
			      task->order.vmid);
}

static void end_task(struct lab_pve *pve, struct pve_task *task)
{
	int64_t at_ms = task->due_ms;
	char *error = NULL;

	if (!task->has_lock) {
		error = lock_error(task);
	} else if (task->plan.error) {
		error = strdup(task->plan.error);
	} else if (!task->plan.dies) {
		error = pve_task_effect(pve, task);
		if (!error && task->plan.warning) {
			pve_task_print(task, "WARN: %s", task->plan.warning);
			task->n_warnings++;
		}
	}
	conclude_task(pve, task, at_ms, error);
}

/* The running task that ends first, not after now. */
static struct pve_task *next_due(const struct lab_pve *pve, int64_t now_ms)
{
	struct pve_task *first = NULL;

	for (size_t i = 0; i < pve->n_tasks; i++) {
		struct pve_task *task = pve->tasks[i];

		if (pve_task_runs(task) && task->due_ms <= now_ms &&
		    (!first || task->due_ms < first->due_ms))
			first = task;
	}
	return first;
}

static void set_clock(struct lab_pve *pve, int64_t now_ms)
{
	pve->clock_ms = now_ms;
	pve->clock_s = now_ms / 1000;
}

void lab_pve_turn(struct lab_pve *pve, int64_t now_ms)
{
	struct pve_task *task;

	while (pve->n_running && (task = next_due(pve, now_ms)) != NULL) {
		set_clock(pve, task->due_ms);
		end_task(pve, task);
	}
	set_clock(pve, now_ms);
}

/* As `stop` with overrule-shutdown=1: end the shutdowns that wait for the guest. */
static void end_shutdowns(struct lab_pve *pve, struct pve_task *task)
{
	sb_autobuf list = SB_BUF_INIT(64 << 10);

	for (size_t i = 0; i < pve->n_tasks; i++) {
		struct pve_task *other = pve->tasks[i];

		if (!pve_task_runs(other) || !shares_guest(other, task) ||
		    other->order.action != PVE_SHUTDOWN)
			continue;
		sb_buf_addf(&list, "%s%s", list.len ? ", " : "", other->upid);
		pve_task_kill(pve, other);
	}
	if (list.len)
		pve_task_print(task, "overruled %s tasks: %s",
			       task->order.is_container ? "vzshutdown" : "qmshutdown",
			       sb_buf_str(&list));
}

/* The plan with texts of its own. */
static bool copy_plan(const struct pve_task_plan *plan, struct pve_task_plan *ret)
{
	*ret = *plan;
	ret->error = plan->error ? strdup(plan->error) : NULL;
	ret->warning = plan->warning ? strdup(plan->warning) : NULL;
	return !plan->error == !ret->error && !plan->warning == !ret->warning;
}

struct pve_task *pve_task_begin(struct lab_pve *pve, const struct pve_order *order)
{
	struct pve_task *task = calloc(1, sizeof(*task));
	int64_t up_ms = pve->clock_ms - order->node->booted_s * 1000;

	if (!task)
		return NULL;
	task->order = *order;
	task->pid = FIRST_PID + PID_STEP * ++pve->n_pids;
	task->pstart = up_ms > 0 ? (uint64_t)up_ms / 10 : 0;
	task->start_ms = pve->clock_ms;
	task = task_insert(pve, task);
	if (!task || !copy_plan(&pve->plan, &task->plan))
		return NULL;
	pve->n_running++;
	if (order->overrules)
		end_shutdowns(pve, task);
	if (!needs_lock(task) || !guest_is_busy(pve, task)) {
		task_enter(pve, task, pve->clock_ms);
		return task;
	}
	pve_task_print(task, "trying to acquire lock...");
	task->due_ms = pve->clock_ms + LOCK_WAIT_MS;
	return task;
}

void pve_task_kill(struct lab_pve *pve, struct pve_task *task)
{
	if (!pve_task_runs(task))
		return;
	conclude_task(pve, task, pve->clock_ms,
		      strdup(task->has_lock && sb_streq(task->order.type, "qmstart")
				     ? "start failed: QEMU exited with code -1"
				     : "received interrupt"));
}

uint64_t lab_pve_tasks(const struct lab_pve *pve)
{
	return pve->n_begun;
}

void lab_pve_release(struct lab_pve *pve)
{
	for (size_t i = 0; i < pve->n_tasks; i++) {
		struct pve_task *task = pve->tasks[i];

		if (!pve_task_runs(task) || !task->plan.hangs)
			continue;
		task->plan.hangs = false;
		if (task->has_lock)
			task_enter(pve, task, pve->clock_ms);
	}
}

static bool read_seconds(const char *text, int64_t *ret_ms)
{
	char *end;
	double seconds = text ? strtod(text, &end) : -1;

	if (!text || end == text || *end || !(seconds >= 0 && seconds <= 86400))
		return false;
	*ret_ms = (int64_t)(seconds * 1000);
	return true;
}

static int set_text(char **text, const char *value)
{
	if (!value || !*value)
		return -1;
	free(*text);
	*text = strdup(value);
	return *text ? 0 : -1;
}

const char *const lab_pve_task_faults[] = {"task-die",          "task-fail TEXT", "task-hang",
					   "task-slow SECONDS", "task-warn TEXT", NULL};

int lab_pve_plan_task(struct lab_pve *pve, const char *kind, const char *arg)
{
	struct pve_task_plan *plan = &pve->plan;

	if (!kind) {
		pve_task_plan_finish(plan);
		return 0;
	}
	if (!lab_word_listed(lab_pve_task_faults, kind))
		return -1;
	if (sb_streq(kind, "task-hang") && !arg)
		plan->hangs = true;
	else if (sb_streq(kind, "task-die") && !arg)
		plan->dies = true;
	else if (sb_streq(kind, "task-slow") && read_seconds(arg, &plan->length_ms))
		plan->has_length = true;
	else if (sb_streq(kind, "task-fail"))
		return set_text(&plan->error, arg);
	else if (sb_streq(kind, "task-warn"))
		return set_text(&plan->warning, arg);
	else
		return -1;
	return 0;
}
