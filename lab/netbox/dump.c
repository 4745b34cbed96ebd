/* SPDX-License-Identifier: Apache-2.0 */
/* The whole state as JSON; equal states give equal texts. */
#include "call.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static void add_natural_key(const struct lab_netbox *nb, const struct nb_object *object,
			    struct sb_buf *out, int depth);

static void add_natural_field(const struct lab_netbox *nb, const struct nb_object *object,
			      int field, struct sb_buf *out, int depth)
{
	const struct nb_object *to = nb_ref_at(nb, object, field);

	if (to && depth < 8)
		add_natural_key(nb, to, out, depth + 1);
	else if (json_is_string(object->values[field]))
		sb_buf_add(out, json_string_value(object->values[field]));
	else if (!json_is_null(object->values[field]))
		sb_buf_add_json(out, object->values[field]);
}

/* Add the natural key of an object, "lab/db1/net0": its non-empty words joined. */
static void add_natural_key(const struct lab_netbox *nb, const struct nb_object *object,
			    struct sb_buf *out, int depth)
{
	const char *word = object->table->model->natural;
	bool first = true;

	while (*word) {
		size_t len = strcspn(word, " ");
		sb_autobuf part = SB_BUF_INIT(1 << 16);
		char name[64];
		int field;

		memcpy(name, word, len);
		name[len] = '\0';
		field = nb_field(object->table, name);
		if (field >= 0)
			add_natural_field(nb, object, field, &part, depth);
		if (part.len) {
			sb_buf_addf(out, "%s%s", first ? "" : "/", sb_buf_str(&part));
			first = false;
		}
		word += len;
		word += strspn(word, " ");
	}
}

static json_t *natural_json(const struct lab_netbox *nb, const struct nb_object *object)
{
	sb_autobuf text = SB_BUF_INIT(1 << 16);

	if (!object)
		return json_null();
	add_natural_key(nb, object, &text, 0);
	return json_string(sb_buf_str(&text));
}

static int text_cmp(const void *a, const void *b)
{
	return strcmp(json_string_value(*(json_t *const *)a),
		      json_string_value(*(json_t *const *)b));
}

/* A list of ids as sorted natural keys. */
static json_t *natural_list(const struct lab_netbox *nb, const char *type, const json_t *ids)
{
	const struct nb_table *table = nb_table(nb, type);
	size_t n = json_array_size(ids), i;
	json_t **list = calloc(n + 1, sizeof(list[0])), *out = json_array(), *id;

	json_array_foreach (ids, i, id) {
		const struct nb_object *to = table ? nb_find(table, json_integer_value(id)) : NULL;

		list[i] = to ? natural_json(nb, to) : json_string("");
	}
	qsort(list, n, sizeof(list[0]), text_cmp);
	for (i = 0; i < n; i++)
		json_array_append_new(out, list[i]);
	free(list);
	return out;
}

/* Custom fields that refer to objects hold ids, which become natural keys as well. */
static json_t *natural_custom(const struct lab_netbox *nb, const struct nb_object *object)
{
	json_t *out = json_object(), *value;
	const char *name;

	json_object_foreach (object->values[object->table->custom], name, value) {
		const struct nb_object *field = nb_custom_field(nb, object->table, name);
		const char *type = field ? nb_text(field, "type") : "";
		const char *target = field ? nb_text(field, "related_object_type") : "";
		const struct nb_table *table = nb_table(nb, target);

		if (json_is_null(value))
			continue;
		if (sb_streq(type, "object") && table)
			json_object_set_new(
				out, name,
				natural_json(nb, nb_find(table, json_integer_value(value))));
		else if (sb_streq(type, "multiobject"))
			json_object_set_new(out, name, natural_list(nb, target, value));
		else
			json_object_set(out, name, value);
	}
	return out;
}

/* Texts contain random identifiers of clients, which are replaced, so that dumps of equal labs are
 * equal. */
static json_t *without_uuids(const json_t *value)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	sb_autofree char *text = strdup(json_string_value(value));
	size_t i, j;

	for (i = 0; text && strlen(text + i) >= sizeof(form) - 1; i++) {
		for (j = 0; form[j]; j++) {
			bool fits = form[j] == '-' ? text[i + j] == '-'
						   : isxdigit((unsigned char)text[i + j]) != 0;

			if (!fits)
				break;
		}
		if (!form[j])
			memcpy(text + i, form, sizeof(form) - 1);
	}
	return text ? json_string(text) : NULL;
}

static json_t *dump_value(const struct lab_netbox *nb, const struct nb_object *object, size_t i,
			  bool no_ids)
{
	const struct nb_field *field = &object->table->fields[i];

	if (!no_ids)
		return json_incref(object->values[i]);
	switch (field->kind) {
	case NB_FK:
	case NB_GID: return natural_json(nb, nb_ref_at(nb, object, (int)i));
	case NB_PKS: return natural_list(nb, field->target, object->values[i]);
	case NB_TAGS: return natural_list(nb, "extras.tag", object->values[i]);
	case NB_CUSTOM: return natural_custom(nb, object);
	default: break;
	}
	if (sb_streq(object->table->model->type, "extras.customfield") &&
	    json_is_string(object->values[i]))
		return without_uuids(object->values[i]);
	return json_incref(object->values[i]);
}

static json_t *dump_object(const struct lab_netbox *nb, const struct nb_object *object, bool no_ids)
{
	json_t *out = json_object();
	char time[40];
	size_t i;

	if (!no_ids) {
		json_object_set_new(out, "id", json_integer(object->id));
		nb_time_text(object->created_us, "Z", time);
		json_object_set_new(out, "created", json_string(time));
		nb_time_text(object->updated_us, "Z", time);
		json_object_set_new(out, "last_updated", json_string(time));
	}
	for (i = 0; i < object->table->n_fields; i++)
		if (object->table->fields[i].kind < NB_MAC_INPUT &&
		    !(object->table->fields[i].flags & NB_HIDDEN))
			json_object_set_new(out, object->table->fields[i].name,
					    dump_value(nb, object, i, no_ids));
	return out;
}

struct dump_row {
	char *key;
	json_t *row;
};

static int row_cmp(const void *a, const void *b)
{
	const struct dump_row *x = a, *y = b;

	return strcmp(x->key, y->key);
}

/* Sort by natural key, and equal keys by the text of the row, so that the order does not depend on
 * ids. */
static char *row_key(const struct lab_netbox *nb, const struct nb_object *object, const json_t *row)
{
	sb_autobuf key = SB_BUF_INIT(1 << 22);

	add_natural_key(nb, object, &key, 0);
	sb_buf_add(&key, "\x01");
	sb_buf_add_json(&key, row);
	return sb_buf_take(&key);
}

static json_t *dump_table(const struct lab_netbox *nb, const struct nb_table *table, bool no_ids)
{
	struct dump_row *rows = calloc(table->n_objects + 1, sizeof(rows[0]));
	json_t *list = json_array();
	size_t n = 0, i;
	uint32_t id;

	for (id = 1; rows && id < table->next_id; id++) {
		if (!table->rows[id])
			continue;
		rows[n].row = dump_object(nb, table->rows[id], no_ids);
		rows[n].key = row_key(nb, table->rows[id], rows[n].row);
		n += rows[n].key != NULL;
	}
	if (n)
		qsort(rows, n, sizeof(rows[0]), row_cmp);
	for (i = 0; i < n; i++) {
		json_array_append_new(list, rows[i].row);
		free(rows[i].key);
	}
	free(rows);
	return list;
}

json_t *lab_netbox_dump(const struct lab_netbox *netbox, bool no_ids)
{
	json_t *out = json_object();
	size_t t;

	for (t = 0; t < netbox->n_tables; t++) {
		const struct nb_table *table = &netbox->tables[t];

		if (no_ids && sb_streq(table->model->type, "core.objectchange"))
			continue;
		if (!table->n_objects && !nb_served(netbox, table))
			continue;
		json_object_set_new(out, table->model->path, dump_table(netbox, table, no_ids));
	}
	return out;
}
