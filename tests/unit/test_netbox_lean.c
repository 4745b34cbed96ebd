/* SPDX-License-Identifier: Apache-2.0 */
/* Lists without what is repeated of related objects: nothing else is lost, and nothing made up. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "netbox/client_priv.h"

#define PAGE(row) "{\"count\": 1, \"next\": null, \"results\": [" row "]}"

static void lean(const char *text, const char *wanted)
{
	sb_autobuf out = SB_BUF_INIT(4096);

	assert_true(sb_netbox_lean(text, strlen(text), &out));
	assert_string_equal(sb_buf_str(&out), wanted);
}

static void related_objects_keep_all_but_what_nobody_compares(void **state)
{
	(void)state;
	lean(PAGE("{\"id\": 7, \"cluster\": {\"id\": 1, \"url\": \"http://x/1/\", \"display\": "
		  "\"a, b}\","
		  " \"name\": \"a\", \"description\": \"\\\"}]\\\\\"}, \"memory\": 5}"),
	     PAGE("{\"id\": 7, \"cluster\": {\"id\": 1, \"name\": \"a\"}, \"memory\": 5}"));
}

static void related_objects_in_lists_and_in_each_other_too(void **state)
{
	(void)state;
	lean(PAGE("{\"id\":7,\"tags\":[{\"id\":1,\"url\":\"u\",\"display\":\"d\",\"slug\":\"s\"},"
		  "{\"id\":2,\"url\":\"u\",\"slug\":\"t\",\"owner\":{\"id\":3,\"url\":\"u\"}}],"
		  "\"x\":[]}"),
	     PAGE("{\"id\":7,\"tags\":[{\"id\":1,\"slug\":\"s\"},"
		  "{\"id\":2,\"slug\":\"t\",\"owner\":{\"id\":3}}],\"x\":[]}"));
}

static void what_a_row_says_of_itself_stays(void **state)
{
	static const char text[] =
		PAGE("{\"id\": 7, \"url\": \"u\", \"display\": \"d\", \"description\": \"e\"}");

	(void)state;
	lean(text, text);
}

static void other_objects_stay_whatever_their_members_are_called(void **state)
{
	static const char text[] = PAGE("{\"id\": 7, \"custom_fields\": {\"url\": \"u\", "
					"\"description\": {\"display\": 1}},"
					" \"postchange_data\": {\"id\": 7, \"name\": \"n\", "
					"\"description\": \"d\", \"url\": 1},"
					" \"status\": {\"value\": \"active\", \"display\": \"x\"}, "
					"\"mode\": null, \"n\": -1.5e3}");

	(void)state;
	lean(text, text);
}

static void what_is_no_whole_json_is_left_to_the_parser(void **state)
{
	static const char *const texts[] = {
		"",
		"{",
		"{\"results\": [",
		"{\"results\": [{\"id\": 1]}",
		"{\"results\": [{\"id\": 1,}]}",
		"{\"results\": []} x",
		"{\"results\" []}",
		"{\"a\": \"",
		"{\"a\": }",
		PAGE("{\"a\": {\"id\": 1, \"url\": }}"),
		PAGE("{\"a\": {\"id\": 1, \"url\" \"u\"}}"),
		PAGE("{\"a\": {\"id\": 1, \"url\": \"u\", }}"),
		"<!doctype html>",
	};
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(texts); i++) {
		sb_autobuf out = SB_BUF_INIT(4096);

		assert_false(sb_netbox_lean(texts[i], strlen(texts[i]), &out));
	}
}

static void a_text_that_goes_too_deep_is_left_to_the_parser(void **state)
{
	sb_autobuf out = SB_BUF_INIT(4096);
	char deep[200];

	(void)state;
	memset(deep, '[', 100);
	memset(deep + 100, ']', 100);
	assert_false(sb_netbox_lean(deep, sizeof(deep), &out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(related_objects_keep_all_but_what_nobody_compares),
		cmocka_unit_test(related_objects_in_lists_and_in_each_other_too),
		cmocka_unit_test(what_a_row_says_of_itself_stays),
		cmocka_unit_test(other_objects_stay_whatever_their_members_are_called),
		cmocka_unit_test(what_is_no_whole_json_is_left_to_the_parser),
		cmocka_unit_test(a_text_that_goes_too_deep_is_left_to_the_parser),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
