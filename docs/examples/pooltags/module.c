/* SPDX-License-Identifier: Apache-2.0 */
/* Module pooltags: a tag of its resource pool of Proxmox VE on each guest in NetBox. */
#include <stdio.h>

#include <stagebox/conf.h>
#include <stagebox/json.h>
#include <stagebox/pve.h>
#include <stagebox/reconcile.h>

/* Two collections with the keys of guests. A guest in no pool has a row in GUESTS, too, because a
 * guest without a row keeps its tags. */
#define GUESTS  "pooltags-guest"  /* each guest: {} */
#define MEMBERS "pooltags-member" /* each guest that is in a pool: {"pool": "web"} */

/* Fetch. */

/* Declare a whole collection unknown: which guests a pool has that was not read is not known. */
static int set_unknown(struct sb_stage_run *stage, const char *source, const char *what,
		       const struct sb_error *why, struct sb_error *err)
{
	struct sb_error reason = SB_ERROR_INIT;

	if (why)
		reason = *why;
	else
		sb_fail(&reason, SB_E_SHAPE, "the answer has an unexpected structure");
	sb_context(&reason, reason.code, "%s", what);
	if (sb_rows_unknown(stage, source, "", &reason) < 0)
		return sb_fail(err, SB_E_NOMEM, "%s: out of memory", what);
	return 0; /* a failed request does not fail the stage */
}

/* Put the rows of one item of a list, which may be something else than a guest, such as a storage.
 * Returns 0, or SB_E_SHAPE for a guest without a number. */
static int put_guest(struct sb_stage_run *stage, const json_t *item, const char *pool,
		     struct sb_error *err)
{
	const char *type = sb_json_str(item, "type"), *endpoint = sb_run_endpoint(stage);
	int64_t vmid = 0;
	int rc;

	if (!type)
		return sb_fail(err, SB_E_SHAPE, "an item has no type");
	if (!sb_streq(type, "qemu") && !sb_streq(type, "lxc"))
		return 0;
	if (sb_json_int(item, "vmid", &vmid) < 0)
		return sb_fail(err, SB_E_SHAPE, "a guest has no number");
	rc = sb_row_put(stage, GUESTS, json_object(), err, "%s/%s/%lld", endpoint, type,
			(long long)vmid);
	if (!rc && pool)
		rc = sb_row_put(stage, MEMBERS, json_pack("{s:s}", "pool", pool), err, "%s/%s/%lld",
				endpoint, type, (long long)vmid);
	return rc;
}

/* Put the guests of a list. Items that cannot be read make the source unknown. */
static int put_guests(struct sb_stage_run *stage, const json_t *list, const char *pool,
		      const char *source, const char *what, struct sb_error *err)
{
	const json_t *item; /* borrowed, as the list is */
	size_t i;

	json_array_foreach (list, i, item) {
		struct sb_error why = SB_ERROR_INIT;
		int rc = put_guest(stage, item, pool, &why);

		if (rc == SB_E_SHAPE)
			rc = set_unknown(stage, source, what, &why, err);
		else if (rc < 0)
			*err = why;
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int on_guests(struct sb_stage_run *stage, const char *key, const json_t *data,
		     const struct sb_error *why, void *arg, struct sb_error *err)
{
	const char *what = "the list of guests";

	(void)key;
	(void)arg;
	if (!json_is_array(data))
		return set_unknown(stage, GUESTS, what, why, err);
	return put_guests(stage, data, NULL, GUESTS, what, err);
}

/* The answer for one pool, with its members. */
static int on_pool(struct sb_stage_run *stage, const char *key, const json_t *data,
		   const struct sb_error *why, void *arg, struct sb_error *err)
{
	const json_t *pool = json_array_get(data, 0), *members = json_object_get(pool, "members");
	const char *name = sb_json_str(pool, "poolid"), *what = "the members of a pool";

	(void)key;
	(void)arg;
	if (!name || !json_is_array(members))
		return set_unknown(stage, MEMBERS, what, why, err);
	return put_guests(stage, members, name, MEMBERS, what, err);
}

static int on_pools(struct sb_stage_run *stage, const char *key, const json_t *data,
		    const struct sb_error *why, void *arg, struct sb_error *err)
{
	const char *what = "the list of pools";
	const json_t *pool;
	size_t i;

	(void)arg;
	if (!json_is_array(data))
		return set_unknown(stage, MEMBERS, what, why, err);
	json_array_foreach (data, i, pool) {
		const char *name = sb_json_str(pool, "poolid");
		int rc = name ? sb_pve_ask(stage, on_pool, NULL, key, SB_PVE_INLINE, err,
					   "/pools?poolid=%s", name)
			      : set_unknown(stage, MEMBERS, what, NULL, err);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static int fetch_pools(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;
	int rc = sb_rows_read(stage, GUESTS);

	(void)arg;
	if (!rc)
		rc = sb_rows_read(stage, MEMBERS); /* a cluster may have no pools */
	if (rc < 0)
		return sb_fail(err, rc, "guests and pools: out of memory");
	/* Without this privilege Proxmox VE filters the list and does not report an error. */
	if (sb_pve_may(stage, "/pool", "Pool.Audit") != 1) {
		sb_fail(&why, SB_E_FORBIDDEN, "the token lacks Pool.Audit on /pool");
		rc = set_unknown(stage, MEMBERS, "pools may be hidden", &why, err);
	}
	/* Guests that the token may not see have no row, and keep their tags. */
	if (!rc)
		rc = sb_pve_ask(stage, on_guests, NULL, "", SB_PVE_INLINE, err,
				"/cluster/resources?type=vm");
	return rc < 0 ? rc : sb_pve_ask(stage, on_pools, NULL, "", SB_PVE_INLINE, err, "/pools");
}

/* Diff: a pure function of rows and options. */

/* Request the tag of the pool of one member, once for each pool, and remember its key. */
static int demand_tag(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
		      struct sb_error *err)
{
	json_t *tags = arg, *fields; /* the keys of tags by pool */
	const char *pool = sb_json_str(row, "pool"), *tag = NULL;
	sb_autojson *name = NULL;
	sb_autofree char *slug = NULL;
	int rc;

	(void)key;
	if (json_object_get(tags, pool))
		return 0;
	name = json_sprintf("%s%s", sb_opt_str(stage, "prefix"), pool);
	slug = name ? sb_slug_exact(json_string_value(name)) : NULL; /* "web" is not "Web" */
	/* NetBox takes 100 characters; a slug is never longer, and as unique as the name. */
	fields = slug ? json_pack("{s:s, s:s, s:s}", "name",
				  json_string_length(name) > 100 ? slug : json_string_value(name),
				  "slug", slug, "description", "Resource pool of Proxmox VE")
		      : NULL;
	if (!fields)
		return sb_fail(err, SB_E_NOMEM, "tag of pool %s: out of memory", pool);
	rc = sb_shared(stage, "tag", fields, &tag, err);
	if (rc < 0)
		return sb_context(err, rc, "tag of pool %s", pool);
	if (json_object_set_new(tags, pool, json_string(tag)) < 0)
		return sb_fail(err, SB_E_NOMEM, "tag of pool %s: out of memory", pool);
	return 0;
}

static int want_guest(struct sb_stage_run *stage, const char *key, const json_t *row,
		      struct sb_want *want, void *arg, struct sb_error *err)
{
	const json_t *tags = arg;
	sb_autojson *member = sb_row_get(stage, MEMBERS, key);
	struct sb_error why = SB_ERROR_INIT;

	(void)row;
	(void)err;
	if (member)
		sb_want_ref_add(want, "tags", "tag",
				sb_json_str(tags, sb_json_str(member, "pool")));
	else if (sb_rows_state(stage, MEMBERS, key, &why) == SB_ROWS_COMPLETE)
		sb_want_ref_add(want, "tags", "tag", NULL); /* takes back only what we added */
	else
		sb_want_leave(want, &why);
	return 0; /* the want stores the first failure of a setter */
}

static int diff_pools(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	static const char *const types[] = {"qemu", "lxc"};
	sb_autojson *tags = json_object();
	char prefix[256];
	size_t i;
	int rc;

	(void)arg;
	if (!tags)
		return sb_fail(err, SB_E_NOMEM, "tags of pools: out of memory");
	rc = sb_rows_each(stage, MEMBERS, "", demand_tag, tags, err);
	for (i = 0; i < SB_ARRAY_LEN(types) && rc >= 0; i++) {
		const struct sb_reconcile reconcile = {
			.size = sizeof(reconcile),
			.kind = "vm",
			.source = GUESTS,
			.prefix = prefix,
			.flags = SB_RECONCILE_FIELDS, /* the guests belong to other modules */
			.want = want_guest,
			.arg = tags,
		};

		snprintf(prefix, sizeof(prefix), "%s/%s/", sb_run_endpoint(stage), types[i]);
		rc = sb_reconcile(stage, &reconcile, err);
	}
	return rc;
}

/* The definition of the module. */

static int check_prefix(const json_t *value, struct sb_error *err)
{
	size_t length = strlen(json_string_value(value));

	if (length < 1 || length > 30)
		return sb_fail(err, SB_E_CONFIG, "it has %zu bytes; expected are 1 to 30", length);
	return 0;
}

static const struct sb_opt options[] = {
	{.name = "prefix",
	 .type = SB_OPT_STR,
	 .dflt = "pool:",
	 .help = "the name of a tag is this and the name of the pool",
	 .check = check_prefix},
	{0},
};

static const char *const after[] = {"?qemu.guests", "?lxc.guests", NULL};
static const char *const fields_written[] = {"tags", NULL};
static const struct sb_write writes[] = {
	{.kind = "vm", .fields = fields_written, .keys = "*/qemu/"},
	{.kind = "vm", .fields = fields_written, .keys = "*/lxc/"},
	{0},
};
static const struct sb_read reads[] = {
	{.kind = "tag"},
	{0},
};
static const struct sb_need needs[] = {
	{.path = "/pool", .privilege = "Pool.Audit", .use = "tags of resource pools"},
	{.path = "/vms", .privilege = "VM.Audit", .use = "guests that left their pool"},
	{0},
};

static const struct sb_stage guests = {
	.size = sizeof(guests),
	.name = "pooltags.guests",
	.after = after,
	SB_TABLE(write, writes),
	SB_TABLE(read, reads),
	SB_TABLE(need, needs),
	.fetch = fetch_pools,
	.diff = diff_pools,
};

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	(void)ret_state;
	return sb_stage_add(ctx, &guests, err);
}

SB_MODULE(pooltags, .version = "0.1.0", .summary = "Tags of resource pools on guests",
	  SB_TABLE(option, options), .start = start_module)
