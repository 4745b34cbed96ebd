/* SPDX-License-Identifier: Apache-2.0 */
/* Settling requests of earlier runs that got no answer. */
#include "apply/settle.h"

#include <string.h>

#include "base/buf.h"
#include "apply/body.h"
#include "model/extras.h"
#include "model/journal.h"
#include "netbox/home.h"
#include "run/session.h"
#include "stagebox/json.h"

/* Enough for shared kinds, which are small, and for the targets of one request. */
#define MAX_ROWS 1000

enum fate { FATE_OPEN, FATE_DROPPED, FATE_COMMITTED };

int64_t sb_settle_at(const json_t *task)
{
	const json_t *netbox = json_object_get(json_object_get(task, "conf"), "netbox");
	int64_t settle = json_integer_value(json_object_get(netbox, "settle")), last = 0;
	int64_t now_s = json_integer_value(json_object_get(task, "now_s"));
	const json_t *request;
	size_t i;

	json_array_foreach (json_object_get(task, "open_requests"), i, request) {
		int64_t since = json_integer_value(json_object_get(request, "since"));

		if (since > last)
			last = since;
	}
	if (now_s && last > now_s) /* the clock was ahead when it was recorded */
		last = now_s;
	/* "since" is in whole seconds, so the second that has begun counts in full. */
	return last ? last + settle + 1 : 0;
}

int sb_settle_wait(struct sb_run *run, int64_t at_s, struct sb_error *err)
{
	struct sb_io *io = sb_http_io(run->http);
	int rc = 0;

	sb_run_announce_wait(run, at_s,
			     "requests of an earlier run without an answer, which NetBox "
			     "may still commit (netbox.settle)");
	while (!rc && io->ops->wall_s(io) < at_s)
		rc = sb_http_turn(run->http, 50, err);
	return rc;
}

/* All rows of a list, or NULL when the answer is incomplete. Borrowed from *ret_list. */
static const json_t *read_whole_list(struct sb_run *run, const char *path, json_t **ret_list)
{
	const json_t *rows;

	if (sb_session_get(run, path, ret_list, NULL) < 0)
		return NULL;
	rows = json_object_get(*ret_list, "results");
	return json_is_array(rows) && json_integer_value(json_object_get(*ret_list, "count")) ==
					      (json_int_t)json_array_size(rows)
		       ? rows
		       : NULL;
}

/* The keys of a kind as a set, from the list that the run read; shared kinds are read now if no
 * stage read them. NULL = not known. New reference. */
static json_t *keys_of(struct sb_run *run, const struct sb_nb_list *list)
{
	sb_autojson *answer = NULL;
	sb_autobuf path = SB_BUF_INIT(256);
	json_t *keys = json_object();
	const json_t *rows, *row;
	size_t i;

	if (list->known == SB_KNOWN_COMPLETE) {
		for (i = 0; i < sb_table_count(list->rows); i++)
			json_object_set_new(keys, sb_table_key_at(list->rows, i), json_true());
		return keys;
	}
	sb_buf_addf(&path, "%s/?limit=%d", list->kind->path, MAX_ROWS);
	rows = list->kind->flags & SB_KIND_SHARED ? read_whole_list(run, sb_buf_str(&path), &answer)
						  : NULL;
	if (!rows) {
		json_decref(keys);
		return NULL;
	}
	json_array_foreach (rows, i, row) {
		sb_autofree char *key = sb_shared_key_of_row(list->kind, row);

		if (key)
			json_object_set_new(keys, key, json_true());
	}
	return keys;
}

static enum fate fate_of_create(struct sb_run *run, const struct sb_nb_list *list,
				const json_t *wanted)
{
	sb_autojson *keys = keys_of(run, list);
	const json_t *key;
	size_t i;

	if (!keys)
		return FATE_OPEN;
	json_array_foreach (wanted, i, key) {
		if (!json_object_get(keys, json_string_value(key)))
			return FATE_DROPPED;
	}
	return FATE_COMMITTED;
}

/* Objects with a home are at another path, or in their parents. */
static const json_t *read_home(struct sb_run *run, const struct sb_kind *kind, const char *ids,
			       json_t **ret_rows)
{
	return sb_netbox_list_wait(run->netbox, kind->path, ids, "", ret_rows, NULL) < 0
		       ? NULL
		       : *ret_rows;
}

/* The rows that a PATCH or DELETE targeted. Borrowed from *ret_answer; NULL = not known. */
static const json_t *read_targets(struct sb_run *run, const struct sb_kind *kind,
				  const json_t *keys, json_t **ret_answer)
{
	sb_autobuf path = SB_BUF_INIT(4000);
	json_int_t id, last = 0;
	const json_t *key;
	size_t i, start;

	sb_buf_addf(&path, "%s/?limit=%d&", kind->path, MAX_ROWS);
	start = path.len;
	json_array_foreach (keys, i, key) {
		id = json_integer_value(json_object_get(key, "id"));
		if (id != last) /* several stages wrote one object */
			sb_buf_addf(&path, "%sid=%" JSON_INTEGER_FORMAT,
				    path.len > start ? "&" : "", id);
		last = id;
	}
	if (path.failed)
		return NULL;
	return sb_netbox_home_find(run->netbox, kind->path)
		       ? read_home(run, kind, sb_buf_str(&path) + start, ret_answer)
		       : read_whole_list(run, sb_buf_str(&path), ret_answer);
}

static const json_t *row_of_id(const json_t *rows, const json_t *id)
{
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		if (json_equal(json_object_get(row, "id"), id))
			return row;
	}
	return NULL;
}

/* NetBox commits a request as one transaction, so its first entry decides for all. */
static enum fate fate_of_entries(struct sb_run *run, const struct sb_kind *kind, const json_t *keys)
{
	const json_t *sent = json_object_get(json_array_get(keys, 0), "sent"), *rows, *row;
	sb_autofree char *name = sent ? sb_journal_name(sent) : NULL;
	sb_autobuf path = SB_BUF_INIT(512);
	sb_autojson *answer = NULL;
	size_t i;

	sb_buf_addf(&path, "%s/?limit=%d&", kind->path, MAX_ROWS);
	if (name) /* of all entries that have the number of a run, those of its object */
		sb_buf_addf(&path,
			    SB_JOURNAL_OBJECT "_type=%s&" SB_JOURNAL_OBJECT
					      "_id=%" JSON_INTEGER_FORMAT "&",
			    sb_json_str(sent, SB_JOURNAL_OBJECT "_type"),
			    json_integer_value(json_object_get(sent, SB_JOURNAL_OBJECT "_id")));
	if (name)
		sb_journal_query(sent, &path);
	rows = name && !path.failed ? read_whole_list(run, sb_buf_str(&path), &answer) : NULL;
	if (!rows)
		return FATE_OPEN;
	json_array_foreach (rows, i, row) {
		sb_autofree char *found = sb_journal_name(row);

		if (found && sb_streq(found, name))
			return FATE_COMMITTED;
	}
	return FATE_DROPPED;
}

/* Does the row hold all values that were sent? A row that was deleted since then does not prove the
 * opposite. */
static enum fate fate_of_update(const struct sb_kind *kind, const json_t *row, const json_t *sent)
{
	sb_autojson *now = row ? sb_value_flatten(kind, row) : NULL;
	sb_autojson *then = sb_value_flatten(kind, sent);

	if (!then)
		return FATE_OPEN;
	return now && sb_value_differs(kind, now, then) ? FATE_DROPPED : FATE_COMMITTED;
}

/* NetBox commits a request as one transaction, so one object decides for all. */
static enum fate fate_of_change(struct sb_run *run, const struct sb_kind *kind, const json_t *keys,
				bool is_delete)
{
	sb_autojson *answer = NULL;
	const json_t *rows = read_targets(run, kind, keys, &answer), *key;
	enum fate fate = FATE_COMMITTED;
	size_t i;

	if (!rows)
		return FATE_OPEN;
	if (is_delete)
		return json_array_size(rows) ? FATE_DROPPED : FATE_COMMITTED;
	json_array_foreach (keys, i, key) {
		if (fate == FATE_COMMITTED)
			fate = fate_of_update(kind, row_of_id(rows, json_object_get(key, "id")),
					      json_object_get(key, "sent"));
	}
	return fate;
}

/* Note the values of a committed update as ours, as its run would have done. */
static void send_sent_values(struct sb_run *run, const struct sb_kind *kind, const json_t *keys)
{
	const struct sb_apply apply = {.run = run};
	const json_t *entry;
	size_t i;

	json_array_foreach (keys, i, entry) {
		sb_autojson *sent = sb_value_flatten(kind, json_object_get(entry, "sent"));
		sb_autojson *fields = sent ? sb_body_applied(&apply, kind, sent) : NULL;

		json_object_del(fields, SB_MEMBER_TAGS); /* holds people's tags too */
		if (json_object_size(fields))
			sb_event_send(run->events,
				      json_pack("{s:s, s:O, s:O}", "ev", "applied", "key",
						json_object_get(entry, "key"), "fields", fields));
	}
}

void sb_settle_report(struct sb_run *run, const json_t *task)
{
	const json_t *request;
	size_t i;

	json_array_foreach (json_object_get(task, "open_requests"), i, request) {
		const char *kind = sb_json_str(request, "kind");
		const char *method = sb_json_str(request, "method");
		const json_t *keys = json_object_get(request, "keys");
		const struct sb_nb_list *list = kind ? sb_snapshot_list(run->snap, kind) : NULL;
		enum fate fate = FATE_OPEN;

		if (!list || !method)
			continue;
		if (sb_kind_is_journal(list->kind))
			fate = fate_of_entries(run, list->kind, keys);
		else if (sb_streq(method, "POST"))
			fate = fate_of_create(run, list, keys);
		else
			fate = fate_of_change(run, list->kind, keys, sb_streq(method, "DELETE"));
		if (fate == FATE_COMMITTED && sb_streq(method, "PATCH"))
			send_sent_values(run, list->kind, keys);
		if (fate == FATE_OPEN)
			continue;
		sb_event_send(run->events, json_pack("{s:s, s:O, s:O, s:s}", "ev", "settled", "run",
						     json_object_get(request, "run"), "id",
						     json_object_get(request, "id"), "outcome",
						     fate == FATE_COMMITTED ? "settled-committed"
									    : "settled-dropped"));
	}
}
