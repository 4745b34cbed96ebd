/* SPDX-License-Identifier: Apache-2.0 */
/* Devices of people with the name of a node: adopted with a second witness, else a conflict; never
 * silently a second device. */
#include "test_diff_fixture.h"

#include "diff/origin.h"

/* The node pve1 of site 2 in cluster 1. */
static void node_of_the_source(void)
{
	with_nodes();
	put_row("node", "lab/node/pve1",
		"{'set': {'name': 'pve1', 'site': 2, 'cluster': 1, 'role': 4, 'device_type': 5,"
		" 'status': 'active'}}");
	put_netbox("site", "", "{'id': 2, 'name': 'DC 1', 'slug': 'dc1'}");
	put_netbox("site", "", "{'id': 3, 'name': 'HQ', 'slug': 'hq'}");
	mark_asked("device?cf_stagebox_key__empty=true&site_id=2");
	mark_asked("device?device-in-cluster?cf_stagebox_key__empty=true&name__ie=pve1");
	mark_asked("device?device-with-domain?cf_stagebox_key__empty=true&name__isw=pve1.");
}

/* A device that the two questions about its name return. */
static void put_device(const char *text)
{
	sb_autojson *row = parse_quoted(text);
	const char *name = sb_json_str(row, "name");
	const struct sb_adopt_rule *rule =
		sb_adopt_rule_of(get_list("device")->kind,
				 strchr(name, '.') ? "device-with-domain?" : "device-in-cluster?");

	assert_int_equal(sb_origin_take(fx->run, rule, get_list("device")->kind, row), 0);
}

static const char *conflict_text(void)
{
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("device")->skipped, 1);
	return sb_json_str(json_array_get(fx->run->diff->conflicts, 0), "why");
}

static void assert_adopted(const char *words)
{
	const struct sb_op *op;

	run_diff();
	assert_int_equal(n_ops(), 1);
	op = op_of("lab/node/pve1", SB_UPDATE);
	assert_int_equal(op->target, 40);
	assert_non_null(strstr(op->why, words));
	assert_true(json_is_true(json_object_get(op->set, "stagebox_adopted")));
}

static void a_device_in_our_cluster_is_adopted_by_name_without_case(void **state)
{
	(void)state;
	node_of_the_source();
	put_device("{'id': 40, 'name': 'PVE1', 'site': {'id': 2}, 'cluster': {'id': 1}}");
	assert_adopted("its name in our cluster");
}

static void a_device_in_no_cluster_with_our_role_is_adopted(void **state)
{
	(void)state;
	node_of_the_source();
	put_device("{'id': 40, 'name': 'pve1.example.com', 'site': {'id': 2}, 'role': {'id': 4}}");
	assert_adopted("its name and its device role");
}

static void a_device_in_no_cluster_with_our_type_is_adopted(void **state)
{
	(void)state;
	node_of_the_source();
	put_device("{'id': 40, 'name': 'Pve1', 'site': {'id': 2}, 'device_type': {'id': 5}}");
	assert_adopted("its name and its device type");
}

static void a_device_with_an_address_of_the_node_is_adopted(void **state)
{
	(void)state;
	node_of_the_source();
	put_row("node", "lab/node/pve1",
		"{'set': {'name': 'pve1', 'site': 2, 'cluster': 1, 'role': 4, 'device_type': 5,"
		" 'status': 'active'}, 'evidence': [['ip', '10.0.0.9']]}");
	put_device("{'id': 40, 'name': 'pve1', 'site': {'id': 2}}");
	mark_asked("ip?address=10.0.0.9");
	put_unowned("ip", "{'id': 50, 'address': '10.0.0.9/24', 'assigned_object': {'id': 3,"
			  " 'device': {'id': 40, 'name': 'pve1'}}, 'assigned_object_type':"
			  " 'dcim.interface', 'assigned_object_id': 3}");
	assert_adopted("its name and an address");
}

static void a_device_with_the_name_alone_is_a_conflict(void **state)
{
	(void)state;
	node_of_the_source();
	put_device("{'id': 40, 'name': 'PVE1.example.com', 'site': {'id': 2}}");
	run_diff();
	assert_non_null(strstr(conflict_text(), "PVE1.example.com"));
	assert_non_null(strstr(conflict_text(), "DC 1"));
	assert_non_null(strstr(conflict_text(), "adopt_nodes"));
	assert_non_null(strstr(conflict_text(), "/dcim/devices/40/"));
}

static void adopt_nodes_named_adopts_by_name_alone(void **state)
{
	(void)state;
	json_object_set_new(fx->conf, "adopt_nodes", json_string("named"));
	node_of_the_source();
	put_device("{'id': 40, 'name': 'pve1.example.com', 'site': {'id': 2}}");
	assert_adopted("adopt_nodes");
}

static void a_device_of_another_site_is_a_conflict_that_names_both(void **state)
{
	(void)state;
	node_of_the_source();
	put_device("{'id': 40, 'name': 'pve1', 'site': {'id': 3}, 'role': {'id': 4}}");
	run_diff();
	assert_non_null(strstr(conflict_text(), "HQ"));
	assert_non_null(strstr(conflict_text(), "option site"));
}

static void two_devices_in_no_cluster_are_a_conflict(void **state)
{
	(void)state;
	node_of_the_source();
	put_device("{'id': 40, 'name': 'pve1', 'site': {'id': 2}, 'role': {'id': 4}}");
	put_device("{'id': 41, 'name': 'pve1.example.com', 'site': {'id': 2}, 'role': {'id': 4}}");
	run_diff();
	assert_non_null(strstr(conflict_text(), "others have its name"));
}

static void a_device_in_another_cluster_is_noted_and_a_new_one_created(void **state)
{
	(void)state;
	node_of_the_source();
	put_device("{'id': 40, 'name': 'pve1', 'site': {'id': 3}, 'cluster': {'id': 9}}");
	run_diff();
	op_of("lab/node/pve1", SB_CREATE);
	assert_int_equal(json_array_size(fx->run->diff->similar), 1);
	assert_status(5, SB_STAGE_OK);
}

static void a_device_in_another_cluster_of_our_site_is_a_conflict(void **state)
{
	(void)state;
	node_of_the_source();
	put_unowned("device", "{'id': 40, 'name': 'pve1', 'site': {'id': 2},"
			      " 'cluster': {'id': 9}}");
	run_diff();
	assert_non_null(strstr(conflict_text(), "another cluster"));
}

static void while_the_cluster_is_new_a_device_is_found_too(void **state)
{
	(void)state;
	node_of_the_source();
	put_row("node", "lab/node/pve1",
		"{'set': {'name': 'pve1', 'site': 2, 'role': 4, 'status': 'active'}}");
	put_device("{'id': 40, 'name': 'pve1', 'site': {'id': 2}, 'role': {'id': 4}}");
	assert_adopted("its name and its device role");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_device_in_our_cluster_is_adopted_by_name_without_case),
		TEST(a_device_in_no_cluster_with_our_role_is_adopted),
		TEST(a_device_in_no_cluster_with_our_type_is_adopted),
		TEST(a_device_with_an_address_of_the_node_is_adopted),
		TEST(a_device_with_the_name_alone_is_a_conflict),
		TEST(adopt_nodes_named_adopts_by_name_alone),
		TEST(a_device_of_another_site_is_a_conflict_that_names_both),
		TEST(two_devices_in_no_cluster_are_a_conflict),
		TEST(a_device_in_another_cluster_is_noted_and_a_new_one_created),
		TEST(a_device_in_another_cluster_of_our_site_is_a_conflict),
		TEST(while_the_cluster_is_new_a_device_is_found_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
