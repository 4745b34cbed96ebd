/* SPDX-License-Identifier: Apache-2.0 */
/* The changes that tasks make to their guests, and the errors with which they fail. */
#include "pve/task.h"

#include <inttypes.h>

enum { LENGTH_MS = 200, CRM_MS = 1000, SHUTDOWN_S = 60 };

/* The guest of a task, which another task may have removed or moved. Borrowed or NULL. */
static struct pve_guest *guest_of(const struct lab_pve *pve, const struct pve_task *task)
{
	struct pve_guest *guest = pve_guest_find(pve, task->order.vmid);

	if (!guest || guest->is_container != task->order.is_container ||
	    guest->node != task->order.node)
		return NULL;
	return guest;
}

static bool ignores_shutdown(const struct pve_guest *guest)
{
	return guest && pve_guest_is_active(guest) && guest->ignores_shutdown;
}

/* Without a timeout in the request, a VM has the one of its startup order. */
static int64_t shutdown_s(const struct pve_task *task, const struct pve_guest *guest)
{
	const char *startup = guest->is_container ? NULL : pve_guest_text(guest, "startup");
	const char *down = startup ? strstr(startup, "down=") : NULL;

	if (task->order.timeout_s >= 0)
		return task->order.timeout_s;
	return down ? strtoll(down + strlen("down="), NULL, 10) : SHUTDOWN_S;
}

int64_t pve_task_length_ms(const struct lab_pve *pve, const struct pve_task *task)
{
	const struct pve_guest *guest = guest_of(pve, task);
	enum pve_action action = task->order.action;

	if ((action == PVE_SHUTDOWN || action == PVE_REBOOT) && ignores_shutdown(guest)) {
		int64_t wait_s = shutdown_s(task, guest);
		bool is_killed = task->order.is_forced || action == PVE_REBOOT;

		/* After lxc-stop has failed, its container has as long again, and 5 s. */
		return (guest->is_container && !is_killed ? 2 * wait_s + 5 : wait_s) * 1000;
	}
	return task->plan.has_length ? task->plan.length_ms : LENGTH_MS;
}

static const char *lock_of(const struct pve_guest *guest)
{
	const char *lock = pve_guest_text(guest, "lock");

	return lock ? lock : "";
}

static char *locked_error(const struct pve_guest *guest)
{
	return pve_task_error("%s is locked (%s)", guest->is_container ? "CT" : "VM",
			      lock_of(guest));
}

/* Changes that waited for a start become the configuration. */
static void apply_pending(struct pve_guest *guest)
{
	const char *key;
	json_t *value;

	json_object_foreach (guest->pending, key, value) {
		if (json_is_null(value))
			json_object_del(guest->config, key);
		else
			json_object_set(guest->config, key, value);
	}
	json_decref(guest->pending);
	guest->pending = NULL;
}

static void run_guest(struct lab_pve *pve, struct pve_guest *guest)
{
	apply_pending(guest);
	pve_guest_set_status(pve, guest, "running");
}

static char *start_guest(struct lab_pve *pve, struct pve_guest *guest)
{
	bool is_suspended = sb_streq(lock_of(guest), "suspended");
	bool is_backup = sb_streq(lock_of(guest), "backup");

	if (pve_guest_is_template(guest))
		return pve_task_error("you can't start a %s if it's a template",
				      guest->is_container ? "CT" : "vm");
	/* A VM that a backup has started without running it is continued. */
	if (!guest->is_container && is_backup && pve_guest_is_active(guest)) {
		pve_guest_set_status(pve, guest, "running");
		return NULL;
	}
	if (*lock_of(guest) && !is_suspended && !sb_streq(lock_of(guest), "mounted"))
		return locked_error(guest);
	/* No answer of a container that another task has just started is recorded. */
	if (pve_guest_is_active(guest))
		return pve_task_error("%s %" PRIu32 " already running",
				      guest->is_container ? "CT" : "VM", guest->vmid);
	if (is_suspended)
		json_object_del(guest->config, "lock");
	run_guest(pve, guest);
	return NULL;
}

static char *refuse_shutdown(struct pve_task *task, const struct pve_guest *guest)
{
	if (!guest->is_container)
		return pve_task_error("VM quit/powerdown failed - got timeout");
	pve_task_print(task,
		       "command 'lxc-stop -n %" PRIu32 " --nokill --timeout %lld' failed: exit "
		       "code 1",
		       guest->vmid, (long long)shutdown_s(task, guest));
	return pve_task_error("container did not stop");
}

static char *stop_guest(struct lab_pve *pve, struct pve_task *task, struct pve_guest *guest)
{
	enum pve_action action = task->order.action;
	/* A container that does not shut down for a reboot is killed. */
	bool is_forced = task->order.is_forced || action == PVE_STOP ||
			 (action == PVE_REBOOT && guest->is_container);

	if (!pve_guest_is_active(guest))
		return NULL;
	/* A container whose file systems are mounted on the node can be stopped, not shut down. */
	if (*lock_of(guest) && !(action == PVE_STOP && sb_streq(lock_of(guest), "mounted")))
		return locked_error(guest);
	if (ignores_shutdown(guest) && !is_forced)
		return refuse_shutdown(task, guest);
	if (ignores_shutdown(guest) && action == PVE_SHUTDOWN && !guest->is_container)
		pve_task_print(task, "VM still running - terminating now with SIGTERM");
	pve_guest_set_status(pve, guest, "stopped");
	if (guest->ha_state && sb_streq(guest->ha_state, "request_stop"))
		guest->ha_state = "stopped";
	return NULL;
}

static char *reboot_guest(struct lab_pve *pve, struct pve_task *task, struct pve_guest *guest)
{
	char *error;

	if (!pve_guest_is_active(guest))
		return NULL;
	error = stop_guest(pve, task, guest);
	if (!error)
		run_guest(pve, guest);
	return error;
}

/* Reset, suspend and resume of a VM. */
static char *change_vm(struct lab_pve *pve, const struct pve_task *task, struct pve_guest *guest)
{
	enum pve_action action = task->order.action;
	const char *lock = lock_of(guest);

	if (action == PVE_RESUME && sb_streq(lock, "suspended"))
		return start_guest(pve, guest);
	if (*lock && (action == PVE_RESET || !sb_streq(lock, "backup")))
		return locked_error(guest);
	if (!pve_guest_is_active(guest))
		return pve_task_error("VM %" PRIu32 " not running", guest->vmid);
	if (action == PVE_PAUSE)
		pve_guest_set_status(pve, guest, "paused");
	else if (action == PVE_RESUME)
		pve_guest_set_status(pve, guest, "running");
	else if (action == PVE_HIBERNATE)
		pve_guest_set_status(pve, guest, "stopped");
	if (action == PVE_HIBERNATE)
		json_object_set_new(guest->config, "lock", json_string("suspended"));
	return NULL;
}

/* The resource manager of the node carries out the request in a task of its own. */
static void begin_work_of_ha(struct lab_pve *pve, const struct pve_task *task,
			     enum pve_action action)
{
	static const char *const types[][2] = {[PVE_START] = {"qmstart", "vzstart"},
					       [PVE_SHUTDOWN] = {"qmshutdown", "vzshutdown"},
					       [PVE_STOP] = {"qmstop", "vzstop"}};
	struct pve_task_plan plan = pve->plan;
	struct pve_order order = {
		.action = action,
		.type = types[action][task->order.is_container],
		.node = task->order.node,
		.vmid = task->order.vmid,
		.is_container = task->order.is_container,
		.user = "root@pam",
		.timeout_s = task->order.timeout_s,
		.is_forced = action == PVE_SHUTDOWN,
	};

	/* Faults concern the tasks of requests. */
	pve->plan = (struct pve_task_plan){.has_length = true, .length_ms = CRM_MS + LENGTH_MS};
	pve_task_begin(pve, &order);
	pve->plan = plan;
}

/* The timeout that a shutdown passes to the manager; 0 is a hard stop. */
static int64_t ha_timeout_s(const struct pve_task *task)
{
	if (task->order.action == PVE_HA_STOP)
		return 0;
	return task->order.timeout_s >= 0 ? task->order.timeout_s : SHUTDOWN_S;
}

/* A resource in error takes no request until it is disabled. New text of the error, or NULL. */
static char *refuse_ha_request(struct pve_task *task, const struct pve_guest *guest)
{
	const char *kind = guest->is_container ? "ct" : "vm";

	if (!guest->ha_state || !sb_streq(guest->ha_state, "error"))
		return NULL;
	pve_task_print(task,
		       "service '%s:%" PRIu32 "' in error state, must be disabled and fixed first",
		       kind, guest->vmid);
	if (task->order.action == PVE_HA_START)
		return pve_task_error("command 'ha-manager set %s:%" PRIu32
				      " --state started' failed: exit code 255",
				      kind, guest->vmid);
	return pve_task_error("command 'ha-manager crm-command stop %s:%" PRIu32
			      " %lld' failed: exit code 255",
			      kind, guest->vmid, (long long)ha_timeout_s(task));
}

static char *request_ha_start(struct lab_pve *pve, struct pve_task *task, struct pve_guest *guest)
{
	char *error;

	pve_task_print(task, "Requesting HA start for %s %" PRIu32,
		       guest->is_container ? "CT" : "VM", guest->vmid);
	error = refuse_ha_request(task, guest);
	if (error)
		return error;
	guest->ha_state = "started";
	if (!pve->no_crm && !pve_guest_is_active(guest))
		begin_work_of_ha(pve, task, PVE_START);
	return NULL;
}

static char *request_ha_stop(struct lab_pve *pve, struct pve_task *task, struct pve_guest *guest)
{
	char *error;

	pve_task_print(task, "Requesting HA stop for %s %" PRIu32,
		       guest->is_container ? "CT" : "VM", guest->vmid);
	error = refuse_ha_request(task, guest);
	/* Commands wait for a manager that does not run. */
	if (error || pve->no_crm)
		return error;
	guest->ha_state = pve_guest_is_active(guest) ? "request_stop" : "stopped";
	if (pve_guest_is_active(guest))
		begin_work_of_ha(pve, task, ha_timeout_s(task) ? PVE_SHUTDOWN : PVE_STOP);
	return NULL;
}

char *pve_task_effect(struct lab_pve *pve, struct pve_task *task)
{
	struct pve_guest *guest = guest_of(pve, task);

	if (!guest)
		return pve_task_error(
			"Configuration file 'nodes/%s/%s/%" PRIu32 ".conf' does not exist",
			task->order.node->name, task->order.is_container ? "lxc" : "qemu-server",
			task->order.vmid);
	switch (task->order.action) {
	case PVE_START: return start_guest(pve, guest);
	case PVE_SHUTDOWN:
	case PVE_STOP: return stop_guest(pve, task, guest);
	case PVE_REBOOT: return reboot_guest(pve, task, guest);
	case PVE_HA_START: return request_ha_start(pve, task, guest);
	case PVE_HA_STOP:
	case PVE_HA_SHUTDOWN: return request_ha_stop(pve, task, guest);
	case PVE_RESET:
	case PVE_PAUSE:
	case PVE_HIBERNATE:
	case PVE_RESUME: return change_vm(pve, task, guest);
	}
	return NULL;
}
