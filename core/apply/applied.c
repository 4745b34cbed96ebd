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

/* The stored values of a moved object, with those that the move has written. */
static json_t *take_along(struct sb_apply *apply, const char *before, json_t *fields_take)
{
	json_t *old = sb_table_get_json(apply->run->snap->applied, before);

	if (!old)
		return fields_take;
	json_object_update(old, fields_take);
	json_decref(fields_take);
	drop_values(apply, before);
	return old;
}

static bool is_of_endpoint(const char *slug, const char *key)
{
	return sb_starts_with(key, slug) && key[strlen(slug)] == '/';
}

void sb_apply_send_values(struct sb_apply *apply, const struct sb_op *op)
{
	const char *before = sb_op_key_before(op);
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
	if (op->verb == SB_UPDATE && before && !sb_streq(before, op->key))
		fields = take_along(apply, before, sb_steal(fields));
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
