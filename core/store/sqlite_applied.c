/* SPDX-License-Identifier: Apache-2.0 */
/* Last-applied values and the counters of missing objects in the SQLite back-end. */
#include "store/sqlite_priv.h"

/* Returns 1 when there are values. */
static int find_applied(struct sb_sqlite *sqlite, const char *endpoint, const char *key,
			json_t **ret_fields, struct sb_error *err)
{
	sb_autosql query = {0};
	int rc;

	rc = sb_sql_query(sqlite, &query, err, "reading applied values",
			  "SELECT fields FROM applied WHERE endpoint = ? AND key = ?", "ss",
			  endpoint, key);
	if (!rc)
		rc = sb_sql_next(&query, err);
	if (rc <= 0)
		return rc;
	rc = sb_sql_json(&query, 0, ret_fields, err);
	return rc < 0 ? rc : 1;
}

/* json_patch() of SQL would drop a null, but a null that was applied is a value. */
int sb_sqlite_applied_merge(struct sb_sqlite *sqlite, const char *endpoint, const char *key,
			    const json_t *fields, struct sb_error *err)
{
	sb_autojson *have = NULL;
	int rc = find_applied(sqlite, endpoint, key, &have, err);

	if (rc < 0)
		return rc;
	if (rc && json_is_object(have)) {
		if (json_object_update(have, (json_t *)fields) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
		fields = have;
	}
	rc = sb_sql_run(sqlite, err, "writing applied values",
			"INSERT OR REPLACE INTO applied (endpoint, key, fields) VALUES (?, ?, ?)",
			"ssj", endpoint, key, fields);
	return rc < 0 ? rc : 0;
}

int sb_sqlite_applied_put(struct sb_store *store, const char *endpoint, const char *key,
			  const json_t *fields, struct sb_error *err)
{
	struct sb_sqlite *sqlite = (struct sb_sqlite *)store;
	int rc;

	if (sqlite->is_grouped) /* one write needs no savepoint, and 10,000 savepoints are slow */
		return sb_sqlite_applied_merge(sqlite, endpoint, key, fields, err);
	rc = sb_sql_begin(sqlite, err);
	if (rc < 0)
		return rc;
	return sb_sql_finish(sqlite, sb_sqlite_applied_merge(sqlite, endpoint, key, fields, err),
			     err);
}

int sb_sqlite_applied_drop(struct sb_store *store, const char *endpoint, const char *key,
			   struct sb_error *err)
{
	int rc = sb_sql_run((struct sb_sqlite *)store, err, "dropping applied values",
			    "DELETE FROM applied WHERE endpoint = ? AND key = ?", "ss", endpoint,
			    key);

	return rc < 0 ? rc : 0;
}

int sb_sqlite_applied_forget(struct sb_store *store, const char *field, struct sb_error *err)
{
	int rc = sb_sql_run((struct sb_sqlite *)store, err, "forgetting the values of a field",
			    "UPDATE applied SET fields = json_remove(fields, '$.' || ?1) "
			    "WHERE json_type(fields, '$.' || ?1) IS NOT NULL",
			    "s", field);

	if (rc >= 0)
		rc = sb_sql_run((struct sb_sqlite *)store, err, "forgetting the values of a field",
				"UPDATE branch_applied"
				" SET fields = json_remove(fields, '$.' || ?1) "
				"WHERE json_type(fields, '$.' || ?1) IS NOT NULL",
				"s", field);

	return rc < 0 ? rc : 0;
}

int sb_sqlite_applied_each(struct sb_store *store, const char *endpoint, sb_store_each_fn *fn,
			   void *arg, struct sb_error *err)
{
	sb_autosql query = {0};
	int rc;

	rc = sb_sql_query((struct sb_sqlite *)store, &query, err, "reading applied values",
			  "SELECT key, fields FROM applied WHERE endpoint = ? ORDER BY key", "s",
			  endpoint);
	if (rc < 0)
		return rc;
	while ((rc = sb_sql_next(&query, err)) > 0) {
		rc = fn(arg, sb_sql_text(&query, 0), sb_sql_text(&query, 1));
		if (rc < 0)
			return rc;
	}
	return rc;
}

static int replace_misses(struct sb_sqlite *sqlite, const char *endpoint, json_t *misses,
			  struct sb_error *err)
{
	const char *key;
	json_t *miss;
	int rc;

	rc = sb_sql_run(sqlite, err, "writing misses", "DELETE FROM miss WHERE endpoint = ?", "s",
			endpoint);
	if (rc < 0)
		return rc;
	json_object_foreach (misses, key, miss) {
		rc = sb_sql_run(sqlite, err, "writing misses",
				"INSERT INTO miss (endpoint, key, runs, since) VALUES (?, ?, ?, ?)",
				"ssii", endpoint, key,
				(int64_t)json_integer_value(json_object_get(miss, "runs")),
				(int64_t)json_integer_value(json_object_get(miss, "since")));
		if (rc < 0)
			return rc;
	}
	return 0;
}

int sb_sqlite_misses_put(struct sb_store *store, const char *endpoint, const json_t *misses,
			 struct sb_error *err)
{
	struct sb_sqlite *sqlite = (struct sb_sqlite *)store;
	int rc = sb_sql_begin(sqlite, err);

	if (rc < 0)
		return rc;
	return sb_sql_finish(sqlite, replace_misses(sqlite, endpoint, (json_t *)misses, err), err);
}

int sb_sqlite_misses_get(struct sb_store *store, const char *endpoint, json_t **ret_misses,
			 struct sb_error *err)
{
	sb_autojson *misses = json_object();
	sb_autosql query = {0};
	int rc;

	rc = sb_sql_query((struct sb_sqlite *)store, &query, err, "reading misses",
			  "SELECT key, runs, since FROM miss WHERE endpoint = ? ORDER BY key", "s",
			  endpoint);
	if (rc < 0)
		return rc;
	while ((rc = sb_sql_next(&query, err)) > 0) {
		json_t *miss = json_pack("{s:I, s:I}", "runs", (json_int_t)sb_sql_int(&query, 1),
					 "since", (json_int_t)sb_sql_int(&query, 2));

		if (json_object_set_new(misses, sb_sql_text(&query, 0), miss) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	if (!rc)
		*ret_misses = sb_steal(misses);
	return rc;
}
