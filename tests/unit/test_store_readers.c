/* SPDX-License-Identifier: Apache-2.0 */
/* The group of store.group reads the store, and nobody else; a reader writes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/exit.h"
#include "store/store.h"

enum { STRANGER = 61234, FAILED = 99 };

static char folder[64], path[96];
static const char *group;
static gid_t gid;
static struct sb_error err;

static json_t *make_conf(const char *name)
{
	return json_pack("{s:s, s:s, s:s}", "kind", "sqlite", "path", path, "group", name);
}

static struct sb_store *open_shared(void)
{
	sb_autojson *conf = make_conf(group);
	struct sb_store *store = NULL;

	if (sb_store_open(conf, &store, &err) < 0)
		fail_msg("%s", err.text);
	return store;
}

static void begin_run(struct sb_store *store)
{
	int64_t id;

	assert_int_equal(sb_store_run_begin(store, "lab", "sync", 1, &id, &err), 0);
}

static void assert_mode(const char *end, unsigned mode)
{
	char name[128];
	struct stat st;

	snprintf(name, sizeof(name), "%s%s", end[0] == '/' ? folder : path,
		 end[0] == '/' ? "" : end);
	if (stat(name, &st) < 0)
		fail_msg("%s does not exist", name);
	assert_int_equal(st.st_mode & 07777, mode);
	assert_int_equal(st.st_gid, gid);
}

/* In a process of its own, as a user with one group: the number of runs that it reads, or the code
 * of the refusal. */
static int read_as(uid_t uid, gid_t own, bool writes)
{
	pid_t child;
	int status = 0;

	child = fork();
	if (child == 0) {
		sb_autojson *conf = make_conf(group), *runs = NULL;
		struct sb_store *store = NULL;
		int rc;

		if (setgroups(1, &own) < 0 || setgid(STRANGER) < 0 || setuid(uid) < 0)
			_exit(FAILED);
		rc = sb_store_open_read(conf, &store, &err);
		if (rc < 0)
			_exit(sb_exit_of(&err));
		if (writes)
			_exit(sb_store_fact_put(store, "x", "1", &err) < 0 ? 0 : FAILED);
		if (sb_store_run_list(store, NULL, 0, &runs, &err) < 0)
			_exit(FAILED);
		_exit((int)json_array_size(runs));
	}
	assert_true(child > 0 && waitpid(child, &status, 0) == child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void skip_unless_root(void)
{
	if (geteuid() != 0)
		skip();
}

static void folder_and_files_have_the_group_and_nobody_else(void **state)
{
	struct sb_store *store = open_shared();

	(void)state;
	begin_run(store);
	assert_mode("/", 0750);
	assert_mode("", 0640);
	assert_mode("-wal", 0640);
	assert_mode("-shm", 0640);
	sb_store_close(store);
	/* Readers cannot create them. */
	assert_mode("-wal", 0640);
	assert_mode("-shm", 0640);
}

static void files_that_were_closed_before_are_opened_to_the_group(void **state)
{
	sb_autojson *conf = make_conf("");
	struct sb_store *store = NULL;

	(void)state;
	assert_int_equal(sb_store_open(conf, &store, &err), 0);
	begin_run(store);
	assert_int_equal(chmod(path, 0600), 0);
	sb_store_close(store);
	store = open_shared();
	assert_mode("", 0640);
	assert_mode("-wal", 0640);
	sb_store_close(store);
}

static void a_folder_with_other_files_is_left_to_its_owner(void **state)
{
	char other[128];
	struct stat st;
	int fd;

	(void)state;
	snprintf(other, sizeof(other), "%s/diary", folder);
	fd = open(other, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	close(fd);
	sb_store_close(open_shared());
	assert_int_equal(stat(folder, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	unlink(other);
}

static void a_member_reads_beside_a_writer_after_it_and_after_its_death(void **state)
{
	struct sb_store *store;
	pid_t child;

	(void)state;
	skip_unless_root();
	store = open_shared();
	begin_run(store);
	assert_int_equal(read_as(STRANGER, gid, false), 1);
	begin_run(store);
	assert_int_equal(read_as(STRANGER, gid, false), 2);
	sb_store_close(store);
	assert_int_equal(read_as(STRANGER, gid, false), 2);
	child = fork();
	if (child == 0) {
		store = open_shared();
		begin_run(store);
		raise(SIGKILL);
	}
	assert_true(waitpid(child, NULL, 0) == child);
	assert_int_equal(read_as(STRANGER, gid, false), 3);
}

static void a_member_writes_nothing(void **state)
{
	(void)state;
	skip_unless_root();
	sb_store_close(open_shared());
	assert_int_equal(read_as(STRANGER, gid, true), 0);
}

static void others_are_refused(void **state)
{
	(void)state;
	skip_unless_root();
	sb_store_close(open_shared());
	assert_int_equal(read_as(STRANGER, STRANGER, false), SB_EXIT_RIGHTS);
}

static void a_group_that_does_not_exist_is_an_error(void **state)
{
	sb_autojson *conf = make_conf("no-such-group");
	struct sb_store *store = NULL;

	(void)state;
	assert_int_equal(sb_store_open(conf, &store, &err), SB_E_CONFIG);
	assert_non_null(strstr(err.text, "no-such-group"));
}

static int make_folder(void **state)
{
	/* Root takes a group that it is not in; others have only their own. */
	const struct group *entry = getgrgid(geteuid() == 0 ? 4 : getegid());

	(void)state;
	if (!entry)
		entry = getgrgid(getegid());
	if (!entry)
		return -1;
	group = strdup(entry->gr_name);
	gid = entry->gr_gid;
	snprintf(folder, sizeof(folder), "/tmp/test_readers.XXXXXX");
	if (!group || !mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/s.db", folder);
	return 0;
}

static int drop_folder(void **state)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	char name[128];
	size_t i;

	(void)state;
	free((char *)(uintptr_t)group);
	for (i = 0; i < SB_ARRAY_LEN(ends); i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
	return rmdir(folder);
}

#define RULE(name) cmocka_unit_test_setup_teardown(name, make_folder, drop_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULE(folder_and_files_have_the_group_and_nobody_else),
		RULE(files_that_were_closed_before_are_opened_to_the_group),
		RULE(a_folder_with_other_files_is_left_to_its_owner),
		RULE(a_member_reads_beside_a_writer_after_it_and_after_its_death),
		RULE(a_member_writes_nothing),
		RULE(others_are_refused),
		RULE(a_group_that_does_not_exist_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
