/* SPDX-License-Identifier: Apache-2.0 */
#include "job/revert.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "job/branch_merge.h"
#include "job/branch_settle.h"
#include "job/revert_refs.h"
#include "base/branch_step.h"
#include "stagebox/json.h"

/* "dcim.device 31": what a change of a branch, or of main, is about. */
static char *name_object(const char *type, int64_t id)
{
	sb_autobuf name = SB_BUF_INIT(300);

	sb_buf_addf(&name, "%s %" PRId64, type ? type : "", id);
	return sb_buf_take(&name);
}

/* The changes of the branch by object. */
static int read_diffs(struct sb_job_branch *branch, json_t **ret_diffs, struct sb_error *err)
{
	sb_autojson *rows = NULL, *diffs = json_object();
	json_t *row;
	size_t i;
	int rc = sb_netbox_branch_changes(branch->run->netbox, branch->at.id, false, &rows, err);

	if (rc < 0)
		return rc;
	json_array_foreach (rows, i, row) {
		int64_t id = json_integer_value(json_object_get(row, "object_id"));
		sb_autofree char *name = name_object(sb_json_str(row, "object_type"), id);

		if (!name || json_object_set(diffs, name, row) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	*ret_diffs = sb_steal(diffs);
	return 0;
}

/* The fields that main changed since and that the revert would write. New reference; NULL = none.
 * An object that the branch created would be deleted, whatever was changed. */
static json_t *find_fields(const json_t *diff, const json_t *change)
{
	const json_t *before = json_object_get(change, "prechange_data");
	const json_t *after = json_object_get(change, "postchange_data");
	const json_t *original = json_object_get(diff, "original_data");
	const json_t *modified = json_object_get(diff, "modified_data");
	sb_autojson *fields = json_array();
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)before, name, value) {
		if (sb_streq(name, "last_updated") ||
		    json_equal(value, json_object_get(after, name)))
			continue;
		if (json_is_object(original) && json_is_object(modified) &&
		    json_equal(json_object_get(original, name), json_object_get(modified, name)))
			continue;
		json_array_append_new(fields, json_string(name));
	}
	return json_array_size(fields) || !json_object_size(after) ? sb_steal(fields) : NULL;
}

/* A revert would undo these fields of an object of the branch, which main changed since, or delete
 * what another object refers to. New reference; NULL = nothing. */
static json_t *find_loss(const struct sb_job_branch *branch, const json_t *diffs,
			 const json_t *created, const char *name, const json_t *change,
			 const json_t **ret_diff)
{
	const char *type = sb_json_str(change, "changed_object_type"),
		   *shown = sb_json_str(change, "object_repr");

	*ret_diff = json_object_get(diffs, name);
	if (*ret_diff)
		return find_fields(*ret_diff, change);
	*ret_diff = sb_revert_referred(sb_registry_kinds(branch->run->registry), created, change);
	return *ret_diff ? json_pack("[o]", json_sprintf("%s %.100s, which refers to it since",
							 type ? type : "", shown ? shown : ""))
			 : NULL;
}

/* Join the changes of each object: as it was before the first one, and after the last one. So what
 * people put back does not count. */
static json_t *join_changes(const json_t *changes)
{
	sb_autojson *joined = json_object();
	json_t *change, *seen;
	size_t i;

	json_array_foreach (changes, i, change) {
		int64_t id = json_integer_value(json_object_get(change, "changed_object_id"));
		sb_autofree char *name =
			name_object(sb_json_str(change, "changed_object_type"), id);
		json_t *after = json_object_get(change, "postchange_data");

		seen = name ? json_object_get(joined, name) : NULL;
		if (!name || (seen ? json_object_set(seen, "postchange_data", after)
				   : json_object_set_new(joined, name, json_copy(change))) < 0)
			return NULL;
	}
	return sb_steal(joined);
}

/* The change log of main since the merge. */
static int check_changes(struct sb_job_branch *branch, const json_t *diffs, struct sb_error *err)
{
	sb_autobuf query = SB_BUF_INIT(256);
	sb_autojson *changes = NULL, *joined = NULL, *created = sb_revert_created(diffs);
	const json_t *diff;
	const char *name;
	json_t *change;
	size_t n;
	int rc;

	if (!created)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	sb_buf_add(&query, "time_after=");
	sb_buf_add_url(&query, branch->at.merged);
	rc = sb_netbox_list_wait(branch->run->netbox, "core/object-changes", sb_buf_str(&query),
				 "id,changed_object_type,changed_object_id,object_repr,"
				 "prechange_data,postchange_data",
				 &changes, err);
	if (rc < 0)
		return rc;
	joined = join_changes(changes);
	if (!joined)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	json_object_foreach (joined, name, change) {
		sb_autojson *loss = find_loss(branch, diffs, created, name, change, &diff);

		if (loss)
			sb_job_branch_add_conflict(branch, diff, loss);
	}
	n = json_array_size(branch->conflicts);
	if (!n)
		return 0;
	return sb_fail(
		err, SB_E_CONFLICT,
		"branch \"%.100s\" was not reverted: since the merge main has changed what it "
		"wrote, or refers to what it created, which a revert would undo (%zu, see "
		"below): put that back first, or correct what you wanted to revert in NetBox",
		branch->at.name, n);
}

static int find_branch(struct sb_run *run, const json_t *task, struct sb_job_branch *branch,
		       struct sb_error *err)
{
	int64_t maker = json_integer_value(json_object_get(task, "reverted"));
	const json_t *row;
	size_t i;

	json_array_foreach (json_object_get(task, "branches"), i, row)
		if (json_integer_value(json_object_get(row, "run")) == maker)
			return sb_job_branch_read(run, row, branch, err);
	return sb_fail(err, SB_E_ARG,
		       "run %" PRId64 " has no branch in NetBox: only the merge of a branch can be "
		       "reverted, while NetBox keeps it (branching.keep_days)",
		       maker);
}

static int begin_revert(struct sb_job_branch *branch, struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;
	sb_autojson *none = NULL;
	int rc = sb_job_branch_note(branch, SB_BRANCH_REVERT, err);

	if (rc < 0)
		return rc;
	rc = sb_netbox_branch_act(branch->run->netbox, branch->at.id, "revert", false, &branch->job,
				  &none, &why);
	/* Otherwise it may be under way: the next run finds out. */
	if (rc < 0 && sb_job_branch_is_refused(&why))
		sb_job_branch_note(branch, SB_BRANCH_MERGED, NULL);
	if (rc < 0 && err)
		*err = why;
	if (rc < 0)
		return sb_context(err, rc, "reverting branch \"%.100s\"", branch->at.name);
	return sb_job_branch_note(branch, SB_BRANCH_REVERTING, err);
}

int sb_job_revert(struct sb_run *run, const json_t *task, struct sb_job_branch *branch,
		  struct sb_error *err)
{
	sb_autojson *diffs = NULL;
	int rc = find_branch(run, task, branch, err);

	if (!rc)
		rc = sb_job_branch_find(branch, err);
	if (!rc && !sb_job_branch_is(branch, "merged"))
		return sb_fail(err, SB_E_REFUSED,
			       "branch \"%.100s\" is in the status %s in NetBox, and only a merged "
			       "one can be reverted",
			       branch->at.name, branch->at.status);
	if (!rc)
		rc = read_diffs(branch, &diffs, err);
	if (!rc)
		rc = check_changes(branch, diffs, err);
	if (!rc)
		rc = begin_revert(branch, err);
	return rc < 0 ? rc : sb_job_branch_finish_revert(branch, err);
}
