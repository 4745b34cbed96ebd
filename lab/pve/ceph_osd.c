/* SPDX-License-Identifier: Apache-2.0 */
/* OSDs: the tree of the CRUSH map, and the details of one OSD. */
#include "pve/ceph.h"

#include <inttypes.h>

#define STRAY_ID (-100000) /* below all other buckets */

/* The tree while it is made; every list in it has its own order, as in a hash of Perl. */
struct tree {
	const struct pve_call *call;
	const struct pve_ceph_sums *sums;
	json_t *leaves;          /* name -> row; the same row wherever the OSD is */
	json_t *hosts, *classes; /* of pve_ceph_map() */
};

/* The volatile part: what the OSD measured last. */
static int latency_ms(const struct pve_call *call, const struct pve_osd *osd)
{
	return osd->is_up ? (int)((call->now_s / 7 + osd->id * 3) % 17) : 0;
}

static void add_daemon(const struct pve_call *call, json_t *row, const struct pve_osd *osd)
{
	bool has_db = sb_streq(pve_ceph_text(osd->own, "class"), "hdd");

	json_object_set_new(row, "osdtype", json_string("bluestore"));
	json_object_set_new(row, "blfsdev", json_sprintf("/dev/dm-%d", osd->id));
	/* Proxmox VE copies members that OSDs do not have as null. */
	json_object_set_new(row, "dbdev",
			    has_db ? json_sprintf("/dev/dm-%d", 100 + osd->id) : json_null());
	json_object_set_new(row, "waldev", json_null());
	json_object_set_new(row, "ceph_version", pve_ceph_long_version(call->pve, osd->host));
	json_object_set_new(row, "ceph_version_short",
			    json_string(pve_ceph_version(call->pve, osd->host)));
}

static json_t *osd_row(const struct pve_call *call, const struct pve_osd *osd)
{
	const json_t *reweight = json_object_get(osd->own, "reweight");
	/* An OSD that has never started has no size; Proxmox VE then counts 1 KiB. */
	int64_t total = (osd->kb ? osd->kb : 1) * 1024, used = osd->used_kb * 1024;
	json_t *row = json_pack(
		"{si so ss ss si sf ss sI sI sI sf si si si}", "id", osd->id, "name",
		json_sprintf("osd.%d", osd->id), "type", "osd", "status", pve_osd_status(osd), "in",
		osd->is_in, "crush_weight", pve_osd_weight(osd), "device_class",
		pve_ceph_text(osd->own, "class"), "pgs", (json_int_t)osd->n_pgs, "total_space",
		(json_int_t)total, "bytes_used", (json_int_t)used, "percent_used",
		(double)used * 100.0 / (double)total, "commit_latency_ms", latency_ms(call, osd),
		"apply_latency_ms", latency_ms(call, osd), "leaf", 1);

	json_object_set_new(row, "reweight",
			    osd->is_in && reweight ? json_real(json_number_value(reweight))
						   : json_real(osd->is_in ? 1 : 0));
	if (!osd->is_destroyed)
		add_daemon(call, row, osd);
	return row;
}

static void make_leaves(struct tree *tree)
{
	struct pve_osd osd = {.sums = tree->sums, .id = -1};

	while (pve_ceph_next_osd(tree->call->pve, &osd)) {
		json_t *row = osd_row(tree->call, &osd);

		if (pve_osd_is_placed(&osd))
			json_object_set_new(row, "host", json_string(osd.host));
		json_object_set_new(tree->leaves, pve_ceph_text(row, "name"), row);
	}
}

/* A bucket without children has none of that name. */
static json_t *bucket_row(const struct tree *tree, const struct pve_bucket *bucket,
			  const char *class, json_t *children_take)
{
	json_t *row = json_pack("{si ss si si}", "id", pve_bucket_id(bucket, class), "type",
				bucket->type, "leaf", 0, "reweight", -1);

	json_object_set_new(
		row, "name",
		class ? json_sprintf("%s~%s", bucket->name, class) : json_string(bucket->name));
	if (sb_streq(bucket->type, "host") && !class)
		json_object_set_new(row, "version",
				    json_string(pve_ceph_version(tree->call->pve, bucket->name)));
	if (json_array_size(children_take)) {
		pve_shuffle(tree->call, children_take);
		json_object_set(row, "children", children_take);
	}
	json_decref(children_take);
	return row;
}

static json_t *host_row(const struct tree *tree, const struct pve_node *node, const char *class)
{
	struct pve_bucket bucket = {"host", node->name, PVE_CEPH_RACKS + node->id};
	json_t *children = json_array(), *osd;
	size_t i;

	json_array_foreach (json_object_get(tree->hosts, node->name), i, osd)
		if (!class || sb_streq(pve_ceph_text(osd, "class"), class))
			json_array_append(children, json_object_get(tree->leaves,
								    pve_ceph_text(osd, "name")));
	return bucket_row(tree, &bucket, class, children);
}

static json_t *rack_row(const struct tree *tree, unsigned rack, const char *class)
{
	const struct lab_pve *pve = tree->call->pve;
	char name[16];
	struct pve_bucket bucket = {"rack", name, rack};
	json_t *children = json_array();

	snprintf(name, sizeof(name), "rack%u", rack);
	for (size_t i = 0; i < pve->n_nodes; i++)
		if (pve_ceph_rack(&pve->nodes[i]) == rack &&
		    json_object_get(tree->hosts, pve->nodes[i].name))
			json_array_append_new(children, host_row(tree, &pve->nodes[i], class));
	return bucket_row(tree, &bucket, class, children);
}

static json_t *root_row(const struct tree *tree, const char *class)
{
	struct pve_bucket bucket = {"root", "default", 0};
	json_t *children = json_array();

	for (unsigned rack = 1; rack <= PVE_CEPH_RACKS; rack++) {
		json_t *row = rack_row(tree, rack, class);

		if (json_object_get(row, "children"))
			json_array_append(children, row);
		json_decref(row);
	}
	return bucket_row(tree, &bucket, class, children);
}

/* OSDs outside the root; NULL when there are none. */
static json_t *stray_row(const struct tree *tree)
{
	struct pve_osd osd = {.sums = tree->sums, .id = -1};
	sb_autojson *children = json_array();
	char name[24];

	while (pve_ceph_next_osd(tree->call->pve, &osd)) {
		if (!sb_streq(pve_ceph_text(osd.own, "place"), "stray"))
			continue;
		snprintf(name, sizeof(name), "osd.%d", osd.id);
		json_array_append(children, json_object_get(tree->leaves, name));
	}
	if (!json_array_size(children))
		return NULL;
	return json_pack("{si ss ss si sO}", "id", STRAY_ID, "name", "(stray)", "type", "root",
			 "leaf", 0, "children", children);
}

void pve_answer_ceph_osds(struct pve_call *call)
{
	const struct pve_ceph *ceph = call->pve->ceph;
	struct pve_ceph_sums sums = pve_ceph_sum(call->pve, call->now_s);
	sb_autojson *leaves = json_object(), *map = pve_ceph_map(call->pve);
	struct tree tree = {call, &sums, leaves, json_object_get(map, "hosts"),
			    json_object_get(map, "classes")};
	json_t *roots, *stray;

	if (!pve_ceph_reach(call))
		return;
	roots = json_array();
	make_leaves(&tree);
	json_array_append_new(roots, root_row(&tree, NULL));
	for (int i = 0; !ceph->hides_shadows && pve_ceph_classes[i]; i++)
		if (json_object_get(tree.classes, pve_ceph_classes[i]))
			json_array_append_new(roots, root_row(&tree, pve_ceph_classes[i]));
	stray = stray_row(&tree);
	if (stray)
		json_array_append_new(roots, stray);
	pve_shuffle(call, roots);
	pve_ok(call, json_pack("{s{si so} so}", "root", "leaf", 0, "children", roots, "flags",
			       pve_ceph_flag_text(ceph)));
}

/* "[v2:10.20.0.11:6802/1755000003,v1:10.20.0.11:6803/1755000003]" */
static json_t *osd_address(const struct lab_pve *pve, const struct pve_osd *osd, int port)
{
	sb_autojson *address = pve_ceph_address(pve, osd->host);
	const char *ip = json_string_value(address);
	int first = 6800 + osd->id % 16 * 8 + port * 2, nonce = 1755000000 + osd->id;

	return json_sprintf("[v2:%s:%d/%d,v1:%s:%d/%d]", ip, first, nonce, ip, first + 1, nonce);
}

void pve_ceph_add_addresses(const struct lab_pve *pve, const struct pve_osd *osd, json_t *row)
{
	json_object_set_new(row, "front_addr", osd_address(pve, osd, 0));
	json_object_set_new(row, "back_addr", osd_address(pve, osd, 1));
	json_object_set_new(row, "hb_front_addr", osd_address(pve, osd, 2));
	json_object_set_new(row, "hb_back_addr", osd_address(pve, osd, 3));
}

static json_t *osd_devices(const struct pve_osd *osd)
{
	const char *class = pve_ceph_text(osd->own, "class");
	bool is_hdd = sb_streq(class, "hdd");
	json_t *list = json_pack("[{ss so so sI si ss}]", "device", "block", "dev_node",
				 json_sprintf("/dev/dm-%d", osd->id), "physical_device",
				 json_sprintf("sd%c", pve_osd_disk(osd)), "size",
				 (json_int_t)(osd->kb * 1024), "support_discard", !is_hdd, "type",
				 is_hdd ? "hdd" : "ssd");

	if (is_hdd)
		json_array_append_new(
			list,
			json_pack("{ss so ss sI si ss}", "device", "db", "dev_node",
				  json_sprintf("/dev/dm-%d", 100 + osd->id), "physical_device",
				  "nvme0n1", "size", (json_int_t)(osd->kb * 1024 / 10),
				  "support_discard", 1, "type", "ssd"));
	return list;
}

static json_t *osd_details(const struct pve_call *call, const struct pve_osd *osd)
{
	const char *version = pve_ceph_version(call->pve, osd->host);
	json_t *row =
		json_pack("{si ss so ss so sI si}", "id", osd->id, "hostname", osd->host, "version",
			  json_sprintf("%s (%s)", version, pve_ceph_release(version)),
			  "osd_objectstore", "bluestore", "osd_data",
			  json_sprintf("/var/lib/ceph/osd/ceph-%d", osd->id), "mem_usage",
			  (json_int_t)(osd->is_up ? ((1LL << 30) + call->now_s % 977 * 65536) : 0),
			  "pid", osd->is_up ? 2000 + osd->id : 0);

	pve_ceph_add_addresses(call->pve, osd, row);
	if (call->pve->major >= 9)
		json_object_set_new(row, "encrypted", json_integer(0));
	return json_pack("{so so}", "osd", row, "devices", osd_devices(osd));
}

void pve_answer_ceph_osd(struct pve_call *call)
{
	const struct pve_param_rule rule = {"osdid", PVE_PARAM_INT, NULL};
	struct pve_ceph_sums sums = pve_ceph_sum(call->pve, call->now_s);
	struct pve_osd osd = {.sums = &sums, .id = -1};
	json_t *error = pve_param_error(&rule, call->name);
	int id = (int)strtol(call->name, NULL, 10);

	if (error) {
		pve_refuse_params(call, json_pack("{so}", "osdid", error));
		return;
	}
	if (!pve_ceph_reach(call))
		return;
	while (pve_ceph_next_osd(call->pve, &osd) && osd.id != id)
		;
	if (osd.id != id || osd.is_destroyed)
		pve_refuse(call, 500,
			   "error with 'osd metadata': mon_command failed - osd.%d does not exist",
			   id);
	else if (!sb_streq(osd.host, call->node->name))
		pve_refuse(call, 500, "OSD '%d' does not exists on host '%s'", id,
			   call->node->name);
	else
		pve_ok(call, osd_details(call, &osd));
}
