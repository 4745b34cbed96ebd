/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of the store among processes: leases, crashes during a write, files that cannot be used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/store_priv.h"

#define LEASE "endpoint:lab"

static char folder[64], path[96];
static struct sb_error err;
static int64_t token; /* of the lease that take_lease() took last */

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

static struct sb_store *open_store(void)
{
	struct sb_store *store = NULL;

	OK(open_path(path, &store));
	return store;
}

/* Starts a child that runs work on its own connection, reports it, and waits to be ended. */
static pid_t start_child(int (*work)(struct sb_store *store))
{
	char byte = 0;
	int pipes[2];
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		struct sb_store *store = NULL;

		if (open_path(path, &store) < 0 || work(store) < 0 || write(pipes[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(pipes[1]);
	assert_int_equal(read(pipes[0], &byte, 1), 1);
	close(pipes[0]);
	return pid;
}

static void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static int take_lease(struct sb_store *store)
{
	return sb_store_lease_take(store, LEASE, &token, &err);
}

static void a_lease_has_one_holder_until_it_is_given_back(void **state)
{
	struct sb_store *store = open_store();
	char held[64];
	int64_t other, first;

	(void)state;
	OK(take_lease(store));
	first = token;
	snprintf(held, sizeof(held), "held by process %d of ", (int)getpid());
	assert_int_equal(take_lease(store), SB_E_BUSY);
	assert_non_null(strstr(err.text, held));
	assert_non_null(strstr(err.text, " since 2"));
	OK(sb_store_lease_take(store, "endpoint:else", &other, &err));
	OK(sb_store_lease_renew(store, LEASE, first, &err));
	OK(sb_store_lease_give(store, LEASE, first, &err));
	assert_int_equal(sb_store_lease_renew(store, LEASE, first, &err), SB_E_STATE);
	OK(take_lease(store));
	assert_true(token > first);
	assert_int_equal(sb_store_lease_give(store, LEASE, first, &err), SB_E_STATE);
	sb_store_close(store);
}

static void only_the_holder_gives_a_lease_back(void **state)
{
	pid_t pid = start_child(take_lease);
	struct sb_store *store = open_store();

	(void)state;
	assert_int_equal(take_lease(store), SB_E_BUSY);
	assert_int_equal(sb_store_lease_give(store, LEASE, 1, &err), SB_E_STATE);
	assert_int_equal(sb_store_lease_give(store, "none", 1, &err), SB_E_STATE);
	assert_int_equal(take_lease(store), SB_E_BUSY);
	end_child(pid);
	sb_store_close(store);
}

static void a_killed_holder_is_replaced_even_before_it_is_reaped(void **state)
{
	pid_t pid = start_child(take_lease);
	struct sb_store *store = open_store();
	siginfo_t info;

	(void)state;
	assert_int_equal(take_lease(store), SB_E_BUSY);
	kill(pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	OK(take_lease(store)); /* a zombie holds no lease */
	waitpid(pid, NULL, 0);
	sb_store_close(store);
}

static void a_reused_pid_or_another_boot_holds_no_lease(void **state)
{
	struct sb_store_holder self;

	(void)state;
	sb_store_holder_self(&self);
	assert_true(sb_store_holder_lives(&self));
	self.start++;
	assert_false(sb_store_holder_lives(&self));
	self.start--;
	self.boot[0] ^= 1;
	assert_false(sb_store_holder_lives(&self));
}

/* Takes and gives the lease in a race; the file counts simultaneous holders. */
static int contend_for_lease(void)
{
	struct sb_store *store = NULL;
	int i, won = 0;

	if (open_path(path, &store) < 0) {
		print_message("# %s\n", err.text); /* the reason, for the output of a failed test */
		return 1;
	}
	for (i = 0; i < 2000 && won < 20; i++) {
		sb_autofree char *inside = NULL;
		int rc = take_lease(store);

		if (rc == SB_E_BUSY) {
			poll(NULL, 0, 2);
			continue;
		}
		if (rc < 0 || sb_store_fact_get(store, "inside", &inside, &err) < 0 || inside ||
		    sb_store_fact_put(store, "inside", "x", &err) < 0 ||
		    sb_store_fact_put(store, "inside", NULL, &err) < 0 ||
		    sb_store_lease_give(store, LEASE, token, &err) < 0)
			return 2;
		won++;
	}
	sb_store_close(store);
	return won ? 0 : 3;
}

static void two_processes_never_hold_one_lease(void **state)
{
	pid_t pids[3];
	size_t i;
	int status;

	(void)state; /* the first opening, with its migration, is part of the race */
	for (i = 0; i < SB_ARRAY_LEN(pids); i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(contend_for_lease());
	}
	for (i = 0; i < SB_ARRAY_LEN(pids); i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
}

static int write_half(struct sb_store *store)
{
	sb_autojson *keys = json_pack("[s]", "lab/1");
	int64_t run = 0;

	if (sb_store_run_begin(store, "lab", "sync", 1000, &run, &err) < 0 ||
	    sb_store_request_begin(store, run, 1, "POST", "p", "ip", keys, 1001, &err) < 0 ||
	    sb_store_begin(store, &err) < 0 ||
	    sb_store_request_end(store, run, 1, 201, "done", 1002, &err) < 0)
		return -1;
	return sb_store_fact_put(store, "half", "x", &err);
}

static void death_between_begin_and_commit_leaves_what_was_before(void **state)
{
	pid_t pid = start_child(write_half);
	sb_autojson *open = NULL;
	sb_autofree char *half = NULL;
	struct sb_store *store;

	(void)state;
	end_child(pid);
	store = open_store();
	OK(sb_store_fact_get(store, "half", &half, &err));
	assert_null(half);
	OK(sb_store_request_open(store, "lab", 2000, &open, &err));
	assert_int_equal(json_array_size(open), 1);
	assert_int_equal(sb_store_run_recover(store, "lab", 2000, &err), 1);
	sb_store_close(store);
}

static void fill_file(const char *text)
{
	FILE *file = fopen(path, "w");
	int i;

	assert_non_null(file);
	for (i = 0; i < 500; i++)
		fputs(text, file);
	fclose(file);
}

static void a_file_that_is_not_a_database_is_reported_as_disposable(void **state)
{
	struct sb_store *store = NULL;

	(void)state;
	fill_file("this is not a database\n");
	assert_int_equal(open_path(path, &store), SB_E_STATE);
	assert_non_null(strstr(err.text, path));
	assert_non_null(strstr(err.text, "disposable"));
}

static void a_damaged_database_is_an_error_and_no_crash(void **state)
{
	struct sb_store *store = open_store();
	sb_autojson *fields = json_pack("{s:s}", "name", "x");
	FILE *file;
	int i, rc;

	(void)state;
	for (i = 0; i < 200; i++) {
		char key[16];

		snprintf(key, sizeof(key), "k%d", i);
		OK(sb_store_applied_put(store, "lab", key, fields, &err));
	}
	sb_store_close(store);
	store = NULL;
	file = fopen(path, "r+");
	assert_non_null(file);
	fseek(file, 4096, SEEK_SET);
	for (i = 0; i < 16 * 4096; i++)
		fputc(0xa5, file);
	fclose(file);
	rc = open_path(path, &store);
	if (!rc) {
		sb_autojson *misses = NULL, *runs = NULL;

		rc = sb_store_applied_put(store, "lab", "k1", fields, &err);
		if (!rc)
			rc = sb_store_run_list(store, NULL, 0, &runs, &err);
		if (!rc)
			rc = sb_store_misses_get(store, "lab", &misses, &err);
	}
	assert_int_equal(rc, SB_E_STATE);
	assert_non_null(strstr(err.text, "disposable"));
	sb_store_close(store);
}

static void run_sql(const char *text)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void a_store_of_a_newer_version_is_refused(void **state)
{
	struct sb_store *store = open_store();

	(void)state;
	sb_store_close(store);
	store = NULL;
	run_sql("PRAGMA user_version = 99");
	assert_int_equal(open_path(path, &store), SB_E_STATE);
	assert_non_null(strstr(err.text, "newer stagebox"));
	assert_non_null(strstr(err.text, "disposable"));
}

static void the_database_of_another_program_is_left_alone(void **state)
{
	struct sb_store *store = NULL;

	(void)state;
	run_sql("CREATE TABLE precious (x)");
	assert_int_equal(open_path(path, &store), SB_E_CONFIG);
	assert_non_null(strstr(err.text, "another program"));
	assert_null(strstr(err.text, "delete"));
	run_sql("SELECT * FROM precious");
}

static void paths_that_cannot_be_used_are_named(void **state)
{
	static const struct {
		const char *path, *says;
	} cases[] = {
		{"/nowhere/at/all/s.db", "folder /nowhere/at/all/"},
		{"/proc/s.db", "must be writable"},
		{"/tmp", "is a folder or device"},
		{"/dev/null", "is a folder or device, not a file"},
		{"", "store.path is empty"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct sb_store *store = NULL;

		assert_int_equal(open_path(cases[i].path, &store), SB_E_CONFIG);
		assert_null(store);
		if (!strstr(err.text, cases[i].says) || !strstr(err.text, cases[i].path))
			fail_msg("%s: %s", cases[i].path, err.text);
	}
}

static void an_unknown_kind_is_an_error(void **state)
{
	sb_autojson *conf = json_pack("{s:s}", "kind", "oracle");
	struct sb_store *store = NULL;

	(void)state;
	assert_int_equal(sb_store_open(conf, &store, &err), SB_E_CONFIG);
	assert_non_null(strstr(err.text, "oracle"));
}

static void remove_files(void)
{
	static const char *const ends[] = {
		"", "-wal", "-shm", "-journal", ".endpoint.lab.lock", ".endpoint.else.lock"};
	char name[128];
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(ends); i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
}

static void a_deleted_store_begins_anew(void **state)
{
	struct sb_store *store = open_store();
	sb_autofree char *value = NULL;

	(void)state;
	OK(sb_store_fact_put(store, "x", "1", &err));
	sb_store_close(store);
	remove_files();
	store = open_store();
	OK(sb_store_fact_get(store, "x", &value, &err));
	assert_null(value);
	OK(sb_store_fact_put(store, "x", "2", &err));
	sb_store_close(store);
}

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/test_store.XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/s.db", folder);
	return 0;
}

static int drop_folder(void **state)
{
	(void)state;
	remove_files();
	return rmdir(folder);
}

#define RULE(name) cmocka_unit_test_setup_teardown(name, make_folder, drop_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULE(a_lease_has_one_holder_until_it_is_given_back),
		RULE(only_the_holder_gives_a_lease_back),
		RULE(a_killed_holder_is_replaced_even_before_it_is_reaped),
		RULE(a_reused_pid_or_another_boot_holds_no_lease),
		RULE(two_processes_never_hold_one_lease),
		RULE(death_between_begin_and_commit_leaves_what_was_before),
		RULE(a_file_that_is_not_a_database_is_reported_as_disposable),
		RULE(a_damaged_database_is_an_error_and_no_crash),
		RULE(a_store_of_a_newer_version_is_refused),
		RULE(the_database_of_another_program_is_left_alone),
		RULE(paths_that_cannot_be_used_are_named),
		RULE(an_unknown_kind_is_an_error),
		RULE(a_deleted_store_begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
