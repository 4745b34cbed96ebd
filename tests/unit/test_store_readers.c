/* SPDX-License-Identifier: Apache-2.0 */
/* The group of store.group reads a copy of the store, and nobody else; a reader changes and locks
 * nothing. */
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
static int64_t runs_begun; /* id of the last one */
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
	assert_int_equal(sb_store_run_begin(store, "lab", "sync", 1, &runs_begun, &err), 0);
}

static void end_run(struct sb_store *store)
{
	assert_int_equal(sb_store_run_end(store, runs_begun, "ok", NULL, 2, &err), 0);
	assert_int_equal(sb_store_share(store, 2000, &err), 0);
}

static void name_file(const char *end, char *ret_name, size_t room)
{
	snprintf(ret_name, room, "%s%s", end[0] == '/' ? folder : path, end[0] == '/' ? "" : end);
}

static void assert_mode(const char *end, unsigned mode)
{
	char name[128];
	struct stat st;

	name_file(end, name, sizeof(name));
	if (stat(name, &st) < 0)
		fail_msg("%s does not exist", name);
	assert_int_equal(st.st_mode & 07777, mode);
	if (mode & 0070)
		assert_int_equal(st.st_gid, gid);
}

static void open_and_close(const char *of_group)
{
	sb_autojson *conf = make_conf(of_group);
	struct sb_store *store = NULL;

	if (sb_store_open(conf, &store, &err) < 0)
		fail_msg("%s", err.text);
	sb_store_close(store);
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

static void only_the_copy_has_the_group(void **state)
{
	struct sb_store *store = open_shared();

	(void)state;
	begin_run(store);
	end_run(store);
	assert_mode("/", 0710);
	assert_mode("", 0600);
	assert_mode("-wal", 0600);
	assert_mode("-shm", 0600);
	assert_mode("-readers", 0640);
	sb_store_close(store);
}

static void without_the_setting_nobody_else_reads_the_files(void **state)
{
	mode_t before = umask(0);

	(void)state;
	open_and_close("");
	umask(before);
	assert_mode("", 0600);
	assert_mode("/", 0700);
}

static void files_that_were_open_to_a_group_are_closed(void **state)
{
	sb_autojson *conf = make_conf("");
	struct sb_store *store = NULL;

	(void)state;
	assert_int_equal(sb_store_open(conf, &store, &err), 0);
	begin_run(store);
	assert_int_equal(chmod(folder, 0750), 0);
	assert_int_equal(chmod(path, 0640), 0);
	open_and_close("");
	assert_mode("/", 0700);
	assert_mode("", 0600);
	assert_mode("-wal", 0600);
	sb_store_close(store);
}

static void a_setting_that_is_removed_takes_the_copy_away(void **state)
{
	struct sb_store *store = open_shared();
	char name[128];

	(void)state;
	begin_run(store);
	end_run(store);
	sb_store_close(store);
	assert_mode("-readers", 0640);
	open_and_close("");
	name_file("-readers", name, sizeof(name));
	assert_true(access(name, F_OK) < 0);
	assert_mode("/", 0700);
}

static void a_copy_of_another_group_or_mode_is_removed(void **state)
{
	struct sb_store *store = open_shared();
	char name[128];

	(void)state;
	begin_run(store);
	end_run(store);
	name_file("-readers", name, sizeof(name));
	assert_int_equal(chmod(name, 0644), 0);
	sb_store_close(store);
	sb_store_close(open_shared());
	assert_true(access(name, F_OK) < 0);
}

static bool file_holds(const char *name, const char *text)
{
	char command[256];

	snprintf(command, sizeof(command), "grep -qa '%s' %s", text, name);
	return system(command) == 0;
}

static void the_copy_has_no_values_of_objects(void **state)
{
	sb_autojson *fields = json_pack("{s:s}", "comments", "hunter2");
	sb_autojson *record = json_pack("{s:[{s:s, s:s, s:s}]}", "conflicts", "key", "lab/qemu/1",
					"ours", "hunter2", "theirs", "hunter2");
	sb_autojson *name_of_quotes =
		json_pack("{s:s, s:{s:[s, i]}, s:s}", "ours", "hunter2", "x", "theirs", "hunter2]}",
			  1, "y", "a \"ours\":\"b\\\\");
	sb_autojson *keys =
		json_pack("[{s:s, s:i, s:O}]", "key", "lab/qemu/1", "id", 7, "sent", fields);
	struct sb_store *store = open_shared();
	char name[128];

	(void)state;
	begin_run(store);
	assert_int_equal(sb_store_stage_put(store, runs_begun, "qemu.guests", record, &err), 0);
	assert_int_equal(sb_store_stage_put(store, runs_begun, "lxc.guests", name_of_quotes, &err),
			 0);
	assert_int_equal(
		sb_store_request_begin(store, runs_begun, 1, "PATCH", "p", "vm", keys, 1, &err), 0);
	assert_int_equal(sb_store_applied_put(store, "lab", "lab/qemu/1", fields, &err), 0);
	assert_int_equal(sb_store_fact_put(store, "identity:lab", "hunter2", &err), 0);
	assert_int_equal(sb_store_share(store, 2000, &err), 0);
	name_file("-readers", name, sizeof(name));
	assert_true(file_holds(name, "lab/qemu/1"));
	assert_false(file_holds(name, "hunter2"));
	assert_true(file_holds(name, "{\"x\":{},\"y\":\"a ..ours..:..b....\"}"));
	assert_int_equal(sb_store_run_end(store, runs_begun, "ok", record, 2, &err), 0);
	assert_int_equal(sb_store_share(store, 2000, &err), 0);
	assert_false(file_holds(name, "hunter2"));
	sb_store_close(store);
}

static void a_copy_that_cannot_be_written_is_an_error_and_nothing_else(void **state)
{
	struct sb_store *store = open_shared();
	char name[128];

	(void)state;
	begin_run(store);
	name_file("-readers", name, sizeof(name));
	assert_int_equal(mkdir(name, 0700), 0);
	assert_int_equal(sb_store_share(store, 2000, &err), SB_E_STATE);
	assert_non_null(strstr(err.text, "copy for readers"));
	assert_int_equal(rmdir(name), 0);
	end_run(store);
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

static void a_folder_that_everybody_may_enter_stays(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(chmod(folder, 0755), 0);
	open_and_close("");
	assert_mode("", 0600);
	assert_int_equal(stat(folder, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
}

static void a_member_reads_what_ended_beside_a_writer_and_after_its_death(void **state)
{
	struct sb_store *store;
	pid_t child;

	(void)state;
	skip_unless_root();
	store = open_shared();
	begin_run(store);
	assert_int_equal(read_as(STRANGER, gid, false), SB_EXIT_RIGHTS);
	end_run(store);
	assert_int_equal(read_as(STRANGER, gid, false), 1);
	begin_run(store);
	assert_int_equal(read_as(STRANGER, gid, false), 1);
	end_run(store);
	assert_int_equal(read_as(STRANGER, gid, false), 2);
	sb_store_close(store);
	child = fork();
	if (child == 0) {
		store = open_shared();
		begin_run(store);
		raise(SIGKILL);
	}
	assert_true(waitpid(child, NULL, 0) == child);
	assert_int_equal(read_as(STRANGER, gid, false), 2);
}

/* A lock on the index of the log stops every writer. */
static void a_member_can_lock_nothing(void **state)
{
	static const char *const ends[] = {"", "-wal", "-shm", "-readers.lock"};
	struct sb_store *store;
	int status = 0;
	pid_t child;
	size_t i;

	(void)state;
	skip_unless_root();
	store = open_shared();
	begin_run(store);
	end_run(store);
	child = fork();
	if (child == 0) {
		if (setgroups(1, &gid) < 0 || setgid(STRANGER) < 0 || setuid(STRANGER) < 0)
			_exit(FAILED);
		for (i = 0; i < SB_ARRAY_LEN(ends); i++) {
			char name[128];

			name_file(ends[i], name, sizeof(name));
			if (open(name, O_RDONLY) >= 0)
				_exit(1);
		}
		_exit(0);
	}
	assert_true(waitpid(child, &status, 0) == child);
	assert_int_equal(status, 0);
	sb_store_close(store);
}

static void share_one_run(void)
{
	struct sb_store *store = open_shared();

	begin_run(store);
	end_run(store);
	sb_store_close(store);
}

static void a_member_writes_nothing(void **state)
{
	(void)state;
	skip_unless_root();
	share_one_run();
	assert_int_equal(read_as(STRANGER, gid, true), 0);
}

static void others_are_refused(void **state)
{
	(void)state;
	skip_unless_root();
	share_one_run();
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
	char command[96];

	(void)state;
	free((char *)(uintptr_t)group);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

#define RULE(name) cmocka_unit_test_setup_teardown(name, make_folder, drop_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULE(only_the_copy_has_the_group),
		RULE(without_the_setting_nobody_else_reads_the_files),
		RULE(files_that_were_open_to_a_group_are_closed),
		RULE(a_setting_that_is_removed_takes_the_copy_away),
		RULE(a_copy_of_another_group_or_mode_is_removed),
		RULE(the_copy_has_no_values_of_objects),
		RULE(a_copy_that_cannot_be_written_is_an_error_and_nothing_else),
		RULE(a_folder_with_other_files_is_left_to_its_owner),
		RULE(a_folder_that_everybody_may_enter_stays),
		RULE(a_member_reads_what_ended_beside_a_writer_and_after_its_death),
		RULE(a_member_can_lock_nothing),
		RULE(a_member_writes_nothing),
		RULE(others_are_refused),
		RULE(a_group_that_does_not_exist_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
