/* SPDX-License-Identifier: Apache-2.0 */
/* The journal of write requests in the SQLite back-end. */
#include "store/sqlite_priv.h"

#include <inttypes.h>
#include <sodium.h>

enum { MAX_KEPT_BYTES = 200 };

int sb_sqlite_request_begin(struct sb_store *store, int64_t run, int64_t id, const char *method,
			    const char *path, const char *kind, const json_t *keys, int64_t now_s,
			    struct sb_error *err)
{
	int rc = sb_sql_run((struct sb_sqlite *)store, err, "writing the journal",
			    "INSERT INTO request (run, id, method, path, kind, keys, begun)"
			    " VALUES (?, ?, ?, ?, ?, coalesce(?, '[]'), ?)",
			    "iisssji", run, id, method, path, kind, keys, now_s);

	if (rc < 0)
		return sb_context(err, rc, "request %" PRId64 " of run %" PRId64, id, run);
	return 0;
}

/* "sha256:<hex>, 8192 bytes" for a long value, else NULL. */
static json_t *digest_of(const json_t *value)
{
	sb_autofree char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
	size_t len = text ? strlen(text) : 0;
	unsigned char hash[crypto_hash_sha256_BYTES];
	char hex[2 * sizeof(hash) + 1];

	if (len <= MAX_KEPT_BYTES)
		return NULL;
	crypto_hash_sha256(hash, (const unsigned char *)text, len);
	sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
	return json_sprintf("sha256:%s, %zu bytes", hex, len);
}

/* Returns whether a value was replaced. */
static bool digest_long_values(json_t *values)
{
	bool is_changed = false;
	const char *name;
	json_t *value;

	json_object_foreach (values, name, value) {
		json_t *digest = json_is_object(value) ? NULL : digest_of(value);

		if (digest)
			is_changed = json_object_set_new(values, name, digest) == 0 || is_changed;
		else
			is_changed = digest_long_values(value) || is_changed;
	}
	return is_changed;
}

/* A later run compares what was sent by a request without a known outcome with NetBox
 * (core/apply/settle.c). After that the values are shown only, so long ones are dropped: the texts
 * of one guest could fill the store. */
static int drop_long_values(struct sb_sqlite *sqlite, int64_t run, int64_t id, struct sb_error *err)
{
	sb_autojson *keys = NULL;
	bool is_changed = false;
	sb_autosql query = {0};
	json_t *entry;
	size_t i;
	int rc;

	rc = sb_sql_query(sqlite, &query, err, "reading the journal",
			  "SELECT keys FROM request WHERE run = ? AND id = ?"
			  " AND length(keys) > 200 AND instr(keys, '\"sent\"')",
			  "ii", run, id);
	if (!rc)
		rc = sb_sql_next(&query, err);
	if (rc <= 0)
		return rc;
	rc = sb_sql_json(&query, 0, &keys, err);
	sb_sql_end(&query);
	if (rc < 0)
		return rc;
	json_array_foreach (keys, i, entry)
		is_changed = digest_long_values(json_object_get(entry, "sent")) || is_changed;
	if (!is_changed)
		return 0;
	rc = sb_sql_run(sqlite, err, "writing the journal",
			"UPDATE request SET keys = ? WHERE run = ? AND id = ?", "jii", keys, run,
			id);
	return rc < 0 ? rc : 0;
}

int sb_sqlite_request_end(struct sb_store *store, int64_t run, int64_t id, int status,
			  const char *outcome, int64_t now_s, struct sb_error *err)
{
	int rc = sb_sql_run((struct sb_sqlite *)store, err, "writing the journal",
			    "UPDATE request SET status = ?, outcome = ?, ended = ?"
			    " WHERE run = ? AND id = ?",
			    "isiii", (int64_t)status, outcome, now_s, run, id);

	if (!rc)
		return sb_fail(err, SB_E_NOTFOUND,
			       "request %" PRId64 " of run %" PRId64 " was never begun", id, run);
	if (rc > 0 && !sb_streq(outcome, "unsettled"))
		rc = drop_long_values((struct sb_sqlite *)store, run, id, err);
	return rc < 0 ? rc : 0;
}

static int append_request(const struct sb_sql *query, int column, json_t *list, json_t *object,
			  struct sb_error *err)
{
	json_t *keys = NULL;
	int rc;

	if (json_array_append_new(list, object) < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	rc = sb_sql_json(query, column, &keys, err);
	if (rc < 0)
		return rc;
	if (json_object_set_new(object, "keys", keys) < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	return 0;
}

int sb_sqlite_request_open(struct sb_store *store, const char *endpoint, int64_t now_s,
			   json_t **ret_requests, struct sb_error *err)
{
	sb_autojson *requests = json_array();
	sb_autosql query = {0};
	int rc;

	rc = sb_sql_query((struct sb_sqlite *)store, &query, err, "reading open requests",
			  "SELECT q.run, q.id, q.method, q.kind, q.keys,"
			  " CASE r.ended WHEN 0 THEN ?2 ELSE r.ended END, r.schema"
			  " FROM request q JOIN run r ON r.id = q.run"
			  " WHERE (?1 IS NULL OR r.endpoint = ?1)"
			  " AND q.outcome IN ('begun', 'unsettled') ORDER BY q.run, q.id",
			  "si", endpoint, now_s);
	if (rc < 0)
		return rc;
	while ((rc = sb_sql_next(&query, err)) > 0) {
		json_t *object = json_pack(
			"{s:I, s:I, s:s, s:s, s:I}", "run", (json_int_t)sb_sql_int(&query, 0), "id",
			(json_int_t)sb_sql_int(&query, 1), "method", sb_sql_text(&query, 2), "kind",
			sb_sql_text(&query, 3), "since", (json_int_t)sb_sql_int(&query, 5));

		if (*sb_sql_text(&query, 6))
			json_object_set_new(object, "schema", json_string(sb_sql_text(&query, 6)));

		rc = append_request(&query, 4, requests, object, err);
		if (rc < 0)
			return rc;
	}
	if (!rc)
		*ret_requests = sb_steal(requests);
	return rc;
}

int sb_sqlite_request_list(struct sb_sqlite *sqlite, int64_t run, json_t **ret_requests,
			   struct sb_error *err)
{
	sb_autojson *requests = json_array();
	sb_autosql query = {0};
	int rc;

	rc = sb_sql_query(sqlite, &query, err, "reading the journal",
			  "SELECT id, method, path, kind, keys, status, outcome, begun, ended"
			  " FROM request WHERE run = ? ORDER BY id",
			  "i", run);
	if (rc < 0)
		return rc;
	while ((rc = sb_sql_next(&query, err)) > 0) {
		json_t *object = json_pack(
			"{s:I, s:s, s:s, s:s, s:I, s:s, s:I, s:I}", "id",
			(json_int_t)sb_sql_int(&query, 0), "method", sb_sql_text(&query, 1), "path",
			sb_sql_text(&query, 2), "kind", sb_sql_text(&query, 3), "status",
			(json_int_t)sb_sql_int(&query, 5), "outcome", sb_sql_text(&query, 6),
			"begun", (json_int_t)sb_sql_int(&query, 7), "ended",
			(json_int_t)sb_sql_int(&query, 8));

		rc = append_request(&query, 4, requests, object, err);
		if (rc < 0)
			return rc;
	}
	if (!rc)
		*ret_requests = sb_steal(requests);
	return rc;
}

/* A request creates objects of one kind, so its first key decides. The time of the run's start
 * saves reading the journal of older runs, none of which lasts a week. */
int sb_sqlite_shared_made(struct sb_store *store, const char *endpoint, int64_t since_s,
			  json_t **ret_made, struct sb_error *err)
{
	sb_autojson *made = json_object();
	sb_autosql query = {0};
	int rc;

	rc = sb_sql_query((struct sb_sqlite *)store, &query, err, "reading the journal",
			  "SELECT q.kind, sum(json_array_length(q.keys))"
			  " FROM run r JOIN request q ON q.run = r.id"
			  " WHERE r.endpoint = ?1 AND r.started >= ?2 - 604800 AND q.begun >= ?2"
			  " AND q.method = 'POST' AND q.keys GLOB '[[]\"shared/*' AND q.outcome IN"
			  " ('begun', 'done', 'unsettled', 'settled-committed') GROUP BY q.kind",
			  "si", endpoint, since_s);
	if (rc < 0)
		return rc;
	while ((rc = sb_sql_next(&query, err)) > 0)
		if (json_object_set_new(made, sb_sql_text(&query, 0),
					json_integer((json_int_t)sb_sql_int(&query, 1))) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	if (!rc)
		*ret_made = sb_steal(made);
	return rc;
}
