/* SPDX-License-Identifier: Apache-2.0 */
/* The diffs of a branch: one for each object that it has changed, compared with main. */
#include "branching.h"

#include <stdio.h>
#include <string.h>

static void make_key(const struct nb_branch *branch, const char *type, int64_t id, char out[192])
{
	snprintf(out, 192, "%u/%s/%lld", branch->id, type, (long long)id);
}

struct nb_object *nb_diff_find(const struct nb_branch *branch, const char *type, int64_t object_id)
{
	const struct nb_entry *entry = NULL;
	char key[192];

	make_key(branch, type, object_id, key);
	return nb_keys_find(branch->main, &branch->main->branching->diffs, "_key", key, &entry);
}

/* One of the images of a change, as the change log shows it; null without one. */
static json_t *change_image(const struct lab_netbox *nb, const struct nb_object *row, bool after)
{
	const struct nb_change *change = row->change;
	json_t *const *values = change->table ? (after ? change->after : change->before) : NULL;

	if (!change->table)
		return json_incref(change->shown[after]);
	return values ? nb_image_json(nb, change->table, values) : json_null();
}

static json_t *object_image(const struct lab_netbox *nb, const char *type, int64_t id)
{
	const struct nb_table *table = nb_table(nb, type);
	const struct nb_object *object = table ? nb_find(table, id) : NULL;

	return object ? nb_image_json(nb, table, object->values) : json_null();
}

static struct nb_object *add_diff(struct nb_branch *branch, const struct nb_object *row)
{
	struct lab_netbox *nb = branch->main;
	const char *type = nb_text(row, "changed_object_type");
	int64_t id = nb_int(row, "changed_object_id");
	struct nb_object *diff = nb_insert(nb, &nb->branching->diffs);
	char key[192];

	if (!diff)
		abort(); /* a change without its diff would hide a conflict */
	make_key(branch, type, id, key);
	nb_put_take(nb, diff, "_key", json_string(key));
	nb_put_take(nb, diff, "_branch", json_integer(branch->id));
	nb_put_take(nb, diff, "object_type", json_string(type));
	nb_put_take(nb, diff, "object_id", json_integer(id));
	nb_put_take(nb, diff, "original_data", change_image(branch->copy, row, false));
	nb_put_take(nb, diff, "current_data", object_image(nb, type, id));
	return diff;
}

static json_t *find_conflicts(const struct nb_object *diff)
{
	const json_t *original = nb_get(diff, "original_data");
	const json_t *modified = nb_get(diff, "modified_data");
	const json_t *current = nb_get(diff, "current_data");
	bool is_update = sb_streq(nb_text(diff, "action"), "update");
	json_t *out = json_array(), *value;
	const char *key;

	if (sb_streq(nb_text(diff, "action"), "create") || (!is_update && json_is_null(current)))
		return out;
	json_object_foreach ((json_t *)(uintptr_t)original, key, value) {
		json_t *own = json_object_get(modified, key);
		json_t *other = json_object_get(current, key);
		bool own_differs = !own || !json_equal(own, value);
		bool other_differs = !other || !json_equal(other, value);
		bool is_same = own && other && json_equal(own, other);

		if (other_differs && (!is_update || (own_differs && !is_same)))
			json_array_append_new(out, json_string(key));
	}
	return out;
}

static void set_conflicts(struct lab_netbox *nb, struct nb_object *diff)
{
	json_t *conflicts = find_conflicts(diff);
	bool has_any = json_array_size(conflicts) > 0;

	nb_put_take(nb, diff, "_conflicts", json_boolean(has_any));
	nb_put_take(nb, diff, "conflicts", has_any ? conflicts : json_null());
	if (!has_any)
		json_decref(conflicts);
}

static void follow_change(struct nb_branch *branch, const struct nb_object *row, int64_t now_us)
{
	struct lab_netbox *nb = branch->main;
	struct nb_object *diff = nb_diff_find(branch, nb_text(row, "changed_object_type"),
					      nb_int(row, "changed_object_id"));
	bool is_new = !diff;

	if (!diff)
		diff = add_diff(branch, row);
	if (is_new || !sb_streq(nb_text(diff, "action"), "create"))
		nb_put_take(nb, diff, "action", json_incref(nb_get(row, "action")));
	nb_put_take(nb, diff, "object_repr", json_incref(nb_get(row, "object_repr")));
	nb_put_take(nb, diff, "modified_data", change_image(branch->copy, row, true));
	set_conflicts(nb, diff);
	nb_stamp(nb, diff, now_us);
}

void nb_diffs_follow(struct nb_branch *branch, int64_t now_us)
{
	const struct nb_table *log = nb_table(branch->copy, "core.objectchange");

	for (; branch->n_seen < log->next_id; branch->n_seen++)
		if (log->rows[branch->n_seen])
			follow_change(branch, log->rows[branch->n_seen], now_us);
}

/* Diffs of a branch that is not ready stay as they are. */
void nb_diffs_refresh(struct nb_branch *branch)
{
	struct lab_netbox *nb = branch->main;
	const struct nb_table *diffs = &nb->branching->diffs;
	uint32_t id;

	if (!nb_branch_is(branch, "ready"))
		return;
	for (id = 1; id < diffs->next_id; id++) {
		struct nb_object *diff = diffs->rows[id];

		if (!diff || nb_int(diff, "_branch") != branch->id)
			continue;
		nb_put_take(
			nb, diff, "current_data",
			object_image(nb, nb_text(diff, "object_type"), nb_int(diff, "object_id")));
		set_conflicts(nb, diff);
	}
}

static json_t *pick_members(const json_t *image, const json_t *names)
{
	json_t *out = json_object(), *name;
	size_t i;

	json_array_foreach (names, i, name) {
		json_t *value = json_object_get(image, json_string_value(name));

		if (value)
			json_object_set(out, json_string_value(name), value);
	}
	return out;
}

static json_t *conflict_json(const struct nb_object *diff)
{
	json_t *names = nb_get(diff, "conflicts");
	int action = nb_field(diff->table, "action");
	char updated[40];

	nb_time_text(diff->updated_us, "Z", updated);
	return json_pack(
		"{s:I, s:O, s:O, s:O, s:o, s:O, s:{s:o, s:o, s:o}, s:s}", "id",
		(json_int_t)diff->id, "object_type", nb_get(diff, "object_type"), "object_id",
		nb_get(diff, "object_id"), "object_repr", nb_get(diff, "object_repr"), "action",
		nb_choice_output(&diff->table->fields[action], nb_text(diff, "action")),
		"conflicts", names, "conflicting_data", "original",
		pick_members(nb_get(diff, "original_data"), names), "branch",
		pick_members(nb_get(diff, "modified_data"), names), "main",
		pick_members(nb_get(diff, "current_data"), names), "last_updated", updated);
}

json_t *nb_diffs_conflicts(struct nb_branch *branch)
{
	const struct nb_table *diffs = &branch->main->branching->diffs;
	json_t *out = json_array();
	uint32_t id;

	nb_diffs_refresh(branch);
	for (id = 1; id < diffs->next_id; id++)
		if (diffs->rows[id] && nb_int(diffs->rows[id], "_branch") == branch->id &&
		    json_is_true(nb_get(diffs->rows[id], "_conflicts")))
			json_array_append_new(out, conflict_json(diffs->rows[id]));
	if (json_array_size(out))
		return out;
	json_decref(out);
	return NULL;
}
