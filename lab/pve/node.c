/* SPDX-License-Identifier: Apache-2.0 */
/* Answers about nodes: status, interfaces, storage, names and time. */
#include "pve/answer.h"

#include "pve/property.h"

#include <inttypes.h>

static int64_t used_memory(const struct pve_node *node)
{
	return node->mem_bytes / 100 * (31 + node->id % 20);
}

json_t *pve_node_row(const struct pve_call *call, const struct pve_node *node)
{
	bool is_up = pve_node_is_up(node), is_expired = call->pve->is_expired;
	json_t *row = json_pack("{ss so ss ss}", "type", "node", "id",
				json_sprintf("node/%s", node->name), "node", node->name, "status",
				!is_up       ? "offline"
				: is_expired ? "unknown"
					     : "online");

	if (!is_up || is_expired)
		return row;

	sb_autojson *figures = json_pack(
		"{ss sf si sI sI sI sI sI}", "level", "", "cpu", 0.05 + node->id / 100.0, "maxcpu",
		(int)node->threads, "mem", (json_int_t)used_memory(node), "maxmem",
		(json_int_t)node->mem_bytes, "disk", (json_int_t)(node->disk_bytes / 9), "maxdisk",
		(json_int_t)node->disk_bytes, "uptime", (json_int_t)(call->now_s - node->booted_s));

	json_object_update(row, figures);
	return row;
}

/* The SHA-256 of the certificate: upper-case hex pairs with colons. */
static json_t *certificate_fingerprint(const struct lab_pve *pve, const struct pve_node *node)
{
	struct lab_random random = {pve->seed ^ ((uint64_t)node->id << 32) ^ 0x5eedu};
	char text[96], *at = text;

	for (int i = 0; i < 32; i++)
		at += snprintf(at, 4, i ? ":%02X" : "%02X",
			       (unsigned)lab_random_below(&random, 256));
	return json_string(text);
}

static void answer_nodes(struct pve_call *call)
{
	json_t *list = json_array();

	for (size_t i = 0; i < call->pve->n_nodes; i++) {
		json_t *row = pve_node_row(call, &call->pve->nodes[i]);

		json_object_set_new(row, "ssl_fingerprint",
				    certificate_fingerprint(call->pve, &call->pve->nodes[i]));
		json_array_append_new(list, row);
	}
	pve_ok_list(call, list);
}

static json_t *memory_figures(const struct pve_call *call)
{
	int64_t total = call->node->mem_bytes, used = used_memory(call->node);
	json_t *memory = json_pack("{sI sI sI}", "total", (json_int_t)total, "used",
				   (json_int_t)used, "free", (json_int_t)(total - used) / 2);

	if (call->pve->major >= 9)
		json_object_set_new(memory, "available", json_integer(total - used));
	return memory;
}

static void answer_status(struct pve_call *call)
{
	const struct pve_node *node = call->node;
	bool is_9 = call->pve->major >= 9, is_amd = strstr(node->cpu_model, "AMD") != NULL;
	const char *kernel = is_9 ? "6.17.4-1-pve" : "6.8.12-15-pve";
	json_int_t disk = node->disk_bytes;
	json_t *cpu = json_pack("{ss ss ss si si si ss ss si ss}", "model", node->cpu_model,
				"vendor", is_amd ? "AuthenticAMD" : "GenuineIntel", "family",
				is_amd ? "23" : "6", "sockets", 1, "cores", (int)node->cores,
				"cpus", (int)node->threads, "mhz", "3000.000", "hvm", "1",
				"user_hz", 100, "flags", "fpu vme de pse tsc msr pae mce cx8 apic");

	if (!is_9) {
		json_object_del(cpu, "vendor");
		json_object_del(cpu, "family");
	}
	pve_ok(call,
	       json_pack("{sI si sf sf s[sss] so so s{sIsIsI} s{si} s{sIsIsIsI} so s{ssssssss} "
			 "s{ss} ss}",
			 "uptime", (json_int_t)(call->now_s - node->booted_s), "idle", 0, "wait",
			 0.0004, "cpu", 0.05 + node->id / 100.0, "loadavg", "1.02", "0.97", "0.91",
			 "cpuinfo", cpu, "memory", memory_figures(call), "swap", "total",
			 (json_int_t)8589930496, "used", (json_int_t)0, "free",
			 (json_int_t)8589930496, "ksm", "shared", 0, "rootfs", "total", disk,
			 "used", disk / 9, "avail", disk / 9 * 7, "free", disk - disk / 9,
			 "kversion", json_sprintf("Linux %s #1 SMP PREEMPT_DYNAMIC PMX", kernel),
			 "current-kernel", "sysname", "Linux", "release", kernel, "version",
			 "#1 SMP PREEMPT_DYNAMIC PMX", "machine", "x86_64", "boot-info", "mode",
			 "legacy-bios", "pveversion",
			 is_9 ? "pve-manager/9.2.11/14a22df35955d97d"
			      : "pve-manager/8.4.21/2606ac850d46da29"));
}

static void answer_config(struct pve_call *call)
{
	json_t *config = json_object();

	if (call->node->description)
		json_object_set_new(config, "description", json_string(call->node->description));
	json_object_set_new(config, "digest", pve_digest(config));
	pve_ok(call, config);
}

static bool iface_matches(const char *type, const char *wanted)
{
	if (!wanted || sb_streq(wanted, "include_sdn"))
		return true;
	if (sb_streq(wanted, "any_bridge") || sb_streq(wanted, "any_local_bridge"))
		return sb_streq(type, "bridge") || sb_streq(type, "OVSBridge");
	return sb_streq(type, wanted);
}

static void answer_network(struct pve_call *call)
{
	/* Each process of pveproxy has a cache of its own for what is active. */
	bool hides_active = call->pve->active_flaps && call->pve->n_networks++ % 2;
	json_t *list = json_array(), *row;
	size_t i;

	json_array_foreach (call->node->ifaces, i, row) {
		const char *type = json_string_value(json_object_get(row, "type"));
		json_t *copy;

		if (!type || !iface_matches(type, pve_param(call, "type")))
			continue;
		/* Without the privilege bridges are left out, other interfaces are not. */
		if (call->pve->no_sdn_audit && iface_matches(type, "any_bridge"))
			continue;
		copy = json_copy(row);
		if (hides_active)
			json_object_del(copy, "active");
		if (call->pve->major < 9)
			json_object_del(copy, "altnames");
		json_array_append_new(list, copy);
	}
	pve_ok_list(call, list);
}

bool pve_storage_is_on(json_t *storage, const struct pve_node *node)
{
	const char *nodes = json_string_value(json_object_get(storage, "nodes"));

	return !json_integer_value(json_object_get(storage, "disable")) &&
	       (!nodes || pve_has_word(nodes, node->name));
}

void pve_storage_space(json_t *storage, const struct pve_node *node, int64_t *ret_used,
		       int64_t *ret_total)
{
	const char *type = json_string_value(json_object_get(storage, "type"));
	bool is_shared = json_integer_value(json_object_get(storage, "shared")) != 0;

	if (is_shared)
		*ret_total = (int64_t)(strlen(type) + 5) << 40;
	else
		*ret_total = sb_streq(type, "dir") ? node->disk_bytes : node->disk_bytes * 8;
	*ret_used = *ret_total / 100 * (is_shared ? 42 : 23 + node->id);
}

static json_t *node_storage_row(const struct pve_call *call, json_t *storage)
{
	bool is_on = pve_storage_is_on(storage, call->node);
	json_t *row =
		json_pack("{sO sO sO si si si}", "storage", json_object_get(storage, "storage"),
			  "type", json_object_get(storage, "type"), "content",
			  json_object_get(storage, "content"), "active", is_on, "enabled", is_on,
			  "shared", (int)json_integer_value(json_object_get(storage, "shared")));
	int64_t used = 0, total = 0;

	if (is_on)
		pve_storage_space(storage, call->node, &used, &total);
	json_object_set_new(row, "total", json_integer(total));
	json_object_set_new(row, "used", json_integer(used));
	json_object_set_new(row, "avail", json_integer(total - used));
	if (total)
		json_object_set_new(row, "used_fraction", json_real((double)used / (double)total));
	return row;
}

static void answer_storage(struct pve_call *call)
{
	const char *content = pve_param(call, "content"), *id = pve_param(call, "storage");
	const char *enabled = pve_param(call, "enabled");
	json_t *list = json_array(), *storage;
	size_t i;

	json_array_foreach (call->pve->storages, i, storage) {
		const char *has = json_string_value(json_object_get(storage, "content"));
		const char *name = json_string_value(json_object_get(storage, "storage"));

		if ((content && !pve_has_word(has, content)) || (id && !sb_streq(id, name)))
			continue;
		if (enabled && sb_streq(enabled, "1") &&
		    json_integer_value(json_object_get(storage, "disable")))
			continue;
		json_array_append_new(list, node_storage_row(call, storage));
	}
	pve_ok_list(call, list);
}

static void answer_dns(struct pve_call *call)
{
	pve_ok(call,
	       json_pack("{so ss ss}", "search", json_sprintf("%s.example.net", call->pve->slug),
			 "dns1", "192.0.2.53", "dns2", "2001:db8::53"));
}

static void answer_time(struct pve_call *call)
{
	pve_ok(call, json_pack("{ss sI sI}", "timezone", "UTC", "time", (json_int_t)call->now_s,
			       "localtime", (json_int_t)call->now_s));
}

static const struct pve_param_rule network_params[] = {
	{"type", PVE_PARAM_ENUM,
	 "bridge, bond, eth, alias, vlan, fabric, OVSBridge, OVSBond, OVSPort, OVSIntPort, vnet, "
	 "any_bridge, any_local_bridge, include_sdn"},
	{0}};
static const struct pve_param_rule storage_params[] = {
	{"content", PVE_PARAM_TEXT, NULL}, {"enabled", PVE_PARAM_BOOL, NULL},
	{"format", PVE_PARAM_BOOL, NULL},  {"storage", PVE_PARAM_TEXT, NULL},
	{"target", PVE_PARAM_TEXT, NULL},  {0}};
static const struct pve_param_rule config_params[] = {{"property", PVE_PARAM_TEXT, NULL}, {0}};

const struct pve_route pve_node_routes[] = {
	{"/nodes", answer_nodes, NULL, 0, 0, 0, false},
	{"/nodes/{node}/status", answer_status, NULL, 0, 0, 0, false},
	{"/nodes/{node}/config", answer_config, config_params, 0, 0, 0, false},
	{"/nodes/{node}/network", answer_network, network_params, 0, 0, 0, false},
	{"/nodes/{node}/storage", answer_storage, storage_params, 0, 0, 0, false},
	{"/nodes/{node}/dns", answer_dns, NULL, 0, 0, 0, false},
	{"/nodes/{node}/time", answer_time, NULL, 0, 0, 0, false},
	{0},
};
