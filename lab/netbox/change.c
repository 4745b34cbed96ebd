/* SPDX-License-Identifier: Apache-2.0 */
/* The change log: who changed what, with the images before and after. */
#include "call.h"
#include "rules.h"

#include <stdio.h>
#include <string.h>

static void put_text(struct lab_netbox *nb, struct nb_object *row, const char *field,
		     const char *text)
{
	nb_put_take(nb, row, field, json_string(text));
}

/* The parent that NetBox shows for a change: the VM of an interface. */
static const struct nb_object *related_of(const struct lab_netbox *nb,
					  const struct nb_object *object)
{
	static const char *const parents[] = {"virtual_machine", "device", "assigned_object_id"};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(parents); i++) {
		const struct nb_object *to = nb_ref(nb, object, parents[i]);

		if (to)
			return to;
	}
	return NULL;
}

void nb_log(struct nb_call *call, const struct nb_object *object, const char *action,
	    json_t **before_take, json_t **after_take)
{
	struct lab_netbox *nb = call->nb;
	struct nb_object *row = nb_insert(nb, nb_table(nb, "core.objectchange"));
	struct nb_change *change = calloc(1, sizeof(*change));
	const struct nb_object *related = related_of(nb, object);
	sb_autobuf repr = SB_BUF_INIT(1 << 16);
	char time[40];

	if (!row || !change)
		abort(); /* the change log must not omit a change */
	change->table = object->table;
	change->before = before_take;
	change->after = after_take;
	row->change = change;
	nb_stamp(nb, row, nb->clock_us);
	nb_time_text(row->created_us, "Z", time);
	nb_display(nb, object, &repr);
	put_text(nb, row, "time", time);
	nb_put_take(nb, row, "user", json_integer(call->user->id));
	put_text(nb, row, "user_name", nb_text(call->user, "username"));
	put_text(nb, row, "request_id", call->request_id);
	put_text(nb, row, "action", action);
	put_text(nb, row, "changed_object_type", object->table->model->type);
	nb_put_take(nb, row, "changed_object_id", json_integer(object->id));
	put_text(nb, row, "object_repr", sb_buf_str(&repr));
	put_text(nb, row, "message", call->message);
	if (!related)
		return;
	put_text(nb, row, "related_object_type", related->table->model->type);
	nb_put_take(nb, row, "related_object_id", json_integer(related->id));
}

static json_t *decimal_text(const struct nb_field *field, const json_t *value)
{
	char text[64];

	if (!json_is_number(value))
		return json_null();
	snprintf(text, sizeof(text), "%.*f", field->places, json_number_value(value));
	return json_string(text);
}

static int name_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The sorted names of the tags of an image, without tags that no longer exist. */
static json_t *tag_names(const struct lab_netbox *nb, const json_t *ids)
{
	const struct nb_table *tags = nb_table(nb, "extras.tag");
	size_t n = 0, i;
	const char **names = calloc(json_array_size(ids) + 1, sizeof(names[0]));
	json_t *out = json_array(), *id;

	json_array_foreach (ids, i, id) {
		const struct nb_object *tag = nb_find(tags, json_integer_value(id));

		if (tag && names)
			names[n++] = nb_text(tag, "name");
	}
	if (n)
		qsort(names, n, sizeof(names[0]), name_cmp);
	for (i = 0; i < n; i++)
		json_array_append_new(out, json_string(names[i]));
	free(names);
	return out;
}

/* Images name a type by its number in the database, which no other answer contains. */
static json_t *type_number(const struct lab_netbox *nb, const json_t *type)
{
	const struct nb_table *table = nb_table(nb, json_string_value(type));

	return table ? json_integer(table - nb->tables + 1) : json_null();
}

json_t *nb_image_json(const struct lab_netbox *nb, const struct nb_table *table,
		      json_t *const *values)
{
	json_t *out = json_object();
	size_t i;

	for (i = 0; values && i < table->n_fields; i++) {
		const struct nb_field *field = &table->fields[i];

		if (field->kind >= NB_MAC_INPUT || field->flags & (NB_HIDDEN | NB_WRITE_ONLY))
			continue;
		if (field->kind == NB_GTYPE && !json_is_null(values[i]))
			json_object_set_new(out, field->name, type_number(nb, values[i]));
		else if (field->kind == NB_DEC)
			json_object_set_new(out, field->name, decimal_text(field, values[i]));
		else if (field->kind == NB_TAGS)
			json_object_set_new(out, "tags", tag_names(nb, values[i]));
		else if (field->kind == NB_CHOICE && json_is_null(values[i]))
			json_object_set_new(out, field->name,
					    field->flags & NB_NULL ? json_null() : json_string(""));
		else
			json_object_set(out, field->name, values[i]);
	}
	return out;
}

static json_t *change_output(struct lab_netbox *nb, const struct nb_object *row,
			     const struct nb_field *field)
{
	const struct nb_table *table = nb_table(nb, nb_text(row, "changed_object_type"));
	const struct nb_object *object =
		table ? nb_find(table, nb_int(row, "changed_object_id")) : NULL;

	if (sb_streq(field->name, "changed_object"))
		return object ? nb_nested(nb, object, NULL) : json_null();
	if (!row->change)
		return json_null();
	if (!row->change->table)
		return json_incref(row->change->shown[field->name[1] != 'r']);
	return nb_image_json(nb, row->change->table,
			     field->name[1] == 'r' ? row->change->before : row->change->after);
}

void nb_log_detach(struct lab_netbox *nb)
{
	const struct nb_table *rows = nb_table(nb, "core.objectchange");
	uint32_t id;

	for (id = 1; id < rows->next_id; id++) {
		struct nb_change *change = rows->rows[id] ? rows->rows[id]->change : NULL;

		if (!change || !change->table || !change->table->of_type)
			continue;
		change->shown[0] = nb_image_json(nb, change->table, change->before);
		change->shown[1] = nb_image_json(nb, change->table, change->after);
		nb_image_drop(change->before, change->table->n_fields);
		nb_image_drop(change->after, change->table->n_fields);
		change->before = change->after = NULL;
		change->table = NULL;
	}
}

static void change_display(const struct lab_netbox *nb, const struct nb_object *row,
			   struct sb_buf *out)
{
	(void)nb;
	sb_buf_addf(out, "%s %s %s", nb_text(row, "changed_object_type"),
		    nb_text(row, "object_repr"), nb_text(row, "action"));
}

const struct nb_rules nb_rules_change = {.display = change_display, .computed = change_output};
