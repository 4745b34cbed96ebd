/* SPDX-License-Identifier: Apache-2.0 */
/* The envelope of a plan document: both hashes, the target, the time, and the modules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/plan_document.h"
#include "stagebox/json.h"

#define HASH_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define PURE                                                                                       \
	"{\"version\": 2, \"netbox\": \"n\", \"shared\": [], \"endpoints\": [{\"slug\": \"a\", "   \
	"\"identity\": \"node:pve1\", \"ops\": [{\"key\": \"a/b/1\", \"kind\": \"vm\"}]}]}"

static struct sb_error err;

static json_t *parse_text(const char *text)
{
	json_t *value = json_loads(text, 0, NULL);

	assert_non_null(value);
	return value;
}

#define BRANCH                                                                                     \
	"{\"mode\": \"if-available\", \"prefix\": \"blue\", \"on_conflict\": \"fail\","            \
	" \"merge\": true, \"keep_days\": 7, \"wait_s\": 60}"

/* branch: the options of a plan for a branch, NULL = for main */
static json_t *seal_for(const char *pure, int64_t created_s, const json_t *branch)
{
	json_t *doc = parse_text(pure), *modules = json_pack("{s:s}", "one", HASH_A);
	const struct sb_plan_origin origin = {.created_s = created_s,
					      .lasts_s = 100,
					      .program = "0.2.0",
					      .conf_hash = HASH_B,
					      .store = "5eed",
					      .branch = branch,
					      .modules = modules};

	assert_int_equal(sb_plan_document_seal(doc, &origin, &err), 0);
	json_decref(modules);
	return doc;
}

static json_t *seal_at(const char *pure, int64_t created_s)
{
	return seal_for(pure, created_s, NULL);
}

static json_t *seal_pure(void)
{
	return seal_at(PURE, 1000);
}

static const char *hash_of(const json_t *doc, const char *name)
{
	return sb_json_str(json_object_get(doc, "hashes"), name);
}

static void assert_refused(const json_t *doc, const char *expected)
{
	memset(&err, 0, sizeof(err));
	assert_int_equal(sb_plan_envelope_check(doc, &err), SB_E_ARG);
	if (!strstr(err.text, expected))
		fail_msg("\"%s\" does not say \"%s\"", err.text, expected);
}

static void a_sealed_document_is_accepted(void **state)
{
	sb_autojson *doc = seal_pure();

	(void)state;
	assert_int_equal(sb_plan_envelope_check(doc, &err), 0);
	assert_int_equal(strlen(hash_of(doc, "plan")), SB_JSON_HASH_CHARS);
	assert_string_not_equal(hash_of(doc, "plan"), hash_of(doc, "document"));
}

/* As Python computes it, so that every program can:
 * hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":"),
 * ensure_ascii=False).encode())
 */
static void the_hash_is_that_of_compact_json_with_sorted_keys(void **state)
{
	char hash[SB_JSON_HASH_CHARS + 1];
	sb_autojson *value =
		parse_text("{\"b\": [1, \"\\u00e4\"], \"a\": {\"d\": null, \"c\": true}}");

	(void)state;
	assert_int_equal(sb_json_hash(value, hash, &err), 0);
	assert_string_equal(hash,
			    "d366d16ffaf0ec334d8354313646fcc953630c5a82bc2c6134473e0eac537f93");
}

static void the_order_of_members_does_not_change_a_hash(void **state)
{
	sb_autojson *one = seal_pure();
	sb_autojson *same = seal_at(
		"{\"endpoints\": [{\"ops\": [{\"kind\": \"vm\", \"key\": \"a/b/1\"}], "
		"\"identity\": \"node:pve1\", \"slug\": \"a\"}], \"shared\": [], \"netbox\": "
		"\"n\", \"version\": 2}",
		1000);

	(void)state;
	assert_string_equal(hash_of(one, "plan"), hash_of(same, "plan"));
	assert_string_equal(hash_of(one, "document"), hash_of(same, "document"));
}

static void the_time_changes_the_hash_of_the_document_alone(void **state)
{
	sb_autojson *one = seal_pure(), *later = seal_at(PURE, 1001);

	(void)state;
	assert_string_equal(hash_of(one, "plan"), hash_of(later, "plan"));
	assert_string_not_equal(hash_of(one, "document"), hash_of(later, "document"));
}

/* Flip each byte of the text of a document in turn: what is still JSON and another value is
 * refused. */
static void each_changed_byte_is_seen(void **state)
{
	sb_autojson *doc = seal_pure();
	sb_autofree char *text = json_dumps(doc, JSON_COMPACT | JSON_SORT_KEYS);
	size_t i, n_changed = 0;

	(void)state;
	for (i = 0; text[i]; i++) {
		sb_autojson *other = NULL;
		char byte = text[i];

		text[i] ^= 1;
		other = json_loads(text, 0, NULL);
		text[i] = byte;
		if (!other || json_equal(other, doc))
			continue;
		n_changed++;
		if (!sb_plan_envelope_check(other, NULL))
			fail_msg("byte %zu: not seen", i);
	}
	assert_true(n_changed > 300);
}

static void a_change_of_the_pure_part_is_named(void **state)
{
	sb_autojson *doc = seal_pure();

	(void)state;
	json_object_set_new(doc, "netbox", json_string("m"));
	assert_refused(doc, "it was changed since it was made");
	assert_refused(doc, "make a new plan");
}

static void an_additional_member_is_a_change(void **state)
{
	sb_autojson *doc = seal_pure();

	(void)state;
	json_object_set_new(doc, "more", json_true());
	assert_refused(doc, "it was changed since it was made");
}

static void a_change_of_the_envelope_is_named(void **state)
{
	sb_autojson *doc = seal_pure();

	(void)state;
	json_object_set_new(json_object_get(doc, "envelope"), "expires", json_integer(9999));
	assert_refused(doc, "its envelope was changed");
}

static void a_document_without_hashes_is_refused(void **state)
{
	sb_autojson *doc = seal_pure(), *other = seal_pure();

	(void)state;
	json_object_del(doc, "hashes");
	assert_refused(doc, "it was changed");
	json_object_del(json_object_get(other, "hashes"), "document");
	assert_refused(other, "its envelope was changed");
}

static void an_incomplete_envelope_is_refused(void **state)
{
	static const char *const members[] = {"target",  "created", "expires",
					      "program", "modules", "fingerprints"};
	sb_autojson *none = seal_pure();
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(members); i++) {
		sb_autojson *doc = seal_pure();

		json_object_del(json_object_get(doc, "envelope"), members[i]);
		assert_refused(doc, "its envelope is not complete");
	}
	json_object_del(none, "envelope");
	assert_refused(none, "its envelope is not complete");
}

/* With this value at a place of the envelope, and the hash of that. */
static json_t *forge_envelope(const json_t *branch, const char *name, json_t *value_take)
{
	char plan[SB_JSON_HASH_CHARS + 1], document[SB_JSON_HASH_CHARS + 1];
	json_t *doc = seal_for(PURE, 1000, branch);
	json_t *envelope = json_object_get(doc, "envelope");

	json_object_set_new(branch ? json_object_get(envelope, "target") : envelope, name,
			    value_take);
	assert_int_equal(sb_plan_document_hashes(doc, plan, document, &err), 0);
	json_object_set_new(json_object_get(doc, "hashes"), "document", json_string(document));
	return doc;
}

static void another_target_is_refused(void **state)
{
	sb_autojson *text = forge_envelope(NULL, "target", json_string("other"));
	sb_autojson *bare = forge_envelope(NULL, "target", json_pack("{s:s}", "branch", "blue"));

	(void)state;
	assert_refused(text, "make a new plan");
	assert_refused(bare, "neither \"main\" nor a branch");
}

static void a_plan_for_a_branch_is_applied_by_its_own_options(void **state)
{
	sb_autojson *branch = parse_text(BRANCH), *doc = seal_for(PURE, 1000, branch);
	sb_autojson *own = sb_plan_envelope_branch(json_object_get(doc, "envelope"));
	sb_autojson *pure = seal_pure();

	(void)state;
	assert_int_equal(sb_plan_envelope_check(doc, &err), 0);
	assert_string_equal(hash_of(doc, "plan"), hash_of(pure, "plan"));
	assert_null(sb_plan_envelope_branch(json_object_get(pure, "envelope")));
	/* Where it goes was decided when it was made. */
	json_object_set_new(branch, "mode", json_string("required"));
	assert_true(json_equal(own, branch));
}

static void options_out_of_their_bounds_are_refused(void **state)
{
	static const struct {
		const char *name, *value;
	} cases[] = {
		{"branch", "\"\""},         {"branch", "\"a\\nb\""}, {"branch", "7"},
		{"on_conflict", "\"win\""}, {"merge", "1"},          {"keep_days", "-1"},
		{"keep_days", "3651"},      {"wait_s", "0"},         {"wait_s", "86401"},
		{"more", "true"},
	};
	sb_autojson *branch = parse_text(BRANCH);
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(cases); i++) {
		sb_autojson *doc = forge_envelope(
			branch, cases[i].name, json_loads(cases[i].value, JSON_DECODE_ANY, NULL));

		assert_refused(doc, "neither \"main\" nor a branch");
	}
}

static void a_number_that_is_not_an_integer_is_refused(void **state)
{
	sb_autojson *doc = seal_at("{\"version\": 2, \"netbox\": \"n\", \"shared\": [], "
				   "\"endpoints\": [{\"slug\": \"a\", \"n\": 2.5}]}",
				   1000);

	(void)state;
	assert_refused(doc, "a number that is not an integer");
}

static void a_plan_expires(void **state)
{
	sb_autojson *doc = seal_pure();

	(void)state;
	assert_int_equal(sb_plan_envelope_check_time(doc, 1000, &err), 0);
	assert_int_equal(sb_plan_envelope_check_time(doc, 1099, &err), 0);
	assert_int_equal(sb_plan_envelope_check_time(doc, 1100, &err), SB_E_REFUSED);
	assert_non_null(strstr(err.text, "expired at 1970-01-01 00:18:20 UTC"));
	assert_non_null(strstr(err.text, "limits.plan_expires"));
}

static void assert_modules_refused(const char *loaded_text, const char *expected)
{
	sb_autojson *doc = seal_pure(), *loaded = parse_text(loaded_text);

	assert_int_equal(
		sb_plan_envelope_check_modules(json_object_get(doc, "envelope"), loaded, &err),
		SB_E_REFUSED);
	if (!strstr(err.text, expected))
		fail_msg("\"%s\" does not say \"%s\"", err.text, expected);
}

static void a_plan_is_applied_by_the_modules_that_made_it(void **state)
{
	sb_autojson *doc = seal_pure(), *same = json_pack("{s:s}", "one", HASH_A);

	(void)state;
	assert_int_equal(
		sb_plan_envelope_check_modules(json_object_get(doc, "envelope"), same, &err), 0);
	assert_modules_refused("{\"one\": \"" HASH_B "\"}", "module \"one\" is another file");
	assert_modules_refused("{}", "module \"one\" made the plan and is not loaded");
	assert_modules_refused("{\"one\": \"" HASH_A "\", \"two\": \"" HASH_B "\"}",
			       "module \"two\" is loaded and was not");
}

static void actions_need_the_store_that_the_plan_was_made_with(void **state)
{
	sb_autojson *doc = seal_pure(), *replay = seal_pure();
	json_t *envelope = json_object_get(doc, "envelope");

	(void)state;
	assert_int_equal(sb_plan_envelope_check_store(envelope, "5eed", &err), 0);
	assert_int_equal(sb_plan_envelope_check_store(envelope, "5eee", &err), SB_E_REFUSED);
	assert_non_null(strstr(err.text, "was made with another store"));
	assert_int_equal(sb_plan_envelope_check_store(envelope, NULL, &err), SB_E_REFUSED);
	json_object_del(json_object_get(replay, "envelope"), "store");
	envelope = json_object_get(replay, "envelope");
	assert_int_equal(sb_plan_envelope_check_store(envelope, "5eed", &err), SB_E_REFUSED);
	assert_int_equal(sb_plan_envelope_check_store(envelope, NULL, &err), SB_E_REFUSED);
}

static void assert_changes(const char *program, const char *conf_hash, const char *expected)
{
	const struct sb_plan_origin now = {.program = program, .conf_hash = conf_hash};
	sb_autojson *doc = seal_pure(), *changes = sb_plan_envelope_changes(doc, &now);
	sb_autofree char *text = json_dumps(changes, JSON_COMPACT);

	assert_string_equal(text, expected);
}

static void another_program_or_configuration_is_named(void **state)
{
	(void)state;
	assert_changes("0.2.0", HASH_B, "[]");
	assert_changes("0.2.1", HASH_B, "[\"program\"]");
	assert_changes("0.2.0", HASH_A, "[\"configuration\"]");
	assert_changes("0.2.1", NULL, "[\"program\",\"configuration\"]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sealed_document_is_accepted),
		cmocka_unit_test(the_hash_is_that_of_compact_json_with_sorted_keys),
		cmocka_unit_test(the_order_of_members_does_not_change_a_hash),
		cmocka_unit_test(the_time_changes_the_hash_of_the_document_alone),
		cmocka_unit_test(each_changed_byte_is_seen),
		cmocka_unit_test(a_change_of_the_pure_part_is_named),
		cmocka_unit_test(an_additional_member_is_a_change),
		cmocka_unit_test(a_change_of_the_envelope_is_named),
		cmocka_unit_test(a_document_without_hashes_is_refused),
		cmocka_unit_test(an_incomplete_envelope_is_refused),
		cmocka_unit_test(another_target_is_refused),
		cmocka_unit_test(a_plan_for_a_branch_is_applied_by_its_own_options),
		cmocka_unit_test(options_out_of_their_bounds_are_refused),
		cmocka_unit_test(a_number_that_is_not_an_integer_is_refused),
		cmocka_unit_test(a_plan_expires),
		cmocka_unit_test(a_plan_is_applied_by_the_modules_that_made_it),
		cmocka_unit_test(actions_need_the_store_that_the_plan_was_made_with),
		cmocka_unit_test(another_program_or_configuration_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
