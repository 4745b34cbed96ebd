/* SPDX-License-Identifier: Apache-2.0 */
/* A plan document has texts where its ops have decimals, and the ops of a file have numbers again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/decimal.h"
#include "model/plan.h"

static const struct sb_kind_field fields[] = {{.name = "vcpus", .type = SB_FIELD_DECIMAL},
					      {.name = "memory", .type = SB_FIELD_INT},
					      {.name = "name", .type = SB_FIELD_TEXT},
					      {.name = "detail", .type = SB_FIELD_JSON},
					      {0}};
static const struct sb_kind kind = {.name = "thing", .fields = fields};

static void assert_text(double number, const char *expected)
{
	sb_autojson *text = sb_decimal_text(number);

	assert_string_equal(json_string_value(text), expected);
}

static void a_decimal_is_its_shortest_text(void **state)
{
	(void)state;
	assert_text(2.5, "2.5");
	assert_text(0.1, "0.1");
	assert_text(2, "2");
	assert_text(-0.75, "-0.75");
	assert_text(1.0 / 3, "0.3333333333333333");
	assert_text(1e300, "1e+300");
	assert_text(0.1 + 0.2, "0.30000000000000004");
}

static json_t *parse_text(const char *text)
{
	json_t *value = json_loads(text, 0, NULL);

	assert_non_null(value);
	return value;
}

static void assert_round_trip(const char *values_text, const char *document_text)
{
	sb_autojson *values = parse_text(values_text), *before = json_deep_copy(values);
	sb_autojson *wanted = parse_text(document_text);
	sb_autojson *document = sb_decimal_to_document(&kind, values);
	sb_autojson *again = sb_decimal_from_document(&kind, document);

	assert_true(json_equal(document, wanted));
	assert_true(json_equal(again, values));
	assert_true(json_equal(before, values));
	assert_false(sb_decimal_is_in(document));
}

static void values_are_read_back_equal(void **state)
{
	(void)state;
	assert_round_trip("{\"vcpus\": 2.5, \"memory\": 4}", "{\"vcpus\": \"2.5\", \"memory\": 4}");
	assert_round_trip("{\"vcpus\": 2.0, \"memory\": 4.0}",
			  "{\"vcpus\": \"2\", \"memory\": \"4\"}");
	assert_round_trip("{\"vcpus\": null, \"name\": \"2.5\"}",
			  "{\"vcpus\": null, \"name\": \"2.5\"}");
}

static void a_text_in_a_json_value_stays_a_text(void **state)
{
	(void)state;
	assert_round_trip("{\"detail\": {\"a\": [0.25, \"0.25\", 7, {\"b\": -1.5}]}}",
			  "{\"detail\": {\"a\": [{\"$decimal\": \"0.25\"}, \"0.25\", 7, {\"b\": "
			  "{\"$decimal\": \"-1.5\"}}]}}");
	assert_round_trip("{\"detail\": 2.5}", "{\"detail\": {\"$decimal\": \"2.5\"}}");
	assert_round_trip("{\"detail\": \"2.5\"}", "{\"detail\": \"2.5\"}");
}

static void readers_see_the_numbers_of_a_json_value(void **state)
{
	sb_autojson *value = parse_text(
		"[{\"a\": {\"$decimal\": \"0.25\"}, \"b\": \"0.25\", \"c\": [{\"$decimal\": 1}]}]");
	sb_autojson *wanted =
		parse_text("[{\"a\": 0.25, \"b\": \"0.25\", \"c\": [{\"$decimal\": 1}]}]");

	(void)state;
	assert_int_equal(sb_decimal_show(value), 0);
	assert_true(json_equal(value, wanted));
}

static void a_text_that_is_not_a_number_stays_a_text(void **state)
{
	static const char *const texts[] = {"", "x", "0x10", "inf", "nan", "1e999", "2.5 "};
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(texts); i++) {
		sb_autojson *values = json_pack("{s:s}", "vcpus", texts[i]);
		sb_autojson *again = sb_decimal_from_document(&kind, values);

		assert_true(json_equal(again, values));
	}
}

static void every_other_number_of_a_document_becomes_a_text(void **state)
{
	sb_autojson *value = parse_text("{\"a\": [1, 2.5, {\"b\": 0.1}], \"c\": 3.0}");
	sb_autojson *wanted = parse_text("{\"a\": [1, \"2.5\", {\"b\": \"0.1\"}], \"c\": \"3\"}");

	(void)state;
	assert_true(sb_decimal_is_in(value));
	assert_int_equal(sb_decimal_hide(value), 0);
	assert_true(json_equal(value, wanted));
	assert_false(sb_decimal_is_in(value));
}

/* The same through an op, as `plan -o` writes it and `apply` reads it. */
static void an_op_is_read_back_with_its_decimals(void **state)
{
	struct sb_kinds *kinds = sb_kinds_create();
	struct sb_plan plan = {0}, again = {0};
	sb_autojson *ops = NULL, *shared = NULL, *set = NULL, *was = NULL;
	struct sb_op *op = sb_plan_add(&plan, sb_kinds_find(kinds, "vm"), SB_UPDATE, "lab/x/101",
				       "x.y", "changed", json_pack("{s:f}", "vcpus", 1.5),
				       json_pack("{s:f}", "vcpus", 2.0));

	(void)state;
	op->target = 7;
	assert_int_equal(sb_plan_to_json(&plan, &ops, &shared), 0);
	assert_false(sb_decimal_is_in(ops));
	assert_string_equal(json_string_value(json_object_get(
				    json_object_get(json_array_get(ops, 0), "set"), "vcpus")),
			    "1.5");
	assert_int_equal(sb_plan_from_json(&again, kinds, ops, NULL), 0);
	set = sb_op_get(&again.ops[0], SB_OP_SET);
	was = sb_op_get(&again.ops[0], SB_OP_WAS);
	assert_true(json_real_value(json_object_get(set, "vcpus")) == 1.5);
	assert_true(json_real_value(json_object_get(was, "vcpus")) == 2.0);
	sb_plan_finish(&plan);
	sb_plan_finish(&again);
	sb_kinds_destroy(kinds);
}

static void a_file_with_another_text_for_a_decimal_is_refused(void **state)
{
	struct sb_kinds *kinds = sb_kinds_create();
	struct sb_error err = SB_ERROR_INIT;
	struct sb_plan plan = {0};
	sb_autojson *ops = parse_text("[{\"key\": \"lab/x/1\", \"kind\": \"vm\", \"verb\": "
				      "\"update\", \"target\": 7, \"stage\": \"x.y\", \"set\": "
				      "{\"vcpus\": \"many\"}}]");

	(void)state;
	assert_int_equal(sb_plan_from_json(&plan, kinds, ops, &err), SB_E_SHAPE);
	assert_non_null(strstr(err.text, "set.vcpus is not a value of a vm"));
	sb_plan_finish(&plan);
	sb_kinds_destroy(kinds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_decimal_is_its_shortest_text),
		cmocka_unit_test(values_are_read_back_equal),
		cmocka_unit_test(a_text_in_a_json_value_stays_a_text),
		cmocka_unit_test(readers_see_the_numbers_of_a_json_value),
		cmocka_unit_test(a_text_that_is_not_a_number_stays_a_text),
		cmocka_unit_test(every_other_number_of_a_document_becomes_a_text),
		cmocka_unit_test(an_op_is_read_back_with_its_decimals),
		cmocka_unit_test(a_file_with_another_text_for_a_decimal_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
