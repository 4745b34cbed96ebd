/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks of the simulated Proxmox VE: their course, state, log and lists. */
#include "test_pve_tasks.h"

#include <regex.h>

static void a_upid_has_the_form_of_proxmox_ve(void **state)
{
	struct lab *lab = *state;
	regex_t form;

	assert_int_equal(regcomp(&form,
				 "^UPID:pve3:[0-9A-F]{8}:[0-9A-F]{8,9}:[0-9A-F]{8}:qmstart:109:"
				 "wr@pve!tok:$",
				 REG_EXTENDED | REG_NOSUB),
			 0);
	begin(lab, VM_109 "start", NULL);
	assert_int_equal(regexec(&form, upid, 0, NULL, 0), 0);
	regfree(&form);
}

static void equal_requests_give_equal_upids_and_no_two_are_equal(void **state)
{
	struct lab *lab = *state;
	char first[192];
	void *other;

	begin(lab, VM_109 "start", NULL);
	snprintf(first, sizeof(first), "%s", upid);
	begin(lab, VM_109 "start", NULL);
	assert_string_not_equal(upid, first);
	assert_int_equal(start_cluster(&other), 0);
	begin(other, VM_109 "start", NULL);
	assert_string_equal(upid, first);
	stop_lab(&other);
}

static void a_running_task_has_no_exit_state_and_an_empty_log(void **state)
{
	struct lab *lab = *state;
	json_t *data;

	begin(lab, VM_109 "start", NULL);
	data = get_as_writer(lab, path_of(upid, "/status"));
	assert_string_equal(member_text(data, "status"), "running");
	assert_null(json_object_get(data, "exitstatus"));
	assert_string_equal(member_text(data, "user"), "wr@pve");
	assert_string_equal(member_text(data, "tokenid"), "tok");
	assert_string_equal(member_text(data, "id"), "109");
	assert_line(lab, 0, "no content");
	assert_int_equal(json_integer_value(json_object_get(lab->answer.json, "total")), 1);
	assert_ends(lab, "OK");
	assert_line(lab, 0, "TASK OK");
}

static void a_log_is_read_in_parts(void **state)
{
	struct lab *lab = *state;
	json_t *part;

	begin(lab, VM_101 "stop", NULL);
	assert_ends(lab, "OK");
	part = get_as_writer(lab, path_of(upid, "/log?start=1&limit=1"));
	assert_int_equal(json_array_size(part), 1);
	assert_string_equal(member_text(json_array_get(part, 0), "t"), "TASK OK");
	assert_int_equal(json_integer_value(json_object_get(json_array_get(part, 0), "n")), 2);
	assert_int_equal(json_integer_value(json_object_get(lab->answer.json, "total")), 2);
	assert_int_equal(json_array_size(get_as_writer(lab, path_of(upid, "/log?limit=0"))), 2);
}

static void the_audit_token_may_not_begin_a_task_but_sees_all(void **state)
{
	struct lab *lab = *state;
	struct lab_request start = {.method = "POST", .authorization = "PVEAPIToken=" TOKEN};
	struct lab_request kill = {.method = "DELETE", .authorization = "PVEAPIToken=" TOKEN};

	ask_lab(lab, &start, VM_109 "start");
	assert_int_equal(lab->answer.status, 403);
	assert_string_equal(lab->answer.reason, "Permission check failed (/vms/109, VM.PowerMgmt)");
	begin(lab, VM_109 "start", NULL);
	assert_int_equal(status_of(lab, path_of(upid, "/status")), 200);
	ask_lab(lab, &kill, path_of(upid, ""));
	assert_int_equal(lab->answer.status, 403);
	assert_string_equal(lab->answer.reason,
			    "Permission check failed (/nodes/pve3, Sys.Modify)");
	assert_int_equal(json_array_size(get_data(lab, "/nodes/pve3/tasks?source=active")), 1);
}

static void tasks_of_others_need_sys_audit(void **state)
{
	struct lab *lab = *state;

	begin(lab, VM_109 "start", NULL);
	assert_int_equal(lab_pve_fault(lab->pve, "no-sys-audit", NULL, true), 0);
	assert_int_equal(status_of(lab, path_of(upid, "/status")), 403);
	assert_string_equal(lab->answer.reason, "Permission check failed (/nodes/pve3, Sys.Audit)");
	assert_int_equal(status_of(lab, path_of(upid, "/log")), 403);
	assert_int_equal(json_array_size(get_data(lab, "/nodes/pve3/tasks?source=all")), 0);
	assert_null(json_object_get(lab->answer.json, "total"));
}

static void a_second_task_of_a_guest_waits_for_its_lock(void **state)
{
	struct lab *lab = *state;
	char first[192];

	plan(lab, "task-slow", "3");
	begin(lab, VM_109 "start", NULL);
	snprintf(first, sizeof(first), "%s", upid);
	plan(lab, NULL, NULL);
	begin(lab, VM_109 "start", NULL);
	pass_ms(lab, 3000);
	assert_string_equal(exit_of(lab, first), "OK");
	assert_null(exit_of(lab, upid));
	assert_ends(lab, "VM 109 already running");
	assert_line(lab, 0, "trying to acquire lock...");
}

static void a_lock_is_waited_for_ten_seconds(void **state)
{
	struct lab *lab = *state;

	plan(lab, "task-slow", "30");
	begin(lab, VM_109 "start", NULL);
	plan(lab, NULL, NULL);
	begin(lab, VM_109 "stop", NULL);
	pass_ms(lab, 9999);
	assert_null(exit_of(lab, upid));
	assert_ends(lab, "can't lock file '/var/lock/qemu-server/lock-109.conf' - got timeout");
}

static void a_stop_can_end_a_shutdown_that_waits(void **state)
{
	struct lab *lab = *state;
	char shutdown[192];

	set_field(lab, "lab/qemu/103", "ignores-shutdown", "1");
	begin(lab, VM_103 "shutdown", NULL);
	snprintf(shutdown, sizeof(shutdown), "%s", upid);
	begin(lab, VM_103 "stop", "overrule-shutdown=1");
	assert_ends(lab, "OK");
	assert_string_equal(exit_of(lab, shutdown), "received interrupt");
	assert_string_equal(status_by(lab, VM_103), "stopped");
}

static void an_unknown_task_is_400_and_its_log_a_line(void **state)
{
	struct lab *lab = *state;
	static const char none[] = "UPID:pve1:00000001:00000001:6B000000:qmstart:100:root@pam:";
	char path[256];

	assert_int_equal(status_of(lab, "/nodes/pve1/tasks/garbage/status"), 400);
	assert_string_equal(member_text(json_object_get(lab->answer.json, "errors"), "upid"),
			    "unable to parse worker upid");
	assert_int_equal(status_of(lab, path_of(none, "/status")), 400);
	assert_string_equal(member_text(json_object_get(lab->answer.json, "errors"), "upid"),
			    "no such task");
	assert_string_equal(
		member_text(json_array_get(get_data(lab, path_of(none, "/log")), 0), "t"),
		"unable to open file - No such file or directory");
	/* A task is known to its own node only. */
	begin(lab, VM_109 "start", NULL);
	snprintf(path, sizeof(path), "/nodes/pve1/tasks/%s/status", upid);
	assert_int_equal(status_of(lab, path), 400);
}

static void the_list_of_a_node_has_ended_tasks_unless_asked_for_others(void **state)
{
	struct lab *lab = *state;
	json_t *row;

	begin(lab, VM_103 "start", NULL);
	assert_ends(lab, "VM 103 already running");
	begin(lab, VM_109 "start", NULL);
	assert_int_equal(json_array_size(get_as_writer(lab, "/nodes/pve3/tasks")), 1);
	assert_int_equal(json_integer_value(json_object_get(lab->answer.json, "total")), 1);
	row = json_array_get(json_object_get(lab->answer.json, "data"), 0);
	assert_string_equal(member_text(row, "status"), "VM 103 already running");
	assert_string_equal(member_text(row, "user"), "wr@pve");
	assert_int_equal(json_integer_value(json_object_get(row, "endtime")), NOW);
	/* A running task has the whole user, and no member for its token. */
	row = json_array_get(get_as_writer(lab, "/nodes/pve3/tasks?source=active"), 0);
	assert_string_equal(member_text(row, "user"), "wr@pve!tok");
	assert_string_equal(member_text(row, "status"), "RUNNING");
	assert_string_equal(member_text(row, "saved"), "0");
	assert_null(json_object_get(row, "tokenid"));
	assert_int_equal(json_array_size(get_as_writer(lab, "/nodes/pve3/tasks?source=all")), 2);
	assert_int_equal(json_array_size(get_as_writer(lab, "/nodes/pve1/tasks?source=all")), 0);
	assert_null(json_object_get(lab->answer.json, "total"));
}

static void the_list_of_a_node_is_filtered(void **state)
{
	struct lab *lab = *state;

	plan(lab, "task-warn", "no physical CD-ROM available, ignoring");
	begin(lab, VM_109 "start", NULL);
	assert_ends(lab, "WARNINGS: 1");
	plan(lab, NULL, NULL);
	begin(lab, VM_103 "start", NULL);
	assert_ends(lab, "VM 103 already running");
	begin(lab, VM_103 "stop", NULL);
	assert_ends(lab, "OK");
	assert_int_equal(json_array_size(get_as_writer(lab, "/nodes/pve3/tasks")), 3);
	/* Warnings are among the errors of this filter. */
	assert_int_equal(json_array_size(get_as_writer(lab, "/nodes/pve3/tasks?errors=1")), 2);
	assert_int_equal(
		json_array_size(get_as_writer(lab, "/nodes/pve3/tasks?statusfilter=warning")), 1);
	assert_int_equal(
		json_array_size(get_as_writer(lab, "/nodes/pve3/tasks?statusfilter=ok,error")), 2);
	assert_int_equal(json_array_size(get_as_writer(lab, "/nodes/pve3/tasks?vmid=103")), 2);
	assert_int_equal(json_array_size(get_as_writer(lab, "/nodes/pve3/tasks?typefilter=qmstop")),
			 1);
	assert_int_equal(json_array_size(get_as_writer(lab, "/nodes/pve3/tasks?start=1&limit=1")),
			 1);
	assert_int_equal(json_integer_value(json_object_get(lab->answer.json, "total")), 3);
	assert_int_equal(json_array_size(get_as_writer(lab, "/nodes/pve3/tasks?since=4000000000")),
			 0);
}

static void the_list_of_the_cluster_is_empty_without_sys_audit(void **state)
{
	struct lab *lab = *state;
	json_t *row;

	begin(lab, VM_109 "start", NULL);
	row = json_array_get(get_data(lab, "/cluster/tasks"), 0);
	assert_string_equal(member_text(row, "upid"), upid);
	assert_null(json_object_get(row, "status"));
	assert_null(json_object_get(row, "endtime"));
	assert_null(json_object_get(row, "pid"));
	assert_int_equal(json_array_size(get_as_writer(lab, "/cluster/tasks")), 0);
	assert_int_equal(lab->answer.status, 200);
}

static void a_deleted_task_fails_and_can_be_deleted_again(void **state)
{
	struct lab *lab = *state;

	begin(lab, VM_109 "start", NULL);
	assert_int_equal(send_as_writer(lab, "DELETE", path_of(upid, ""), NULL), 200);
	assert_true(json_is_null(json_object_get(lab->answer.json, "data")));
	assert_string_equal(exit_of(lab, upid), "start failed: QEMU exited with code -1");
	assert_int_equal(send_as_writer(lab, "DELETE", path_of(upid, ""), NULL), 200);
	pass_ms(lab, 1000);
	assert_string_equal(status_by(lab, VM_109), "stopped");
}

static void a_hanging_task_runs_until_it_is_released(void **state)
{
	struct lab *lab = *state;

	plan(lab, "task-hang", NULL);
	begin(lab, VM_109 "start", NULL);
	pass_ms(lab, 86400000);
	assert_null(exit_of(lab, upid));
	lab_pve_release(lab->pve);
	assert_ends(lab, "OK");
	assert_string_equal(status_by(lab, VM_109), "running");
}

static void a_planned_failure_leaves_the_guest_as_it_was(void **state)
{
	struct lab *lab = *state;

	plan(lab, "task-fail", "start failed: QEMU exited with code 1");
	begin(lab, VM_109 "start", NULL);
	assert_ends(lab, "start failed: QEMU exited with code 1");
	assert_string_equal(status_by(lab, VM_109), "stopped");
	plan(lab, NULL, NULL);
	plan(lab, "task-warn", "no physical CD-ROM available, ignoring");
	begin(lab, VM_109 "start", NULL);
	assert_ends(lab, "WARNINGS: 1");
	assert_line(lab, 0, "WARN: no physical CD-ROM available, ignoring");
	assert_line(lab, 1, "TASK WARNINGS: 1");
	assert_string_equal(status_by(lab, VM_109), "running");
	plan(lab, NULL, NULL);
	plan(lab, "task-die", NULL);
	begin(lab, VM_109 "stop", NULL);
	assert_ends(lab, "unable to read tail (got 0 bytes)");
	assert_int_equal(lab_pve_plan_task(lab->pve, "task-fail", NULL), -1);
	assert_int_equal(lab_pve_plan_task(lab->pve, "task-slow", "x"), -1);
	assert_int_equal(lab_pve_plan_task(lab->pve, "drop", NULL), -1);
}

static void the_dump_shows_tasks_of_requests_only(void **state)
{
	struct lab *lab = *state;
	sb_autojson *before = lab_pve_dump(lab->pve), *after = NULL;
	const char *key;
	char name[256];
	json_t *value;

	json_object_foreach (before, key, value)
		assert_null(strstr(key, "/task/"));
	begin(lab, VM_109 "start", NULL);
	lab_pve_turn(lab->pve, (int64_t)NOW * 1000 + 200);
	after = lab_pve_dump(lab->pve);
	snprintf(name, sizeof(name), "lab/task/%s", upid);
	assert_string_equal(member_text(json_object_get(after, name), "exitstatus"), "OK");
	assert_string_equal(member_text(json_object_get(after, "lab/qemu/109"), "status"),
			    "running");
	assert_int_equal(lab_pve_tasks(lab->pve), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(start_cluster, a_upid_has_the_form_of_proxmox_ve),
		ON(start_cluster, equal_requests_give_equal_upids_and_no_two_are_equal),
		ON(start_cluster, a_running_task_has_no_exit_state_and_an_empty_log),
		ON(start_cluster, a_log_is_read_in_parts),
		ON(start_cluster, the_audit_token_may_not_begin_a_task_but_sees_all),
		ON(start_cluster, tasks_of_others_need_sys_audit),
		ON(start_cluster, a_second_task_of_a_guest_waits_for_its_lock),
		ON(start_cluster, a_lock_is_waited_for_ten_seconds),
		ON(start_cluster, a_stop_can_end_a_shutdown_that_waits),
		ON(start_cluster, an_unknown_task_is_400_and_its_log_a_line),
		ON(start_cluster, the_list_of_a_node_has_ended_tasks_unless_asked_for_others),
		ON(start_cluster, the_list_of_a_node_is_filtered),
		ON(start_cluster, the_list_of_the_cluster_is_empty_without_sys_audit),
		ON(start_cluster, a_deleted_task_fails_and_can_be_deleted_again),
		ON(start_cluster, a_hanging_task_runs_until_it_is_released),
		ON(start_cluster, a_planned_failure_leaves_the_guest_as_it_was),
		ON(start_cluster, the_dump_shows_tasks_of_requests_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
