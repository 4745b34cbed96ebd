/* SPDX-License-Identifier: Apache-2.0 */
/* Answers about the whole cluster: versions, members, resources, options, pools, jobs. */
#include "pve/answer.h"

#include "pve/property.h"

#include <inttypes.h>

static void answer_version(struct pve_call *call)
{
	bool is_9 = call->pve->major >= 9;
	json_t *data = json_pack("{ss ss ss}", "version", is_9 ? "9.2.11" : "8.4.21", "release",
				 is_9 ? "9.2" : "8.4", "repoid",
				 is_9 ? "14a22df35955d97d" : "2606ac850d46da29");

	if (!call->node)
		json_object_set_new(data, "console", json_string("html5"));
	if (call->pve->is_old) {
		json_object_set_new(data, "version", json_string("7.4-19"));
		json_object_set_new(data, "release", json_string("7.4"));
	}
	pve_ok(call, data);
}

static void answer_status(struct pve_call *call)
{
	const struct lab_pve *pve = call->pve;
	bool is_cluster = pve->n_nodes > 1;
	json_t *list = json_array();

	if (is_cluster)
		json_array_append_new(
			list, json_pack("{ss ss ss si si si}", "type", "cluster", "id", "cluster",
					"name", pve->slug, "nodes", (int)pve->n_nodes, "version",
					(int)pve->n_nodes + 4, "quorate", !pve->no_quorum));
	for (size_t i = 0; i < pve->n_nodes; i++) {
		const struct pve_node *node = &pve->nodes[i];
		bool is_up = pve_node_is_up(node);
		json_t *row = json_pack("{ss so ss si si si ss}", "type", "node", "id",
					json_sprintf("node/%s", node->name), "name", node->name,
					"nodeid", is_cluster ? (int)node->id : 0, "local",
					node == pve_node_local(pve), "online", is_up, "level", "");

		json_object_set_new(row, "ip",
				    json_sprintf("10.%u.0.%u", pve->octet, 10 + node->id));
		json_array_append_new(list, row);
	}
	pve_ok_list(call, list);
}

static void add_guests(const struct pve_call *call, json_t *list)
{
	for (size_t i = 0; i < call->pve->n_guests && !call->pve->no_guest_audit; i++) {
		const struct pve_guest *guest = call->pve->guests[i];
		json_t *row, *tags;

		if (guest->is_hidden)
			continue;
		row = pve_guest_row(call, guest);
		if ((tags = json_object_get(guest->config, "tags")))
			json_object_set(row, "tags", tags);
		if (guest->pool)
			json_object_set_new(row, "pool", json_string(guest->pool));
		if (guest->ha_state)
			json_object_set_new(row, "hastate", json_string(guest->ha_state));
		json_array_append_new(list, row);
	}
}

static void add_nodes(const struct pve_call *call, json_t *list)
{
	const struct lab_pve *pve = call->pve;

	for (size_t i = 0; i < pve->n_nodes; i++) {
		json_t *row = pve_node_row(call, &pve->nodes[i]);

		json_object_set_new(row, "cgroup-mode", json_integer(2));
		if (pve->n_nodes > 1)
			json_object_set_new(
				row, "hastate",
				json_string(pve_node_is_up(&pve->nodes[i]) ? "online" : "unknown"));
		json_array_append_new(list, row);
	}
}

static json_t *storage_row(json_t *storage, const struct pve_node *node, bool is_expired)
{
	const char *id = json_string_value(json_object_get(storage, "storage"));
	bool is_up = pve_node_is_up(node) && !is_expired;
	json_t *shared = json_object_get(storage, "shared");
	json_t *row = json_pack("{ss so ss ss sO sO si ss}", "type", "storage", "id",
				json_sprintf("storage/%s/%s", node->name, id), "storage", id,
				"node", node->name, "plugintype", json_object_get(storage, "type"),
				"content", json_object_get(storage, "content"), "shared",
				(int)json_integer_value(shared), "status",
				is_up ? "available" : "unknown");
	int64_t used, total;

	if (is_up) {
		pve_storage_space(storage, node, &used, &total);
		json_object_set_new(row, "disk", json_integer(used));
		json_object_set_new(row, "maxdisk", json_integer(total));
	}
	return row;
}

static void add_storages(const struct pve_call *call, json_t *list)
{
	size_t i;
	json_t *storage;

	for (size_t n = 0; n < call->pve->n_nodes; n++) {
		json_array_foreach (call->pve->storages, i, storage) {
			if (pve_storage_is_on(storage, &call->pve->nodes[n]))
				json_array_append_new(list,
						      storage_row(storage, &call->pve->nodes[n],
								  call->pve->is_expired));
		}
	}
}

static void add_to(json_t *row, const char *key, json_t *guest_row)
{
	double sum = json_number_value(json_object_get(row, key)) +
		     json_number_value(json_object_get(guest_row, key));
	bool is_load = sb_streq(key, "cpu");

	json_object_set_new(row, key, is_load ? json_real(sum) : json_integer((json_int_t)sum));
}

/* The values of a pool are sums over its running guests; they are absent when no guest runs. */
static void add_pools(const struct pve_call *call, json_t *list)
{
	static const char *const sums[] = {"cpu", "maxcpu", "mem", "maxmem"};
	sb_autojson *rows = json_object();
	const char *poolid;
	json_t *comment;

	json_object_foreach (call->pve->pools, poolid, comment) {
		json_t *row = json_pack("{ss ss so}", "type", "pool", "pool", poolid, "id",
					json_sprintf("/pool/%s", poolid));

		json_object_set_new(rows, poolid, row);
		json_array_append(list, row);
	}
	for (size_t i = 0; i < call->pve->n_guests; i++) {
		const struct pve_guest *guest = call->pve->guests[i];
		json_t *row = guest->pool ? json_object_get(rows, guest->pool) : NULL;

		if (!row || !pve_guest_is_active(guest) || !pve_node_is_up(guest->node))
			continue;

		sb_autojson *guest_row = pve_guest_row(call, guest);
		json_t *uptime = json_object_get(guest_row, "uptime");

		for (size_t k = 0; k < SB_ARRAY_LEN(sums); k++)
			add_to(row, sums[k], guest_row);
		if (json_integer_value(uptime) > json_integer_value(json_object_get(row, "uptime")))
			json_object_set(row, "uptime", uptime);
	}
}

static void add_zones(const struct pve_call *call, json_t *list)
{
	for (size_t i = 0; i < call->pve->n_nodes; i++) {
		const char *node = call->pve->nodes[i].name;

		if (!pve_node_is_up(&call->pve->nodes[i]))
			continue;
		if (call->pve->major >= 9)
			json_array_append_new(
				list, json_pack("{ss so ss ss ss ss ss}", "type", "network", "id",
						json_sprintf("network/%s/zone/localnetwork", node),
						"network", "localnetwork", "network-type", "zone",
						"zone-type", "localnetwork", "node", node, "status",
						"ok"));
		else
			json_array_append_new(
				list, json_pack("{ss so ss ss ss}", "type", "sdn", "id",
						json_sprintf("sdn/%s/localnetwork", node), "sdn",
						"localnetwork", "node", node, "status", "ok"));
	}
}

static void answer_resources(struct pve_call *call)
{
	const char *type = pve_param(call, "type");
	json_t *list = json_array();

	if (call->pve->empty_resources) {
		pve_ok(call, list);
		return;
	}
	if (!type)
		add_pools(call, list);
	if (!type || sb_streq(type, "vm"))
		add_guests(call, list);
	if (!type || sb_streq(type, "node"))
		add_nodes(call, list);
	if (!type || sb_streq(type, "storage"))
		add_storages(call, list);
	/* Rows of type network exist since 9.1, but no value of type= selects them. */
	if (!type || (sb_streq(type, "sdn") && call->pve->major < 9))
		add_zones(call, list);
	pve_ok_list(call, list);
}

/* All tags in use, sorted, without repeats. */
static json_t *tags_in_use(const struct lab_pve *pve)
{
	sb_autojson *set = json_object();
	sb_autofree char *text = NULL;
	const char *tag;
	json_t *list = json_array(), *value;

	for (size_t i = 0; i < pve->n_guests; i++) {
		const char *tags = pve_guest_text(pve->guests[i], "tags");

		while (tags && *tags) {
			size_t len = strcspn(tags, ",; ");

			if (len)
				json_object_setn_new(set, tags, len, json_true());
			tags += len;
			tags += strspn(tags, ",; ");
		}
	}
	/* json_dumps() sorts the keys; read them back in that order. */
	text = json_dumps(set, JSON_SORT_KEYS);

	sb_autojson *sorted = text ? json_loads(text, 0, NULL) : NULL;

	json_object_foreach (sorted, tag, value) {
		json_array_append_new(list, json_string(tag));
	}
	return list;
}

static void answer_options(struct pve_call *call)
{
	json_t *options = json_copy(call->pve->options);

	json_object_set_new(options, "allowed-tags", tags_in_use(call->pve));
	pve_ok(call, options);
}

static void answer_nextid(struct pve_call *call)
{
	const char *wanted = pve_param(call, "vmid");
	uint32_t vmid = 100;

	if (wanted) {
		vmid = (uint32_t)strtoul(wanted, NULL, 10);
		if (pve_guest_find(call->pve, vmid)) {
			pve_refuse_param(call, "vmid", "VM %" PRIu32 " already exists", vmid);
			return;
		}
	} else {
		for (size_t i = 0; i < call->pve->n_guests; i++)
			if (call->pve->guests[i]->vmid == vmid)
				vmid++;
	}
	pve_ok(call, json_sprintf("%" PRIu32, vmid));
}

static json_t *pool_members(const struct pve_call *call, const char *poolid, const char *type)
{
	json_t *list = json_array();

	/* Like Proxmox VE, this path does not check privileges on the members. */
	for (size_t i = 0; i < call->pve->n_guests; i++) {
		const struct pve_guest *guest = call->pve->guests[i];

		if (guest->pool && sb_streq(guest->pool, poolid) &&
		    (!type || sb_streq(type, pve_guest_kind(guest))))
			json_array_append_new(list, pve_guest_row(call, guest));
	}
	return list;
}

static json_t *pool_row(const char *poolid, json_t *comment)
{
	json_t *row = json_pack("{ss}", "poolid", poolid);

	if (json_is_string(comment))
		json_object_set(row, "comment", comment);
	return row;
}

static void answer_pools(struct pve_call *call)
{
	const char *wanted = pve_param(call, "poolid"), *type = pve_param(call, "type"), *poolid;
	json_t *comment, *list;

	if (type && !wanted) {
		pve_refuse_param(call, "poolid", "missing property required by 'type'");
		return;
	}
	if (wanted && !json_object_get(call->pve->pools, wanted)) {
		pve_refuse(call, 500, "pool '%s' does not exist", wanted);
		return;
	}
	list = json_array();
	json_object_foreach (call->pve->pools, poolid, comment) {
		json_t *row;

		if (wanted && !sb_streq(wanted, poolid))
			continue;
		row = pool_row(poolid, comment);
		if (wanted)
			json_object_set_new(row, "members", pool_members(call, poolid, type));
		json_array_append_new(list, row);
	}
	pve_ok_list(call, list);
}

static void answer_storages(struct pve_call *call)
{
	const char *type = pve_param(call, "type");
	json_t *list = json_array(), *storage;
	size_t i;

	json_array_foreach (call->pve->storages, i, storage) {
		json_t *row = json_copy(storage);

		json_object_set_new(row, "digest", pve_digest(call->pve->storages));
		if (!type || sb_streq(type, json_string_value(json_object_get(storage, "type"))))
			json_array_append(list, row);
		json_decref(row);
	}
	pve_ok_list(call, list);
}

/* The first guests have a replication job to the next node. */
static void answer_replication(struct pve_call *call)
{
	const struct lab_pve *pve = call->pve;
	json_t *list = json_array();

	for (size_t i = 0; pve->n_nodes > 1 && i < pve->n_guests && i < 3; i++) {
		const struct pve_guest *guest = pve->guests[i];

		if (pve->no_guest_audit)
			break;
		json_array_append_new(
			list, json_pack("{so ss sI si ss ss ss}", "id",
					json_sprintf("%" PRIu32 "-0", guest->vmid), "type", "local",
					"guest", (json_int_t)guest->vmid, "jobnum", 0, "source",
					guest->node->name, "target",
					pve->nodes[guest->node->id % pve->n_nodes].name, "schedule",
					"*/15"));
	}
	pve_ok_list(call, list);
}

static void answer_backup(struct pve_call *call)
{
	json_t *list = json_pack(
		"[{ss ss si ss ss ss si s{ssss} s{si} ss ss ss si sI}, {ss ss si ss ss ss so ss}]",
		"id", "backup-nightly", "type", "vzdump", "enabled", 1, "schedule", "02:30",
		"storage", "pbs1", "mode", "snapshot", "all", 1, "prune-backups", "keep-daily", "7",
		"keep-weekly", "4", "fleecing", "enabled", 0, "compress", "zstd", "notes-template",
		"{{guestname}}", "comment", "every night, everything", "repeat-missed", 0,
		"next-run", (json_int_t)(call->now_s / 86400 * 86400 + 86400 + 9000), "id",
		"backup-first", "type", "vzdump", "enabled", 0, "schedule", "sat 21:00", "storage",
		"local", "mode", "stop", "vmid", json_sprintf("%" PRIu32, call->pve->first_vmid),
		"node", call->pve->nodes[0].name);

	pve_ok_list(call, list);
}

static bool is_guest_path(const char *path)
{
	return sb_streq(path, "/vms") || sb_starts_with(path, "/vms/");
}

/* The token that may write has a role on /vms only. */
static json_t *privileges_of_writer(const struct lab_pve *pve, const char *path)
{
	json_t *set = json_object();

	if (is_guest_path(path))
		json_object_set_new(set, "VM.Audit", json_integer(1));
	if (is_guest_path(path) && !pve->no_power)
		json_object_set_new(set, "VM.PowerMgmt", json_integer(1));
	return set;
}

static json_t *privileges_on(const struct lab_pve *pve, const char *path)
{
	json_t *set = json_pack("{si si si si si}", "Sys.Audit", 1, "Datastore.Audit", 1,
				"SDN.Audit", 1, "Pool.Audit", 1, "Mapping.Audit", 1);
	bool is_guests = is_guest_path(path);

	if (pve->may_write) {
		json_object_set_new(set, "VM.Allocate", json_integer(1));
		json_object_set_new(set, "VM.PowerMgmt", json_integer(1));
		json_object_set_new(set, "Datastore.Allocate", json_integer(1));
	}
	if (pve->no_sys_audit && !is_guests)
		json_object_del(set, "Sys.Audit");
	if (pve->no_sdn_audit)
		json_object_del(set, "SDN.Audit");
	/* A role on a deeper path replaces inherited roles. */
	if (pve->no_guest_audit && is_guests)
		return set;
	json_object_set_new(set, "VM.Audit", json_integer(1));
	if (pve->has_agent)
		json_object_set_new(set, pve_agent_privilege(pve), json_integer(1));
	return set;
}

/* Is this the path of a guest with the role NoAccess? */
static bool path_is_hidden(const struct lab_pve *pve, const char *path)
{
	const struct pve_guest *guest = NULL;

	if (sb_starts_with(path, "/vms/"))
		guest = pve_guest_find(pve, (uint32_t)strtoul(path + strlen("/vms/"), NULL, 10));
	return guest && guest->is_hidden;
}

static json_t *privileges_of(const struct pve_call *call, const char *path)
{
	return call->is_writer ? privileges_of_writer(call->pve, path)
			       : privileges_on(call->pve, path);
}

static void answer_permissions(struct pve_call *call)
{
	static const char *const paths[] = {"/",    "/access",  "/nodes", "/pool",
					    "/sdn", "/storage", "/vms",   "/mapping"};
	const char *path = pve_param(call, "path"), *user = pve_param(call, "userid");
	json_t *data = json_object();

	if (user && !sb_starts_with(user, call->user)) {
		json_decref(data);
		pve_refuse(call, 403, "Permission check failed (/access, Sys.Audit)");
		return;
	}
	for (size_t i = 0; i < SB_ARRAY_LEN(paths) && !path; i++)
		if (!call->is_writer || is_guest_path(paths[i]))
			json_object_set_new(data, paths[i], privileges_of(call, paths[i]));
	if (path) /* a path without privileges is only here, not in the whole list */
		json_object_set_new(data, path,
				    path_is_hidden(call->pve, path) ? json_object()
								    : privileges_of(call, path));
	pve_ok(call, data);
}

static json_t *acl_row(const char *path, const char *type, json_t *ugid_take, const char *role)
{
	return json_pack("{ss ss so ss si}", "path", path, "type", type, "ugid", ugid_take,
			 "roleid", role, "propagate", 1);
}

static void answer_acl(struct pve_call *call)
{
	const struct lab_pve *pve = call->pve;
	json_t *list = json_array();

	if (call->is_writer) {
		json_array_append_new(list,
				      acl_row("/vms", "token",
					      json_sprintf("%s!%s", pve->writer, pve->writer_name),
					      "StageboxWrite"));
		pve_ok(call, list);
		return;
	}
	json_array_append_new(list, acl_row("/", "user", json_string(pve->user), "PVEAuditor"));
	json_array_append_new(
		list, acl_row("/", "token", json_sprintf("%s!%s", pve->user, pve->token_name),
			      "PVEAuditor"));
	if (pve->no_guest_audit)
		json_array_append_new(
			list,
			acl_row("/vms", "token", json_sprintf("%s!%s", pve->user, pve->token_name),
				"NoGuests"));
	for (size_t i = 0; i < pve->n_guests; i++) {
		char path[32];

		if (!pve->guests[i]->is_hidden)
			continue;
		snprintf(path, sizeof(path), "/vms/%" PRIu32, pve->guests[i]->vmid);
		json_array_append_new(
			list,
			acl_row(path, "token", json_sprintf("%s!%s", pve->user, pve->token_name),
				"NoAccess"));
	}
	pve_ok_list(call, list);
}

static const struct pve_param_rule permission_params[] = {
	{"path", PVE_PARAM_TEXT, NULL}, {"userid", PVE_PARAM_TEXT, NULL}, {0}};
static const struct pve_param_rule resource_params[] = {
	{"type", PVE_PARAM_ENUM, "vm, storage, node, sdn"}, {0}};
static const struct pve_param_rule nextid_params[] = {{"vmid", PVE_PARAM_VMID, NULL}, {0}};
static const struct pve_param_rule pool_params[] = {
	{"poolid", PVE_PARAM_TEXT, NULL}, {"type", PVE_PARAM_ENUM, "qemu, lxc, storage"}, {0}};
static const struct pve_param_rule storage_params[] = {
	{"type", PVE_PARAM_ENUM,
	 "btrfs, cephfs, cifs, dir, esxi, iscsi, iscsidirect, lvm, lvmthin, nfs, pbs, rbd, zfs, "
	 "zfspool"},
	{0}};
static const struct pve_param_rule ha_resource_params[] = {{"type", PVE_PARAM_ENUM, "ct, vm"}, {0}};
static const struct pve_param_rule ha_rule_params[] = {
	{"type", PVE_PARAM_ENUM, "node-affinity, resource-affinity"},
	{"resource", PVE_PARAM_TEXT, NULL},
	{0}};

const struct pve_route pve_cluster_routes[] = {
	{"/version", answer_version, NULL, 0, 0, 0, false},
	{"/access/permissions", answer_permissions, permission_params, 0, 0, 0, false},
	{"/access/acl", answer_acl, NULL, 0, 0, 0, false},
	{"/cluster/status", answer_status, NULL, PVE_NEED_SYS_AUDIT, 0, 0, true},
	{"/cluster/resources", answer_resources, resource_params, 0, 0, 0, false},
	{"/cluster/options", answer_options, NULL, 0, 0, 0, false},
	{"/cluster/nextid", answer_nextid, nextid_params, 0, 0, 0, false},
	{"/cluster/ha/status/current", pve_answer_ha_status, NULL, PVE_NEED_SYS_AUDIT, 0, 0, false},
	{"/cluster/ha/resources", pve_answer_ha_resources, ha_resource_params, 0, 0, 0, false},
	{"/cluster/ha/rules", pve_answer_ha_rules, ha_rule_params, 0, 0, 9, false},
	{"/cluster/ha/groups", pve_answer_ha_groups, NULL, 0, 0, 0, false},
	{"/cluster/replication", answer_replication, NULL, 0, 0, 0, false},
	{"/cluster/backup", answer_backup, NULL, 0, 0, 0, false},
	{"/pools", answer_pools, pool_params, 0, 0, 0, false},
	{"/storage", answer_storages, storage_params, 0, 0, 0, false},
	{"/nodes/{node}/version", answer_version, NULL, 0, 0, 0, false},
	{0},
};
