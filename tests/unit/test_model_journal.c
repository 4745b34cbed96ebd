/* SPDX-License-Identifier: Apache-2.0 */
/* An entry of the journal of NetBox names key and change; other changes have none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/journal.h"
#include "stagebox/json.h"

#define KEY "lab/ha/vm:101"

static const char *const bad_states[] = {"error", "fence", NULL};
static const char *const lost[] = {"false", NULL};
static const struct sb_kind_field state = {
	.name = "state", .type = SB_FIELD_TEXT, .journal = bad_states};
static const struct sb_kind_field quorate = {
	.name = "quorate", .type = SB_FIELD_BOOL, .journal = lost};

/* The words of a change; NULL = it is not noted. */
static json_t *words_of(const struct sb_kind_field *field, const char *set, const char *was)
{
	sb_autojson *after = json_loads(set, 0, NULL), *before = json_loads(was, 0, NULL);

	assert_non_null(after);
	assert_non_null(before);
	return sb_journal_is_noted(field, after, before)
		       ? sb_journal_words(field, KEY, after, before)
		       : NULL;
}

static void expect_words(const struct sb_kind_field *field, const char *set, const char *was,
			 const char *kind, const char *text)
{
	sb_autojson *words = words_of(field, set, was);

	assert_non_null(words);
	assert_string_equal(sb_json_str(words, "kind"), kind);
	assert_string_equal(sb_json_str(words, "comments"), text);
}

static void expect_none(const struct sb_kind_field *field, const char *set, const char *was)
{
	sb_autojson *words = words_of(field, set, was);

	assert_null(words);
}

static void a_value_of_the_list_is_a_warning_and_its_end_is_noted(void **arg)
{
	(void)arg;
	expect_words(&state, "{\"state\": \"error\"}", "{\"state\": \"started\"}", "warning",
		     KEY ": state: started -> error");
	expect_words(&state, "{\"state\": \"started\"}", "{\"state\": \"error\"}", "success",
		     KEY ": state: error -> started");
	expect_words(&state, "{\"state\": \"fence\"}", "{\"state\": \"error\"}", "warning",
		     KEY ": state: error -> fence");
	expect_words(&state, "{\"state\": \"error\"}", "{\"state\": null}", "warning",
		     KEY ": state: none -> error");
	expect_words(&quorate, "{\"quorate\": false}", "{\"quorate\": true}", "warning",
		     KEY ": quorate: true -> false");
	expect_words(&quorate, "{\"quorate\": true}", "{\"quorate\": false}", "success",
		     KEY ": quorate: false -> true");
}

static void a_value_that_ends_without_another_one_is_no_success(void **arg)
{
	(void)arg;
	expect_words(&state, "{\"state\": null}", "{\"state\": \"error\"}", "info",
		     KEY ": state: error -> none");
}

static void other_changes_have_no_entry(void **arg)
{
	(void)arg;
	expect_none(&state, "{\"state\": \"stopped\"}", "{\"state\": \"started\"}");
	expect_none(&state, "{\"state\": \"error\"}", "{}");
	expect_none(&state, "{\"state\": \"error\"}", "{\"state\": \"error\"}");
	expect_none(&state, "{\"node\": \"pve1\"}", "{\"node\": \"pve2\"}");
	expect_none(&quorate, "{\"quorate\": true}", "{\"quorate\": null}");
}

static void words_are_one_line_of_whole_characters(void **arg)
{
	sb_autobuf was = SB_BUF_INIT(2000), text = SB_BUF_INIT(2000);
	size_t i;

	(void)arg;
	sb_buf_add(&was, "{\"state\": \"\\n\\nstagebox run 1");
	sb_buf_add(&text, KEY ": state:   stagebox run 1");
	for (i = 0; i < 250; i++)
		sb_buf_add(&was, "\xc3\xbc");
	for (i = strlen("  stagebox run 1"); i < 200; i++)
		sb_buf_add(&text, "\xc3\xbc");
	sb_buf_add(&was, "\"}");
	sb_buf_add(&text, " -> error");
	expect_words(&state, "{\"state\": \"error\"}", sb_buf_str(&was), "warning",
		     sb_buf_str(&text));
}

static void the_key_of_an_entry_names_object_and_field(void **arg)
{
	size_t length = 0;

	(void)arg;
	assert_string_equal(sb_journal_field(KEY "/journal/state", &length), "state");
	assert_int_equal(length, strlen(KEY));
	assert_null(sb_journal_field(KEY, &length));
	assert_null(sb_journal_field("/journal/state", &length));
	assert_null(sb_journal_field("state", &length));
	assert_null(sb_journal_field(KEY "/state", &length));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_of_the_list_is_a_warning_and_its_end_is_noted),
		cmocka_unit_test(a_value_that_ends_without_another_one_is_no_success),
		cmocka_unit_test(other_changes_have_no_entry),
		cmocka_unit_test(words_are_one_line_of_whole_characters),
		cmocka_unit_test(the_key_of_an_entry_names_object_and_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
