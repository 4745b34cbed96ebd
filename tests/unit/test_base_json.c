/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of answers without secrets, and digests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stagebox/json.h"

static void assert_scrubbed(const char *given, const char *expected)
{
	sb_autojson *value = json_loads(given, JSON_DECODE_ANY, NULL);
	sb_autojson *scrubbed = sb_json_scrub(value);
	sb_autofree char *text =
		json_dumps(scrubbed, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);

	assert_string_equal(text, expected);
}

static void values_of_secret_names_are_masked_at_each_depth(void **state)
{
	(void)state;
	assert_scrubbed("{\"a\": 1, \"Secret\": {\"b\": 2}, \"list\": [{\"api_token\": [1]}]}",
			"{\"Secret\":\"***\",\"a\":1,\"list\":[{\"api_token\":\"***\"}]}");
	assert_scrubbed(
		"{\"key\": \"AQ==\", \"keyring\": 1, \"ssh-KEYS\": 2, \"auth_key\": null}",
		"{\"auth_key\":null,\"key\":\"***\",\"keyring\":\"***\",\"ssh-KEYS\":\"***\"}");
}

static void texts_are_masked_where_they_name_a_secret(void **state)
{
	(void)state;
	assert_scrubbed("[\"password: x\", \"plain\", true, null, 1.5]",
			"[\"password: ***\",\"plain\",true,null,1.5]");
}

static void what_is_nested_too_deep_is_masked(void **state)
{
	sb_autojson *value = json_integer(1), *scrubbed = NULL;
	sb_autofree char *text = NULL;
	int depth;

	(void)state;
	for (depth = 0; depth < 100; depth++)
		value = json_pack("[o]", value);
	scrubbed = sb_json_scrub(value);
	text = json_dumps(scrubbed, JSON_COMPACT);
	assert_string_equal(text, "[[[[[[[[[[[[[[[[[[[[[[[[\"***\"]]]]]]]]]]]]]]]]]]]]]]]]");
}

static void words_of_plans_are_left_out(void **state)
{
	(void)state;
	assert_scrubbed("{\"$ref\": 1, \"a\": {\"$decimal\": \"2\"}}", "{\"a\":{}}");
}

static json_t *make_digest(const char *text)
{
	sb_autojson *value = json_loads(text, JSON_DECODE_ANY, NULL);

	return sb_json_digest(value);
}

static void a_digest_is_of_the_value_and_not_of_its_order(void **state)
{
	sb_autojson *one = make_digest("{\"a\": 1, \"b\": [1, 2]}");
	sb_autojson *same = make_digest("{\"b\": [1, 2], \"a\": 1}");
	sb_autojson *other = make_digest("{\"b\": [2, 1], \"a\": 1}");

	(void)state;
	assert_int_equal(json_string_length(one), 32);
	assert_true(json_equal(one, same));
	assert_false(json_equal(one, other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_of_secret_names_are_masked_at_each_depth),
		cmocka_unit_test(texts_are_masked_where_they_name_a_secret),
		cmocka_unit_test(what_is_nested_too_deep_is_masked),
		cmocka_unit_test(words_of_plans_are_left_out),
		cmocka_unit_test(a_digest_is_of_the_value_and_not_of_its_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
