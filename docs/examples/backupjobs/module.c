/* SPDX-License-Identifier: Apache-2.0 */
/* Module backupjobs: the backup jobs of Proxmox VE, as parts of their cluster. NetBox has no model
 * for them, so they are a kind with a home. */
#include <stdio.h>
#include <stdlib.h>

#include <stagebox/conf.h>
#include <stagebox/home.h>
#include <stagebox/json.h>
#include <stagebox/pve.h>
#include <stagebox/reconcile.h>

#define KIND   "backup-job"
#define SOURCE "backupjobs-job" /* the rows that fetch_jobs() puts and diff_jobs() reads */

/* The kind. The number of a field is its own for ever; the title is the only text that people may
 * want to word in another way. */
static const struct sb_home_field job_fields[] = {
	{.name = "title",
	 .id = 1,
	 .label = "Title",
	 .type = SB_FIELD_TEXT,
	 .policy = SB_POLICY_IF_UNCHANGED,
	 .traits = SB_TRAIT_TITLE},
	{.name = "cluster",
	 .id = 2,
	 .label = "Cluster",
	 .type = SB_FIELD_REF,
	 .kind = "cluster",
	 .traits = SB_TRAIT_NEEDED},
	{.name = "schedule", .id = 3, .label = "Schedule", .type = SB_FIELD_TEXT},
	{.name = "storage", .id = 4, .label = "Storage", .type = SB_FIELD_TEXT},
	{.name = "mode", .id = 5, .label = "Mode", .type = SB_FIELD_TEXT},
	{.name = "enabled", .id = 6, .label = "Enabled", .type = SB_FIELD_BOOL},
	{.name = "selection", .id = 7, .label = "Selection", .type = SB_FIELD_JSON},
	{0},
};
static const struct sb_home job_home = {
	.size = sizeof(job_home),
	.kind = KIND,
	.label = "Backup job",
	.labels = "Backup jobs",
	.description = "Backup jobs of Proxmox VE",
	.parent = "cluster",
	.custom_field = "stagebox_backupjobs",
	SB_TABLE(field, job_fields),
};

/* Fetch: one list, with all members of each job. Proxmox VE does not filter it: a token without
 * Sys.Audit on / is refused. */

/* Below the prefix, which is empty or the key of one job, nothing is known: the objects stay. */
static int jobs_unknown(struct sb_stage_run *stage, const char *prefix, const struct sb_error *why,
			struct sb_error *err)
{
	if (sb_rows_unknown(stage, SOURCE, prefix, why) < 0)
		return sb_fail(err, SB_E_NOMEM, "backup jobs: out of memory");
	return 0; /* a failed request does not fail the stage */
}

static int jobs_malformed(struct sb_stage_run *stage, const char *prefix, const char *what,
			  struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;

	sb_fail(&why, SB_E_SHAPE, "GET /cluster/backup: %s", what);
	return jobs_unknown(stage, prefix, &why, err);
}

static int compare_vmids(const void *a, const void *b)
{
	unsigned long x = *(const unsigned long *)a, y = *(const unsigned long *)b;

	return (x > y) - (x < y);
}

/* The VMIDs of a member like "102,101" or 101, sorted and each once; a new array, or NULL when the
 * member has another structure. */
static json_t *read_vmids(const json_t *job, const char *member)
{
	const json_t *value = json_object_get(job, member);
	const char *text = sb_json_str(job, member);
	sb_autofree unsigned long *vmids = NULL;
	sb_autojson *list = json_array();
	size_t count = 0, i;

	if (json_is_integer(value) && json_integer_value(value) > 0)
		return json_pack("[O]", value);
	if (!text || !list)
		return NULL;
	vmids = malloc((strlen(text) / 2 + 1) * sizeof(*vmids)); /* a digit and a separator each */
	if (!vmids)
		return NULL;
	for (text += strspn(text, ",; "); *text; text += strspn(text, ",; ")) {
		size_t length = strspn(text, "0123456789");

		if (!length || length > 9)
			return NULL;
		vmids[count++] = strtoul(text, NULL, 10);
		text += length;
		if (*text && !strchr(",; ", *text))
			return NULL;
	}
	qsort(vmids, count, sizeof(*vmids), compare_vmids);
	for (i = 0; i < count; i++) {
		if (i && vmids[i] == vmids[i - 1])
			continue;
		if (json_array_append_new(list, json_integer((json_int_t)vmids[i])) < 0)
			return NULL;
	}
	return sb_steal(list);
}

/* The selection of a job is one of {"pool": P}, {"all": true}, perhaps with "exclude", or {"vmid":
 * [...]}; each with "node" when it runs on that node only. A new object, or NULL when the job has
 * another structure. */
static json_t *read_selection(const json_t *job)
{
	const char *pool = sb_json_str(job, "pool"), *node = sb_json_str(job, "node");
	const char *exclude = sb_json_str(job, "exclude");
	bool has_exclude = json_object_get(job, "exclude") && !(exclude && !*exclude);
	sb_autojson *selection = json_object();
	int rc;

	if (pool && *pool) {
		rc = json_object_set_new(selection, "pool", json_string(pool));
	} else if (sb_json_bool(job, "all", false)) {
		rc = json_object_set_new(selection, "all", json_true());
		if (!rc && has_exclude)
			rc = json_object_set_new(selection, "exclude", read_vmids(job, "exclude"));
	} else {
		rc = json_object_set_new(selection, "vmid", read_vmids(job, "vmid"));
	}
	if (!rc && node && *node)
		rc = json_object_set_new(selection, "node", json_string(node));
	return rc < 0 ? NULL : sb_steal(selection);
}

/* Put the row of one job: its fields as they will be in NetBox. */
static int put_job(struct sb_stage_run *stage, const char *prefix, const char *id,
		   const json_t *job, struct sb_error *err)
{
	const char *comment = sb_json_str(job, "comment");
	json_t *title = sb_json_text(comment && *comment ? comment : id, 200);
	json_t *selection = read_selection(job);
	json_t *row;
	char key[512];

	snprintf(key, sizeof(key), "%s%s", prefix, id);
	if (!title || !selection) {
		json_decref(title);
		json_decref(selection);
		return jobs_malformed(stage, key, "the job selects guests in an unknown form", err);
	}
	row = json_pack("{s:o, s:s?, s:s?, s:s?, s:b, s:o}", "title", title, "schedule",
			sb_json_str(job, "schedule"), "storage", sb_json_str(job, "storage"),
			"mode", sb_json_str(job, "mode"), "enabled",
			(int)sb_json_bool(job, "enabled", true), "selection", selection);
	return sb_row_put(stage, SOURCE, row, err, "%s", key);
}

static int on_jobs(struct sb_stage_run *stage, const char *prefix, const json_t *data,
		   const struct sb_error *why, void *arg, struct sb_error *err)
{
	const json_t *job; /* borrowed, as all of data */
	size_t i;
	int rc = 0;

	(void)arg;
	if (why)
		return jobs_unknown(stage, "", why, err);
	if (!json_is_array(data))
		return jobs_malformed(stage, "", "the answer is not a list", err);
	json_array_foreach (data, i, job) {
		const char *id = sb_json_str(job, "id");

		rc = id && *id ? put_job(stage, prefix, id, job, err)
			       : jobs_malformed(stage, "", "a job has no id", err);
		if (rc < 0)
			break;
	}
	return rc;
}

/* The prefix of all keys of this module: "lab/backup-job/". */
static void write_prefix(const struct sb_stage_run *stage, char *ret_prefix, size_t room)
{
	snprintf(ret_prefix, room, "%s/" KIND "/", sb_run_endpoint(stage));
}

static int fetch_jobs(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	char prefix[256];
	int rc = sb_rows_read(stage, SOURCE); /* a cluster may have no jobs */

	(void)arg;
	if (rc < 0)
		return rc;
	write_prefix(stage, prefix, sizeof(prefix));
	return sb_pve_ask(stage, on_jobs, NULL, prefix, SB_PVE_INLINE, err, "/cluster/backup");
}

/* Diff: describe the desired objects. It is a pure function of rows. */

/* Without a value the server's own default applies, which the list does not say. */
static void want_text(struct sb_want *want, const char *field, const json_t *row)
{
	const char *text = sb_json_str(row, field);

	if (text && *text)
		sb_want_str(want, field, text);
	else
		sb_want_null(want, field);
}

static int want_job(struct sb_stage_run *stage, const char *key, const json_t *row,
		    struct sb_want *want, void *arg, struct sb_error *err)
{
	(void)stage, (void)key, (void)err;
	sb_want_str(want, "title", sb_json_str(row, "title"));
	sb_want_ref(want, "cluster", "cluster", arg);
	want_text(want, "schedule", row);
	want_text(want, "storage", row);
	want_text(want, "mode", row);
	sb_want_bool(want, "enabled", json_is_true(json_object_get(row, "enabled")));
	sb_want_set(want, "selection", json_incref(json_object_get(row, "selection")));
	return 0; /* the want stores the first failure of a setter */
}

static int diff_jobs(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	char prefix[256], cluster[256]; /* "lab/cluster": the key of the module "cluster" */
	struct sb_reconcile reconcile = {
		.size = sizeof(reconcile),
		.kind = KIND,
		.source = SOURCE,
		.prefix = prefix,
		.want = want_job,
		.arg = cluster,
	};

	(void)arg;
	write_prefix(stage, prefix, sizeof(prefix));
	snprintf(cluster, sizeof(cluster), "%s/cluster", sb_run_endpoint(stage));
	return sb_reconcile(stage, &reconcile, err);
}

/* The definition of the module. */

static const char *const after[] = {"?cluster.cluster", NULL};
static const char *const written[] = {"title", "cluster", "schedule",  "storage",
				      "mode",  "enabled", "selection", NULL};
static const struct sb_write writes[] = {
	{.kind = KIND, .fields = written, .keys = "*/" KIND "/"},
	{0},
};
static const struct sb_read reads[] = {
	{.kind = "cluster"},
	{0},
};
static const struct sb_need needs[] = {
	{.path = "/", .privilege = "Sys.Audit", .use = "backup jobs"},
	{0},
};
static const struct sb_stage jobs = {
	.size = sizeof(jobs),
	.name = "backupjobs.jobs",
	.after = after,
	SB_TABLE(write, writes),
	SB_TABLE(read, reads),
	SB_TABLE(need, needs),
	.fetch = fetch_jobs,
	.diff = diff_jobs,
};

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	int rc = sb_home_add(ctx, &job_home, err);

	(void)ret_state;
	return rc < 0 ? rc : sb_stage_add(ctx, &jobs, err);
}

SB_MODULE(backupjobs, .version = "0.1.0", .summary = "Backup jobs as parts of their cluster",
	  .start = start_module)
