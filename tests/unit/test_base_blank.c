/* SPDX-License-Identifier: Apache-2.0 */
/* Blanks are what NetBox strips off a text, of all scripts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/blank.h"

static void blanks_of_all_scripts_are_trimmed(void **state)
{
	static const char *const texts[] = {
		"a ",        "a\t\r\n",         "a\xc2\xa0",
		"a\xc2\x85", "a \xe2\x80\x83 ", "a\xe3\x80\x80\xe2\x80\xa8",
		"a\x1f"};
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(texts); i++)
		assert_int_equal(sb_blank_trimmed(texts[i], strlen(texts[i])), 1);
	assert_int_equal(sb_blank_trimmed("\xc2\xa0", 2), 0);
	assert_int_equal(sb_blank_at("\xc2\xa0x"), 2);
	assert_int_equal(sb_blank_at("\xe3\x80\x80"), 3);
}

static void other_characters_stay(void **state)
{
	static const char *const texts[] = {"\xc3\xa0", "\xe2\x80\x8b", "\xef\xbb\xbf",
					    "a\xc3\x85"};
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(texts); i++)
		assert_int_equal(sb_blank_trimmed(texts[i], strlen(texts[i])), strlen(texts[i]));
	assert_int_equal(sb_blank_at(""), 0);
	assert_int_equal(sb_blank_at("\xc2"), 0);
	assert_int_equal(sb_blank_trimmed("", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(blanks_of_all_scripts_are_trimmed),
					   cmocka_unit_test(other_characters_stay)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
