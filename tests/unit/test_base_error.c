/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of errors that are longer than an error may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stagebox/error.h"

static void a_text_that_is_cut_ends_with_a_whole_word(void **state)
{
	struct sb_error err = SB_ERROR_INIT;
	static const char word[] = "UPID:pve1:0000 ";
	char text[700] = "";
	size_t len;

	(void)state;
	for (len = 0; len < 600; len += strlen(word))
		memcpy(text + len, word, sizeof(word));
	sb_fail(&err, SB_E_STATE, "%s", text);
	assert_true(strlen(err.text) < sizeof(err.text));
	assert_string_equal(err.text + strlen(err.text) - 18, "UPID:pve1:0000 ...");
}

static void a_text_without_words_is_cut_anywhere(void **state)
{
	struct sb_error err = SB_ERROR_INIT;
	char text[700];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	sb_fail(&err, SB_E_STATE, "%s", text);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_string_equal(err.text + sizeof(err.text) - 7, "xx ...");
}

static void a_text_that_fits_is_not_changed(void **state)
{
	struct sb_error err = SB_ERROR_INIT;
	char text[sizeof(err.text)];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	sb_fail(&err, SB_E_STATE, "%s", text);
	assert_string_equal(err.text, text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_that_is_cut_ends_with_a_whole_word),
		cmocka_unit_test(a_text_without_words_is_cut_anywhere),
		cmocka_unit_test(a_text_that_fits_is_not_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
