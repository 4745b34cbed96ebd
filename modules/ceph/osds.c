/* SPDX-License-Identifier: Apache-2.0 */
/* Stage ceph.osds: the OSDs of the CRUSH tree, which has each of them below several buckets. */
#include "ceph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stagebox/conf.h"
#include "stagebox/pve.h"
#include "stagebox/snap.h"

enum { MAX_DEPTH = 64, UNKNOWN_SPACE = 1024 };

static int read_tree(struct sb_stage_run *stage, const json_t *data, struct sb_error *err);

static const char *const sources[] = {CEPH_OSD, NULL};
static const struct ceph_list osd_list = {
	.path = "osd", .what = "tree of OSDs", .sources = sources, .read = read_tree};

/* Sizes. Proxmox VE reports 1024 bytes when it does not know the space, as of an OSD that is down:
 * NetBox keeps what is known of it. */
static void put_space(json_t *fields, const json_t *item)
{
	int64_t total = 0, used = 0;

	if (sb_json_int(item, "total_space", &total) < 0 || total <= UNKNOWN_SPACE ||
	    sb_json_int(item, "bytes_used", &used) < 0 || used < 0)
		return;
	json_object_set_new(fields, "total_bytes", json_integer(total));
	json_object_set_new(fields, "used_bytes", json_integer(used));
	json_object_set_new(fields, "available_bytes",
			    json_integer(total > used ? total - used : 0));
}

/* An OSD that is new, or about to go, may have neither: the fields are not set then. */
static void put_state(json_t *fields, const json_t *item)
{
	const char *status = sb_json_str(item, "status");
	json_t *is_in = ceph_bool(item, "in");

	if (status) {
		json_object_set_new(fields, "status", ceph_words(status));
		json_object_set_new(fields, "up", json_boolean(sb_streq(status, "up")));
	}
	if (is_in)
		json_object_set_new(fields, "in_cluster", is_in);
}

static json_t *make_fields(const json_t *item, int64_t id, const char *host)
{
	json_t *fields =
		json_pack("{s:o, s:I, s:s?, s:o*, s:o*, s:o*, s:o*}", "name",
			  json_sprintf("osd.%lld", (long long)id), "osd_id", (json_int_t)id, "host",
			  host, "device_class", ceph_text(item, "device_class"), "weight",
			  ceph_decimal(item, "crush_weight", 1), "reweight",
			  ceph_decimal(item, "reweight", 1), "pgs", ceph_int(item, "pgs"));

	if (fields)
		put_state(fields, item);
	if (fields)
		put_space(fields, item);
	return fields;
}

/* An OSD is in the tree more than once: the place below a host counts. */
static bool is_put(const struct sb_stage_run *stage, const char *id, const char *host)
{
	char key[256];
	sb_autojson *row = NULL;

	snprintf(key, sizeof(key), "%s/" CEPH_OSD "/%s", sb_run_endpoint(stage), id);
	row = sb_row_get(stage, CEPH_OSD, key);
	return row && (!host || sb_json_str(row, "host"));
}

static int put_osd(struct sb_stage_run *stage, const json_t *item, int64_t number,
		   const char *bucket, struct sb_error *err)
{
	static const char *const stable[] = {"osdtype", "blfsdev",      "dbdev",
					     "waldev",  "ceph_version", "ceph_version_short",
					     NULL};
	const char *host = sb_json_str(item, "host");
	char id[32];
	struct ceph_object object = {.kind = CEPH_OSD, .id = id, .from = item, .stable = stable};

	snprintf(id, sizeof(id), "%lld", (long long)number);
	object.host = ceph_is_id(host) ? host : bucket;
	if (is_put(stage, id, object.host))
		return 0;
	object.fields = make_fields(item, number, object.host);
	return ceph_put_object(stage, &object, err);
}

/* The name of a host without the device class: "pve1~ssd". Caller frees. */
static char *read_bucket_host(const json_t *bucket)
{
	const char *type = sb_json_str(bucket, "type"), *name = sb_json_str(bucket, "name");

	if (!type || !name || !sb_streq(type, "host"))
		return NULL;
	return strndup(name, strcspn(name, "~"));
}

/* 1 = an OSD, 0 = a bucket, negative = neither: Ceph numbers OSDs from 0 upwards, and buckets from
 * -1 downwards. */
static int find_type(const json_t *item, int64_t *ret_id)
{
	const char *type = sb_json_str(item, "type");

	if (!type || sb_json_int(item, "id", ret_id) < 0 || sb_streq(type, "osd") != (*ret_id >= 0))
		return -1;
	return *ret_id >= 0;
}

/* An unknown part of the tree may be an OSD: none of them is gone then. */
static int visit_children(struct sb_stage_run *stage, const json_t *bucket, int depth,
			  struct sb_error *err)
{
	const json_t *children = json_object_get(bucket, "children"), *item;
	sb_autofree char *host = read_bucket_host(bucket);
	int64_t id = 0;
	size_t i;
	int rc = 0, type;

	if (depth > MAX_DEPTH || (children && !json_is_array(children)))
		return ceph_note_unread(stage, &osd_list, NULL, err);
	json_array_foreach (children, i, item) {
		type = find_type(item, &id);
		if (type < 0)
			rc = ceph_note_unread(stage, &osd_list, NULL, err);
		else if (type > 0)
			rc = put_osd(stage, item, id, host, err);
		else
			rc = visit_children(stage, item, depth + 1, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* The flags that are set, among them those of Ceph itself: for nodes that cannot ask for flags. */
static int put_set_flags(struct sb_stage_run *stage, const json_t *data, struct sb_error *err)
{
	const char *flags = sb_json_str(data, "flags");
	int rc = flags ? sb_row_put(stage, CEPH_SET_FLAGS, json_pack("{s:s}", "flags", flags), err,
				    "%s/ceph/flags", sb_run_endpoint(stage))
		       : 0;

	return rc < 0 ? rc : 0;
}

/* Buckets of the type host may have any name: "pve1-ssd". */
static bool is_on_node(const struct sb_stage_run *stage, const json_t *row)
{
	const char *host = sb_json_str(row, "host");

	return host && ceph_is_node(stage, host);
}

/* An OSD that is below no node gets the host that its daemon reported to Ceph. */
static int put_host(struct sb_stage_run *stage, const json_t *osd, struct sb_error *err)
{
	const char *host = sb_json_str(osd, "hostname");
	sb_autojson *row = NULL;
	char key[256];
	int64_t id;

	if (!ceph_is_id(host) || sb_json_int(osd, "id", &id) < 0)
		return 0;
	snprintf(key, sizeof(key), "%s/" CEPH_OSD "/%lld", sb_run_endpoint(stage), (long long)id);
	row = sb_row_get(stage, CEPH_OSD, key);
	if (!row || is_on_node(stage, row))
		return 0;
	json_object_set(row, "host", json_object_get(osd, "hostname"));
	json_object_set(json_object_get(row, "fields"), "host", json_object_get(osd, "hostname"));
	return sb_row_put(stage, CEPH_OSD, sb_steal(row), err, "%s", key);
}

/* Where an OSD without a node runs is unknown. */
static int note_unknown_host(struct sb_stage_run *stage, const char *key, const json_t *row,
			     void *arg, struct sb_error *err)
{
	const struct sb_error *why = arg;

	if (!is_on_node(stage, row) && sb_rows_unknown(stage, CEPH_OSD, key, why) < 0)
		return sb_fail(err, SB_E_NOMEM, "hosts of OSDs: out of memory");
	return 0;
}

static int note_unknown_hosts(struct sb_stage_run *stage, const struct sb_error *why,
			      struct sb_error *err)
{
	struct sb_error reason = SB_ERROR_INIT;

	if (why)
		reason = *why;
	else
		sb_fail(&reason, SB_E_SHAPE, "the answer has an unexpected structure");
	sb_context(&reason, reason.code, "hosts of OSDs");
	return sb_rows_each(stage, CEPH_OSD, "", note_unknown_host, &reason, err);
}

/* A node without Ceph, which the session may be connected to, does not know the hosts. */
static int on_metadata(struct sb_stage_run *stage, const char *key, const json_t *data,
		       const struct sb_error *why, void *arg, struct sb_error *err)
{
	const json_t *list = json_object_get(data, "osd"), *osd;
	size_t i;
	int rc = 0;

	(void)key, (void)arg;
	if (!json_is_array(list) && !(why && ceph_is_absence(why)))
		return note_unknown_hosts(stage, why, err);
	json_array_foreach (list, i, osd) {
		rc = put_host(stage, osd, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int note_homeless(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
			 struct sb_error *err)
{
	(void)key, (void)err;
	if (!is_on_node(stage, row))
		*(bool *)arg = true;
	return 0;
}

static int read_tree(struct sb_stage_run *stage, const json_t *data, struct sb_error *err)
{
	const json_t *root = json_object_get(data, "root");
	bool has_homeless = false;
	int rc;

	if (!json_array_size(json_object_get(root, "children"))) /* a map has at least a root */
		return ceph_note_unread(stage, &osd_list, NULL, err);
	rc = put_set_flags(stage, data, err);
	if (!rc)
		rc = visit_children(stage, root, 0, err);
	if (!rc)
		rc = sb_rows_each(stage, CEPH_OSD, "", note_homeless, &has_homeless, err);
	if (!rc && has_homeless)
		rc = sb_pve_ask(stage, on_metadata, NULL, "", SB_PVE_PROTECTED, err,
				"/cluster/ceph/metadata");
	return rc < 0 ? rc : sb_rows_read(stage, CEPH_OSD);
}

int ceph_fetch_osds(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	(void)arg;
	return ceph_ask(stage, &osd_list, err);
}

int ceph_diff_osds(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	(void)arg;
	return ceph_reconcile(stage, CEPH_OSD, err);
}
