/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of trials of branches hold for one NetBox and two versions of plugins. */
#include "model/apart.h"
#include "stagebox/json.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

static const struct sb_apart_plugins tried = {
	.instance = "9d1f", .objects = "0.7.1", .branching = "1.2.2"};

static void an_answer_holds_for_its_netbox_and_both_versions(void **state)
{
	sb_autojson *kept = sb_apart_note(&tried, true), *mixed = sb_apart_note(&tried, false);
	struct sb_apart_plugins other = tried;

	(void)state;
	assert_int_equal(sb_apart_read(kept, &tried), SB_APART_KEPT);
	assert_int_equal(sb_apart_read(mixed, &tried), SB_APART_MIXED);
	other.objects = "0.7.2";
	assert_int_equal(sb_apart_read(kept, &other), SB_APART_UNTRIED);
	other = tried;
	other.branching = "1.3.0";
	assert_int_equal(sb_apart_read(kept, &other), SB_APART_UNTRIED);
	other = tried;
	other.instance = "77aa";
	assert_int_equal(sb_apart_read(kept, &other), SB_APART_UNTRIED);
	other.instance = NULL;
	assert_int_equal(sb_apart_read(kept, &other), SB_APART_UNTRIED);
}

static void nothing_is_known_without_an_answer(void **state)
{
	(void)state;
	assert_int_equal(sb_apart_read(NULL, &tried), SB_APART_UNTRIED);
}

static void an_answer_with_other_members_is_none(void **state)
{
	static const char *const texts[] = {
		"{}",
		"[]",
		"{\"netbox\": \"9d1f\", \"objects\": \"0.7.1\", \"branching\": \"1.2.2\"}",
		"{\"netbox\": \"9d1f\", \"objects\": \"0.7.1\", \"branching\": \"1.2.2\", "
		"\"apart\": 1}",
		"{\"netbox\": \"9d1f\", \"objects\": \"\", \"branching\": \"1.2.2\", \"apart\": "
		"true}",
		"{\"netbox\": \"9d1f\", \"objects\": \"0.7\\n1\", \"branching\": \"1.2.2\", "
		"\"apart\": true}",
		"{\"netbox\": \"9d1f\", \"objects\": \"0.7.1\", \"branching\": \"1.2.2\", "
		"\"apart\": true, \"more\": 1}",
	};
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(texts); i++) {
		sb_autojson *note = json_loads(texts[i], 0, NULL);

		assert_non_null(note);
		assert_false(sb_apart_is_note(note));
		assert_int_equal(sb_apart_read(note, &tried), SB_APART_UNTRIED);
	}
}

static void the_reason_names_both_versions(void **state)
{
	char text[256];

	(void)state;
	assert_string_equal(sb_apart_why(SB_APART_MIXED, &tried, text, sizeof(text)),
			    "netbox-custom-objects 0.7.1 with netbox-branching 1.2.2 writes the "
			    "custom objects of a branch to main");
	assert_string_equal(
		sb_apart_why(SB_APART_UNTRIED, &tried, text, sizeof(text)),
		"nobody has tried whether netbox-custom-objects 0.7.1 keeps objects apart in "
		"branches of netbox-branching 1.2.2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_holds_for_its_netbox_and_both_versions),
		cmocka_unit_test(nothing_is_known_without_an_answer),
		cmocka_unit_test(an_answer_with_other_members_is_none),
		cmocka_unit_test(the_reason_names_both_versions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
