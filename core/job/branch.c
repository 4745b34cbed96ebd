/* SPDX-License-Identifier: Apache-2.0 */
#include "job/branch.h"

#include <inttypes.h>
#include <stdio.h>

#include "job/branch_merge.h"
#include "job/branch_models.h"
#include "base/branch_step.h"
#include "model/branch_record.h"
#include "netbox/branch_header.h"
#include "stagebox/json.h"
#include "stagebox/log.h"

static bool is_required(const struct sb_job_branch *branch)
{
	return sb_streq(sb_json_str(branch->settings, "mode"), "required");
}

/* Write to main instead, where the options permit it. */
static int do_without(struct sb_job_branch *branch, const struct sb_branch_lack *lack,
		      struct sb_error *err)
{
	if (is_required(branch))
		return sb_fail(err, lack->code,
			       "%s, and branching.mode is \"required\", so that nothing was "
			       "written: %s",
			       lack->what, lack->fix);
	sb_log(SB_LOG_WARN, "%s: the changes go to main, not into a branch", lack->what);
	branch->settings = NULL;
	return 0;
}

int sb_job_branch_choose(struct sb_run *run, const json_t *task, struct sb_job_branch *branch,
			 struct sb_error *err)
{
	const json_t *settings = json_object_get(task, "branch");
	struct sb_branch_lack lack;

	branch->run = run;
	branch->settings = json_is_object(settings) ? settings : NULL;
	branch->modules = json_object_get(task, "modules");
	branch->mark = sb_json_str(task, "store");
	if (!branch->settings || !sb_netbox_lacks_branches(sb_netbox_caps(run->netbox), &lack))
		return 0;
	return do_without(branch, &lack, err);
}

int sb_job_branch_check(struct sb_job_branch *branch, const json_t *task, struct sb_error *err)
{
	struct sb_branch_leak leak = {0};
	struct sb_branch_lack lack = {.code = SB_E_CONFIG};
	sb_autojson *left = NULL;
	char what[400];
	int rc = 0;

	if (branch->settings)
		rc = sb_job_branch_left(branch->run, task, &left, &leak, err);
	if (rc < 0 || !leak.module)
		return rc;
	snprintf(what, sizeof(what), "module \"%.64s\" cannot write into a branch: %.256s",
		 leak.module, leak.why);
	lack.what = what;
	lack.fix = leak.fix;
	return do_without(branch, &lack, err);
}

static bool is_of_netbox(const struct sb_op *op)
{
	return sb_streq(sb_op_system(op), "netbox");
}

/* An op that this run is going to send. */
static bool is_to_write(const struct sb_op *op)
{
	return op->state == SB_OP_WAITING || op->state == SB_OP_READY;
}

/* NetBox has it, or may have it. */
static bool may_be_written(const struct sb_op *op)
{
	return op->state == SB_OP_DONE || op->state == SB_OP_UNSETTLED;
}

static bool is_created(const struct sb_op *op)
{
	return op->verb == SB_CREATE && op->state == SB_OP_DONE;
}

/* Has the plan such an op for NetBox? */
static bool has_op(const struct sb_run *run, bool (*is_such)(const struct sb_op *op))
{
	size_t i;

	for (i = 0; i < run->diff->plan.n; i++)
		if (is_of_netbox(&run->diff->plan.ops[i]) && is_such(&run->diff->plan.ops[i]))
			return true;
	return false;
}

static int create_named(struct sb_job_branch *branch, const char *suffix, struct sb_error *err)
{
	const char *prefix = sb_json_str(branch->settings, "prefix");
	struct sb_netbox_branch at;
	char about[200];
	int rc;

	snprintf(branch->at.name, sizeof(branch->at.name), "%.64s-%" PRId64 "%s",
		 prefix ? prefix : "", branch->run->number, suffix);
	snprintf(about, sizeof(about), "stagebox: run %" PRId64 " of endpoint %s (%s)",
		 branch->run->number, branch->run->slug, branch->mark);
	rc = sb_job_branch_note(branch, SB_BRANCH_CREATE, err);
	if (!rc)
		rc = sb_netbox_branch_create(branch->run->netbox, branch->at.name, about, &at, err);
	if (!rc)
		branch->at = at;
	return rc;
}

/* Runs are numbered anew with a new store, and the branch of an old one may still have the name. */
static int create_branch(struct sb_job_branch *branch, struct sb_error *err)
{
	struct sb_io *io = sb_http_io(branch->run->http);
	struct sb_error why = SB_ERROR_INIT;
	char suffix[24];
	int rc;

	branch->maker = branch->run->number;
	rc = create_named(branch, "", &why);
	if (rc == SB_E_CONFLICT) {
		snprintf(suffix, sizeof(suffix), "-%06" PRIx64, io->ops->random(io) & 0xffffff);
		rc = create_named(branch, suffix, &why);
	}
	if (rc < 0 && err)
		*err = why;
	/* NetBox took neither: there is nothing that a later run has to look for. */
	if (rc < 0 && sb_job_branch_is_refused(&why)) {
		int noted = sb_job_branch_note(branch, SB_BRANCH_GONE, NULL);

		branch->step = NULL;
		return noted < 0 ? noted : sb_context(err, rc, "creating a branch");
	}
	if (rc < 0)
		return sb_context(err, rc, "creating branch \"%.100s\"", branch->at.name);
	return sb_job_branch_note(branch, SB_BRANCH_MADE, err);
}

static int fail_provision(struct sb_job_branch *branch, struct sb_error *err)
{
	int rc = sb_job_branch_delete(branch, err);

	return rc < 0 ? rc
		      : sb_fail(err, SB_E_STATE,
				"NetBox failed to provision branch \"%.100s\", which was deleted; "
				"nothing was written: see the log of its worker",
				branch->at.name);
}

static int wait_until_ready(struct sb_job_branch *branch, struct sb_error *err)
{
	bool holds_writes = sb_job_branch_is_at(branch, SB_BRANCH_WRITES);
	struct sb_job_branch_poll poll;
	int rc = 0;

	sb_job_branch_poll_begin(branch, "provision", &poll);
	while (!sb_job_branch_is(branch, "ready")) {
		if (sb_job_branch_is(branch, "failed") && !holds_writes)
			return fail_provision(branch, err);
		if (!sb_job_branch_is(branch, "new") && !sb_job_branch_is(branch, "provisioning"))
			return sb_fail(
				err, SB_E_STATE,
				"branch \"%.100s\" has the status %s in NetBox, and nothing "
				"can be written into it: sync again when it is ready, merged "
				"or deleted",
				branch->at.name, branch->at.status);
		rc = sb_job_branch_pause(branch, &poll, err);
		if (!rc)
			rc = sb_job_branch_look(branch, err);
		if (rc < 0)
			return rc;
	}
	return rc;
}

int sb_job_branch_open(struct sb_job_branch *branch, struct sb_error *err)
{
	int rc = 0;

	if (!branch->settings || (!branch->step && !has_op(branch->run, is_to_write)))
		return 0;
	if (!branch->step)
		rc = create_branch(branch, err);
	if (!rc)
		rc = wait_until_ready(branch, err);
	if (!rc)
		rc = sb_netbox_branch_prove(branch->run->netbox, err);
	if (!rc)
		rc = sb_job_branch_note(branch, SB_BRANCH_WRITES, err);
	return rc < 0 ? rc : sb_job_branch_use(branch, err);
}

/* People may have done something with it meanwhile, which is why writes were refused. */
static int check_status(struct sb_job_branch *branch, struct sb_error *err)
{
	int rc = sb_job_branch_find(branch, err);

	if (rc < 0 || !sb_job_branch_is_merged(branch))
		return rc;
	rc = sb_job_branch_note(branch, SB_BRANCH_MERGED, err);
	return rc < 0 ? rc
		      : sb_fail(err, SB_E_CONFLICT,
				"branch \"%.100s\" was merged in NetBox during the run, before "
				"everything was written: sync again",
				branch->at.name);
}

/* Returns 0 also when the branch is not empty; deleted, its step is "gone". An object that NetBox
 * created for this run, and that the branch does not have, is in main. */
static int delete_empty(struct sb_job_branch *branch, struct sb_error *err)
{
	int rc =
		sb_netbox_branch_count(branch->run->netbox, branch->at.id, &branch->n_changes, err);

	if (rc < 0 || branch->n_changes)
		return rc;
	if (has_op(branch->run, is_created)) {
		rc = sb_job_branch_note(branch, SB_BRANCH_OPEN, err);
		return rc < 0 ? rc
			      : sb_fail(err, SB_E_STATE,
					"branch \"%.100s\" has no changes, although NetBox created "
					"objects in it: they may be in main; look at its change "
					"log, "
					"then delete the branch",
					branch->at.name);
	}
	return has_op(branch->run, may_be_written) ? 0 : sb_job_branch_delete(branch, err);
}

/* The step is "written" afterwards, or one at which nothing is left to do. */
static int end_writes(struct sb_job_branch *branch, bool is_failed, struct sb_error *err)
{
	bool merges = sb_json_bool(branch->settings, "merge", true);
	int rc = check_status(branch, err);

	if (!rc)
		rc = delete_empty(branch, err);
	if (rc < 0 || sb_job_branch_is_at(branch, SB_BRANCH_GONE))
		return rc;
	return sb_job_branch_note(branch, is_failed || !merges ? SB_BRANCH_OPEN : SB_BRANCH_WRITTEN,
				  err);
}

int sb_job_branch_close(struct sb_job_branch *branch, bool is_failed, struct sb_error *err)
{
	int rc;

	if (!sb_job_branch_is_at(branch, SB_BRANCH_WRITES))
		return 0;
	sb_netbox_use_branch(branch->run->netbox, "", NULL);
	rc = end_writes(branch, is_failed, err);
	if (!rc && sb_job_branch_is_at(branch, SB_BRANCH_WRITTEN))
		rc = sb_job_branch_merge(branch, err);
	return rc;
}

json_t *sb_job_branch_json(const struct sb_job_branch *branch)
{
	sb_autofree char *url = branch->step && branch->at.id ? sb_job_branch_url(branch) : NULL;
	json_t *record;

	if (!branch->step)
		return NULL;
	record = sb_branch_record(branch->at.name, branch->at.id, branch->at.schema, branch->step,
				  branch->maker);
	if (url)
		json_object_set_new(record, "url", json_string(url));
	if (branch->conflicts)
		json_object_set(record, "conflicts", branch->conflicts);
	return record;
}
