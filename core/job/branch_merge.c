/* SPDX-License-Identifier: Apache-2.0 */
/* Each function takes the branch one step further and returns 0, or an error; the next one looks at
 * the step. */
#include "job/branch_merge.h"

#include <stdio.h>

#include "base/branch_step.h"
#include "stagebox/json.h"

/* @why: not the text of err, which is overwritten */
static int leave_open(struct sb_job_branch *branch, struct sb_error *err, const char *why)
{
	sb_autofree char *url = sb_job_branch_url(branch);
	int rc = sb_job_branch_note(branch, SB_BRANCH_OPEN, err);

	if (rc < 0)
		return rc;
	return sb_fail(err, SB_E_CONFLICT,
		       "branch \"%.100s\" was not merged: %.200s: decide at %.150s",
		       branch->at.name, why, url ? url : "its page in NetBox");
}

static int leave_conflicts(struct sb_job_branch *branch, const json_t *rows, struct sb_error *err)
{
	size_t n = json_array_size(rows), i;
	const json_t *row;
	char why[160];

	json_array_foreach (rows, i, row)
		sb_job_branch_add_conflict(branch, row, json_object_get(row, "conflicts"));
	snprintf(why, sizeof(why), "%zu object%s changed in main and in the branch", n,
		 n == 1 ? "" : "s");
	return leave_open(branch, err, why);
}

static bool has_policy(const struct sb_job_branch *branch, const char *policy)
{
	const char *word = sb_json_str(branch->settings, "on_conflict");

	return word && sb_streq(word, policy);
}

/* The status of the branch decides, and not that of a job: a dry run of somebody else ends as well.
 */
static int judge_status(struct sb_job_branch *branch, struct sb_error *err)
{
	char why[120];

	if (sb_job_branch_is_merged(branch))
		return sb_job_branch_note(branch, SB_BRANCH_MERGED, err);
	snprintf(why, sizeof(why), "its status in NetBox is %s", branch->at.status);
	return leave_open(branch, err, why);
}

/* The job completed without a merge: NetBox found no change in the branch, or it was a dry run. */
static int end_unmerged(struct sb_job_branch *branch, struct sb_error *err)
{
	int64_t n = 0;
	int rc = sb_netbox_branch_count(branch->run->netbox, branch->at.id, &n, err);

	if (rc < 0)
		return rc;
	return n || branch->n_changes
		       ? leave_open(branch, err, "the job of NetBox ended and merged nothing")
		       : sb_job_branch_delete(branch, err);
}

/* A worker that died, or was stopped, said nothing about the changes; people have recovered the
 * branch since, and it is as before the merge. */
static bool is_cut_off(const struct sb_netbox_job *job)
{
	return !*job->error &&
	       (sb_streq(job->status, "failed") || sb_streq(job->status, "errored"));
}

static int merge_later(struct sb_job_branch *branch, struct sb_error *err)
{
	int rc = sb_job_branch_note(branch, SB_BRANCH_WRITTEN, err);

	return rc < 0 ? rc
		      : sb_fail(err, SB_E_BUSY,
				"branch \"%.100s\": the job of NetBox that merged it ended without "
				"a "
				"result, and nothing is merged: the next sync merges it",
				branch->at.name);
}

static int finish_merge(struct sb_job_branch *branch, struct sb_error *err)
{
	struct sb_netbox_job job = {0};
	int rc = sb_job_branch_wait(branch, "merge", &job, err);

	if (!rc)
		rc = sb_job_branch_find(branch, err);
	if (rc < 0)
		return rc;
	if (!sb_job_branch_is(branch, "ready"))
		return judge_status(branch, err);
	if (is_cut_off(&job))
		return merge_later(branch, err);
	return *job.error ? leave_open(branch, err, job.error) : end_unmerged(branch, err);
}

/* The answer of an earlier run to its merge did not arrive. */
static int find_merge(struct sb_job_branch *branch, struct sb_error *err)
{
	int rc = sb_job_branch_find(branch, err);

	if (!rc)
		rc = sb_job_branch_find_job(branch, err);
	if (rc < 0)
		return rc;
	if (branch->job)
		return sb_job_branch_note(branch, SB_BRANCH_MERGING, err);
	return sb_job_branch_is(branch, "ready") ? 0 : judge_status(branch, err);
}

static int check_conflicts(struct sb_job_branch *branch, struct sb_error *err)
{
	sb_autojson *rows = NULL;
	int rc;

	if (has_policy(branch, "acknowledge"))
		return 0;
	rc = sb_netbox_branch_changes(branch->run->netbox, branch->at.id, true, &rows, err);
	if (rc < 0)
		return sb_context(err, rc, "looking for conflicts of branch \"%.100s\"",
				  branch->at.name);
	return json_array_size(rows) ? leave_conflicts(branch, rows, err) : 0;
}

static int ask_for_merge(struct sb_job_branch *branch, struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;
	sb_autojson *rows = NULL;
	int rc = sb_job_branch_note(branch, SB_BRANCH_MERGE, err);

	if (rc < 0)
		return rc;
	rc = sb_netbox_branch_act(branch->run->netbox, branch->at.id, "merge",
				  has_policy(branch, "acknowledge"), &branch->job, &rows, &why);
	if (!rc)
		return sb_job_branch_note(branch, SB_BRANCH_MERGING, err);
	if (rc == SB_E_CONFLICT && rows)
		return leave_conflicts(branch, rows, err);
	if (rc == SB_E_STATE || rc == SB_E_NOTFOUND) { /* somebody was faster */
		rc = sb_job_branch_find(branch, err);
		return rc < 0 ? rc : judge_status(branch, err);
	}
	/* Once the token has the right, the next run merges it. */
	if (rc == SB_E_FORBIDDEN)
		sb_job_branch_note(branch, SB_BRANCH_WRITTEN, NULL);
	if (err)
		*err = why;
	return sb_context(err, rc, "merging branch \"%.100s\"", branch->at.name);
}

static bool is_to_be_asked(const struct sb_job_branch *branch)
{
	return sb_job_branch_is_at(branch, SB_BRANCH_WRITTEN) ||
	       sb_job_branch_is_at(branch, SB_BRANCH_MERGE);
}

int sb_job_branch_merge(struct sb_job_branch *branch, struct sb_error *err)
{
	int rc = 0;

	if (sb_job_branch_is_at(branch, SB_BRANCH_MERGE))
		rc = find_merge(branch, err);
	if (!rc && is_to_be_asked(branch))
		rc = check_conflicts(branch, err);
	if (!rc && is_to_be_asked(branch))
		rc = ask_for_merge(branch, err);
	if (!rc && sb_job_branch_is_at(branch, SB_BRANCH_MERGING))
		rc = finish_merge(branch, err);
	return rc;
}

int sb_job_branch_finish_revert(struct sb_job_branch *branch, struct sb_error *err)
{
	struct sb_netbox_job job = {0};
	int rc = sb_job_branch_find(branch, err);

	if (!rc && !branch->job)
		rc = sb_job_branch_find_job(branch, err);
	if (!rc && branch->job)
		rc = sb_job_branch_wait(branch, "revert", &job, err);
	if (!rc)
		rc = sb_job_branch_find(branch, err);
	if (rc < 0)
		return rc;
	if (sb_job_branch_is(branch, "ready"))
		return sb_job_branch_note(branch, SB_BRANCH_REVERTED, err);
	if (!sb_job_branch_is_merged(branch))
		return judge_status(branch, err);
	rc = sb_job_branch_note(branch, SB_BRANCH_MERGED, err);
	if (rc < 0 || !*job.status)
		return rc;
	return sb_fail(err, SB_E_STATE, "branch \"%.100s\" was not reverted: %.300s",
		       branch->at.name,
		       *job.error ? job.error : "the job of NetBox ended and reverted nothing");
}
