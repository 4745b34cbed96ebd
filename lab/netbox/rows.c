/* SPDX-License-Identifier: Apache-2.0 */
/* Insert, change and remove objects together with their links and keys; all of it can be undone. */
#include "state.h"

#include <string.h>

struct nb_object *nb_find(const struct nb_table *table, int64_t id)
{
	return id > 0 && id < (int64_t)table->next_id ? table->rows[id] : NULL;
}

static const struct nb_edge *edge_to(const struct lab_netbox *nb, const struct nb_table *from,
				     size_t field, const struct nb_table *to)
{
	size_t i;

	for (i = 0; i < nb->n_edges; i++)
		if (nb->edges[i].from == from && nb->edges[i].field == field &&
		    nb->edges[i].to == to)
			return &nb->edges[i];
	return NULL;
}

struct nb_object *nb_ref_at(const struct lab_netbox *nb, const struct nb_object *object, int field)
{
	const struct nb_table *table = object->table;

	(void)nb;
	if (field < 0 || table->out[field] < 0)
		return NULL;
	return object->links[table->out[field]].to;
}

static struct nb_object *target_of(const struct lab_netbox *nb, const struct nb_object *object,
				   size_t field)
{
	const struct nb_table *table = object->table, *to;
	const char *type = table->fields[field].target;

	if (!json_is_integer(object->values[field]))
		return NULL;
	if (table->fields[field].kind == NB_GID)
		type = json_string_value(object->values[field - 1]);
	to = nb_table(nb, type);
	return to ? nb_find(to, json_integer_value(object->values[field])) : NULL;
}

static void unlink_field(struct nb_object *object, size_t field)
{
	struct nb_link *link = &object->links[object->table->out[field]];
	struct nb_links *list;

	if (!link->to)
		return;
	list = &link->to->heads[link->slot];
	if (link->prev)
		link->prev->next = link->next;
	else
		list->first = link->next;
	if (link->next)
		link->next->prev = link->prev;
	else
		list->last = link->prev;
	list->n--;
	link->to = NULL;
	link->prev = link->next = NULL;
}

static void link_field(struct lab_netbox *nb, struct nb_object *object, size_t field)
{
	struct nb_link *link = &object->links[object->table->out[field]];
	struct nb_object *to = target_of(nb, object, field);
	const struct nb_edge *edge = to ? edge_to(nb, object->table, field, to->table) : NULL;
	struct nb_links *list;

	if (!edge)
		return;
	list = &to->heads[edge->slot];
	link->from = object;
	link->to = to;
	link->slot = edge->slot;
	link->prev = list->last;
	if (list->last)
		list->last->next = link;
	else
		list->first = link;
	list->last = link;
	list->n++;
}

static void log_undo(struct lab_netbox *nb, struct nb_undo undo)
{
	if (nb->n_undo == nb->undo_room) {
		size_t room = nb->undo_room ? nb->undo_room * 2 : 256;
		struct nb_undo *list = realloc(nb->undo, room * sizeof(list[0]));

		if (!list)
			abort(); /* tests of the engine must not see half a transaction */
		nb->undo = list;
		nb->undo_room = room;
	}
	nb->undo[nb->n_undo++] = undo;
}

static bool key_has(const struct nb_table_key *key, int field)
{
	size_t i;

	for (i = 0; i < key->n; i++)
		if (key->fields[i] == field)
			return true;
	return false;
}

/* Store a value without an undo entry; returns the old value, which the caller owns. */
static json_t *store_value(struct lab_netbox *nb, struct nb_object *object, int field,
			   json_t *value)
{
	struct nb_table *table = object->table;
	json_t *old = object->values[field];
	int linked = table->fields[field].kind == NB_GTYPE ? field + 1 : field;
	size_t i;

	for (i = 0; i < table->n_keys; i++)
		if (key_has(&table->keys[i], field))
			nb_keys_drop(nb, object, i);
	if (table->out[linked] >= 0)
		unlink_field(object, (size_t)linked);
	object->values[field] = value;
	if (table->out[linked] >= 0)
		link_field(nb, object, (size_t)linked);
	for (i = 0; i < table->n_keys; i++)
		if (key_has(&table->keys[i], field))
			nb_keys_add(nb, object, i);
	return old;
}

void nb_set_take(struct lab_netbox *nb, struct nb_object *object, int field, json_t *value)
{
	if (field < 0 || !value) {
		json_decref(value);
		return;
	}
	if (value == object->values[field] || json_equal(value, object->values[field])) {
		json_decref(value);
		return;
	}
	log_undo(nb, (struct nb_undo){.kind = NB_UNDO_SET,
				      .object = object,
				      .field = field,
				      .value = store_value(nb, object, field, value)});
}

void nb_put_take(struct lab_netbox *nb, struct nb_object *object, const char *field, json_t *value)
{
	nb_set_take(nb, object, nb_field(object->table, field), value);
}

void nb_stamp(struct lab_netbox *nb, struct nb_object *object, int64_t now_us)
{
	nb->clock_us = now_us > nb->clock_us ? now_us : nb->clock_us + 1;
	log_undo(nb, (struct nb_undo){.kind = NB_UNDO_STAMP,
				      .object = object,
				      .created_us = object->created_us,
				      .updated_us = object->updated_us});
	if (!object->created_us)
		object->created_us = nb->clock_us;
	object->updated_us = nb->clock_us;
}

static void index_object(struct lab_netbox *nb, struct nb_object *object)
{
	struct nb_table *table = object->table;
	size_t i;

	for (i = 0; i < table->n_fields; i++)
		if (table->out[i] >= 0)
			link_field(nb, object, i);
	for (i = 0; i < table->n_keys; i++)
		nb_keys_add(nb, object, i);
	table->rows[object->id] = object;
	table->n_objects++;
}

static void unindex_object(struct lab_netbox *nb, struct nb_object *object)
{
	struct nb_table *table = object->table;
	size_t i;

	for (i = 0; i < table->n_fields; i++)
		if (table->out[i] >= 0)
			unlink_field(object, i);
	for (i = 0; i < table->n_keys; i++)
		nb_keys_drop(nb, object, i);
	table->rows[object->id] = NULL;
	table->n_objects--;
}

void nb_image_drop(json_t **values, size_t n)
{
	size_t i;

	for (i = 0; values && i < n; i++)
		json_decref(values[i]);
	free(values);
}

static void free_object(struct nb_object *object)
{
	size_t i;

	for (i = 0; i < object->table->n_fields; i++)
		json_decref(object->values[i]);
	if (object->change) {
		if (object->change->table) {
			nb_image_drop(object->change->before, object->change->table->n_fields);
			nb_image_drop(object->change->after, object->change->table->n_fields);
		}
		json_decref(object->change->shown[0]);
		json_decref(object->change->shown[1]);
		free(object->change);
	}
	free(object->links);
	free(object->heads);
	free(object->entries);
	free(object);
}

static int reserve_id(struct nb_table *table, uint32_t id)
{
	uint32_t room = table->room ? table->room * 2 : 64;
	struct nb_object **rows;

	if (id < table->room)
		return 0;
	while (room <= id)
		room *= 2;
	rows = realloc(table->rows, room * sizeof(rows[0]));
	if (!rows)
		return -1;
	memset(rows + table->room, 0, (room - table->room) * sizeof(rows[0]));
	table->rows = rows;
	table->room = room;
	return 0;
}

struct nb_object *nb_insert_at(struct lab_netbox *nb, struct nb_table *table, uint32_t id)
{
	struct nb_object *object =
		calloc(1, sizeof(*object) + table->n_fields * sizeof(object->values[0]));
	size_t i;

	if (!object)
		return NULL;
	object->table = table;
	object->links = calloc(table->n_out + 1, sizeof(object->links[0]));
	object->heads = calloc(table->n_in + 1, sizeof(object->heads[0]));
	object->entries = calloc(table->n_keys + 1, sizeof(object->entries[0]));
	for (i = 0; i < table->n_fields; i++)
		object->values[i] = json_incref(table->initial[i]);
	if (!object->links || !object->heads || !object->entries || reserve_id(table, id) < 0) {
		free_object(object);
		return NULL;
	}
	object->id = id;
	if (id >= table->next_id)
		table->next_id = id + 1;
	index_object(nb, object);
	log_undo(nb, (struct nb_undo){.kind = NB_UNDO_INSERT, .object = object});
	return object;
}

struct nb_object *nb_insert(struct lab_netbox *nb, struct nb_table *table)
{
	return nb_insert_at(nb, table, table->next_id);
}

int nb_ids_raise(struct nb_table *table, uint32_t next_id)
{
	if (next_id <= table->next_id)
		return 0;
	if (reserve_id(table, next_id) < 0)
		return -1;
	table->next_id = next_id;
	return 0;
}

void nb_remove(struct lab_netbox *nb, struct nb_object *object)
{
	unindex_object(nb, object);
	log_undo(nb, (struct nb_undo){.kind = NB_UNDO_REMOVE, .object = object});
}

size_t nb_savepoint(const struct lab_netbox *nb)
{
	return nb->n_undo;
}

void nb_rollback(struct lab_netbox *nb, size_t savepoint)
{
	while (nb->n_undo > savepoint) {
		struct nb_undo *undo = &nb->undo[--nb->n_undo];

		switch (undo->kind) {
		case NB_UNDO_SET:
			json_decref(store_value(nb, undo->object, undo->field, undo->value));
			break;
		case NB_UNDO_STAMP:
			undo->object->created_us = undo->created_us;
			undo->object->updated_us = undo->updated_us;
			break;
		case NB_UNDO_INSERT:
			/* No client has seen the id, so the next object gets it. */
			unindex_object(nb, undo->object);
			if (undo->object->id == undo->object->table->next_id - 1)
				undo->object->table->next_id--;
			free_object(undo->object);
			break;
		case NB_UNDO_REMOVE: index_object(nb, undo->object); break;
		}
	}
}

void nb_commit(struct lab_netbox *nb)
{
	size_t i;

	for (i = 0; i < nb->n_undo; i++) {
		if (nb->undo[i].kind == NB_UNDO_SET)
			json_decref(nb->undo[i].value);
		if (nb->undo[i].kind == NB_UNDO_REMOVE)
			free_object(nb->undo[i].object);
	}
	nb->n_undo = 0;
}

void nb_links_drop(struct lab_netbox *nb)
{
	size_t t, i;
	uint32_t id;

	for (t = 0; t < nb->n_tables; t++)
		for (id = 1; id < nb->tables[t].next_id; id++)
			for (i = 0; nb->tables[t].rows[id] && i < nb->tables[t].n_fields; i++)
				if (nb->tables[t].out[i] >= 0)
					unlink_field(nb->tables[t].rows[id], i);
}

int nb_links_room(struct lab_netbox *nb)
{
	size_t t;
	uint32_t id;

	for (t = 0; t < nb->n_tables; t++)
		for (id = 1; id < nb->tables[t].next_id; id++) {
			struct nb_object *object = nb->tables[t].rows[id];

			if (!object)
				continue;
			free(object->links);
			free(object->heads);
			object->links = calloc(object->table->n_out + 1, sizeof(object->links[0]));
			object->heads = calloc(object->table->n_in + 1, sizeof(object->heads[0]));
			if (!object->links || !object->heads)
				return -1;
		}
	return 0;
}

void nb_links_follow(struct lab_netbox *nb)
{
	size_t t, i;
	uint32_t id;

	for (t = 0; t < nb->n_tables; t++)
		for (id = 1; id < nb->tables[t].next_id; id++)
			for (i = 0; nb->tables[t].rows[id] && i < nb->tables[t].n_fields; i++)
				if (nb->tables[t].out[i] >= 0 &&
				    !nb_ref_at(nb, nb->tables[t].rows[id], (int)i))
					link_field(nb, nb->tables[t].rows[id], i);
}

static void drop_keys(struct lab_netbox *nb, struct nb_table *table)
{
	uint32_t id;
	size_t i;

	for (id = 0; id < table->next_id && table->rows; id++)
		for (i = 0; table->rows[id] && i < table->n_keys; i++)
			nb_keys_drop(nb, table->rows[id], i);
}

static void free_table(struct nb_table *table)
{
	uint32_t id;
	size_t i;

	for (id = 0; id < table->next_id && table->rows; id++)
		if (table->rows[id])
			free_object(table->rows[id]);
	for (i = 0; i < table->n_fields; i++)
		json_decref(table->initial[i]);
	free(table->rows);
}

void nb_table_drop(struct lab_netbox *nb, struct nb_table *table)
{
	drop_keys(nb, table);
	free_table(table);
	memset(table, 0, sizeof(*table));
}

void nb_tables_destroy(struct lab_netbox *nb)
{
	size_t t;

	nb_commit(nb);
	for (t = 0; t < nb->n_tables; t++)
		drop_keys(nb, &nb->tables[t]);
	for (t = 0; t < nb->n_tables; t++)
		free_table(&nb->tables[t]);
	free(nb->tables);
	free(nb->undo);
}

json_t *nb_get(const struct nb_object *object, const char *field)
{
	int i = nb_field(object->table, field);

	return i < 0 ? NULL : object->values[i];
}

const char *nb_text(const struct nb_object *object, const char *field)
{
	const char *text = json_string_value(nb_get(object, field));

	return text ? text : "";
}

int64_t nb_int(const struct nb_object *object, const char *field)
{
	return json_integer_value(nb_get(object, field));
}

struct nb_object *nb_ref(const struct lab_netbox *nb, const struct nb_object *object,
			 const char *field)
{
	return nb_ref_at(nb, object, nb_field(object->table, field));
}

bool nb_is(const struct nb_object *object, const char *type)
{
	return sb_streq(object->table->model->type, type);
}

const struct nb_link *nb_referrers(const struct lab_netbox *nb, const struct nb_object *object,
				   const char *type, const char *field, size_t *ret_n)
{
	const struct nb_table *from = nb_table(nb, type);
	int at = from ? nb_field(from, field) : -1;
	const struct nb_edge *edge = at < 0 ? NULL : edge_to(nb, from, (size_t)at, object->table);

	if (ret_n)
		*ret_n = edge ? object->heads[edge->slot].n : 0;
	return edge ? object->heads[edge->slot].first : NULL;
}

void nb_display(const struct lab_netbox *nb, const struct nb_object *object, struct sb_buf *out)
{
	const struct nb_rules *rules = object->table->model->rules;

	if (rules && rules->display)
		rules->display(nb, object, out);
	else
		sb_buf_add(out, nb_text(object, "name"));
}
