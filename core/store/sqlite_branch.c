/* SPDX-License-Identifier: Apache-2.0 */
/* Branches of NetBox, and the values that were applied in them, in the SQLite back-end. */
#include "store/sqlite_priv.h"

#define READING "reading branches"
#define WRITING "writing a branch"

int sb_sqlite_branch_put(struct sb_store *store, const struct sb_store_branch *branch,
			 int64_t now_s, struct sb_error *err)
{
	int rc = sb_sql_run(
		(struct sb_sqlite *)store, err, WRITING,
		"INSERT INTO branch (endpoint, run, name, id, schema, modules, settings, step, job,"
		" since) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
		" ON CONFLICT (endpoint, run) DO UPDATE SET name = excluded.name, id = excluded.id,"
		" schema = excluded.schema, modules = excluded.modules,"
		" settings = excluded.settings, step = excluded.step, job = excluded.job,"
		" since = excluded.since",
		"sisisjjsii", branch->endpoint, branch->run, branch->name, branch->id,
		branch->schema, branch->modules, branch->settings, branch->step, branch->job,
		now_s);

	return rc < 0 ? sb_context(err, rc, "branch %.100s", branch->name) : 0;
}

static int branch_to_json(const struct sb_sql *query, json_t **ret_branch, struct sb_error *err)
{
	sb_autojson *modules = NULL, *settings = NULL;
	int rc = sb_sql_json(query, 5, &modules, err);

	if (!rc)
		rc = sb_sql_json(query, 6, &settings, err);
	if (rc < 0)
		return rc;
	*ret_branch =
		json_pack("{s:s, s:I, s:s, s:I, s:s, s:O, s:O, s:s, s:I, s:I}", "endpoint",
			  sb_sql_text(query, 0), "run", (json_int_t)sb_sql_int(query, 1), "name",
			  sb_sql_text(query, 2), "id", (json_int_t)sb_sql_int(query, 3), "schema",
			  sb_sql_text(query, 4), "modules", modules, "settings", settings, "step",
			  sb_sql_text(query, 7), "job", (json_int_t)sb_sql_int(query, 8), "since",
			  (json_int_t)sb_sql_int(query, 9));
	return *ret_branch ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}

int sb_sqlite_branch_list(struct sb_store *store, const char *endpoint, json_t **ret_branches,
			  struct sb_error *err)
{
	sb_autojson *branches = json_array();
	sb_autosql query = {0};
	json_t *branch = NULL;
	int rc = sb_sql_query((struct sb_sqlite *)store, &query, err, READING,
			      "SELECT endpoint, run, name, id, schema, modules, settings, step,"
			      " job, since FROM branch WHERE ?1 IS NULL OR endpoint = ?1"
			      " ORDER BY run",
			      "s", endpoint);

	while (rc >= 0 && (rc = sb_sql_next(&query, err)) > 0) {
		rc = branch_to_json(&query, &branch, err);
		if (!rc && json_array_append_new(branches, branch) < 0)
			rc = sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	if (!rc)
		*ret_branches = sb_steal(branches);
	return rc;
}

int sb_sqlite_run_schema(struct sb_store *store, int64_t run, const char *schema,
			 struct sb_error *err)
{
	int rc = sb_sql_run((struct sb_sqlite *)store, err, "noting the branch of a run",
			    "UPDATE run SET schema = ? WHERE id = ?", "si", schema, run);

	return rc < 0 ? rc : 0;
}

/* The values of a key in the branch. Returns 1 when there are any. */
static int find_values(struct sb_sqlite *sqlite, const char *endpoint, const char *schema,
		       const char *key, json_t **ret_fields, struct sb_error *err)
{
	sb_autosql query = {0};
	int rc = sb_sql_query(sqlite, &query, err, READING,
			      "SELECT fields FROM branch_applied WHERE endpoint = ? AND schema = ?"
			      " AND key = ?",
			      "sss", endpoint, schema, key);

	if (!rc)
		rc = sb_sql_next(&query, err);
	if (rc <= 0)
		return rc;
	rc = sb_sql_json(&query, 0, ret_fields, err);
	return rc < 0 ? rc : 1;
}

static int merge_values(struct sb_sqlite *sqlite, const char *endpoint, const char *schema,
			const char *key, const json_t *fields, struct sb_error *err)
{
	sb_autojson *have = NULL;
	int rc = find_values(sqlite, endpoint, schema, key, &have, err);

	if (rc > 0 && json_object_update(have, (json_t *)(uintptr_t)fields) < 0)
		rc = sb_fail(err, SB_E_NOMEM, "out of memory");
	if (rc < 0)
		return rc;
	rc = sb_sql_run(sqlite, err, WRITING,
			"INSERT INTO branch_applied (endpoint, schema, key, fields)"
			" VALUES (?, ?, ?, ?) ON CONFLICT (endpoint, schema, key)"
			" DO UPDATE SET fields = excluded.fields",
			"sssj", endpoint, schema, key, have ? have : fields);
	return rc < 0 ? rc : 0;
}

int sb_sqlite_branch_applied_put(struct sb_store *store, const char *endpoint, const char *schema,
				 const char *key, const json_t *fields, struct sb_error *err)
{
	struct sb_sqlite *sqlite = (struct sb_sqlite *)store;
	int rc = sb_sql_begin(sqlite, err);

	if (rc < 0)
		return rc;
	return sb_sql_finish(sqlite, merge_values(sqlite, endpoint, schema, key, fields, err), err);
}

int sb_sqlite_branch_applied_drop(struct sb_store *store, const char *endpoint, const char *schema,
				  const char *key, struct sb_error *err)
{
	int rc = sb_sql_run((struct sb_sqlite *)store, err, WRITING,
			    "INSERT OR REPLACE INTO branch_applied (endpoint, schema, key, fields,"
			    " replaces) VALUES (?, ?, ?, '{}', 1)",
			    "sss", endpoint, schema, key);

	return rc < 0 ? rc : 0;
}

int sb_sqlite_branch_applied_each(struct sb_store *store, const char *endpoint, const char *schema,
				  sb_store_branch_each_fn *fn, void *arg, struct sb_error *err)
{
	sb_autosql query = {0};
	int rc = sb_sql_query((struct sb_sqlite *)store, &query, err, READING,
			      "SELECT key, fields, replaces FROM branch_applied"
			      " WHERE endpoint = ? AND schema = ? ORDER BY key",
			      "ss", endpoint, schema);

	while (rc >= 0 && (rc = sb_sql_next(&query, err)) > 0)
		rc = fn(arg, sb_sql_text(&query, 0), sb_sql_text(&query, 1),
			sb_sql_int(&query, 2) != 0);
	return rc;
}

/* Are its values those of main already? Later runs may have applied others. */
static int read_promoted(struct sb_sqlite *sqlite, const struct sb_store_branch *branch,
			 bool *ret_promoted, struct sb_error *err)
{
	sb_autosql query = {0};
	int rc = sb_sql_query(sqlite, &query, err, READING,
			      "SELECT 1 FROM branch WHERE endpoint = ? AND run = ? AND merged",
			      "si", branch->endpoint, branch->run);

	if (rc >= 0)
		rc = sb_sql_next(&query, err);
	*ret_promoted = rc > 0;
	return rc < 0 ? rc : 0;
}

/* Values of a branch go over those of main, by field. */
static int promote_values(struct sb_sqlite *sqlite, const struct sb_store_branch *branch,
			  struct sb_error *err)
{
	sb_autosql query = {0};
	bool is_promoted = false;
	int rc = read_promoted(sqlite, branch, &is_promoted, err);

	if (rc < 0 || is_promoted)
		return rc;
	rc = sb_sql_run(sqlite, err, WRITING,
			"DELETE FROM applied WHERE endpoint = ?1 AND key IN (SELECT key FROM"
			" branch_applied WHERE endpoint = ?1 AND schema = ?2 AND replaces)",
			"ss", branch->endpoint, branch->schema);
	if (rc >= 0)
		rc = sb_sql_query(sqlite, &query, err, READING,
				  "SELECT key, fields FROM branch_applied WHERE endpoint = ?"
				  " AND schema = ? AND fields <> '{}'",
				  "ss", branch->endpoint, branch->schema);
	while (rc >= 0 && (rc = sb_sql_next(&query, err)) > 0) {
		sb_autojson *fields = NULL;

		rc = sb_sql_json(&query, 1, &fields, err);
		if (!rc)
			rc = sb_sqlite_applied_merge(sqlite, branch->endpoint,
						     sb_sql_text(&query, 0), fields, err);
	}
	return rc;
}

static int put_merged(struct sb_sqlite *sqlite, const struct sb_store_branch *branch,
		      int64_t is_merged, int64_t now_s, struct sb_error *err)
{
	int rc = sb_sqlite_branch_put(&sqlite->store, branch, now_s, err);

	if (!rc)
		rc = sb_sql_run(sqlite, err, WRITING,
				"UPDATE branch SET merged = ? WHERE endpoint = ? AND run = ?",
				"isi", is_merged, branch->endpoint, branch->run);
	return rc < 0 ? rc : 0;
}

static int end_branch(struct sb_sqlite *sqlite, const struct sb_store_branch *branch,
		      bool is_merged, int64_t now_s, struct sb_error *err)
{
	int rc = is_merged && *branch->schema ? promote_values(sqlite, branch, err) : 0;

	if (rc >= 0 && *branch->schema && !is_merged) /* else a revert needs them */
		rc = sb_sql_run(sqlite, err, WRITING,
				"DELETE FROM branch_applied WHERE endpoint = ? AND schema = ?",
				"ss", branch->endpoint, branch->schema);
	if (rc >= 0 && *branch->schema)
		rc = sb_sql_run(sqlite, err, WRITING,
				"UPDATE request SET outcome = ?, ended = ?"
				" WHERE outcome IN ('begun', 'unsettled') AND run IN"
				" (SELECT id FROM run WHERE endpoint = ? AND schema = ?)",
				"siss", is_merged ? "settled-committed" : "settled-dropped", now_s,
				branch->endpoint, branch->schema);
	if (rc >= 0 && is_merged)
		rc = put_merged(sqlite, branch, 1, now_s, err);
	else if (rc >= 0)
		rc = sb_sql_run(sqlite, err, WRITING,
				"DELETE FROM branch WHERE endpoint = ? AND run = ?", "si",
				branch->endpoint, branch->run);
	return rc < 0 ? sb_context(err, rc, "branch %.100s", branch->name) : 0;
}

static int revert_values(struct sb_sqlite *sqlite, const struct sb_store_branch *branch,
			 int64_t now_s, struct sb_error *err)
{
	int rc = sb_sql_run(sqlite, err, WRITING,
			    "DELETE FROM applied WHERE endpoint = ?1 AND key IN (SELECT key FROM"
			    " branch_applied WHERE endpoint = ?1 AND schema = ?2)",
			    "ss", branch->endpoint, branch->schema);

	return rc < 0 ? rc : put_merged(sqlite, branch, 0, now_s, err);
}

int sb_sqlite_branch_revert(struct sb_store *store, const struct sb_store_branch *branch,
			    int64_t now_s, struct sb_error *err)
{
	struct sb_sqlite *sqlite = (struct sb_sqlite *)store;
	int rc = sb_sql_begin(sqlite, err);

	if (rc < 0)
		return rc;
	return sb_sql_finish(sqlite, revert_values(sqlite, branch, now_s, err), err);
}

int sb_sqlite_branch_end(struct sb_store *store, const struct sb_store_branch *branch,
			 bool is_merged, int64_t now_s, struct sb_error *err)
{
	struct sb_sqlite *sqlite = (struct sb_sqlite *)store;
	int rc = sb_sql_begin(sqlite, err);

	if (rc < 0)
		return rc;
	return sb_sql_finish(sqlite, end_branch(sqlite, branch, is_merged, now_s, err), err);
}
