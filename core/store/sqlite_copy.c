/* SPDX-License-Identifier: Apache-2.0 */
/* The copy of the store for readers: what `runs`, `run show` and `stale` print, without values of
 * objects. Readers lock nothing, because a lock on the store itself could end runs. */
#include "store/sqlite_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"

enum { LOCK_MS = 5000, STEP_MS = 20 };

/* Members with values that an object has, or had: texts of people may hold anything. */
static const char *const value_members[] = {"sent", "ours", "theirs"};

/* Returns the place after the string that begins at its quote. */
static const char *skip_string(const char *at)
{
	for (at++; *at && *at != '"'; at++)
		if (*at == '\\' && at[1])
			at++;
	return *at ? at + 1 : at;
}

static const char *skip_value(const char *at)
{
	size_t depth = 0;

	do {
		if (*at == '"') {
			at = skip_string(at);
			continue;
		}
		if (*at == '{' || *at == '[')
			depth++;
		else if (*at == '}' || *at == ']')
			depth--;
		at++;
	} while (*at && (depth || !strchr(",}]", *at)));
	return at;
}

static bool is_value_member(const char *quote, const char *end)
{
	size_t len = (size_t)(end - quote) - 2, i;

	if (*end != ':')
		return false;
	for (i = 0; i < SB_ARRAY_LEN(value_members); i++)
		if (strlen(value_members[i]) == len &&
		    strncmp(quote + 1, value_members[i], len) == 0)
			return true;
	return false;
}

/* Compact JSON, as the store holds it; parsing each row would take ten times as long.
 * ret_text has room for text. */
static size_t copy_without_values(const char *text, char *ret_text)
{
	const char *end;
	size_t len = 0;

	while (*text) {
		end = *text == '"' ? skip_string(text) : text + 1;
		if (*text == '"' && is_value_member(text, end)) {
			end = skip_value(end + 1);
			if (len && ret_text[len - 1] == ',')
				len--;
			else if (*end == ',')
				end++;
		} else {
			memcpy(ret_text + len, text, (size_t)(end - text));
			len += (size_t)(end - text);
		}
		text = end;
	}
	return len;
}

/* SQL function without_values(text of JSON) */
static void without_values(sqlite3_context *context, int n, sqlite3_value **args)
{
	const char *text = (const char *)sqlite3_value_text(args[0]);
	char *copy = text ? malloc(strlen(text) + 1) : NULL;

	(void)n;
	if (copy)
		sqlite3_result_text(context, copy, (int)copy_without_values(text, copy), free);
	else if (text)
		sqlite3_result_error_nomem(context);
	else
		sqlite3_result_null(context);
}

/* A record is the summary of its stages. */
static const char content[] =
	"PRAGMA copy.journal_mode = OFF; PRAGMA copy.synchronous = OFF; BEGIN;"
	"CREATE TABLE copy.run (id INTEGER PRIMARY KEY, endpoint TEXT, mode TEXT, status TEXT,"
	" pid INTEGER, started INTEGER, ended INTEGER, record TEXT);"
	"CREATE TABLE copy.stage (run INTEGER, place INTEGER, stage TEXT, entry TEXT,"
	" PRIMARY KEY (run, stage)) WITHOUT ROWID;"
	"CREATE TABLE copy.request (run INTEGER, id INTEGER, method TEXT, path TEXT, kind TEXT,"
	" keys TEXT, status INTEGER, outcome TEXT, begun INTEGER, ended INTEGER,"
	" PRIMARY KEY (run, id)) WITHOUT ROWID;"
	"CREATE TABLE copy.action (endpoint TEXT, document TEXT, op INTEGER, run INTEGER,"
	" key TEXT, verb TEXT, state TEXT, cause TEXT,"
	" PRIMARY KEY (endpoint, document, op)) WITHOUT ROWID;"
	"CREATE TABLE copy.call (endpoint TEXT, document TEXT, op INTEGER, n INTEGER, run INTEGER,"
	" key TEXT, call TEXT, node TEXT, outcome TEXT, task TEXT, exit TEXT, begun INTEGER,"
	" ended INTEGER, PRIMARY KEY (endpoint, document, op, n)) WITHOUT ROWID;"
	"CREATE TABLE copy.branch (endpoint TEXT, run INTEGER, name TEXT, id INTEGER, schema TEXT,"
	" modules TEXT, settings TEXT, step TEXT, job INTEGER, since INTEGER,"
	" PRIMARY KEY (endpoint, run)) WITHOUT ROWID;"
	"CREATE TABLE copy.fact (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;"
	"CREATE TABLE copy.lease (name TEXT PRIMARY KEY, pid INTEGER, start INTEGER, boot TEXT,"
	" since INTEGER, host TEXT) WITHOUT ROWID;"
	"INSERT INTO copy.run SELECT id, endpoint, mode, status, pid, started, ended,"
	" without_values(record) FROM main.run;"
	"INSERT INTO copy.stage SELECT run, place, stage, without_values(entry) FROM main.stage"
	" WHERE run IN (SELECT id FROM main.run WHERE record IS NULL);"
	"INSERT INTO copy.request SELECT run, id, method, path, kind, without_values(keys), status,"
	" outcome, begun, ended FROM main.request;"
	"INSERT INTO copy.action SELECT endpoint, document, op, run, key, verb, state, cause"
	" FROM main.action;"
	"INSERT INTO copy.call SELECT endpoint, document, op, n, run, key, call, node, outcome, "
	"task,"
	" exit, begun, ended FROM main.call;"
	"INSERT INTO copy.branch SELECT endpoint, run, name, id, schema, modules, settings, step,"
	" job, since FROM main.branch;"
	"INSERT INTO copy.fact SELECT name, value FROM main.fact"
	" WHERE name GLOB 'gone:*' OR name = 'last-command';"
	"INSERT INTO copy.lease SELECT name, pid, start, boot, since, host FROM main.lease"
	" WHERE name = 'bootstrap' OR name GLOB 'endpoint:*';";

static int exec_format(struct sb_sqlite *sqlite, struct sb_error *err, const char *format, ...)
{
	va_list ap;
	char *sql;
	int rc;

	va_start(ap, format);
	sql = sqlite3_vmprintf(format, ap);
	va_end(ap);
	rc = sql ? sqlite3_exec(sqlite->db, sql, NULL, NULL, NULL) : SQLITE_NOMEM;
	sqlite3_free(sql);
	return rc == SQLITE_OK ? 0 : sb_sqlite_fail(sqlite, "writing the copy for readers", err);
}

static int copy_content(struct sb_sqlite *sqlite, int64_t now_s, struct sb_error *err)
{
	int rc;

	if (sqlite3_exec(sqlite->db, content, NULL, NULL, NULL) != SQLITE_OK)
		return sb_sqlite_fail(sqlite, "writing the copy for readers", err);
	rc = exec_format(sqlite, err, "INSERT INTO copy.fact VALUES ('copied', '%lld')",
			 (long long)now_s);
	if (!rc)
		rc = exec_format(sqlite, err,
				 "PRAGMA copy.application_id = %d; PRAGMA copy.user_version = %lld;"
				 "COMMIT",
				 SB_SQLITE_APPLICATION, (long long)sb_sqlite_version());
	return rc;
}

/* path: an empty file */
static int fill_file(struct sb_sqlite *sqlite, const char *path, int64_t now_s,
		     struct sb_error *err)
{
	int rc;

	if (sqlite3_create_function(sqlite->db, "without_values", 1,
				    SQLITE_UTF8 | SQLITE_DIRECTONLY, NULL, without_values, NULL,
				    NULL) != SQLITE_OK)
		return sb_sqlite_fail(sqlite, "writing the copy for readers", err);
	rc = exec_format(sqlite, err, "ATTACH %Q AS copy", path);
	if (rc < 0)
		return rc;
	rc = copy_content(sqlite, now_s, err);
	if (rc < 0 && !sqlite3_get_autocommit(sqlite->db))
		sqlite3_exec(sqlite->db, "ROLLBACK", NULL, NULL, NULL);
	if (sqlite3_exec(sqlite->db, "DETACH copy", NULL, NULL, NULL) != SQLITE_OK && !rc)
		rc = sb_sqlite_fail(sqlite, "writing the copy for readers", err);
	return rc;
}

static int fail_file(const char *what, const char *path, struct sb_error *err)
{
	return sb_fail(err, SB_E_STATE, "%s the copy for readers %.300s: %s", what, path,
		       strerror(errno));
}

/* The name may lead elsewhere by now in a folder of another user, so only the file that was created
 * here is opened to the group. */
static int publish_file(struct sb_sqlite *sqlite, const char *path, int fd, struct sb_error *err)
{
	int number;

	if (fsync(fd) < 0)
		return fail_file("writing", path, err);
	number = sb_share_copy(fd, sqlite->gid);
	if (number) {
		errno = number;
		return fail_file("giving store.group", path, err);
	}
	if (!sb_lock_file_stands(path, fd))
		return sb_fail(err, SB_E_STATE,
			       "the copy for readers %.300s was replaced while it was written",
			       path);
	/* cloud-compat: ok: the same */
	return rename(path, sqlite->copy) < 0 ? fail_file("renaming", path, err) : 0;
}

static int write_copy(struct sb_sqlite *sqlite, const char *path, int64_t now_s,
		      struct sb_error *err)
{
	int fd, rc;

	/* cloud-compat: ok: the copy beside the store of a single host; a writer that was killed
	 * left this one */
	unlink(path);
	/* cloud-compat: ok: the same */
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail_file("creating", path, err);
	sb_private_file_give(path, fd);
	rc = fill_file(sqlite, path, now_s, err);
	if (!rc)
		rc = publish_file(sqlite, path, fd, err);
	close(fd);
	if (rc < 0)
		unlink(path); /* cloud-compat: ok: the same */
	return rc;
}

static int take_lock(const char *path, int *ret_fd, struct sb_error *err)
{
	int waited, rc = SB_E_BUSY;

	for (waited = 0; rc == SB_E_BUSY && waited < LOCK_MS; waited += STEP_MS) {
		if (waited)
			poll(NULL, 0, STEP_MS);
		rc = sb_lock_file_take(path, ret_fd, err);
	}
	return rc;
}

int sb_sqlite_copy_write(struct sb_store *store, int64_t now_s, struct sb_error *err)
{
	struct sb_sqlite *sqlite = (struct sb_sqlite *)store;
	sb_autobuf path = SB_BUF_INIT(4096), lock = SB_BUF_INIT(4096);
	int fd, rc;

	if (!sqlite->is_shared)
		return 0;
	sb_buf_addf(&path, "%s.new", sqlite->copy);
	sb_buf_addf(&lock, "%s.lock", sqlite->copy);
	if (path.failed || lock.failed)
		return sb_fail(err, SB_E_CONFIG, "store %.200s: too long a path", sqlite->path);
	rc = take_lock(sb_buf_str(&lock), &fd, err);
	if (rc < 0)
		return rc;
	rc = write_copy(sqlite, sb_buf_str(&path), now_s, err);
	close(fd);
	return rc;
}

static int read_as_of(struct sb_sqlite *sqlite, struct sb_error *err)
{
	sb_autofree char *text = NULL;
	int rc = sb_sqlite_fact_get(&sqlite->store, "copied", &text, err);

	if (!rc)
		sqlite->as_of_s = text ? strtoll(text, NULL, 10) : 0;
	return rc;
}

int sb_sqlite_copy_open(struct sb_sqlite *sqlite, struct sb_error *err)
{
	sb_autobuf uri = SB_BUF_INIT(16384);
	int rc;

	sqlite->is_copy = true;
	sb_buf_add(&uri, "file:");
	sb_buf_add_url(&uri, sqlite->copy);
	sb_buf_add(&uri, "?immutable=1"); /* a writer replaces the file, and does not change it */
	/* cloud-compat: ok: the copy beside the store of a single host */
	rc = sqlite3_open_v2(
		sb_buf_str(&uri), &sqlite->db,
		SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_URI,
		NULL);
	if (rc != SQLITE_OK)
		return sb_sqlite_fail(sqlite, "opening the copy for readers", err);
	if (sqlite3_exec(sqlite->db, "PRAGMA trusted_schema = OFF", NULL, NULL, NULL) != SQLITE_OK)
		return sb_sqlite_fail(sqlite, "opening the copy for readers", err);
	rc = sb_sqlite_check_schema(sqlite, err);
	if (rc < 0)
		return sb_context(err, rc, "the copy for readers, which the next sync replaces");
	return read_as_of(sqlite, err);
}

int64_t sb_sqlite_as_of(struct sb_store *store)
{
	return ((const struct sb_sqlite *)store)->as_of_s;
}
