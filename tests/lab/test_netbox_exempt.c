/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that a branch has in common with main: those of exempt models, and of plugins that do not
 * keep theirs apart. */
#include "client.h"

#include <stdio.h>

#define BRANCHES "plugins/branching/branches/"
#define MODELS   "plugins/branching/branchable-models/"
#define VMS      "virtualization/virtual-machines/"
#define POOLS    "plugins/custom-objects/pools/"

static char schema[16]; /* of the branch */

/* A cluster, a type of custom objects, and a branch that is ready. */
static int setup(void **state)
{
	struct client *c;
	const char *why;
	char path[64];

	if (client_setup(state) < 0)
		return -1;
	c = *state;
	if (lab_netbox_plugin(c->nb, "branching", NULL, &why) < 0 ||
	    lab_netbox_plugin(c->nb, "custom-objects", NULL, &why) < 0)
		return -1;
	make(c, "virtualization/cluster-types/", "{'name':'Proxmox','slug':'pve'}");
	make(c, "virtualization/clusters/", "{'name':'lab','type':1}");
	call(c, 200, "POST", "plugins/custom-objects/schema/apply/",
	     "{'schema':{'schema_version':'1','types':[{'name':'pools','slug':'pools','fields':["
	     "{'id':1,'name':'key','type':'text','unique':true,'primary':true}]}]}}");
	snprintf(path, sizeof(path), BRANCHES "%d/", make(c, BRANCHES, "{'name':'one'}"));
	do
		call(c, 200, "GET", path, NULL);
	while (!sb_streq(json_string_value(at(c, "status.value")), "ready"));
	snprintf(schema, sizeof(schema), "%s", json_string_value(at(c, "schema_id")));
	return 0;
}

/* How many objects has a list in main? */
static void expect_main(struct client *c, const char *path, int n)
{
	c->branch = NULL;
	call(c, 200, "GET", path, NULL);
	expect_int(c, "count", n);
	c->branch = schema;
}

/* Is a model of this app among those that branches keep apart? */
static bool is_listed(struct client *c, const char *app)
{
	const json_t *model;
	size_t i;

	call(c, 200, "GET", MODELS, NULL);
	json_array_foreach (c->json, i, model)
		if (sb_streq(json_string_value(json_object_get(model, "app_label")), app))
			return true;
	return false;
}

static void objects_of_exempt_models_are_written_to_main(void **state)
{
	struct client *c = *state;

	assert_true(is_listed(c, "virtualization"));
	assert_int_equal(lab_netbox_fault(c->nb, "exempt", "virtualization.virtualmachine", true),
			 0);
	c->branch = schema;
	make(c, VMS, "{'name':'a','cluster':1}");
	make(c, "virtualization/clusters/", "{'name':'other','type':1}");
	expect_main(c, VMS, 1);
	expect_main(c, "virtualization/clusters/", 1);
	call(c, 200, "GET", VMS, NULL);
	expect_int(c, "count", 1);
}

static void a_whole_app_is_exempt(void **state)
{
	struct client *c = *state;

	assert_int_equal(lab_netbox_fault(c->nb, "exempt", "netbox_custom_objects.*", true), 0);
	assert_false(is_listed(c, "netbox_custom_objects"));
	assert_true(is_listed(c, "virtualization"));
	c->branch = schema;
	make(c, POOLS, "{'key':'new'}");
	expect_main(c, POOLS, 1);
	lab_netbox_fault(c->nb, "exempt", NULL, false);
	assert_true(is_listed(c, "netbox_custom_objects"));
	make(c, POOLS, "{'key':'newer'}");
	expect_main(c, POOLS, 1);
}

static void a_plugin_that_does_not_keep_apart_is_listed_nevertheless(void **state)
{
	struct client *c = *state;

	assert_int_equal(lab_netbox_fault(c->nb, "not-apart", "netbox_custom_objects.*", true), 0);
	assert_true(is_listed(c, "netbox_custom_objects"));
	c->branch = schema;
	make(c, POOLS, "{'key':'new'}");
	expect_main(c, POOLS, 1);
}

static void a_fault_without_a_type_is_none(void **state)
{
	struct client *c = *state;

	assert_int_equal(lab_netbox_fault(c->nb, "exempt", "device", true), -1);
	assert_int_equal(lab_netbox_fault(c->nb, "exempt", NULL, true), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, client_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(objects_of_exempt_models_are_written_to_main),
		TEST(a_whole_app_is_exempt),
		TEST(a_plugin_that_does_not_keep_apart_is_listed_nevertheless),
		TEST(a_fault_without_a_type_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
