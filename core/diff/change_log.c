/* SPDX-License-Identifier: Apache-2.0 */
/* The change log of NetBox shows what we wrote last, and who made an object. */
#include "diff/change_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "load/writes.h"
#include "model/custom_fields.h"
#include "model/extras.h"
#include "run/question.h"
#include "stagebox/json.h"

enum { MAX_ENTRIES = 100 }; /* of one object, for modules */

/* The ids of tags that the change log names. */
static json_t *find_tag_ids(struct sb_run *run, const json_t *names)
{
	const struct sb_nb_list *tags = sb_snapshot_list(run->snap, SB_KIND_TAG);
	json_t *ids = json_array();
	const json_t *name;
	size_t i;

	json_array_foreach (names, i, name) {
		const char *key = json_is_string(name)
					  ? sb_table_get(tags->names, json_string_value(name))
					  : NULL;
		sb_autojson *row = key ? sb_table_get_json(tags->rows, key) : NULL;

		if (row)
			json_array_append(ids, json_object_get(row, "id"));
	}
	return ids;
}

/* Add members to those of a stage. */
static void credit_stage(json_t *stages, const char *stage, const json_t *members)
{
	if (!json_object_get(stages, stage))
		json_object_set_new(stages, stage, json_array());
	sb_list_add(json_object_get(stages, stage), members);
}

/* May the stage have added members? One that is not loaded may. */
static bool may_add(struct sb_run *run, const struct sb_question *question,
		    const struct sb_kind_field *field, const char *name)
{
	size_t at = sb_run_find_stage(run, name);

	return at == SB_STAGE_SHARED ||
	       sb_stage_writes_field(&sb_registry_stage(run->registry, at)->stage, question->kind,
				     field, question->key);
}

/* Our requests name the stages of which they have values (apply/body.c): "stagebox run 5: one.x,
 * two.y". The stage is not known, "", when there is no such message. */
static void credit_stages(struct sb_run *run, const struct sb_question *question,
			  const struct sb_kind_field *field, const json_t *change,
			  const json_t *members, json_t *stages)
{
	const char *message = sb_json_str(change, "message"), *name = NULL;
	char stage[SB_SET_MEMORY_NAME];
	bool is_known = false;
	size_t len;

	if (!json_array_size(members))
		return;
	if (message && sb_starts_with(message, SB_CHANGE_MESSAGE))
		name = strstr(message, ": ");
	for (name = name ? name + 2 : ""; *name; name += len + strspn(name + len, ", ")) {
		len = strcspn(name, ", ");
		snprintf(stage, sizeof(stage), "%.*s", (int)len, name);
		if (!may_add(run, question, field, stage))
			continue;
		credit_stage(stages, stage, members);
		is_known = true;
	}
	if (!is_known)
		credit_stage(stages, "", members);
}

/* Members that our changes added, by stage, and that no later change lacks; changes are newest
 * first. */
static json_t *find_own_members(struct sb_run *run, const struct sb_question *question,
				const struct sb_kind_field *field, const json_t *changes)
{
	json_t *stages = json_object(), *members;
	size_t i = json_array_size(changes);
	const char *stage;

	while (i--) {
		const json_t *change = json_array_get(changes, i);
		const json_t *pre =
			json_object_get(json_object_get(change, "prechange_data"), field->name);
		const json_t *post =
			json_object_get(json_object_get(change, "postchange_data"), field->name);
		sb_autojson *added = sb_list_without(post, pre);

		json_object_foreach (stages, stage, members) {
			sb_autojson *before = sb_list_common(members, pre);

			json_object_set_new(stages, stage, sb_list_common(before, post));
		}
		credit_stages(run, question, field, change, added, stages);
	}
	return stages;
}

/* Put them under the names of the store (model/set_memory.h). */
static void put_own_tags(struct sb_run *run, const struct sb_question *question,
			 const struct sb_kind_field *field, const json_t *changes, json_t *base)
{
	sb_autojson *stages = find_own_members(run, question, field, changes);
	const char *stage;
	json_t *members;

	json_object_set_new(base, field->name, json_array()); /* of the owner */
	json_object_foreach (stages, stage, members) {
		char name[SB_SET_MEMORY_NAME];

		sb_writes_memory_name(run->registry, question->kind, question->key, field->name,
				      stage, name);
		json_object_set_new(base, name, find_tag_ids(run, members));
	}
}

/* The flat value of a field in a change record. */
static json_t *read_recorded_value(const struct sb_kind_field *field, const json_t *data)
{
	const json_t *value;

	if (field->type == SB_FIELD_OBJECT)
		return NULL;
	if (sb_custom_field_is(field->name))
		data = json_object_get(data, "custom_fields");
	value = json_object_get(data, field->name);
	return value ? sb_value_flat(field, value) : NULL;
}

/* The last key that our user gave an object: a key that it has from others is not ours. */
static void put_last_key(const json_t *changes, json_t *base)
{
	static const struct sb_kind_field field = {.name = "stagebox_key", .type = SB_FIELD_TEXT};
	const json_t *change;
	size_t i;

	json_array_foreach (changes, i, change) {
		sb_autojson *pre =
			read_recorded_value(&field, json_object_get(change, "prechange_data"));
		sb_autojson *post =
			read_recorded_value(&field, json_object_get(change, "postchange_data"));

		if (json_is_string(post) && !json_equal(pre, post)) {
			json_object_set(base, field.name, post);
			return;
		}
	}
}

/* The values that we wrote last: for each field, from the newest of our changes that changed it. */
static json_t *find_last_written(struct sb_run *run, const struct sb_question *question,
				 const json_t *changes)
{
	const struct sb_kind_field *field;
	json_t *base = json_object();
	const json_t *change;
	size_t i;

	for (field = question->kind->fields; field->name; field++) {
		if (field->type == SB_FIELD_TAGS) {
			put_own_tags(run, question, field, changes, base);
			continue;
		}
		json_array_foreach (changes, i, change) {
			const json_t *old = json_object_get(change, "prechange_data");
			sb_autojson *pre = read_recorded_value(field, old);
			sb_autojson *post = read_recorded_value(
				field, json_object_get(change, "postchange_data"));

			if (post && (!json_object_size(old) || !sb_value_same(field, pre, post))) {
				json_object_set(base, field->name, post);
				break;
			}
		}
	}
	put_last_key(changes, base);
	return base;
}

int sb_change_log_put(struct sb_run *run, const struct sb_question *question, const json_t *rows)
{
	sb_autojson *changes = json_array(), *base = NULL;
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		if (json_integer_value(json_object_get(row, "changed_object_id")) ==
		    strtoll(question->text, NULL, 10))
			json_array_append(changes, row);
	}
	base = rows ? find_last_written(run, question, changes) : json_object();
	return base ? sb_table_put_json(run->snap->base, question->key, base) : SB_E_NOMEM;
}

/* The fields that an entry recorded; NULL = none: of what did not exist. */
static json_t *find_fields(const json_t *row, const char *name)
{
	json_t *fields = json_object_get(row, name);

	return json_object_size(fields) ? fields : NULL;
}

static json_t *make_entry(const json_t *row)
{
	const json_t *action = json_object_get(row, "action");

	return json_pack("{s:O?, s:O?, s:O?, s:O?, s:O?, s:O?, s:O?}", "id",
			 json_object_get(row, "id"), "time", json_object_get(row, "time"), "action",
			 json_is_object(action) ? json_object_get(action, "value") : action, "user",
			 json_object_get(row, "user_name"), "request_id",
			 json_object_get(row, "request_id"), "before",
			 find_fields(row, "prechange_data"), "after",
			 find_fields(row, "postchange_data"));
}

static int compare_newest_first(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	json_int_t left = json_integer_value(json_object_get(x, "id"));
	json_int_t right = json_integer_value(json_object_get(y, "id"));

	return left < right ? 1 : left > right ? -1 : 0;
}

void sb_change_log_sort(json_t *rows)
{
	size_t n = json_array_size(rows), i;
	json_t **list = calloc(n + 1, sizeof(*list));

	for (i = 0; list && i < n; i++)
		list[i] = json_incref(json_array_get(rows, i));
	if (list && n) {
		qsort(list, n, sizeof(*list), compare_newest_first);
		json_array_clear(rows);
		for (i = 0; i < n; i++)
			json_array_append_new(rows, list[i]);
	}
	free(list);
}

/* Leave the newest entries. */
static void cut_entries(json_t *entries)
{
	sb_change_log_sort(entries);
	while (json_array_size(entries) > MAX_ENTRIES)
		json_array_remove(entries, json_array_size(entries) - 1);
}

void sb_change_log_keep(json_t *kept, const json_t *row)
{
	char id[32];
	json_t *entries;

	snprintf(id, sizeof(id), "%" JSON_INTEGER_FORMAT,
		 json_integer_value(json_object_get(row, "changed_object_id")));
	entries = json_object_get(kept, id);
	if (!entries)
		return; /* NetBox ignores a filter that it does not know */
	json_array_append_new(entries, make_entry(row));
	if (json_array_size(entries) >= 2 * MAX_ENTRIES)
		cut_entries(entries);
}

int sb_change_log_put_entries(struct sb_run *run, const struct sb_question *question,
			      const json_t *kept, const struct sb_error *why)
{
	json_t *entries = json_object_get(kept, question->text);

	if (why)
		return sb_reason_put(run->snap->log, question->key, why);
	cut_entries(entries);
	return sb_table_put_json(run->snap->log, question->key, entries);
}

void sb_change_log_index(const char *key, const json_t *row, char *ret_id, char *ret_index,
			 size_t room)
{
	snprintf(ret_id, 32, "%" JSON_INTEGER_FORMAT,
		 json_integer_value(json_object_get(row, "id")));
	snprintf(ret_index, room, "%s#%s", key, ret_id);
}

int sb_change_log_ask_key(struct sb_run *run, const struct sb_kind *kind, const char *key,
			  const json_t *row, json_t **ret_key, bool *ret_asked)
{
	sb_autojson *base = NULL;
	char id[32], index[600];
	const char *answer;

	*ret_key = NULL;
	sb_change_log_index(key, row, id, index, sizeof(index));
	answer = sb_table_get(run->snap->base, index);
	if (!answer) {
		*ret_asked = true;
		return sb_question_add(run, SB_ASK_CHANGES, kind, id, index);
	}
	base = json_loads(answer, 0, NULL);
	*ret_key = json_incref(json_object_get(base, "stagebox_key"));
	return 0;
}

int sb_change_log_ask_maker(struct sb_run *run, const struct sb_kind *kind, const json_t *row,
			    const char **ret_made)
{
	char id[32], index[600];

	sb_change_log_index(kind->name, row, id, index, sizeof(index));
	*ret_made = sb_table_get(run->snap->made, index);
	return *ret_made ? 0 : sb_question_add(run, SB_ASK_MADE, kind, id, index);
}
