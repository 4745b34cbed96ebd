/* SPDX-License-Identifier: Apache-2.0 */
/* Facts and the deletion of old rows in the SQLite back-end. */
#include "store/sqlite_priv.h"

int sb_sqlite_fact_put(struct sb_store *store, const char *name, const char *value,
		       struct sb_error *err)
{
	struct sb_sqlite *sqlite = (struct sb_sqlite *)store;
	int rc;

	if (value)
		rc = sb_sql_run(sqlite, err, "writing a fact",
				"INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)", "ss",
				name, value);
	else
		rc = sb_sql_run(sqlite, err, "removing a fact", "DELETE FROM fact WHERE name = ?",
				"s", name);
	return rc < 0 ? rc : 0;
}

/* Returns 1 when a row was found, with a copy of its only column. */
static int read_one_text(struct sb_sql *query, char **ret_text, struct sb_error *err)
{
	int rc = sb_sql_next(query, err);
	char *copy;

	if (rc <= 0)
		return rc;
	copy = strdup(sb_sql_text(query, 0));
	if (!copy)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	*ret_text = copy;
	return 1;
}

int sb_sqlite_fact_get(struct sb_store *store, const char *name, char **ret_value,
		       struct sb_error *err)
{
	sb_autosql query = {0};
	int rc;

	rc = sb_sql_query((struct sb_sqlite *)store, &query, err, "reading a fact",
			  "SELECT value FROM fact WHERE name = ?", "s", name);
	if (!rc)
		rc = read_one_text(&query, ret_value, err);
	if (rc < 0)
		return rc;
	if (!rc)
		*ret_value = NULL;
	return 0;
}

static int delete_old(struct sb_sqlite *sqlite, int64_t now_s, int64_t keep_s, struct sb_error *err)
{
	int rc =
		sb_sql_run(sqlite, err, "sweeping runs",
			   "DELETE FROM run WHERE status NOT IN ('queued', 'running') AND ended < ?"
			   " AND NOT EXISTS (SELECT 1 FROM request WHERE run = run.id"
			   "  AND outcome IN ('begun', 'unsettled'))",
			   "i", now_s - keep_s);

	if (rc >= 0)
		rc = sb_sql_run(
			sqlite, err, "sweeping actions",
			"DELETE FROM action WHERE state <> 'open' AND ended < ? AND NOT EXISTS"
			" (SELECT 1 FROM call WHERE call.endpoint = action.endpoint"
			"  AND call.document = action.document AND call.outcome = 'open')",
			"i", now_s - keep_s);
	if (rc >= 0)
		rc = sb_sql_run(sqlite, err, "sweeping actions",
				"DELETE FROM call WHERE outcome <> 'open' AND NOT EXISTS"
				" (SELECT 1 FROM action WHERE action.endpoint = call.endpoint"
				"  AND action.document = call.document AND action.op = call.op)",
				"");
	if (rc >= 0) /* nothing reverts a merged branch whose run is forgotten */
		rc = sb_sql_run(sqlite, err, "sweeping branches",
				"DELETE FROM branch WHERE merged"
				" AND run NOT IN (SELECT id FROM run)"
				" AND NOT coalesce(json_extract(settings, '$.keep_days'), 0)",
				"");
	if (rc >= 0)
		rc = sb_sql_run(sqlite, err, "sweeping branches",
				"DELETE FROM branch_applied"
				" WHERE schema NOT IN (SELECT schema FROM branch)",
				"");
	return rc < 0 ? rc : 0;
}

int sb_sqlite_sweep(struct sb_store *store, int64_t now_s, int64_t keep_s, struct sb_error *err)
{
	struct sb_sqlite *sqlite = (struct sb_sqlite *)store;
	int rc = sb_sql_begin(sqlite, err);

	return rc < 0 ? rc : sb_sql_finish(sqlite, delete_old(sqlite, now_s, keep_s, err), err);
}
