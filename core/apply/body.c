/* SPDX-License-Identifier: Apache-2.0 */
/* Converting flat values to request bodies. */
#include "apply/body.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/item.h"
#include "base/buf.h"
#include "model/extras.h"
#include "model/custom_fields.h"
#include "model/journal.h"
#include "model/set_memory.h"
#include "run/policies.h"
#include "run/required.h"
#include "stagebox/json.h"

int64_t sb_apply_id(const struct sb_apply *apply, const char *kind, const char *key)
{
	const struct sb_nb_list *list;
	int64_t id;

	if (sb_map_get(apply->ids, key, &id))
		return id;
	list = sb_snapshot_list(apply->run->snap, kind);
	id = list ? sb_table_id(list->rows, key) : 0;
	if (!id && apply->run->diff)
		id = sb_table_id(apply->run->diff->adopted, key);
	return id;
}

void sb_apply_note_id(struct sb_apply *apply, const char *key, int64_t id)
{
	if (sb_map_put(apply->ids, key, id) < 0)
		apply->failed_rc = SB_E_NOMEM;
}

/* A value with every {"$ref": key} replaced by its id; NULL when an id is not known. */
static json_t *resolve_refs(const struct sb_apply *apply, const struct sb_kind_field *field,
			    const json_t *value, const char **ret_missing)
{
	const char *ref = sb_json_str(value, "$ref");
	json_t *list, *member, *copy;
	int64_t id;
	size_t i;

	if (ref) {
		id = field->kind ? sb_apply_id(apply, field->kind, ref) : 0;
		if (!id)
			*ret_missing = ref;
		return id ? json_integer(id) : NULL;
	}
	if (!json_is_array(value))
		return sb_value_share(value);
	list = json_array();
	json_array_foreach (value, i, member) {
		copy = resolve_refs(apply, field, member, ret_missing);
		if (!copy) {
			json_decref(list);
			return NULL;
		}
		json_array_append_new(list, copy);
	}
	return list;
}

static bool put_object(const struct sb_apply *apply, json_t *body,
		       const struct sb_kind_field *field, const json_t *value,
		       const char **ret_missing)
{
	char name[64];
	json_t *id = NULL;

	if (!json_is_null(value)) {
		id = resolve_refs(apply, field, json_object_get(value, "id"), ret_missing);
		if (!id)
			return false;
	}
	snprintf(name, sizeof(name), "%s_type", field->name);
	json_object_set_new(body, name,
			    id ? sb_value_share(json_object_get(value, "type")) : json_null());
	snprintf(name, sizeof(name), "%s_id", field->name);
	json_object_set_new(body, name, id ? id : json_null());
	return true;
}

/* NetBox expects "" for a text without a value, and null for every other type. */
static json_t *empty_value(const struct sb_kind_field *field)
{
	return field->type == SB_FIELD_TEXT ? json_string("") : json_null();
}

static bool put_field(const struct sb_apply *apply, json_t *body, const struct sb_kind_field *field,
		      const json_t *value, const char **ret_missing)
{
	json_t *ready;

	if (field->type == SB_FIELD_OBJECT)
		return put_object(apply, body, field, value, ret_missing);
	if (json_is_null(value))
		ready = empty_value(field);
	else
		ready = resolve_refs(apply, field, value, ret_missing);
	return ready && json_object_set_new(body, field->name, ready) == 0;
}

/* The custom fields of an op, as the member custom_fields of its body; empty = none. */
static json_t *custom_values(const struct sb_apply *apply, const struct sb_op *op)
{
	json_t *custom = json_object(), *value;
	const char *name, *no_default;

	json_object_foreach (op->set, name, value) {
		if (sb_custom_field_is(name))
			json_object_set(custom, name, value);
	}
	if (op->verb == SB_CREATE && op->kind->flags & SB_KIND_OWNED &&
	    !(op->kind->flags & SB_KIND_UNMARKED)) {
		json_object_set_new(custom, "stagebox_key", json_string(op->key));
		if (sb_run_has_custom(apply->run, "stagebox_adopted", op->kind))
			json_object_set_new(custom, "stagebox_adopted", json_false());
	}
	if (op->verb == SB_CREATE) {
		sb_autojson *defaults =
			sb_required_defaults(apply->run, op->kind, NULL, &no_default);

		json_object_update_missing(custom, defaults);
	}
	return custom;
}

json_t *sb_body(const struct sb_apply *apply, const struct sb_op *op, char *ret_cause, size_t room)
{
	json_t *body = json_object();
	sb_autojson *custom = custom_values(apply, op);
	const struct sb_kind_field *field;
	const char *missing = NULL;
	bool ok = body && custom;

	for (field = op->kind->fields; ok && field->name; field++) {
		const json_t *value = json_object_get(op->set, field->name);

		if (value && !sb_custom_field_is(field->name))
			ok = put_field(apply, body, field, value, &missing);
	}
	if (json_object_size(custom))
		json_object_set(body, "custom_fields", custom);
	if (ok && sb_kind_is_journal(op->kind))
		ok = sb_journal_sign(body, apply->run->number) == 0;
	if (ok)
		return body;
	snprintf(ret_cause, room, "%s%s", missing ? missing : "out of memory",
		 missing ? ", which it refers to, does not exist" : "");
	json_decref(body);
	return NULL;
}

char *sb_body_fields(const json_t *body)
{
	sb_autobuf text = SB_BUF_INIT(2048);
	sb_autojson *names = json_object();
	const json_t *object;
	const char *name;
	json_t *value;
	size_t i;

	json_array_foreach (body, i, object) {
		json_object_foreach ((json_t *)(uintptr_t)object, name, value)
			if (!json_object_get(names, name))
				json_object_set_new(names, name, json_true());
	}
	sb_buf_add(&text, "id");
	json_object_foreach (names, name, value) {
		if (!sb_streq(name, "id"))
			sb_buf_addf(&text, ",%s", name);
	}
	return sb_buf_take(&text);
}

void sb_body_add_messages(struct sb_batch *batch)
{
	const struct sb_op *ops = batch->apply->plan->ops;
	sb_autojson *message = NULL;
	const char *stage = NULL;
	size_t i, j, end;

	for (i = 0; i < batch->n_sent; i = end) {
		end = sb_item_end(batch, i);
		if (!stage || !sb_streq(stage, ops[batch->sent[i]].stage) || end > i + 1) {
			sb_autobuf text = SB_BUF_INIT(2048);

			stage = end > i + 1 ? NULL : ops[batch->sent[i]].stage;
			sb_buf_addf(&text, SB_CHANGE_MESSAGE "%" PRId64 ": %s",
				    batch->apply->run->number, ops[batch->sent[i]].stage);
			for (j = i + 1; j < end; j++)
				sb_buf_addf(&text, ", %s", ops[batch->sent[j]].stage);
			json_decref(message);
			message = sb_json_text(sb_buf_str(&text), 200);
		}
		json_object_set(json_array_get(batch->body, batch->items[i]), "changelog_message",
				message);
	}
}

/* One flat value with its references as ids; NULL when an id is not known. */
static json_t *resolve_flat(const struct sb_apply *apply, const struct sb_kind_field *field,
			    const json_t *value)
{
	const char *missing = NULL;
	json_t *flat, *id;

	if (field->type != SB_FIELD_OBJECT || json_is_null(value))
		return resolve_refs(apply, field, value, &missing);
	id = resolve_refs(apply, field, json_object_get(value, "id"), &missing);
	if (!id)
		return NULL;
	flat = json_deep_copy(value);
	json_object_set_new(flat, "id", id);
	return flat;
}

json_t *sb_body_flat(const struct sb_apply *apply, const struct sb_kind *kind, const json_t *values)
{
	json_t *flat = json_object(), *value, *ready;
	const char *name;

	json_object_foreach ((json_t *)(uintptr_t)values, name, value) {
		const struct sb_kind_field *field = sb_kind_field(kind, name);

		ready = field ? resolve_flat(apply, field, value) : json_incref(value);
		if (ready && field &&
		    (field->type == SB_FIELD_REFS || field->type == SB_FIELD_TAGS)) {
			json_t *sorted = sb_value_sorted(ready);

			json_decref(ready);
			ready = sorted;
		}
		if (ready)
			json_object_set_new(flat, name, ready);
	}
	return flat;
}

json_t *sb_body_applied(const struct sb_apply *apply, const struct sb_kind *kind,
			const json_t *fields)
{
	sb_autojson *kept = json_object();
	const struct sb_kind_field *field;
	const char *name, *stage;
	json_t *value;

	for (field = kind->fields; field->name; field++) {
		if (field->type == SB_FIELD_TAGS) {
			json_object_foreach ((json_t *)(uintptr_t)fields, name, value)
				if (sb_set_memory_is_of(field->name, name, &stage))
					json_object_set(kept, name, value);
			continue;
		}
		value = json_object_get(fields, field->name);
		if (value && sb_policy_of(apply->run, kind, field) == SB_POLICY_IF_UNCHANGED)
			json_object_set(kept, field->name, value);
	}
	return sb_body_flat(apply, kind, kept);
}
