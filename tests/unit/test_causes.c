/* SPDX-License-Identifier: Apache-2.0 */
/* Causes: equal ones are one, each object counts once, with its worst effect. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "run/causes.h"
#include "stagebox/json.h"

static void note_cause(json_t *causes, enum sb_effect effect, const char *key, const char *text)
{
	struct sb_error why;

	sb_fail(&why, SB_E_STATE, "%s", text);
	assert_int_equal(sb_cause_note(causes, effect, key, &why), 0);
}

static json_int_t get_number(const json_t *entry, const char *name)
{
	return json_integer_value(json_object_get(entry, name));
}

static void equal_causes_of_several_objects_are_one(void **state)
{
	sb_autojson *causes = json_object(), *list = NULL;
	const json_t *entry;

	(void)state;
	note_cause(causes, SB_EFFECT_FAILED, "lab/qemu/101", "name: may not be blank");
	note_cause(causes, SB_EFFECT_SKIPPED, "lab/qemu/101/net0", "name: may not be blank");
	note_cause(causes, SB_EFFECT_SKIPPED, "lab/qemu/101/net0/ip/fe80::1",
		   "name: may not be blank");
	list = sb_causes_list(causes, NULL);
	assert_int_equal(json_array_size(list), 1);
	entry = json_array_get(list, 0);
	assert_string_equal(sb_json_str(entry, "text"), "name: may not be blank");
	assert_int_equal(get_number(entry, "objects"), 3);
	assert_int_equal(get_number(entry, "failed"), 1);
	assert_int_equal(get_number(entry, "skipped"), 2);
}

static void a_text_is_not_searched_for_a_key(void **state)
{
	sb_autojson *causes = json_object(), *list = NULL;
	const json_t *entry;

	(void)state;
	note_cause(causes, SB_EFFECT_PARTIAL, NULL, "lab/qemu/101: its notes are too long");
	list = sb_causes_list(causes, NULL);
	entry = json_array_get(list, 0);
	assert_string_equal(sb_json_str(entry, "text"), "lab/qemu/101: its notes are too long");
	assert_int_equal(get_number(entry, "objects"), 0);
}

/* Notes in the order of the answers, which differs from run to run. */
static void note_number(json_t *causes, size_t i)
{
	static const char *const notes[][2] = {
		{"lab/qemu/108", "it is locked"}, {"lab/qemu/101", "it is locked"},
		{"lab/qemu/103", "HTTP 403"},     {"lab/qemu/102", "node pve2 is not online"},
		{NULL, "the list is incomplete"},
	};
	struct sb_error why;

	sb_fail(&why, i % 2 ? SB_E_STATE : SB_E_HTTP, "%s", notes[i][1]);
	assert_int_equal(sb_cause_note(causes, SB_EFFECT_PARTIAL, notes[i][0], &why), 0);
}

static void the_order_of_the_notes_does_not_change_the_list(void **state)
{
	sb_autojson *causes = json_object(), *reverse = json_object(), *late = json_object();
	sb_autojson *list = NULL, *other = NULL;
	sb_autofree char *text = NULL, *other_text = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < 5; i++) {
		note_number(causes, i);
		note_number(i < 2 ? late : reverse, 4 - i);
	}
	list = sb_causes_list(causes, NULL);
	other = sb_causes_list(reverse, late);
	text = json_dumps(list, 0);
	other_text = json_dumps(other, 0);
	assert_int_equal(json_array_size(list), 4);
	assert_string_equal(text, other_text);
}

static void an_object_counts_once_with_its_worst_effect(void **state)
{
	sb_autojson *causes = json_object(), *more = json_object(), *list = NULL;
	const json_t *entry;

	(void)state;
	note_cause(causes, SB_EFFECT_PARTIAL, "lab/qemu/101", "node pve2 is not online");
	note_cause(more, SB_EFFECT_UNKNOWN, "lab/qemu/101", "node pve2 is not online");
	note_cause(more, SB_EFFECT_UNKNOWN, "lab/qemu/101", "node pve2 is not online");
	list = sb_causes_list(causes, more);
	assert_int_equal(json_array_size(list), 1);
	entry = json_array_get(list, 0);
	assert_int_equal(get_number(entry, "objects"), 1);
	assert_int_equal(get_number(entry, "unknown"), 1);
	assert_null(json_object_get(entry, "partial"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_causes_of_several_objects_are_one),
		cmocka_unit_test(a_text_is_not_searched_for_a_key),
		cmocka_unit_test(the_order_of_the_notes_does_not_change_the_list),
		cmocka_unit_test(an_object_counts_once_with_its_worst_effect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
