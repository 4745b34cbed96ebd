/* SPDX-License-Identifier: Apache-2.0 */
/* The values of completed ops, for the store. */
#include "apply/applied.h"

#include "apply/body.h"
#include "apply/set_op.h"
#include "model/extras.h"
#include "stagebox/json.h"

static void drop_values(struct sb_apply *apply, const char *key)
{
	sb_event_send(apply->events, json_pack("{s:s, s:s}", "ev", "applied_drop", "key", key));
}

/* The key under which the values of an object are stored whose key the op writes: it moved, or it
 * has lost its key. The parent has forgotten those of the key that it gets (former.h). NULL = none:
 * the object keeps its key, or is adopted and has none. */
static const char *stored_key(const struct sb_op *op)
{
	const char *before = sb_op_key_before(op);

	if (op->verb != SB_UPDATE || !json_object_get(op->set, "stagebox_key"))
		return NULL;
	if (before)
		return before;
	return json_object_get(op->set, "stagebox_adopted") ? NULL : op->key;
}

/* The stored values of such an object, with those that the op has written. */
static json_t *take_along(struct sb_apply *apply, const char *stored, const char *key,
			  json_t *fields_take)
{
	json_t *old = sb_table_get_json(apply->run->snap->applied, stored);

	if (!old)
		return fields_take;
	json_object_update(old, fields_take);
	json_decref(fields_take);
	if (!sb_streq(stored, key))
		drop_values(apply, stored);
	return old;
}

static bool is_of_endpoint(const char *slug, const char *key)
{
	return sb_starts_with(key, slug) && key[strlen(slug)] == '/';
}

void sb_apply_send_values(struct sb_apply *apply, const struct sb_op *op)
{
	const char *stored = stored_key(op);
	json_t *settled = json_object_get(apply->run->diff->settled, op->key);
	sb_autojson *fields = NULL, *members = NULL;

	if (!sb_starts_with(op->key, "shared/") && !is_of_endpoint(apply->run->slug, op->key))
		return; /* the other endpoint's own run notes its values */
	if (op->verb == SB_DELETE || op->releases) {
		if (op->account >= 0)
			drop_values(apply, op->key);
		return;
	}
	fields = sb_body_applied(apply, op->kind, op->set);
	if (op->verb == SB_UPDATE)
		json_object_del(fields, SB_MEMBER_TAGS); /* holds people's tags too */
	if (stored)
		fields = take_along(apply, stored, op->key, sb_steal(fields));
	if (settled) {
		sb_autojson *more = sb_body_applied(apply, op->kind, settled);

		json_object_update(fields, more);
	}
	members = sb_set_op_members(apply, op);
	json_object_update(fields, members);
	if (json_object_size(fields))
		sb_event_send(apply->events, json_pack("{s:s, s:s, s:O}", "ev", "applied", "key",
						       op->key, "fields", fields));
}
