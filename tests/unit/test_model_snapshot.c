/* SPDX-License-Identifier: Apache-2.0 */
/* The snapshot: marks of unknown parts, owned rows, duplicates, unowned candidates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/key.h"
#include "model/snapshot.h"
#include "stagebox/json.h"

struct state {
	struct sb_kinds *kinds;
	struct sb_snapshot *snap;
};

static int setup(void **arg)
{
	struct state *state = calloc(1, sizeof(*state));

	state->kinds = sb_kinds_create();
	state->snap = sb_snapshot_create(state->kinds, 1000);
	*arg = state;
	return state->snap ? 0 : -1;
}

static int teardown(void **arg)
{
	struct state *state = *arg;

	sb_snapshot_destroy(state->snap);
	sb_kinds_destroy(state->kinds);
	free(state);
	return 0;
}

static json_t *parse_json(const char *text)
{
	json_t *value = json_loads(text, 0, NULL);

	assert_non_null(value);
	return value;
}

static struct sb_source *source_of(void **arg, const char *name)
{
	struct sb_source *found = sb_snapshot_source(((struct state *)*arg)->snap, name);

	assert_non_null(found);
	return found;
}

static struct sb_nb_list *list_of(void **arg, const char *kind)
{
	struct sb_nb_list *found = sb_snapshot_list(((struct state *)*arg)->snap, kind);

	assert_non_null(found);
	return found;
}

static void mark_prefix(struct sb_table *table, const char *prefix, const char *why)
{
	struct sb_error err = SB_ERROR_INIT;

	sb_fail(&err, SB_E_TIMEOUT, "%s", why);
	assert_int_equal(sb_reason_put(table, prefix, &err), 0);
}

static bool expect_reason(const char *reason, const char *word)
{
	return reason && strstr(reason, word);
}

static void a_key_is_cut_component_by_component(void **state)
{
	char key[] = "lab/qemu/101";

	(void)state;
	assert_true(sb_key_cut(key));
	assert_string_equal(key, "lab/qemu");
	assert_true(sb_key_cut(key));
	assert_string_equal(key, "lab");
	assert_false(sb_key_cut(key));
	assert_string_equal(key, "lab");
}

static void a_key_has_only_characters_that_may_be_printed(void **arg)
{
	(void)arg;
	assert_true(sb_key_is_valid("lab/qemu/101/net0/ip/fd00::1"));
	assert_true(sb_key_is_valid("lab/node/k\xc3\xb6ln"));
	assert_false(sb_key_is_valid(""));
	assert_false(sb_key_is_valid("lab/x\x07"));
	assert_false(sb_key_is_valid("lab/x\xe2\x80\xaey"));
	assert_false(sb_key_is_valid("lab/\xff"));
}

static void a_new_snapshot_knows_nothing(void **arg)
{
	struct state *state = *arg;
	size_t i;

	assert_int_equal(state->snap->n_lists, sb_kinds_count(state->kinds));
	for (i = 0; i < state->snap->n_lists; i++)
		assert_int_equal(state->snap->lists[i].known, SB_KNOWN_NOT);
	assert_null(sb_snapshot_find_source(state->snap, "guest"));
	assert_null(sb_snapshot_list(state->snap, "rack"));
	sb_snapshot_destroy(NULL);
}

static void a_collection_is_created_once(void **arg)
{
	struct state *state = *arg;

	source_of(arg, "a");
	source_of(arg, "b");
	source_of(arg, "a");
	assert_int_equal(state->snap->n_sources, 2);
	assert_ptr_equal(sb_snapshot_find_source(state->snap, "b"), &state->snap->sources[1]);
}

static void unknown_of_a_parent_covers_its_parts_only(void **arg)
{
	struct sb_source *nics = source_of(arg, "nic");

	mark_prefix(nics->unknown, "lab/qemu/101/", "hung");
	assert_true(expect_reason(sb_source_unknown(nics, "lab/qemu/101/net0"), "hung"));
	assert_true(
		expect_reason(sb_source_unknown(nics, "lab/qemu/101/net0/ip/10.0.0.1"), "hung"));
	assert_null(sb_source_unknown(nics, "lab/qemu/101"));
	assert_null(sb_source_unknown(nics, "lab/qemu/1011/net0"));
	assert_null(sb_source_unknown(nics, "lab/qemu/102/net0"));
}

static void unknown_of_one_key_covers_that_key_only(void **arg)
{
	struct sb_source *guests = source_of(arg, "guest");

	mark_prefix(guests->unknown, "lab/qemu/101", "no config");
	assert_true(expect_reason(sb_source_unknown(guests, "lab/qemu/101"), "no config"));
	assert_null(sb_source_unknown(guests, "lab/qemu/1012"));
	assert_null(sb_source_unknown(guests, "lab/qemu/10"));
	assert_null(sb_source_unknown(guests, "lab/qemu/101/net0"));
}

static void unknown_of_the_whole_covers_all(void **arg)
{
	struct sb_source *guests = source_of(arg, "guest");

	mark_prefix(guests->unknown, "", "list failed");
	assert_true(expect_reason(sb_source_unknown(guests, "lab/qemu/101"), "list failed"));
	assert_true(expect_reason(sb_source_unknown(guests, "x"), "list failed"));
}

static void the_nearest_reason_is_given(void **arg)
{
	struct sb_source *nics = source_of(arg, "nic");

	mark_prefix(nics->unknown, "", "whole");
	mark_prefix(nics->unknown, "lab/", "endpoint");
	mark_prefix(nics->unknown, "lab/qemu/101/", "guest");
	mark_prefix(nics->unknown, "lab/qemu/101/net0", "port");
	assert_true(expect_reason(sb_source_unknown(nics, "lab/qemu/101/net0"), "port"));
	assert_true(expect_reason(sb_source_unknown(nics, "lab/qemu/101/net1"), "guest"));
	assert_true(expect_reason(sb_source_unknown(nics, "lab/qemu/102/net0"), "endpoint"));
	assert_true(expect_reason(sb_source_unknown(nics, "edge/qemu/1/net0"), "whole"));
}

static void a_collection_that_does_not_exist_gives_no_reason(void **arg)
{
	(void)arg;
	assert_null(sb_source_unknown(NULL, "lab/qemu/101"));
	assert_false(sb_source_kept(NULL, "lab/qemu/101"));
}

static void keep_covers_the_keys_below_it(void **arg)
{
	struct sb_source *ips = source_of(arg, "ip");

	assert_int_equal(sb_table_put(ips->keep, "lab/qemu/101/", ""), 0);
	assert_true(sb_source_kept(ips, "lab/qemu/101/net0/ip/10.0.0.1"));
	assert_false(sb_source_kept(ips, "lab/qemu/102/net0/ip/10.0.0.2"));
	assert_null(sb_source_unknown(ips, "lab/qemu/101/net0/ip/10.0.0.1"));
}

static void take_row(struct sb_nb_list *into, const char *text)
{
	sb_autojson *row = parse_json(text);

	assert_int_equal(sb_nb_list_take(into, "lab", row), 0);
}

#define OWNED(id, key)                                                                             \
	"{\"id\": " #id ", \"name\": \"n" #id "\", \"custom_fields\": {\"stagebox_key\": \"" key   \
	"\"}}"

static void only_rows_of_the_endpoint_are_taken(void **arg)
{
	struct sb_nb_list *vms = list_of(arg, "vm");

	take_row(vms, OWNED(1, "lab/qemu/101"));
	take_row(vms, OWNED(2, "lab2/qemu/101"));
	take_row(vms, OWNED(3, "edge/qemu/101"));
	take_row(vms, OWNED(4, "lab"));
	take_row(vms, "{\"id\": 5, \"name\": \"people's\"}");
	assert_int_equal(sb_table_count(vms->rows), 1);
	assert_non_null(sb_table_get(vms->rows, "lab/qemu/101"));
}

static void a_row_without_an_id_is_a_wrong_shape(void **arg)
{
	sb_autojson *row = parse_json("{\"name\": \"x\"}");

	assert_int_equal(sb_nb_list_take(list_of(arg, "vm"), "lab", row), SB_E_SHAPE);
	assert_int_equal(sb_nb_list_take_unowned(list_of(arg, "vm"), "x|", row), SB_E_SHAPE);
}

static int64_t id_of(struct sb_nb_list *from, const char *key)
{
	sb_autojson *row = sb_table_get_json(from->rows, key);

	return json_integer_value(json_object_get(row, "id"));
}

static void of_two_objects_with_one_key_the_lowest_id_stays(void **arg)
{
	struct sb_nb_list *vms = list_of(arg, "vm");
	static const int younger[] = {9, 7, 12};
	const json_t *row;
	const char *key;
	size_t i;

	take_row(vms, OWNED(9, "lab/qemu/101"));
	take_row(vms, OWNED(7, "lab/qemu/101"));
	take_row(vms, OWNED(5, "lab/qemu/101"));
	take_row(vms, OWNED(12, "lab/qemu/101"));
	assert_int_equal(id_of(vms, "lab/qemu/101"), 5);
	assert_int_equal(json_array_size(vms->duplicates), 3);
	for (i = 0; sb_nb_list_duplicate(vms, i, &key, &row); i++) {
		assert_string_equal(key, "lab/qemu/101");
		assert_int_equal(json_integer_value(json_object_get(row, "id")), younger[i]);
	}
	assert_int_equal(i, 3);
}

static void a_second_object_of_a_key_is_known_by_its_id(void **arg)
{
	struct sb_nb_list *vms = list_of(arg, "vm");

	take_row(vms, OWNED(9, "lab/qemu/101"));
	take_row(vms, OWNED(7, "lab/qemu/101"));
	assert_true(sb_nb_list_has_duplicate(vms, "lab/qemu/101", 9));
	assert_false(sb_nb_list_has_duplicate(vms, "lab/qemu/101", 7));
	assert_false(sb_nb_list_has_duplicate(vms, "lab/qemu/101", 0));
	assert_false(sb_nb_list_has_duplicate(vms, "lab/qemu/102", 9));
}

static void a_row_that_is_read_twice_is_not_a_duplicate(void **arg)
{
	struct sb_nb_list *vms = list_of(arg, "vm");

	take_row(vms, OWNED(9, "lab/qemu/101"));
	take_row(vms, OWNED(9, "lab/qemu/101"));
	assert_int_equal(json_array_size(vms->duplicates), 0);
	assert_int_equal(sb_table_count(vms->rows), 1);
}

static void a_list_read_again_starts_empty(void **arg)
{
	struct sb_nb_list *vms = list_of(arg, "vm");

	take_row(vms, OWNED(9, "lab/qemu/101"));
	take_row(vms, OWNED(10, "lab/qemu/101"));
	assert_int_equal(sb_nb_list_reset(vms), 0);
	assert_int_equal(sb_table_count(vms->rows), 0);
	assert_int_equal(json_array_size(vms->duplicates), 0);
}

static void shared_rows_are_found_by_natural_key_and_name(void **arg)
{
	struct sb_nb_list *tags = list_of(arg, "tag"), *types = list_of(arg, "device-type");

	take_row(tags, "{\"id\": 3, \"name\": \"Prod\", \"slug\": \"prod\"}");
	take_row(types, "{\"id\": 4, \"model\": \"Node\", \"slug\": \"node\","
			" \"manufacturer\": {\"id\": 1, \"slug\": \"acme\"}}");
	take_row(types, "{\"id\": 5, \"model\": \"Lost\", \"slug\": \"lost\"}");
	assert_int_equal(id_of(tags, "shared/tag/prod"), 3);
	assert_string_equal(sb_table_get(tags->names, "Prod"), "shared/tag/prod");
	assert_int_equal(id_of(types, "shared/device-type/acme/node"), 4);
	assert_string_equal(sb_table_get(types->names, "1|Node"), "shared/device-type/acme/node");
	assert_string_equal(sb_table_get(types->places, "1|node|"), "shared/device-type/acme/node");
	assert_int_equal(sb_table_count(types->rows), 1);
}

static void candidates_of_one_natural_key_are_collected_once_each(void **arg)
{
	struct sb_nb_list *vms = list_of(arg, "vm");
	sb_autojson *one = parse_json("{\"id\": 1, \"name\": \"web\"}");
	sb_autojson *two = parse_json("{\"id\": 2, \"name\": \"WEB\"}");
	sb_autojson *all = NULL;

	assert_int_equal(sb_nb_list_take_unowned(vms, "3|web|", one), 0);
	assert_int_equal(sb_nb_list_take_unowned(vms, "3|web|", two), 0);
	assert_int_equal(sb_nb_list_take_unowned(vms, "3|web|", one), 0);
	all = sb_table_get_json(vms->unowned, "3|web|");
	assert_int_equal(json_array_size(all), 2);
	assert_int_equal(sb_table_count(vms->rows), 0);
}

static void natural_of(void **arg, const char *kind, const char *fields, const char *expected)
{
	sb_autojson *flat = parse_json(fields);
	sb_autofree char *text =
		sb_natural_text(sb_kinds_find(((struct state *)*arg)->kinds, kind), flat);

	if (!expected) {
		assert_null(text);
		return;
	}
	assert_non_null(text);
	assert_string_equal(text, expected);
}

static void natural_keys_ignore_what_netbox_ignores(void **arg)
{
	natural_of(arg, "vm", "{\"cluster\": 3, \"name\": \"Web\"}", "3|web|");
	natural_of(arg, "ip", "{\"address\": \"10.0.0.1/24\"}", "10.0.0.1|");
	natural_of(arg, "ip", "{\"address\": \"2001:db8::1/64\"}", "2001:db8::1|");
	natural_of(arg, "vm-interface", "{\"virtual_machine\": 3, \"name\": \"Net0\"}", "3|Net0|");
}

static void an_incomplete_natural_key_has_no_text(void **arg)
{
	natural_of(arg, "vm", "{\"cluster\": {\"$ref\": \"lab/cluster\"}, \"name\": \"web\"}",
		   NULL);
	natural_of(arg, "vm", "{\"cluster\": 3}", NULL);
	natural_of(arg, "vm", "{\"cluster\": null, \"name\": \"web\"}", NULL);
}

static void a_reason_is_read_back_unchanged(void **arg)
{
	struct sb_table *table = ((struct state *)*arg)->snap->asked;
	struct sb_error why = SB_ERROR_INIT, back = SB_ERROR_INIT;

	sb_fail(&why, SB_E_FORBIDDEN, "GET \"x\": HTTP 403: no 100%% sure way");
	why.http_status = 403;
	assert_int_equal(sb_reason_put(table, "k", &why), 0);
	sb_reason_get(sb_table_get(table, "k"), &back);
	assert_int_equal(back.code, SB_E_FORBIDDEN);
	assert_int_equal(back.http_status, 403);
	assert_string_equal(back.text, why.text);
	assert_int_equal(sb_reason_put(table, "none", NULL), 0);
	sb_reason_get(sb_table_get(table, "none"), &back);
	assert_int_equal(back.code, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		cmocka_unit_test(a_key_is_cut_component_by_component),
		T(a_key_has_only_characters_that_may_be_printed),
		T(a_new_snapshot_knows_nothing),
		T(a_collection_is_created_once),
		T(unknown_of_a_parent_covers_its_parts_only),
		T(unknown_of_one_key_covers_that_key_only),
		T(unknown_of_the_whole_covers_all),
		T(the_nearest_reason_is_given),
		T(a_collection_that_does_not_exist_gives_no_reason),
		T(keep_covers_the_keys_below_it),
		T(only_rows_of_the_endpoint_are_taken),
		T(a_row_without_an_id_is_a_wrong_shape),
		T(of_two_objects_with_one_key_the_lowest_id_stays),
		T(a_second_object_of_a_key_is_known_by_its_id),
		T(a_row_that_is_read_twice_is_not_a_duplicate),
		T(a_list_read_again_starts_empty),
		T(shared_rows_are_found_by_natural_key_and_name),
		T(candidates_of_one_natural_key_are_collected_once_each),
		T(natural_keys_ignore_what_netbox_ignores),
		T(an_incomplete_natural_key_has_no_text),
		T(a_reason_is_read_back_unchanged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
