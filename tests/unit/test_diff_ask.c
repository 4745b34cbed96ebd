/* SPDX-License-Identifier: Apache-2.0 */
/* Questions of a diff to NetBox: sent in few requests, then the diff is repeated. */
#include "test_diff_fixture.h"

#include "run/run.h"
#include "fake_io.h"

static struct fake_io *fake;
static json_t *bodies; /* the fake borrows them */

static int setup_net(void **state)
{
	int rc = setup(state);

	fake = fake_io_create();
	bodies = json_array();
	assert_int_equal(sb_http_create(fake_io_io(fake), &fx->run->http, NULL), 0);
	assert_int_equal(sb_netbox_create(fx->run->http, &fx->run->netbox, NULL), 0);
	fx->run->netbox_user = strdup("stagebox bot");
	fx->run->looked_hidden = true; /* its requests are not counted here */
	return rc;
}

static int teardown_net(void **state)
{
	sb_netbox_destroy(fx->run->netbox);
	sb_http_destroy(fx->run->http);
	sb_io_destroy(fake_io_io(fake));
	json_decref(bodies);
	return teardown(state);
}

/* A list of NetBox with all its rows on one page; ' stands for ". */
static void add_answer(const char *path, const char *rows)
{
	sb_autojson *list = parse_quoted(rows);
	sb_autojson *page =
		json_pack("{s:I, s:n, s:n, s:O}", "count", (json_int_t)json_array_size(list),
			  "next", "previous", "results", list);
	sb_autofree char *text = json_dumps(page, JSON_COMPACT);

	json_array_append_new(bodies, json_string(text));
	fake_io_once(fake, "GET", path, 200,
		     json_string_value(json_array_get(bodies, json_array_size(bodies) - 1)));
}

#define CHANGES "/api/core/object-changes/*"
/* The head of a change record of ours. */
#define OURS                                                                                       \
	"'changed_object_type': 'virtualization.virtualmachine', 'user_name': 'stagebox bot', "    \
	"'changed_object_id': "

static void described_guest(void)
{
	put_row("guest", "lab/qemu/101", "{'set': {'description': 'new'}}");
	put_netbox("vm", "lab/qemu/101", "{'id': 7, 'name': 'web', 'description': 'old'}");
}

static void the_change_log_is_asked_for_our_own_changes_only(void **state)
{
	const char *path;

	(void)state;
	described_guest();
	add_answer(CHANGES, "[]");
	run_diff();
	assert_int_equal(fake_io_count(fake), 1);
	path = fake_io_request(fake, 0);
	assert_non_null(strstr(path, "changed_object_type=virtualization.virtualmachine"));
	assert_non_null(strstr(path, "user_name=stagebox%20bot"));
	assert_non_null(strstr(path, "changed_object_id=7"));
	assert_int_equal(n_ops(), 0); /* no change of ours: the value is a person's */
	assert_int_equal(find_account("vm")->same, 1);
}

static void our_last_change_of_the_field_decides(void **state)
{
	(void)state;
	described_guest();
	add_answer(CHANGES, "[{'id': 1, " OURS "7, 'prechange_data': null,"
			    "  'postchange_data': {'description': 'first', 'name': 'web'}},"
			    " {'id': 5, " OURS "7, 'prechange_data': {'description': 'first'},"
			    "  'postchange_data': {'description': 'old'}},"
			    " {'id': 9, " OURS "7, 'prechange_data': {'description': 'mine'},"
			    "  'postchange_data': {'description': 'mine'}},"
			    " {'id': 8, " OURS "99, 'prechange_data': {'description': 'x'},"
			    "  'postchange_data': {'description': 'y'}}]");
	run_diff();
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->set, "{'description': 'new'}");
}

/* A NetBox that does not know the filter returns the changes of all users. */
static void changes_of_others_are_not_ours_even_if_the_answer_holds_them(void **state)
{
	(void)state;
	described_guest();
	add_answer(CHANGES,
		   "[{'id': 1, 'changed_object_type': 'virtualization.virtualmachine',"
		   "  'user_name': 'a person', 'changed_object_id': 7, 'prechange_data': null,"
		   "  'postchange_data': {'description': 'old'}},"
		   " {'id': 2, 'changed_object_type': 'dcim.device', 'user_name': 'stagebox bot',"
		   "  'changed_object_id': 7, 'prechange_data': null,"
		   "  'postchange_data': {'description': 'old'}}]");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->same, 1);
}

static void a_later_change_of_a_person_is_a_conflict(void **state)
{
	(void)state;
	described_guest();
	add_answer(CHANGES, "[{'id': 1, " OURS "7, 'prechange_data': null,"
			    "  'postchange_data': {'description': 'first'}}]");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(json_array_size(fx->run->diff->conflicts), 1);
}

static void a_change_log_that_cannot_be_read_leaves_peoples_values(void **state)
{
	(void)state;
	described_guest();
	fake_io_add(fake, &(struct fake_answer){"GET", CHANGES, .status = 403, .body = "{}"});
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->same, 1);
}

static void tags_that_our_changes_added_are_ours(void **state)
{
	(void)state;
	put_netbox("tag", "", "{'id': 1, 'name': 'prod', 'slug': 'prod'}");
	put_netbox("tag", "", "{'id': 2, 'name': 'web', 'slug': 'web'}");
	put_netbox("tag", "", "{'id': 3, 'name': 'mail', 'slug': 'mail'}");
	put_row("guest", "lab/qemu/101", "{'refs': {'tags': []}}");
	put_netbox("vm", "lab/qemu/101",
		   "{'id': 7, 'name': 'web', 'tags': [{'id': 1}, {'id': 2}, {'id': 3}]}");
	/* We added prod and mail, then removed mail, and a person added it again. */
	add_answer(CHANGES, "[{'id': 3, " OURS "7, 'message': 'stagebox run 3: t.guests', "
			    "  'prechange_data': {'tags': ['web', 'prod', 'mail']},"
			    "  'postchange_data': {'tags': ['web', 'prod']}},"
			    " {'id': 2, " OURS "7, 'message': 'stagebox run 2: t.guests', "
			    "  'prechange_data': {'tags': ['web']},"
			    "  'postchange_data': {'tags': ['web', 'prod', 'mail']}}]");
	run_diff();
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->set, "{'tags': [2, 3]}");
}

/* The base that a change log gives for the tags of a guest; more = further stages. */
static void assert_tag_memory(const char *changes, const char *expected)
{
	sb_autojson *base = NULL;

	put_netbox("tag", "", "{'id': 1, 'name': 'prod', 'slug': 'prod'}");
	put_netbox("tag", "", "{'id': 2, 'name': 'web', 'slug': 'web'}");
	put_row("guest", "lab/qemu/101", "{'refs': {'tags': []}}");
	put_netbox("vm", "lab/qemu/101",
		   "{'id': 7, 'name': 'web', 'tags': [{'id': 1}, {'id': 2}]}");
	add_answer(CHANGES, changes);
	run_diff();
	base = sb_table_get_json(fx->run->snap->base, "lab/qemu/101");
	json_object_del(base, "name");
	assert_json(base, expected);
}

static void the_message_of_a_change_names_the_stage_of_its_tags(void **state)
{
	(void)state;
	assert_tag_memory("[{'id': 4, " OURS "7, 'message': 'stagebox run 4: t.guests', "
			  "  'prechange_data': {'tags': ['web']},"
			  "  'postchange_data': {'tags': ['web', 'prod']}},"
			  " {'id': 2, " OURS "7, 'message': 'stagebox run 2: x.late', "
			  "  'prechange_data': {'tags': []},"
			  "  'postchange_data': {'tags': ['web']}}]",
			  "{'tags': [1], 'tags:x.late': [2]}");
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->set, "{'tags': [2]}");
}

static void a_change_of_several_stages_counts_for_each(void **state)
{
	(void)state;
	assert_tag_memory("[{'id': 4, " OURS "7, 'message': 'stagebox run 4: t.guests, x.late', "
			  "  'prechange_data': {'tags': []},"
			  "  'postchange_data': {'tags': ['web']}}]",
			  "{'tags': [2], 'tags:x.late': [2]}");
	assert_int_equal(n_ops(), 0);
}

/* One request may have values of several stages for one object. */
static void a_stage_that_does_not_write_tags_has_added_none(void **state)
{
	(void)state;
	assert_tag_memory("[{'id': 4, " OURS "7, 'message': 'stagebox run 4: t.guests, t.primary', "
			  "  'prechange_data': {'tags': []},"
			  "  'postchange_data': {'tags': ['web']}}]",
			  "{'tags': [2]}");
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->set, "{'tags': [1]}");
}

static void the_stage_of_a_change_without_a_message_is_not_known(void **state)
{
	(void)state;
	assert_tag_memory("[{'id': 4, " OURS "7, 'message': '', 'prechange_data': {'tags': []},"
			  "  'postchange_data': {'tags': ['web']}}]",
			  "{'tags': [], 'tags:': [2]}");
	assert_int_equal(n_ops(), 0);
}

static void a_tag_that_people_removed_and_added_again_is_theirs(void **state)
{
	(void)state;
	assert_tag_memory("[{'id': 4, " OURS "7, 'message': 'stagebox run 4: t.guests', "
			  "  'prechange_data': {'tags': []},"
			  "  'postchange_data': {'tags': ['prod']}},"
			  " {'id': 2, " OURS "7, 'message': 'stagebox run 2: t.guests', "
			  "  'prechange_data': {'tags': []},"
			  "  'postchange_data': {'tags': ['web']}}]",
			  "{'tags': [1]}");
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->set, "{'tags': [2]}");
}

static void changes_of_many_objects_are_one_request(void **state)
{
	char key[32], text[128];
	unsigned i;

	(void)state;
	for (i = 0; i < 50; i++) {
		snprintf(key, sizeof(key), "lab/qemu/%u", 100 + i);
		put_row("guest", key, "{'set': {'description': 'new'}}");
		snprintf(text, sizeof(text), "{'id': %u, 'description': 'old'}", 100 + i);
		put_netbox("vm", key, text);
	}
	add_answer(CHANGES, "[]");
	run_diff();
	assert_int_equal(fake_io_count(fake), 1);
	assert_int_equal(find_account("vm")->same, 50);
}

static void unowned_addresses_are_asked_for_together(void **state)
{
	const char *path;

	(void)state;
	put_row("ip", "lab/qemu/101/net0/ip/10.0.0.1", "{'set': {'address': '10.0.0.1/24'}}");
	put_row("ip", "lab/qemu/101/net0/ip/2001:db8::1", "{'set': {'address': '2001:db8::1/64'}}");
	add_answer("/api/ipam/ip-addresses/*", "[{'id': 50, 'address': '2001:DB8::1/64'}]");
	run_diff();
	assert_int_equal(fake_io_count(fake), 1);
	path = fake_io_request(fake, 0);
	assert_non_null(strstr(path, "address=10.0.0.1&address=2001%3Adb8%3A%3A1"));
	assert_int_equal(n_ops(), 2);
	assert_int_equal(op_of("lab/qemu/101/net0/ip/2001:db8::1", SB_UPDATE)->target, 50);
	op_of("lab/qemu/101/net0/ip/10.0.0.1", SB_CREATE);
}

static void one_parent_is_asked_for_once(void **state)
{
	char key[32], text[128];
	unsigned i;

	(void)state;
	for (i = 0; i < 40; i++) {
		snprintf(key, sizeof(key), "lab/qemu/%u", 100 + i);
		snprintf(text, sizeof(text),
			 "{'set': {'name': 'g%u', 'status': 'active', 'cluster': 1}}", i);
		put_row("guest", key, text);
	}
	add_answer("/api/virtualization/virtual-machines/*", "[]");
	add_answer("/api/virtualization/virtual-machines/*", "[]");
	run_diff();
	/* The second one finds the names elsewhere; the third one is OPTIONS: does NetBox offer the
	 * status? */
	assert_int_equal(fake_io_count(fake), 3);
	assert_int_equal(n_ops(), 40);
}

static void objects_with_the_name_of_a_new_one_are_noted_and_change_nothing(void **state)
{
	const json_t *entry;

	(void)state;
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_row("guest", "lab/qemu/102", GUEST("db"));
	add_answer("/api/virtualization/virtual-machines/*", "[]");
	add_answer("/api/virtualization/virtual-machines/*",
		   "[{'id': 40, 'name': 'WEB', 'cluster': {'id': 9, 'name': 'old'}}]");
	run_diff();
	assert_int_equal(fake_io_count(fake), 3); /* the last one is OPTIONS */
	assert_int_equal(n_ops(), 2);
	assert_status(0, SB_STAGE_OK);
	assert_int_equal(json_array_size(fx->run->diff->similar), 1);
	entry = json_array_get(fx->run->diff->similar, 0);
	assert_string_equal(sb_json_str(entry, "key"), "lab/qemu/101");
	assert_string_equal(sb_json_str(entry, "by"), "name");
	assert_non_null(strstr(sb_json_str(entry, "why"), "cluster old"));
	assert_non_null(strstr(sb_json_str(entry, "why"), "/virtualization/virtual-machines/40/"));
}

static void an_object_of_ours_with_the_instance_id_of_a_new_guest_is_noted(void **state)
{
	const json_t *entry;

	(void)state;
	put_row("guest", "lab/qemu/101",
		"{'set': {'name': 'web', 'status': 'active', 'cluster': 1},"
		" 'birth': '9f3c1d2e-5b6a-4c7d-8e9f-0a1b2c3d4e5f'}");
	add_answer("/api/virtualization/virtual-machines/*", "[]");
	add_answer("/api/virtualization/virtual-machines/*", "[]");
	add_answer("/api/virtualization/virtual-machines/*",
		   "[{'id': 40, 'name': 'web', 'custom_fields': {'stagebox_key': 'edge/qemu/7',"
		   " 'stagebox_birth': '9f3c1d2e-5b6a-4c7d-8e9f-0a1b2c3d4e5f'}}]");
	run_diff();
	op_of("lab/qemu/101", SB_CREATE);
	assert_status(0, SB_STAGE_OK);
	assert_int_equal(json_array_size(fx->run->diff->similar), 1);
	entry = json_array_get(fx->run->diff->similar, 0);
	assert_string_equal(sb_json_str(entry, "by"), "uuid");
	assert_non_null(
		strstr(sb_json_str(entry, "why"), "has the same hardware UUID as edge/qemu/7"));
}

static void a_new_guest_is_not_created_when_its_cluster_counts_hidden_ones(void **state)
{
	(void)state;
	fx->run->looked_hidden = false;
	put_row("guest", "lab/qemu/101", GUEST("web"));
	add_answer("/api/virtualization/virtual-machines/*", "[]");
	add_answer("/api/virtualization/virtual-machines/*", "[]");
	add_answer("/api/virtualization/virtual-machines/*", "[]");
	add_answer("/api/virtualization/clusters/*", "[{'id': 1, 'virtualmachine_count': 5}]");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->unknown, 1);
}

static void the_mac_address_of_a_new_guest_is_looked_for_everywhere(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_row("nic", "lab/qemu/101/net0",
		"{'set': {'name': 'net0', 'mac_address': 'BC:24:11:00:00:01'},"
		" 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	add_answer("/api/virtualization/virtual-machines/*", "[]");
	add_answer("/api/virtualization/virtual-machines/*", "[]");
	add_answer("/api/dcim/mac-addresses/*",
		   "[{'id': 5, 'mac_address': 'BC:24:11:00:00:01', 'assigned_object':"
		   " {'id': 77, 'name': 'eth0', 'virtual_machine': {'id': 9, 'name': 'clone'}},"
		   " 'assigned_object_type': 'virtualization.vminterface'}]");
	run_diff();
	assert_int_equal(n_ops(), 2);
	assert_int_equal(json_array_size(fx->run->diff->similar), 1);
	assert_non_null(
		strstr(sb_json_str(json_array_get(fx->run->diff->similar, 0), "why"), "in clone"));
}

/* Interfaces of guests and those of nodes have ids of their own. */
static void a_mac_address_of_ours_is_known_by_kind_and_id(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_row("nic", "lab/qemu/101/net0",
		"{'set': {'name': 'net0', 'mac_address': 'BC:24:11:00:00:01'},"
		" 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	put_netbox("interface", "lab/node/pve1/eno1", "{'id': 77, 'name': 'eno1'}");
	put_netbox("interface", "lab/node/pve1/eno2", "{'id': 78, 'name': 'eno2'}");
	add_answer("/api/virtualization/virtual-machines/*", "[]");
	add_answer("/api/virtualization/virtual-machines/*", "[]");
	add_answer("/api/dcim/mac-addresses/*",
		   "[{'id': 5, 'mac_address': 'BC:24:11:00:00:01', 'assigned_object':"
		   " {'id': 77, 'name': 'eth0', 'virtual_machine': {'id': 9, 'name': 'clone'}},"
		   " 'assigned_object_type': 'virtualization.vminterface'},"
		   " {'id': 6, 'mac_address': 'BC:24:11:00:00:01', 'assigned_object':"
		   " {'id': 78, 'name': 'eno2', 'device': {'id': 1, 'name': 'pve1'}},"
		   " 'assigned_object_type': 'dcim.interface'}]");
	run_diff();
	assert_int_equal(json_array_size(fx->run->diff->similar), 1);
	assert_non_null(
		strstr(sb_json_str(json_array_get(fx->run->diff->similar, 0), "why"), "in clone"));
}

static void unreadable_candidates_prevent_a_create(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", GUEST("web"));
	fake_io_add(fake, &(struct fake_answer){"GET", "*", .status = 403, .body = "{}"});
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->unknown, 1);
	assert_status(0, SB_STAGE_PARTIAL);
}

static void no_question_means_no_request(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	run_diff();
	assert_int_equal(fake_io_count(fake), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup_net, teardown_net)
		T(a_new_guest_is_not_created_when_its_cluster_counts_hidden_ones),
		T(the_change_log_is_asked_for_our_own_changes_only),
		T(our_last_change_of_the_field_decides),
		T(changes_of_others_are_not_ours_even_if_the_answer_holds_them),
		T(a_later_change_of_a_person_is_a_conflict),
		T(a_change_log_that_cannot_be_read_leaves_peoples_values),
		T(tags_that_our_changes_added_are_ours),
		T(the_message_of_a_change_names_the_stage_of_its_tags),
		T(a_change_of_several_stages_counts_for_each),
		T(a_stage_that_does_not_write_tags_has_added_none),
		T(the_stage_of_a_change_without_a_message_is_not_known),
		T(a_tag_that_people_removed_and_added_again_is_theirs),
		T(changes_of_many_objects_are_one_request),
		T(unowned_addresses_are_asked_for_together),
		T(one_parent_is_asked_for_once),
		T(objects_with_the_name_of_a_new_one_are_noted_and_change_nothing),
		T(an_object_of_ours_with_the_instance_id_of_a_new_guest_is_noted),
		T(the_mac_address_of_a_new_guest_is_looked_for_everywhere),
		T(a_mac_address_of_ours_is_known_by_kind_and_id),
		T(unreadable_candidates_prevent_a_create),
		T(no_question_means_no_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
