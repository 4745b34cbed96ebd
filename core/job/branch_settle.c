/* SPDX-License-Identifier: Apache-2.0 */
#include "job/branch_settle.h"

#include <inttypes.h>

#include "base/branch_step.h"
#include "base/list.h"
#include "job/branch_merge.h"
#include "stagebox/json.h"
#include "stagebox/log.h"

enum { DAY_S = 86400 };

static bool is_at(const struct sb_job_branch *branch, const char *step)
{
	return sb_job_branch_is_at(branch, step);
}

static bool is_over(const struct sb_job_branch *branch)
{
	return is_at(branch, SB_BRANCH_MERGED) || is_at(branch, SB_BRANCH_GONE);
}

/* NetBox has nothing of it that waits for a decision: one that is to be deleted is merged already,
 * or nothing was written into it. */
static bool blocks_nobody(const struct sb_job_branch *branch)
{
	return is_over(branch) || is_at(branch, SB_BRANCH_DELETE);
}

static bool is_reverting(const struct sb_job_branch *branch)
{
	return is_at(branch, SB_BRANCH_REVERT) || is_at(branch, SB_BRANCH_REVERTING);
}

static bool is_merging(const struct sb_job_branch *branch)
{
	return is_at(branch, SB_BRANCH_WRITTEN) || is_at(branch, SB_BRANCH_MERGE) ||
	       is_at(branch, SB_BRANCH_MERGING);
}

/* Note a step, unless this run only looks. */
static int note_step(const struct sb_branch_settling *settling, struct sb_job_branch *branch,
		     const char *step, struct sb_error *err)
{
	if (!settling->is_plan)
		return sb_job_branch_note(branch, step, err);
	branch->step = step;
	return 0;
}

static int wait_for_commit(const struct sb_branch_settling *settling,
			   const struct sb_job_branch *branch, struct sb_error *err)
{
	return settling->is_plan ? 0 : sb_job_branch_await_commit(branch, err);
}

/* NetBox does not have it any more. What it changed in main is gone with a revert, too. */
static int end_gone(const struct sb_branch_settling *settling, struct sb_job_branch *branch,
		    struct sb_error *err)
{
	bool was_seen = !is_at(branch, SB_BRANCH_CREATE) && !is_at(branch, SB_BRANCH_DELETE);
	int rc = is_reverting(branch) ? note_step(settling, branch, SB_BRANCH_REVERTED, err) : 0;

	if (was_seen)
		sb_log(SB_LOG_NOTICE, "branch \"%s\" of run %" PRId64 " was deleted in NetBox",
		       branch->at.name, branch->maker);
	return rc < 0 ? rc : note_step(settling, branch, SB_BRANCH_GONE, err);
}

/* Somebody merged it, or a job of ours did after its run had ended. */
static int end_merged(const struct sb_branch_settling *settling, struct sb_job_branch *branch,
		      struct sb_error *err)
{
	sb_log(SB_LOG_NOTICE, "branch \"%s\" of run %" PRId64 " was merged in NetBox",
	       branch->at.name, branch->maker);
	branch->job = 0;
	return note_step(settling, branch, SB_BRANCH_MERGED, err);
}

/* A merged branch costs no request while it is kept. People may have reverted it since. */
static int settle_merged(const struct sb_branch_settling *settling, struct sb_job_branch *branch,
			 struct sb_error *err)
{
	int64_t days = 0;
	int rc;

	sb_json_int(branch->settings, "keep_days", &days);
	if (settling->is_plan || !days || branch->run->now_s < branch->since_s + days * DAY_S)
		return 0;
	rc = sb_job_branch_look(branch, err);
	if (rc == SB_E_NOTFOUND)
		return end_gone(settling, branch, err);
	if (rc < 0)
		return rc;
	if (sb_job_branch_is_merged(branch))
		return sb_job_branch_delete(branch, err);
	return sb_job_branch_note(branch, SB_BRANCH_REVERTED, err);
}

/* Main changes by this, and not by what this run plans. */
static int merge_left(struct sb_job_branch *branch, struct sb_error *err)
{
	int rc = sb_job_branch_merge(branch, err);

	if (!rc && is_at(branch, SB_BRANCH_MERGED))
		sb_log(SB_LOG_NOTICE, "branch \"%s\" of run %" PRId64 " was merged by this run",
		       branch->at.name, branch->maker);
	return rc;
}

/* Continue what was only to be merged, reverted or deleted. */
static int go_on(const struct sb_branch_settling *settling, struct sb_job_branch *branch,
		 struct sb_error *err)
{
	bool is_broken = sb_job_branch_is(branch, "failed") && is_at(branch, SB_BRANCH_MADE);
	int rc = 0;

	if (settling->is_plan)
		return 0;
	if (is_broken || is_at(branch, SB_BRANCH_DELETE))
		return sb_job_branch_delete(branch, err);
	if (is_at(branch, SB_BRANCH_REVERT))
		rc = wait_for_commit(settling, branch, err);
	if (rc < 0)
		return rc;
	if (is_reverting(branch))
		return sb_job_branch_finish_revert(branch, err);
	return is_merging(branch) ? merge_left(branch, err) : 0;
}

static int adopt_created(const struct sb_branch_settling *settling, struct sb_job_branch *branch,
			 struct sb_error *err)
{
	bool is_ours = sb_job_branch_is_marked(branch, settling->mark);

	return note_step(settling, branch, is_ours ? SB_BRANCH_MADE : SB_BRANCH_GONE, err);
}

static int settle_step(const struct sb_branch_settling *settling, struct sb_job_branch *branch,
		       struct sb_error *err)
{
	int rc = is_at(branch, SB_BRANCH_CREATE) ? wait_for_commit(settling, branch, err) : 0;

	if (!rc)
		rc = sb_job_branch_look(branch, err);
	if (rc == SB_E_NOTFOUND)
		return end_gone(settling, branch, err);
	if (!rc && is_at(branch, SB_BRANCH_CREATE))
		rc = adopt_created(settling, branch, err);
	if (rc < 0 || is_over(branch))
		return rc;
	if (sb_job_branch_is_merged(branch) && !is_reverting(branch) &&
	    !is_at(branch, SB_BRANCH_DELETE))
		return end_merged(settling, branch, err);
	return go_on(settling, branch, err);
}

/* The values that this run compares with follow what became of the branch. */
static int follow_values(const struct sb_branch_settling *settling,
			 const struct sb_job_branch *branch, const char *before)
{
	bool was_in_main = sb_streq(before, SB_BRANCH_MERGED) ||
			   sb_streq(before, SB_BRANCH_REVERT) ||
			   sb_streq(before, SB_BRANCH_REVERTING);

	if (!was_in_main && is_at(branch, SB_BRANCH_MERGED))
		return settling->on_values(settling->arg, branch->at.schema, true);
	if (was_in_main && !blocks_nobody(branch))
		return settling->on_values(settling->arg, branch->at.schema, false);
	return 0;
}

static int settle_one(const struct sb_branch_settling *settling, struct sb_job_branch *branch,
		      struct sb_error *err)
{
	const char *before = branch->step;
	int rc = is_at(branch, SB_BRANCH_MERGED) ? settle_merged(settling, branch, err)
						 : settle_step(settling, branch, err);

	if (follow_values(settling, branch, before) < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	if (rc < 0 && (sb_streq(before, SB_BRANCH_MERGED) || sb_streq(before, SB_BRANCH_DELETE))) {
		sb_log(SB_LOG_WARN, "%s", err->text); /* only a clean-up */
		rc = 0;
	}
	return rc;
}

static bool blocks_this_run(const struct sb_branch_settling *settling,
			    const struct sb_job_branch *branch)
{
	const json_t *module;
	size_t i;

	json_array_foreach (branch->modules, i, module)
		if (settling->writes(settling->arg, json_string_value(module)))
			return true;
	return false;
}

/* A killed run with these modules, or some of them, ended before or during its writes: what it
 * wrote is seen in its branch, and the rest is planned there. */
static bool can_continue(const struct sb_branch_settling *settling,
			 const struct sb_job_branch *branch)
{
	const struct sb_job_branch *own = settling->own;
	sb_autojson *others = sb_list_without(branch->modules, own->modules);

	return settling->continues && own->settings && !own->step &&
	       (is_at(branch, SB_BRANCH_MADE) || is_at(branch, SB_BRANCH_WRITES)) && others &&
	       !json_array_size(others);
}

static int refuse_run(const struct sb_job_branch *branch, struct sb_error *err)
{
	sb_autofree char *url = sb_job_branch_url(branch);

	if (sb_job_branch_is(branch, "merging") || sb_job_branch_is(branch, "reverting"))
		return sb_fail(err, SB_E_REFUSED,
			       "NetBox is %s branch \"%.100s\" of run %" PRId64
			       ", which has changes of the same modules, and nothing was written: "
			       "sync again when it is done (%.200s)",
			       branch->at.status, branch->at.name, branch->maker,
			       url ? url : "see its page");

	return sb_fail(
		err, SB_E_REFUSED,
		"branch \"%.100s\" of run %" PRId64 " is open with changes of the same "
		"modules, and nothing was written: %smerge it or delete it at %.200s, then "
		"sync again",
		branch->at.name, branch->maker,
		is_at(branch, SB_BRANCH_OPEN)
			? ""
			: "run `stagebox sync --branch required`, which goes on with it, or ",
		url ? url : "its page in NetBox");
}

/* Nothing was written into it: nobody misses it. NetBox deletes none that is being provisioned: a
 * later run does. */
static int discard_made(const struct sb_branch_settling *settling, struct sb_job_branch *branch,
			struct sb_error *err)
{
	if (settling->is_plan || sb_job_branch_is(branch, "new") ||
	    sb_job_branch_is(branch, "provisioning"))
		return 0;
	return sb_job_branch_delete(branch, err);
}

/* The run goes on in a branch that stays, goes on without it, or is refused. */
static int place_branch(const struct sb_branch_settling *settling, struct sb_job_branch *branch,
			struct sb_error *err)
{
	if (can_continue(settling, branch)) {
		if (settling->is_plan && is_at(branch, SB_BRANCH_WRITES))
			sb_log(SB_LOG_WARN,
			       "a sync goes on in branch \"%s\" of run %" PRId64
			       ", which was not written whole: what it holds already is not part "
			       "of "
			       "this plan, and goes to main with it",
			       branch->at.name, branch->maker);
		branch->settings = settling->own->settings;
		*settling->own = *branch;
		return 0;
	}
	if (is_at(branch, SB_BRANCH_MADE))
		return discard_made(settling, branch, err);
	return blocks_this_run(settling, branch) ? refuse_run(branch, err) : 0;
}

static int settle_row(const struct sb_branch_settling *settling, const json_t *row,
		      struct sb_error *err)
{
	struct sb_job_branch branch = {0};
	int rc = sb_job_branch_read(settling->own->run, row, &branch, err);

	sb_json_int(settling->own->settings, "wait_s", &branch.wait_s);
	if (!rc)
		rc = settle_one(settling, &branch, err);
	if (!rc && !blocks_nobody(&branch))
		rc = place_branch(settling, &branch, err);
	if (rc == SB_E_CONFLICT && !settling->own->step && blocks_this_run(settling, &branch)) {
		*settling->own = branch; /* with its conflicts, for the record */
		return rc;
	}
	sb_job_branch_finish(&branch);
	if (rc < 0 && rc != SB_E_NOMEM && !blocks_this_run(settling, &branch)) {
		sb_log(SB_LOG_WARN, "%s", err->text); /* other modules do not wait for it */
		rc = 0;
	}
	return rc;
}

/* Without the plugin nobody can say what became of a branch. */
static int check_unknown(const struct sb_branch_settling *settling, const json_t *row,
			 struct sb_error *err)
{
	struct sb_job_branch branch = {0};
	int rc = sb_job_branch_read(settling->own->run, row, &branch, err);

	if (rc < 0 || blocks_nobody(&branch) || !blocks_this_run(settling, &branch))
		return rc;
	return sb_fail(
		err, SB_E_REFUSED,
		"branch \"%.100s\" of run %" PRId64 " was open with changes of the same "
		"modules, and NetBox does not run the plugin netbox-branching any more: install "
		"it again; if its branches are gone for good, delete the store, which is "
		"disposable",
		branch.at.name, branch.maker);
}

int sb_job_branches_settle(const struct sb_branch_settling *settling, struct sb_error *err)
{
	const struct sb_netbox_caps *caps = sb_netbox_caps(settling->own->run->netbox);
	struct sb_error why = SB_ERROR_INIT;
	const json_t *row;
	size_t i;
	int rc = 0;

	json_array_foreach (settling->branches, i, row)
		if (!rc)
			rc = *caps->branching_version ? settle_row(settling, row, &why)
						      : check_unknown(settling, row, &why);
	if (rc < 0 && err)
		*err = why;
	return rc;
}
