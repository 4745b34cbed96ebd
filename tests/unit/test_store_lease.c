/* SPDX-License-Identifier: Apache-2.0 */
/* A lease lasts as long as a process holds its lock, whatever its namespace, and its files are safe
 * in a folder that others control. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/store_priv.h"

#define LEASE  "endpoint:lab"
#define SHARED SB_STORE_SHARED "0-1-2"

static char folder[64], path[96], other_path[96];
static struct sb_error err;
static int64_t token;
static int lock_errno; /* what locking answers; 0 = the kernel is asked */

/* Stands for a file system without locks. */
int fcntl(int fd, int cmd, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, cmd);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (cmd == F_OFD_SETLK && lock_errno) {
		errno = lock_errno;
		return -1;
	}
	return (int)syscall(SYS_fcntl, fd, cmd, arg);
}

#define OK(call)                                                                                   \
	do {                                                                                       \
		if ((call) < 0)                                                                    \
			fail_msg("%s: %s", #call, err.text);                                       \
	} while (0)

static int open_path(const char *at, struct sb_store **ret_store)
{
	sb_autojson *conf = json_pack("{s:s, s:s}", "kind", "sqlite", "path", at);

	return sb_store_open(conf, ret_store, &err);
}

static struct sb_store *open_store(const char *at)
{
	struct sb_store *store = NULL;

	OK(open_path(at, &store));
	return store;
}

static int take_lease(struct sb_store *store)
{
	return sb_store_lease_take(store, LEASE, &token, &err);
}

static void wait_until_free(struct sb_store *store)
{
	int tries;

	for (tries = 0; tries < 500 && take_lease(store) < 0; tries++)
		poll(NULL, 0, 10);
	assert_true(tries < 500);
}

static int job_ms; /* how long the "job" lives; 0 = until it is killed */

/* Takes the lease and starts a "job" that inherits it, reports the pid of the job, and waits. */
static void hold_with_job(int report)
{
	struct sb_store *store = NULL;
	pid_t job;

	if (open_path(path, &store) < 0 || take_lease(store) < 0)
		_exit(1);
	job = fork();
	if (job == 0) {
		while (!job_ms)
			pause();
		poll(NULL, 0, job_ms);
		_exit(0);
	}
	if (write(report, &job, sizeof(job)) != sizeof(job))
		_exit(1);
	for (;;)
		pause();
}

static void a_lease_of_a_killed_parent_is_held_while_its_job_lives(void **state)
{
	struct sb_store *store = open_store(path);
	int pipes[2];
	pid_t parent, job = 0;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	parent = fork();
	if (parent == 0)
		hold_with_job(pipes[1]);
	assert_int_equal(read(pipes[0], &job, sizeof(job)), sizeof(job));
	kill(parent, SIGKILL);
	waitpid(parent, NULL, 0);
	assert_int_equal(take_lease(store), SB_E_BUSY);
	assert_non_null(strstr(err.text, "held by process"));
	kill(job, SIGKILL);
	wait_until_free(store);
	sb_store_close(store);
	close(pipes[0]);
	close(pipes[1]);
}

static void the_job_of_a_killed_parent_gets_a_moment_to_end(void **state)
{
	struct sb_store *store = open_store(path);
	int pipes[2];
	pid_t parent, job = 0;

	(void)state;
	job_ms = 300;
	assert_int_equal(pipe(pipes), 0);
	parent = fork();
	if (parent == 0)
		hold_with_job(pipes[1]);
	job_ms = 0;
	assert_int_equal(read(pipes[0], &job, sizeof(job)), sizeof(job));
	kill(parent, SIGKILL);
	waitpid(parent, NULL, 0);
	OK(take_lease(store)); /* the next run begins at once, as after any other end */
	sb_store_close(store);
	close(pipes[0]);
	close(pipes[1]);
}

/* In another PID namespace the holder's pid means another process, or none. */
static void a_lease_holds_across_pid_namespaces(void **state)
{
	struct sb_store *store = open_store(path);
	int status = 0;
	pid_t pid;

	(void)state;
	OK(take_lease(store));
	pid = fork();
	if (pid == 0) {
		struct sb_store *inside = NULL;

		if (unshare(CLONE_NEWUSER | CLONE_NEWPID) < 0 && unshare(CLONE_NEWPID) < 0)
			_exit(77);
		pid = fork(); /* the first process of the namespace */
		if (pid == 0)
			_exit(open_path(path, &inside) < 0 || take_lease(inside) != SB_E_BUSY);
		if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
			_exit(1);
		_exit(WEXITSTATUS(status));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
	sb_store_close(store);
}

static void the_lease_of_shared_objects_is_one_for_all_stores_of_a_folder(void **state)
{
	struct sb_store *store = open_store(path), *other = open_store(other_path);
	int64_t own = 0;

	(void)state;
	OK(take_lease(store));
	OK(take_lease(other)); /* runs of two stores exclude each other for shared objects only */
	OK(sb_store_lease_take(store, SHARED, &own, &err));
	assert_int_equal(sb_store_lease_take(other, SHARED, &token, &err), SB_E_BUSY);
	assert_non_null(strstr(err.text, "held by another process"));
	OK(sb_store_lease_take(other, SB_STORE_SHARED "another", &token, &err));
	OK(sb_store_lease_give(store, SHARED, own, &err));
	OK(sb_store_lease_take(other, SHARED, &token, &err));
	sb_store_close(store);
	sb_store_close(other);
}

static void a_lease_whose_lock_file_was_deleted_is_lost(void **state)
{
	struct sb_store *store = open_store(path);
	char lock[128];

	(void)state;
	OK(take_lease(store));
	OK(sb_store_lease_renew(store, LEASE, token, &err));
	snprintf(lock, sizeof(lock), "%s.endpoint.lab.lock", path);
	assert_int_equal(unlink(lock), 0);
	assert_int_equal(sb_store_lease_renew(store, LEASE, token, &err), SB_E_STATE);
	assert_non_null(strstr(err.text, lock));
	sb_store_close(store);
}

static void a_file_system_without_locks_is_an_error_of_the_configuration(void **state)
{
	static const int answers[] = {ENOLCK, EINVAL, ENOSYS, EOPNOTSUPP};
	struct sb_store *store = open_store(path);
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(answers); i++) {
		lock_errno = answers[i];
		assert_int_equal(take_lease(store), SB_E_CONFIG);
		assert_non_null(strstr(err.text, "has no locks"));
		assert_non_null(strstr(err.text, "store.path"));
	}
	lock_errno = 0;
	OK(take_lease(store));
	sb_store_close(store);
}

static void a_live_holder_of_a_version_without_locks_is_respected(void **state)
{
	struct sb_store *store = open_store(path);
	struct sb_store_holder self;
	sqlite3 *db = NULL;
	char *sql;

	(void)state;
	sb_store_holder_self(&self);
	sql = sqlite3_mprintf("INSERT INTO lease (name, pid, start, boot, since)"
			      " VALUES ('endpoint:lab', %lld, %lld, %Q, 1000)",
			      (long long)self.pid, (long long)self.start, self.boot);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(take_lease(store), SB_E_BUSY);
	assert_int_equal(sqlite3_exec(db, "UPDATE lease SET start = start + 1", NULL, NULL, NULL),
			 SQLITE_OK);
	OK(take_lease(store));
	sqlite3_free(sql);
	sqlite3_close(db);
	sb_store_close(store);
}

static void a_name_that_would_leave_the_folder_is_refused(void **state)
{
	struct sb_store *store = open_store(path);

	(void)state;
	assert_int_equal(sb_store_lease_take(store, "shared:../../x", &token, &err), SB_E_ARG);
	assert_int_equal(sb_store_lease_take(store, "", &token, &err), SB_E_ARG);
	sb_store_close(store);
}

static void links_in_the_folder_are_not_followed(void **state)
{
	char target[128], lock[128];
	struct sb_store *store = NULL;
	struct stat st;

	(void)state;
	snprintf(target, sizeof(target), "%s/target", folder);
	assert_int_equal(symlink(target, path), 0);
	assert_int_equal(open_path(path, &store), SB_E_CONFIG);
	assert_non_null(strstr(err.text, "is a link"));
	assert_int_not_equal(lstat(target, &st), 0);
	unlink(path);
	store = open_store(path);
	snprintf(lock, sizeof(lock), "%s.endpoint.lab.lock", path);
	assert_int_equal(symlink(target, lock), 0);
	assert_int_equal(take_lease(store), SB_E_CONFIG);
	assert_non_null(strstr(err.text, "it is a link"));
	assert_int_not_equal(lstat(target, &st), 0);
	unlink(lock);
	assert_int_equal(mkfifo(lock, 0600), 0);
	assert_int_equal(take_lease(store), SB_E_CONFIG);
	sb_store_close(store);
}

static void only_the_owner_may_read_the_files(void **state)
{
	static const char *const ends[] = {"", "-wal", "-shm", ".endpoint.lab.lock"};
	mode_t before = umask(0);
	struct sb_store *store = open_store(path);
	size_t i;

	(void)state;
	OK(take_lease(store));
	umask(before);
	for (i = 0; i < SB_ARRAY_LEN(ends); i++) {
		char name[160];
		struct stat st;

		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		assert_int_equal(stat(name, &st), 0);
		assert_int_equal(st.st_mode & 0077, 0);
	}
	sb_store_close(store);
}

static const char *first_status(struct sb_store *store, char *text, size_t room)
{
	sb_autojson *runs = NULL, *run = NULL;

	OK(sb_store_run_list(store, NULL, 1, &runs, &err));
	OK(sb_store_run_get(store, -1, &run, &err));
	snprintf(text, room, "%s",
		 json_string_value(json_object_get(json_array_get(runs, 0), "status")));
	assert_string_equal(json_string_value(json_object_get(run, "status")), text);
	return text;
}

static void a_run_whose_process_was_killed_is_shown_as_interrupted(void **state)
{
	struct sb_store *store = open_store(path), *own;
	char text[32];
	int64_t run;
	int ready[2];
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		own = open_store(path);
		_exit(take_lease(own) < 0 ||
		      sb_store_run_begin(own, "lab", "sync", 1000, &run, &err) < 0 ||
		      write(ready[1], "x", 1) != 1 || pause() < 0);
	}
	assert_int_equal(read(ready[0], text, 1), 1);
	assert_string_equal(first_status(store, text, sizeof(text)), "running");
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_string_equal(first_status(store, text, sizeof(text)), "interrupted");
	/* Nothing was written: the next run of the endpoint records it. */
	OK(take_lease(store));
	assert_string_equal(first_status(store, text, sizeof(text)), "running");
	assert_int_equal(sb_store_run_recover(store, "lab", 2000, &err), 1);
	assert_string_equal(first_status(store, text, sizeof(text)), "interrupted");
	close(ready[0]);
	close(ready[1]);
	sb_store_close(store);
}

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/test_lease.XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/s.db", folder);
	snprintf(other_path, sizeof(other_path), "%s/other.db", folder);
	return 0;
}

static int drop_folder(void **state)
{
	char command[96];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

#define RULE(name) cmocka_unit_test_setup_teardown(name, make_folder, drop_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULE(a_lease_of_a_killed_parent_is_held_while_its_job_lives),
		RULE(the_job_of_a_killed_parent_gets_a_moment_to_end),
		RULE(a_lease_holds_across_pid_namespaces),
		RULE(the_lease_of_shared_objects_is_one_for_all_stores_of_a_folder),
		RULE(a_lease_whose_lock_file_was_deleted_is_lost),
		RULE(a_file_system_without_locks_is_an_error_of_the_configuration),
		RULE(a_live_holder_of_a_version_without_locks_is_respected),
		RULE(a_name_that_would_leave_the_folder_is_refused),
		RULE(links_in_the_folder_are_not_followed),
		RULE(a_run_whose_process_was_killed_is_shown_as_interrupted),
		RULE(only_the_owner_may_read_the_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
