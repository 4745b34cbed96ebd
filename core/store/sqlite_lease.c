/* SPDX-License-Identifier: Apache-2.0 */
/* Leases in SQLite: a row says who holds one, the lock of a file beside the store whether. */
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "store/sqlite_priv.h"

enum { ENDING_MS = 2000, STEP_MS = 20 };

/* "<store>.endpoint.lab.lock"; the lock of a NetBox's shared objects has no name of the store,
 * because stores in one folder may belong to one NetBox. */
static char *lock_path(const struct sb_sqlite *sqlite, const char *name)
{
	const char *slash = strrchr(sqlite->path, '/');
	sb_autobuf path = SB_BUF_INIT(4096);
	const char *c;

	if (sb_starts_with(name, SB_STORE_SHARED))
		sb_buf_addf(&path, "%.*s", slash ? (int)(slash - sqlite->path) + 1 : 0,
			    sqlite->path);
	else
		sb_buf_addf(&path, "%s.", sqlite->path);
	for (c = name; *c; c++)
		sb_buf_addf(&path, "%c", *c == ':' ? '.' : *c);
	sb_buf_add(&path, ".lock");
	return sb_buf_take(&path);
}

static struct sb_sqlite_lease *find_lease(struct sb_sqlite *sqlite, const char *name)
{
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(sqlite->leases); i++)
		if (sb_streq(sqlite->leases[i].name, name))
			return &sqlite->leases[i];
	return NULL;
}

/* Returns 1 when the lease has a holder in the table. */
static int find_holder(struct sb_sqlite *sqlite, const char *name,
		       struct sb_store_holder *ret_holder, int64_t *ret_since, struct sb_error *err)
{
	sb_autosql query = {0};
	int rc;

	rc = sb_sql_query(sqlite, &query, err, "reading a lease",
			  "SELECT pid, start, boot, since, host FROM lease WHERE name = ?", "s",
			  name);
	if (!rc)
		rc = sb_sql_next(&query, err);
	if (rc <= 0)
		return rc;
	ret_holder->pid = sb_sql_int(&query, 0);
	ret_holder->start = sb_sql_int(&query, 1);
	snprintf(ret_holder->boot, sizeof(ret_holder->boot), "%s", sb_sql_text(&query, 2));
	*ret_since = sb_sql_int(&query, 3);
	snprintf(ret_holder->host, sizeof(ret_holder->host), "%s", sb_sql_text(&query, 4));
	return ret_holder->pid > 0;
}

/* The row may be missing: the holder has just begun, or uses another store in this folder. */
static int refuse_lease(struct sb_sqlite *sqlite, const char *name, struct sb_error *err)
{
	struct sb_store_holder holder = {0};
	char since[32] = "";
	int64_t at_s = 0;
	struct tm tm;
	time_t at;
	int rc = find_holder(sqlite, name, &holder, &at_s, err);

	if (rc < 0)
		return rc;
	if (!rc)
		return sb_fail(err, SB_E_BUSY, "lease %.130s is held by another process", name);
	at = (time_t)at_s;
	if (gmtime_r(&at, &tm))
		strftime(since, sizeof(since), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return sb_fail(err, SB_E_BUSY, "lease %.130s is held by process %" PRId64 "%s%s since %s",
		       name, holder.pid, holder.host[0] ? " of " : "", holder.host, since);
}

/* Called with the lock: a holder in the table is gone, unless its version had no locks. */
static int write_holder(struct sb_sqlite *sqlite, const char *name, int64_t *ret_token,
			struct sb_error *err)
{
	struct sb_store_holder self, holder = {0};
	sb_autosql query = {0};
	int64_t since = 0;
	int rc;

	rc = find_holder(sqlite, name, &holder, &since, err);
	if (rc < 0)
		return rc;
	if (rc && !holder.host[0] && sb_store_holder_lives(&holder))
		return refuse_lease(sqlite, name, err);
	sb_store_holder_self(&self);
	rc = sb_sql_run(sqlite, err, "taking a lease",
			"INSERT INTO lease (name, pid, start, boot, since, host, token)"
			" VALUES (?, ?, ?, ?, ?, ?, 1) ON CONFLICT (name) DO UPDATE SET"
			" pid = excluded.pid, start = excluded.start, boot = excluded.boot,"
			" since = excluded.since, host = excluded.host, token = token + 1",
			"siisis", name, self.pid, self.start, self.boot, sb_clock_wall_s(),
			self.host);
	if (rc < 0)
		return rc;
	rc = sb_sql_query(sqlite, &query, err, "taking a lease",
			  "SELECT token FROM lease WHERE name = ?", "s", name);
	if (!rc)
		rc = sb_sql_next(&query, err);
	if (rc <= 0)
		return rc < 0 ? rc
			      : sb_fail(err, SB_E_STATE, "lease %.130s: its row is gone", name);
	*ret_token = sb_sql_int(&query, 0);
	return 0;
}

static int note_holder(struct sb_sqlite *sqlite, const char *name, int64_t *ret_token,
		       struct sb_error *err)
{
	int rc = sb_sql_begin(sqlite, err);

	return rc < 0 ? rc : sb_sql_finish(sqlite, write_holder(sqlite, name, ret_token, err), err);
}

/* A command that was killed takes its job with it, but the job needs a moment to end. */
static bool is_ending(struct sb_sqlite *sqlite, const char *name)
{
	struct sb_store_holder holder = {0};
	int64_t since;

	return find_holder(sqlite, name, &holder, &since, NULL) > 0 &&
	       !sb_store_holder_lives(&holder);
}

static int take_lock(struct sb_sqlite *sqlite, const char *name, const char *path, int *ret_fd,
		     struct sb_error *err)
{
	int waited, rc = SB_E_BUSY;

	for (waited = 0; rc == SB_E_BUSY && waited <= ENDING_MS; waited += STEP_MS) {
		if (waited && !is_ending(sqlite, name))
			break;
		if (waited)
			poll(NULL, 0, STEP_MS);
		rc = sb_lock_file_take(path, ret_fd, err);
	}
	return rc;
}

int sb_sqlite_lease_take(struct sb_store *store, const char *name, int64_t *ret_token,
			 struct sb_error *err)
{
	struct sb_sqlite *sqlite = (struct sb_sqlite *)store;
	struct sb_sqlite_lease *lease = find_lease(sqlite, "");
	sb_autofree char *path = lock_path(sqlite, name);
	int fd, rc;

	if (!path)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	if (!lease)
		return sb_fail(err, SB_E_STATE, "lease %.130s: too many leases", name);
	rc = take_lock(sqlite, name, path, &fd, err);
	if (rc == SB_E_BUSY)
		return refuse_lease(sqlite, name, err);
	if (rc < 0)
		return sb_context(err, rc, "taking lease %.130s", name);
	rc = note_holder(sqlite, name, ret_token, err);
	if (rc < 0) {
		close(fd);
		return rc;
	}
	snprintf(lease->name, sizeof(lease->name), "%s", name);
	lease->token = *ret_token;
	lease->fd = fd;
	return 0;
}

static int fail_lost(const char *name, struct sb_error *err)
{
	return sb_fail(err, SB_E_STATE, "lease %.130s is not held by this process", name);
}

int sb_sqlite_lease_renew(struct sb_store *store, const char *name, int64_t token,
			  struct sb_error *err)
{
	struct sb_sqlite *sqlite = (struct sb_sqlite *)store;
	struct sb_sqlite_lease *lease = find_lease(sqlite, name);
	sb_autofree char *path = lock_path(sqlite, name);

	if (!path)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	if (!lease || lease->token != token)
		return fail_lost(name, err);
	if (!sb_lock_file_stands(path, lease->fd))
		return sb_fail(err, SB_E_STATE,
			       "lease %.130s is lost, because its lock file %.250s was deleted: "
			       "leave the files beside the store alone, and run again",
			       name, path);
	return 0;
}

int sb_sqlite_lease_give(struct sb_store *store, const char *name, int64_t token,
			 struct sb_error *err)
{
	struct sb_sqlite *sqlite = (struct sb_sqlite *)store;
	struct sb_sqlite_lease *lease = find_lease(sqlite, name);
	int rc;

	if (!lease || lease->token != token)
		return fail_lost(name, err);
	/* The row first: whoever gets the lock next writes its own. */
	rc = sb_sql_run(sqlite, err, "giving a lease",
			"UPDATE lease SET pid = 0 WHERE name = ? AND token = ?", "si", name, token);
	close(lease->fd);
	memset(lease, 0, sizeof(*lease));
	return rc < 0 ? rc : 0;
}

/* Pids of another host are not comparable. */
static bool may_be_alive(const struct sb_store_holder *holder)
{
	struct sb_store_holder self;

	sb_store_holder_self(&self);
	if (holder->host[0] && !sb_streq(holder->host, self.host))
		return true;
	return sb_store_holder_lives(holder);
}

bool sb_sqlite_lease_is_held(struct sb_sqlite *sqlite, const char *name)
{
	struct sb_store_holder holder = {.pid = -1};
	sb_autofree char *path = sqlite->is_copy ? NULL : lock_path(sqlite, name);
	int64_t since = 0;
	int rc = find_holder(sqlite, name, &holder, &since, NULL);

	if (rc < 0 || (!rc && holder.pid < 0))
		return true; /* not known */
	if (!rc)
		return false; /* it was given back */
	rc = path && holder.host[0] ? sb_lock_file_is_held(path) : SB_E_STATE;
	return rc < 0 ? may_be_alive(&holder) : rc;
}

int sb_sqlite_lease_fd(struct sb_store *store, const char *name)
{
	const struct sb_sqlite_lease *lease = find_lease((struct sb_sqlite *)store, name);

	return lease ? lease->fd : 0;
}

void sb_sqlite_lease_close(struct sb_sqlite *sqlite)
{
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(sqlite->leases); i++)
		if (sqlite->leases[i].name[0])
			close(sqlite->leases[i].fd);
}
