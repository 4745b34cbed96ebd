/* SPDX-License-Identifier: Apache-2.0 */
/* Recordings: what is written is read back, and a broken line is named by its number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "model/recording.h"

#define HEAD   "{'stagebox_record': 1, 'endpoints': ['b', 'a']}\n"
#define INPUTS "{'endpoint': 'a', 'inputs': {'now_s': 1}}\n{'endpoint': 'b', 'inputs': {}}\n"
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
	sb_autojson *inputs = json_pack("{s:{s:i}}", "inputs", "now_s", 7);
	sb_autojson *first = json_pack("{s:i}", "status", 200);
	sb_autojson *second = json_pack("{s:i}", "status", 403);
	sb_autojson *expected =
		json_pack("{s:{s:{s:i}, s:[O, O]}, s:{s:{s:i}, s:[]}}", "a", "inputs", "now_s", 7,
			  "lines", first, second, "b", "inputs", "now_s", 7, "lines");
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
	assert_refused(HEAD "{'endpoint': 'a', 'inputs': {}}\n", "\"b\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_written_is_read_back),
		cmocka_unit_test(test_a_recording_that_cannot_be_written_names_its_path),
		cmocka_unit_test(test_a_lost_write_is_reported_at_the_close),
		cmocka_unit_test(test_a_broken_line_is_named_by_its_number),
		cmocka_unit_test(
			test_a_line_of_an_endpoint_that_the_first_line_does_not_name_is_refused),
		cmocka_unit_test(test_a_file_of_another_version_is_refused_with_both_versions),
		cmocka_unit_test(test_a_file_that_is_not_a_recording_is_refused),
		cmocka_unit_test(test_an_endpoint_without_inputs_is_refused_by_name),
	};

	return cmocka_run_group_tests(tests, create_file, remove_file);
}
