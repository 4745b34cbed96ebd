/* SPDX-License-Identifier: Apache-2.0 */
/* Deleting: dependents that are deleted as well, references that are cleared, and objects that
 * prevent it. */
#include "call.h"

#include <string.h>

struct collected {
	const struct nb_object **deleted; /* parents before children */
	size_t n_deleted, room_deleted;
	const struct nb_object **blockers;
	size_t n_blockers, room_blockers;
	const struct nb_object **restrained; /* prevent it unless they are deleted as well */
	size_t n_restrained, room_restrained;
};

static bool list_has(const struct nb_object *const *list, size_t n, const struct nb_object *object)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (list[i] == object)
			return true;
	return false;
}

static void add_to_list(const struct nb_object ***list, size_t *n, size_t *room,
			const struct nb_object *object)
{
	if (list_has(*list, *n, object))
		return;
	if (*n == *room) {
		size_t more = *room ? *room * 2 : 16;
		const struct nb_object **bigger = realloc(*list, more * sizeof(bigger[0]));

		if (!bigger)
			return;
		*list = bigger;
		*room = more;
	}
	(*list)[(*n)++] = object;
}

static void collect_dependents(const struct lab_netbox *nb, struct collected *out,
			       const struct nb_object *object)
{
	size_t i;

	if (list_has(out->deleted, out->n_deleted, object))
		return;
	add_to_list(&out->deleted, &out->n_deleted, &out->room_deleted, object);
	for (i = 0; i < nb->n_edges; i++) {
		const struct nb_edge *edge = &nb->edges[i];
		const struct nb_link *link;

		if (edge->to != object->table)
			continue;
		for (link = object->heads[edge->slot].first; link; link = link->next) {
			if (edge->on_delete == NB_PROTECT)
				add_to_list(&out->blockers, &out->n_blockers, &out->room_blockers,
					    link->from);
			else if (edge->on_delete == NB_RESTRICT)
				add_to_list(&out->restrained, &out->n_restrained,
					    &out->room_restrained, link->from);
			else if (edge->on_delete == NB_CASCADE)
				collect_dependents(nb, out, link->from);
		}
	}
}

static int refuse_delete(struct nb_call *call, const struct collected *found, bool bulk)
{
	sb_autobuf names = SB_BUF_INIT(1 << 24);
	size_t i;

	if (bulk && nb_has(call->nb, NB_BULK_ERRORS)) {
		nb_clear(call);
		nb_error(call, "__all__",
			 "Unable to delete: %zu dependent object(s) prevent deletion.",
			 found->n_blockers);
		call->status = 409;
		return -1;
	}
	for (i = 0; i < found->n_blockers; i++) {
		sb_buf_add(&names, i ? ", " : "");
		nb_display(call->nb, found->blockers[i], &names);
		sb_buf_addf(&names, " (%u)", found->blockers[i]->id);
	}
	nb_detail(call, 409, "Unable to delete object. %zu dependent objects were found: %s",
		  found->n_blockers, sb_buf_str(&names));
	return -1;
}

static bool is_primary(const struct nb_edge *edge)
{
	return sb_starts_with(edge->from->fields[edge->field].name, "primary_ip");
}

/* Clear all references to the object, or only those of objects whose primary address it is. Those
 * of dependents are cleared as well, because a rollback must not find links to objects that it has
 * not restored yet. Objects that lose a primary address, and custom objects, get a change record.
 */
static void clear_references(struct nb_call *call, const struct nb_object *object,
			     bool of_primaries)
{
	struct lab_netbox *nb = call->nb;
	size_t i;

	for (i = 0; i < nb->n_edges; i++) {
		const struct nb_edge *edge = &nb->edges[i];
		struct nb_link *link;

		if (edge->to != object->table || (of_primaries && !is_primary(edge)))
			continue;
		while ((link = object->heads[edge->slot].first)) {
			struct nb_object *from = link->from;
			bool logged = is_primary(edge) ||
				      (from->table->of_type && edge->on_delete == NB_SET_NULL);
			json_t **before = logged ? nb_image(from) : NULL;

			nb_set_take(nb, from, edge->field, json_null());
			if (logged)
				nb_saved(call, from, before);
		}
	}
}

/* Remove the object from lists of ids. They are rare, so all rows are searched. */
static void remove_from_lists(struct nb_call *call, const struct nb_object *object)
{
	struct lab_netbox *nb = call->nb;
	bool is_tag = nb_is(object, "extras.tag"), is_vlan = nb_is(object, "ipam.vlan");
	size_t t, k;
	uint32_t id;

	for (t = 0; (is_tag || is_vlan) && t < nb->n_tables; t++) {
		struct nb_table *table = &nb->tables[t];
		int field = is_tag ? table->tags : nb_field(table, "tagged_vlans");

		for (id = 1; field >= 0 && id < table->next_id; id++) {
			json_t *list = table->rows[id] ? table->rows[id]->values[field] : NULL;

			for (k = 0; k < json_array_size(list); k++) {
				json_t *copy;

				if (json_integer_value(json_array_get(list, k)) != object->id)
					continue;
				copy = json_copy(list);
				json_array_remove(copy, k);
				nb_set_take(nb, table->rows[id], field, copy);
				break;
			}
		}
	}
}

/* @image_take: of the object before the first of its dependents was removed, for the change log */
static void remove_one(struct nb_call *call, struct nb_object *object, json_t **image_take)
{
	const struct nb_rules *rules = object->table->model->rules;

	if (rules && rules->deleting)
		rules->deleting(call, object);
	clear_references(call, object, false);
	remove_from_lists(call, object);
	if (!object->table->model->no_log)
		nb_log(call, object, "delete", image_take, NULL);
	nb_remove(call->nb, object);
	if (rules && rules->deleted)
		rules->deleted(call, object);
}

/* NetBox records all objects that a deletion takes, and those that lose their primary address,
 * before it removes one: a guest has the size of its disks in these records, and an interface its
 * address.
 */
static void remove_all(struct nb_call *call, const struct collected *found)
{
	json_t ***images = calloc(found->n_deleted, sizeof(*images));
	size_t i;

	if (!images)
		abort(); /* the change log must not omit a change */
	for (i = 0; i < found->n_deleted; i++)
		if (!found->deleted[i]->table->model->no_log)
			images[i] = nb_image(found->deleted[i]);
	for (i = 0; i < found->n_deleted; i++)
		clear_references(call, found->deleted[i], true);
	for (i = found->n_deleted; i > 0; i--)
		remove_one(call, (struct nb_object *)(uintptr_t)found->deleted[i - 1],
			   images[i - 1]);
	free(images);
}

int nb_delete_object(struct nb_call *call, struct nb_object *object, bool bulk)
{
	struct collected found = {0};
	size_t i;
	int rc = 0;

	nb_clear(call);
	collect_dependents(call->nb, &found, object);
	for (i = 0; i < found.n_restrained; i++)
		if (!list_has(found.deleted, found.n_deleted, found.restrained[i]))
			add_to_list(&found.blockers, &found.n_blockers, &found.room_blockers,
				    found.restrained[i]);
	if (found.n_blockers) {
		rc = refuse_delete(call, &found, bulk);
	} else {
		remove_all(call, &found);
	}
	free(found.deleted);
	free(found.blockers);
	free(found.restrained);
	return rc;
}
