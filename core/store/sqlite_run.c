/* SPDX-License-Identifier: Apache-2.0 */
/* Runs, their stages and their records in the SQLite back-end. */
#include "store/sqlite_priv.h"

#include <inttypes.h>

#define COLUMNS                                                                                    \
	"run.id, run.endpoint, mode, status, pid, started, ended, json_extract(record, '$.exit')," \
	" json_extract(record, '$.totals'), json_extract(record, '$.branch'), branch.name,"        \
	" branch.step"

/* With the branch into which a run wrote, if NetBox has it still: its own, or that of a killed run
 * with which it went on. */
#define RUNS                                                                                       \
	"run LEFT JOIN branch ON branch.endpoint = run.endpoint"                                   \
	" AND branch.run = coalesce(json_extract(record, '$.branch.made_by'), run.id)"

enum { TOTALS_COLUMN = 8, BRANCH_COLUMN, NAME_COLUMN, STEP_COLUMN, RECORD_COLUMN };

static int fail_no_run(int64_t run, struct sb_error *err)
{
	return sb_fail(err, SB_E_NOTFOUND, "run %" PRId64 " does not exist", run);
}

int sb_sqlite_run_begin(struct sb_store *store, const char *endpoint, const char *mode,
			int64_t now_s, int64_t *ret_id, struct sb_error *err)
{
	struct sb_sqlite *sqlite = (struct sb_sqlite *)store;
	sb_autosql query = {0};
	int64_t id;
	int rc;

	rc = sb_sql_query(sqlite, &query, err, "beginning a run",
			  "INSERT INTO run (endpoint, mode, status, started)"
			  " VALUES (?, ?, 'running', ?) RETURNING id",
			  "ssi", endpoint, mode, now_s);
	if (!rc)
		rc = sb_sql_next(&query, err);
	if (rc < 0)
		return rc;
	id = sb_sql_int(&query, 0);
	rc = sb_sql_next(&query, err); /* the insert is committed at its end only */
	if (!rc)
		*ret_id = id;
	return rc;
}

int sb_sqlite_run_pid(struct sb_store *store, int64_t run, int64_t pid, struct sb_error *err)
{
	int rc = sb_sql_run((struct sb_sqlite *)store, err, "noting a job",
			    "UPDATE run SET pid = ? WHERE id = ?", "ii", pid, run);

	return !rc ? fail_no_run(run, err) : rc < 0 ? rc : 0;
}

static int check_run(struct sb_sqlite *sqlite, int64_t run, struct sb_error *err)
{
	sb_autosql query = {0};
	int rc;

	rc = sb_sql_query(sqlite, &query, err, "reading a run", "SELECT 1 FROM run WHERE id = ?",
			  "i", run);
	if (!rc)
		rc = sb_sql_next(&query, err);
	return !rc ? fail_no_run(run, err) : rc < 0 ? rc : 0;
}

int sb_sqlite_stage_put(struct sb_store *store, int64_t run, const char *stage, const json_t *entry,
			struct sb_error *err)
{
	struct sb_sqlite *sqlite = (struct sb_sqlite *)store;
	int rc = check_run(sqlite, run, err);

	if (rc < 0)
		return rc;
	rc = sb_sql_run(sqlite, err, "writing a stage",
			"INSERT INTO stage (run, stage, entry, place) VALUES (?1, ?2, ?3,"
			" (SELECT count(*) FROM stage WHERE run = ?1))"
			" ON CONFLICT (run, stage) DO UPDATE SET entry = excluded.entry",
			"isj", run, stage, entry);
	return rc < 0 ? rc : 0;
}

/* {"stages": [...]} in the order in which the stages were first written. */
static int record_of_stages(struct sb_sqlite *sqlite, int64_t run, json_t **ret_record,
			    struct sb_error *err)
{
	sb_autojson *record = json_object();
	json_t *stages = json_array();
	sb_autosql query = {0};
	int rc;

	if (json_object_set_new(record, "stages", stages) < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	rc = sb_sql_query(sqlite, &query, err, "reading stages",
			  "SELECT entry FROM stage WHERE run = ? ORDER BY place", "i", run);
	if (rc < 0)
		return rc;
	while ((rc = sb_sql_next(&query, err)) > 0) {
		json_t *entry = NULL;

		rc = sb_sql_json(&query, 0, &entry, err);
		if (rc < 0)
			return rc;
		if (json_array_append_new(stages, entry) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	if (!rc)
		*ret_record = sb_steal(record);
	return rc;
}

static int close_run(struct sb_sqlite *sqlite, int64_t run, const char *status,
		     const json_t *record, int64_t now_s, struct sb_error *err)
{
	sb_autojson *made = NULL;
	int rc;

	if (!record) {
		rc = record_of_stages(sqlite, run, &made, err);
		if (rc < 0)
			return rc;
		record = made;
	}
	rc = sb_sql_run(sqlite, err, "closing a run",
			"UPDATE run SET status = ?, record = ?, ended = ? WHERE id = ?", "sjii",
			status, record, now_s, run);
	return !rc ? fail_no_run(run, err) : rc < 0 ? rc : 0;
}

int sb_sqlite_run_end(struct sb_store *store, int64_t run, const char *status, const json_t *record,
		      int64_t now_s, struct sb_error *err)
{
	struct sb_sqlite *sqlite = (struct sb_sqlite *)store;
	int rc = sb_sql_begin(sqlite, err);

	if (rc < 0)
		return rc;
	return sb_sql_finish(sqlite, close_run(sqlite, run, status, record, now_s, err), err);
}

static int close_broken_runs(struct sb_sqlite *sqlite, const char *endpoint, int64_t now_s,
			     struct sb_error *err)
{
	int rc, count = 0;

	for (;;) {
		sb_autosql query = {0};
		int64_t run;

		rc = sb_sql_query(sqlite, &query, err, "looking for broken runs",
				  "SELECT id FROM run WHERE endpoint = ?"
				  " AND status IN ('queued', 'running') ORDER BY id LIMIT 1",
				  "s", endpoint);
		if (!rc)
			rc = sb_sql_next(&query, err);
		if (rc <= 0)
			return rc < 0 ? rc : count;
		run = sb_sql_int(&query, 0);
		sb_sql_end(&query);
		rc = close_run(sqlite, run, "interrupted", NULL, now_s, err);
		if (rc < 0)
			return rc;
		count++;
	}
}

int sb_sqlite_run_recover(struct sb_store *store, const char *endpoint, int64_t now_s,
			  struct sb_error *err)
{
	struct sb_sqlite *sqlite = (struct sb_sqlite *)store;
	int rc = sb_sql_begin(sqlite, err);

	return rc < 0 ? rc
		      : sb_sql_finish(sqlite, close_broken_runs(sqlite, endpoint, now_s, err), err);
}

/* An unfinished run whose processes were killed is interrupted; the next run of its endpoint
 * records that. */
static const char *status_of(const struct sb_sql *query)
{
	const char *status = sb_sql_text(query, 3);
	char lease[80] = "bootstrap";

	if (!sb_streq(status, "running") && !sb_streq(status, "queued"))
		return status;
	if (!sb_streq(sb_sql_text(query, 2), "bootstrap"))
		snprintf(lease, sizeof(lease), "endpoint:%s", sb_sql_text(query, 1));
	return sb_sqlite_lease_is_held(query->sqlite, lease) ? status : "interrupted";
}

/* People may have merged or deleted a branch since its run; what is left of a row says so. */
static json_t *branch_to_json(const struct sb_sql *query)
{
	const char *name = sb_sql_text(query, NAME_COLUMN), *step = sb_sql_text(query, STEP_COLUMN);
	json_t *branch = NULL;
	const json_t *state;

	if (sb_sql_json(query, BRANCH_COLUMN, &branch, NULL) == 0 && json_is_object(branch)) {
		state = json_object_get(branch, "state");
		if (step)
			json_object_set_new(branch, "state", json_string(step));
		else if (!state || !sb_streq(json_string_value(state), "merged"))
			json_object_set_new(branch, "state", json_string("deleted"));
		return branch;
	}
	json_decref(branch);
	return name ? json_pack("{s:s, s:s}", "name", name, "state", step) : NULL;
}

static json_t *row_to_json(const struct sb_sql *query)
{
	json_t *row = json_pack(
		"{s:I, s:s, s:s, s:s, s:I, s:I, s:I}", "id", (json_int_t)sb_sql_int(query, 0),
		"endpoint", sb_sql_text(query, 1), "mode", sb_sql_text(query, 2), "status",
		status_of(query), "pid", (json_int_t)sb_sql_int(query, 4), "started",
		(json_int_t)sb_sql_int(query, 5), "ended", (json_int_t)sb_sql_int(query, 6));
	json_t *totals = NULL, *branch = row ? branch_to_json(query) : NULL;

	if (branch)
		json_object_set_new(row, "branch", branch);
	/* Only runs whose end was recorded have both. */
	if (row && sb_sql_json(query, TOTALS_COLUMN, &totals, NULL) == 0 &&
	    json_is_object(totals)) {
		json_object_set_new(row, "exit", json_integer(sb_sql_int(query, 7)));
		json_object_set(row, "totals", totals);
	}
	json_decref(totals);
	return row;
}

int sb_sqlite_run_list(struct sb_store *store, const char *endpoint, size_t limit,
		       json_t **ret_runs, struct sb_error *err)
{
	sb_autojson *runs = json_array();
	sb_autosql query = {0};
	int rc;

	rc = sb_sql_query((struct sb_sqlite *)store, &query, err, "listing runs",
			  "SELECT " COLUMNS " FROM " RUNS " WHERE ?1 IS NULL OR run.endpoint = ?1"
			  " ORDER BY run.id DESC LIMIT ?2",
			  "si", endpoint, limit ? (int64_t)limit : INT64_C(-1));
	if (rc < 0)
		return rc;
	while ((rc = sb_sql_next(&query, err)) > 0) {
		if (json_array_append_new(runs, row_to_json(&query)) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	if (!rc)
		*ret_runs = sb_steal(runs);
	return rc;
}

/* Finds the row and its record, which is JSON null while there is none. */
static int find_run(struct sb_sqlite *sqlite, int64_t run, json_t **ret_run, json_t **ret_record,
		    struct sb_error *err)
{
	sb_autosql query = {0};
	int rc;

	rc = sb_sql_query(sqlite, &query, err, "reading a run",
			  "SELECT " COLUMNS ", record FROM " RUNS " WHERE run.id ="
			  " CASE ?1 WHEN -1 THEN (SELECT max(id) FROM run) ELSE ?1 END",
			  "i", run);
	if (!rc)
		rc = sb_sql_next(&query, err);
	if (rc < 0)
		return rc;
	if (!rc)
		return run == -1 ? sb_fail(err, SB_E_NOTFOUND, "there is no run yet")
				 : fail_no_run(run, err);
	rc = sb_sql_json(&query, RECORD_COLUMN, ret_record, err);
	if (!rc)
		*ret_run = row_to_json(&query);
	return rc;
}

static int get_run(struct sb_sqlite *sqlite, int64_t run, json_t **ret_run, struct sb_error *err)
{
	sb_autojson *object = NULL, *record = NULL, *requests = NULL, *calls = NULL,
		    *actions = NULL;
	int rc;

	rc = find_run(sqlite, run, &object, &record, err);
	if (rc < 0)
		return rc;
	run = json_integer_value(json_object_get(object, "id"));
	if (json_is_null(record))
		rc = record_of_stages(sqlite, run, &record, err);
	if (!rc)
		rc = sb_sqlite_request_list(sqlite, run, &requests, err);
	if (!rc)
		rc = sb_sqlite_call_list(sqlite, run, &calls, err);
	if (!rc)
		rc = sb_sqlite_action_of_run(sqlite, run, &actions, err);
	if (rc < 0)
		return rc;
	if (json_object_set(object, "record", record) < 0 ||
	    json_object_set(object, "calls", calls) < 0 ||
	    json_object_set(object, "actions", actions) < 0 ||
	    json_object_set(object, "requests", requests) < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	*ret_run = sb_steal(object);
	return 0;
}

int sb_sqlite_run_get(struct sb_store *store, int64_t run, json_t **ret_run, struct sb_error *err)
{
	return get_run((struct sb_sqlite *)store, run, ret_run, err);
}
