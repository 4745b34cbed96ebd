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
	assert_int_equal(sb_cause_note(causes, "lab", effect, key, &why), 0);
}

static json_int_t get_number(const json_t *entry, const char *name)
{
	return json_integer_value(json_object_get(entry, name));
}

static void a_chain_of_skipped_objects_has_one_root_cause(void **state)
{
	sb_autojson *causes = json_object(), *list = NULL;
	const json_t *entry;

	(void)state;
	note_cause(causes, SB_EFFECT_FAILED, "lab/qemu/101", "name: may not be blank");
	note_cause(causes, SB_EFFECT_SKIPPED, "lab/qemu/101/net0",
		   "create of lab/qemu/101: name: may not be blank");
	note_cause(causes, SB_EFFECT_SKIPPED, "lab/qemu/101/net0/ip/fe80::1",
		   "create of lab/qemu/101/net0: create of lab/qemu/101: name: may not be blank");
	list = sb_causes_list(causes, NULL);
	assert_int_equal(json_array_size(list), 1);
	entry = json_array_get(list, 0);
	assert_string_equal(sb_json_str(entry, "text"), "name: may not be blank");
	assert_int_equal(get_number(entry, "objects"), 3);
	assert_int_equal(get_number(entry, "failed"), 1);
	assert_int_equal(get_number(entry, "skipped"), 2);
}

static void the_key_in_front_of_a_text_names_the_object(void **state)
{
	sb_autojson *causes = json_object(), *list = NULL;
	const json_t *entry;

	(void)state;
	note_cause(causes, SB_EFFECT_PARTIAL, NULL,
		   "lab/qemu/101: addresses: no answer within 5 s");
	note_cause(causes, SB_EFFECT_PARTIAL, NULL,
		   "lab/qemu/102: addresses: no answer within 5 s");
	note_cause(causes, SB_EFFECT_PARTIAL, NULL, "labs: not a key");
	list = sb_causes_list(causes, NULL);
	assert_int_equal(json_array_size(list), 2);
	entry = json_array_get(list, 0);
	assert_string_equal(sb_json_str(entry, "text"), "addresses: no answer within 5 s");
	assert_int_equal(get_number(entry, "partial"), 2);
	assert_string_equal(json_string_value(json_array_get(json_object_get(entry, "keys"), 1)),
			    "lab/qemu/102");
	assert_int_equal(get_number(json_array_get(list, 1), "objects"), 0);
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
		cmocka_unit_test(a_chain_of_skipped_objects_has_one_root_cause),
		cmocka_unit_test(the_key_in_front_of_a_text_names_the_object),
		cmocka_unit_test(an_object_counts_once_with_its_worst_effect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
