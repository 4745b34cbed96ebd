/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the plugin netbox-branching: branches, their jobs, events and diffs. */
#include "branching.h"

#include <stdlib.h>
#include <string.h>

static const struct nb_choice branch_statuses[] = {
	{"new", "New", 0},
	{"provisioning", "Provisioning", 0},
	{"ready", "Ready", 0},
	{"syncing", "Syncing", 0},
	{"migrating", "Migrating", 0},
	{"merging", "Merging", 0},
	{"reverting", "Reverting", 0},
	{"merged", "Merged", 0},
	{"archived", "Archived", 0},
	{"pending-migrations", "Pending Migrations", 0},
	{"failed", "Failed", 0},
	{NULL, NULL, 0},
};

static const struct nb_choice job_statuses[] = {
	{"pending", "Pending", 0}, {"scheduled", "Scheduled", 0},
	{"running", "Running", 0}, {"completed", "Completed", 0},
	{"errored", "Errored", 0}, {"failed", "Failed", 0},
	{NULL, NULL, 0},
};

static const struct nb_choice event_types[] = {
	{"provisioned", "Provisioned", 0},
	{"synced", "Synced", 0},
	{"migrated", "Migrated", 0},
	{"merged", "Merged", 0},
	{"reverted", "Reverted", 0},
	{"archived", "Archived", 0},
	{NULL, NULL, 0},
};

static const struct nb_choice actions[] = {
	{"create", "Created", 0},
	{"update", "Updated", 0},
	{"delete", "Deleted", 0},
	{NULL, NULL, 0},
};

/* Clients read computed fields; the hidden ones beside them have the values. */
static const struct nb_field branch_fields[] = {
	{.name = "name",
	 .kind = NB_STR,
	 .flags = NB_REQUIRED,
	 .initial = "\"\"",
	 .max_length = 100},
	{.name = "status", .kind = NB_COMPUTED},
	{.name = "owner", .kind = NB_COMPUTED},
	{.name = "description",
	 .kind = NB_STR,
	 .flags = NB_BLANK,
	 .initial = "\"\"",
	 .max_length = 200},
	{.name = "schema_id", .kind = NB_COMPUTED},
	{.name = "last_sync", .kind = NB_COMPUTED},
	{.name = "merged_time", .kind = NB_COMPUTED},
	{.name = "merged_by", .kind = NB_COMPUTED},
	{.name = "comments", .kind = NB_STR, .flags = NB_BLANK, .initial = "\"\""},
	{.name = "tags", .kind = NB_TAGS},
	{.name = "custom_fields", .kind = NB_CUSTOM},
	{.name = "_status",
	 .kind = NB_CHOICE,
	 .flags = NB_HIDDEN,
	 .choices = branch_statuses,
	 .initial = "\"new\""},
	{.name = "_owner", .kind = NB_INT, .flags = NB_HIDDEN},
	{.name = "_schema_id", .kind = NB_STR, .flags = NB_HIDDEN, .initial = "\"\""},
	{.name = "_last_sync", .kind = NB_TIME, .flags = NB_HIDDEN},
	{.name = "_merged_time", .kind = NB_TIME, .flags = NB_HIDDEN},
	{.name = "_merged_by", .kind = NB_INT, .flags = NB_HIDDEN},
	{.name = NULL},
};

static const struct nb_field job_fields[] = {
	{.name = "object_type", .kind = NB_STR, .initial = "\"netbox_branching.branch\""},
	{.name = "object_id", .kind = NB_INT},
	{.name = "object", .kind = NB_COMPUTED},
	{.name = "name", .kind = NB_STR, .initial = "\"\""},
	{.name = "status", .kind = NB_CHOICE, .choices = job_statuses, .initial = "\"pending\""},
	{.name = "created", .kind = NB_TIME},
	{.name = "scheduled", .kind = NB_TIME},
	{.name = "interval", .kind = NB_INT},
	{.name = "started", .kind = NB_TIME},
	{.name = "completed", .kind = NB_TIME},
	{.name = "user", .kind = NB_COMPUTED},
	{.name = "data", .kind = NB_JSON},
	{.name = "error", .kind = NB_STR, .initial = "\"\""},
	{.name = "job_id", .kind = NB_STR, .initial = "\"\""},
	{.name = "queue_name", .kind = NB_STR, .initial = "\"default\""},
	{.name = "log_entries", .kind = NB_JSON, .initial = "[]"},
	{.name = "_user", .kind = NB_INT, .flags = NB_HIDDEN},
	{.name = "_commit", .kind = NB_BOOL, .flags = NB_HIDDEN, .initial = "true"},
	{.name = "_started_us", .kind = NB_INT, .flags = NB_HIDDEN, .initial = "0"},
	{.name = NULL},
};

static const struct nb_field event_fields[] = {
	{.name = "time", .kind = NB_TIME},
	{.name = "branch", .kind = NB_COMPUTED},
	{.name = "user", .kind = NB_COMPUTED},
	{.name = "type", .kind = NB_CHOICE, .choices = event_types},
	{.name = "_branch", .kind = NB_INT, .flags = NB_HIDDEN},
	{.name = "_user", .kind = NB_INT, .flags = NB_HIDDEN},
	{.name = NULL},
};

static const struct nb_field diff_fields[] = {
	{.name = "branch", .kind = NB_COMPUTED},
	{.name = "object_type", .kind = NB_STR, .initial = "\"\""},
	{.name = "object_id", .kind = NB_INT},
	{.name = "object", .kind = NB_COMPUTED},
	{.name = "object_repr", .kind = NB_STR, .initial = "\"\""},
	{.name = "action", .kind = NB_CHOICE, .choices = actions, .initial = "\"create\""},
	{.name = "conflicts", .kind = NB_JSON},
	{.name = "diff", .kind = NB_COMPUTED},
	{.name = "original_data", .kind = NB_JSON},
	{.name = "modified_data", .kind = NB_JSON},
	{.name = "current_data", .kind = NB_JSON},
	{.name = "_branch", .kind = NB_INT, .flags = NB_HIDDEN},
	{.name = "_key", .kind = NB_STR, .flags = NB_HIDDEN, .initial = "\"\""},
	{.name = "_conflicts", .kind = NB_BOOL, .flags = NB_HIDDEN, .initial = "false"},
	{.name = NULL},
};

static const struct nb_key branch_keys[] = {
	{"name", NB_KEY_FIELD, NULL},
	{NULL, NB_KEY_LOOKUP, NULL},
};

static const struct nb_key diff_keys[] = {
	{"_key", NB_KEY_LOOKUP, NULL},
	{NULL, NB_KEY_LOOKUP, NULL},
};

static json_t *nested_row(struct lab_netbox *nb, const struct nb_table *table, int64_t id)
{
	const struct nb_object *row = nb_find(table, id);

	return row ? nb_nested(nb, row, NULL) : json_null();
}

static json_t *nested_user(struct lab_netbox *nb, const struct nb_object *row, const char *field)
{
	return nested_row(nb, nb_table(nb, "users.user"), nb_int(row, field));
}

static json_t *compute_branch(struct lab_netbox *nb, const struct nb_object *row,
			      const struct nb_field *field)
{
	char hidden[32];
	int at;

	snprintf(hidden, sizeof(hidden), "_%s", field->name);
	at = nb_field(row->table, hidden);
	if (row->table->fields[at].kind == NB_INT)
		return nested_user(nb, row, hidden);
	if (row->table->fields[at].kind == NB_CHOICE)
		return nb_choice_output(&row->table->fields[at], nb_text(row, hidden));
	return json_incref(row->values[at]);
}

/* Draw a schema id; the number of the branch is the seed. */
static void save_branch(struct nb_write *write)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	struct nb_branching *own = write->nb->branching;
	char text[9] = "";
	size_t i;

	if (write->old)
		return;
	own->n_schemas++;
	for (i = 0; i < sizeof(text) - 1; i++)
		text[i] = set[nb_mix(0x736368656d61u + i, own->n_schemas) % (sizeof(set) - 1)];
	nb_put_take(write->nb, write->object, "_schema_id", json_string(text));
	nb_put_take(write->nb, write->object, "_owner", json_integer(write->call->user->id));
}

static json_t *compute_job(struct lab_netbox *nb, const struct nb_object *row,
			   const struct nb_field *field)
{
	if (sb_streq(field->name, "user"))
		return nested_user(nb, row, "_user");
	return nested_row(nb, &nb->branching->branches, nb_int(row, "object_id"));
}

static json_t *compute_event(struct lab_netbox *nb, const struct nb_object *row,
			     const struct nb_field *field)
{
	if (sb_streq(field->name, "user"))
		return nested_user(nb, row, "_user");
	return nested_row(nb, &nb->branching->branches, nb_int(row, "_branch"));
}

/* The members of one image that differ from the original in another one. */
static json_t *altered_members(const json_t *original, const json_t *modified,
			       const json_t *current, const json_t *of)
{
	json_t *out = json_object(), *value;
	const char *key;

	json_object_foreach ((json_t *)(uintptr_t)original, key, value) {
		const json_t *own = json_object_get(modified, key);
		const json_t *other = json_object_get(current, key);

		if ((own && !json_equal(own, value)) || (other && !json_equal(other, value)))
			json_object_set(out, key, json_object_get(of, key));
	}
	return out;
}

static json_t *compute_diff(struct lab_netbox *nb, const struct nb_object *row,
			    const struct nb_field *field)
{
	const struct nb_branch *branch = nb_branch_find(nb, nb_int(row, "_branch"));
	const json_t *original = nb_get(row, "original_data");
	const json_t *modified = nb_get(row, "modified_data");
	const json_t *current = nb_get(row, "current_data");
	struct lab_netbox *in = branch && branch->copy ? branch->copy : nb;
	const struct nb_table *table;

	if (sb_streq(field->name, "branch"))
		return nested_row(nb, &nb->branching->branches, nb_int(row, "_branch"));
	if (sb_streq(field->name, "diff"))
		return json_pack("{s:o, s:o, s:o}", "original",
				 altered_members(original, modified, current, original), "modified",
				 altered_members(original, modified, current, modified), "current",
				 altered_members(original, modified, current, current));
	table = nb_table(in, nb_text(row, "object_type"));
	return table ? nested_row(in, table, nb_int(row, "object_id")) : json_null();
}

static void display_event(const struct lab_netbox *nb, const struct nb_object *row,
			  struct sb_buf *out)
{
	(void)nb;
	sb_buf_addf(out, "BranchEvent object (%u)", row->id);
}

static void display_diff(const struct lab_netbox *nb, const struct nb_object *row,
			 struct sb_buf *out)
{
	(void)nb;
	sb_buf_addf(out, "%s %s %s (%lld)", nb_text(row, "action"), nb_text(row, "object_type"),
		    nb_text(row, "object_repr"), (long long)nb_int(row, "object_id"));
}

static const struct nb_rules branch_rules = {.computed = compute_branch, .save = save_branch};
static const struct nb_rules job_rules = {.computed = compute_job};
static const struct nb_rules event_rules = {.display = display_event, .computed = compute_event};
static const struct nb_rules diff_rules = {.display = display_diff, .computed = compute_diff};

static const struct nb_model branch_model = {.type = "netbox_branching.branch",
					     .path = NB_BRANCHING_PATH "branches",
					     .class = "Branch",
					     .verbose = "branch",
					     .ordering = "name",
					     .brief = "id url display name status description",
					     .natural = "name",
					     .fields = branch_fields,
					     .keys = branch_keys,
					     .rules = &branch_rules,
					     .is_plain = true,
					     .without = "display_url"};

static const struct nb_model job_model = {.type = "core.job",
					  .path = "core/jobs",
					  .class = "Job",
					  .verbose = "job",
					  .ordering = "-id",
					  .brief = "id url display status created completed user",
					  .natural = "job_id",
					  .fields = job_fields,
					  .rules = &job_rules,
					  .read_only = true,
					  .no_log = true};

static const struct nb_model event_model = {.type = "netbox_branching.branchevent",
					    .path = NB_BRANCHING_PATH "branch-events",
					    .class = "BranchEvent",
					    .verbose = "branch event",
					    .ordering = "-id",
					    .brief = "id url display",
					    .natural = "time",
					    .fields = event_fields,
					    .rules = &event_rules,
					    .read_only = true,
					    .no_log = true,
					    .without = "display_url"};

static const struct nb_model diff_model = {
	.type = "netbox_branching.changediff",
	.path = NB_BRANCHING_PATH "changes",
	.class = "ChangeDiff",
	.verbose = "change diff",
	.ordering = "-last_updated",
	.brief = "id url display object_type object_id object_repr action",
	.natural = "_key",
	.fields = diff_fields,
	.keys = diff_keys,
	.rules = &diff_rules,
	.read_only = true,
	.without = "display_url created"};

/* These tables have no references, which tables of NetBox would have to know. */
static int fill_table(struct nb_table *table, const struct nb_model *model)
{
	size_t i;

	for (i = 0; i < NB_MAX_FIELDS; i++)
		table->out[i] = -1;
	return nb_table_fill(table, model);
}

int nb_branching_create(struct lab_netbox *nb)
{
	struct nb_branching *own = nb->branching;

	if (own)
		return 0;
	own = calloc(1, sizeof(*own));
	if (!own)
		return -1;
	own->next_job = 1;
	nb->branching = own;
	if (fill_table(&own->branches, &branch_model) < 0 ||
	    fill_table(&own->jobs, &job_model) < 0 || fill_table(&own->events, &event_model) < 0 ||
	    fill_table(&own->diffs, &diff_model) < 0)
		return -1;
	return 0;
}

static void destroy_branch(struct nb_branch *branch)
{
	nb_branch_drop_copy(branch);
	json_decref(branch->applied);
	free(branch);
}

void nb_branching_destroy(struct lab_netbox *nb)
{
	struct nb_branching *own = nb->branching;

	if (!own)
		return;
	while (own->list) {
		struct nb_branch *branch = own->list;

		own->list = branch->next;
		destroy_branch(branch);
	}
	nb_table_drop(nb, &own->branches);
	nb_table_drop(nb, &own->jobs);
	nb_table_drop(nb, &own->events);
	nb_table_drop(nb, &own->diffs);
	free(own->exempt);
	free(own->not_apart);
	free(own);
	nb->branching = NULL;
}

struct nb_branch *nb_branch_find(const struct lab_netbox *nb, int64_t id)
{
	struct nb_branch *branch = nb->branching->list;

	while (branch && branch->id != id)
		branch = branch->next;
	return branch;
}

struct nb_object *nb_branch_row(const struct nb_branch *branch)
{
	return nb_find(&branch->main->branching->branches, branch->id);
}

const char *nb_branch_status(const struct nb_branch *branch)
{
	return nb_text(nb_branch_row(branch), "_status");
}

bool nb_branch_is(const struct nb_branch *branch, const char *status)
{
	return sb_streq(nb_branch_status(branch), status);
}

void nb_branch_set_status(struct nb_branch *branch, const char *status)
{
	nb_put_take(branch->main, nb_branch_row(branch), "_status", json_string(status));
}

void nb_put_time(struct lab_netbox *nb, struct nb_object *row, const char *field, int64_t now_us)
{
	char text[40];

	nb_time_text(now_us, "Z", text);
	nb_put_take(nb, row, field, json_string(text));
}

void nb_branch_event(struct nb_branch *branch, const char *type, int64_t user, int64_t now_us)
{
	struct lab_netbox *nb = branch->main;
	struct nb_object *row = nb_insert(nb, &nb->branching->events);

	if (!row)
		return;
	nb_put_time(nb, row, "time", now_us);
	nb_put_take(nb, row, "type", json_string(type));
	nb_put_take(nb, row, "_branch", json_integer(branch->id));
	nb_put_take(nb, row, "_user", json_integer(user));
}

static void remove_rows_of(struct lab_netbox *nb, struct nb_table *table, uint32_t branch)
{
	uint32_t id;

	for (id = 1; id < table->next_id; id++)
		if (table->rows[id] && nb_int(table->rows[id], "_branch") == branch)
			nb_remove(nb, table->rows[id]);
}

void nb_branch_forget(struct lab_netbox *nb, uint32_t id)
{
	struct nb_branch **link = &nb->branching->list, *branch;

	while (*link && (*link)->id != id)
		link = &(*link)->next;
	branch = *link;
	if (!branch)
		return;
	*link = branch->next;
	destroy_branch(branch);
	remove_rows_of(nb, &nb->branching->events, id);
	remove_rows_of(nb, &nb->branching->diffs, id);
	nb_commit(nb);
}
