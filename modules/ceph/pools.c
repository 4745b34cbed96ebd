/* SPDX-License-Identifier: Apache-2.0 */
/* Stages ceph.pools and ceph.filesystems. */
#include "ceph.h"

#include <stdio.h>
#include <string.h>

#include "stagebox/conf.h"
#include "stagebox/pve.h"
#include "stagebox/record.h"
#include "stagebox/snap.h"

#define PERCENT 100

static int read_pools(struct sb_stage_run *stage, const json_t *data, struct sb_error *err);
static int read_filesystems(struct sb_stage_run *stage, const json_t *data, struct sb_error *err);

static const char *const of_pools[] = {CEPH_POOL, NULL};
static const char *const of_filesystems[] = {CEPH_FILESYSTEM, NULL};
static const struct ceph_list pool_list = {
	.path = "pool", .what = "list of Ceph pools", .sources = of_pools, .read = read_pools};
static const struct ceph_list filesystem_list = {.path = "fs",
						 .what = "list of Ceph filesystems",
						 .sources = of_filesystems,
						 .read = read_filesystems};

/* The name of the rule, which older servers do not send; then its number. New reference; NULL = it
 * has neither, which no pool of Ceph is without. */
static json_t *read_rule(const json_t *pool)
{
	sb_autojson *name = ceph_text(pool, "crush_rule_name");
	int64_t number;

	if (json_is_string(name))
		return sb_steal(name);
	return sb_json_int(pool, "crush_rule", &number) < 0
		       ? NULL
		       : json_sprintf("%lld", (long long)number);
}

/* Of several applications the first one by name: the payload has all. New reference; NULL = they
 * are not known. */
static json_t *read_application(const json_t *pool)
{
	json_t *all = json_object_get(pool, "application_metadata"), *value;
	const char *name, *first = NULL;

	if (all && !json_is_object(all) && !json_is_null(all))
		return NULL;
	json_object_foreach (all, name, value)
		if (!first || strcmp(name, first) < 0)
			first = name;
	return ceph_words(first);
}

static int put_pool(struct sb_stage_run *stage, const json_t *pool, struct sb_error *err)
{
	static const char *const stable[] = {"type", "application_metadata", NULL};
	const char *name = sb_json_str(pool, "pool_name");
	const struct ceph_object object = {
		.kind = CEPH_POOL,
		.id = name,
		.fields = json_pack("{s:s, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*}",
				    "name", name, "pool_id", ceph_int(pool, "pool"), "size",
				    ceph_int(pool, "size"), "min_size", ceph_int(pool, "min_size"),
				    "pg_num", ceph_int(pool, "pg_num"), "pg_autoscale_mode",
				    ceph_text(pool, "pg_autoscale_mode"), "crush_rule",
				    read_rule(pool), "application", read_application(pool),
				    "used_bytes", ceph_int(pool, "bytes_used"), "percent_used",
				    ceph_decimal(pool, "percent_used", PERCENT)),
		.from = pool,
		.stable = stable,
	};

	return ceph_put_object(stage, &object, err);
}

/* The space that is left is not in the list: one request for each pool has it. */
static int on_details(struct sb_stage_run *stage, const char *key, const json_t *data,
		      const struct sb_error *why, void *arg, struct sb_error *err)
{
	sb_autojson *row = sb_row_get(stage, CEPH_POOL, key);
	const json_t *numbers = json_object_get(data, "statistics");
	json_t *room;

	(void)arg;
	if (!row)
		return 0;
	if (!json_is_object(numbers)) /* NetBox's number stays */
		return sb_note(stage, "the space that is left in some pools: %s",
			       why ? why->text : "the answer has an unexpected structure");
	room = ceph_int(numbers, "max_avail");
	if (room)
		json_object_set_new(json_object_get(row, "fields"), "max_available_bytes", room);
	return sb_row_put(stage, CEPH_POOL, sb_steal(row), err, "%s", key);
}

static int ask_details(struct sb_stage_run *stage, const char *pool, struct sb_error *err)
{
	sb_autojson *answered = ceph_answering_node(stage);
	char key[512];

	if (!sb_opt_bool(stage, "pool_details") || !answered)
		return 0;
	snprintf(key, sizeof(key), "%s/" CEPH_POOL "/%s", sb_run_endpoint(stage), pool);
	return sb_pve_ask(stage, on_details, NULL, key, SB_PVE_PROTECTED, err,
			  "/nodes/%s/ceph/pool/%s/status?verbose=1", sb_json_str(answered, "name"),
			  pool);
}

static int put_pool_item(struct sb_stage_run *stage, const struct ceph_list *list,
			 const json_t *pool, struct sb_error *err)
{
	int rc = put_pool(stage, pool, err);

	(void)list;
	return rc ? rc : ask_details(stage, sb_json_str(pool, "pool_name"), err);
}

static int read_pools(struct sb_stage_run *stage, const json_t *data, struct sb_error *err)
{
	int rc = ceph_put_items(stage, &pool_list, data, "pool_name", put_pool_item, err);

	if (rc < 0)
		return rc;
	return sb_rows_read(stage, CEPH_POOL);
}

int ceph_fetch_pools(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	(void)arg;
	return ceph_ask(stage, &pool_list, err);
}

int ceph_diff_pools(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	(void)arg;
	return ceph_reconcile(stage, CEPH_POOL, err);
}

/* Before Proxmox VE 9 only the first data pool is there, as a text. New reference; NULL = they are
 * not known: a filesystem has at least one. */
static json_t *read_data_pools(const json_t *filesystem)
{
	const json_t *pools = json_object_get(filesystem, "data_pools"), *pool;
	sb_autojson *names = json_array();
	size_t i;
	const char *first = sb_json_str(filesystem, "data_pool");

	json_array_foreach (pools, i, pool)
		if (json_is_string(pool))
			json_array_append_new(names, ceph_words(json_string_value(pool)));
	if (json_array_size(names))
		return sb_steal(names);
	return first && *first ? json_pack("[o]", ceph_words(first)) : NULL;
}

/* Proxmox VE does not say how many standby daemons a filesystem wants. */
static int put_filesystem(struct sb_stage_run *stage, const struct ceph_list *list,
			  const json_t *item, struct sb_error *err)
{
	static const char *const stable[] = {"metadata_pool", "metadata_pool_id", "data_pool_ids",
					     NULL};
	const char *name = sb_json_str(item, "name");
	const struct ceph_object object = {
		.kind = CEPH_FILESYSTEM,
		.id = name,
		.fields =
			json_pack("{s:s, s:o*}", "name", name, "data_pools", read_data_pools(item)),
		.pool = sb_json_str(item, "metadata_pool"),
		.from = item,
		.stable = stable,
	};

	(void)list;
	return ceph_put_object(stage, &object, err);
}

static int read_filesystems(struct sb_stage_run *stage, const json_t *data, struct sb_error *err)
{
	int rc = ceph_put_items(stage, &filesystem_list, data, "name", put_filesystem, err);

	if (rc < 0)
		return rc;
	return sb_rows_read(stage, CEPH_FILESYSTEM);
}

int ceph_fetch_filesystems(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	(void)arg;
	return ceph_ask(stage, &filesystem_list, err);
}

int ceph_diff_filesystems(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	(void)arg;
	return ceph_reconcile(stage, CEPH_FILESYSTEM, err);
}
