/* SPDX-License-Identifier: Apache-2.0 */
/* Keys for the ids in a plan, because readers know objects by their keys. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "job/outcome.h"
#include "stagebox/json.h"

static void note_id(json_t *wanted, const char *kind, const json_t *value)
{
	json_t *ids = json_object_get(wanted, kind);
	char id[32];

	if (!json_is_integer(value))
		return;
	if (!ids) {
		ids = json_object();
		json_object_set_new(wanted, kind, ids);
	}
	snprintf(id, sizeof(id), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	json_object_set_new(ids, id, json_null());
}

/* The ids that one side of an op refers to, and the kinds of its reference fields. */
static void note_values(const struct sb_kinds *kinds, json_t *wanted, json_t *refs,
			const struct sb_kind *kind, const json_t *values)
{
	const struct sb_kind_field *field;
	const struct sb_kind *target;
	const json_t *member;
	const char *type;
	size_t i;

	for (field = kind->fields; field->name; field++) {
		const json_t *value = json_object_get(values, field->name);

		if (!value || !field->kind)
			continue;
		json_object_set_new(refs, field->name, json_string(field->kind));
		note_id(wanted, field->kind, value);
		/* A generic reference holds the type of its target. */
		type = sb_json_str(value, "type");
		target = type ? sb_kinds_find_type(kinds, type) : NULL;
		if (target) {
			json_object_set_new(refs, type, json_string(target->name));
			note_id(wanted, target->name, json_object_get(value, "id"));
		}
		json_array_foreach (value, i, member)
			note_id(wanted, field->kind, member);
	}
}

/* Find the keys of the wanted ids among NetBox's rows. */
static void fill_names(const struct sb_nb_list *list, json_t *ids)
{
	char id[32];
	size_t i;

	for (i = 0; i < sb_table_count(list->rows); i++) {
		const char *key = sb_table_key_at(list->rows, i);

		snprintf(id, sizeof(id), "%" PRId64, sb_table_id(list->rows, key));
		if (json_object_get(ids, id))
			json_object_set_new(ids, id, json_string(key));
	}
}

/* The names of the wanted keys among NetBox's rows, where they say more than the key does. */
static int fill_labels(const struct sb_nb_list *list, json_t *wanted, json_t *labels)
{
	const char *key, *name, *last;
	json_t *member;

	json_object_foreach (wanted, key, member) {
		sb_autojson *row = sb_table_get_json(list->rows, key);

		name = sb_json_str(row, "name");
		last = strrchr(key, '/');
		if (!name || (last && sb_streq(last + 1, name)))
			continue;
		if (json_object_set_new(labels, key, json_string(name)) < 0)
			return SB_E_NOMEM;
	}
	return 0;
}

/* An op's object, and the top object that it belongs to. */
static int want_label(json_t *wanted, const char *key)
{
	const char *end = strchr(key, '/'); /* of "lab/guest/101/net0" the top is "lab/guest/101" */

	end = end ? strchr(end + 1, '/') : NULL;
	end = end ? strchr(end + 1, '/') : NULL;
	if (json_object_set_new(wanted, key, json_null()) < 0)
		return SB_E_NOMEM;
	if (end) {
		sb_autofree char *top = strndup(key, (size_t)(end - key));

		if (!top || json_object_set_new(wanted, top, json_null()) < 0)
			return SB_E_NOMEM;
	}
	return 0;
}

static int make_labels(struct sb_run *run, const json_t *names, json_t **ret_labels)
{
	const struct sb_kinds *kinds = sb_registry_kinds(run->registry);
	sb_autojson *wanted = json_object(), *labels = json_object();
	const char *kind, *id;
	json_t *ids, *key;
	size_t i;
	int rc = wanted && labels ? 0 : SB_E_NOMEM;

	for (i = 0; !rc && i < run->diff->plan.n; i++)
		rc = want_label(wanted, run->diff->plan.ops[i].key);
	json_object_foreach ((json_t *)(uintptr_t)names, kind, ids) {
		json_object_foreach (ids, id, key) {
			if (!rc && json_is_string(key))
				rc = want_label(wanted, json_string_value(key));
		}
	}
	for (i = 0; !rc && i < sb_kinds_count(kinds); i++) {
		const struct sb_nb_list *list =
			sb_snapshot_list(run->snap, sb_kinds_at(kinds, i)->name);

		if (list && list->kind->flags & SB_KIND_OWNED)
			rc = fill_labels(list, wanted, labels);
	}
	if (!rc)
		*ret_labels = sb_steal(labels);
	return rc;
}

static void drop_nameless(json_t *ids)
{
	const char *id;
	json_t *name;
	void *next;

	json_object_foreach_safe (ids, next, id, name) {
		if (json_is_null(name))
			json_object_del(ids, id);
	}
}

int sb_outcome_names(struct sb_run *run, json_t **ret_names, json_t **ret_refs, json_t **ret_labels)
{
	const struct sb_kinds *kinds = sb_registry_kinds(run->registry);
	json_t *names = json_object(), *refs = json_object(), *ids, *fields;
	const char *kind;
	size_t i;

	for (i = 0; names && refs && i < run->diff->plan.n; i++) {
		const struct sb_op *op = &run->diff->plan.ops[i];
		sb_autojson *set = sb_op_get(op, SB_OP_SET), *was = sb_op_get(op, SB_OP_WAS);

		fields = json_object_get(refs, op->kind->name);
		if (!fields) {
			fields = json_object();
			json_object_set_new(refs, op->kind->name, fields);
		}
		note_values(kinds, names, fields, op->kind, set);
		note_values(kinds, names, fields, op->kind, was);
	}
	json_object_foreach (names, kind, ids) {
		const struct sb_nb_list *list = sb_snapshot_list(run->snap, kind);

		if (list)
			fill_names(list, ids);
		drop_nameless(ids);
	}
	*ret_names = names;
	*ret_refs = refs;
	return names && refs ? make_labels(run, names, ret_labels) : SB_E_NOMEM;
}
