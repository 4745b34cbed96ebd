/* SPDX-License-Identifier: Apache-2.0 */
/* Answers about single guests: lists of a node, configuration, status, snapshots. */
#include "pve/answer.h"

#include "pve/property.h"

#include <inttypes.h>

int64_t pve_guest_cpus(const struct pve_guest *guest)
{
	const char *limit = pve_guest_text(guest, "cpulimit");

	if (guest->is_container) {
		if (json_object_get(guest->config, "cores"))
			return pve_guest_number(guest, "cores", 1);
		return limit ? (int64_t)strtol(limit, NULL, 10) : guest->node->threads;
	}
	if (json_object_get(guest->config, "vcpus"))
		return pve_guest_number(guest, "vcpus", 1);

	int64_t cpus = pve_guest_number(guest, "sockets", 1) * pve_guest_number(guest, "cores", 1);

	return cpus < guest->node->threads ? cpus : guest->node->threads;
}

/* Find the first disk in "order=scsi0;ide2;net0" or "bootdisk: scsi0". */
static const char *boot_disk(const struct pve_guest *guest)
{
	struct pve_slice order = pve_property(pve_guest_text(guest, "boot"), "order");
	const char *key;
	json_t *value;

	json_object_foreach (guest->config, key, value) {
		const char *drive = json_string_value(value);
		size_t len = strlen(key);

		if (!drive || !pve_key_is_drive(key) ||
		    pve_slice_is(pve_property(drive, "media"), "cdrom"))
			continue;
		for (size_t at = 0; at + len <= order.len; at++)
			if (!memcmp(order.text + at, key, len) &&
			    (at + len == order.len || order.text[at + len] == ';') &&
			    (!at || order.text[at - 1] == ';'))
				return drive;
	}
	return NULL;
}

int64_t pve_guest_boot_bytes(const struct pve_guest *guest)
{
	const char *disk = guest->is_container ? pve_guest_text(guest, "rootfs") : boot_disk(guest);
	int64_t bytes = pve_size_bytes(pve_property(disk, "size"));

	return bytes > 0 ? bytes : 0;
}

static int64_t memory_bytes(const struct pve_guest *guest)
{
	return pve_guest_number(guest, "memory", 512) << 20;
}

static int64_t uptime_s(const struct pve_call *call, const struct pve_guest *guest)
{
	if (!pve_guest_is_active(guest))
		return 0;
	return call->now_s > guest->started_s ? call->now_s - guest->started_s : 1;
}

/* The load of a guest is constant, so that equal states give equal answers. */
static double cpu_load(const struct pve_guest *guest)
{
	return pve_guest_is_active(guest) ? (double)(guest->vmid % 97) / 1000.0 : 0;
}

static void add_number(json_t *row, const char *key, int64_t number)
{
	json_object_set_new(row, key, json_integer(number));
}

/* Perl writes whole numbers as integers: an idle guest has "cpu":0, not 0.0. */
static void add_load(json_t *row, const char *key, double load)
{
	json_object_set_new(row, key, load > 0 ? json_real(load) : json_integer(0));
}

static void add_text_of(json_t *row, const struct pve_guest *guest, const char *key)
{
	json_t *value = json_object_get(guest->config, key);

	if (value)
		json_object_set(row, key, value);
}

static void add_usage(const struct pve_call *call, const struct pve_guest *guest, json_t *row)
{
	bool runs = pve_guest_is_active(guest);
	int64_t uptime = uptime_s(call, guest);
	int64_t max_memory = memory_bytes(guest), boot = pve_guest_boot_bytes(guest);

	add_number(row, "uptime", uptime);
	add_load(row, "cpu", cpu_load(guest));
	add_number(row, "mem", runs ? max_memory / 100 * (30 + guest->vmid % 50) : 0);
	add_number(row, "maxmem", max_memory);
	add_number(row, "disk", runs && guest->is_container ? boot / 100 * 37 : 0);
	add_number(row, "maxdisk", boot);
	add_number(row, "netin", uptime * 1450);
	add_number(row, "netout", uptime * 730);
}

json_t *pve_guest_row(const struct pve_call *call, const struct pve_guest *guest)
{
	const char *kind = pve_guest_kind(guest);
	json_t *row = json_pack("{ssso sI ss}", "type", kind, "id",
				json_sprintf("%s/%" PRIu32, kind, guest->vmid), "vmid",
				(json_int_t)guest->vmid, "node", guest->node->name);
	int64_t uptime = uptime_s(call, guest);
	sb_autojson *vmid = json_sprintf("%" PRIu32, guest->vmid);
	json_t *old = json_object_get(call->pve->old_rows, json_string_value(vmid));

	add_text_of(row, guest, "lock");
	if (!pve_node_is_up(guest->node) || call->pve->is_expired ||
	    (call->pve->old_rows && !old)) {
		json_object_set_new(row, "status", json_string("unknown"));
		return row;
	}
	json_object_set_new(row, "status", json_string(guest->status));
	json_object_set_new(row, "name", pve_guest_name(guest));
	add_number(row, "template", pve_guest_is_template(guest));
	add_number(row, "maxcpu", pve_guest_cpus(guest));
	add_usage(call, guest, row);
	add_number(row, "diskread", uptime * 310);
	add_number(row, "diskwrite", uptime * 920);
	if (call->pve->major >= 9)
		add_number(row, "memhost",
			   guest->is_container || !pve_guest_is_active(guest)
				   ? 0
				   : memory_bytes(guest) / 100 * 83);
	json_object_update(row, old);
	return row;
}

static void add_pressure(json_t *row, const struct pve_guest *guest)
{
	static const char *const keys[] = {"pressurecpusome",    "pressurecpufull",
					   "pressureiosome",     "pressureiofull",
					   "pressurememorysome", "pressurememoryfull"};

	for (size_t i = 0; i < SB_ARRAY_LEN(keys); i++)
		json_object_set_new(row, keys[i],
				    guest->is_container ? json_string("0.00") : json_integer(0));
}

static void add_qemu_members(const struct pve_call *call, const struct pve_guest *guest,
			     bool is_full, json_t *row)
{
	bool runs = pve_guest_is_active(guest);

	if (runs)
		add_number(row, "balloon_min", pve_guest_number(guest, "balloon", 0) << 20);
	if (runs && pve_guest_number(guest, "balloon", 0))
		add_number(row, "shares", 1000);
	else
		json_object_del(row, "balloon_min");
	if (json_object_get(guest->config, "serial0"))
		add_number(row, "serial", 1);
	if (call->pve->major >= 9)
		add_number(row, "memhost", runs ? memory_bytes(guest) / 100 * 83 : 0);
	if (!is_full)
		return;
	json_object_set_new(row, "qmpstatus", json_string(guest->status));
	add_number(row, "diskread", uptime_s(call, guest) * 310);
	add_number(row, "diskwrite", uptime_s(call, guest) * 920);
	if (pve_slice_is(pve_property(pve_guest_text(guest, "agent"), NULL), "1") ||
	    pve_slice_is(pve_property(pve_guest_text(guest, "agent"), "enabled"), "1"))
		add_number(row, "agent", 1);
	if (runs)
		json_object_set_new(row, "running-qemu",
				    json_string(call->pve->major >= 9 ? "10.1.2" : "9.2.0"));
}

static void add_lxc_members(const struct pve_call *call, const struct pve_guest *guest, json_t *row)
{
	/* Proxmox VE answers cpulimit as text and cores as a number. */
	if (!json_object_get(guest->config, "cores") && pve_guest_text(guest, "cpulimit"))
		json_object_set_new(row, "cpus", json_string(pve_guest_text(guest, "cpulimit")));
	json_object_set_new(row, "type", json_string("lxc"));
	add_number(row, "swap", 0);
	add_number(row, "maxswap", pve_guest_number(guest, "swap", 0) << 20);
	add_number(row, "diskread", uptime_s(call, guest) * 310);
	add_number(row, "diskwrite", uptime_s(call, guest) * 920);
}

json_t *pve_guest_status(const struct pve_call *call, const struct pve_guest *guest, bool is_full)
{
	bool runs = pve_guest_is_active(guest);
	json_t *row = json_pack("{sI so ss}", "vmid", (json_int_t)guest->vmid, "name",
				pve_guest_name(guest), "status", runs ? "running" : "stopped");

	add_number(row, "cpus", pve_guest_cpus(guest));
	add_usage(call, guest, row);
	if (runs)
		add_number(row, "pid", 1000 + guest->vmid);
	add_text_of(row, guest, "tags");
	add_text_of(row, guest, "lock");
	if (pve_guest_is_template(guest))
		add_number(row, "template", 1);
	if (guest->is_container)
		add_lxc_members(call, guest, row);
	else
		add_qemu_members(call, guest, is_full, row);
	if (runs && call->pve->major >= 9)
		add_pressure(row, guest);
	return row;
}

void pve_add_guest_rows(const struct pve_call *call, json_t *list)
{
	for (size_t i = 0; i < call->pve->n_guests && pve_holds(call, "VM.Audit"); i++) {
		const struct pve_guest *guest = call->pve->guests[i];
		json_t *row, *tags;

		if (guest->is_hidden)
			continue;
		row = pve_guest_row(call, guest);
		if ((tags = json_object_get(guest->config, "tags")))
			json_object_set(row, "tags", tags);
		if (guest->pool && pve_holds(call, "Pool.Audit"))
			json_object_set_new(row, "pool", json_string(guest->pool));
		if (guest->ha_state)
			json_object_set_new(row, "hastate", json_string(guest->ha_state));
		json_array_append_new(list, row);
	}
}

static void answer_list(struct pve_call *call, bool is_container)
{
	const char *full = pve_param(call, "full");
	json_t *list = json_array();

	for (size_t i = 0; i < call->pve->n_guests && pve_holds(call, "VM.Audit"); i++) {
		const struct pve_guest *guest = call->pve->guests[i];

		if (guest->node == call->node && guest->is_container == is_container &&
		    !guest->is_hidden)
			json_array_append_new(
				list, pve_guest_status(call, guest, full && sb_streq(full, "1")));
	}
	pve_ok_list(call, list);
}

static void answer_qemu_list(struct pve_call *call)
{
	answer_list(call, false);
}

static void answer_lxc_list(struct pve_call *call)
{
	answer_list(call, true);
}

static json_t *guest_digest(const struct pve_guest *guest)
{
	sb_autojson *all = json_pack("{sOsO*sO*}", "config", guest->config, "pending",
				     guest->pending, "snapshots", guest->snapshots);

	return pve_digest(all);
}

static const json_t *find_snapshot(const struct pve_guest *guest, const char *name)
{
	size_t i;
	json_t *snapshot;

	json_array_foreach (guest->snapshots, i, snapshot) {
		if (sb_streq(json_string_value(json_object_get(snapshot, "name")), name))
			return snapshot;
	}
	return NULL;
}

static void answer_config(struct pve_call *call)
{
	const char *current = pve_param(call, "current"), *name = pve_param(call, "snapshot");
	static const char clash[] = "cannot use 'snapshot' parameter with 'current'";

	if (name && current && sb_streq(current, "1")) {
		pve_refuse_param(call, "current", clash);
		json_object_set_new(json_object_get(call->answer->json, "errors"), "snapshot",
				    json_string(clash));
		return;
	}
	if (name && !find_snapshot(call->guest, name)) {
		pve_refuse(call, 500, "snapshot '%s' does not exist", name);
		return;
	}

	json_t *config = json_copy(call->guest->config), *value;
	const char *key;

	/* Without current=1 the answer includes pending changes. */
	if (!current || !sb_streq(current, "1")) {
		json_object_foreach (call->guest->pending, key, value) {
			if (json_is_null(value))
				json_object_del(config, key);
			else
				json_object_set(config, key, value);
		}
	}
	json_object_set_new(config, "digest", guest_digest(call->guest));
	pve_ok(call, config);
}

static void answer_pending(struct pve_call *call)
{
	const struct pve_guest *guest = call->guest;
	json_t *list = json_array(), *value, *wanted;
	const char *key;

	json_object_foreach (guest->config, key, value) {
		json_t *row = json_pack("{sssO}", "key", key, "value", value);

		wanted = json_object_get(guest->pending, key);
		if (json_is_null(wanted))
			json_object_set_new(row, "delete", json_integer(1));
		else if (wanted)
			json_object_set(row, "pending", wanted);
		if (!sb_streq(key, "lxc"))
			json_array_append(list, row);
		json_decref(row);
	}
	json_object_foreach (guest->pending, key, wanted) {
		if (!json_object_get(guest->config, key) && !json_is_null(wanted))
			json_array_append_new(list,
					      json_pack("{sssO}", "key", key, "pending", wanted));
	}
	json_array_append_new(list,
			      json_pack("{ssso}", "key", "digest", "value", guest_digest(guest)));
	pve_ok_list(call, list);
}

static void answer_status(struct pve_call *call)
{
	const char *ha = call->guest->ha_state;
	json_t *row = pve_guest_status(call, call->guest, true);

	json_object_set_new(row, "ha",
			    ha ? json_pack("{siss}", "managed", 1, "state", ha)
			       : json_pack("{si}", "managed", 0));
	pve_ok(call, row);
}

static void answer_snapshots(struct pve_call *call)
{
	const struct pve_guest *guest = call->guest;
	json_t *list = guest->snapshots ? json_copy(guest->snapshots) : json_array();
	json_t *last = json_array_get(list, json_array_size(list) - 1);
	json_t *row =
		json_pack("{ss si so ss}", "name", "current", "running", pve_guest_is_active(guest),
			  "digest", guest_digest(guest), "description", "You are here!");

	if (last)
		json_object_set(row, "parent", json_object_get(last, "name"));
	json_array_append_new(list, row);
	pve_ok(call, list);
}

static const struct pve_param_rule config_params[] = {
	{"current", PVE_PARAM_BOOL, NULL},
	{"snapshot", PVE_PARAM_TEXT, NULL},
	{0},
};

static const struct pve_param_rule qemu_params[] = {{"full", PVE_PARAM_BOOL, NULL}, {0}};

#define QEMU "/nodes/{node}/qemu/{vmid}"
#define LXC  "/nodes/{node}/lxc/{vmid}"

const struct pve_route pve_guest_routes[] = {
	{"/nodes/{node}/qemu", answer_qemu_list, qemu_params, PVE_NEED_LOGIN, 0, 0, true},
	{"/nodes/{node}/lxc", answer_lxc_list, NULL, PVE_NEED_LOGIN, 0, 0, true},
	{QEMU "/config", answer_config, config_params, PVE_NEED_VM_AUDIT, PVE_GUEST_QEMU, 0, false},
	{LXC "/config", answer_config, config_params, PVE_NEED_VM_AUDIT, PVE_GUEST_LXC, 0, false},
	{QEMU "/pending", answer_pending, NULL, PVE_NEED_VM_AUDIT, PVE_GUEST_QEMU, 0, false},
	{LXC "/pending", answer_pending, NULL, PVE_NEED_VM_AUDIT, PVE_GUEST_LXC, 0, false},
	{QEMU "/status/current", answer_status, NULL, PVE_NEED_VM_AUDIT, PVE_GUEST_QEMU, 0, false},
	{LXC "/status/current", answer_status, NULL, PVE_NEED_VM_AUDIT, PVE_GUEST_LXC, 0, false},
	{QEMU "/snapshot", answer_snapshots, NULL, PVE_NEED_VM_AUDIT, PVE_GUEST_QEMU, 0, false},
	{LXC "/snapshot", answer_snapshots, NULL, PVE_NEED_VM_AUDIT, PVE_GUEST_LXC, 0, false},
	{QEMU "/agent/network-get-interfaces", pve_answer_agent_interfaces, NULL, PVE_NEED_AGENT,
	 PVE_GUEST_QEMU, 0, true},
	{QEMU "/agent/get-host-name", pve_answer_agent_host_name, NULL, PVE_NEED_AGENT,
	 PVE_GUEST_QEMU, 0, true},
	{QEMU "/agent/get-osinfo", pve_answer_agent_osinfo, NULL, PVE_NEED_AGENT, PVE_GUEST_QEMU, 0,
	 true},
	{LXC "/interfaces", pve_answer_lxc_interfaces, NULL, PVE_NEED_VM_AUDIT,
	 PVE_GUEST_LXC_OR_NULL, 0, true},
	{0},
};

#define VM "/vms/{vmid}"

const struct pve_write pve_writes[] = {
	{"POST", "/nodes/{node}/qemu", NULL, NULL},
	{"POST", "/nodes/{node}/lxc", NULL, NULL},
	{"DELETE", QEMU, VM, "VM.Allocate"},
	{"DELETE", LXC, VM, "VM.Allocate"},
	{"PUT", QEMU "/config", VM, "VM.Config.Options"},
	{"POST", QEMU "/config", VM, "VM.Config.Options"},
	{"PUT", LXC "/config", VM, "VM.Config.Options"},
	{"POST", LXC "/status/suspend", VM, "VM.PowerMgmt"},
	{"POST", LXC "/status/resume", VM, "VM.PowerMgmt"},
	{"POST", QEMU "/snapshot", VM, "VM.Snapshot"},
	{"POST", LXC "/snapshot", VM, "VM.Snapshot"},
	{"DELETE", QEMU "/snapshot/{name}", VM, "VM.Snapshot"},
	{"DELETE", LXC "/snapshot/{name}", VM, "VM.Snapshot"},
	{"POST", QEMU "/clone", VM, "VM.Clone"},
	{"POST", LXC "/clone", VM, "VM.Clone"},
	{"POST", QEMU "/migrate", VM, "VM.Migrate"},
	{"POST", LXC "/migrate", VM, "VM.Migrate"},
	{"PUT", QEMU "/resize", VM, "VM.Config.Disk"},
	{"PUT", LXC "/resize", VM, "VM.Config.Disk"},
	{"POST", QEMU "/template", VM, "VM.Allocate"},
	{"POST", LXC "/template", VM, "VM.Allocate"},
	{"POST", "/pools", NULL, NULL},
	{"PUT", "/pools", NULL, NULL},
	{"DELETE", "/pools", NULL, NULL},
	{"POST", "/storage", "/storage", "Datastore.Allocate"},
	{"POST", "/cluster/backup", "/", "Sys.Modify"},
	{"PUT", "/cluster/options", "/", "Sys.Modify"},
	{"POST", "/cluster/ha/resources", "/", "Sys.Console"},
	{"POST", "/cluster/replication", "/", "VM.Replicate"},
	{"POST", "/nodes/{node}/vzdump", NULL, NULL},
	{"POST", "/nodes/{node}/network", "/nodes", "Sys.Modify"},
	{0},
};
