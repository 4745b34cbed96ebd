/* SPDX-License-Identifier: Apache-2.0 */
/* Tags of an object: replaced as a whole, or added and removed. */
#include "call.h"

#include <stdio.h>
#include <string.h>

/* Convert a list of references to ids without repeats. New reference, or NULL with an error under
 * key. */
static json_t *tag_ids(struct nb_call *call, const char *key, const json_t *list)
{
	sb_autojson *ids = json_array();
	json_t *item;
	size_t i, k;

	if (json_is_null(list)) {
		nb_error(call, key, "This field may not be null.");
		return NULL;
	}
	if (!json_is_array(list)) {
		char text[64];

		snprintf(text, sizeof(text), "Expected a list of items but got type \"%s\".",
			 nb_python_type(list));
		nb_error_of_all(call, key, text);
		return NULL;
	}
	json_array_foreach (list, i, item) {
		json_t *id = nb_refer(call, key, "extras.tag", item);

		if (!id)
			return NULL;
		for (k = 0; k < json_array_size(ids); k++)
			if (json_equal(json_array_get(ids, k), id))
				break;
		if (k == json_array_size(ids))
			json_array_append(ids, id);
		json_decref(id);
	}
	return json_incref(ids);
}

static bool has_id(const json_t *ids, const json_t *id)
{
	json_t *item;
	size_t i;

	json_array_foreach (ids, i, item) {
		if (json_equal(item, id))
			return true;
	}
	return false;
}

static json_t *merge_tags(const json_t *have, const json_t *add, const json_t *remove)
{
	json_t *out = json_array(), *item;
	size_t i;

	json_array_foreach (have, i, item) {
		if (!has_id(remove, item))
			json_array_append(out, item);
	}
	json_array_foreach (add, i, item) {
		if (!has_id(out, item))
			json_array_append(out, item);
	}
	return out;
}

static bool may_combine(struct nb_call *call, const json_t *tags, const json_t *add,
			const json_t *remove, bool create)
{
	json_t *item;
	size_t i;

	if ((add || remove) && json_array_size(tags)) {
		nb_error(call, "tags",
			 "Cannot specify \"tags\" together with \"add_tags\" or \"remove_tags\".");
		return false;
	}
	if (remove && create) {
		nb_error(call, "remove_tags",
			 "Cannot specify \"remove_tags\" when creating an object.");
		return false;
	}
	json_array_foreach (add, i, item) {
		if (has_id(remove, item)) {
			nb_error(call, "remove_tags",
				 "Tags cannot be in both \"add_tags\" and \"remove_tags\".");
			return false;
		}
	}
	return true;
}

json_t *nb_tags_value(struct nb_call *call, struct nb_object *object, const json_t *body)
{
	const json_t *tags = json_object_get(body, "tags");
	bool takes_changes = nb_has(call->nb, NB_ADD_TAGS);
	const json_t *add = takes_changes ? json_object_get(body, "add_tags") : NULL;
	const json_t *remove = takes_changes ? json_object_get(body, "remove_tags") : NULL;
	sb_autojson *set = NULL, *added = NULL, *removed = NULL;
	const json_t *base = object->values[object->table->tags];

	if (call->select.prunes && !call->select.on[object->table->tags])
		tags = NULL;
	if (!tags && !add && !remove)
		return NULL;
	if (tags && !(set = tag_ids(call, "tags", tags)))
		return NULL;
	if (add && !(added = tag_ids(call, "add_tags", add)))
		return NULL;
	if (remove && !(removed = tag_ids(call, "remove_tags", remove)))
		return NULL;
	if (!may_combine(call, set, added, removed, !object->updated_us))
		return NULL;
	return merge_tags(set ? set : base, added, removed);
}

bool nb_lists_type(const json_t *types, const char *type)
{
	json_t *item;
	size_t i;

	json_array_foreach (types, i, item) {
		if (sb_streq(json_string_value(item), type))
			return true;
	}
	return false;
}

void nb_tags_check(struct nb_call *call, const struct nb_object *object)
{
	const struct nb_table *tags = nb_table(call->nb, "extras.tag");
	const char *type = object->table->model->type;
	json_t *id;
	size_t i;

	if (object->table->tags < 0)
		return;
	json_array_foreach (object->values[object->table->tags], i, id) {
		const struct nb_object *tag = nb_find(tags, json_integer_value(id));
		const json_t *types = tag ? nb_get(tag, "object_types") : NULL;

		if (!json_array_size(types) || nb_lists_type(types, type))
			continue;
		nb_detail(call, 400, "Tag %s cannot be assigned to %s objects.",
			  nb_text(tag, "name"), strchr(type, '.') + 1);
		return;
	}
}

struct tag_row {
	const struct nb_object *tag;
	int64_t weight;
	const char *name;
};

static int tag_cmp(const void *a, const void *b)
{
	const struct tag_row *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight < y->weight ? -1 : 1;
	return nb_natural_cmp(x->name, y->name);
}

json_t *nb_tags_sorted(const struct nb_object *object, const struct lab_netbox *nb)
{
	const struct nb_table *tags = nb_table(nb, "extras.tag");
	const json_t *ids = object->values[object->table->tags];
	size_t n = 0, i;
	struct tag_row *rows;
	json_t *out = json_array(), *id;

	if (!json_array_size(ids))
		return out;
	rows = calloc(json_array_size(ids), sizeof(rows[0]));
	json_array_foreach (ids, i, id) {
		const struct nb_object *tag = nb_find(tags, json_integer_value(id));

		if (rows && tag)
			rows[n++] =
				(struct tag_row){tag, nb_int(tag, "weight"), nb_text(tag, "name")};
	}
	if (n)
		qsort(rows, n, sizeof(rows[0]), tag_cmp);
	for (i = 0; i < n; i++)
		json_array_append_new(out, json_integer(rows[i].tag->id));
	free(rows);
	return out;
}
