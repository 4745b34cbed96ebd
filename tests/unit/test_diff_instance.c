/* SPDX-License-Identifier: Apache-2.0 */
/* One guest under two keys, by its instance id: it moved to another endpoint or got another VMID.
 */
#include "diff/follow.h"
#include "diff/instance.h"
#include "run/run.h"
#include "test_diff_fixture.h"

#define UUID   "9f3c1d2e-5b6a-4c7d-8e9f-0a1b2c3d4e5f"
#define OTHER  "00000000-1111-4222-8333-444444444444"
#define VOLUME "local-lvm:vm-102-disk-0"
#define MAC    "BC:24:11:00:00:07"

#define SOURCE(name, birth)                                                                        \
	"{'set': {'name': '" name "', 'status': 'active', 'cluster': 1, 'memory': 2048},"          \
	" 'birth': '" birth "'}"
#define NETBOX(id, name, instance)                                                                 \
	"{'id': " #id ", 'name': '" name "', 'status': {'value': 'active'},"                       \
	" 'cluster': {'id': 1}, 'memory': 2048, 'birth': '" instance "'}"

/* NetBox's answer to the question for the instance id: the row of key, "" = no further one. */
static void answer_instance(const char *mark, const char *key)
{
	char asked[160];

	if (*key) {
		sb_autojson *row = json_pack("{s:i, s:s, s:{s:s, s:s}}", "id", *key == 'l' ? 8 : 77,
					     "name", "moved", "custom_fields", "stagebox_key", key,
					     "stagebox_birth", mark);

		assert_int_equal(sb_instance_take(fx->run, get_list("vm")->kind, row), 0);
	}
	snprintf(asked, sizeof(asked), "vm?cf_stagebox_birth__ic=%s", mark);
	mark_asked(asked);
}

/* Guest 102 (id 8) vanished beyond all limits of prune; 101 (id 7) is at the source. */
static void guest_vanished(const char *row)
{
	put_row("guest", "lab/qemu/101", SOURCE("web", OTHER));
	put_netbox("vm", "lab/qemu/101", NETBOX(7, "web", OTHER));
	put_netbox("vm", "lab/qemu/102", row);
	prune_set("enabled", json_true());
	put_missed("lab/qemu/102", 2, 3600);
	mark_all_asked();
}

static const char *why_kept(void)
{
	return sb_json_str(json_object_get(fx->run->diff->gone, "lab/qemu/102"), "why");
}

static void a_vanished_guest_that_is_in_another_endpoint_is_kept_whatever_prune_says(void **state)
{
	const json_t *entry;

	(void)state;
	guest_vanished(NETBOX(8, "db", UUID));
	answer_instance(UUID, "edge/qemu/203");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_non_null(strstr(why_kept(), "same hardware UUID as edge/qemu/203"));
	assert_int_equal(json_array_size(fx->run->diff->similar), 1);
	entry = json_array_get(fx->run->diff->similar, 0);
	assert_string_equal(sb_json_str(entry, "by"), "uuid");
	assert_non_null(
		strstr(sb_json_str(entry, "why"), "has the same hardware UUID as edge/qemu/203"));
	assert_status(0, SB_STAGE_OK);
}

static void a_vanished_guest_that_nobody_else_is_is_deleted(void **state)
{
	(void)state;
	guest_vanished(NETBOX(8, "db", UUID));
	answer_instance(UUID, "lab/qemu/102"); /* NetBox returns the row itself, too */
	run_diff();
	assert_int_equal(n_ops(), 1);
	op_of("lab/qemu/102", SB_DELETE);
}

static void a_vanished_guest_is_kept_while_netbox_cannot_be_asked(void **state)
{
	struct sb_error why;

	(void)state;
	guest_vanished(NETBOX(8, "db", UUID));
	sb_fail(&why, SB_E_TIMEOUT, "no answer");
	assert_int_equal(
		sb_reason_put(fx->run->snap->asked, "vm?cf_stagebox_birth__ic=" UUID, &why), 0);
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_non_null(strstr(why_kept(), "no answer"));
	assert_status(0, SB_STAGE_PARTIAL);
}

static void a_name_of_a_volume_proves_nothing(void **state)
{
	(void)state;
	guest_vanished(NETBOX(8, "db", VOLUME));
	answer_instance(VOLUME, "edge/lxc/203");
	run_diff();
	op_of("lab/qemu/102", SB_DELETE);
}

static void a_container_is_recognised_by_its_mac_address(void **state)
{
	(void)state;
	guest_vanished(NETBOX(8, "db", VOLUME " " MAC));
	answer_instance(MAC, "edge/lxc/203");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_non_null(strstr(why_kept(), "same MAC address as edge/lxc/203"));
}

static void a_reused_vmid_keeps_a_guest_that_is_in_another_endpoint(void **state)
{
	const json_t *conflict;

	(void)state;
	put_row("guest", "lab/qemu/101", SOURCE("new", OTHER));
	put_netbox("vm", "lab/qemu/101", NETBOX(7, "web", UUID));
	prune_set("enabled", json_true());
	answer_instance(UUID, "edge/qemu/203");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(json_array_size(fx->run->diff->conflicts), 1);
	conflict = json_array_get(fx->run->diff->conflicts, 0);
	assert_non_null(strstr(sb_json_str(conflict, "why"),
			       "lab/qemu/101 has the same hardware UUID as edge/qemu/203"));
}

/* Guest 102 (id 8) is restored as 103; its NIC (id 80) and a note of a person are in NetBox. */
static void restored_as_103(const char *row)
{
	put_row("guest", "lab/qemu/103", row);
	put_row("nic", "lab/qemu/103/net0",
		"{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/103']}}");
	put_netbox("vm", "lab/qemu/102", NETBOX(8, "db", UUID));
	put_netbox("vm-interface", "lab/qemu/102/net0",
		   "{'id': 80, 'name': 'net0', 'virtual_machine': {'id': 8}}");
	put_applied("lab/qemu/102", "{'name': 'db'}");
	prune_set("enabled", json_true());
	put_missed("lab/qemu/102", 2, 3600);
	answer_instance(UUID, "");
	mark_all_asked();
}

static void a_guest_that_was_restored_under_another_vmid_keeps_its_object(void **state)
{
	const struct sb_op *op;

	(void)state;
	restored_as_103(SOURCE("db", UUID));
	run_diff();
	assert_int_equal(fx->gone_asked, 1);
	assert_int_equal(n_ops(), 2);
	op = op_of("lab/qemu/103", SB_UPDATE);
	assert_int_equal(op->target, 8);
	assert_json(op->set, "{'stagebox_key': 'lab/qemu/103'}");
	assert_json(op->was, "{'stagebox_key': 'lab/qemu/102'}");
	op = op_of("lab/qemu/103/net0", SB_UPDATE);
	assert_int_equal(op->target, 80);
	assert_int_equal(find_account("vm")->updated, 1);
	assert_int_equal(find_account("vm")->deleted, 0);
	assert_status(0, SB_STAGE_OK);
}

static void the_addresses_of_a_guest_that_got_another_vmid_keep_their_names(void **state)
{
	const struct sb_op *op;

	(void)state;
	restored_as_103(SOURCE("db", UUID));
	put_row("ip", "lab/qemu/103/net0/ip/10.0.0.1",
		"{'set': {'address': '10.0.0.1/24'},"
		" 'ref': {'assigned_object': ['vm-interface', 'lab/qemu/103/net0']}}");
	put_netbox("ip", "lab/qemu/102/net0/ip/10.0.0.1",
		   "{'id': 90, 'address': '10.0.0.1/24', 'dns_name': 'db'}");
	put_applied("lab/qemu/102/net0/ip/10.0.0.1", "{'dns_name': 'db'}");
	run_diff();
	op = op_of("lab/qemu/103/net0/ip/10.0.0.1", SB_UPDATE);
	assert_int_equal(op->target, 90);
	assert_null(json_object_get(op->set, "dns_name"));
}

static void a_guest_does_not_move_while_its_old_vmid_is_at_the_source(void **state)
{
	(void)state;
	restored_as_103(SOURCE("heir", UUID));
	put_row("guest", "lab/qemu/102", SOURCE("db", UUID));
	put_row("nic", "lab/qemu/102/net0",
		"{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/102']}}");
	run_diff();
	op_of("lab/qemu/103", SB_CREATE);
}

static void a_guest_does_not_move_when_its_old_vmid_is_not_proven_gone(void **state)
{
	(void)state;
	fx->gone = 0;
	restored_as_103(SOURCE("heir", UUID));
	run_diff();
	op_of("lab/qemu/103", SB_CREATE);
}

static void two_new_guests_with_one_uuid_move_nothing(void **state)
{
	(void)state;
	restored_as_103(SOURCE("heir", UUID));
	put_row("guest", "lab/qemu/104", SOURCE("copy", UUID));
	run_diff();
	op_of("lab/qemu/103", SB_CREATE);
	op_of("lab/qemu/104", SB_CREATE);
	assert_int_equal(find_account("vm")->deleted, 0);
}

static void a_guest_does_not_move_when_another_endpoint_has_its_uuid(void **state)
{
	(void)state;
	restored_as_103(SOURCE("heir", UUID));
	answer_instance(UUID, "edge/qemu/203");
	run_diff();
	op_of("lab/qemu/103", SB_CREATE);
	assert_int_equal(find_account("vm")->deleted, 0);
}

/* The parts of a guest of the endpoint edge, as NetBox answers. */
static void answer_parts(void)
{
	static const char *const kinds[] = {"interface", "vm-interface", "mac-address", "ip",
					    "virtual-disk"};
	sb_autojson *nic = parse_quoted("{'id': 80, 'name': 'net0', 'virtual_machine': {'id': 77},"
					" 'custom_fields': {'stagebox_key': 'edge/qemu/203/net0',"
					" 'stagebox_adopted': false}}");
	char asked[100];
	size_t i;

	assert_int_equal(sb_table_put(fx->run->snap->moves, "edge/qemu/203", "lab/qemu/103"), 0);
	assert_int_equal(sb_follow_take(fx->run, get_list("vm-interface")->kind, nic), 1);
	for (i = 0; i < SB_ARRAY_LEN(kinds); i++) {
		snprintf(asked, sizeof(asked), "%s?cf_stagebox_key__isw=edge%%2Fqemu%%2F203%%2F",
			 kinds[i]);
		mark_asked(asked);
	}
}

/* Guest 203 of edge (id 77) is lab/qemu/103 now. */
static void moved_from_edge(const char *vanished)
{
	put_row("guest", "lab/qemu/103", SOURCE("moved", UUID));
	put_row("nic", "lab/qemu/103/net0",
		"{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/103']}}");
	fx->run->snap->vanished = parse_quoted(vanished);
	answer_instance(UUID, "edge/qemu/203");
	put_change_log("edge/qemu/203", "{'name': 'moved'}");
	mark_all_asked();
}

static void a_guest_that_vanished_in_another_endpoint_moves_after_its_parts(void **state)
{
	const struct sb_op *op, *part;

	(void)state;
	moved_from_edge("{'edge/qemu/203': true}");
	answer_parts();
	run_diff();
	assert_int_equal(n_ops(), 2);
	op = op_of("lab/qemu/103", SB_UPDATE);
	assert_int_equal(op->target, 77);
	assert_json(json_object_get(op->set, "stagebox_key"), "'lab/qemu/103'");
	assert_json(json_object_get(op->was, "stagebox_key"), "'edge/qemu/203'");
	assert_int_equal(op->n_needs, 1);
	part = op_of("lab/qemu/103/net0", SB_UPDATE);
	assert_int_equal(part->target, 80);
	assert_int_equal(part->n_needs, 0);
	assert_json(part->set, "{'stagebox_key': 'lab/qemu/103/net0'}");
	assert_json(part->was, "{'stagebox_key': 'edge/qemu/203/net0'}");
	assert_int_equal(find_account("vm")->updated, 1);
}

static void a_guest_that_another_endpoint_still_has_does_not_move(void **state)
{
	(void)state;
	moved_from_edge("{'edge/qemu/204': true}");
	run_diff();
	op_of("lab/qemu/103", SB_CREATE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(a_vanished_guest_that_is_in_another_endpoint_is_kept_whatever_prune_says),
		T(a_vanished_guest_that_nobody_else_is_is_deleted),
		T(a_vanished_guest_is_kept_while_netbox_cannot_be_asked),
		T(a_name_of_a_volume_proves_nothing),
		T(a_container_is_recognised_by_its_mac_address),
		T(a_reused_vmid_keeps_a_guest_that_is_in_another_endpoint),
		T(a_guest_that_was_restored_under_another_vmid_keeps_its_object),
		T(the_addresses_of_a_guest_that_got_another_vmid_keep_their_names),
		T(a_guest_does_not_move_while_its_old_vmid_is_at_the_source),
		T(a_guest_does_not_move_when_its_old_vmid_is_not_proven_gone),
		T(two_new_guests_with_one_uuid_move_nothing),
		T(a_guest_does_not_move_when_another_endpoint_has_its_uuid),
		T(a_guest_that_vanished_in_another_endpoint_moves_after_its_parts),
		T(a_guest_that_another_endpoint_still_has_does_not_move),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
