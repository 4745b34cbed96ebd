/* SPDX-License-Identifier: Apache-2.0 */
/* The plugin netbox-custom-objects: types, schema documents, and the objects of a type. */
#include "client.h"

#include <stdio.h>
#include <string.h>

#define PLUGIN     "plugins/custom-objects/"
#define TYPES      PLUGIN "custom-object-types/"
#define FIELDS     PLUGIN "custom-object-type-fields/"
#define APPLY      PLUGIN "schema/apply/"
#define POOLS      PLUGIN "stagebox-pools/"
#define POOLS_DUMP PLUGIN "stagebox-pools"

#define KEY "{'id':1,'name':'stagebox_key','type':'text','unique':true,'primary':true}"
#define CLUSTER                                                                                    \
	"{'id':2,'name':'cluster','type':'object','required':true,"                                \
	"'related_object_type':'virtualization/cluster','on_delete_behavior':'%s'}"
#define SIZE "{'id':3,'name':'size','type':'integer','validation_minimum':0}"
#define DATA "{'id':4,'name':'data','type':'json'}"
#define POOL                                                                                       \
	"{'name':'stagebox_pools','slug':'stagebox-pools','verbose_name':'Ceph pool',"             \
	"'description':'instance 1','fields':[" KEY "," CLUSTER "," SIZE "," DATA "]}"

static int setup(void **state)
{
	struct client *c;
	const char *why;

	if (client_setup(state) < 0)
		return -1;
	c = *state;
	lab_netbox_use_types(c->nb, 2);
	return lab_netbox_plugin(c->nb, "custom-objects", NULL, &why);
}

static int make_cluster(struct client *c)
{
	int type = make(c, "virtualization/cluster-types/", "{'name':'Proxmox','slug':'pve'}");

	return make(c, "virtualization/clusters/", "{'name':'lab','type':%d}", type);
}

static void apply_pools(struct client *c, const char *on_delete)
{
	call(c, 200, "POST", APPLY, "{'schema':{'schema_version':'1','types':[" POOL "]}}",
	     on_delete);
}

static int make_pool(struct client *c, const char *key, int cluster)
{
	return make(c, POOLS, "{'stagebox_key':'%s','cluster':%d,'size':3}", key, cluster);
}

static void status_names_the_version_and_only_an_installed_plugin_has_paths(void **state)
{
	struct client *c = *state;
	const char *why;

	call(c, 200, "GET", "status/", NULL);
	expect_text(c, "plugins.netbox_custom_objects", "0.7.1");
	apply_pools(c, "cascade");
	call(c, 404, "GET", PLUGIN "stagebox-none/", NULL);
	expect_text(c, "detail", "Not found.");
	assert_int_equal(lab_netbox_plugin(c->nb, "custom-objects", "", &why), 0);
	call(c, 404, "GET", POOLS, NULL);
	assert_null(c->json); /* a page, as for any unknown path */
	call(c, 200, "GET", "status/", NULL);
	assert_null(at(c, "plugins.netbox_custom_objects"));
	assert_int_equal(lab_netbox_plugin(c->nb, "custom-objects", "0.7.1", &why), 0);
	call(c, 200, "GET", POOLS, NULL);
	assert_int_equal(lab_netbox_plugin(c->nb, "custom-objects", "9", &why), -1);
	assert_int_equal(lab_netbox_plugin(c->nb, "other", "1", &why), -1);
}

static void a_document_makes_types_and_fields_once(void **state)
{
	struct client *c = *state;

	call(c, 200, "POST", PLUGIN "schema/preview/", "{'schema_version':'1','types':[" POOL "]}",
	     "cascade");
	assert_true(json_is_true(at(c, "diffs.0.is_new")));
	expect_text(c, "diffs.0.field_changes.0.op", "add");
	expect_null(c, "diffs.0.field_changes.0.db_name");
	apply_pools(c, "cascade");
	assert_true(json_is_true(at(c, "applied")));
	call(c, 200, "GET", TYPES "?slug=stagebox-pools", NULL);
	expect_int(c, "results.0.id", 3);
	expect_text(c, "results.0.object_type_name", "netbox_custom_objects.table3model");
	expect_text(c, "results.0.description", "instance 1");
	expect_size(c, "results.0.fields", 4);
	expect_text(c, "results.0.fields.0.related_object_type.model", "cluster");
	expect_text(c, "results.0.schema_document.types.0.slug", "stagebox-pools");
	assert_null(at(c, "results.0.display"));
	apply_pools(c, "cascade");
	assert_true(json_is_false(at(c, "diffs.0.has_changes")));
	call(c, 200, "GET", FIELDS "?custom_object_type=stagebox-pools&name=size", NULL);
	expect_int(c, "results.0.schema_id", 3);
	expect_null(c, "results.0.on_delete_behavior");
}

static void a_document_that_is_not_valid_is_refused_with_paths(void **state)
{
	struct client *c = *state;

	call(c, 400, "POST", APPLY, "{'allow_destructive':1,'schema':{}}");
	expect_text(c, "allow_destructive", "'allow_destructive' must be a boolean.");
	call(c, 400, "POST", APPLY, "{}");
	call(c, 400, "POST", APPLY, "{'schema':{'types':[],'more':1}}");
	expect_text(c, "schema_errors.0.message", "'schema_version' is a required property");
	expect_text(c, "schema_errors.1.message",
		    "Additional properties are not allowed ('more' was unexpected)");
	expect_text(c, "schema_errors.2.message", "[] should be non-empty");
	call(c, 400, "POST", APPLY,
	     "{'schema':{'schema_version':'1','types':[{'name':'A b','slug':'a','fields':["
	     "{'id':1,'name':'x','type':'text','validation_minimum':1}]}]}}");
	expect_text(c, "schema_errors.0.path.2", "name");
	expect_text(c, "schema_errors.0.message",
		    "'A b' does not match '^[a-z0-9]+(_[a-z0-9]+)*$'");
	expect_text(c, "schema_errors.1.path.3", "0");
	expect_text(c, "schema_errors.1.message",
		    "{'id': 1, 'name': 'x', 'type': 'text', 'validation_minimum': 1} is not valid "
		    "under any of the given schemas");
	call(c, 400, "POST", APPLY,
	     "{'schema':{'schema_version':'1','types':[{'name':'a','slug':'a','fields':["
	     "{'id':1,'name':'x','type':'object','related_object_type':'dcim/none'}]}]}}");
	expect_text(c, "error", "unresolvable_reference");
	call(c, 200, "GET", TYPES, NULL);
	expect_int(c, "count", 0);
}

static void a_field_is_dropped_only_with_a_tombstone_and_permission(void **state)
{
	struct client *c = *state;
	int id;

	apply_pools(c, "cascade");
	id = make_pool(c, "lab/a", make_cluster(c));
	call(c, 200, "POST", APPLY,
	     "{'schema':{'schema_version':'1','types':[{'name':'stagebox_pools',"
	     "'slug':'stagebox-pools','fields':[" KEY "]}]}}");
	expect_size(c, "diffs.0.warnings", 3);
	call(c, 409, "POST", APPLY,
	     "{'schema':{'schema_version':'1','types':[{'name':'stagebox_pools',"
	     "'slug':'stagebox-pools','fields':[{'id':1,'name':'own_key','type':'text',"
	     "'unique':true,'primary':true}],"
	     "'removed_fields':[{'id':3,'name':'size','type':'integer'}]}]}}");
	expect_text(c, "error", "destructive_changes");
	expect_text(c, "destructive_slugs.0", "stagebox-pools");
	call(c, 200, "POST", APPLY,
	     "{'allow_destructive':true,'schema':{'schema_version':'1','types':[{"
	     "'name':'stagebox_pools','slug':'stagebox-pools','fields':[{'id':1,"
	     "'name':'own_key','type':'text','unique':true,'primary':true},"
	     "{'id':9,'name':'note','type':'text','default':'x'}],"
	     "'removed_fields':[{'id':3,'name':'size','type':'integer'}]}]}}");
	/* objects keep their ids and what is in the columns that are left */
	call(c, 200, "GET", POOLS, NULL);
	expect_int(c, "results.0.id", id);
	expect_text(c, "results.0.own_key", "lab/a");
	expect_text(c, "results.0.note", "x");
	expect_text(c, "results.0.cluster.name", "lab");
	assert_null(at(c, "results.0.size"));
	/* what was logged stays as it was shown */
	call(c, 200, "GET", "core/object-changes/?action=create&limit=3", NULL);
	expect_int(c, "results.1.postchange_data.size", 3);
}

static void objects_are_made_read_and_found(void **state)
{
	struct client *c = *state;
	int cluster = make_cluster(c), id;

	apply_pools(c, "cascade");
	id = make_pool(c, "lab/a", cluster);
	assert_non_null(strstr(c->location, "/api/" POOLS));
	assert_true(c->etag[0]);
	expect_text(c, "display", "lab/a");
	expect_text(c, "cluster.name", "lab");
	expect_null(c, "data");
	assert_null(at(c, "custom_fields"));
	make_pool(c, "edge/a", cluster);
	call(c, 200, "GET", POOLS "?stagebox_key__isw=lab/", NULL);
	expect_int(c, "count", 1);
	call(c, 200, "GET", POOLS "?stagebox_key=/a", NULL);
	expect_int(c, "count", 2); /* the logic "loose" */
	call(c, 200, "GET", POOLS "?stagebox_key__ie=LAB/A&fields=id,size", NULL);
	expect_int(c, "count", 1);
	assert_int_equal(json_object_size(at(c, "results.0")), 2);
	call(c, 200, "GET", POOLS "?cluster_id=999", NULL);
	expect_int(c, "count", 0);
	call(c, 400, "GET", POOLS "?cluster=999", NULL);
	call(c, 200, "GET", POOLS "?size__gte=3&none=1&limit=1", NULL);
	expect_int(c, "count", 2);
	expect_size(c, "results", 1);
	call(c, 200, "GET", POOLS "?start=0&limit=1", NULL);
	expect_null(c, "count");
	call(c, 200, "PATCH", POOLS "1/", "{'size':5}");
	assert_int_equal(id, 1);
}

static void what_breaks_a_rule_of_a_field_is_refused(void **state)
{
	struct client *c = *state;

	apply_pools(c, "cascade");
	call(c, 400, "POST", POOLS, "{'stagebox_key':'a'}");
	expect_text(c, "cluster.0", "This field is required.");
	call(c, 400, "POST", POOLS, "{'stagebox_key':'a','cluster':77,'size':-1}");
	expect_text(c, "cluster.0", "Related object not found using the provided numeric ID: 77");
	expect_text(c, "size.0", "Ensure this value is greater than or equal to 0.");
	call(c, 404, "GET", POOLS "9/", NULL);
	expect_text(c, "detail", "No Table3Model matches the given query.");
}

static void a_value_that_is_not_unique_is_an_exception_of_the_whole_list(void **state)
{
	struct client *c = *state;
	int cluster = make_cluster(c);

	apply_pools(c, "cascade");
	make_pool(c, "a", cluster);
	call(c, 500, "POST", POOLS, "{'stagebox_key':'a','cluster':%d}", cluster);
	expect_text(c, "exception", "IntegrityError");
	call(c, 500, "POST", POOLS,
	     "[{'stagebox_key':'b','cluster':%d},{'stagebox_key':'a','cluster':%d}]", cluster,
	     cluster);
	expect_text(c, "exception", "IntegrityError");
	call(c, 200, "GET", POOLS, NULL);
	expect_int(c, "count", 1);
}

static void lists_are_written_as_those_of_models(void **state)
{
	struct client *c = *state;
	int cluster = make_cluster(c);

	apply_pools(c, "cascade");
	call(c, 201, "POST", POOLS,
	     "[{'stagebox_key':'a','cluster':%d},{'stagebox_key':'b','cluster':%d}]", cluster,
	     cluster);
	call(c, 200, "PATCH", POOLS, "[{'id':1,'size':7},{'id':2,'data':{'x':1}}]");
	expect_int(c, "0.size", 7);
	call(c, 400, "POST", POOLS, "[{'stagebox_key':'c','cluster':%d},{'size':1}]", cluster);
	expect_int(c, "errors.0.index", 1);
	call(c, 400, "POST", POOLS "?background=true", "[{'stagebox_key':'c'}]");
	expect_text(c, "0", "Background processing is not supported for custom objects.");
	call(c, 204, "DELETE", POOLS, "[{'id':1},{'id':2}]");
	call(c, 200, "GET", "core/object-changes/?action=delete", NULL);
	expect_int(c, "count", 2);
	expect_text(c, "results.0.changed_object_type", "netbox_custom_objects.table3model");
	expect_text(c, "results.0.prechange_data.stagebox_key", "b");
}

static void an_older_plugin_has_neither_lists_nor_lookups(void **state)
{
	struct client *c = *state;
	int cluster = make_cluster(c);
	const char *why;

	apply_pools(c, "cascade");
	make_pool(c, "lab/a", cluster);
	make_pool(c, "edge/a", cluster);
	assert_int_equal(lab_netbox_plugin(c->nb, "custom-objects", "0.6.0", &why), 0);
	call(c, 400, "POST", POOLS, "[{'stagebox_key':'b'}]");
	call(c, 405, "PATCH", POOLS, "[{'id':1}]");
	call(c, 405, "DELETE", POOLS, "[{'id':1}]");
	call(c, 200, "GET", POOLS "?stagebox_key__isw=lab/&id=1&fields=id", NULL);
	expect_int(c, "count", 2);
	expect_text(c, "results.0.stagebox_key", "lab/a");
	call(c, 200, "PATCH", POOLS "1/", "{'size':1}");
	call(c, 204, "DELETE", POOLS "2/", NULL);
}

static void a_deleted_parent_takes_clears_or_is_kept(void **state)
{
	struct client *c = *state;
	int cluster = make_cluster(c);

	apply_pools(c, "protect");
	make_pool(c, "a", cluster);
	call(c, 409, "DELETE", "virtualization/clusters/1/", NULL);
	apply_pools(c, "set_null");
	call(c, 204, "DELETE", "virtualization/clusters/1/", NULL);
	call(c, 200, "GET", POOLS "1/", NULL);
	expect_null(c, "cluster");
	cluster = make(c, "virtualization/clusters/", "{'name':'new','type':1}");
	call(c, 200, "PATCH", POOLS "1/", "{'cluster':%d}", cluster);
	apply_pools(c, "cascade");
	call(c, 200, "GET", PLUGIN "linked-objects/?object_type=virtualization.cluster&object_id=2",
	     NULL);
	expect_int(c, "count", 1);
	expect_text(c, "results.0.object.stagebox_key", "a");
	call(c, 204, "DELETE", "virtualization/clusters/2/", NULL);
	call(c, 404, "GET", POOLS "1/", NULL);
}

static void rights_are_those_of_the_table_of_a_type(void **state)
{
	struct client *c = *state;
	const char *why;

	assert_int_equal(
		lab_netbox_grant(c->nb, "netbox_custom_objects.add_table3model", false, &why), -1);
	apply_pools(c, "cascade");
	call(c, 200, "OPTIONS", POOLS, NULL);
	expect_text(c, "name", "Ceph pool");
	assert_non_null(at(c, "actions.POST.stagebox_key"));
	assert_int_equal(
		lab_netbox_grant(c->nb, "netbox_custom_objects.add_table3model", false, &why), 0);
	call(c, 200, "OPTIONS", POOLS, NULL);
	assert_null(at(c, "actions.POST"));
	assert_non_null(at(c, "actions.PUT"));
	call(c, 403, "POST", POOLS, "{}");
	lab_netbox_grant(c->nb, "netbox_custom_objects.add_customobjecttype", false, &why);
	call(c, 403, "POST", APPLY, "{'schema':{}}");
}

static void a_type_takes_its_objects_and_what_the_log_has_of_them(void **state)
{
	struct client *c = *state;
	int cluster = make_cluster(c);

	apply_pools(c, "cascade");
	make_pool(c, "a", cluster);
	call(c, 204, "DELETE", TYPES "3/", NULL);
	call(c, 404, "GET", POOLS, NULL);
	call(c, 200, "GET", FIELDS, NULL);
	expect_int(c, "count", 0);
	call(c, 200, "GET",
	     "core/object-changes/?changed_object_type=netbox_custom_objects.table3model", NULL);
	apply_pools(c, "cascade");
	call(c, 200, "GET", TYPES, NULL);
	expect_int(c, "results.0.id", 4); /* numbers are not used again */
	call(c, 204, "DELETE", "virtualization/clusters/1/", NULL);
}

static void types_and_fields_are_also_written_one_by_one(void **state)
{
	struct client *c = *state;
	int type;

	call(c, 400, "POST", TYPES, "{'name':'Bad Name','slug':'x'}");
	type = make(c, TYPES, "{'name':'rack_note','slug':'rack-notes'}");
	call(c, 400, "POST", FIELDS, "{'custom_object_type':%d,'name':'model','type':'text'}",
	     type);
	call(c, 400, "POST", FIELDS, "{'custom_object_type':%d,'name':'site','type':'object'}",
	     type);
	make(c, FIELDS,
	     "{'custom_object_type':%d,'name':'site','type':'object','app_label':'dcim',"
	     "'model':'site'}",
	     type);
	expect_text(c, "on_delete_behavior", "set_null");
	expect_int(c, "schema_id", 1);
	assert_null(at(c, "app_label"));
	make(c, PLUGIN "rack-notes/", "{}");
	expect_text(c, "display", "Rack_note 1");
	call(c, 400, "PATCH", FIELDS "1/", "{'app_label':'dcim','model':'device'}");
	call(c, 204, "DELETE", FIELDS "1/", NULL);
	call(c, 200, "GET", PLUGIN "rack-notes/1/", NULL);
	assert_null(at(c, "site"));
}

static void a_dump_without_ids_is_equal_whatever_the_numbers(void **state)
{
	struct client *c = *state;
	struct lab_netbox *other = lab_netbox_create("4.7", TOKEN), *own = c->nb;
	sb_autojson *one = NULL, *two = NULL;
	const char *why;

	apply_pools(c, "cascade");
	make_pool(c, "b", make_cluster(c));
	make_pool(c, "a", 1);
	one = lab_netbox_dump(c->nb, true);
	assert_string_equal(
		json_string_value(json_object_get(
			json_array_get(json_object_get(one, POOLS_DUMP), 0), "stagebox_key")),
		"a");
	c->nb = other;
	lab_netbox_plugin(c->nb, "custom-objects", NULL, &why);
	apply_pools(c, "cascade");
	make_pool(c, "a", make_cluster(c));
	make_pool(c, "b", 1);
	two = lab_netbox_dump(c->nb, true);
	c->nb = own;
	lab_netbox_destroy(other);
	assert_true(json_equal(one, two));
}

static void a_circle_of_new_types_is_refused(void **state)
{
	struct client *c = *state;

	call(c, 400, "POST", APPLY,
	     "{'schema':{'schema_version':'1','types':["
	     "{'name':'a','slug':'a','fields':[{'id':1,'name':'b','type':'object',"
	     "'related_object_type':'custom-objects/b'}]},"
	     "{'name':'b','slug':'b','fields':[{'id':1,'name':'a','type':'object',"
	     "'related_object_type':'custom-objects/a'}]}]}}");
	expect_text(c, "error", "circular_dependency");
	call(c, 200, "POST", APPLY,
	     "{'schema':{'schema_version':'1','types':["
	     "{'name':'a','slug':'a','fields':[{'id':1,'name':'b','type':'object',"
	     "'related_object_type':'custom-objects/b','on_delete_behavior':'cascade'}]},"
	     "{'name':'b','slug':'b','fields':[{'id':1,'name':'label','type':'text',"
	     "'primary':true}]}]}}");
	make(c, PLUGIN "b/", "{'label':'up'}");
	make(c, PLUGIN "a/", "{'b':1}");
	expect_text(c, "b.display", "up");
	call(c, 204, "DELETE", PLUGIN "b/1/", NULL);
	call(c, 404, "GET", PLUGIN "a/1/", NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, client_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(status_names_the_version_and_only_an_installed_plugin_has_paths),
		TEST(a_document_makes_types_and_fields_once),
		TEST(a_document_that_is_not_valid_is_refused_with_paths),
		TEST(a_field_is_dropped_only_with_a_tombstone_and_permission),
		TEST(objects_are_made_read_and_found),
		TEST(what_breaks_a_rule_of_a_field_is_refused),
		TEST(a_value_that_is_not_unique_is_an_exception_of_the_whole_list),
		TEST(lists_are_written_as_those_of_models),
		TEST(an_older_plugin_has_neither_lists_nor_lookups),
		TEST(a_deleted_parent_takes_clears_or_is_kept),
		TEST(rights_are_those_of_the_table_of_a_type),
		TEST(a_type_takes_its_objects_and_what_the_log_has_of_them),
		TEST(types_and_fields_are_also_written_one_by_one),
		TEST(a_dump_without_ids_is_equal_whatever_the_numbers),
		TEST(a_circle_of_new_types_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
