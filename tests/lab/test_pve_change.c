/* SPDX-License-Identifier: Apache-2.0 */
/* The state of the simulated Proxmox VE: initial contents and changes. */
#include "test_pve.h"

static void same_seed_gives_the_same_endpoint(void **state)
{
	struct lab *lab = *state;
	void *other_state = NULL;

	assert_int_equal(start_cluster(&other_state), 0);

	struct lab *other = other_state;
	json_t *a = lab_pve_dump(lab->pve), *b = lab_pve_dump(other->pve);

	assert_true(json_equal(a, b));
	/* 40 guests, 3 nodes, 4 pools, 5 resources and 2 rules of the HA manager; 23 of Ceph:
	 * itself, 8 daemons, 6 OSDs, 4 pools, a filesystem, 3 rules */
	assert_int_equal(json_object_size(a), 77);
	json_decref(a);
	json_decref(b);
	stop_lab(&other_state);
}

static void a_small_endpoint_has_enough_of_everything(void **state)
{
	json_t *dump = lab_pve_dump(((struct lab *)*state)->pve), *entry, *value;
	size_t nics = 0, disks = 0, addresses = 0;
	const char *key, *field;

	json_object_foreach (dump, key, entry) {
		json_object_foreach (json_object_get(entry, "config"), field, value) {
			const char *drive = json_string_value(value);
			static const char *const disk[] = {"scsi", "virtio", "sata",
							   "ide",  "rootfs", "mp"};

			nics += sb_starts_with(field, "net");
			for (size_t i = 0; drive && i < 6; i++)
				disks += sb_starts_with(field, disk[i]) &&
					 !sb_streq(field, "scsihw") && !strstr(drive, "cdrom") &&
					 *drive != '/';
		}
		json_object_foreach (json_object_get(entry, "addresses"), field, value) {
			if (!json_object_get(json_object_get(entry, "config"), "agent") ||
			    json_is_true(json_object_get(entry, "agent_runs")))
				addresses += json_array_size(value);
		}
	}
	assert_true(nics >= 22);
	assert_true(disks >= 22);
	assert_true(addresses >= 22);
	json_decref(dump);
}

/* Count the uses of each address; returns the number of all uses. */
static size_t count_addresses(const struct lab *lab, json_t *seen)
{
	sb_autojson *dump = lab_pve_dump(lab->pve);
	json_t *entry, *list, *cidr;
	const char *key, *nic;
	size_t i, n = 0;

	json_object_foreach (dump, key, entry) {
		json_object_foreach (json_object_get(entry, "addresses"), nic, list) {
			json_array_foreach (list, i, cidr) {
				const char *address = json_string_value(cidr);
				json_t *now = json_object_get(seen, address);

				json_object_set_new(seen, address,
						    json_integer(json_integer_value(now) + 1));
				n++;
			}
		}
	}
	return n;
}

static void endpoints_share_no_address_and_guests_only_floating_ones(void **state)
{
	static const char *const slugs[] = {"edge", "site3", "site4", "site23"};
	sb_autojson *seen = json_object();
	json_t *times;
	const char *address;
	size_t n = count_addresses(*state, seen);

	for (size_t i = 0; i < SB_ARRAY_LEN(slugs); i++) {
		void *other = NULL;

		assert_int_equal(start_lab(&other, slugs[i], 9, 2, 300), 0);
		n += count_addresses(other, seen);
		stop_lab(&other);
	}
	assert_true(n > 4000);
	json_object_foreach (seen, address, times) {
		assert_true(json_integer_value(times) <= 2);
		if (json_integer_value(times) == 2)
			assert_string_equal(strchr(address, '/'), "/32");
	}
}

static void ten_thousand_guests_have_ids_names_and_cards_of_their_own(void **state)
{
	struct lab *lab = *state;
	sb_autojson *seen = json_object();
	json_t *list = get_data(lab, "/cluster/resources?type=vm"), *times;
	const char *address;

	assert_int_equal(json_array_size(list), 10000);
	assert_int_equal(status_of(lab, "/nodes/pve1/qemu/10091/config"), 200);
	assert_true(count_addresses(lab, seen) > 30000);
	json_object_foreach (seen, address, times) {
		assert_true(json_integer_value(times) == 1 || strstr(address, "/32"));
	}
}

static void every_state_and_special_guest_is_there(void **state)
{
	struct lab *lab = *state;
	json_t *list = get_data(lab, "/cluster/resources?type=vm"), *row;
	static const char *const states[] = {"running", "stopped", "paused", "suspended",
					     "prelaunch"};
	size_t i, templates = 0;

	for (size_t k = 0; k < SB_ARRAY_LEN(states); k++)
		assert_non_null(row_with(list, "status", states[k]));
	assert_non_null(row_with(list, "lock", "backup"));
	json_array_foreach (list, i, row) {
		templates += (size_t)json_integer_value(json_object_get(row, "template"));
	}
	assert_int_equal(templates, 3);
}

static void an_empty_endpoint_answers_too(void **state)
{
	struct lab *lab = *state;

	assert_int_equal(json_array_size(get_data(lab, "/cluster/resources?type=vm")), 0);
	assert_int_equal(json_array_size(get_data(lab, "/nodes/pve1/qemu")), 0);
	assert_int_equal(lab_pve_churn(lab->pve, 50), 0);
}

static void a_changed_key_is_read_by_its_type(void **state)
{
	struct lab *lab = *state;
	json_t *config;

	set_field(lab, "lab/qemu/101", "memory", "8192");
	set_field(lab, "lab/qemu/101", "tags", "Web,prod prod");
	set_field(lab, "lab/qemu/101", "net3", "virtio,bridge=vmbr0,tag=120");
	set_field(lab, "lab/qemu/101", "onboot", "0");
	set_field(lab, "lab/lxc/102", "name", "renamed");
	config = get_data(lab, "/nodes/pve1/qemu/101/config");
	assert_string_equal(member_text(config, "memory"), "8192");
	assert_string_equal(member_text(config, "tags"), "prod;web");
	assert_int_equal(json_integer_value(json_object_get(config, "onboot")), 0);
	assert_int_equal(!sb_starts_with(member_text(config, "net3"), "virtio=BC:24:11:"), 0);
	set_field(lab, "lab/qemu/101", "tags", "");
	assert_null(json_object_get(get_data(lab, "/nodes/pve1/qemu/101/config"), "tags"));
	assert_string_equal(member_text(get_data(lab, "/nodes/pve2/lxc/102/config"), "hostname"),
			    "renamed");
}

static void invalid_values_are_refused_with_a_message(void **state)
{
	struct lab *lab = *state;

	assert_refused(lab, "lab/qemu/101", "memory", "lots");
	assert_refused(lab, "lab/qemu/101", "nosuch", "1");
	assert_refused(lab, "lab/qemu/101", "net0", "bridge=vmbr0");
	assert_refused(lab, "lab/qemu/101", "net0", "virtio,bridge=vmbr0,tag=5000");
	assert_refused(lab, "lab/qemu/101", "scsi1", "local-lvm:vm-101-disk-1,size=big");
	assert_refused(lab, "lab/qemu/101", "status", "flying");
	assert_refused(lab, "lab/qemu/101", "ip/net0", "10.1.2.3");
	assert_refused(lab, "lab/qemu/101", "ip/net9", "10.1.2.3/24");
	assert_refused(lab, "lab/lxc/101", "memory", "512");
	assert_refused(lab, "lab/lxc/102", "status", "paused");
	assert_refused(lab, "edge/qemu/101", "memory", "512");
	assert_refused(lab, "lab/qemu/9999", "memory", "512");
	assert_refused(lab, "lab/node/pve2", "status", "tired");
	assert_refused(lab, "lab/node/pve2", "iface/nosuch0.mtu", "9000");
}

static void addresses_that_were_set_are_what_the_guest_shows(void **state)
{
	struct lab *lab = *state;
	json_t *list, *addresses;

	set_field(lab, "lab/qemu/101", "ip/net0", "10.1.2.3/24,2001:db8::5/64");
	list = json_object_get(get_data(lab, "/nodes/pve1/qemu/101/agent/network-get-interfaces"),
			       "result");
	addresses = json_object_get(json_array_get(list, 1), "ip-addresses");
	assert_string_equal(member_text(json_array_get(addresses, 0), "ip-address"), "10.1.2.3");
	assert_string_equal(member_text(json_array_get(addresses, 1), "ip-address"), "2001:db8::5");
	/* including the link-local address of every network card */
	assert_int_equal(json_array_size(addresses), 3);
}

static void interfaces_of_a_node_change_by_name_and_field(void **state)
{
	struct lab *lab = *state;
	json_t *list;

	set_field(lab, "lab/node/pve2", "iface/vmbr0.120.mtu", "1400");
	set_field(lab, "lab/node/pve2", "iface/eno9.type", "eth");
	set_field(lab, "lab/node/pve2", "iface/eno3.type", "");
	list = get_data(lab, "/nodes/pve2/network");
	assert_string_equal(member_text(row_with(list, "iface", "vmbr0.120"), "mtu"), "1400");
	assert_non_null(row_with(list, "iface", "eno9"));
	assert_null(row_with(list, "iface", "eno3"));
	assert_null(row_with(get_data(lab, "/nodes/pve2/network?type=bridge"), "iface", "eno1"));
}

static void guests_are_added_moved_and_removed(void **state)
{
	struct lab *lab = *state;
	const char *why;

	assert_int_equal(lab_pve_add(lab->pve, "lab/lxc/500", &why), 0);
	assert_int_equal(lab_pve_add(lab->pve, "lab/qemu/500", &why), -1);
	assert_int_equal(json_array_size(get_data(lab, "/nodes/pve1/lxc/500/interfaces")), 2);
	assert_int_equal(lab_pve_move(lab->pve, "lab/lxc/500", "pve3", &why), 0);
	assert_int_equal(status_of(lab, "/nodes/pve1/lxc/500/config"), 500);
	assert_int_equal(status_of(lab, "/nodes/pve3/lxc/500/config"), 200);
	assert_int_equal(lab_pve_move(lab->pve, "lab/lxc/500", "pve3", &why), -1);
	assert_int_equal(lab_pve_rm(lab->pve, "lab/lxc/500", &why), 0);
	assert_int_equal(lab_pve_rm(lab->pve, "lab/lxc/500", &why), -1);
	assert_int_equal(status_of(lab, "/nodes/pve3/lxc/500/config"), 500);
}

static void pending_changes_show_only_in_the_view_of_the_next_start(void **state)
{
	struct lab *lab = *state;
	json_t *now = json_incref(get_data(lab, "/nodes/pve3/qemu/106/config?current=1"));
	json_t *next = get_data(lab, "/nodes/pve3/qemu/106/config");

	assert_string_equal(member_text(next, "memory"), "24576");
	assert_string_not_equal(member_text(now, "memory"), "24576");
	assert_string_equal(member_text(now, "digest"), member_text(next, "digest"));
	json_decref(now);
}

static void lists_come_in_the_order_of_the_seed(void **state)
{
	struct lab *lab = *state;
	json_t *first, *second;

	lab_pve_shuffle(lab->pve, 7);
	first = json_incref(get_data(lab, "/cluster/resources?type=vm"));
	second = get_data(lab, "/cluster/resources?type=vm");
	assert_false(json_equal(first, second));
	lab_pve_shuffle(lab->pve, 7);
	assert_true(json_equal(first, get_data(lab, "/cluster/resources?type=vm")));
	json_decref(first);
}

static void churn_changes_as_many_as_asked_and_the_same_for_the_same_seed(void **state)
{
	struct lab *lab = *state;
	void *other_state = NULL;
	json_t *before = lab_pve_dump(lab->pve), *after, *same;

	assert_int_equal(start_cluster(&other_state), 0);

	struct lab *other = other_state;

	/* The start time of new guests is the time of the last request. */
	get_data(lab, "/version");
	get_data(other, "/version");
	assert_int_equal(lab_pve_churn(lab->pve, 50), 20);
	assert_int_equal(lab_pve_churn(other->pve, 50), 20);
	after = lab_pve_dump(lab->pve);
	same = lab_pve_dump(other->pve);
	assert_false(json_equal(before, after));
	assert_true(json_equal(same, after));
	json_decref(before);
	json_decref(after);
	json_decref(same);
	stop_lab(&other_state);
}

/* A key of a family that exists in every cluster of the tests; NULL = of another release. */
static const char *sample_key(const char *form)
{
	static const char *const keys[][2] = {
		{"qemu/VMID", "lab/qemu/101"},
		{"lxc/VMID", "lab/lxc/102"},
		{"node/NAME", "lab/node/pve1"},
		{"pool/NAME", "lab/pool/dev"},
		{"ha/vm:VMID", "lab/ha/vm:101"},
		{"ha-rule/NAME", "lab/ha-rule/apart"},
		{"zone/NAME", "lab/zone/z1"},
		{"vnet/NAME", "lab/vnet/v1"},
		{"options", "lab/options"},
		{"ceph", "lab/ceph"},
		{"ceph/node/NODE", "lab/ceph/node/pve1"},
		{"ceph/mon/NAME", "lab/ceph/mon/pve1"},
		{"ceph/mgr/NAME", "lab/ceph/mgr/pve1"},
		{"ceph/mds/NAME", "lab/ceph/mds/pve1"},
		{"ceph/osd/NUMBER", "lab/ceph/osd/0"},
		{"ceph/pool/NAME", "lab/ceph/pool/vmpool"},
		{"ceph/fs/NAME", "lab/ceph/fs/cephfs"},
		{"ceph/rule/NAME", "lab/ceph/rule/erasure_hdd"},
		{"ceph/flag/NAME", "lab/ceph/flag/noout"},
		{"ceph/check/CODE", "lab/ceph/check/OSD_NEARFULL"},
	};

	for (size_t i = 0; i < SB_ARRAY_LEN(keys); i++)
		if (sb_streq(keys[i][0], form))
			return keys[i][1];
	assert_string_equal(form, "ha-group/NAME");
	return NULL;
}

static void every_listed_field_is_known(void **state)
{
	struct lab *lab = *state;
	sb_autojson *all = lab_pve_keys();
	json_t *fields, *field;
	const char *form;
	size_t i, n = 0;

	json_object_foreach (all, form, fields) {
		const char *key = sample_key(form);

		json_array_foreach (fields, i, field) {
			const char *text = json_string_value(field), *why = "";
			size_t len = strcspn(text, "[");
			char name[40];

			snprintf(name, sizeof(name), "%.*s%s", (int)len, text,
				 text[len] ? "0" : "");
			/* Upper case stands for a part of a name. */
			if (!key || strpbrk(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
				continue;
			n++;
			if (lab_pve_set(lab->pve, key, name, "nonsense", &why) < 0 &&
			    strstr(why, "unknown field"))
				fail_msg("%s %s: %s", key, name, why);
			assert_null(strstr(why, "unknown key"));
		}
	}
	assert_true(n > 130);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(start_cluster, same_seed_gives_the_same_endpoint),
		ON(start_edge, a_small_endpoint_has_enough_of_everything),
		ON(start_cluster, endpoints_share_no_address_and_guests_only_floating_ones),
		ON(start_huge, ten_thousand_guests_have_ids_names_and_cards_of_their_own),
		ON(start_cluster, every_state_and_special_guest_is_there),
		ON(start_empty, an_empty_endpoint_answers_too),
		ON(start_cluster, a_changed_key_is_read_by_its_type),
		ON(start_cluster, invalid_values_are_refused_with_a_message),
		ON(start_cluster, addresses_that_were_set_are_what_the_guest_shows),
		ON(start_cluster, interfaces_of_a_node_change_by_name_and_field),
		ON(start_cluster, guests_are_added_moved_and_removed),
		ON(start_cluster, pending_changes_show_only_in_the_view_of_the_next_start),
		ON(start_cluster, lists_come_in_the_order_of_the_seed),
		ON(start_cluster, churn_changes_as_many_as_asked_and_the_same_for_the_same_seed),
		ON(start_cluster, every_listed_field_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
