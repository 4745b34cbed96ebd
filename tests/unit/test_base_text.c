/* SPDX-License-Identifier: Apache-2.0 */
/* No character that controls a terminal or hides text reaches a log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/text.h"

static void assert_clean(const char *text, const char *expected)
{
	sb_autobuf buf = SB_BUF_INIT(1000);

	sb_text_add_clean(&buf, text, '?');
	assert_string_equal(sb_buf_str(&buf), expected);
}

static void control_characters_are_replaced(void **state)
{
	(void)state;
	assert_clean("a\x1b[31mb", "a?[31mb");
	assert_clean("a\tb\nc\x7f", "a?b?c?");
	assert_clean("\xc2\x9b"
		     "31m",
		     "?31m"); /* CSI as one character */
	assert_clean("\xc2\x85\xc2\xa0", "?\xc2\xa0");
}

static void characters_that_turn_the_direction_are_replaced(void **state)
{
	static const char *const turning[] = {"\xd8\x9c",     "\xe2\x80\x8e", "\xe2\x80\x8f",
					      "\xe2\x80\xaa", "\xe2\x80\xae", "\xe2\x81\xa6",
					      "\xe2\x81\xa9", "\xe2\x80\xa8", "\xef\xbb\xbf"};
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(turning); i++)
		assert_clean(turning[i], "?");
}

static void bytes_that_are_not_utf_8_are_replaced_one_by_one(void **state)
{
	(void)state;
	assert_clean("\x9b"
		     "31m",
		     "?31m");
	assert_clean("\xc3", "?");
	assert_clean("\xc0\x9b", "??"); /* a longer form of a control character */
	assert_clean("\xed\xa0\x80x", "???x");
	assert_clean("\xf4\x90\x80\x80", "????");
	assert_clean("\xff\xfe", "??");
}

static void other_text_stays(void **state)
{
	static const char text[] = "pve-1 \xc3\xbc\xe2\x82\xac\xf0\x9f\x90\xa7 \"x\"";

	(void)state;
	assert_clean(text, text);
}

static void a_log_line_is_clean_and_keeps_its_masks(void **state)
{
	sb_autobuf buf = SB_BUF_INIT(1000);

	(void)state;
	sb_text_add_masked(&buf, "name=\xe2\x80\xaeweb token=abc\x1b[0m next=\xc2\x9bx");
	assert_string_equal(sb_buf_str(&buf), "name= web token=*** next= x");
}

/* A recording must stay what the server answered. */
static void a_scrubbed_answer_keeps_its_characters(void **state)
{
	static const char json[] = "{\"name\": \"\xe2\x80\xaeweb\xc2\x9b\"}";
	sb_autobuf buf = SB_BUF_INIT(1000);

	(void)state;
	sb_text_add_scrubbed(&buf, json, strlen(json));
	assert_string_equal(sb_buf_str(&buf), json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(control_characters_are_replaced),
		cmocka_unit_test(characters_that_turn_the_direction_are_replaced),
		cmocka_unit_test(bytes_that_are_not_utf_8_are_replaced_one_by_one),
		cmocka_unit_test(other_text_stays),
		cmocka_unit_test(a_log_line_is_clean_and_keeps_its_masks),
		cmocka_unit_test(a_scrubbed_answer_keeps_its_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
