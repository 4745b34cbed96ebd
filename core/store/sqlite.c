/* SPDX-License-Identifier: Apache-2.0 */
/* The SQLite back-end: opening, transactions, the table of its operations. */
#include "store/sqlite_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "stagebox/json.h"

#define BUSY_MS 5000
#define STEP_MS 20

static void close_store(struct sb_store *store)
{
	struct sb_sqlite *sqlite = (struct sb_sqlite *)store;
	size_t i;

	for (i = 0; i < sqlite->cached; i++)
		sqlite3_finalize(sqlite->cache[i].stmt);
	sqlite3_close_v2(sqlite->db);
	sb_sqlite_lease_close(sqlite);
	free(sqlite->path);
	free(sqlite->copy);
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
	.lease_renew = sb_sqlite_lease_renew,
	.lease_give = sb_sqlite_lease_give,
	.lease_fd = sb_sqlite_lease_fd,
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
	.action_begin = sb_sqlite_action_begin,
	.action_end = sb_sqlite_action_end,
	.action_list = sb_sqlite_action_list,
	.call_begin = sb_sqlite_call_begin,
	.call_end = sb_sqlite_call_end,
	.call_open = sb_sqlite_call_open,
	.call_others = sb_sqlite_call_others,
	.call_tasks = sb_sqlite_call_tasks,
	.shared_made = sb_sqlite_shared_made,
	.branch_put = sb_sqlite_branch_put,
	.branch_list = sb_sqlite_branch_list,
	.branch_end = sb_sqlite_branch_end,
	.branch_revert = sb_sqlite_branch_revert,
	.run_schema = sb_sqlite_run_schema,
	.branch_applied_put = sb_sqlite_branch_applied_put,
	.branch_applied_drop = sb_sqlite_branch_applied_drop,
	.branch_applied_each = sb_sqlite_branch_applied_each,
	.applied_put = sb_sqlite_applied_put,
	.applied_drop = sb_sqlite_applied_drop,
	.applied_forget = sb_sqlite_applied_forget,
	.applied_each = sb_sqlite_applied_each,
	.refusals_put = sb_sqlite_refusals_put,
	.refusals_get = sb_sqlite_refusals_get,
	.agents_put = sb_sqlite_agents_put,
	.agents_get = sb_sqlite_agents_get,
	.misses_put = sb_sqlite_misses_put,
	.misses_get = sb_sqlite_misses_get,
	.fact_put = sb_sqlite_fact_put,
	.fact_get = sb_sqlite_fact_get,
	.begin = begin_transaction,
	.commit = commit_transaction,
	.rollback = rollback_transaction,
	.sweep = sb_sqlite_sweep,
	.share = sb_sqlite_copy_write,
	.as_of = sb_sqlite_as_of,
};

/* Beside the store and named after it, as the files of SQLite are; caller frees, NULL = out of
 * memory. */
static char *copy_path(const char *path)
{
	sb_autobuf copy = SB_BUF_INIT(4096);

	sb_buf_addf(&copy, "%s-readers", path);
	return sb_buf_take(&copy);
}

/* SQLite itself would only report "unable to open database file". *ret_path: the folder without
 * links, because root must not follow one that a service made in its folder, but the folder of a
 * service is reached through links of root; caller frees. */
static int resolve_path(const char *path, char **ret_path, struct sb_error *err)
{
	const char *slash = strrchr(path, '/');
	sb_autofree char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	sb_autofree char *real = folder ? realpath(folder, NULL) : NULL;
	sb_autobuf whole = SB_BUF_INIT(4096);
	struct stat st;

	if (!folder)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	if (!real)
		return sb_fail(err, SB_E_CONFIG,
			       "store %.200s: folder %.150s: %s: create it, or set store.path",
			       path, folder, strerror(errno));
	if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
		return sb_fail(err, SB_E_CONFIG,
			       "store %.200s is a link: set store.path to the file itself", path);
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return sb_fail(err, SB_E_CONFIG,
			       "store %.200s is a folder or device, not a file: set store.path",
			       path);
	sb_buf_addf(&whole, "%s%s%s", real, sb_streq(real, "/") ? "" : "/",
		    slash ? slash + 1 : path);
	*ret_path = sb_buf_take(&whole);
	return *ret_path ? 0 : sb_fail(err, SB_E_CONFIG, "store %.200s: too long a path", path);
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

/* SQLite would create the file for everyone to read. Only a new file is opened here, and before
 * any lock is held: closing a descriptor releases the locks of this process. */
static void create_file(struct sb_sqlite *sqlite)
{
	/* cloud-compat: ok: the store of a single host, chosen by store.kind, and disposable */
	int fd = open(sqlite->path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return; /* it exists, or SQLite finds the reason */
	sb_private_file_give(sqlite->path, fd);
	close(fd);
}

/* Who may read a file of the store may lock it, too, and so end runs. */
static void close_to_others(const struct sb_sqlite *sqlite)
{
	const gid_t *gid = sqlite->is_shared ? &sqlite->gid : NULL;

	sb_share_folder(sqlite->path, gid);
	/* Before SQLite opens it, because its other files get the mode of the database. */
	sb_share_close_files(sqlite->path);
	sb_share_check_copy(sqlite->copy, gid);
}

static int open_file(struct sb_sqlite *sqlite, struct sb_error *err)
{
	/* FULL: a row of the journal is on disk before its request is sent. */
	static const char *const settings = "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
					    "PRAGMA trusted_schema = OFF;";
	int rc;

	create_file(sqlite);
	close_to_others(sqlite);
	/* cloud-compat: ok: the store of a single host, chosen by store.kind, and disposable */
	rc = sqlite3_open_v2(sqlite->path, &sqlite->db,
			     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
				     SQLITE_OPEN_NOFOLLOW,
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
	/* Before WAL, so that another program's file stays unchanged. */
	rc = sb_sqlite_migrate(sqlite, err);
	if (!rc)
		rc = set_wal(sqlite, err);
	return rc;
}

/* On a file system that is mounted read-only, for example. */
static int open_read_only(struct sb_sqlite *sqlite, struct sb_error *err)
{
	int rc;

	/* cloud-compat: ok: the store of a single host, chosen by store.kind, and disposable */
	rc = sqlite3_open_v2(sqlite->path, &sqlite->db,
			     SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW,
			     NULL);
	if (rc != SQLITE_OK)
		return sb_sqlite_fail(sqlite, "opening", err);
	sqlite3_busy_timeout(sqlite->db, BUSY_MS);
	if (sqlite3_exec(sqlite->db, "PRAGMA trusted_schema = OFF", NULL, NULL, NULL) != SQLITE_OK)
		return sb_sqlite_fail(sqlite, "opening", err);
	return sb_sqlite_check_schema(sqlite, err);
}

static int fail_unreadable(const char *path, const char *group, struct sb_error *err)
{
	gid_t gid = 0;

	if (!*group || sb_share_group(group, &gid, NULL) < 0)
		return sb_fail(err, SB_E_FORBIDDEN,
			       "store %.200s: this user may not read it: run the command as root, "
			       "or let a group read it with store.group",
			       path);
	if (!sb_share_is_member(gid))
		return sb_fail(err, SB_E_FORBIDDEN,
			       "store %.200s: this user may not read it: run the command as root, "
			       "or as a member of the group \"%.60s\" (store.group)",
			       path, group);
	return sb_fail(err, SB_E_FORBIDDEN,
		       "store %.200s: this user may not read it, although it is in the group "
		       "\"%.60s\" (store.group): run a sync with that setting, and see "
		       "stagebox-sync.service(8) for the folders above",
		       path, group);
}

enum way { WAY_WRITE, WAY_READ, WAY_COPY };

/* Who may write the file opens it as for a run, so that an older schema is migrated, and creates it
 * when it does not exist. Others use the copy. */
static int choose_way(const char *path, const char *group, enum way *ret_way, struct sb_error *err)
{
	const char *slash = strrchr(path, '/');
	sb_autofree char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	sb_autofree char *copy = copy_path(path);
	int number;

	*ret_way = WAY_WRITE;
	if (!folder || !copy)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	if (access(path, R_OK | W_OK) == 0)
		return 0;
	number = errno;
	*ret_way = access(copy, R_OK) == 0 ? WAY_COPY : WAY_READ;
	if (*ret_way == WAY_COPY || access(path, R_OK) == 0)
		return 0;
	*ret_way = WAY_WRITE;
	if (number == EACCES)
		return fail_unreadable(path, group, err);
	if (number == ENOENT && access(folder, W_OK) < 0 && errno == EACCES)
		return sb_fail(err, SB_E_NOTFOUND,
			       "store %.200s does not exist yet: the first run creates it", path);
	return 0;
}

static int open_way(struct sb_sqlite *sqlite, enum way way, struct sb_error *err)
{
	switch (way) {
	case WAY_READ: return open_read_only(sqlite, err);
	case WAY_COPY: return sb_sqlite_copy_open(sqlite, err);
	default: return open_file(sqlite, err);
	}
}

static int open_store(const json_t *conf_store, bool is_reader, struct sb_store **ret_store,
		      struct sb_error *err)
{
	const char *path = json_string_value(json_object_get(conf_store, "path"));
	const char *group = sb_json_str(conf_store, "group");
	sb_autofree char *real = NULL;
	struct sb_sqlite *sqlite;
	enum way way = WAY_WRITE;
	gid_t gid = 0;
	int rc = 0;

	if (!path || !path[0])
		return sb_fail(err, SB_E_CONFIG, "store.path is empty");
	if (is_reader)
		rc = choose_way(path, group ? group : "", &way, err);
	if (!rc)
		rc = resolve_path(path, &real, err);
	if (!rc && group && *group && way == WAY_WRITE)
		rc = sb_share_group(group, &gid, err);
	if (rc < 0)
		return rc;
	sqlite = calloc(1, sizeof(*sqlite));
	if (!sqlite)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	sqlite->store.ops = &ops;
	sqlite->path = sb_steal(real);
	sqlite->copy = copy_path(sqlite->path);
	sqlite->is_shared = group && *group && way == WAY_WRITE;
	sqlite->gid = gid;
	rc = sqlite->copy ? open_way(sqlite, way, err) : sb_fail(err, SB_E_NOMEM, "out of memory");
	if (rc < 0) {
		close_store(&sqlite->store);
		return rc;
	}
	*ret_store = &sqlite->store;
	return 0;
}

int sb_store_sqlite_open(const json_t *conf_store, struct sb_store **ret_store,
			 struct sb_error *err)
{
	return open_store(conf_store, false, ret_store, err);
}

int sb_store_sqlite_read(const json_t *conf_store, struct sb_store **ret_store,
			 struct sb_error *err)
{
	return open_store(conf_store, true, ret_store, err);
}
