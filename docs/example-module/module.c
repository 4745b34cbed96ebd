/* SPDX-License-Identifier: Apache-2.0 */
/* Module example: a tenant of NetBox for each resource pool of Proxmox VE. */
#include <stdio.h>

#include <stagebox/conf.h>
#include <stagebox/json.h>
#include <stagebox/pve.h>
#include <stagebox/reconcile.h>

#define SOURCE "example-pool" /* the rows that fetch_pools() puts and diff_pools() reads */

/* Kinds are types of NetBox objects. stagebox defines some ("vm", "site", "tag", ...), and this
 * module adds two. */

static const char *const group_natural[] = {"slug", NULL};
static const struct sb_kind_field group_fields[] = {
	{.name = "name",
	 .type = SB_FIELD_TEXT,
	 .policy = SB_POLICY_CREATE_ONLY,
	 .max_chars = 100,
	 .traits = SB_TRAIT_TITLE},
	{.name = "slug", .type = SB_FIELD_TEXT, .policy = SB_POLICY_CREATE_ONLY, .max_chars = 100},
	{0},
};
static const struct sb_kind group_kind = {
	.size = sizeof(group_kind),
	.name = "tenant-group",
	.path = "tenancy/tenant-groups",
	.object_type = "tenancy.tenantgroup",
	.natural = group_natural,
	.flags = SB_KIND_SHARED, /* requested with sb_shared(), never deleted */
	SB_TABLE(field, group_fields),
};

static const char *const tenant_natural[] = {"group", "name", NULL};
static const struct sb_kind_field tenant_fields[] = {
	{.name = "name", .type = SB_FIELD_TEXT, .policy = SB_POLICY_ALWAYS, .max_chars = 100},
	{.name = "slug", .type = SB_FIELD_TEXT, .policy = SB_POLICY_CREATE_ONLY, .max_chars = 100},
	{.name = "group", .type = SB_FIELD_REF, .kind = "tenant-group", .policy = SB_POLICY_ALWAYS},
	{.name = "description",
	 .type = SB_FIELD_TEXT,
	 .policy = SB_POLICY_IF_UNCHANGED,
	 .max_chars = 200},
	{.name = "comments", .type = SB_FIELD_TEXT, .policy = SB_POLICY_ALWAYS},
	{0},
};
static const struct sb_kind tenant_kind = {
	.size = sizeof(tenant_kind),
	.name = "tenant",
	.path = "tenancy/tenants",
	.object_type = "tenancy.tenant",
	.natural = tenant_natural,
	.flags = SB_KIND_OWNED, /* carries stagebox_key; may be pruned */
	SB_TABLE(field, tenant_fields),
};

/* Fetch: send requests, and put rows. If a part cannot be read, declare it unknown: an object
 * without a row in a collection that was read counts as vanished. */

static int pools_unknown(struct sb_stage_run *stage, const char *prefix, const struct sb_error *why,
			 struct sb_error *err)
{
	struct sb_error reason = SB_ERROR_INIT;

	if (why)
		reason = *why;
	else
		sb_fail(&reason, SB_E_SHAPE, "the answer has an unexpected structure");
	sb_context(&reason, reason.code, "%s",
		   *prefix ? "members of the pool" : "the list of pools");
	if (sb_rows_unknown(stage, SOURCE, prefix, &reason) < 0)
		return sb_fail(err, SB_E_NOMEM, "%s: out of memory", prefix);
	return 0; /* a failed request does not fail the stage */
}

/* The answer for one pool with its members; key is the key of its tenant. */
static int on_pool(struct sb_stage_run *stage, const char *key, const json_t *data,
		   const struct sb_error *why, void *arg, struct sb_error *err)
{
	const json_t *pool = json_array_get(data, 0), *member; /* borrowed, as all of data */
	const json_t *members = json_object_get(pool, "members");
	const char *name = sb_json_str(pool, "poolid"), *comment = sb_json_str(pool, "comment");
	json_int_t guests = 0;
	size_t i;

	(void)arg;
	if (!name || !json_is_array(members))
		return pools_unknown(stage, key, why, err);
	json_array_foreach (members, i, member) {
		guests += json_object_get(member, "vmid") != NULL; /* storages are members too */
	}
	if (guests < sb_opt_int(stage, "min_guests"))
		return 0;
	return sb_row_put(stage, SOURCE,
			  json_pack("{s:s, s:s, s:I}", "name", name, "comment",
				    comment ? comment : "", "guests", guests),
			  err, "%s", key);
}

static int on_pools(struct sb_stage_run *stage, const char *key, const json_t *data,
		    const struct sb_error *why, void *arg, struct sb_error *err)
{
	const json_t *pool;
	char pool_key[512];
	size_t i;
	int rc = 0;

	(void)arg;
	if (!json_is_array(data))
		return pools_unknown(stage, "", why, err);
	json_array_foreach (data, i, pool) {
		const char *name = sb_json_str(pool, "poolid");

		if (!name)
			return pools_unknown(stage, "", NULL, err);
		snprintf(pool_key, sizeof(pool_key), "%s%s", key, name);
		rc = sb_pve_ask(stage, on_pool, NULL, pool_key, SB_PVE_INLINE, err,
				"/pools?poolid=%s", name);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* The prefix of all keys of this module: "lab/pool/". */
static void write_prefix(const struct sb_stage_run *stage, char *ret_prefix, size_t room)
{
	snprintf(ret_prefix, room, "%s/pool/", sb_run_endpoint(stage));
}

static int fetch_pools(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;
	char prefix[256];
	int rc = sb_rows_read(stage, SOURCE); /* a cluster may have no pools */

	(void)arg;
	/* Without this privilege Proxmox VE filters the list and does not report an error. */
	if (!rc && sb_pve_may(stage, "/pool", "Pool.Audit") != 1) {
		sb_fail(&why, SB_E_FORBIDDEN,
			"the token lacks Pool.Audit on /pool: pools may be hidden");
		rc = pools_unknown(stage, "", &why, err);
	}
	write_prefix(stage, prefix, sizeof(prefix));
	return rc < 0 ? rc
		      : sb_pve_ask(stage, on_pools, NULL, prefix, SB_PVE_INLINE, err, "/pools");
}

/* Diff: describe the desired objects. It is a pure function of rows and options. */

static int want_tenant(struct sb_stage_run *stage, const char *key, const json_t *row,
		       struct sb_want *want, void *arg, struct sb_error *err)
{
	const char *name = sb_json_str(row, "name"), *const *group = arg;
	sb_autofree char *slug = sb_slug(name);
	int64_t guests = 0;
	char comments[64];

	(void)stage;
	if (!slug)
		return sb_fail(err, SB_E_NOMEM, "%s: out of memory", key);
	sb_json_int(row, "guests", &guests);
	snprintf(comments, sizeof(comments), "Guests in this pool: %lld", (long long)guests);
	sb_want_str(want, "name", name);
	sb_want_str(want, "slug", slug);
	sb_want_ref(want, "group", "tenant-group", *group);
	sb_want_str(want, "description", sb_json_str(row, "comment"));
	sb_want_str(want, "comments", comments);
	return 0; /* the want stores the first failure of a setter */
}

/* Names of tenants are unique within their group, so each endpoint has its own group. */
static int demand_group(struct sb_stage_run *stage, const char **ret_key, struct sb_error *err)
{
	char name[100];
	sb_autofree char *slug = NULL;
	json_t *fields;

	snprintf(name, sizeof(name), "%s %s", sb_opt_str(stage, "group"), sb_run_endpoint(stage));
	slug = sb_slug(name);
	fields = slug ? json_pack("{s:s, s:s}", "name", name, "slug", slug) : NULL;
	if (!fields)
		return sb_fail(err, SB_E_NOMEM, "group of tenants: out of memory");
	return sb_shared(stage, "tenant-group", fields, ret_key, err);
}

static int diff_pools(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	const char *group = NULL;
	char prefix[256];
	struct sb_reconcile reconcile = {
		.size = sizeof(reconcile),
		.kind = "tenant",
		.source = SOURCE,
		.prefix = prefix,
		.want = want_tenant,
		.arg = &group,
	};
	int rc = demand_group(stage, &group, err);

	(void)arg;
	write_prefix(stage, prefix, sizeof(prefix));
	return rc < 0 ? rc : sb_reconcile(stage, &reconcile, err);
}

/* The definition of the module. */

static const struct sb_opt options[] = {
	{.name = "group",
	 .type = SB_OPT_STR,
	 .dflt = "Proxmox",
	 .help = "the name of the tenant group, to which the endpoint is appended"},
	{.name = "min_guests",
	 .type = SB_OPT_INT,
	 .dflt = "0",
	 .max = 1000000,
	 .help = "a pool with fewer guests gets no tenant"},
	{0},
};

/* The fields that this module writes, of the objects with keys like "lab/pool/web", and the kinds
 * that it only refers to. Each kind is read once for all stages. */
static const char *const tenant_fields_written[] = {"name",        "slug",     "group",
						    "description", "comments", NULL};
static const struct sb_write writes[] = {
	{.kind = "tenant", .fields = tenant_fields_written, .keys = "*/pool/"},
	{0},
};
static const struct sb_read reads[] = {
	{.kind = "tenant-group"},
	{0},
};

static const struct sb_stage tenants = {
	.size = sizeof(tenants),
	.name = "example.tenants",
	SB_TABLE(write, writes),
	SB_TABLE(read, reads),
	.fetch = fetch_pools,
	.diff = diff_pools,
};

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	int rc = sb_kind_add(ctx, &group_kind, err);

	(void)ret_state;
	if (!rc)
		rc = sb_kind_add(ctx, &tenant_kind, err);
	return rc < 0 ? rc : sb_stage_add(ctx, &tenants, err);
}

SB_MODULE(example, .version = "0.1.0", .summary = "Resource pools as tenants",
	  SB_TABLE(option, options), .start = start_module)
