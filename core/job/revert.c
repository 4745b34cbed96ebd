/* SPDX-License-Identifier: Apache-2.0 */
#include "job/revert.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "job/branch_merge.h"
#include "job/branch_settle.h"
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

/* "virtual_machine" names the model "virtualmachine". */
static bool names_model(const char *member, const char *model)
{
	for (; *member; member++) {
		if (*member == '_')
			continue;
		if (*member != *model++)
			return false;
	}
	return !*model;
}

/* Does the new object belong to one that the branch created? Its members name the model of what
 * they refer to: "virtual_machine": 31. */
static bool belongs_to(const json_t *change, const json_t *diff)
{
	const char *type = sb_json_str(diff, "object_type"),
		   *model = type ? strchr(type, '.') : NULL;
	json_int_t id = json_integer_value(json_object_get(diff, "object_id"));
	const json_t *data = json_object_get(change, "postchange_data");
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)data, name, value) {
		if (!json_is_integer(value) || json_integer_value(value) != id)
			continue;
		if ((model && names_model(name, model + 1)) ||
		    (model && strstr(model, "interface") && sb_streq(name, "assigned_object_id")))
			return true;
	}
	return false;
}

static bool is_create(const json_t *diff)
{
	return sb_streq(sb_json_str(json_object_get(diff, "action"), "value"), "create");
}

/* The revert deletes what the branch created, and NetBox deletes the parts of that, whoever made
 * them. Borrowed; NULL = there is none. */
static const json_t *find_owner(const json_t *diffs, const json_t *change)
{
	const char *name;
	json_t *diff;

	if (json_object_size(json_object_get(change, "prechange_data")))
		return NULL;
	json_object_foreach ((json_t *)(uintptr_t)diffs, name, diff)
		if (is_create(diff) && belongs_to(change, diff))
			return diff;
	return NULL;
}

/* The change log of main since the merge. */
static int check_changes(struct sb_job_branch *branch, const json_t *diffs, struct sb_error *err)
{
	sb_autobuf query = SB_BUF_INIT(256);
	sb_autojson *changes = NULL;
	const json_t *change, *diff;
	size_t i, n = 0;
	int rc;

	sb_buf_add(&query, "time_after=");
	sb_buf_add_url(&query, branch->at.merged);
	rc = sb_netbox_list_wait(branch->run->netbox, "core/object-changes", sb_buf_str(&query),
				 "id,changed_object_type,changed_object_id,prechange_data,"
				 "postchange_data",
				 &changes, err);
	if (rc < 0)
		return rc;
	json_array_foreach (changes, i, change) {
		int64_t id = json_integer_value(json_object_get(change, "changed_object_id"));
		sb_autofree char *name =
			name_object(sb_json_str(change, "changed_object_type"), id);
		sb_autojson *fields = NULL;

		diff = name ? json_object_get(diffs, name) : NULL;
		fields = diff ? find_fields(diff, change) : NULL;
		if (!diff && (diff = find_owner(diffs, change)) != NULL)
			fields = json_pack("[s]", "a part that was added since");
		if (!fields)
			continue;
		sb_job_branch_add_conflict(branch, diff, fields);
		n++;
	}
	if (!n)
		return 0;
	return sb_fail(err, SB_E_CONFLICT,
		       "branch \"%.100s\" was not reverted: main has changed what it wrote %zu "
		       "time%s since the merge, which a revert would undo: put these fields back "
		       "first, or correct what you wanted to revert in NetBox",
		       branch->at.name, n, n == 1 ? "" : "s");
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
