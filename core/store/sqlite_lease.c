/* SPDX-License-Identifier: Apache-2.0 */
/* Leases in the SQLite back-end: held by a process, replaced when it is dead. */
#include "store/sqlite_priv.h"

#include <inttypes.h>
#include <time.h>

/* Returns 1 when the lease is in the table. */
static int find_holder(struct sb_sqlite *sqlite, const char *name,
		       struct sb_store_holder *ret_holder, int64_t *ret_since, struct sb_error *err)
{
	sb_autosql query = {0};
	int rc;

	rc = sb_sql_query(sqlite, &query, err, "reading a lease",
			  "SELECT pid, start, boot, since FROM lease WHERE name = ?", "s", name);
	if (!rc)
		rc = sb_sql_next(&query, err);
	if (rc <= 0)
		return rc;
	ret_holder->pid = sb_sql_int(&query, 0);
	ret_holder->start = sb_sql_int(&query, 1);
	snprintf(ret_holder->boot, sizeof(ret_holder->boot), "%s", sb_sql_text(&query, 2));
	*ret_since = sb_sql_int(&query, 3);
	return 1;
}

static int refuse_lease(const char *name, const struct sb_store_holder *holder, int64_t since,
			struct sb_error *err)
{
	time_t at = (time_t)since;
	char text[32] = "";
	struct tm tm;

	if (gmtime_r(&at, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return sb_fail(err, SB_E_BUSY, "lease %.100s is held by process %" PRId64 " since %s", name,
		       holder->pid, text);
}

static int take_lease(struct sb_sqlite *sqlite, const char *name, struct sb_error *err)
{
	struct sb_store_holder self, holder = {0};
	int64_t since = 0;
	int rc;

	rc = find_holder(sqlite, name, &holder, &since, err);
	if (rc < 0)
		return rc;
	if (rc && sb_store_holder_lives(&holder))
		return refuse_lease(name, &holder, since, err);
	sb_store_holder_self(&self);
	rc = sb_sql_run(sqlite, err, "taking a lease",
			"INSERT OR REPLACE INTO lease (name, pid, start, boot, since)"
			" VALUES (?, ?, ?, ?, ?)",
			"siisi", name, self.pid, self.start, self.boot, (int64_t)time(NULL));
	return rc < 0 ? rc : 0;
}

int sb_sqlite_lease_take(struct sb_store *store, const char *name, struct sb_error *err)
{
	struct sb_sqlite *sqlite = (struct sb_sqlite *)store;
	int rc = sb_sql_begin(sqlite, err);

	return rc < 0 ? rc : sb_sql_finish(sqlite, take_lease(sqlite, name, err), err);
}

int sb_sqlite_lease_give(struct sb_store *store, const char *name, struct sb_error *err)
{
	struct sb_sqlite *sqlite = (struct sb_sqlite *)store;
	struct sb_store_holder self;
	int rc;

	sb_store_holder_self(&self);
	rc = sb_sql_run(sqlite, err, "giving a lease",
			"DELETE FROM lease WHERE name = ? AND pid = ? AND start = ? AND boot = ?",
			"siis", name, self.pid, self.start, self.boot);
	if (!rc)
		return sb_fail(err, SB_E_STATE, "lease %.100s is not held by this process", name);
	return rc < 0 ? rc : 0;
}
