/* SPDX-License-Identifier: Apache-2.0 */
/* Actions on Proxmox VE and their write requests in the SQLite back-end. */
#include "store/sqlite_priv.h"

#include <inttypes.h>

#include "stagebox/json.h"

int sb_sqlite_action_begin(struct sb_store *store, const struct sb_store_action *action,
			   int64_t now_s, struct sb_error *err)
{
	int rc = sb_sql_run(
		(struct sb_sqlite *)store, err, "writing the journal",
		"INSERT INTO action (endpoint, document, op, run, stage, key, verb, notes,"
		" begun) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
		" ON CONFLICT (endpoint, document, op) DO UPDATE SET run = excluded.run,"
		" notes = excluded.notes, state = 'open', cause = '', ended = 0",
		"ssiisssji", action->endpoint, action->document, action->op, action->run,
		action->stage, action->key, action->verb, action->notes, now_s);

	return rc < 0 ? sb_context(err, rc, "action on %.200s", action->key) : 0;
}

int sb_sqlite_action_end(struct sb_store *store, const char *endpoint, const char *document,
			 int64_t op, const char *state, const char *cause, int64_t now_s,
			 struct sb_error *err)
{
	int rc = sb_sql_run((struct sb_sqlite *)store, err, "writing the journal",
			    "UPDATE action SET state = ?, cause = ?, ended = ?"
			    " WHERE endpoint = ? AND document = ? AND op = ?",
			    "ssissi", state, cause, now_s, endpoint, document, op);

	if (!rc)
		return sb_fail(err, SB_E_NOTFOUND, "action %" PRId64 " was never begun", op);
	return rc < 0 ? rc : 0;
}

int sb_sqlite_call_begin(struct sb_store *store, const struct sb_store_call *call, int64_t now_s,
			 struct sb_error *err)
{
	sb_autojson *none = json_array();
	int rc = sb_sql_run(
		(struct sb_sqlite *)store, err, "writing the journal",
		"INSERT INTO call (endpoint, document, op, n, run, key, call, node, begun, older)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		"ssiiisssij", call->endpoint, call->document, call->op, call->n, call->run,
		call->key, call->name, call->node, now_s, call->older ? call->older : none);

	return rc < 0 ? sb_context(err, rc, "%s of %.200s", call->name, call->key) : 0;
}

int sb_sqlite_call_end(struct sb_store *store, const struct sb_store_call *call,
		       const char *outcome, const char *task, const char *exit, int64_t now_s,
		       struct sb_error *err)
{
	int rc = sb_sql_run((struct sb_sqlite *)store, err, "writing the journal",
			    "UPDATE call SET outcome = ?1,"
			    " task = CASE ?2 WHEN '' THEN task ELSE ?2 END,"
			    " exit = CASE ?3 WHEN '' THEN exit ELSE ?3 END,"
			    " ended = CASE ?1 WHEN 'open' THEN 0 ELSE ?4 END"
			    " WHERE endpoint = ?5 AND document = ?6 AND op = ?7 AND n = ?8",
			    "sssissii", outcome, task, exit, now_s, call->endpoint, call->document,
			    call->op, call->n);

	if (!rc)
		return sb_fail(err, SB_E_NOTFOUND,
			       "call %" PRId64 " of action %" PRId64 " was never begun", call->n,
			       call->op);
	return rc < 0 ? rc : 0;
}

/* A text column that may be empty. */
static void set_text(json_t *object, const char *name, const char *text)
{
	if (*text)
		json_object_set_new(object, name, json_string(text));
}

/* Calls are numbered from 1, without a gap: each is journaled before it is sent. */
static int list_calls(struct sb_sqlite *sqlite, const char *endpoint, const char *document,
		      int64_t op, json_t *calls, struct sb_error *err)
{
	sb_autosql query = {0};
	int rc = sb_sql_query(
		sqlite, &query, err, "reading the journal",
		"SELECT n, call, node, outcome, task, exit FROM call WHERE endpoint = ?"
		" AND document = ? AND op = ? ORDER BY n",
		"ssi", endpoint, document, op);

	while (rc >= 0 && (rc = sb_sql_next(&query, err)) > 0) {
		json_t *call =
			json_pack("{s:I, s:s, s:s, s:s}", "n", (json_int_t)sb_sql_int(&query, 0),
				  "call", sb_sql_text(&query, 1), "node", sb_sql_text(&query, 2),
				  "outcome", sb_sql_text(&query, 3));

		set_text(call, "task", sb_sql_text(&query, 4));
		set_text(call, "exit", sb_sql_text(&query, 5));
		if (json_array_append_new(calls, call) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	return rc;
}

int sb_sqlite_action_list(struct sb_store *store, const char *endpoint, const char *document,
			  json_t **ret_actions, struct sb_error *err)
{
	struct sb_sqlite *sqlite = (struct sb_sqlite *)store;
	sb_autojson *actions = json_array();
	sb_autosql query = {0};
	int rc = sb_sql_query(sqlite, &query, err, "reading the journal",
			      "SELECT op, run, stage, key, verb, state, cause, notes FROM action"
			      " WHERE endpoint = ? AND document = ? ORDER BY op",
			      "ss", endpoint, document);

	while (rc >= 0 && (rc = sb_sql_next(&query, err)) > 0) {
		json_t *calls = json_array(), *notes = NULL, *action;

		rc = sb_sql_json(&query, 7, &notes, err);
		if (!rc)
			rc = list_calls(sqlite, endpoint, document, sb_sql_int(&query, 0), calls,
					err);
		action = json_pack("{s:I, s:I, s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "op",
				   (json_int_t)sb_sql_int(&query, 0), "run",
				   (json_int_t)sb_sql_int(&query, 1), "stage",
				   sb_sql_text(&query, 2), "key", sb_sql_text(&query, 3), "verb",
				   sb_sql_text(&query, 4), "state", sb_sql_text(&query, 5), "cause",
				   sb_sql_text(&query, 6), "notes", notes ? notes : json_object(),
				   "calls", calls);
		if (json_array_append_new(actions, action) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	if (!rc)
		*ret_actions = sb_steal(actions);
	return rc;
}

int sb_sqlite_action_of_run(struct sb_sqlite *sqlite, int64_t run, json_t **ret_actions,
			    struct sb_error *err)
{
	sb_autojson *actions = json_array();
	sb_autosql query = {0};
	int rc = sb_sql_query(sqlite, &query, err, "reading the journal",
			      "SELECT endpoint, document, op, key, verb, state, cause FROM action"
			      " WHERE run = ? ORDER BY document, op",
			      "i", run);

	while (rc >= 0 && (rc = sb_sql_next(&query, err)) > 0) {
		json_t *calls = json_array();
		json_t *action = json_pack(
			"{s:I, s:s, s:s, s:s, s:s, s:o}", "op", (json_int_t)sb_sql_int(&query, 2),
			"key", sb_sql_text(&query, 3), "verb", sb_sql_text(&query, 4), "state",
			sb_sql_text(&query, 5), "cause", sb_sql_text(&query, 6), "calls", calls);

		rc = list_calls(sqlite, sb_sql_text(&query, 0), sb_sql_text(&query, 1),
				sb_sql_int(&query, 2), calls, err);
		if (json_array_append_new(actions, action) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	if (!rc)
		*ret_actions = sb_steal(actions);
	return rc;
}

int sb_sqlite_call_open(struct sb_store *store, const char *endpoint, json_t **ret_calls,
			struct sb_error *err)
{
	sb_autojson *calls = json_array();
	sb_autosql query = {0};
	int rc = sb_sql_query(
		(struct sb_sqlite *)store, &query, err, "reading open calls",
		"SELECT document, op, n, key, call, node, begun, task, older FROM call"
		" WHERE endpoint = ? AND outcome = 'open' ORDER BY begun, document, op, n",
		"s", endpoint);

	while (rc >= 0 && (rc = sb_sql_next(&query, err)) > 0) {
		json_t *older = NULL;
		json_t *call = json_pack(
			"{s:s, s:I, s:I, s:s, s:s, s:s, s:I}", "document", sb_sql_text(&query, 0),
			"op", (json_int_t)sb_sql_int(&query, 1), "n",
			(json_int_t)sb_sql_int(&query, 2), "key", sb_sql_text(&query, 3), "call",
			sb_sql_text(&query, 4), "node", sb_sql_text(&query, 5), "begun",
			(json_int_t)sb_sql_int(&query, 6));

		set_text(call, "task", sb_sql_text(&query, 7));
		rc = sb_sql_json(&query, 8, &older, err);
		json_object_set_new(call, "older", older ? older : json_array());
		if (json_array_append_new(calls, call) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	if (!rc)
		*ret_calls = sb_steal(calls);
	return rc;
}

int sb_sqlite_call_others(struct sb_store *store, const char *endpoint, const char *document,
			  int64_t since_s, int64_t run, json_t **ret_calls, struct sb_error *err)
{
	sb_autojson *calls = json_array();
	sb_autosql query = {0};
	int rc = sb_sql_query(
		(struct sb_sqlite *)store, &query, err, "reading the journal",
		"SELECT key, document, run, call FROM call WHERE endpoint = ? AND document <> ?"
		" AND outcome NOT IN ('rejected', 'dropped')"
		" AND (begun > ? OR (?4 > 0 AND run > ?4)) ORDER BY begun, run, op, n",
		"ssii", endpoint, document, since_s, run);

	while (rc >= 0 && (rc = sb_sql_next(&query, err)) > 0) {
		json_t *call =
			json_pack("{s:s, s:s, s:I, s:s}", "key", sb_sql_text(&query, 0), "document",
				  sb_sql_text(&query, 1), "run", (json_int_t)sb_sql_int(&query, 2),
				  "call", sb_sql_text(&query, 3));

		if (json_array_append_new(calls, call) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	if (!rc)
		*ret_calls = sb_steal(calls);
	return rc;
}

int sb_sqlite_call_tasks(struct sb_store *store, const char *endpoint, int64_t now_s,
			 json_t **ret_tasks, struct sb_error *err)
{
	sb_autojson *tasks = json_array();
	sb_autosql query = {0};
	int rc =
		sb_sql_query((struct sb_sqlite *)store, &query, err, "reading the journal",
			     "SELECT task FROM call WHERE endpoint = ?1 AND task <> '' AND begun >="
			     " coalesce((SELECT min(begun) FROM call WHERE endpoint = ?1"
			     "  AND outcome = 'open'), ?2) - 86400 ORDER BY task",
			     "si", endpoint, now_s);

	while (rc >= 0 && (rc = sb_sql_next(&query, err)) > 0)
		if (json_array_append_new(tasks, json_string(sb_sql_text(&query, 0))) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	if (!rc)
		*ret_tasks = sb_steal(tasks);
	return rc;
}

int sb_sqlite_call_list(struct sb_sqlite *sqlite, int64_t run, json_t **ret_calls,
			struct sb_error *err)
{
	sb_autojson *calls = json_array();
	sb_autosql query = {0};
	int rc = sb_sql_query(
		sqlite, &query, err, "reading the journal",
		"SELECT op, n, key, call, node, outcome, task, exit, begun, ended FROM call"
		" WHERE run = ? ORDER BY document, op, n",
		"i", run);

	while (rc >= 0 && (rc = sb_sql_next(&query, err)) > 0) {
		json_t *call = json_pack(
			"{s:I, s:I, s:s, s:s, s:s, s:s, s:I, s:I}", "op",
			(json_int_t)sb_sql_int(&query, 0), "n", (json_int_t)sb_sql_int(&query, 1),
			"key", sb_sql_text(&query, 2), "call", sb_sql_text(&query, 3), "node",
			sb_sql_text(&query, 4), "outcome", sb_sql_text(&query, 5), "begun",
			(json_int_t)sb_sql_int(&query, 8), "ended",
			(json_int_t)sb_sql_int(&query, 9));

		set_text(call, "task", sb_sql_text(&query, 6));
		set_text(call, "exit", sb_sql_text(&query, 7));
		if (json_array_append_new(calls, call) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	if (!rc)
		*ret_calls = sb_steal(calls);
	return rc;
}
