/* SPDX-License-Identifier: Apache-2.0 */
/* Guests: unreadable parts are unknown, parts that are not available now are kept. */
#include "test_module_qemu.h"

static void a_stopped_machine_keeps_its_addresses(void **state)
{
	struct module_run *run = *state;

	put_guest(run, ", 'status': 'stopped'");
	module_object(run, "ip", KEY "/net0/ip/192.0.2.99", "{'address': '192.0.2.99/24'}");
	run_all(run);
	assert_false(module_was_asked(run, AGENT));
	assert_true(module_is_kept(run, "qemu-address", KEY "/"));
	assert_null(json_object_get(run->wants, "ip"));
	assert_false(module_is_unknown(run, "qemu-address", KEY "/"));
	assert_string_equal(get_vm(run, "status"), "offline");
	assert_string_equal(get_vm(run, "primary_ip4"), "");
}

static void an_agent_is_asked_during_a_backup_or_a_snapshot(void **state)
{
	static const char *const locks[] = {"backup", "snapshot", "snapshot-delete"};
	struct module_run *run = *state;
	char more[64];
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(locks); i++) {
		snprintf(more, sizeof(more), ", 'status': 'running', 'lock': '%s'", locks[i]);
		put_guest(run, more);
		json_array_clear(run->asked);
		run_all(run);
		assert_true(module_was_asked(run, AGENT));
		assert_non_null(module_want(run, "ip", KEY "/net0/ip/192.0.2.50"));
	}
}

static void an_agent_is_not_asked_under_other_locks_and_that_is_reported(void **state)
{
	static const char *const locks[] = {"migrate", "rollback", "suspending"};
	struct module_run *run = *state;
	const json_t *unknown;
	char text[64];
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(locks); i++) {
		snprintf(text, sizeof(text), "{'agent': '1', 'lock': '%s'}", locks[i]);
		module_answer(run, CONFIG, text);
		json_object_clear(run->unknown);
		run_all(run);
		assert_false(module_was_asked(run, AGENT));
		unknown = json_object_get(run->unknown, "qemu-address");
		assert_non_null(strstr(sb_json_str(unknown, KEY "/"), locks[i]));
		assert_string_equal(get_vm(run, "status"), "active");
	}
}

static void a_frozen_agent_makes_addresses_unknown(void **state)
{
	struct module_run *run = *state;

	module_answer(run, AGENT,
		      "{'result': {'error': {'class': 'CommandNotFound', 'desc': 'Command "
		      "guest-network-get-interfaces has been disabled: the agent is frozen'}}}");
	module_fetch(run, "qemu.guests");
	assert_true(module_is_unknown(run, "qemu-address", KEY "/"));
}

static void ask_for_all(struct sb_stage_run *handle, void *arg)
{
	struct sb_error err = SB_ERROR_INIT;

	assert_int_equal(sb_guest_addresses_all_known(handle, arg, &err), 0);
}

static bool all_are_known(struct module_run *run)
{
	bool all = false;

	module_with(run, "qemu.addresses", ask_for_all, &all);
	return all;
}

static void all_addresses_are_known_if_those_of_every_guest_and_node_are(void **state)
{
	struct module_run *run = *state;

	put_guest(run, ", 'status': 'running'");
	module_fetch(run, "qemu.guests");
	assert_true(all_are_known(run));
	module_row(run, "node", "lab/node/pve9", "{}");
	assert_false(all_are_known(run));
}

static void addresses_are_kept_without_an_agent(void **state)
{
	static const char *const texts[] = {"HTTP 500 QEMU guest agent is not running",
					    "HTTP 500 VM 101 is not running",
					    "HTTP 500 No QEMU guest agent configured"};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(texts); i++) {
		struct module_run *run = *state;

		module_refuse(run, AGENT, texts[i]);
		module_fetch(run, "qemu.guests");
		assert_true(module_is_kept(run, "qemu-address", KEY "/"));
		assert_false(module_is_unknown(run, "qemu-address", KEY "/"));
	}
}

static void addresses_are_kept_when_the_command_is_disabled(void **state)
{
	struct module_run *run = *state;

	module_answer(run, AGENT,
		      "{'result': {'error': {'class': 'CommandNotFound', 'desc': 'x'}}}");
	module_fetch(run, "qemu.guests");
	assert_true(module_is_kept(run, "qemu-address", KEY "/"));
}

static void an_agent_that_hangs_makes_addresses_unknown(void **state)
{
	static const char *const texts[] = {"timeout after 12 s",
					    "HTTP 500 VM 101 qga command failed - got timeout",
					    "HTTP 596 Connection timed out"};
	struct module_run *run = *state;
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(texts); i++) {
		json_object_clear(run->unknown);
		json_object_clear(run->memory);
		module_refuse(run, AGENT, texts[i]);
		run_all(run);
		assert_true(module_is_unknown(run, "qemu-address", KEY "/"));
		assert_false(module_is_unknown(run, "qemu-guest", KEY));
		assert_string_equal(get_vm(run, "primary_ip4"), "");
		assert_string_equal(get_vm(run, "status"), "active");
	}
}

static const char *reported_result(struct module_run *run)
{
	const char *text = sb_json_str(run->agents, KEY);

	return text ? text : "nothing";
}

static void the_result_of_a_question_to_an_agent_is_reported(void **state)
{
	static const struct {
		const char *text, *result;
	} cases[] = {
		{"HTTP 500 VM 101 qga command 'guest-network-get-interfaces' failed - got timeout",
		 "silent"},
		{"HTTP 500 unable to connect to VM 101 qga socket - timeout after 31 retries",
		 "silent"},
		{"HTTP 500 unable to open monitor socket", "silent"},
		{"HTTP 500 QEMU guest agent is not running", "absent"},
		{"HTTP 596 Connection timed out", "nothing"},
		{"HTTP 403 Permission check failed (/vms/101, VM.GuestAgent.Audit)", "nothing"},
	};
	struct module_run *run = *state;
	size_t i;

	module_fetch(run, "qemu.guests");
	assert_string_equal(reported_result(run), "answered");
	for (i = 0; i < SB_ARRAY_LEN(cases); i++) {
		json_object_clear(run->agents);
		json_object_clear(run->memory);
		module_refuse(run, AGENT, cases[i].text);
		module_fetch(run, "qemu.guests");
		if (!sb_streq(reported_result(run), cases[i].result))
			fail_msg("%s: %s", cases[i].text, reported_result(run));
	}
}

/* The agent does not answer in two runs: in the next one at this time it is not asked. */
static void stay_silent(struct module_run *run)
{
	module_refuse(run, AGENT, "HTTP 500 VM 101 qga command failed - got timeout");
	module_fetch(run, "qemu.guests");
	module_fetch(run, "qemu.guests");
	json_object_clear(run->unknown);
	json_object_clear(run->limited);
	json_array_clear(run->asked);
}

static void an_agent_that_is_silent_for_long_is_a_limit(void **state)
{
	struct module_run *run = *state;
	const json_t *limited;

	stay_silent(run);
	run->now_s += 301; /* then it is asked again */
	run_all(run);
	assert_true(module_was_asked(run, AGENT));
	limited = json_object_get(run->limited, "qemu-address");
	assert_non_null(strstr(sb_json_str(limited, KEY "/"), "did not answer"));
	assert_false(module_is_unknown(run, "qemu-address", KEY "/"));
	assert_string_equal(get_vm(run, "primary_ip4"), "");
}

static void an_agent_whose_turn_it_is_not_is_not_asked_and_that_is_a_limit(void **state)
{
	struct module_run *run = *state;

	stay_silent(run);
	run_all(run);
	assert_false(module_was_asked(run, AGENT));
	assert_non_null(json_object_get(json_object_get(run->limited, "qemu-address"), KEY "/"));
	assert_false(module_is_unknown(run, "qemu-address", KEY "/"));
	assert_false(module_is_kept(run, "qemu-address", KEY "/"));
	assert_string_equal(get_vm(run, "primary_ip4"), "");
}

static void an_agent_that_did_not_run_earlier_is_not_asked_and_addresses_are_kept(void **state)
{
	struct module_run *run = *state;

	module_refuse(run, AGENT, "HTTP 500 QEMU guest agent is not running");
	run->slow_ms = 3000; /* a question that costs nothing is not remembered */
	module_fetch(run, "qemu.guests");
	module_fetch(run, "qemu.guests");
	json_object_clear(run->keep);
	json_array_clear(run->asked);
	run_all(run);
	assert_false(module_was_asked(run, AGENT));
	assert_true(module_is_kept(run, "qemu-address", KEY "/"));
	assert_null(json_object_get(run->limited, "qemu-address"));
}

/* The second argument of the turn of the guest, for its config with these members. */
static const char *mark_of(struct module_run *run, const char *text)
{
	module_answer(run, CONFIG, text);
	module_fetch(run, "qemu.guests");
	return json_string_value(json_array_get(json_object_get(run->marks, KEY), 1));
}

static void a_turn_depends_on_uptime_and_config(void **state)
{
	static const char *const equal[] = {
		"{'memory': '64', 'agent': '1'}",
		"{'agent': '1', 'memory': '64', 'lock': 'backup'}",
		"{'agent': '1', 'memory': '64', 'parent': 'daily', 'digest': 'b'}",
	};
	static const char *const other[] = {
		"{'agent': '1,type=isa', 'memory': '64'}",
		"{'agent': '1', 'memory': '65'}",
		"{'agent': '1', 'memory': '64', 'onboot': 1}",
	};
	struct module_run *run = *state;
	char mark[32];
	size_t i;

	put_guest(run, ", 'status': 'running', 'uptime': 4711");
	snprintf(mark, sizeof(mark), "%s",
		 mark_of(run, "{'agent': '1', 'memory': '64', 'digest': 'a'}"));
	assert_int_equal(json_integer_value(json_array_get(json_object_get(run->marks, KEY), 0)),
			 4711);
	for (i = 0; i < SB_ARRAY_LEN(equal); i++)
		assert_string_equal(mark_of(run, equal[i]), mark);
	for (i = 0; i < SB_ARRAY_LEN(other); i++)
		assert_string_not_equal(mark_of(run, other[i]), mark);
}

/* If the token has the privilege, a refusal has another cause, which somebody must fix. */
static void a_refusal_despite_the_privilege_makes_addresses_unknown(void **state)
{
	struct module_run *run = *state;

	json_object_set_new(run->may, "/vms/101 VM.GuestAgent.Audit", json_integer(1));
	module_refuse(run, AGENT, "HTTP 403 Permission check failed");
	run_all(run);
	assert_true(module_is_unknown(run, "qemu-address", KEY "/"));
	assert_null(json_object_get(run->limited, "qemu-address"));
}

static void a_missing_privilege_is_a_limit_and_agents_are_not_asked_again(void **state)
{
	struct module_run *run = *state;
	const json_t *limited;

	run->major = 8;
	/* Proxmox VE 8 does not know this privilege of version 9. */
	json_object_set_new(run->may, "/vms/101 VM.GuestAgent.Audit", json_integer(1));
	module_refuse(run, AGENT, "HTTP 403 Permission check failed (/vms/101, VM.Monitor)");
	run_all(run);
	limited = json_object_get(run->limited, "qemu-address");
	assert_non_null(strstr(sb_json_str(limited, KEY "/"), "VM.Monitor"));
	assert_false(module_is_unknown(run, "qemu-address", KEY "/"));
	assert_false(module_is_kept(run, "qemu-address", KEY "/"));
	assert_string_equal(get_vm(run, "primary_ip4"), "");
	json_object_clear(run->limited);
	json_array_clear(run->asked);
	module_fetch(run, "qemu.guests");
	assert_false(module_was_asked(run, AGENT));
	assert_non_null(json_object_get(json_object_get(run->limited, "qemu-address"), KEY "/"));
	json_object_set_new(run->may, "/vms/101 VM.Monitor", json_integer(1));
	module_fetch(run, "qemu.guests");
	assert_true(module_was_asked(run, AGENT));
}

static void garbage_from_an_agent_makes_addresses_unknown(void **state)
{
	static const char *const answers[] = {"{'result': 5}", "[]", "null", "{}",
					      "{'result': {'error': {'class': 'Other'}}}"};
	struct module_run *run = *state;
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(answers); i++) {
		json_object_clear(run->unknown);
		module_answer(run, AGENT, answers[i]);
		run_all(run);
		assert_true(module_is_unknown(run, "qemu-address", KEY "/"));
	}
	module_answer(run, AGENT,
		      "{'result': [1, null, {'hardware-address': 5, 'ip-addresses': "
		      "[{'ip-address': 7}, 'x']}, {'hardware-address': "
		      "'bc:24:11:0a:1b:2c', 'ip-addresses': {'a': 1}}]}");
	run_all(run);
	assert_null(json_object_get(run->wants, "ip"));
}

static void a_guest_on_an_offline_node_is_unknown(void **state)
{
	struct module_run *run = *state;

	module_row(run, "resource", KEY,
		   "{'type': 'qemu', 'vmid': 101, 'node': 'pve3', 'name': 'web01', 'status': "
		   "'running'}");
	run_all(run);
	assert_true(guest_is_unknown(run));
	assert_int_equal(json_array_size(run->asked), 0);
}

static void a_guest_with_unknown_status_is_unknown(void **state)
{
	struct module_run *run = *state;

	put_guest(run, ", 'status': 'unknown'");
	run_all(run);
	assert_true(guest_is_unknown(run));
}

static void a_guest_in_creation_or_destruction_is_unknown(void **state)
{
	static const char *const locks[] = {"create", "clone", "destroyed", "import"};
	struct module_run *run = *state;
	char more[64];
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(locks); i++) {
		json_object_clear(run->unknown);
		snprintf(more, sizeof(more), ", 'status': 'stopped', 'lock': '%s'", locks[i]);
		put_guest(run, more);
		run_all(run);
		assert_true(guest_is_unknown(run));
	}
}

static void a_status_that_netbox_does_not_have_is_an_unknown_field(void **state)
{
	struct module_run *run = *state;

	put_guest(run, ", 'status': 'finish-migrate'");
	run_all(run);
	assert_non_null(strstr(get_vm(run, "status"), "finish-migrate"));
	assert_string_equal(get_vm(run, "memory"), "8192");
}

static void an_unreadable_config_makes_the_guest_unknown(void **state)
{
	static const char *const answers[] = {"[]", "5", "'text'", "true"};
	struct module_run *run = *state;
	size_t i;

	module_refuse(run, CONFIG, "HTTP 403 Permission check failed");
	module_fetch(run, "qemu.guests");
	assert_true(guest_is_unknown(run));
	for (i = 0; i < SB_ARRAY_LEN(answers); i++) {
		json_object_clear(run->unknown);
		module_answer(run, CONFIG, answers[i]);
		module_fetch(run, "qemu.guests");
		assert_true(guest_is_unknown(run));
	}
}

static void a_guest_that_migrates_is_read_on_its_new_node(void **state)
{
	struct module_run *run = *state;

	module_row(run, "node", "lab/node/pve2", "{'name': 'pve2', 'online': true}");
	module_refuse(
		run, CONFIG,
		"HTTP 500 Configuration file 'nodes/pve1/qemu-server/101.conf' does not exist");
	module_answer(run, "/cluster/resources?type=vm",
		      "[{'type': 'qemu', 'vmid': 101, 'node': 'pve2'}]");
	module_answer(run, "/nodes/pve2/qemu/101/config?current=1", "{'memory': '64'}");
	run_all(run);
	assert_string_equal(get_vm(run, "memory"), "64");
	assert_string_equal(get_vm(run, "device"), "device:lab/node/pve2");
}

static void a_guest_deleted_during_the_run_is_unknown(void **state)
{
	struct module_run *run = *state;

	module_refuse(run, CONFIG, "HTTP 500 Configuration file 'x' does not exist");
	module_answer(run, "/cluster/resources?type=vm", "[]");
	module_fetch(run, "qemu.guests");
	assert_true(guest_is_unknown(run));
}

static void an_incomplete_list_of_guests_makes_every_collection_unknown(void **state)
{
	static const char *const sources[] = {"qemu-guest", "qemu-disk", "qemu-interface",
					      "qemu-address"};
	struct module_run *run = *state;
	size_t i;

	module_row(run, "resource-gap", "privilege",
		   "{'why': 'the token lacks VM.Audit', 'code': -7}");
	run_all(run);
	for (i = 0; i < SB_ARRAY_LEN(sources); i++)
		assert_true(module_is_unknown(run, sources[i], ""));
	assert_string_equal(get_vm(run, "name"), "web01");
}

static void a_free_vmid_proves_that_a_guest_is_gone(void **state)
{
	static const char *const keys[] = {"lab/qemu/105", "lab/qemu/106", "lab/qemu/107", KEY,
					   NULL};
	struct module_run *run = *state;

	module_answer(run, "/cluster/nextid?vmid=105", "'105'");
	module_refuse(run, "/cluster/nextid?vmid=106", "HTTP 400 VM 106 already exists");
	module_row(run, "resource", "lab/lxc/107", "{'type': 'lxc', 'vmid': 107}");
	module_prove(run, "qemu.guests", keys);
	assert_true(json_is_true(json_object_get(run->gone, "lab/qemu/105")));
	assert_true(json_is_false(json_object_get(run->gone, "lab/qemu/106")));
	assert_true(json_is_true(json_object_get(run->gone, "lab/qemu/107")));
	assert_true(json_is_false(json_object_get(run->gone, KEY)));
}

static void a_family_without_guests_has_been_read(void **state)
{
	static const char *const sources[] = {"qemu-guest", "qemu-disk", "qemu-interface",
					      "qemu-address"};
	struct module_run *run = *state;
	size_t i;

	json_object_clear(json_object_get(run->rows, "resource"));
	run_all(run);
	for (i = 0; i < SB_ARRAY_LEN(sources); i++) {
		assert_non_null(json_object_get(run->rows, sources[i]));
		assert_false(module_is_unknown(run, sources[i], ""));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_family_without_guests_has_been_read),
		TEST(a_stopped_machine_keeps_its_addresses),
		TEST(an_agent_is_asked_during_a_backup_or_a_snapshot),
		TEST(an_agent_is_not_asked_under_other_locks_and_that_is_reported),
		TEST(a_frozen_agent_makes_addresses_unknown),
		TEST(all_addresses_are_known_if_those_of_every_guest_and_node_are),
		TEST(addresses_are_kept_without_an_agent),
		TEST(addresses_are_kept_when_the_command_is_disabled),
		TEST(an_agent_that_hangs_makes_addresses_unknown),
		TEST(the_result_of_a_question_to_an_agent_is_reported),
		TEST(an_agent_that_is_silent_for_long_is_a_limit),
		TEST(an_agent_whose_turn_it_is_not_is_not_asked_and_that_is_a_limit),
		TEST(an_agent_that_did_not_run_earlier_is_not_asked_and_addresses_are_kept),
		TEST(a_turn_depends_on_uptime_and_config),
		TEST(a_refusal_despite_the_privilege_makes_addresses_unknown),
		TEST(a_missing_privilege_is_a_limit_and_agents_are_not_asked_again),
		TEST(garbage_from_an_agent_makes_addresses_unknown),
		TEST(a_guest_on_an_offline_node_is_unknown),
		TEST(a_guest_with_unknown_status_is_unknown),
		TEST(a_guest_in_creation_or_destruction_is_unknown),
		TEST(a_status_that_netbox_does_not_have_is_an_unknown_field),
		TEST(an_unreadable_config_makes_the_guest_unknown),
		TEST(a_guest_that_migrates_is_read_on_its_new_node),
		TEST(a_guest_deleted_during_the_run_is_unknown),
		TEST(an_incomplete_list_of_guests_makes_every_collection_unknown),
		TEST(a_free_vmid_proves_that_a_guest_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
