/* SPDX-License-Identifier: Apache-2.0 */
/* Sites that NetBox fills by itself, from the object to which another field refers. */
#include "diff/inherited.h"

static json_t *find_row_by_id(const struct sb_pass *pass, const char *kind, int64_t id)
{
	const struct sb_nb_list *list = sb_snapshot_list(pass->run->snap, kind);
	const char *key;
	size_t i;

	for (i = 0; id && list && i < sb_table_count(list->rows); i++) {
		key = sb_table_key_at(list->rows, i);
		if (sb_table_id(list->rows, key) == id)
			return sb_table_get_json(list->rows, key);
	}
	return NULL;
}

/* Is the object to which a field refers at this place? */
static bool is_place_of(const struct sb_pass *pass, const struct sb_kind_field *field,
			const json_t *row, const json_t *place)
{
	const struct sb_nb_list *list =
		field && field->kind ? sb_snapshot_list(pass->run->snap, field->kind) : NULL;
	const struct sb_kind_field *own = list ? sb_kind_trait(list->kind, SB_TRAIT_PLACE) : NULL;
	sb_autojson *target = NULL;
	const json_t *value;

	if (!own)
		return false;
	target = find_row_by_id(pass, field->kind,
				json_integer_value(json_object_get(row, field->name)));
	value = json_object_get(target, own->name);
	return json_equal(own->type == SB_FIELD_OBJECT ? json_object_get(value, "id") : value,
			  place);
}

bool sb_place_is_of_netbox(const struct sb_pass *pass, const struct sb_kind_field *field,
			   const json_t *row)
{
	const json_t *now = json_object_get(row, field->name);
	const char *const *from;

	for (from = field->inherits; from && *from && !sb_value_empty(now); from++)
		if (is_place_of(pass, sb_kind_field(pass->kind, *from), row, now))
			return true;
	return false;
}
