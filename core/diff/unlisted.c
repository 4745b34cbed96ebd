/* SPDX-License-Identifier: Apache-2.0 */
#include "diff/unlisted.h"

#include <string.h>

#include "model/key.h"
#include "stagebox/json.h"

enum { MAX_ABOVE = 8 }; /* kinds above a part: address, interface, guest, cluster */

/* The kind of the object that objects of a kind are part of; row: NULL = any. NULL = none. */
static const struct sb_kind *kind_above(const struct sb_run *run, const struct sb_kind *kind,
					const json_t *row)
{
	const struct sb_kinds *kinds = sb_registry_kinds(run->registry);
	const struct sb_kind_field *field =
		kind->parent_field ? sb_kind_field(kind, kind->parent_field) : NULL;
	const char *type = field ? sb_json_str(json_object_get(row, field->name), "type") : NULL;

	if (type)
		return sb_kinds_find_type(kinds, type);
	return field && field->kind ? sb_kinds_find(kinds, field->kind) : NULL;
}

static bool lists_object_above(const struct sb_nb_list *list, const char *key)
{
	char above[512];
	size_t len = strlen(key);

	if (len >= sizeof(above))
		return false;
	memcpy(above, key, len + 1);
	while (sb_key_cut(above))
		if (sb_table_get(list->rows, above))
			return true;
	return false;
}

const struct sb_nb_list *sb_unlisted_parent(const struct sb_run *run, const struct sb_kind *kind,
					    const char *key, const json_t *row)
{
	const struct sb_kind *above = kind_above(run, kind, row);
	int i;

	for (i = 0; above && i < MAX_ABOVE; i++, above = kind_above(run, above, NULL)) {
		const struct sb_nb_list *list = sb_snapshot_list(run->snap, above->name);

		/* A list that was not asked for has no reason. */
		if (list && list->known != SB_KNOWN_COMPLETE && list->why.code &&
		    !lists_object_above(list, key))
			return list;
	}
	return NULL;
}
