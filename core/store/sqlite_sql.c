/* SPDX-License-Identifier: Apache-2.0 */
/* Statements of the SQLite back-end: prepared once, bound by letters; error texts with the fix. */
#include "store/sqlite_priv.h"

#include <errno.h>
#include <stdio.h>

#define DISPOSABLE                                                                                 \
	"the store is disposable: stop stagebox and delete the file with its -wal and -shm"

/* The first write to Proxmox VE whose outcome is not known: only this store knows of it. */
static bool find_open_call(struct sb_sqlite *sqlite, char *ret_words, size_t room)
{
	static const char sql[] = "SELECT call, key, node FROM call WHERE outcome = 'open'"
				  " ORDER BY begun LIMIT 1";
	sqlite3_stmt *stmt = NULL;
	bool is_found = sqlite3_prepare_v2(sqlite->db, sql, -1, &stmt, NULL) == SQLITE_OK &&
			sqlite3_step(stmt) == SQLITE_ROW;

	if (is_found)
		snprintf(ret_words, room, "%.32s of %.200s on node %.64s",
			 (const char *)sqlite3_column_text(stmt, 0),
			 (const char *)sqlite3_column_text(stmt, 1),
			 (const char *)sqlite3_column_text(stmt, 2));
	sqlite3_finalize(stmt);
	return is_found;
}

/* Another store would not know what is open. */
static int fail_full(struct sb_sqlite *sqlite, const char *what, struct sb_error *err)
{
	char call[320];

	if (find_open_call(sqlite, call, sizeof(call)))
		return sb_fail(
			err, SB_E_STATE,
			"store %.200s: %s: no space left on its file system, and %s is under "
			"way: free space there, then apply the same plan file again",
			sqlite->path, what, call);
	return sb_fail(err, SB_E_STATE,
		       "store %.200s: %s: no space left on its file system: free space there, "
		       "or set store.path",
		       sqlite->path, what);
}

int sb_sqlite_fail(struct sb_sqlite *sqlite, const char *what, struct sb_error *err)
{
	int code = sqlite->db ? sqlite3_errcode(sqlite->db) : SQLITE_NOMEM;
	const char *text = sqlite->db ? sqlite3_errmsg(sqlite->db) : "out of memory";

	switch (code & 0xff) {
	case SQLITE_NOMEM: return sb_fail(err, SB_E_NOMEM, "store: out of memory");
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return sb_fail(err, SB_E_BUSY,
			       "store %.200s: %s: another process kept it locked for 5 s",
			       sqlite->path, what);
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return sb_fail(err, SB_E_STATE,
			       "store %.200s: not an SQLite database, or damaged (%s): %s",
			       sqlite->path, text, DISPOSABLE);
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return sb_fail(
			err, SB_E_CONFIG,
			"store %.200s: %s (%s): the file and its folder must be writable, or "
			"set store.path",
			sqlite->path, what, text);
	case SQLITE_FULL: return fail_full(sqlite, what, err);
	case SQLITE_IOERR: /* opening needs space, too: for the index of the write-ahead log */
		if (sqlite->db && (sqlite3_system_errno(sqlite->db) == ENOSPC ||
				   sqlite3_system_errno(sqlite->db) == EDQUOT))
			return fail_full(sqlite, what, err);
		return sb_fail(err, SB_E_STATE,
			       "store %.200s: %s: %s: is its file system full or damaged?",
			       sqlite->path, what, text);
	default: return sb_fail(err, SB_E_STATE, "store %.200s: %s: %s", sqlite->path, what, text);
	}
}

static int bind_json(sqlite3_stmt *stmt, int place, const json_t *value)
{
	char *text;

	if (!value)
		return sqlite3_bind_null(stmt, place);
	text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	if (!text)
		return SQLITE_NOMEM;
	return sqlite3_bind_text(stmt, place, text, -1, free);
}

static int bind_all(sqlite3_stmt *stmt, const char *binds, va_list ap)
{
	int place, rc = SQLITE_OK;

	for (place = 1; binds[place - 1] && rc == SQLITE_OK; place++) {
		switch (binds[place - 1]) {
		case 's':
			rc = sqlite3_bind_text(stmt, place, va_arg(ap, const char *), -1,
					       SQLITE_TRANSIENT);
			break;
		case 'i': rc = sqlite3_bind_int64(stmt, place, va_arg(ap, int64_t)); break;
		case 'j': rc = bind_json(stmt, place, va_arg(ap, const json_t *)); break;
		default: return SQLITE_MISUSE;
		}
	}
	return rc;
}

/* Returns the cached statement, or a separate one while the cached one is in use. */
static int prepare_statement(struct sb_sqlite *sqlite, const char *sql, sqlite3_stmt **ret_stmt,
			     bool *ret_own)
{
	bool is_busy = false;
	size_t i;
	int rc;

	for (i = 0; i < sqlite->cached; i++) {
		if (sqlite->cache[i].sql != sql)
			continue;
		is_busy = sqlite3_stmt_busy(sqlite->cache[i].stmt) != 0;
		if (is_busy)
			break;
		*ret_stmt = sqlite->cache[i].stmt;
		*ret_own = false;
		return SQLITE_OK;
	}
	*ret_own = is_busy || sqlite->cached == SB_SQLITE_CACHE;
	rc = sqlite3_prepare_v3(sqlite->db, sql, -1, *ret_own ? 0 : SQLITE_PREPARE_PERSISTENT,
				ret_stmt, NULL);
	if (rc == SQLITE_OK && !*ret_own) {
		sqlite->cache[sqlite->cached].sql = sql;
		sqlite->cache[sqlite->cached++].stmt = *ret_stmt;
	}
	return rc;
}

static int query_va(struct sb_sqlite *sqlite, struct sb_sql *query, struct sb_error *err,
		    const char *what, const char *sql, const char *binds, va_list ap)
{
	/* SQLite rolls back a transaction by itself on some errors; further writes would be
	 * committed alone. */
	if (sqlite->is_grouped && sqlite3_get_autocommit(sqlite->db))
		return sb_fail(err, SB_E_STATE, "store %.200s: %s: the transaction was lost",
			       sqlite->path, what);
	query->sqlite = sqlite;
	query->what = what;
	query->stmt = NULL;
	if (prepare_statement(sqlite, sql, &query->stmt, &query->is_own) != SQLITE_OK)
		return sb_sqlite_fail(sqlite, what, err);
	switch (bind_all(query->stmt, binds, ap)) {
	case SQLITE_OK: return 0;
	case SQLITE_NOMEM: return sb_fail(err, SB_E_NOMEM, "store: out of memory");
	default: return sb_sqlite_fail(sqlite, what, err);
	}
}

int sb_sql_query(struct sb_sqlite *sqlite, struct sb_sql *ret_query, struct sb_error *err,
		 const char *what, const char *sql, const char *binds, ...)
{
	va_list ap;
	int rc;

	va_start(ap, binds);
	rc = query_va(sqlite, ret_query, err, what, sql, binds, ap);
	va_end(ap);
	return rc;
}

int sb_sql_next(struct sb_sql *query, struct sb_error *err)
{
	switch (sqlite3_step(query->stmt)) {
	case SQLITE_ROW: return 1;
	case SQLITE_DONE: return 0;
	default: return sb_sqlite_fail(query->sqlite, query->what, err);
	}
}

void sb_sql_end(struct sb_sql *query)
{
	if (!query->stmt)
		return;
	if (query->is_own) {
		sqlite3_finalize(query->stmt);
	} else {
		sqlite3_reset(query->stmt);
		sqlite3_clear_bindings(query->stmt);
	}
	query->stmt = NULL;
}

int sb_sql_run(struct sb_sqlite *sqlite, struct sb_error *err, const char *what, const char *sql,
	       const char *binds, ...)
{
	sb_autosql query = {0};
	va_list ap;
	int rc;

	va_start(ap, binds);
	rc = query_va(sqlite, &query, err, what, sql, binds, ap);
	va_end(ap);
	if (rc < 0)
		return rc;
	rc = sb_sql_next(&query, err);
	return rc < 0 ? rc : sqlite3_changes(sqlite->db);
}

int64_t sb_sql_int(const struct sb_sql *query, int column)
{
	return sqlite3_column_int64(query->stmt, column);
}

const char *sb_sql_text(const struct sb_sql *query, int column)
{
	return (const char *)sqlite3_column_text(query->stmt, column);
}

int sb_sql_json(const struct sb_sql *query, int column, json_t **ret_json, struct sb_error *err)
{
	const char *text = sb_sql_text(query, column);
	json_error_t why;
	json_t *json;

	if (!text) {
		*ret_json = json_null();
		return 0;
	}
	json = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &why);
	if (!json)
		return sb_fail(err, SB_E_STATE, "store %.200s: %s: damaged JSON: %s",
			       query->sqlite->path, query->what, DISPOSABLE);
	*ret_json = json;
	return 0;
}

int sb_sql_begin(struct sb_sqlite *sqlite, struct sb_error *err)
{
	int rc = 0;

	if (sqlite->is_grouped)
		rc = sb_sql_run(sqlite, err, "beginning", "SAVEPOINT verb", "");
	else
		rc = sb_sql_run(sqlite, err, "beginning", "BEGIN IMMEDIATE", "");
	return rc < 0 ? rc : 0;
}

static int roll_back(struct sb_sqlite *sqlite, int rc)
{
	if (sqlite3_get_autocommit(sqlite->db))
		return rc;
	if (sqlite->is_grouped) {
		sb_sql_run(sqlite, NULL, "undoing", "ROLLBACK TO verb", "");
		sb_sql_run(sqlite, NULL, "undoing", "RELEASE verb", "");
	} else {
		sb_sql_run(sqlite, NULL, "undoing", "ROLLBACK", "");
	}
	return rc;
}

int sb_sql_finish(struct sb_sqlite *sqlite, int rc, struct sb_error *err)
{
	int end;

	if (rc < 0)
		return roll_back(sqlite, rc);
	if (sqlite->is_grouped)
		end = sb_sql_run(sqlite, err, "committing", "RELEASE verb", "");
	else
		end = sb_sql_run(sqlite, err, "committing", "COMMIT", "");
	return end < 0 ? roll_back(sqlite, end) : rc;
}
