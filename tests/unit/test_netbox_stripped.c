/* SPDX-License-Identifier: Apache-2.0 */
/* Lists without the repeated details of related objects: everything else stays unchanged. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "netbox/client_priv.h"

#define PAGE(row) "{\"count\": 1, \"next\": null, \"results\": [" row "]}"

static void strip_list(const char *text, const char *wanted)
{
	sb_autobuf out = SB_BUF_INIT(4096);

	assert_true(sb_netbox_strip_list(text, strlen(text), &out));
	assert_string_equal(sb_buf_str(&out), wanted);
}

static void related_objects_lose_url_display_and_description(void **state)
{
	(void)state;
	strip_list(
		PAGE("{\"id\": 7, \"cluster\": {\"id\": 1, \"url\": \"http://x/1/\", \"display\": "
		     "\"a, b}\","
		     " \"name\": \"a\", \"description\": \"\\\"}]\\\\\"}, \"memory\": 5}"),
		PAGE("{\"id\": 7, \"cluster\": {\"id\": 1, \"name\": \"a\"}, \"memory\": 5}"));
}

static void nested_related_objects_are_stripped_too(void **state)
{
	(void)state;
	strip_list(
		PAGE("{\"id\":7,\"tags\":[{\"id\":1,\"url\":\"u\",\"display\":\"d\",\"slug\":\"s\"}"
		     ","
		     "{\"id\":2,\"url\":\"u\",\"slug\":\"t\",\"owner\":{\"id\":3,\"url\":\"u\"}}],"
		     "\"x\":[]}"),
		PAGE("{\"id\":7,\"tags\":[{\"id\":1,\"slug\":\"s\"},"
		     "{\"id\":2,\"slug\":\"t\",\"owner\":{\"id\":3}}],\"x\":[]}"));
}

static void members_of_the_row_itself_stay(void **state)
{
	static const char text[] =
		PAGE("{\"id\": 7, \"url\": \"u\", \"display\": \"d\", \"description\": \"e\"}");

	(void)state;
	strip_list(text, text);
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
	strip_list(text, text);
}

static void a_custom_field_that_looks_like_a_related_object_stays_whole(void **state)
{
	static const char text[] = PAGE("{\"id\": 7, \"custom_fields\": {\"detail\": {\"id\": 1, "
					"\"url\": \"u\", \"display\": \"d\"}}}");

	(void)state;
	strip_list(text, text);
}

static void incomplete_json_is_left_to_the_parser(void **state)
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

		assert_false(sb_netbox_strip_list(texts[i], strlen(texts[i]), &out));
	}
}

static void a_text_nested_too_deeply_is_left_to_the_parser(void **state)
{
	sb_autobuf out = SB_BUF_INIT(4096);
	char deep[200];

	(void)state;
	memset(deep, '[', 100);
	memset(deep + 100, ']', 100);
	assert_false(sb_netbox_strip_list(deep, sizeof(deep), &out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(related_objects_lose_url_display_and_description),
		cmocka_unit_test(nested_related_objects_are_stripped_too),
		cmocka_unit_test(members_of_the_row_itself_stay),
		cmocka_unit_test(a_custom_field_that_looks_like_a_related_object_stays_whole),
		cmocka_unit_test(other_objects_stay_whatever_their_members_are_called),
		cmocka_unit_test(incomplete_json_is_left_to_the_parser),
		cmocka_unit_test(a_text_nested_too_deeply_is_left_to_the_parser),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
