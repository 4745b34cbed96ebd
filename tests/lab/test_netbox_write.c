/* SPDX-License-Identifier: Apache-2.0 */
/* Writes to the simulated NetBox: one, many, under a condition, and their traces. */
#include "client.h"

#include <stdio.h>
#include <string.h>

#define SITES    "dcim/sites/"
#define VMS      "virtualization/virtual-machines/"
#define CLUSTERS "virtualization/clusters/"

static int make_cluster(struct client *c)
{
	int type = make(c, "virtualization/cluster-types/", "{'name':'Proxmox','slug':'pve'}");

	return make(c, CLUSTERS, "{'name':'lab','type':%d}", type);
}

static void bulk_create_is_all_or_nothing_and_names_the_index(void **state)
{
	struct client *c = *state;

	call(c, 400, "POST", SITES,
	     "[{'name':'a','slug':'a'},{'name':'b'},{'name':'a','slug':'c'}]");
	expect_text(c, "detail", "2 of 3 objects could not be created.");
	expect_int(c, "errors.0.index", 1);
	expect_text(c, "errors.1.errors.name.0", "site with this name already exists.");
	call(c, 200, "GET", SITES, NULL);
	expect_int(c, "count", 0);
	call(c, 200, "GET", "core/object-changes/", NULL);
	expect_int(c, "count", 0);
}

static void bulk_items_see_the_items_before_them(void **state)
{
	struct client *c = *state;

	call(c, 201, "POST", "dcim/regions/",
	     "[{'name':'EU','slug':'eu'},{'name':'NL','slug':'nl','parent':{'slug':'eu'}}]");
	expect_text(c, "1.parent.name", "EU");
	expect_int(c, "1._depth", 1);
}

static void bulk_update_answers_in_model_order(void **state)
{
	struct client *c = *state;
	int b = make(c, SITES, "{'name':'b','slug':'b'}");
	int a = make(c, SITES, "{'name':'a','slug':'a'}");

	call(c, 200, "PATCH", SITES, "[{'id':%d,'facility':'1'},{'id':%d,'facility':'2'}]", b, a);
	expect_text(c, "0.name", "a");
	expect_text(c, "0.facility", "2");
}

static void bulk_delete_of_a_protected_object_deletes_nothing(void **state)
{
	struct client *c = *state;
	int cluster = make_cluster(c);

	make(c, VMS, "{'name':'db1','cluster':%d}", cluster);
	call(c, 201, "POST", CLUSTERS, "{'name':'other','type':1}");
	call(c, 409, "DELETE", CLUSTERS, "[{'id':%d},{'id':%d}]", cluster, cluster + 1);
	expect_text(c, "errors.0.errors.__all__.0",
		    "Unable to delete: 1 dependent object(s) prevent deletion.");
	call(c, 200, "GET", CLUSTERS, NULL);
	expect_int(c, "count", 2);
}

static void unusable_ids_are_reported_before_any_rule(void **state)
{
	struct client *c = *state;

	call(c, 400, "PATCH", SITES, "[{'id':'x','name':''},{'name':'b'}]");
	expect_text(c, "detail", "2 of 2 objects failed validation.");
	expect_text(c, "errors.0.errors.id.0", "A valid integer is required.");
	call(c, 400, "DELETE", SITES, "{}");
	expect_text(c, "detail", "Expected a list of objects, but no data was submitted.");
	call(c, 200, "PATCH", SITES, "[]");
}

static void bulk_errors_of_4_6_have_no_index(void **state)
{
	struct client *c = *state;

	call(c, 400, "POST", SITES, "[{'name':'a','slug':'a'},{'name':'b'}]");
	expect_size(c, "0", 0);
	expect_text(c, "1.slug.0", "This field is required.");
	make(c, SITES, "{'name':'a','slug':'a'}");
	call(c, 400, "PATCH", SITES, "[{'id':1,'name':''}]");
	expect_text(c, "name.0", "This field may not be blank.");
}

static void repeats_within_one_bulk_create_of_4_6_reach_the_database(void **state)
{
	struct client *c = *state;

	call(c, 500, "POST", SITES, "[{'name':'a','slug':'a'},{'name':'a','slug':'b'}]");
	expect_text(c, "exception", "IntegrityError");
	call(c, 201, "POST", "ipam/ip-addresses/",
	     "[{'address':'192.0.2.1/24'},{'address':'192.0.2.1/25'}]");
	call(c, 400, "PATCH", "ipam/ip-addresses/1/", "{'description':'x'}");
	call(c, 200, "PATCH", SITES, "[{'id':5,'name':'gone'}]");
	expect_size(c, "", 0);
}

static void an_update_without_change_moves_the_etag_but_not_the_log(void **state)
{
	struct client *c = *state;
	int id = make(c, SITES, "{'name':'a','slug':'a'}");
	char before[80], path[64];

	snprintf(path, sizeof(path), SITES "%d/", id);
	snprintf(before, sizeof(before), "%s", c->etag);
	call(c, 200, "PATCH", path, "{'name':'a'}");
	assert_string_not_equal(c->etag, before);
	call(c, 200, "GET", "core/object-changes/?action=update", NULL);
	expect_int(c, "count", 0);
}

static void a_stale_etag_is_refused_and_answers_the_current_one(void **state)
{
	struct client *c = *state;
	int id = make(c, SITES, "{'name':'a','slug':'a'}");
	char etag[80], path[64];

	snprintf(path, sizeof(path), SITES "%d/", id);
	snprintf(etag, sizeof(etag), "%s", c->etag);
	c->if_match = etag;
	call(c, 200, "PATCH", path, "{'facility':'x'}");
	c->if_match = etag;
	call(c, 412, "PATCH", path, "{'facility':'y'}");
	assert_string_not_equal(c->etag, etag);
	c->if_match = "*";
	call(c, 204, "DELETE", path, NULL);
}

static void bulk_if_match_must_list_every_etag(void **state)
{
	struct client *c = *state;
	char both[200], one[80];

	make(c, SITES, "{'name':'a','slug':'a'}");
	snprintf(one, sizeof(one), "%s", c->etag);
	make(c, SITES, "{'name':'b','slug':'b'}");
	snprintf(both, sizeof(both), "%s, %s", one, c->etag);
	c->if_match = one;
	call(c, 412, "PATCH", SITES, "[{'id':1,'facility':'x'},{'id':2,'facility':'x'}]");
	c->if_match = both;
	call(c, 200, "PATCH", SITES, "[{'id':1,'facility':'x'},{'id':2,'facility':'x'}]");
}

static void the_etag_can_be_computed_from_last_updated(void **state)
{
	struct client *c = *state;
	char expected[80];
	const char *text;

	make(c, SITES, "{'name':'a','slug':'a'}");
	text = json_string_value(at(c, "last_updated"));
	assert_non_null(text);
	snprintf(expected, sizeof(expected), "W/\"%.*s+00:00\"", (int)strlen(text) - 1, text);
	assert_string_equal(c->etag, expected);
}

static void fields_prune_what_a_write_stores(void **state)
{
	struct client *c = *state;
	int cluster = make_cluster(c), id;
	char path[96];

	id = make(c, VMS, "{'name':'db1','cluster':%d,'memory':1}", cluster);
	snprintf(path, sizeof(path), VMS "%d/?fields=id", id);
	call(c, 200, "PATCH", path, "{'memory':777}");
	snprintf(path, sizeof(path), VMS "%d/", id);
	call(c, 200, "GET", path, NULL);
	expect_int(c, "memory", 1);
	call(c, 201, "POST", VMS "?omit=url,memory", "{'name':'x','cluster':%d,'memory':5}",
	     cluster);
	assert_string_equal(c->location, "");
	assert_null(at(c, "memory"));
}

static void every_effective_write_leaves_a_change_with_both_images(void **state)
{
	struct client *c = *state;
	int cluster = make_cluster(c), id;
	char path[128], request[40];

	make(c, "extras/tags/", "{'name':'Pve','slug':'pve'}");
	id = make(c, VMS, "{'name':'db1','cluster':%d,'vcpus':1}", cluster);
	snprintf(path, sizeof(path), VMS "%d/", id);
	call(c, 200, "PATCH", path,
	     "{'vcpus':2.5,'tags':[{'slug':'pve'}],'changelog_message':'run 1'}");
	snprintf(request, sizeof(request), "%s", c->request_id);
	snprintf(path, sizeof(path),
		 "core/object-changes/?changed_object_type=virtualization.virtualmachine"
		 "&changed_object_id=%d&action=update&user_name=admin",
		 id);
	call(c, 200, "GET", path, NULL);
	expect_int(c, "count", 1);
	expect_text(c, "results.0.request_id", request);
	expect_text(c, "results.0.message", "run 1");
	expect_text(c, "results.0.prechange_data.vcpus", "1.00");
	expect_text(c, "results.0.postchange_data.vcpus", "2.50");
	expect_text(c, "results.0.postchange_data.tags.0", "Pve");
	expect_int(c, "results.0.postchange_data.cluster", cluster);
	expect_text(c, "results.0.changed_object.name", "db1");
}

static void a_too_long_message_is_a_database_error_of_any_write(void **state)
{
	struct client *c = *state;
	char message[202];

	memset(message, 'm', sizeof(message) - 1);
	message[sizeof(message) - 1] = '\0';
	make(c, SITES, "{'name':'a','slug':'a','changelog_message':'%s'}", message + 1);
	call(c, 500, "PATCH", SITES "1/", "{'name':'b','changelog_message':'%s'}", message);
	call(c, 500, "DELETE", SITES "1/", "{'changelog_message':'%s'}", message);
	call(c, 500, "DELETE", SITES, "[{'id':1,'changelog_message':'%s'}]", message);
	expect_text(c, "exception", "DataError");
	call(c, 200, "GET", SITES "1/", NULL);
	expect_text(c, "name", "a");
}

static void tags_are_replaced_added_and_removed(void **state)
{
	struct client *c = *state;
	int id;
	char path[64];

	call(c, 201, "POST", "extras/tags/",
	     "[{'name':'A','slug':'a'},{'name':'B','slug':'b'},{'name':'C','slug':'c'}]");
	id = make(c, SITES, "{'name':'s','slug':'s','tags':[1,{'slug':'b'}]}");
	snprintf(path, sizeof(path), SITES "%d/", id);
	call(c, 200, "PATCH", path, "{'add_tags':[3],'remove_tags':[1]}");
	expect_size(c, "tags", 2);
	expect_text(c, "tags.0.slug", "b");
	expect_text(c, "tags.1.slug", "c");
	call(c, 204, "DELETE", "extras/tags/2/", NULL);
	call(c, 200, "GET", path, NULL);
	expect_size(c, "tags", 1);
	call(c, 200, "PATCH", path, "{'tags':[]}");
	expect_size(c, "tags", 0);
}

static void custom_fields_merge_and_are_strict_about_types(void **state)
{
	struct client *c = *state;

	call(c, 201, "POST", "extras/custom-fields/",
	     "[{'name':'n','type':'integer','object_types':['dcim.site']},"
	     "{'name':'t','type':'text','object_types':['dcim.site'],'default':'d'}]");
	make(c, SITES, "{'name':'s','slug':'s','custom_fields':{'n':1}}");
	expect_int(c, "custom_fields.n", 1);
	expect_text(c, "custom_fields.t", "d");
	call(c, 200, "PUT", SITES "1/", "{'name':'s','slug':'s','custom_fields':{'t':null}}");
	expect_int(c, "custom_fields.n", 1);
	expect_null(c, "custom_fields.t");
	call(c, 400, "PATCH", SITES "1/", "{'custom_fields':{'n':1.0}}");
	expect_text(c, "__all__.0",
		    "Invalid value for custom field 'n': Value must be an integer.");
	call(c, 200, "PATCH", "extras/custom-fields/1/", "{'object_types':['dcim.device']}");
	call(c, 200, "GET", SITES "1/", NULL);
	assert_null(at(c, "custom_fields.n"));
}

static void nul_in_a_custom_field_is_a_database_error(void **state)
{
	struct client *c = *state;

	make(c, "extras/custom-fields/", "{'name':'t','type':'text','object_types':['dcim.site']}");
	call(c, 500, "POST", SITES, "{'name':'s','slug':'s','custom_fields':{'t':'a\\u0000b'}}");
	expect_text(c, "exception", "DataError");
	call(c, 400, "POST", SITES, "{'name':'a\\u0000b','slug':'s'}");
	expect_text(c, "name.0", "Null characters are not allowed.");
}

static void put_resets_fields_that_have_a_default_of_their_own(void **state)
{
	struct client *c = *state;
	int cluster = make_cluster(c), tenant, id;
	char path[64];

	tenant = make(c, "tenancy/tenants/", "{'name':'Acme','slug':'acme'}");
	id = make(c, VMS, "{'name':'a','cluster':%d,'tenant':%d,'memory':5}", cluster, tenant);
	snprintf(path, sizeof(path), VMS "%d/", id);
	call(c, 400, "PUT", path, "{'name':'a'}");
	call(c, 200, "PUT", path, "{'name':'a','cluster':%d}", cluster);
	expect_null(c, "tenant");
	expect_int(c, "memory", 5);
}

#define T(name)    cmocka_unit_test_setup_teardown(name, client_setup, client_teardown)
#define T_46(name) cmocka_unit_test_setup_teardown(name, client_setup_46, client_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(bulk_create_is_all_or_nothing_and_names_the_index),
		T(bulk_items_see_the_items_before_them),
		T(bulk_update_answers_in_model_order),
		T(bulk_delete_of_a_protected_object_deletes_nothing),
		T(unusable_ids_are_reported_before_any_rule),
		T_46(bulk_errors_of_4_6_have_no_index),
		T_46(repeats_within_one_bulk_create_of_4_6_reach_the_database),
		T(an_update_without_change_moves_the_etag_but_not_the_log),
		T(a_stale_etag_is_refused_and_answers_the_current_one),
		T(bulk_if_match_must_list_every_etag),
		T(the_etag_can_be_computed_from_last_updated),
		T(fields_prune_what_a_write_stores),
		T(every_effective_write_leaves_a_change_with_both_images),
		T(a_too_long_message_is_a_database_error_of_any_write),
		T(tags_are_replaced_added_and_removed),
		T(custom_fields_merge_and_are_strict_about_types),
		T(nul_in_a_custom_field_is_a_database_error),
		T(put_resets_fields_that_have_a_default_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
