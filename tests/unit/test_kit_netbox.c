/* SPDX-License-Identifier: Apache-2.0 */
/* The NetBox of a case: rows, filters, references, writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "kit/netbox.h"
#include "model/kind_form.h"
#include "stagebox/json.h"

#define VMS  "/api/virtualization/virtual-machines/"
#define NICS "/api/virtualization/interfaces/"
#define MACS "/api/dcim/mac-addresses/"

struct state {
	struct sb_kinds *kinds;
	json_t *forms;
	struct sb_kit_netbox *netbox;
	json_t *body; /* of the last answer */
	int status;   /* 0 = it was not answered */
	char why[sizeof(((struct sb_error *)0)->text)];
};

static json_t *parse_quoted(const char *text)
{
	char *copy = strdup(text), *c;
	json_t *json;

	for (c = copy; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	json = json_loads(copy, 0, NULL);
	free(copy);
	assert_non_null(json);
	return json;
}

static int setup(void **ret_state)
{
	struct state *state = calloc(1, sizeof(*state));

	state->kinds = sb_kinds_create();
	state->forms = sb_kinds_forms(state->kinds);
	state->netbox = sb_kit_netbox_create(state->forms);
	*ret_state = state;
	return 0;
}

static int teardown(void **state_arg)
{
	struct state *state = *state_arg;

	sb_kit_netbox_destroy(state->netbox);
	json_decref(state->forms);
	json_decref(state->body);
	sb_kinds_destroy(state->kinds);
	free(state);
	return 0;
}

static int change_rows(struct state *state, const char *text, struct sb_error *err)
{
	sb_autojson *rows = parse_quoted(text);

	return sb_kit_netbox_change(state->netbox, rows, err);
}

static void put_rows(struct state *state, const char *text)
{
	struct sb_error err = SB_ERROR_INIT;

	if (change_rows(state, text, &err) < 0)
		fail_msg("%s", err.text);
}

static void ask_netbox(struct state *state, const char *method, const char *path, const char *text)
{
	sb_autojson *body = text ? parse_quoted(text) : NULL, *line = NULL;
	sb_autofree char *sent = body ? json_dumps(body, 0) : strdup("");
	struct sb_error err = SB_ERROR_INIT;
	int rc;

	json_decref(state->body);
	state->body = NULL;
	state->status = 0;
	rc = sb_kit_netbox_answer(state->netbox, method, path, sent, &line, &err);
	snprintf(state->why, sizeof(state->why), "%s", err.text);
	if (rc < 0) {
		assert_int_equal(rc, SB_E_UNSUPPORTED);
		assert_null(line);
		return;
	}
	state->status = (int)json_integer_value(json_object_get(line, "status"));
	state->body = json_loads(sb_json_str(line, "body"), JSON_DECODE_ANY, NULL);
}

static json_int_t count_of(struct state *state, const char *path)
{
	ask_netbox(state, "GET", path, NULL);
	return state->status == 200 ? json_integer_value(json_object_get(state->body, "count"))
				    : -1;
}

static const json_t *first_row(const struct state *state)
{
	return json_array_get(json_object_get(state->body, "results"), 0);
}

static void a_list_that_nobody_mentions_is_empty(void **arg)
{
	assert_int_equal(count_of(*arg, "/api/dcim/racks/?anything=1&limit=100"), 0);
}

static void an_object_is_found_by_its_key(void **arg)
{
	struct state *state = *arg;

	put_rows(state, "{'virtualization/virtual-machines': ["
			"{'$key': 'lab/qemu/101', 'name': 'web'}, {'name': 'other'}]}");
	assert_int_equal(count_of(state, VMS), 2);
	assert_int_equal(count_of(state, VMS "?cf_stagebox_key__isw=lab%2F"), 1);
	assert_int_equal(count_of(state, VMS "?cf_stagebox_key__isw=edge%2F"), 0);
	assert_int_equal(count_of(state, VMS "?cf_stagebox_key__empty=true"), 1);
	assert_int_equal(count_of(state, VMS "?name__ie=WEB&name__ie=x"), 1);
	assert_int_equal(count_of(state, VMS "?name=web&cf_stagebox_key__empty=true"), 0);
}

static void a_filter_that_is_not_known_is_not_answered(void **arg)
{
	struct state *state = *arg;

	put_rows(state, "{'virtualization/virtual-machines': [{'name': 'web'}]}");
	assert_int_equal(count_of(state, VMS "?nonsense=1"), -1);
	assert_string_equal(state->why, "it has the filter \"nonsense\"");
	assert_int_equal(count_of(state, VMS "?name__regex=1"), -1);
	assert_int_equal(count_of(state, VMS "?vminterface_id=1"), -1);
}

static void a_filter_of_null_finds_only_what_has_no_value(void **arg)
{
	struct state *state = *arg;

	put_rows(state, "{'virtualization/clusters': [{'id': 7, 'name': 'c'}],"
			" 'virtualization/virtual-machines': [{'name': 'a', 'cluster': 7},"
			" {'name': 'b', 'cluster': null}]}");
	assert_int_equal(count_of(state, VMS "?cluster_id=null"), 1);
	assert_int_equal(count_of(state, VMS "?cluster=null"), 1);
	assert_string_equal(sb_json_str(first_row(state), "name"), "b");
}

static void a_reference_is_shown_as_an_object_and_found_by_its_id_and_slug(void **arg)
{
	struct state *state = *arg;

	put_rows(state,
		 "{'virtualization/virtual-machines': [{'$key': 'lab/qemu/101', 'name': 'web',"
		 " 'cluster': {'$ref': 'lab/cluster'}, 'tags': [{'$ref': 'shared/tag/a'}]}],"
		 " 'virtualization/clusters': [{'id': 7, '$key': 'lab/cluster', 'name': 'c'}],"
		 " 'extras/tags': [{'name': 'A', 'slug': 'a'}]}");
	assert_int_equal(count_of(state, VMS "?cluster_id=7&fields=id,cluster,tags,memory"), 1);
	assert_string_equal(sb_json_str(json_object_get(first_row(state), "cluster"), "name"), "c");
	assert_string_equal(
		sb_json_str(json_array_get(json_object_get(first_row(state), "tags"), 0), "slug"),
		"a");
	assert_true(json_is_null(json_object_get(first_row(state), "memory")));
	assert_null(json_object_get(first_row(state), "name"));
	assert_int_equal(count_of(state, VMS "?cluster_id=8"), 0);
	assert_int_equal(count_of(state, VMS "?tag=a"), 1);
	assert_int_equal(count_of(state, VMS "?tag=b"), 0);
}

static void an_object_of_a_later_step_is_known_by_its_slug(void **arg)
{
	struct state *state = *arg;

	put_rows(state,
		 "{'extras/tags': [{'name': 'A', 'slug': 'a'}, {'name': 'B', 'slug': 'b'}]}");
	put_rows(state, "{'extras/tags': [{'slug': 'a', 'name': 'Other'}, {'slug': 'b', '$gone': "
			"true}]}");
	assert_int_equal(count_of(state, "/api/extras/tags/"), 1);
	assert_string_equal(sb_json_str(first_row(state), "name"), "Other");
}

static void each_list_has_ids_of_its_own_and_none_twice(void **arg)
{
	struct state *state = *arg;

	put_rows(state, "{'extras/tags': [{'name': 'a', 'slug': 'a'}, {'name': 'b', 'slug': 'b'}],"
			" 'dcim/sites': [{'name': 's', 'slug': 's'}]}");
	assert_int_equal(count_of(state, "/api/dcim/sites/?id=1"), 1);
	put_rows(state, "{'extras/tags': [{'slug': 'b', '$gone': true}, {'name': 'c', 'slug': "
			"'c'}]}");
	assert_int_equal(count_of(state, "/api/extras/tags/?id=2"), 0);
	assert_int_equal(count_of(state, "/api/extras/tags/?id=3"), 1);
}

static void an_object_that_is_written_is_in_the_list(void **arg)
{
	struct state *state = *arg;
	json_int_t id;
	char text[200];

	ask_netbox(state, "POST", VMS "?fields=id",
		   "[{'name': 'web', 'custom_fields': {'stagebox_key': 'lab/qemu/1'}}]");
	assert_int_equal(state->status, 201);
	id = json_integer_value(json_object_get(json_array_get(state->body, 0), "id"));
	snprintf(text, sizeof(text), "[{'id': %d, 'custom_fields': {'x': 1}}]", (int)id);
	ask_netbox(state, "PATCH", VMS, text);
	assert_int_equal(count_of(state, VMS "?cf_stagebox_key__isw=lab%2F&cf_x=1&name=web"), 1);
	snprintf(text, sizeof(text), "[{'id': %d}]", (int)id);
	ask_netbox(state, "DELETE", VMS, text);
	assert_int_equal(state->status, 204);
	assert_int_equal(count_of(state, VMS), 0);
}

static void parts_go_with_their_object(void **arg)
{
	struct state *state = *arg;

	put_rows(state, "{'virtualization/virtual-machines': [{'id': 3, 'name': 'web'}],"
			" 'virtualization/interfaces': [{'name': 'net0', 'virtual_machine': 3},"
			" {'name': 'net0', 'virtual_machine': 4}]}");
	ask_netbox(state, "DELETE", VMS, "[{'id': 3}]");
	assert_int_equal(count_of(state, NICS), 1);
}

static void addresses_go_with_their_interface(void **arg)
{
	struct state *state = *arg;

	put_rows(state, "{'virtualization/virtual-machines': [{'id': 3, 'name': 'web'}],"
			" 'virtualization/interfaces': [{'id': 5, 'name': 'net0', "
			"'virtual_machine': 3, 'mac_address': 'BC:24:11:00:00:01'}],"
			" 'ipam/ip-addresses': [{'address': '10.0.0.1/24', 'assigned_object_type': "
			"'virtualization.vminterface', 'assigned_object_id': 5},"
			" {'address': '10.0.0.2/24', 'assigned_object_type': 'dcim.interface', "
			"'assigned_object_id': 5}]}");
	assert_int_equal(count_of(state, MACS), 1);
	ask_netbox(state, "DELETE", VMS, "[{'id': 3}]");
	assert_int_equal(count_of(state, MACS), 0);
	assert_int_equal(count_of(state, "/api/ipam/ip-addresses/"), 1);
	assert_string_equal(sb_json_str(first_row(state), "address"), "10.0.0.2/24");
}

static void no_reference_is_left_to_an_object_that_is_gone(void **arg)
{
	struct state *state = *arg;

	put_rows(state, "{'extras/tags': [{'name': 'a', 'slug': 'a'}, {'name': 'b', 'slug': 'b'}],"
			" 'dcim/sites': [{'name': 's', 'slug': 's'}],"
			" 'virtualization/virtual-machines': [{'name': 'web', 'site': {'$ref': "
			"'shared/site/s'}, 'tags': [{'$ref': 'shared/tag/a'}, {'$ref': "
			"'shared/tag/b'}]}]}");
	put_rows(state, "{'extras/tags': [{'slug': 'a', '$gone': true}],"
			" 'dcim/sites': [{'slug': 's', '$gone': true}]}");
	assert_int_equal(count_of(state, VMS), 1);
	assert_true(json_is_null(json_object_get(first_row(state), "site")));
	assert_int_equal(json_array_size(json_object_get(first_row(state), "tags")), 1);
	assert_int_equal(count_of(state, VMS "?tag=b"), 1);
}

static void the_mac_address_of_an_interface_is_an_object(void **arg)
{
	struct state *state = *arg;

	ask_netbox(state, "POST", NICS, "[{'name': 'net0', 'mac_address': 'BC:24:11:00:00:01'}]");
	assert_int_equal(count_of(state, NICS "?fields=id,primary_mac_address,mac_addresses"), 1);
	assert_string_equal(sb_json_str(json_object_get(first_row(state), "primary_mac_address"),
					"mac_address"),
			    "BC:24:11:00:00:01");
	assert_int_equal(count_of(state, MACS "?mac_address=bc:24:11:00:00:01"), 1);
}

static void a_replaced_mac_address_stays_until_it_is_deleted(void **arg)
{
	struct state *state = *arg;

	ask_netbox(state, "POST", NICS, "[{'name': 'net0', 'mac_address': 'BC:24:11:00:00:01'}]");
	ask_netbox(state, "PATCH", NICS, "[{'id': 1, 'mac_address': 'BC:24:11:00:00:02'}]");
	assert_int_equal(count_of(state, NICS "?mac_address=BC:24:11:00:00:02"), 1);
	assert_int_equal(json_array_size(json_object_get(first_row(state), "mac_addresses")), 2);
	ask_netbox(state, "PATCH", NICS, "[{'id': 1, 'mac_address': 'BC:24:11:00:00:02'}]");
	assert_int_equal(count_of(state, MACS), 2);
	ask_netbox(state, "DELETE", MACS, "[{'id': 1}]");
	assert_int_equal(count_of(state, NICS "?mac_address=BC:24:11:00:00:02"), 1);
	assert_int_equal(json_array_size(json_object_get(first_row(state), "mac_addresses")), 1);
	ask_netbox(state, "PATCH", NICS, "[{'id': 1, 'mac_address': null}]");
	assert_int_equal(count_of(state, NICS), 1);
	assert_true(json_is_null(json_object_get(first_row(state), "mac_address")));
}

static void an_address_is_found_without_its_prefix_length(void **arg)
{
	struct state *state = *arg;

	put_rows(state, "{'ipam/ip-addresses': [{'address': '10.0.0.1/24'}, {'address': "
			"'10.0.0.11/24'}]}");
	assert_int_equal(count_of(state, "/api/ipam/ip-addresses/?address=10.0.0.1"), 1);
	assert_int_equal(count_of(state, "/api/ipam/ip-addresses/?address=10.0.0.1%2F24"), 1);
}

static void an_object_of_a_later_step_changes_the_one_with_its_key(void **arg)
{
	struct state *state = *arg;

	put_rows(state,
		 "{'virtualization/virtual-machines': [{'$key': 'lab/qemu/1', 'name': 'a'}]}");
	put_rows(state,
		 "{'virtualization/virtual-machines': [{'$key': 'lab/qemu/1', 'comments': 'x'}]}");
	assert_int_equal(count_of(state, VMS "?name=a&comments=x"), 1);
	put_rows(state,
		 "{'virtualization/virtual-machines': [{'$key': 'lab/qemu/1', '$gone': true}]}");
	assert_int_equal(count_of(state, VMS), 0);
}

static void a_wrong_row_is_named(void **arg)
{
	static const struct {
		const char *rows, *why;
	} cases[] = {
		{"{'extras/tag': []}", "extras/tag: no kind of the loaded modules has this list "
				       "(did you mean \"extras/tags\"?)"},
		{"{'extras/tags': [{}, 5]}", "extras/tags: row 2: is not an object"},
		{"{'extras/tags': [{'id': 0}]}", "row 1: \"id\""},
		{"{'extras/tags': [{'id': 'x'}]}", "row 1: \"id\""},
		{"{'extras/tags': [{'$kee': 'x'}]}", "\"$kee\" is not known"},
		{"{'extras/tags': [{'id': 9, '$gone': true}]}", "there is no such object"},
		{"{'extras/tags': [{'a': {'$ref': 'lab/none'}}]}", "no object has the key"},
		{"{'extras/tags': [{'a': {'$ref': 'shared/tag/none'}}]}", "no object has the key"},
		{"{'extras/tags': [{'a': {'$ref': 'shared/'}}]}", "no object has the key"},
		{"{'extras/tags': [{'custom_fields': 1}]}", "\"custom_fields\""},
		{"{'extras/tags': [{'a': {'$ref': 5}}]}", "expected {\"$ref\": KEY}"},
		{"{'extras/tags': [{'a': {'$ref': 'x', 'b': 1}}]}", "expected {\"$ref\": KEY}"},
		{"{'extras/tags': [{'slug': 'x', '$gone': false}]}", "\"$gone\" is not true"},
		{"{'extras/tags': [{'$key': 5}]}", "\"$key\" is not a text"},
	};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct sb_error err = SB_ERROR_INIT;

		assert_int_equal(change_rows(*arg, cases[i].rows, &err), SB_E_CONFIG);
		if (!strstr(err.text, cases[i].why))
			fail_msg("%s: %s", cases[i].rows, err.text);
	}
}

static void odd_requests_are_not_answered(void **arg)
{
	static const char *const paths[] = {
		"/",          "/api/",       "/api/x",        "/api/x/",
		"/api/x/y",   "/api/x/y/z/", "/api/x/y/1/2/", "/api//",
		"/apix/a/b/", "/api/?a/b/",  "/api/a/b/?=&&", "/api/a/b/?%"};
	struct state *state = *arg;
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(paths) - 2; i++) {
		ask_netbox(state, "GET", paths[i], NULL);
		assert_int_equal(state->status, 0);
	}
	assert_int_equal(count_of(state, "/api/a/b/?=&&"), 0);
	assert_int_equal(count_of(state, "/api/a/b/?%&%f&%zz=%c3&%c3=1"), 0);
	ask_netbox(state, "GET", "/api/a/b/5/", NULL);
	assert_int_equal(state->status, 404);
	ask_netbox(state, "GET", "/api/a/b/99999999999999999999/", NULL);
	assert_int_equal(state->status, 404);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(a_list_that_nobody_mentions_is_empty),
		T(an_object_is_found_by_its_key),
		T(a_filter_that_is_not_known_is_not_answered),
		T(a_reference_is_shown_as_an_object_and_found_by_its_id_and_slug),
		T(a_filter_of_null_finds_only_what_has_no_value),
		T(an_object_of_a_later_step_is_known_by_its_slug),
		T(each_list_has_ids_of_its_own_and_none_twice),
		T(an_object_that_is_written_is_in_the_list),
		T(parts_go_with_their_object),
		T(addresses_go_with_their_interface),
		T(no_reference_is_left_to_an_object_that_is_gone),
		T(a_replaced_mac_address_stays_until_it_is_deleted),
		T(the_mac_address_of_an_interface_is_an_object),
		T(an_address_is_found_without_its_prefix_length),
		T(an_object_of_a_later_step_changes_the_one_with_its_key),
		T(a_wrong_row_is_named),
		T(odd_requests_are_not_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
