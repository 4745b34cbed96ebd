/* SPDX-License-Identifier: Apache-2.0 */
/* Typed reads of the many forms of a value in remote JSON. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "stagebox/json.h"

static int read_int(const char *value, int64_t *ret)
{
	sb_autojson *object = json_object();

	json_object_set_new(object, "n", json_loads(value, JSON_DECODE_ANY, NULL));
	return sb_json_int(object, "n", ret);
}

static void an_integer_comes_as_number_text_or_boolean(void **arg)
{
	int64_t n = -1;

	(void)arg;
	assert_int_equal(read_int("42", &n), 0);
	assert_int_equal(n, 42);
	assert_int_equal(read_int("\"9007199254740993\"", &n), 0);
	assert_true(n == 9007199254740993);
	assert_int_equal(read_int("\"-7\"", &n), 0);
	assert_int_equal(n, -7);
	assert_int_equal(read_int("true", &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(read_int("2.0", &n), 0);
	assert_int_equal(n, 2);
}

static void an_absent_integer_differs_from_a_wrong_one(void **arg)
{
	static const char *const wrong[] = {"\"12x\"", "\" 12\"", "\"0x10\"", "2.5",   "[]",
					    "{}",      "1e300",   "\"\\t\"",  "\"-\"", "\"1.0\""};
	int64_t n = 5;
	size_t i;

	(void)arg;
	assert_int_equal(read_int("null", &n), SB_E_NOTFOUND);
	assert_int_equal(read_int("\"\"", &n), SB_E_NOTFOUND);
	assert_int_equal(sb_json_int(NULL, "n", &n), SB_E_NOTFOUND);
	for (i = 0; i < SB_ARRAY_LEN(wrong); i++)
		assert_int_equal(read_int(wrong[i], &n), SB_E_SHAPE);
	assert_int_equal(n, 5);
}

static void a_boolean_has_many_names(void **arg)
{
	sb_autojson *object = json_pack("{s:i,s:s,s:s,s:b,s:s,s:n,s:s}", "one", 1, "yes", "yes",
					"off", "off", "no", 0, "zero", "0", "null", "odd", "maybe");

	(void)arg;
	assert_true(sb_json_bool(object, "one", false));
	assert_true(sb_json_bool(object, "yes", false));
	assert_false(sb_json_bool(object, "off", true));
	assert_false(sb_json_bool(object, "no", true));
	assert_false(sb_json_bool(object, "zero", true));
	assert_true(sb_json_bool(object, "null", true));
	assert_true(sb_json_bool(object, "odd", true));
	assert_true(sb_json_bool(object, "absent", true));
}

static void a_real_comes_as_number_or_text(void **arg)
{
	sb_autojson *object =
		json_pack("{s:f,s:s,s:i,s:s}", "a", 0.5, "b", "1.25", "c", 3, "d", "inf");
	double real = 0;

	(void)arg;
	assert_int_equal(sb_json_real(object, "a", &real), 0);
	assert_true(real == 0.5);
	assert_int_equal(sb_json_real(object, "b", &real), 0);
	assert_true(real == 1.25);
	assert_int_equal(sb_json_real(object, "c", &real), 0);
	assert_true(real == 3);
	assert_int_equal(sb_json_real(object, "d", &real), SB_E_SHAPE);
	assert_int_equal(sb_json_real(object, "e", &real), SB_E_NOTFOUND);
}

static void text_is_cut_at_a_character_and_loses_its_controls(void **arg)
{
	sb_autojson *cut = sb_json_text("\xc3\xa4\xc3\xb6\xc3\xbcx", 3);
	sb_autojson *clean = sb_json_text("a\x01\nb\tc\x7f\xc2\x85"
					  "d",
					  10);
	sb_autojson *broken = sb_json_text("a\xff", 10);

	(void)arg;
	assert_string_equal(json_string_value(cut), "\xc3\xa4\xc3\xb6\xc3\xbc");
	assert_string_equal(json_string_value(clean), "a\nb\tcd");
	assert_null(broken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_integer_comes_as_number_text_or_boolean),
		cmocka_unit_test(an_absent_integer_differs_from_a_wrong_one),
		cmocka_unit_test(a_boolean_has_many_names),
		cmocka_unit_test(a_real_comes_as_number_or_text),
		cmocka_unit_test(text_is_cut_at_a_character_and_loses_its_controls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
