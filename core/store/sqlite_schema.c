/* SPDX-License-Identifier: Apache-2.0 */
/* Schema of the SQLite back-end: one entry per version, applied in order, never changed. */
#include "store/sqlite_priv.h"

static const char *const migrations[] = {
	/* 1 */
	"CREATE TABLE lease (name TEXT PRIMARY KEY, pid INTEGER NOT NULL, start INTEGER NOT NULL,"
	" boot TEXT NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE run (id INTEGER PRIMARY KEY AUTOINCREMENT, endpoint TEXT NOT NULL,"
	" mode TEXT NOT NULL, status TEXT NOT NULL, pid INTEGER NOT NULL DEFAULT 0,"
	" started INTEGER NOT NULL, ended INTEGER NOT NULL DEFAULT 0, record TEXT);"
	"CREATE INDEX run_endpoint ON run (endpoint, id);"
	"CREATE TABLE stage (run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,"
	" place INTEGER NOT NULL, stage TEXT NOT NULL, entry TEXT NOT NULL,"
	" PRIMARY KEY (run, stage)) WITHOUT ROWID;"
	"CREATE TABLE request (run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,"
	" id INTEGER NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, kind TEXT NOT NULL,"
	" keys TEXT NOT NULL, status INTEGER NOT NULL DEFAULT 0,"
	" outcome TEXT NOT NULL DEFAULT 'begun', begun INTEGER NOT NULL,"
	" ended INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (run, id)) WITHOUT ROWID;"
	"CREATE INDEX request_open ON request (run) WHERE outcome IN ('begun', 'unsettled');"
	"CREATE TABLE applied (endpoint TEXT NOT NULL, key TEXT NOT NULL, fields TEXT NOT NULL,"
	" PRIMARY KEY (endpoint, key)) WITHOUT ROWID;"
	"CREATE TABLE miss (endpoint TEXT NOT NULL, key TEXT NOT NULL, runs INTEGER NOT NULL,"
	" since INTEGER NOT NULL, PRIMARY KEY (endpoint, key)) WITHOUT ROWID;"
	"CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
	/* Nothing is written into the table plan; a store of this version has it. */
	"CREATE TABLE plan (hash TEXT PRIMARY KEY, made INTEGER NOT NULL, bytes INTEGER NOT NULL,"
	" text TEXT NOT NULL);",
	/* 2: a token for each taking of a lease, which keeps its row when it is given back */
	"ALTER TABLE lease ADD COLUMN token INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE lease ADD COLUMN host TEXT NOT NULL DEFAULT '';",
	/* 3: what NetBox refused, so that a later run does not send it again */
	"CREATE TABLE refusal (endpoint TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL,"
	" field TEXT NOT NULL, value TEXT NOT NULL, words TEXT NOT NULL, netbox TEXT NOT NULL,"
	" since INTEGER NOT NULL, PRIMARY KEY (endpoint, kind, key, field, value)) WITHOUT ROWID;",
	/* 4: agents that did not answer, so that a later run does not wait for them */
	"CREATE TABLE agent (endpoint TEXT NOT NULL, key TEXT NOT NULL, outcome TEXT NOT NULL,"
	" runs INTEGER NOT NULL, asked INTEGER NOT NULL, ms INTEGER NOT NULL,"
	" config TEXT NOT NULL, PRIMARY KEY (endpoint, key)) WITHOUT ROWID;",
	/* 5: actions on Proxmox VE and their requests, so that a later run goes on with them */
	"CREATE TABLE action (endpoint TEXT NOT NULL, document TEXT NOT NULL, op INTEGER NOT NULL,"
	" run INTEGER NOT NULL, stage TEXT NOT NULL, key TEXT NOT NULL, verb TEXT NOT NULL,"
	" state TEXT NOT NULL DEFAULT 'open', cause TEXT NOT NULL DEFAULT '', notes TEXT NOT NULL,"
	" begun INTEGER NOT NULL, ended INTEGER NOT NULL DEFAULT 0,"
	" PRIMARY KEY (endpoint, document, op)) WITHOUT ROWID;"
	"CREATE TABLE call (endpoint TEXT NOT NULL, document TEXT NOT NULL, op INTEGER NOT NULL,"
	" n INTEGER NOT NULL, run INTEGER NOT NULL, system TEXT NOT NULL DEFAULT 'pve',"
	" key TEXT NOT NULL, call TEXT NOT NULL, node TEXT NOT NULL,"
	" outcome TEXT NOT NULL DEFAULT 'open', task TEXT NOT NULL DEFAULT '',"
	" exit TEXT NOT NULL DEFAULT '', begun INTEGER NOT NULL, ended INTEGER NOT NULL DEFAULT 0,"
	" PRIMARY KEY (endpoint, document, op, n)) WITHOUT ROWID;"
	"CREATE INDEX call_open ON call (endpoint) WHERE outcome = 'open';",
	/* 6: SB_STORE_ID */
	"INSERT INTO fact (name, value) VALUES ('id', lower(hex(randomblob(16))));",
	/* 7: tasks from before a call, which it did not begin */
	"ALTER TABLE call ADD COLUMN older TEXT NOT NULL DEFAULT '[]';",
	/* 8: branches of NetBox, and the values that their runs applied, until they are merged */
	"ALTER TABLE run ADD COLUMN schema TEXT NOT NULL DEFAULT '';"
	"CREATE TABLE branch (endpoint TEXT NOT NULL, run INTEGER NOT NULL, name TEXT NOT NULL,"
	" id INTEGER NOT NULL, schema TEXT NOT NULL, modules TEXT NOT NULL,"
	" settings TEXT NOT NULL, step TEXT NOT NULL, job INTEGER NOT NULL,"
	" since INTEGER NOT NULL, merged INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (endpoint, run)) "
	"WITHOUT ROWID;"
	"CREATE TABLE branch_applied (endpoint TEXT NOT NULL, schema TEXT NOT NULL,"
	" key TEXT NOT NULL, fields TEXT NOT NULL, replaces INTEGER NOT NULL DEFAULT 0,"
	" PRIMARY KEY (endpoint, schema, key)) WITHOUT ROWID;",
};

#define VERSION ((int64_t)SB_ARRAY_LEN(migrations))

int64_t sb_sqlite_version(void)
{
	return VERSION;
}

static int read_pragma(struct sb_sqlite *sqlite, const char *sql, int64_t *ret_value,
		       struct sb_error *err)
{
	sb_autosql query = {0};
	int rc = sb_sql_query(sqlite, &query, err, "opening", sql, "");

	if (!rc)
		rc = sb_sql_next(&query, err);
	if (rc < 0)
		return rc;
	*ret_value = rc ? sb_sql_int(&query, 0) : 0;
	return 0;
}

static int exec_sql(struct sb_sqlite *sqlite, const char *sql, struct sb_error *err)
{
	if (sqlite3_exec(sqlite->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return sb_sqlite_fail(sqlite, "making the schema", err);
	return 0;
}

/* Accepts a database of ours or an empty one, and never that of another program. */
static int check_owner(struct sb_sqlite *sqlite, int64_t *ret_version, struct sb_error *err)
{
	int64_t id = 0, tables = 0;
	int rc;

	rc = read_pragma(sqlite, "PRAGMA application_id", &id, err);
	if (!rc)
		rc = read_pragma(sqlite, "PRAGMA user_version", ret_version, err);
	if (!rc)
		rc = read_pragma(sqlite, "SELECT count(*) FROM sqlite_master", &tables, err);
	if (rc < 0)
		return rc;
	if (id != SB_SQLITE_APPLICATION && (id || *ret_version || tables))
		return sb_fail(
			err, SB_E_CONFIG,
			"store %.200s: the database belongs to another program: set store.path",
			sqlite->path);
	if (*ret_version > VERSION)
		return sb_fail(
			err, SB_E_STATE,
			"store %.200s: made by a newer stagebox (schema %lld, this one supports "
			"%lld): use the newer one, or delete the file: the store is disposable",
			sqlite->path, (long long)*ret_version, (long long)VERSION);
	return 0;
}

static int apply_migrations(struct sb_sqlite *sqlite, struct sb_error *err)
{
	int64_t version = 0;
	char sql[96];
	int rc;

	rc = check_owner(sqlite, &version, err); /* again: another process may have migrated it */
	for (; !rc && version < VERSION; version++)
		rc = exec_sql(sqlite, migrations[version], err);
	if (rc < 0)
		return rc;
	snprintf(sql, sizeof(sql), "PRAGMA application_id = %d; PRAGMA user_version = %lld;",
		 SB_SQLITE_APPLICATION, (long long)VERSION);
	return exec_sql(sqlite, sql, err);
}

/* A transaction gives one view of the file: another process may be creating the schema. */
static int read_version(struct sb_sqlite *sqlite, int64_t *ret_version, struct sb_error *err)
{
	int rc = exec_sql(sqlite, "BEGIN", err);

	if (rc < 0)
		return rc;
	rc = check_owner(sqlite, ret_version, err);
	sqlite3_exec(sqlite->db, "COMMIT", NULL, NULL, NULL); /* nothing was written */
	return rc;
}

int sb_sqlite_check_schema(struct sb_sqlite *sqlite, struct sb_error *err)
{
	int64_t version = 0;
	int rc = read_version(sqlite, &version, err);

	if (rc < 0 || version == VERSION)
		return rc;
	return sb_fail(err, SB_E_STATE,
		       "store %.200s: made by an older stagebox (schema %lld, this one has %lld): "
		       "run `stagebox runs` once as its owner or as root",
		       sqlite->path, (long long)version, (long long)VERSION);
}

int sb_sqlite_migrate(struct sb_sqlite *sqlite, struct sb_error *err)
{
	int64_t version = 0;
	int rc = read_version(sqlite, &version, err);

	if (rc < 0 || version == VERSION)
		return rc;
	rc = sb_sql_begin(sqlite, err);
	if (rc < 0)
		return rc;
	return sb_sql_finish(sqlite, apply_migrations(sqlite, err), err);
}
