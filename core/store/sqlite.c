/* SPDX-License-Identifier: Apache-2.0 */
/* The SQLite back-end: opening, transactions, the table of its operations. */
#include "store/sqlite_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stagebox/json.h"
#include "stagebox/log.h"

#define BUSY_MS 5000
#define STEP_MS 20

static void close_store(struct sb_store *store)
{
	struct sb_sqlite *sqlite = (struct sb_sqlite *)store;
	size_t i;

	for (i = 0; i < sqlite->cached; i++)
		sqlite3_finalize(sqlite->cache[i].stmt);
	sqlite3_close_v2(sqlite->db);
	free(sqlite->path);
	free(sqlite);
}

static int begin_transaction(struct sb_store *store, struct sb_error *err)
{
	struct sb_sqlite *sqlite = (struct sb_sqlite *)store;
	int rc;

	if (sqlite->is_grouped)
		return sb_fail(err, SB_E_STATE, "store: a transaction is open already");
	rc = sb_sql_begin(sqlite, err);
	if (!rc)
		sqlite->is_grouped = true;
	return rc;
}

static void rollback_transaction(struct sb_store *store)
{
	struct sb_sqlite *sqlite = (struct sb_sqlite *)store;

	if (!sqlite->is_grouped)
		return;
	sqlite->is_grouped = false;
	sb_sql_finish(sqlite, SB_E_CANCELLED, NULL);
}

static int commit_transaction(struct sb_store *store, struct sb_error *err)
{
	struct sb_sqlite *sqlite = (struct sb_sqlite *)store;

	if (!sqlite->is_grouped)
		return sb_fail(err, SB_E_STATE, "store: no transaction is open");
	sqlite->is_grouped = false;
	if (sqlite3_get_autocommit(sqlite->db))
		return sb_fail(err, SB_E_STATE, "store %.200s: the transaction was lost",
			       sqlite->path);
	return sb_sql_finish(sqlite, 0, err);
}

static const struct sb_store_ops ops = {
	.close = close_store,
	.lease_take = sb_sqlite_lease_take,
	.lease_give = sb_sqlite_lease_give,
	.run_begin = sb_sqlite_run_begin,
	.run_pid = sb_sqlite_run_pid,
	.stage_put = sb_sqlite_stage_put,
	.run_end = sb_sqlite_run_end,
	.run_recover = sb_sqlite_run_recover,
	.run_list = sb_sqlite_run_list,
	.run_get = sb_sqlite_run_get,
	.request_begin = sb_sqlite_request_begin,
	.request_end = sb_sqlite_request_end,
	.request_open = sb_sqlite_request_open,
	.applied_put = sb_sqlite_applied_put,
	.applied_drop = sb_sqlite_applied_drop,
	.applied_each = sb_sqlite_applied_each,
	.refusals_put = sb_sqlite_refusals_put,
	.refusals_get = sb_sqlite_refusals_get,
	.misses_put = sb_sqlite_misses_put,
	.misses_get = sb_sqlite_misses_get,
	.fact_put = sb_sqlite_fact_put,
	.fact_get = sb_sqlite_fact_get,
	.plan_put = sb_sqlite_plan_put,
	.plan_get = sb_sqlite_plan_get,
	.begin = begin_transaction,
	.commit = commit_transaction,
	.rollback = rollback_transaction,
	.sweep = sb_sqlite_sweep,
};

/* SQLite itself would only report "unable to open database file". */
static int check_path(const char *path, struct sb_error *err)
{
	const char *slash = strrchr(path, '/');
	sb_autofree char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	struct stat st;

	if (!folder)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	if (stat(folder, &st) < 0)
		return sb_fail(err, SB_E_CONFIG,
			       "store %.200s: folder %.150s: %s: create it, or set store.path",
			       path, folder, strerror(errno));
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return sb_fail(err, SB_E_CONFIG,
			       "store %.200s is a folder or device, not a file: set store.path",
			       path);
	return 0;
}

/* SQLite does not wait for locks by itself while two processes change to WAL at the same time. */
static int set_wal(struct sb_sqlite *sqlite, struct sb_error *err)
{
	int waited, rc = SQLITE_BUSY;

	for (waited = 0; waited < BUSY_MS; waited += STEP_MS) {
		rc = sqlite3_exec(sqlite->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
		if ((rc & 0xff) != SQLITE_BUSY)
			break;
		poll(NULL, 0, STEP_MS);
	}
	return rc == SQLITE_OK ? 0 : sb_sqlite_fail(sqlite, "opening", err);
}

/* A store that root creates in the folder of a service must belong to the service, which uses it
 * later; SQLite does the same for its -wal and -shm files. Another user controls the folder: no
 * link is followed, and only the file that was just created changes its owner. */
static void give_to_owner_of_folder(const char *path)
{
	sb_autofree char *folder = strdup(path);
	char *slash = folder ? strrchr(folder, '/') : NULL;
	struct stat of_folder, of_file;
	int fd;

	if (geteuid() != 0 || !slash || slash == folder)
		return;
	*slash = '\0';
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return;
	if (stat(folder, &of_folder) == 0 && of_folder.st_uid != 0 && fstat(fd, &of_file) == 0 &&
	    S_ISREG(of_file.st_mode) && of_file.st_uid == 0 && of_file.st_nlink == 1 &&
	    /* cloud-compat: ok: the store of a single host */
	    fchown(fd, of_folder.st_uid, of_folder.st_gid) < 0)
		sb_log(SB_LOG_WARN, "store is still owned by root: file=%s folder_uid=%u", path,
		       (unsigned)of_folder.st_uid);
	close(fd);
}

static int open_file(struct sb_sqlite *sqlite, struct sb_error *err)
{
	/* FULL: a row of the journal is on disk before its request is sent. */
	static const char *const settings = "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
					    "PRAGMA trusted_schema = OFF;";
	bool is_new = access(sqlite->path, F_OK) != 0;
	int rc;

	/* cloud-compat: ok: the store of a single host, chosen by store.kind, and disposable */
	rc = sqlite3_open_v2(sqlite->path, &sqlite->db,
			     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
			     NULL);
	if (rc != SQLITE_OK)
		return sb_sqlite_fail(sqlite, "opening", err);
	if (sqlite3_db_readonly(sqlite->db, "main") == 1)
		return sb_fail(err, SB_E_CONFIG,
			       "store %.200s: the file cannot be written: fix its permissions, or "
			       "set store.path",
			       sqlite->path);
	sqlite3_busy_timeout(sqlite->db, BUSY_MS);
	if (sqlite3_exec(sqlite->db, settings, NULL, NULL, NULL) != SQLITE_OK)
		return sb_sqlite_fail(sqlite, "opening", err);
	/* Before WAL, so that another program's file stays unchanged; the owner changes before any
	 * lock is held, because closing a descriptor would release it. */
	rc = sb_sqlite_migrate(sqlite, err);
	if (!rc && is_new)
		give_to_owner_of_folder(sqlite->path);
	return rc < 0 ? rc : set_wal(sqlite, err);
}

int sb_store_sqlite_open(const json_t *conf_store, struct sb_store **ret_store,
			 struct sb_error *err)
{
	const char *path = json_string_value(json_object_get(conf_store, "path"));
	struct sb_sqlite *sqlite;
	int rc;

	if (!path || !path[0])
		return sb_fail(err, SB_E_CONFIG, "store.path is empty");
	rc = check_path(path, err);
	if (rc < 0)
		return rc;
	sqlite = calloc(1, sizeof(*sqlite));
	if (!sqlite)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	sqlite->store.ops = &ops;
	sqlite->path = strdup(path);
	rc = sqlite->path ? open_file(sqlite, err) : sb_fail(err, SB_E_NOMEM, "out of memory");
	if (rc < 0) {
		close_store(&sqlite->store);
		return rc;
	}
	*ret_store = &sqlite->store;
	return 0;
}
