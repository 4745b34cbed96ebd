/* SPDX-License-Identifier: Apache-2.0 */
/* The plugin netbox-branching: copies of the tables, the header, jobs, merges and conflicts. */
#include "client.h"

#include <stdio.h>
#include <string.h>

#define PLUGIN   "plugins/branching/"
#define BRANCHES PLUGIN "branches/"
#define CHANGES  PLUGIN "changes/"
#define JOBS     "core/jobs/"
#define VMS      "virtualization/virtual-machines/"
#define VM       VMS "1/"
#define POOLS    "plugins/custom-objects/pools/"

static char schema[16]; /* of the last branch that make_branch() made */

/* One cluster with id 1 and the VMs "a" (1) and "b" (2). */
static int setup(void **state)
{
	struct client *c;
	const char *why;

	if (client_setup(state) < 0)
		return -1;
	c = *state;
	make(c, "virtualization/cluster-types/", "{'name':'Proxmox','slug':'pve'}");
	make(c, "virtualization/clusters/", "{'name':'lab','type':1}");
	call(c, 201, "POST", VMS, "[{'name':'a','cluster':1},{'name':'b','cluster':1}]");
	return lab_netbox_plugin(c->nb, "branching", NULL, &why);
}

/* Poll a job until it ends; its last answer is kept. */
static void end_job(struct client *c, int job, const char *status)
{
	char path[64];
	int polls = 0;

	snprintf(path, sizeof(path), JOBS "%d/", job);
	do {
		call(c, 200, "GET", path, NULL);
	} while (json_is_null(at(c, "completed")) && ++polls < 10);
	expect_text(c, "status.value", status);
}

static int job_of(struct client *c, int branch, const char *action, const char *body)
{
	char path[64];

	snprintf(path, sizeof(path), BRANCHES "%d/%s/", branch, action);
	c->branch = NULL;
	call(c, 200, "POST", path, "%s", body);
	expect_text(c, "status.value", "pending");
	return (int)json_integer_value(at(c, "id"));
}

static void run_job(struct client *c, int branch, const char *action, const char *body,
		    const char *status)
{
	end_job(c, job_of(c, branch, action, body), status);
}

static void expect_status(struct client *c, int branch, const char *status)
{
	char path[64];

	snprintf(path, sizeof(path), BRANCHES "%d/", branch);
	call(c, 200, "GET", path, NULL);
	expect_text(c, "status.value", status);
}

/* Make a branch, wait until it is ready, and send all further calls to it. */
static int make_branch(struct client *c, const char *name)
{
	int id;

	c->branch = NULL;
	id = make(c, BRANCHES, "{'name':'%s'}", name);
	snprintf(schema, sizeof(schema), "%s", json_string_value(at(c, "schema_id")));
	call(c, 200, "GET", JOBS "?status=pending", NULL);
	end_job(c, (int)json_integer_value(at(c, "results.0.id")), "completed");
	expect_status(c, id, "ready");
	c->branch = schema;
	return id;
}

static void use_main(struct client *c)
{
	c->branch = NULL;
}

static void status_names_the_version_and_the_worker(void **state)
{
	struct client *c = *state;
	const char *why;

	call(c, 200, "GET", "status/", NULL);
	expect_text(c, "plugins.netbox_branching", "1.2.2");
	expect_int(c, "rq-workers-running", 1);
	call(c, 200, "GET", PLUGIN, NULL);
	assert_int_equal(lab_netbox_plugin(c->nb, "branching", "9", &why), -1);
	assert_int_equal(lab_netbox_plugin(c->nb, "branching", "", &why), 0);
	call(c, 200, "GET", "status/", NULL);
	assert_null(at(c, "plugins.netbox_branching"));
	expect_int(c, "rq-workers-running", 0);
	call(c, 404, "GET", BRANCHES, NULL);
	call(c, 404, "GET", JOBS, NULL);
}

static void a_branch_is_new_then_provisioning_then_ready(void **state)
{
	struct client *c = *state;
	int id =
		make(c, BRANCHES, "{'name':'one','description':'first','merge_strategy':'squash'}");

	expect_text(c, "status.value", "new");
	expect_text(c, "owner.username", "admin");
	assert_int_equal(strlen(json_string_value(at(c, "schema_id"))), 8);
	expect_null(c, "last_sync");
	assert_null(at(c, "merge_strategy"));
	expect_status(c, id, "new");
	expect_status(c, id, "provisioning");
	call(c, 500, "DELETE", BRANCHES "1/", NULL);
	expect_text(c, "exception", "AbortRequest");
	expect_status(c, id, "ready");
	assert_true(json_is_string(at(c, "last_sync")));
	call(c, 200, "GET", PLUGIN "branch-events/", NULL);
	expect_text(c, "results.0.type.value", "provisioned");
	call(c, 200, "GET", BRANCHES "?status=ready&name=one&owner=admin", NULL);
	expect_int(c, "count", 1);
	call(c, 200, "PATCH", BRANCHES "1/", "{'comments':'open','status':'merged'}");
	expect_text(c, "comments", "open");
	expect_text(c, "status.value", "ready");
	call(c, 204, "DELETE", BRANCHES "1/", NULL);
	call(c, 404, "GET", BRANCHES "1/", NULL);
}

static void names_of_branches_are_unique_and_lists_are_refused(void **state)
{
	struct client *c = *state;
	char name[102];

	make(c, BRANCHES, "{'name':'one'}");
	call(c, 400, "POST", BRANCHES, "{'name':'one'}");
	expect_text(c, "name.0", "branch with this name already exists.");
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	call(c, 400, "POST", BRANCHES, "{'name':'%s'}", name);
	call(c, 400, "POST", BRANCHES, "[{'name':'two'}]");
	call(c, 405, "DELETE", BRANCHES, "[{'id':1}]");
	call(c, 200, "GET", BRANCHES "?fields=id", NULL);
	expect_text(c, "results.0.name", "one");
}

static void a_branch_and_main_do_not_see_each_other(void **state)
{
	struct client *c = *state;
	int made;

	make_branch(c, "one");
	made = make(c, VMS, "{'name':'new','cluster':1}");
	call(c, 200, "PATCH", VM, "{'comments':'branch'}");
	call(c, 204, "DELETE", VMS "2/", NULL);
	use_main(c);
	call(c, 200, "GET", VMS, NULL);
	expect_int(c, "count", 2);
	expect_text(c, "results.0.comments", "");
	assert_int_not_equal(make(c, VMS, "{'name':'main','cluster':1}"), made);
	call(c, 200, "PATCH", VM, "{'comments':'main'}");
	c->branch = schema;
	call(c, 200, "GET", VM, NULL);
	expect_text(c, "comments", "branch");
	call(c, 200, "GET", VMS, NULL);
	expect_int(c, "count", 2);
	make_branch(c, "two");
	call(c, 200, "GET", VM, NULL);
	expect_text(c, "comments", "main");
}

static void a_merge_keeps_ids_and_requests(void **state)
{
	struct client *c = *state;
	int id = make_branch(c, "one"), made;
	char request_id[40], path[160];

	made = make(c, VMS, "{'name':'new','cluster':1}");
	snprintf(request_id, sizeof(request_id), "%s", c->request_id);
	call(c, 201, "POST", "virtualization/interfaces/", "{'name':'net0','virtual_machine':%d}",
	     made);
	call(c, 204, "DELETE", VMS "2/", NULL);
	call(c, 200, "PATCH", VM, "{'comments':'branch'}");
	use_main(c);
	call(c, 200, "PATCH", VM, "{'description':'main'}");
	run_job(c, id, "merge", "{'commit':true}", "completed");
	expect_int(c, "data.changes_summary.creates_total", 2);
	expect_int(c, "data.changes_summary.updates_total", 1);
	expect_int(c, "data.changes_summary.deletes_total", 1);
	expect_status(c, id, "merged");
	expect_text(c, "merged_by.username", "admin");
	snprintf(path, sizeof(path), VMS "%d/", made);
	call(c, 200, "GET", path, NULL);
	expect_text(c, "name", "new");
	expect_int(c, "interface_count", 1);
	call(c, 404, "GET", VMS "2/", NULL);
	call(c, 200, "GET", VM, NULL);
	expect_text(c, "comments", "branch");
	expect_text(c, "description", "main");
	snprintf(path, sizeof(path), "core/object-changes/?request_id=%s", request_id);
	call(c, 200, "GET", path, NULL);
	expect_int(c, "count", 1);
	expect_int(c, "results.0.changed_object_id", made);
}

static void a_dry_run_is_not_a_merge(void **state)
{
	struct client *c = *state;
	int id = make_branch(c, "one"), made = make(c, VMS, "{'name':'new','cluster':1}");

	run_job(c, id, "merge", "{'commit':false}", "completed");
	expect_status(c, id, "ready");
	run_job(c, id, "merge", "{'commit':'yes'}", "completed");
	expect_status(c, id, "ready");
	call(c, 200, "GET", VMS, NULL);
	expect_int(c, "count", 2);
	assert_int_not_equal(make(c, VMS, "{'name':'other','cluster':1}"), made);
	run_job(c, id, "merge", "{}", "completed");
	expect_status(c, id, "merged");
}

static void an_empty_branch_stays_ready(void **state)
{
	struct client *c = *state;
	int id = make_branch(c, "one");

	run_job(c, id, "merge", "{'commit':true}", "completed");
	expect_int(c, "data.changes_summary.creates_total", 0);
	expect_int(c, "data.changes_summary.updates_total", 0);
	expect_int(c, "data.changes_summary.deletes_total", 0);
	expect_status(c, id, "ready");
	call(c, 400, "POST", BRANCHES "1/archive/", NULL);
	assert_string_equal(c->text, "Only merged branches can be archived.");
}

static void a_field_that_both_sides_changed_is_a_conflict(void **state)
{
	struct client *c = *state;

	make_branch(c, "one");
	call(c, 200, "PATCH", VM, "{'comments':'branch','description':'same'}");
	call(c, 200, "PATCH", VMS "2/", "{'comments':'branch'}");
	use_main(c);
	call(c, 200, "PATCH", VM, "{'comments':'main','description':'same'}");
	call(c, 200, "PATCH", VMS "2/", "{'description':'main'}");
	call(c, 409, "POST", BRANCHES "1/merge/", "{'commit':true}");
	expect_text(c, "detail",
		    "All conflicts must be acknowledged before this action can proceed.");
	expect_size(c, "conflicts", 1);
	expect_text(c, "conflicts.0.action.label", "Updated");
	expect_size(c, "conflicts.0.conflicts", 1);
	expect_text(c, "conflicts.0.conflicting_data.original.comments", "");
	expect_text(c, "conflicts.0.conflicting_data.branch.comments", "branch");
	expect_text(c, "conflicts.0.conflicting_data.main.comments", "main");
	call(c, 409, "POST", BRANCHES "1/sync/", "{}");
	call(c, 200, "GET", CHANGES "?branch_id=1&has_conflicts=true", NULL);
	expect_int(c, "count", 1);
	call(c, 200, "GET", CHANGES "?branch_id=1&has_conflicts=false&action=update", NULL);
	expect_int(c, "results.0.object_id", 2);
	expect_text(c, "results.0.diff.modified.comments", "branch");
	call(c, 400, "GET", CHANGES "?branch=1", NULL);
}

static void an_acknowledged_merge_writes_the_values_of_the_branch(void **state)
{
	struct client *c = *state;
	int id = make_branch(c, "one");

	call(c, 200, "PATCH", VM, "{'comments':'branch'}");
	use_main(c);
	call(c, 200, "PATCH", VM, "{'comments':'main','description':'main'}");
	run_job(c, id, "merge", "{'commit':true,'acknowledge_conflicts':true}", "completed");
	call(c, 200, "GET", VM, NULL);
	expect_text(c, "comments", "branch");
	expect_text(c, "description", "main");
}

static void an_acknowledged_sync_writes_the_values_of_main(void **state)
{
	struct client *c = *state;
	int id = make_branch(c, "one");

	call(c, 200, "PATCH", VM, "{'comments':'branch'}");
	use_main(c);
	call(c, 200, "PATCH", VM, "{'comments':'main'}");
	make(c, VMS, "{'name':'new','cluster':1}");
	run_job(c, id, "sync", "{'acknowledge_conflicts':true}", "completed");
	expect_status(c, id, "ready");
	c->branch = schema;
	call(c, 200, "GET", VM, NULL);
	expect_text(c, "comments", "main");
	call(c, 200, "GET", VMS, NULL);
	expect_int(c, "count", 3);
	run_job(c, id, "merge", "{}", "completed");
	call(c, 200, "GET", VM, NULL);
	expect_text(c, "comments", "main");
}

static void an_object_that_main_deleted_cannot_be_changed_or_merged(void **state)
{
	struct client *c = *state;
	int id = make_branch(c, "one");

	call(c, 200, "PATCH", VM, "{'comments':'branch'}");
	use_main(c);
	call(c, 204, "DELETE", VM, NULL);
	call(c, 204, "DELETE", VMS "2/", NULL);
	c->branch = schema;
	call(c, 400, "PATCH", VM, "{'comments':'again'}");
	expect_text(c, "__all__.0",
		    "Cannot modify virtual machine 'a' because it has been deleted in the main "
		    "branch. Sync with the main branch to update.");
	call(c, 204, "DELETE", VMS "2/", NULL);
	use_main(c);
	call(c, 409, "POST", BRANCHES "1/merge/", "{}");
	expect_size(c, "conflicts", 1);
	run_job(c, id, "merge", "{'acknowledge_conflicts':true}", "errored");
	expect_text(c, "error", "DoesNotExist('VirtualMachine matching query does not exist.')");
	expect_status(c, id, "ready");
}

static void a_deletion_of_what_main_changed_is_a_conflict(void **state)
{
	struct client *c = *state;
	int id = make_branch(c, "one");

	call(c, 204, "DELETE", VM, NULL);
	use_main(c);
	call(c, 200, "PATCH", VM, "{'comments':'main'}");
	call(c, 409, "POST", BRANCHES "1/merge/", "{}");
	expect_text(c, "conflicts.0.action.value", "delete");
	run_job(c, id, "merge", "{'acknowledge_conflicts':true}", "completed");
	call(c, 404, "GET", VM, NULL);
}

static void equal_names_are_no_conflict_but_end_the_job(void **state)
{
	static const char error[] = "ValidationError({'__all__': ['Virtual machine name must be "
				    "unique per cluster and tenant.']})";
	struct client *c = *state;
	int id = make_branch(c, "one");

	make(c, VMS, "{'name':'early','cluster':1}");
	make(c, VMS, "{'name':'same','cluster':1}");
	use_main(c);
	make(c, VMS, "{'name':'same','cluster':1}");
	run_job(c, id, "merge", "{'commit':false}", "errored");
	expect_text(c, "error", error);
	run_job(c, id, "merge", "{'commit':true}", "errored");
	expect_text(c, "error", error);
	expect_text(c, "data.report.0.type", "validation_error");
	expect_text(c, "data.report.0.model", "virtual machine");
	expect_status(c, id, "ready");
	call(c, 200, "GET", VMS "?name=early", NULL);
	expect_int(c, "count", 0);
	run_job(c, id, "sync", "{}", "errored");
	expect_text(c, "error", error);
	c->branch = schema;
	call(c, 200, "GET", VMS, NULL);
	expect_int(c, "count", 4);
}

static void a_header_needs_a_branch_that_is_ready(void **state)
{
	struct client *c = *state;

	c->branch = "nosuchid";
	call(c, 400, "POST", VMS, "{'name':'new','cluster':1}");
	assert_string_equal(c->text, "Invalid branch identifier");
	c->branch = "";
	call(c, 400, "GET", VMS, NULL);
	assert_string_equal(c->text, "Invalid branch identifier");
	call(c, 200, "GET", "status/", NULL);
	use_main(c);
	make(c, BRANCHES, "{'name':'one'}");
	snprintf(schema, sizeof(schema), "%s", json_string_value(at(c, "schema_id")));
	c->branch = schema;
	call(c, 400, "POST", VMS, "{'name':'new','cluster':1}");
	assert_string_equal(c->text, "Selected branch is not ready.");
	use_main(c);
	call(c, 200, "GET", VMS, NULL);
	expect_int(c, "count", 2);
}

static void without_the_plugin_the_header_has_no_effect(void **state)
{
	struct client *c = *state;
	const char *why;

	make_branch(c, "one");
	assert_int_equal(lab_netbox_plugin(c->nb, "branching", "", &why), 0);
	make(c, VMS, "{'name':'new','cluster':1}");
	use_main(c);
	call(c, 200, "GET", VMS, NULL);
	expect_int(c, "count", 3);
}

static void shared_objects_are_those_of_main(void **state)
{
	struct client *c = *state;

	make_branch(c, "one");
	make(c, "extras/custom-fields/",
	     "{'name':'note','type':'text','object_types':['virtualization.virtualmachine']}");
	call(c, 200, "PATCH", VM, "{'custom_fields':{'note':'branch'}}");
	make(c, "extras/tags/", "{'name':'t','slug':'t'}");
	use_main(c);
	call(c, 200, "GET", "extras/custom-fields/", NULL);
	expect_int(c, "count", 1);
	call(c, 200, "GET", VM, NULL);
	expect_null(c, "custom_fields.note");
	call(c, 200, "GET", "extras/tags/", NULL);
	expect_int(c, "count", 0);
	call(c, 200, "GET", PLUGIN "branchable-models/", NULL);
	expect_text(c, "0.app_label", "virtualization");
}

static void a_revert_takes_the_merge_back_and_allows_another(void **state)
{
	struct client *c = *state;
	int id = make_branch(c, "one"), made = make(c, VMS, "{'name':'new','cluster':1}");
	char path[64];

	snprintf(path, sizeof(path), VMS "%d/", made);
	call(c, 200, "PATCH", VM, "{'comments':'branch'}");
	call(c, 204, "DELETE", VMS "2/", NULL);
	use_main(c);
	call(c, 400, "POST", BRANCHES "1/revert/", "{}");
	assert_string_equal(c->text, "Only merged branches can be reverted.");
	run_job(c, id, "merge", "{}", "completed");
	call(c, 200, "PATCH", VM, "{'comments':'later'}");
	run_job(c, id, "revert", "{'commit':true}", "completed");
	expect_status(c, id, "ready");
	expect_null(c, "merged_time");
	call(c, 404, "GET", path, NULL);
	call(c, 200, "GET", VM, NULL);
	expect_text(c, "comments", "");
	call(c, 200, "GET", VMS "2/", NULL);
	run_job(c, id, "merge", "{}", "completed");
	call(c, 200, "GET", path, NULL);
	call(c, 200, "POST", BRANCHES "1/archive/", NULL);
	expect_text(c, "status.value", "archived");
}

static void without_a_worker_jobs_wait(void **state)
{
	struct client *c = *state;
	int i;

	assert_int_equal(lab_netbox_fault(c->nb, "no-worker", NULL, true), 0);
	call(c, 200, "GET", "status/", NULL);
	expect_int(c, "rq-workers-running", 0);
	make(c, BRANCHES, "{'name':'one'}");
	make(c, BRANCHES, "{'name':'two'}");
	for (i = 0; i < 10; i++)
		expect_status(c, 2, "new");
	assert_int_equal(lab_netbox_fault(c->nb, "no-worker", NULL, false), 0);
	assert_int_equal(lab_netbox_fault(c->nb, "slow-worker", "4", true), 0);
	end_job(c, 1, "completed");
	expect_status(c, 2, "new");
	assert_int_equal(lab_netbox_fault(c->nb, "slow-worker", NULL, false), 0);
	end_job(c, 2, "completed");
	assert_int_equal(lab_netbox_fault(c->nb, "slow-worker", "soon", true), -1);
}

static void a_branch_of_a_killed_worker_is_recovered_by_force(void **state)
{
	struct client *c = *state;
	int id = make_branch(c, "one"), i, job;

	make(c, VMS, "{'name':'new','cluster':1}");
	assert_int_equal(lab_netbox_fault(c->nb, "worker-dies", NULL, true), 0);
	job = job_of(c, id, "merge", "{}");
	for (i = 0; i < 10; i++)
		call(c, 200, "GET", JOBS "2/", NULL);
	expect_text(c, "status.value", "running");
	expect_status(c, id, "merging");
	call(c, 400, "POST", BRANCHES "1/merge/", "{}");
	assert_string_equal(c->text, "Branch is not ready to merge.");
	call(c, 400, "POST", BRANCHES "1/recover/", "{}");
	call(c, 200, "POST", BRANCHES "1/recover/", "{'force':true}");
	expect_text(c, "status.value", "ready");
	end_job(c, job, "failed");
	run_job(c, id, "merge", "{}", "completed");
	expect_status(c, id, "merged");
}

static void a_failed_provision_leaves_the_row(void **state)
{
	struct client *c = *state;

	assert_int_equal(lab_netbox_fault(c->nb, "provision-fails", NULL, true), 0);
	make(c, BRANCHES, "{'name':'one'}");
	end_job(c, 1, "errored");
	expect_status(c, 1, "failed");
	lab_netbox_fault(c->nb, "provision-fails", NULL, false);
	make_branch(c, "two");
	use_main(c);
	call(c, 204, "DELETE", BRANCHES "1/", NULL);
}

static void a_job_that_is_queued_twice_ends_with_an_error(void **state)
{
	struct client *c = *state;
	int id = make_branch(c, "one"), first, second;

	make(c, VMS, "{'name':'new','cluster':1}");
	first = job_of(c, id, "merge", "{}");
	second = job_of(c, id, "merge", "{}");
	end_job(c, first, "completed");
	end_job(c, second, "errored");
	expect_text(c, "error", "Exception('Branch one is not ready to merge')");
}

static void actions_have_permissions_of_their_own(void **state)
{
	struct client *c = *state;
	const char *why;

	make_branch(c, "one");
	use_main(c);
	assert_int_equal(lab_netbox_grant(c->nb, "netbox_branching.merge_branch", false, &why), 0);
	call(c, 403, "POST", BRANCHES "1/merge/", "{}");
	expect_text(c, "detail", "This user does not have permission to merge branches.");
	assert_int_equal(lab_netbox_grant(c->nb, "netbox_branching.merge_branch", true, &why), 0);
	lab_netbox_grant(c->nb, "netbox_branching.add_branch", false, &why);
	call(c, 403, "POST", BRANCHES, "{'name':'two'}");
	call(c, 200, "POST", BRANCHES "1/merge/", "{}");
}

static void custom_objects_of_a_branch_stay_apart(void **state)
{
	struct client *c = *state;
	const char *why;
	int id, made;

	assert_int_equal(lab_netbox_plugin(c->nb, "custom-objects", NULL, &why), 0);
	call(c, 200, "POST", "plugins/custom-objects/schema/apply/",
	     "{'schema':{'schema_version':'1','types':[{'name':'pools','slug':'pools','fields':["
	     "{'id':1,'name':'key','type':'text','unique':true,'primary':true},"
	     "{'id':2,'name':'cluster','type':'object','required':true,"
	     "'related_object_type':'virtualization/cluster'}]}]}}");
	make(c, POOLS, "{'key':'old','cluster':1}");
	id = make_branch(c, "one");
	call(c, 200, "GET", POOLS, NULL);
	expect_text(c, "results.0.cluster.name", "lab");
	made = make(c, POOLS, "{'key':'new','cluster':1}");
	call(c, 200, "PATCH", POOLS "1/", "{'key':'other'}");
	call(c, 500, "POST", POOLS, "{'key':'new','cluster':1}");
	use_main(c);
	call(c, 200, "GET", POOLS, NULL);
	expect_int(c, "count", 1);
	expect_text(c, "results.0.key", "old");
	run_job(c, id, "merge", "{}", "completed");
	call(c, 200, "GET", POOLS "?key=new", NULL);
	expect_int(c, "results.0.id", made);
	call(c, 200, "GET", POOLS "1/", NULL);
	expect_text(c, "key", "other");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, client_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(status_names_the_version_and_the_worker),
		TEST(a_branch_is_new_then_provisioning_then_ready),
		TEST(names_of_branches_are_unique_and_lists_are_refused),
		TEST(a_branch_and_main_do_not_see_each_other),
		TEST(a_merge_keeps_ids_and_requests),
		TEST(a_dry_run_is_not_a_merge),
		TEST(an_empty_branch_stays_ready),
		TEST(a_field_that_both_sides_changed_is_a_conflict),
		TEST(an_acknowledged_merge_writes_the_values_of_the_branch),
		TEST(an_acknowledged_sync_writes_the_values_of_main),
		TEST(an_object_that_main_deleted_cannot_be_changed_or_merged),
		TEST(a_deletion_of_what_main_changed_is_a_conflict),
		TEST(equal_names_are_no_conflict_but_end_the_job),
		TEST(a_header_needs_a_branch_that_is_ready),
		TEST(without_the_plugin_the_header_has_no_effect),
		TEST(shared_objects_are_those_of_main),
		TEST(a_revert_takes_the_merge_back_and_allows_another),
		TEST(without_a_worker_jobs_wait),
		TEST(a_branch_of_a_killed_worker_is_recovered_by_force),
		TEST(a_failed_provision_leaves_the_row),
		TEST(a_job_that_is_queued_twice_ends_with_an_error),
		TEST(actions_have_permissions_of_their_own),
		TEST(custom_objects_of_a_branch_stay_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
