/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that start and stop guests: what is refused at once, and the task that does the rest. */
#include "pve/answer.h"

#include "pve/task.h"

#include <inttypes.h>

static bool is_on(const struct pve_call *call, const char *name)
{
	const char *value = pve_param(call, name);

	return value && sb_streq(value, "1");
}

/* Options that only root@pam may use, and no token, not even one of root@pam. */
static bool refuse_root_option(struct pve_call *call)
{
	static const char *const names[] = {"skiplock",       "stateuri",
					    "migratedfrom",   "migration_network",
					    "migration_type", "targetstorage",
					    "force-cpu",      "keepActive",
					    "nocheck",        "with-conntrack-state",
					    "nets-host-mtu"};

	for (size_t i = 0; i < SB_ARRAY_LEN(names); i++) {
		const char *value = pve_param(call, names[i]);

		if (!value || !*value || sb_streq(value, "0"))
			continue;
		pve_refuse_param(call, names[i], "Only root may use this option.");
		return true;
	}
	return false;
}

static bool refuse_no_quorum(struct pve_call *call)
{
	if (call->pve->no_quorum)
		pve_refuse(call, 500, "cluster not ready - no quorum?");
	return call->pve->no_quorum;
}

static bool is_active(const struct pve_call *call)
{
	return call->guest && pve_guest_is_active(call->guest);
}

/* Only what a VM needs to run for is refused at once; a missing VM as well. */
static bool refuse_vm_off(struct pve_call *call)
{
	if (is_active(call))
		return false;
	if (call->guest)
		pve_refuse(call, 500, "VM %" PRIu32 " not running", call->vmid);
	else
		pve_refuse_no_guest(call, false);
	return true;
}

static bool refuse_container_off(struct pve_call *call)
{
	if (is_active(call))
		return false;
	pve_refuse(call, 500, "CT %" PRIu32 " not running", call->vmid);
	return true;
}

static bool is_paused(const struct pve_guest *guest)
{
	return guest &&
	       (sb_streq(guest->status, "paused") || sb_streq(guest->status, "prelaunch") ||
		sb_streq(guest->status, "suspended"));
}

/* Is the guest a resource of the HA manager? */
static bool is_managed(const struct pve_call *call)
{
	return call->guest && call->guest->ha_state && !sb_streq(call->guest->ha_state, "ignored");
}

static void begin_task(struct pve_call *call, enum pve_action action, const char *type,
		       bool is_container)
{
	const char *timeout = pve_param(call, "timeout");
	struct pve_order order = {
		.action = action,
		.type = type,
		.node = call->node,
		.vmid = call->vmid,
		.is_container = is_container,
		.user = call->user,
		.token_name = call->token_name,
		.timeout_s = timeout ? strtoll(timeout, NULL, 10) : -1,
		.is_forced = is_on(call, "forceStop"),
		.overrules = is_on(call, "overrule-shutdown"),
	};
	const struct pve_task *task = pve_task_begin(call->pve, &order);

	if (task)
		call->pve->n_begun++;
	pve_ok(call, task ? json_string(task->upid) : NULL);
}

static void begin_start(struct pve_call *call, bool is_container)
{
	if (is_managed(call))
		begin_task(call, PVE_HA_START, "hastart", is_container);
	else
		begin_task(call, PVE_START, is_container ? "vzstart" : "qmstart", is_container);
}

static void begin_stop(struct pve_call *call, enum pve_action action, const char *type,
		       bool is_container)
{
	if (is_managed(call) && is_on(call, "overrule-shutdown"))
		pve_refuse_param(call, "overrule-shutdown", "Not applicable for HA resources.");
	else if (is_managed(call))
		begin_task(call, action == PVE_STOP ? PVE_HA_STOP : PVE_HA_SHUTDOWN, "hastop",
			   is_container);
	else
		begin_task(call, action, type, is_container);
}

static void answer_vm_start(struct pve_call *call)
{
	if (!refuse_root_option(call) && !refuse_no_quorum(call))
		begin_start(call, false);
}

static void answer_vm_stop(struct pve_call *call)
{
	if (!refuse_root_option(call))
		begin_stop(call, PVE_STOP, "qmstop", false);
}

static void answer_vm_shutdown(struct pve_call *call)
{
	bool paused = is_paused(call->guest);

	if (refuse_root_option(call))
		return;
	/* A paused VM would shut down when it is resumed. */
	if (paused && !is_on(call, "forceStop"))
		pve_refuse(call, 500, "VM is paused - cannot shutdown");
	else
		begin_stop(call, paused ? PVE_STOP : PVE_SHUTDOWN, "qmshutdown", false);
}

static void answer_vm_reboot(struct pve_call *call)
{
	if (is_paused(call->guest))
		pve_refuse(call, 500, "VM is paused - cannot shutdown");
	else if (!refuse_vm_off(call))
		begin_task(call, PVE_REBOOT, "qmreboot", false);
}

static void answer_vm_reset(struct pve_call *call)
{
	if (!refuse_root_option(call) && !refuse_vm_off(call))
		begin_task(call, PVE_RESET, "qmreset", false);
}

static void answer_vm_suspend(struct pve_call *call)
{
	bool to_disk = is_on(call, "todisk");

	if (refuse_root_option(call) || refuse_vm_off(call))
		return;
	if (to_disk && is_managed(call))
		pve_refuse(call, 500, "Cannot suspend HA managed VM to disk");
	else if (to_disk && call->is_writer) /* a disk is allocated */
		pve_refuse(call, 403, "Permission check failed (/vms/%" PRIu32 ", VM.Config.Disk)",
			   call->vmid);
	else
		begin_task(call, to_disk ? PVE_HIBERNATE : PVE_PAUSE,
			   to_disk ? "qmsuspend" : "qmpause", false);
}

static void answer_vm_resume(struct pve_call *call)
{
	const char *lock = call->guest ? pve_guest_text(call->guest, "lock") : NULL;
	bool is_hibernated = lock && sb_streq(lock, "suspended");

	if (!refuse_root_option(call) && (is_hibernated || !refuse_vm_off(call)))
		begin_task(call, PVE_RESUME, "qmresume", false);
}

static void answer_container_start(struct pve_call *call)
{
	if (refuse_root_option(call))
		return;
	if (is_active(call))
		pve_refuse(call, 500, "CT %" PRIu32 " already running", call->vmid);
	else if (!refuse_no_quorum(call))
		begin_start(call, true);
}

static void answer_container_stop(struct pve_call *call)
{
	if (!refuse_root_option(call) && !refuse_container_off(call))
		begin_stop(call, PVE_STOP, "vzstop", true);
}

static void answer_container_shutdown(struct pve_call *call)
{
	if (!refuse_container_off(call))
		begin_stop(call, PVE_SHUTDOWN, "vzshutdown", true);
}

static void answer_container_reboot(struct pve_call *call)
{
	/* Proxmox VE calls it a VM here. */
	if (!is_active(call))
		pve_refuse(call, 500, "VM %" PRIu32 " not running", call->vmid);
	else
		begin_task(call, PVE_REBOOT, "vzreboot", true);
}

static const struct pve_param_rule vm_start_params_8[] = {
	{"force-cpu", PVE_PARAM_TEXT, NULL},
	{"machine", PVE_PARAM_TEXT, NULL},
	{"migratedfrom", PVE_PARAM_TEXT, NULL},
	{"migration_network", PVE_PARAM_TEXT, NULL},
	{"migration_type", PVE_PARAM_ENUM, "secure, insecure"},
	{"skiplock", PVE_PARAM_BOOL, NULL},
	{"stateuri", PVE_PARAM_TEXT, NULL},
	{"targetstorage", PVE_PARAM_TEXT, NULL},
	{"timeout", PVE_PARAM_INT, NULL},
	{0}};
static const struct pve_param_rule vm_start_params_9[] = {
	{"force-cpu", PVE_PARAM_TEXT, NULL},
	{"machine", PVE_PARAM_TEXT, NULL},
	{"migratedfrom", PVE_PARAM_TEXT, NULL},
	{"migration_network", PVE_PARAM_TEXT, NULL},
	{"migration_type", PVE_PARAM_ENUM, "secure, insecure"},
	{"nets-host-mtu", PVE_PARAM_TEXT, NULL},
	{"skiplock", PVE_PARAM_BOOL, NULL},
	{"stateuri", PVE_PARAM_TEXT, NULL},
	{"targetstorage", PVE_PARAM_TEXT, NULL},
	{"timeout", PVE_PARAM_INT, NULL},
	{"with-conntrack-state", PVE_PARAM_BOOL, NULL},
	{0}};
static const struct pve_param_rule vm_stop_params[] = {
	{"keepActive", PVE_PARAM_BOOL, NULL}, {"migratedfrom", PVE_PARAM_TEXT, NULL},
	{"skiplock", PVE_PARAM_BOOL, NULL},   {"overrule-shutdown", PVE_PARAM_BOOL, NULL},
	{"timeout", PVE_PARAM_INT, NULL},     {0}};
static const struct pve_param_rule vm_shutdown_params[] = {{"forceStop", PVE_PARAM_BOOL, NULL},
							   {"keepActive", PVE_PARAM_BOOL, NULL},
							   {"skiplock", PVE_PARAM_BOOL, NULL},
							   {"timeout", PVE_PARAM_INT, NULL},
							   {0}};
static const struct pve_param_rule vm_suspend_params[] = {{"skiplock", PVE_PARAM_BOOL, NULL},
							  {"statestorage", PVE_PARAM_TEXT, NULL},
							  {"todisk", PVE_PARAM_BOOL, NULL},
							  {0}};
static const struct pve_param_rule vm_resume_params[] = {
	{"nocheck", PVE_PARAM_BOOL, NULL}, {"skiplock", PVE_PARAM_BOOL, NULL}, {0}};
static const struct pve_param_rule skiplock_params[] = {{"skiplock", PVE_PARAM_BOOL, NULL}, {0}};
static const struct pve_param_rule timeout_params[] = {{"timeout", PVE_PARAM_INT, NULL}, {0}};
static const struct pve_param_rule container_start_params[] = {
	{"debug", PVE_PARAM_BOOL, NULL}, {"skiplock", PVE_PARAM_BOOL, NULL}, {0}};
static const struct pve_param_rule container_stop_params[] = {
	{"overrule-shutdown", PVE_PARAM_BOOL, NULL}, {"skiplock", PVE_PARAM_BOOL, NULL}, {0}};
static const struct pve_param_rule container_shutdown_params[] = {
	{"forceStop", PVE_PARAM_BOOL, NULL}, {"timeout", PVE_PARAM_INT, NULL}, {0}};

#define VM        "/nodes/{node}/qemu/{vmid}/status/"
#define CONTAINER "/nodes/{node}/lxc/{vmid}/status/"
#define OF_VM     PVE_NEED_POWER, PVE_GUEST_QEMU_OR_NULL, 0, true
#define OF_LXC    PVE_NEED_POWER, PVE_GUEST_LXC_OR_NULL, 0, true

const struct pve_route pve_power_routes[] = {
	{VM "start", answer_vm_start, vm_start_params_8, PVE_NEED_POWER, PVE_GUEST_QEMU_OR_NULL, 8,
	 true},
	{VM "start", answer_vm_start, vm_start_params_9, PVE_NEED_POWER, PVE_GUEST_QEMU_OR_NULL, 9,
	 true},
	{VM "stop", answer_vm_stop, vm_stop_params, OF_VM},
	{VM "shutdown", answer_vm_shutdown, vm_shutdown_params, OF_VM},
	{VM "reboot", answer_vm_reboot, timeout_params, OF_VM},
	{VM "reset", answer_vm_reset, skiplock_params, OF_VM},
	{VM "suspend", answer_vm_suspend, vm_suspend_params, OF_VM},
	{VM "resume", answer_vm_resume, vm_resume_params, OF_VM},
	{CONTAINER "start", answer_container_start, container_start_params, OF_LXC},
	{CONTAINER "stop", answer_container_stop, container_stop_params, OF_LXC},
	{CONTAINER "shutdown", answer_container_shutdown, container_shutdown_params, OF_LXC},
	{CONTAINER "reboot", answer_container_reboot, timeout_params, OF_LXC},
	{0},
};
