/* SPDX-License-Identifier: Apache-2.0 */
/* References between objects, by kind and key. */
#include <stdlib.h>
#include <string.h>

#include "engine/run.h"
#include "stagebox/json.h"

/* What became of an object that stands neither in NetBox nor in the plan. */
static enum sb_ref_state ended(struct sb_run *run, const char *key, struct sb_error *why)
{
	const char *text = sb_table_get(run->diff->ends, key);

	if (!text)
		return SB_REF_NEW; /* no end */
	sb_reason_get(text, why);
	if (why->code == SB_E_NOTFOUND || why->code == SB_E_UNSUPPORTED ||
	    why->code == SB_E_CONFLICT)
		return SB_REF_ABSENT;
	return SB_REF_UNKNOWN;
}

enum sb_ref_state sb_ref(struct sb_run *run, const char *kind, const char *key, json_t **ret_value,
			 struct sb_error *why)
{
	const struct sb_nb_list *list = sb_snapshot_list(run->snap, kind);
	enum sb_ref_state state;
	const char *fading;
	int64_t id;

	if (!list) {
		sb_fail(why, SB_E_NOTFOUND, "kind \"%s\" is not known", kind);
		return SB_REF_ABSENT;
	}
	if (sb_table_get(run->diff->created, key)) {
		*ret_value = json_pack("{s:s}", "$ref", key);
		return SB_REF_NEW;
	}
	fading = sb_table_get(run->diff->fading, key);
	if (fading && strcmp(fading, "delete") == 0) {
		sb_fail(why, SB_E_NOTFOUND, "%s is being deleted", key);
		return SB_REF_ABSENT;
	}
	id = sb_table_id(list->rows, key);
	if (!id)
		id = sb_table_id(run->diff->adopted, key);
	if (id) {
		*ret_value = json_integer(id);
		return SB_REF_ID;
	}
	state = ended(run, key, why);
	if (state != SB_REF_NEW)
		return state;
	if (list->known != SB_KNOWN_COMPLETE) {
		*why = list->why;
		if (!why->code)
			sb_fail(why, SB_E_STATE, "NetBox's list of %s was not read", kind);
		return SB_REF_UNKNOWN;
	}
	sb_fail(why, SB_E_NOTFOUND, "%s is not there", key);
	return SB_REF_ABSENT;
}
