/* SPDX-License-Identifier: Apache-2.0 */
/* References between objects, by kind and key. */
#include "run/ref.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "stagebox/json.h"

/* The state of an object by the reason why the diff left it out; SB_REF_NEW = there is no reason.
 */
static enum sb_ref_state absence_state(struct sb_run *run, const char *key, struct sb_error *why)
{
	const char *text = sb_table_get(run->diff->absent_why, key);

	if (!text)
		return SB_REF_NEW;
	sb_reason_get(text, why);
	if (why->code == SB_E_NOTFOUND || why->code == SB_E_UNSUPPORTED ||
	    why->code == SB_E_CONFLICT)
		return SB_REF_ABSENT;
	return SB_REF_UNKNOWN;
}

/* The state of an object that is neither in the list nor in the plan: only a complete list proves
 * that it does not exist. */
static enum sb_ref_state not_found(const struct sb_nb_list *list, struct sb_error *why)
{
	if (list->known == SB_KNOWN_COMPLETE)
		return SB_REF_ABSENT;
	*why = list->why;
	if (!why->code)
		sb_fail(why, SB_E_STATE, "NetBox's list of %s was not read", list->kind->name);
	return SB_REF_UNKNOWN;
}

static enum sb_ref_state no_such_kind(const char *kind, struct sb_error *why)
{
	sb_fail(why, SB_E_NOTFOUND, "unknown kind \"%s\"", kind);
	return SB_REF_ABSENT;
}

static bool has_id(struct sb_table *table, int64_t id)
{
	size_t i;

	for (i = 0; i < sb_table_count(table); i++)
		if (sb_table_id(table, sb_table_key_at(table, i)) == id)
			return true;
	return false;
}

enum sb_ref_state sb_ref_id(struct sb_run *run, const char *kind, int64_t id, json_t **ret_value,
			    struct sb_error *why)
{
	const struct sb_nb_list *list = sb_snapshot_list(run->snap, kind);

	if (!list)
		return no_such_kind(kind, why);
	if (has_id(list->rows, id) || has_id(run->diff->adopted, id)) {
		*ret_value = json_integer(id);
		return SB_REF_ID;
	}
	sb_fail(why, SB_E_NOTFOUND,
		"NetBox has no %s with id %" PRId64 " that belongs to this endpoint", kind, id);
	return not_found(list, why);
}

enum sb_ref_state sb_ref(struct sb_run *run, const char *kind, const char *key, json_t **ret_value,
			 struct sb_error *why)
{
	const struct sb_nb_list *list = sb_snapshot_list(run->snap, kind);
	enum sb_ref_state state;
	enum sb_vanishing vanishing;
	int64_t id;

	if (!list)
		return no_such_kind(kind, why);
	if (sb_map_get(run->diff->created, key, NULL)) {
		*ret_value = json_pack("{s:s}", "$ref", key);
		return SB_REF_NEW;
	}
	vanishing = sb_vanishing_of(run->diff, key);
	if (vanishing == SB_VANISHING_DELETE || vanishing == SB_VANISHING_RELEASE) {
		sb_fail(why, SB_E_NOTFOUND, "%s is being %s", key,
			vanishing == SB_VANISHING_DELETE ? "deleted" : "released");
		return SB_REF_ABSENT;
	}
	id = sb_table_id(list->rows, key);
	if (!id)
		id = sb_table_id(run->diff->adopted, key);
	if (id) {
		*ret_value = json_integer(id);
		return SB_REF_ID;
	}
	state = absence_state(run, key, why);
	if (state != SB_REF_NEW)
		return state;
	sb_fail(why, SB_E_NOTFOUND, "%s does not exist in NetBox", key);
	return not_found(list, why);
}
