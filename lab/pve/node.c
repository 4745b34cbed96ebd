/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes: status, interfaces, names and time; changes by hand. */
#include "pve/answer.h"
#include "pve/change.h"
#include "pve/property.h"

#include <inttypes.h>

static int64_t used_memory(const struct pve_node *node)
{
	return node->mem_bytes / 100 * (31 + node->id % 20);
}

static json_t *node_row(const struct pve_call *call, const struct pve_node *node)
{
	bool is_up = pve_node_is_up(node), is_expired = call->pve->is_expired;
	json_t *row = json_pack("{ss so ss ss}", "type", "node", "id",
				json_sprintf("node/%s", node->name), "node", node->name, "status",
				!is_up       ? "offline"
				: is_expired ? "unknown"
					     : "online");

	if (!is_up || is_expired)
		return row;
	if (!pve_audits_nodes(call)) {
		json_object_set_new(row, "level", json_string(""));
		return row;
	}

	sb_autojson *figures = json_pack(
		"{ss sf si sI sI sI sI sI}", "level", "", "cpu", 0.05 + node->id / 100.0, "maxcpu",
		(int)node->threads, "mem", (json_int_t)used_memory(node), "maxmem",
		(json_int_t)node->mem_bytes, "disk", (json_int_t)(node->disk_bytes / 9), "maxdisk",
		(json_int_t)node->disk_bytes, "uptime", (json_int_t)(call->now_s - node->booted_s));

	json_object_update(row, figures);
	return row;
}

void pve_add_node_rows(const struct pve_call *call, json_t *list)
{
	const struct lab_pve *pve = call->pve;

	for (size_t i = 0; i < pve->n_nodes; i++) {
		json_t *row = node_row(call, &pve->nodes[i]);

		if (pve_audits_nodes(call))
			json_object_set_new(row, "cgroup-mode", json_integer(2));
		if (pve->n_nodes > 1)
			json_object_set_new(
				row, "hastate",
				json_string(pve_node_is_up(&pve->nodes[i]) ? "online" : "unknown"));
		json_array_append_new(list, row);
	}
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
		json_t *row = node_row(call, &call->pve->nodes[i]);

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
		if (!pve_holds(call, "SDN.Audit") && iface_matches(type, "any_bridge"))
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
static const struct pve_param_rule config_params[] = {{"property", PVE_PARAM_TEXT, NULL}, {0}};

const struct pve_route pve_node_routes[] = {
	{"/nodes", answer_nodes, NULL, 0, 0, 0, false},
	{"/nodes/{node}/status", answer_status, NULL, PVE_NEED_NODE_AUDIT, 0, 0, false},
	{"/nodes/{node}/config", answer_config, config_params, PVE_NEED_SYS_AUDIT, 0, 0, false},
	{"/nodes/{node}/network", answer_network, network_params, 0, 0, 0, false},
	{"/nodes/{node}/dns", answer_dns, NULL, PVE_NEED_NODE_AUDIT, 0, 0, false},
	{"/nodes/{node}/time", answer_time, NULL, PVE_NEED_NODE_AUDIT, 0, 0, false},
	{0},
};

static json_t *find_iface(const struct pve_node *node, const char *name, size_t len, size_t *ret_i)
{
	json_t *row;
	size_t i;

	json_array_foreach (node->ifaces, i, row) {
		const char *iface = json_string_value(json_object_get(row, "iface"));

		if (strlen(iface) == len && !memcmp(iface, name, len)) {
			*ret_i = i;
			return row;
		}
	}
	return NULL;
}

/* "eno1,enp1s0" as a list. */
static json_t *split_names(const char *value)
{
	json_t *list = json_array();

	while (*value) {
		size_t len = strcspn(value, ",");

		json_array_append_new(list, json_stringn(value, len));
		value += len + (value[len] == ',');
	}
	return list;
}

/* Set "vmbr0.mtu": the field follows the last dot, because names may contain dots. */
static int set_iface(struct lab_pve *pve, struct pve_node *node, const char *path,
		     const char *value)
{
	static const char *const numbers[] = {"active", "autostart", "exists", "bridge_vlan_aware",
					      "priority"};
	const char *dot = strrchr(path, '.'), *field = dot ? dot + 1 : "";
	size_t len = dot ? (size_t)(dot - path) : 0, i = 0;
	json_t *row = dot ? find_iface(node, path, len, &i) : NULL;
	bool is_type = sb_streq(field, "type"), is_number = false;

	if (!len || !*field || sb_streq(field, "iface"))
		return pve_change_refuse(pve, "'%s' is not INTERFACE.FIELD, like vmbr0.mtu", path);
	if (!row && !(is_type && *value))
		return pve_change_refuse(pve, "the node has no interface '%.*s'", (int)len, path);
	/* Setting the type creates an interface; an empty type removes it. */
	if (is_type && !*value)
		return json_array_remove(node->ifaces, i);
	for (size_t k = 0; k < SB_ARRAY_LEN(numbers); k++)
		is_number = is_number || sb_streq(field, numbers[k]);
	if (is_number && *value && value[strspn(value, "0123456789")])
		return pve_change_refuse(pve, "%s must be a number", field);

	json_t *copy = row ? json_copy(row)
			   : json_pack("{so ss ss s[s] si}", "iface", json_stringn(path, len),
				       "method", "manual", "method6", "manual", "families", "inet",
				       "priority", (int)json_array_size(node->ifaces) + 3);

	if (!*value)
		json_object_del(copy, field);
	else if (sb_streq(field, "altnames"))
		json_object_set_new(copy, field, split_names(value));
	else
		json_object_set_new(
			copy, field,
			is_number ? json_integer(strtoll(value, NULL, 10)) : json_string(value));
	return row ? json_array_set_new(node->ifaces, i, copy)
		   : json_array_append_new(node->ifaces, copy);
}

static int set_node(struct lab_pve *pve, const struct pve_key *key, const char *field,
		    const char *value)
{
	struct pve_node *node = pve_node_find(pve, key->name);

	if (!node)
		return pve_change_refuse(pve, "unknown node '%s'", key->name);
	if (sb_starts_with(field, "iface/"))
		return set_iface(pve, node, field + 6, value);
	if (sb_streq(field, "description")) {
		free(node->description);
		node->description = *value ? strdup(value) : NULL;
		return 0;
	}
	if (!sb_streq(field, "status"))
		return pve_change_refuse(
			pve, "unknown field of a node; use status, description or iface/...");
	if (!sb_streq(value, "online") && !sb_streq(value, "offline"))
		return pve_change_refuse(pve, "status of a node must be online or offline");
	if (pve->n_nodes == 1 && *value == 'o' && value[1] == 'f')
		return pve_change_refuse(pve, "a standalone node that is offline does not answer; "
					      "use the fault drop");
	node->is_offline = sb_streq(value, "offline");
	return 0;
}

static const char *const node_fields[] = {"status", "description", "iface/INTERFACE.MEMBER", NULL};
const struct pve_family pve_node_family = {
	.fields = node_fields, .prefix = "node/", .form = "node/NAME", .set = set_node};
