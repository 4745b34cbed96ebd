/* SPDX-License-Identifier: Apache-2.0 */
/* The plan document: merging parts, the counts, and files that are refused. The envelope and the
 * hashes are in test_model_plan_envelope. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/exit.h"
#include "model/plan_document.h"

#define NETBOX_A "'netbox': 'aaaa'"
#define NETBOX_B "'netbox': 'bbbb'"
#define TAG(NAME)                                                                                  \
	"{'key': 'shared/tag/x', 'kind': 'tag', 'verb': 'create', 'set': {'name': '" NAME "'}}"

static char path[] = "/tmp/stagebox-plan-XXXXXX";
static struct sb_error err;

static int create_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

/* JSON in which ' stands for ". */
static json_t *parse_text(const char *text)
{
	json_t *value;
	char *copy = test_malloc(strlen(text) + 1), *c;

	memcpy(copy, text, strlen(text) + 1);
	for (c = copy; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	value = json_loads(copy, JSON_DECODE_ANY, NULL);
	test_free(copy);
	assert_non_null(value);
	return value;
}

static json_t *create_document(const char *parts_text)
{
	sb_autojson *parts = parse_text(parts_text);
	json_t *doc = NULL;

	if (sb_plan_document_create(parts, &doc, &err) < 0)
		fail_msg("%s", err.text);
	return doc;
}

static void assert_json(const json_t *json, const char *expected)
{
	sb_autojson *other = parse_text(expected);
	sb_autofree char *text = NULL;

	if (json_equal(json, other))
		return;
	text = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
	fail_msg("got %s, expected %s", text, expected);
}

static const json_t *endpoint_at(const json_t *doc, size_t i)
{
	return json_array_get(json_object_get(doc, "endpoints"), i);
}

static const char *slug_at(const json_t *doc, size_t i)
{
	return json_string_value(json_object_get(endpoint_at(doc, i), "slug"));
}

static void write_file(const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	for (; *text; text++)
		fputc(*text == '\'' ? '"' : *text, file);
	assert_int_equal(fclose(file), 0);
}

/* Write a document whose hashes are those of its content, as anybody can. */
static void write_sealed(const char *text)
{
	const struct sb_plan_origin origin = {
		.created_s = 1000, .lasts_s = 100, .program = "0.2.0"};
	sb_autojson *doc = parse_text(text);

	assert_int_equal(sb_plan_document_seal(doc, &origin, &err), 0);
	assert_int_equal(json_dump_file(doc, path, 0), 0);
}

/* sealed: the text is JSON, and gets an envelope and hashes */
static void assert_file_refused(const char *text, bool sealed, const char *expected)
{
	json_t *doc = NULL;

	if (sealed)
		write_sealed(text);
	else
		write_file(text);
	memset(&err, 0, sizeof(err));
	assert_int_equal(sb_plan_document_read(path, &doc, &err), SB_E_ARG);
	assert_null(doc);
	if (!strstr(err.text, expected) || !strstr(err.text, path))
		fail_msg("\"%s\" does not name \"%s\" and \"%s\"", err.text, expected, path);
}

static void assert_refused(const char *text, const char *expected)
{
	assert_file_refused(text, true, expected);
}

static void test_parts_are_merged_in_the_order_of_their_names(void **state)
{
	sb_autojson *doc = create_document("{'west': {" NETBOX_A ", 'ops': []}, 'east': {" NETBOX_A
					   "}, 'north': {" NETBOX_A "}}");

	(void)state;
	assert_string_equal(slug_at(doc, 0), "east");
	assert_string_equal(slug_at(doc, 1), "north");
	assert_string_equal(slug_at(doc, 2), "west");
	assert_json(json_object_get(doc, "netbox"), "'aaaa'");
	assert_json(json_object_get(doc, "version"), "2");
}

static void test_equal_shared_ops_are_listed_once(void **state)
{
	sb_autojson *doc = create_document("{'a': {" NETBOX_A ", 'shared': [" TAG(
		"x") "]}, 'b': {" NETBOX_A ", 'shared': [" TAG("x") "]}}");

	(void)state;
	assert_json(json_object_get(doc, "shared"), "[" TAG("x") "]");
	assert_json(json_object_get(endpoint_at(doc, 0), "conflicts"), "[]");
	assert_json(json_object_get(endpoint_at(doc, 1), "conflicts"), "[]");
}

static void test_differing_shared_ops_are_a_conflict_of_the_later_endpoint(void **state)
{
	sb_autojson *doc = create_document("{'b': {" NETBOX_A ", 'shared': [" TAG(
		"y") "]}, 'a': {" NETBOX_A ", 'shared': [" TAG("x") "]}}");
	const json_t *conflicts = json_object_get(endpoint_at(doc, 1), "conflicts");
	const json_t *conflict = json_array_get(conflicts, 0);

	(void)state;
	assert_json(json_object_get(doc, "shared"), "[" TAG("x") "]");
	assert_json(json_object_get(endpoint_at(doc, 0), "conflicts"), "[]");
	assert_int_equal(json_array_size(conflicts), 1);
	assert_json(json_object_get(conflict, "key"), "'shared/tag/x'");
	assert_json(json_object_get(conflict, "kind"), "'tag'");
}

static void test_a_part_for_another_netbox_is_refused_with_its_endpoint(void **state)
{
	sb_autojson *parts = parse_text("{'a': {" NETBOX_A "}, 'b': {" NETBOX_B "}}");
	json_t *doc = NULL;

	(void)state;
	assert_int_equal(sb_plan_document_create(parts, &doc, &err), SB_E_REFUSED);
	assert_null(doc);
	assert_non_null(strstr(err.text, "\"b\""));
}

static void test_run_times_are_left_out(void **state)
{
	sb_autojson *doc = create_document(
		"{'a': {" NETBOX_A ", 'stages': [{'stage': 's', 'runtime_seconds': 1.5}]}}");

	(void)state;
	assert_json(json_object_get(endpoint_at(doc, 0), "stages"), "[{'stage': 's'}]");
}

static void test_decimals_are_texts_and_the_parts_keep_their_numbers(void **state)
{
	sb_autojson *parts = parse_text("{'a': {" NETBOX_A ", 'conflicts': [{'ours': 2.5}],"
					"'kept': [{'theirs': 0.1, 'ours': 3}]}}");
	sb_autojson *before = json_deep_copy(parts), *doc = NULL;

	(void)state;
	assert_int_equal(sb_plan_document_create(parts, &doc, &err), 0);
	assert_json(json_object_get(endpoint_at(doc, 0), "conflicts"), "[{'ours': '2.5'}]");
	assert_json(json_object_get(endpoint_at(doc, 0), "kept"), "[{'theirs': '0.1', 'ours': 3}]");
	assert_true(json_equal(before, parts));
}

static void test_the_identity_of_an_endpoint_is_in_its_part(void **state)
{
	sb_autojson *doc = create_document("{'a': {" NETBOX_A ", 'identity': 'node:pve1'}}");

	(void)state;
	assert_json(json_object_get(endpoint_at(doc, 0), "identity"), "'node:pve1'");
}

static void test_a_part_is_taken_out_as_a_job_reads_it(void **state)
{
	sb_autojson *doc =
		create_document("{'a': {" NETBOX_A ", 'ops': [], 'shared': [" TAG("x") "]}}");
	sb_autojson *part = sb_plan_document_part(doc, "a");

	(void)state;
	assert_json(part,
		    "{'endpoint': 'a', " NETBOX_A ", 'ops': [], 'stages': [], 'conflicts': [], "
		    "'shared': [" TAG("x") "]}");
	assert_json(json_object_get(endpoint_at(doc, 0), "slug"), "'a'");
	assert_null(sb_plan_document_part(doc, "b"));
}

static void test_the_summary_counts_objects_as_a_run_does(void **state)
{
	sb_autojson *doc = create_document("{'a': {" NETBOX_A ", 'shared': [" TAG(
		"x") "],"
		     "'ops': [{'verb': 'update'}, {'verb': 'delete'}, {'verb': 'update'}],"
		     "'conflicts': [{}], 'stages': [{'counts': {'skipped': 2}},"
		     "{'stage': 'shared', 'counts': {'create': 1}},"
		     "{'response': {'counts': {'unknown': 3, 'same': 9, 'update': 2, 'delete': 4,"
		     " 'gone': 5}}}]}}");
	sb_autojson *summary = sb_plan_document_summary(doc);

	(void)state;
	assert_json(summary, "{'create': 1, 'update': 2, 'delete': 4, 'release': 0, 'conflicts': 1,"
			     "'skipped': 2, 'unknown': 3, 'gone': 5}");
}

static int exit_of(const char *text)
{
	sb_autojson *summary = parse_text(text);

	return sb_plan_document_exit(summary);
}

static void test_conflicts_come_before_changes_and_unknown_is_neither(void **state)
{
	(void)state;
	assert_int_equal(exit_of("{'create': 1, 'conflicts': 1}"), SB_EXIT_CONFLICTS);
	assert_int_equal(exit_of("{'delete': 1, 'conflicts': 0}"), SB_EXIT_CHANGES);
	assert_int_equal(exit_of("{'update': 1}"), SB_EXIT_CHANGES);
	assert_int_equal(exit_of("{'create': 0, 'unknown': 5, 'skipped': 1}"), SB_EXIT_OK);
}

static void seal_document(json_t *doc)
{
	const struct sb_plan_origin origin = {
		.created_s = 1000, .lasts_s = 100, .program = "0.2.0"};

	assert_int_equal(sb_plan_document_seal(doc, &origin, &err), 0);
}

static void test_the_answer_holds_hashes_summary_and_plan(void **state)
{
	sb_autojson *doc = create_document("{'a': {" NETBOX_A "}}"), *answer = NULL;
	const json_t *hashes;

	(void)state;
	seal_document(doc);
	hashes = json_object_get(doc, "hashes");
	assert_int_equal(sb_plan_document_answer(doc, &answer, &err), 0);
	assert_true(json_object_get(answer, "hashes") == hashes);
	assert_true(json_object_get(answer, "hash") == json_object_get(hashes, "plan"));
	assert_ptr_equal(json_object_get(answer, "plan"), doc);
	assert_int_equal(json_object_size(json_object_get(answer, "summary")), 8);
}

static void test_a_written_plan_is_read_back_equal(void **state)
{
	sb_autojson *doc = create_document("{'a': {" NETBOX_A ", 'shared': [" TAG("x") "]}}");
	sb_autojson *again = NULL;

	(void)state;
	seal_document(doc);
	assert_int_equal(sb_plan_document_write(doc, path, &err), 0);
	assert_int_equal(sb_plan_document_read(path, &again, &err), 0);
	assert_true(json_equal(doc, again));
}

static void test_a_plan_that_cannot_be_written_names_its_path(void **state)
{
	sb_autojson *doc = create_document("{}");

	(void)state;
	assert_int_equal(sb_plan_document_write(doc, "/nowhere/at/all", &err), SB_E_STATE);
	assert_non_null(strstr(err.text, "/nowhere/at/all"));
}

static void test_a_file_of_another_version_is_refused_with_both_versions(void **state)
{
	(void)state;
	assert_refused("{'version': 7, 'netbox': 'a', 'endpoints': [], 'shared': []}", "version 7");
	assert_refused("{'version': 7, 'netbox': 'a', 'endpoints': [], 'shared': []}", "reads 2");
	assert_file_refused("{'version': 1, 'netbox': 'a', 'endpoints': [], 'shared': []}", false,
			    "version 1; this program reads 2: make a new plan");
}

static void test_a_file_that_is_not_a_plan_is_refused(void **state)
{
	(void)state;
	assert_file_refused("{'version': 2}", false, "plan of stagebox");
	assert_file_refused("[]", false, "plan of stagebox");
	assert_file_refused("{'version': 2,\n oops", false, "line 2");
	assert_file_refused("", false, "JSON");
	assert_file_refused("{'version': 2, 'version': 2}", false, "JSON");
}

static void test_a_plan_with_an_incomplete_op_is_refused_with_its_place(void **state)
{
	(void)state;
	assert_refused("{'version': 2, 'netbox': 'a', 'endpoints': [], 'shared': {}}", "shared");
	assert_refused("{'version': 2, 'netbox': 'a', 'endpoints': [], 'shared': [" TAG(
			       "x") ", {'key':"
				    "'k', 'kind': 'tag'}]}",
		       "shared[1]");
	assert_refused("{'version': 2, 'netbox': 'a', 'endpoints': [{}], 'shared': []}",
		       "endpoints[0]");
	assert_refused("{'version': 2, 'netbox': 'a', 'endpoints': [{'slug': 'a', 'ops': [{}]}],"
		       "'shared': []}",
		       "ops[0]");
}

/* A file with these ops and these counters of its one stage. */
static void assert_counters_refused(const char *ops, const char *counts, const char *expected)
{
	char text[1000];

	snprintf(text, sizeof(text),
		 "{'version': 2, 'netbox': 'a', 'shared': [], 'endpoints': [{'slug': 'a', 'ops': "
		 "[%s], 'stages': [{'stage': 'x.y', 'response': {'counts': {%s}}}]}]}",
		 ops, counts);
	assert_refused(text, expected);
}

#define OP(verb, key) "{'key': '" key "', 'kind': 'vm', 'verb': '" verb "', 'target': 1}"

static void test_counters_that_hide_an_op_are_refused(void **state)
{
	(void)state;
	assert_counters_refused(OP("delete", "a/b/1"), "'delete': 0", "0 objects to delete");
	assert_counters_refused(OP("update", "a/b/1"), "'update': 0", "0 objects to update");
	assert_counters_refused(OP("create", "a/b/1"), "'create': 0", "0 objects to create");
	assert_counters_refused("{'key': 'a/b/1', 'kind': 'vm', 'verb': 'update',"
				" 'set': {'stagebox_key': null}}",
				"'update': 1", "0 objects to release");
	assert_counters_refused(OP("create", "a/b/1"),
				"'create': 1}, 'kinds': {'vm': {'create': 0}", "do not add up");
}

static void test_counters_count_an_object_of_several_ops_once(void **state)
{
	json_t *doc = NULL;

	(void)state;
	write_sealed(
		"{'version': 2, 'netbox': 'a', 'shared': [], 'endpoints': [{'slug': 'a', 'ops': "
		"[" OP("create", "a/b/1") "," OP("update", "a/b/1") "," OP(
			"update",
			"a/b/2") "," OP("update",
					"a/b/2") "," OP("delete",
							"a/b/3") "],"
								 "'parts': {'a/b/3': {'x.y': "
								 "{'vm': 2}}}, 'stages': "
								 "[{'stage': 'x.y',"
								 "'response': {'counts': "
								 "{'create': 1, 'update': 1, "
								 "'delete': 3}}}]}]}");
	memset(&err, 0, sizeof(err));
	if (sb_plan_document_read(path, &doc, &err) < 0)
		fail_msg("%s", err.text);
	json_decref(doc);
}

static void test_a_file_that_does_not_exist_is_refused_with_its_path(void **state)
{
	json_t *doc = NULL;

	(void)state;
	assert_int_equal(sb_plan_document_read("/nowhere/at/all", &doc, &err), SB_E_ARG);
	assert_non_null(strstr(err.text, "/nowhere/at/all"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts_are_merged_in_the_order_of_their_names),
		cmocka_unit_test(test_equal_shared_ops_are_listed_once),
		cmocka_unit_test(test_differing_shared_ops_are_a_conflict_of_the_later_endpoint),
		cmocka_unit_test(test_a_part_for_another_netbox_is_refused_with_its_endpoint),
		cmocka_unit_test(test_run_times_are_left_out),
		cmocka_unit_test(test_decimals_are_texts_and_the_parts_keep_their_numbers),
		cmocka_unit_test(test_the_identity_of_an_endpoint_is_in_its_part),
		cmocka_unit_test(test_a_part_is_taken_out_as_a_job_reads_it),
		cmocka_unit_test(test_the_summary_counts_objects_as_a_run_does),
		cmocka_unit_test(test_conflicts_come_before_changes_and_unknown_is_neither),
		cmocka_unit_test(test_the_answer_holds_hashes_summary_and_plan),
		cmocka_unit_test(test_a_written_plan_is_read_back_equal),
		cmocka_unit_test(test_a_plan_that_cannot_be_written_names_its_path),
		cmocka_unit_test(test_a_file_of_another_version_is_refused_with_both_versions),
		cmocka_unit_test(test_a_file_that_is_not_a_plan_is_refused),
		cmocka_unit_test(test_a_plan_with_an_incomplete_op_is_refused_with_its_place),
		cmocka_unit_test(test_counters_that_hide_an_op_are_refused),
		cmocka_unit_test(test_counters_count_an_object_of_several_ops_once),
		cmocka_unit_test(test_a_file_that_does_not_exist_is_refused_with_its_path),
	};

	return cmocka_run_group_tests(tests, create_file, remove_file);
}
