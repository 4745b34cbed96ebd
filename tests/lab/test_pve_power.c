/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated Proxmox VE starts and stops guests as a real one does. */
#include "test_pve_tasks.h"

static void a_guest_changes_when_its_task_ends(void **state)
{
	struct lab *lab = *state;

	begin(lab, VM_109 "start", NULL);
	pass_ms(lab, 199);
	assert_null(exit_of(lab, upid));
	assert_string_equal(status_by(lab, VM_109), "stopped");
	pass_ms(lab, 1);
	assert_string_equal(exit_of(lab, upid), "OK");
	assert_string_equal(status_by(lab, VM_109), "running");
	begin(lab, VM_109 "stop", NULL);
	assert_string_equal(status_by(lab, VM_109), "running");
	assert_ends(lab, "OK");
	assert_string_equal(status_by(lab, VM_109), "stopped");
}

static void the_uptime_of_a_started_guest_counts_from_the_end_of_its_task(void **state)
{
	struct lab *lab = *state;

	begin(lab, VM_109 "start", NULL);
	pass_ms(lab, 60200);
	assert_int_equal(
		json_integer_value(json_object_get(get_data(lab, VM_109 "current"), "uptime")), 60);
}

static void the_write_token_has_the_rights_to_power_and_to_see_guests_only(void **state)
{
	struct lab *lab = *state;
	json_t *data = get_as_writer(lab, "/access/permissions");

	assert_int_equal(json_object_size(data), 1);
	data = json_object_get(data, "/vms");
	assert_int_equal(json_object_size(data), 2);
	assert_non_null(json_object_get(data, "VM.PowerMgmt"));
	assert_int_equal(send_as_writer(lab, "GET", "/cluster/status", NULL), 403);
	assert_int_equal(send_as_writer(lab, "GET", VM_103 "current", NULL), 200);
	assert_int_equal(send_as_writer(lab, "PUT", "/nodes/pve3/qemu/103/config", "cores=1"), 403);
	assert_int_equal(send_as_writer(lab, "DELETE", "/nodes/pve3/qemu/103", NULL), 403);
}

static void without_vm_powermgmt_a_start_is_403(void **state)
{
	struct lab *lab = *state;
	const char *why;

	assert_int_equal(lab_pve_grant(lab->pve, "VM.PowerMgmt", false, &why), 0);
	assert_refusal(lab, VM_109 "start", NULL, 403,
		       "Permission check failed (/vms/109, VM.PowerMgmt)");
	assert_int_equal(lab_pve_grant(lab->pve, "VM.PowerMgmt", true, &why), 0);
	assert_int_equal(lab_pve_fault(lab->pve, "no-access", "109", true), 0);
	assert_int_equal(post(lab, VM_109 "start", NULL), 403);
	assert_int_equal(lab_pve_fault(lab->pve, "write-token-expired", NULL, true), 0);
	assert_int_equal(post(lab, VM_109 "start", NULL), 401);
	assert_int_equal(status_of(lab, "/version"), 200);
}

static void a_start_of_a_running_vm_fails_in_the_task_of_a_container_at_once(void **state)
{
	struct lab *lab = *state;

	begin(lab, VM_103 "start", NULL);
	assert_ends(lab, "VM 103 already running");
	assert_line(lab, 0, "TASK ERROR: VM 103 already running");
	assert_refusal(lab, CT_102 "start", NULL, 500, "CT 102 already running");
}

static void a_stop_of_a_stopped_vm_succeeds_of_a_container_is_refused(void **state)
{
	struct lab *lab = *state;

	begin(lab, VM_109 "stop", NULL);
	assert_ends(lab, "OK");
	begin(lab, VM_109 "shutdown", NULL);
	assert_ends(lab, "OK");
	assert_refusal(lab, CT_107 "stop", NULL, 500, "CT 107 not running");
	assert_refusal(lab, CT_107 "shutdown", NULL, 500, "CT 107 not running");
}

static void reboot_reset_suspend_and_resume_need_a_running_guest(void **state)
{
	static const char *const words[] = {"reboot", "reset", "suspend", "resume"};
	struct lab *lab = *state;
	char path[96];

	for (size_t i = 0; i < SB_ARRAY_LEN(words); i++) {
		snprintf(path, sizeof(path), "%s%s", VM_109, words[i]);
		assert_refusal(lab, path, NULL, 500, "VM 109 not running");
	}
	assert_refusal(lab, CT_107 "reboot", NULL, 500, "VM 107 not running");
	assert_refusal(lab, "/nodes/pve1/qemu/999/status/reset", NULL, 500,
		       "Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist");
}

static void a_template_does_not_start(void **state)
{
	struct lab *lab = *state;

	begin(lab, "/nodes/pve2/qemu/114/status/start", NULL);
	assert_ends(lab, "you can't start a vm if it's a template");
	begin(lab, "/nodes/pve1/lxc/122/status/start", NULL);
	assert_ends(lab, "you can't start a CT if it's a template");
}

static void a_locked_guest_fails_in_the_task(void **state)
{
	struct lab *lab = *state;

	set_field(lab, "lab/qemu/109", "lock", "backup");
	begin(lab, VM_109 "start", NULL);
	assert_ends(lab, "VM is locked (backup)");
	begin(lab, "/nodes/pve2/lxc/105/status/stop", NULL);
	assert_ends(lab, "CT is locked (backup)");
}

static void a_missing_guest_or_one_of_another_node_fails_in_the_task(void **state)
{
	struct lab *lab = *state;

	begin(lab, "/nodes/pve1/qemu/999/status/start", NULL);
	assert_ends(lab, "Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist");
	begin(lab, "/nodes/pve1/qemu/109/status/start", NULL);
	assert_ends(lab, "Configuration file 'nodes/pve1/qemu-server/109.conf' does not exist");
	assert_string_equal(status_by(lab, VM_109), "stopped");
	begin(lab, "/nodes/pve1/lxc/999/status/start", NULL);
	assert_ends(lab, "Configuration file 'nodes/pve1/lxc/999.conf' does not exist");
}

static void a_guest_that_ignores_the_request_lets_its_shutdown_time_out(void **state)
{
	struct lab *lab = *state;

	set_field(lab, "lab/qemu/103", "ignores-shutdown", "1");
	begin(lab, VM_103 "shutdown", "timeout=3");
	pass_ms(lab, 2999);
	assert_null(exit_of(lab, upid));
	assert_ends(lab, "VM quit/powerdown failed - got timeout");
	assert_string_equal(status_by(lab, VM_103), "running");
	begin(lab, VM_103 "shutdown", "timeout=3&forceStop=1");
	pass_ms(lab, 3000);
	assert_ends(lab, "OK");
	assert_line(lab, 0, "VM still running - terminating now with SIGTERM");
	assert_string_equal(status_by(lab, VM_103), "stopped");
	set_field(lab, "lab/lxc/102", "ignores-shutdown", "1");
	begin(lab, CT_102 "shutdown", "timeout=2"); /* lxc-stop, then 2 + 5 s more */
	pass_ms(lab, 8999);
	assert_null(exit_of(lab, upid));
	assert_ends(lab, "container did not stop");
}

static void a_paused_vm_does_not_shut_down(void **state)
{
	struct lab *lab = *state;
	static const char vm[] = "/nodes/pve2/qemu/111/status/shutdown";

	assert_refusal(lab, vm, "timeout=3", 500, "VM is paused - cannot shutdown");
	begin(lab, vm, "forceStop=1");
	assert_ends(lab, "OK");
}

static void a_vm_is_paused_and_resumed(void **state)
{
	struct lab *lab = *state;

	begin(lab, VM_103 "suspend", NULL);
	assert_non_null(strstr(upid, ":qmpause:103:"));
	assert_ends(lab, "OK");
	assert_string_equal(member_text(get_data(lab, VM_103 "current"), "qmpstatus"), "paused");
	begin(lab, VM_103 "resume", NULL);
	assert_ends(lab, "OK");
	assert_string_equal(member_text(get_data(lab, VM_103 "current"), "qmpstatus"), "running");
}

static void a_suspend_to_disk_needs_more_than_the_write_token_may(void **state)
{
	struct lab *lab = *state;
	struct lab_request suspend = {.method = "POST",
				      .authorization = "PVEAPIToken=" TOKEN,
				      .body = "todisk=1",
				      .body_len = strlen("todisk=1")};

	assert_refusal(lab, VM_103 "suspend", "todisk=1", 403,
		       "Permission check failed (/vms/103, VM.Config.Disk)");
	assert_refusal(lab, VM_101 "suspend", "todisk=1", 500,
		       "Cannot suspend HA managed VM to disk");
	assert_int_equal(lab_pve_fault(lab->pve, "may-write", NULL, true), 0);
	ask_lab(lab, &suspend, VM_103 "suspend");
	assert_int_equal(lab->answer.status, 200);
	pass_ms(lab, 200);
	assert_string_equal(member_text(get_data(lab, VM_103 "current"), "lock"), "suspended");
	assert_string_equal(status_by(lab, VM_103), "stopped");
	begin(lab, VM_103 "start", NULL);
	assert_ends(lab, "OK");
	assert_null(member_text(get_data(lab, VM_103 "current"), "lock"));
}

static void a_start_and_a_reboot_apply_pending_changes(void **state)
{
	struct lab *lab = *state;
	static const char config[] = "/nodes/pve3/qemu/106/config?current=1";

	assert_string_not_equal(member_text(get_data(lab, config), "memory"), "24576");
	begin(lab, "/nodes/pve3/qemu/106/status/reboot", NULL);
	assert_ends(lab, "OK");
	assert_string_equal(member_text(get_data(lab, config), "memory"), "24576");
}

static void a_request_for_an_ha_resource_ends_before_the_guest_changes(void **state)
{
	struct lab *lab = *state;

	begin(lab, VM_101 "shutdown", NULL);
	assert_non_null(strstr(upid, ":hastop:101:"));
	assert_ends(lab, "OK");
	assert_line(lab, 0, "Requesting HA stop for VM 101");
	assert_string_equal(status_by(lab, VM_101), "running");
	assert_string_equal(
		member_text(json_object_get(get_data(lab, VM_101 "current"), "ha"), "state"),
		"request_stop");
	pass_ms(lab, 2000);
	assert_string_equal(status_by(lab, VM_101), "stopped");
	assert_string_equal(
		member_text(json_object_get(get_data(lab, VM_101 "current"), "ha"), "state"),
		"stopped");
	begin(lab, VM_101 "start", NULL);
	assert_non_null(strstr(upid, ":hastart:101:"));
	assert_ends(lab, "OK");
	assert_line(lab, 0, "Requesting HA start for VM 101");
	pass_ms(lab, 2000);
	assert_string_equal(status_by(lab, VM_101), "running");
}

static void without_the_ha_manager_a_request_is_ok_and_nothing_happens(void **state)
{
	struct lab *lab = *state;

	assert_int_equal(lab_pve_fault(lab->pve, "crm-stopped", NULL, true), 0);
	begin(lab, VM_101 "stop", NULL);
	assert_ends(lab, "OK");
	pass_ms(lab, 600000);
	assert_string_equal(status_by(lab, VM_101), "running");
}

static void an_ha_resource_in_error_takes_no_request(void **state)
{
	struct lab *lab = *state;

	begin(lab, "/nodes/pve1/qemu/119/status/start", NULL);
	assert_ends(lab, "command 'ha-manager set vm:119 --state started' failed: exit code 255");
	assert_line(lab, 1, "service 'vm:119' in error state, must be disabled and fixed first");
	begin(lab, "/nodes/pve1/qemu/119/status/stop", NULL);
	assert_ends(lab, "command 'ha-manager crm-command stop vm:119 0' failed: exit code 255");
}

static void a_guest_becomes_a_resource_of_the_ha_manager_and_is_none_again(void **state)
{
	struct lab *lab = *state;

	set_field(lab, "lab/qemu/109", "hastate", "stopped");
	begin(lab, VM_109 "start", NULL);
	assert_non_null(strstr(upid, ":hastart:109:"));
	set_field(lab, "lab/qemu/109", "hastate", "ignored");
	begin(lab, VM_109 "start", NULL);
	assert_non_null(strstr(upid, ":qmstart:109:"));
	set_field(lab, "lab/qemu/101", "hastate", "");
	begin(lab, VM_101 "stop", NULL);
	assert_non_null(strstr(upid, ":qmstop:101:"));
	assert_refused(lab, "lab/qemu/109", "hastate", "nonsense");
}

static void wrong_parameters_are_refused_by_name(void **state)
{
	struct lab *lab = *state;

	assert_parameter(lab, VM_109 "start", "timeout=soon", "timeout",
			 "type check ('integer') failed - got 'soon'");
	assert_parameter(lab, VM_109 "start", "timeout=-1", "timeout",
			 "value must have a minimum value of 0");
	assert_parameter(lab, VM_103 "shutdown", "forceStop=yes", "forceStop",
			 "type check ('boolean') failed - got 'yes'");
	assert_parameter(lab, CT_107 "start", "timeout=3", "timeout",
			 "property is not defined in schema and the schema does not allow "
			 "additional properties");
	assert_parameter(lab, VM_101 "stop", "overrule-shutdown=1", "overrule-shutdown",
			 "Not applicable for HA resources.");
	assert_parameter(lab, VM_109 "start", "with-conntrack-state=1", "with-conntrack-state",
			 "Only root may use this option.");
	assert_parameter(lab, VM_109 "start", "skiplock=1", "skiplock",
			 "Only root may use this option.");
	assert_int_equal(post(lab, VM_109 "start", "skiplock=0"), 200);
	assert_int_equal(post(lab, VM_109 "nonsense", NULL), 501);
}

static void a_body_is_a_form_or_json(void **state)
{
	struct lab *lab = *state;
	struct lab_request request = {.method = "POST",
				      .authorization = "PVEAPIToken=" WRITE,
				      .content_type = "application/json",
				      .body = "{\"timeout\": 5, \"forceStop\": true}"};

	request.body_len = strlen(request.body);
	ask_lab(lab, &request, VM_103 "shutdown");
	assert_int_equal(lab->answer.status, 200);
	request.body = "{\"timeout\": \"x\"}";
	ask_lab(lab, &request, VM_103 "shutdown");
	assert_int_equal(lab->answer.status, 400);
	request.body = "{bad";
	ask_lab(lab, &request, VM_103 "shutdown");
	assert_int_equal(lab->answer.status, 500);
	assert_string_equal(lab->answer.reason,
			    "'\"' expected, at character offset 1 (before \"bad\") at "
			    "/usr/share/perl5/PVE/APIServer/AnyEvent.pm line 934.");
	request.content_type = "text/xml";
	ask_lab(lab, &request, VM_103 "shutdown");
	assert_int_equal(lab->answer.status, 506);
	assert_int_equal(post(lab, VM_103 "shutdown?timeout=7", "timeout=x"), 200);
}

static void nodes_and_daemons_that_are_off_refuse_writes_too(void **state)
{
	struct lab *lab = *state;

	assert_int_equal(lab_pve_fault(lab->pve, "no-quorum", NULL, true), 0);
	assert_refusal(lab, VM_109 "start", NULL, 500, "cluster not ready - no quorum?");
	assert_int_equal(post(lab, VM_109 "stop", NULL), 200);
	assert_int_equal(lab_pve_fault(lab->pve, "node-frozen", "pve3", true), 0);
	assert_refusal(lab, VM_109 "start", NULL, 596, "Connection timed out");
	assert_int_equal(lab_pve_fault(lab->pve, "node-offline", "pve3", true), 0);
	assert_refusal(lab, VM_109 "start", NULL, 595, "No route to host");
	assert_int_equal(lab_pve_fault(lab->pve, "daemon-stopped", NULL, true), 0);
	assert_refusal(lab, CT_102 "stop", NULL, 595, "Connection refused");
	assert_refusal(lab, "/nodes/nosuch/qemu/109/status/start", NULL, 500,
		       "hostname lookup 'nosuch' failed - failed to get address info for: nosuch: "
		       "Name or service not known");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(start_cluster, a_guest_changes_when_its_task_ends),
		ON(start_cluster, the_uptime_of_a_started_guest_counts_from_the_end_of_its_task),
		ON(start_cluster, the_write_token_has_the_rights_to_power_and_to_see_guests_only),
		ON(start_cluster, without_vm_powermgmt_a_start_is_403),
		ON(start_cluster, a_start_of_a_running_vm_fails_in_the_task_of_a_container_at_once),
		ON(start_cluster, a_stop_of_a_stopped_vm_succeeds_of_a_container_is_refused),
		ON(start_cluster, reboot_reset_suspend_and_resume_need_a_running_guest),
		ON(start_cluster, a_template_does_not_start),
		ON(start_cluster, a_locked_guest_fails_in_the_task),
		ON(start_cluster, a_missing_guest_or_one_of_another_node_fails_in_the_task),
		ON(start_cluster, a_guest_that_ignores_the_request_lets_its_shutdown_time_out),
		ON(start_cluster, a_paused_vm_does_not_shut_down),
		ON(start_cluster, a_vm_is_paused_and_resumed),
		ON(start_cluster, a_suspend_to_disk_needs_more_than_the_write_token_may),
		ON(start_cluster, a_start_and_a_reboot_apply_pending_changes),
		ON(start_cluster, a_request_for_an_ha_resource_ends_before_the_guest_changes),
		ON(start_cluster, without_the_ha_manager_a_request_is_ok_and_nothing_happens),
		ON(start_cluster, an_ha_resource_in_error_takes_no_request),
		ON(start_cluster, a_guest_becomes_a_resource_of_the_ha_manager_and_is_none_again),
		ON(start_cluster, wrong_parameters_are_refused_by_name),
		ON(start_cluster, a_body_is_a_form_or_json),
		ON(start_cluster, nodes_and_daemons_that_are_off_refuse_writes_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
