/* SPDX-License-Identifier: Apache-2.0 */
/* Recordings: what is written is read back, and a broken line is named by its number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "model/recording.h"

#define HEAD   "{'stagebox_record': 1, 'endpoints': ['b', 'a']}\n"
#define NOW    "'now_s': 1790000000"
#define INPUTS "{'endpoint': 'a', 'inputs': {" NOW "}}\n{'endpoint': 'b', 'inputs': {" NOW "}}\n"
#define ANSWER "{'endpoint': 'a', 'line': {'status': 200}}\n"

static char path[] = "/tmp/stagebox-recording-XXXXXX";
static struct sb_error err;

static int create_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static void write_file(const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	for (; *text; text++)
		fputc(*text == '\'' ? '"' : *text, file);
	assert_int_equal(fclose(file), 0);
}

static void assert_refused(const char *text, const char *expected)
{
	json_t *slugs = NULL, *parts = NULL;

	write_file(text);
	memset(&err, 0, sizeof(err));
	assert_int_equal(sb_recording_read(path, &slugs, &parts, &err), SB_E_ARG);
	assert_null(slugs);
	assert_null(parts);
	if (!strstr(err.text, expected) || !strstr(err.text, path))
		fail_msg("\"%s\" does not name \"%s\" and \"%s\"", err.text, expected, path);
}

static void test_what_was_written_is_read_back(void **state)
{
	sb_autojson *slugs = json_pack("[s, s]", "b", "a"), *read_slugs = NULL, *parts = NULL;
	sb_autojson *inputs = json_pack("{s:{s:i}}", "inputs", "now_s", 1790000007);
	sb_autojson *first = json_pack("{s:i}", "status", 200);
	sb_autojson *second = json_pack("{s:i}", "status", 403);
	sb_autojson *expected = json_pack("{s:{s:{s:i}, s:[O, O]}, s:{s:{s:i}, s:[]}}", "a",
					  "inputs", "now_s", 1790000007, "lines", first, second,
					  "b", "inputs", "now_s", 1790000007, "lines");
	FILE *file = NULL;

	(void)state;
	assert_int_equal(sb_recording_create(path, slugs, &file, &err), 0);
	sb_recording_write(file, "a", inputs);
	sb_recording_write(file, "b", inputs);
	sb_recording_write(file, "a", first);
	sb_recording_write(file, "a", second);
	assert_int_equal(sb_recording_close(file, &err), 0);
	if (sb_recording_read(path, &read_slugs, &parts, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(json_equal(read_slugs, slugs));
	assert_true(json_equal(parts, expected));
}

static void test_a_recording_that_cannot_be_written_names_its_path(void **state)
{
	sb_autojson *slugs = json_array();
	FILE *file = NULL;

	(void)state;
	assert_int_equal(sb_recording_create("/nowhere/at/all", slugs, &file, &err), SB_E_STATE);
	assert_non_null(strstr(err.text, "/nowhere/at/all"));
}

static void test_a_recording_is_private_and_follows_no_link(void **state)
{
	sb_autojson *slugs = json_array();
	char link[64];
	FILE *file = NULL;
	struct stat st;

	(void)state;
	assert_int_equal(chmod(path, 0644), 0); /* of an earlier version */
	assert_int_equal(sb_recording_create(path, slugs, &file, &err), 0);
	assert_int_equal(sb_recording_close(file, &err), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0077, 0);
	snprintf(link, sizeof(link), "%s.link", path);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(sb_recording_create(link, slugs, &file, &err), SB_E_STATE);
	assert_int_equal(unlink(link), 0);
}

static void test_a_lost_write_is_reported_at_the_close(void **state)
{
	sb_autojson *slugs = json_array();
	FILE *file = NULL;

	(void)state;
	if (access("/dev/full", W_OK) != 0)
		skip();
	assert_int_equal(sb_recording_create("/dev/full", slugs, &file, &err), 0);
	assert_int_equal(sb_recording_close(file, &err), SB_E_STATE);
}

static void test_a_broken_line_is_named_by_its_number(void **state)
{
	(void)state;
	assert_refused(HEAD INPUTS ANSWER "{'endpoint': 'a', 'line': {'stat\n", "line 5");
	assert_refused(HEAD "\n" INPUTS, "line 2");
	assert_refused(HEAD INPUTS "{'endpoint': 'a', 'line': 3}\n", "line 4");
}

static void test_a_line_of_an_endpoint_that_the_first_line_does_not_name_is_refused(void **state)
{
	(void)state;
	assert_refused(HEAD INPUTS "{'endpoint': 'c', 'line': {}}\n", "line 4");
	assert_refused(HEAD INPUTS "{'line': {}}\n", "line 4");
}

static void test_a_file_of_another_version_is_refused_with_both_versions(void **state)
{
	(void)state;
	assert_refused("{'stagebox_record': 2, 'endpoints': []}\n", "version 2");
	assert_refused("{'stagebox_record': 2, 'endpoints': []}\n", "reads 1");
}

static void test_a_file_that_is_not_a_recording_is_refused(void **state)
{
	(void)state;
	assert_refused("{'version': 1}\n", "line 1");
	assert_refused("text\n", "recording of stagebox");
	assert_refused("", "empty");
}

static void test_an_endpoint_without_inputs_is_refused_by_name(void **state)
{
	(void)state;
	assert_refused(HEAD "{'endpoint': 'a', 'inputs': {" NOW "}}\n", "\"b\"");
}

static void test_an_input_out_of_bounds_is_refused_by_name(void **state)
{
	static const struct {
		const char *member, *named;
	} cases[] = {
		{"'now_s': -9223372036854775808", "now_s"},
		{"'now_s': 9223372036854775807", "now_s"},
		{"'now_s': '1790000000'", "now_s"},
		{"'x': 1", "now_s"},
		{NOW ", 'misses': {'a/x': {'runs': 9223372036854775807, 'since': 1790000000}}",
		 "misses"},
		{NOW ", 'misses': {'a/x': {'runs': 1, 'since': -9223372036854775808}}", "misses"},
		{NOW ", 'misses': []", "misses"},
		{NOW ", 'agents': []", "agents"},
		{NOW ", 'agents': {'a/x': {'outcome': 'gone', 'runs': 1, 'asked': 1, 'ms': 1, "
		     "'config': ''}}",
		 "agents"},
		{NOW ", 'open_requests': [{'since': 9223372036854775807, 'run': 1, 'id': 1,"
		     " 'keys': []}]",
		 "open_requests"},
		{NOW ", 'open_requests': [5]", "open_requests"},
		{NOW ", 'open_requests': {'x': 1}", "open_requests"},
		{NOW ", 'select': 'full'", "select"},
		{NOW ", 'select': [1]", "select"},
		{NOW ", 'max_objects': -1", "max_objects"},
		{NOW ", 'target': 1", "target"},
		{NOW ", 'identity': []", "identity"},
		{NOW ", 'applied': {'a/x': []}", "applied"},
		{NOW ", 'applied': [[]]", "applied"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(cases); i++) {
		char text[512];

		snprintf(text, sizeof(text), HEAD "{'endpoint': 'a', 'inputs': {%s}}\n",
			 cases[i].member);
		assert_refused(text, cases[i].named);
		assert_refused(text, "line 2");
	}
}

static void test_an_endpoint_twice_or_without_a_slug_is_refused(void **state)
{
	(void)state;
	assert_refused("{'stagebox_record': 1, 'endpoints': ['a', 'a']}\n", "different slugs");
	assert_refused("{'stagebox_record': 1, 'endpoints': [1]}\n", "different slugs");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_written_is_read_back),
		cmocka_unit_test(test_a_recording_that_cannot_be_written_names_its_path),
		cmocka_unit_test(test_a_recording_is_private_and_follows_no_link),
		cmocka_unit_test(test_a_lost_write_is_reported_at_the_close),
		cmocka_unit_test(test_a_broken_line_is_named_by_its_number),
		cmocka_unit_test(
			test_a_line_of_an_endpoint_that_the_first_line_does_not_name_is_refused),
		cmocka_unit_test(test_a_file_of_another_version_is_refused_with_both_versions),
		cmocka_unit_test(test_a_file_that_is_not_a_recording_is_refused),
		cmocka_unit_test(test_an_endpoint_without_inputs_is_refused_by_name),
		cmocka_unit_test(test_an_input_out_of_bounds_is_refused_by_name),
		cmocka_unit_test(test_an_endpoint_twice_or_without_a_slug_is_refused),
	};

	return cmocka_run_group_tests(tests, create_file, remove_file);
}
