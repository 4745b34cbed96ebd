/* SPDX-License-Identifier: Apache-2.0 */
/* The cluster as a whole: versions, members, resources, options, jobs. */
#include "pve/answer.h"
#include "pve/change.h"
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

static void answer_resources(struct pve_call *call)
{
	const char *type = pve_param(call, "type");
	json_t *list = json_array();

	if (call->pve->empty_resources) {
		pve_ok(call, list);
		return;
	}
	if (!type)
		pve_add_pool_rows(call, list);
	if (!type || sb_streq(type, "vm"))
		pve_add_guest_rows(call, list);
	if (!type || sb_streq(type, "node"))
		pve_add_node_rows(call, list);
	if (!type || sb_streq(type, "storage"))
		pve_add_storage_rows(call, list);
	/* Rows of type network exist since 9.1, but no value of type= selects them. */
	if (!type || (sb_streq(type, "sdn") && call->pve->major < 9))
		pve_add_zone_rows(call, list);
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
	static const char *const of_anybody[] = {"console", "tag-style"};
	bool is_whole = pve_holds(call, "Sys.Audit");
	json_t *options = is_whole ? json_copy(call->pve->options) : json_object();

	for (size_t i = 0; !is_whole && i < SB_ARRAY_LEN(of_anybody); i++) {
		json_t *value = json_object_get(call->pve->options, of_anybody[i]);

		if (value)
			json_object_set(options, of_anybody[i], value);
	}
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

/* The first guests have a replication job to the next node. */
static void answer_replication(struct pve_call *call)
{
	const struct lab_pve *pve = call->pve;
	json_t *list = json_array();

	for (size_t i = 0; pve->n_nodes > 1 && i < pve->n_guests && i < 3; i++) {
		const struct pve_guest *guest = pve->guests[i];

		if (!pve_holds(call, "VM.Audit"))
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

static const struct pve_param_rule resource_params[] = {
	{"type", PVE_PARAM_ENUM, "vm, storage, node, sdn"}, {0}};
static const struct pve_param_rule nextid_params[] = {{"vmid", PVE_PARAM_VMID, NULL}, {0}};

const struct pve_route pve_cluster_routes[] = {
	{"/version", answer_version, NULL, 0, 0, 0, false},
	{"/cluster/status", answer_status, NULL, PVE_NEED_SYS_AUDIT, 0, 0, true},
	{"/cluster/resources", answer_resources, resource_params, 0, 0, 0, false},
	{"/cluster/options", answer_options, NULL, 0, 0, 0, false},
	{"/cluster/nextid", answer_nextid, nextid_params, 0, 0, 0, false},
	{"/cluster/replication", answer_replication, NULL, 0, 0, 0, false},
	{"/cluster/backup", answer_backup, NULL, PVE_NEED_SYS_AUDIT, 0, 0, false},
	{"/nodes/{node}/version", answer_version, NULL, 0, 0, 0, false},
	{0},
};

/* "color-map=prod:ff0000,ordering=config" is stored as an object, other options as text. */
static int set_option(struct lab_pve *pve, const struct pve_key *key, const char *field,
		      const char *value)
{
	json_t *options = json_copy(pve->options), *tree;
	const char *cursor = value;
	struct pve_slice part;

	(void)key;
	if (!options)
		return pve_change_refuse(pve, "out of memory");
	if (!*value) {
		json_object_del(options, field);
	} else if (!sb_streq(field, "tag-style")) {
		json_object_set_new(options, field, json_string(value));
	} else {
		tree = json_object();
		while ((part = pve_property_next(&cursor)).text) {
			const char *equals = memchr(part.text, '=', part.len);
			size_t len = equals ? (size_t)(equals - part.text) : 0;

			if (!equals) {
				json_decref(tree);
				json_decref(options);
				return pve_change_refuse(pve, "tag-style must be KEY=VALUE,...");
			}
			json_object_setn_new(
				tree, part.text, len,
				len == 14 && sb_starts_with(part.text, "case-sensitive")
					? json_integer(equals[1] == '1')
					: json_stringn(equals + 1, part.len - len - 1));
		}
		json_object_set_new(options, field, tree);
	}
	json_decref(pve->options);
	pve->options = options;
	return 0;
}

static const char *const option_fields[] = {"OPTION", NULL};
const struct pve_family pve_options_family = {
	.fields = option_fields, .prefix = "options", .form = "options", .set = set_option};
