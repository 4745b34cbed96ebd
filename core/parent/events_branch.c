/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/events_branch.h"

#include <string.h>

#include "base/clock.h"
#include "model/branch_record.h"
#include "base/branch_schema.h"
#include "base/branch_step.h"
#include "parent/event_members.h"
#include "stagebox/json.h"

static const char *const steps[] = {SB_BRANCH_STEPS};

/* The branch of an earlier run that the task named; NULL = there is none. */
static const json_t *find_in_task(const struct sb_parent *parent, int64_t run)
{
	const json_t *branch;
	size_t i;

	json_array_foreach (parent->branches, i, branch)
		if (json_integer_value(json_object_get(branch, "run")) == run)
			return branch;
	return NULL;
}

/* A branch of this run has the name that the options give it. */
static bool has_own_name(const struct sb_parent *parent, const char *name)
{
	const char *prefix = sb_json_str(parent->spec->branch, "prefix");

	return prefix && sb_starts_with(name, prefix) && name[strlen(prefix)] == '-';
}

static int read_schema(const json_t *event, const char **ret_schema, struct sb_error *err)
{
	const char *schema = sb_json_str(event, "schema");

	*ret_schema = schema;
	if (!schema || !sb_branch_schema_is_valid(schema))
		return sb_fail(err, SB_E_SHAPE, "member \"schema\" is not the id of a branch");
	return 0;
}

static int read_branch(const json_t *event, struct sb_store_branch *branch, struct sb_error *err)
{
	int rc = sb_event_number(event, "run", &branch->run, err);

	if (!rc)
		rc = sb_event_text(event, "name", &branch->name, err);
	if (!rc)
		rc = sb_event_number(event, "branch", &branch->id, err);
	if (!rc)
		rc = read_schema(event, &branch->schema, err);
	if (!rc)
		rc = sb_event_number(event, "job", &branch->job, err);
	return rc < 0 ? rc : sb_event_word(event, "step", steps, &branch->step, err);
}

/* The job goes on with it, with its own options, and with modules that may be more than those of
 * the run that made it. */
static bool is_written_now(const struct sb_parent *parent, const struct sb_store_branch *branch)
{
	return parent->spec->branch &&
	       (sb_streq(branch->step, SB_BRANCH_WRITES) ||
		(*branch->schema && sb_streq(branch->schema, parent->schema)));
}

/* Modules and options come from the parent's own order, not from the job. */
static int complete_branch(const struct sb_parent *parent, struct sb_store_branch *branch,
			   struct sb_error *err)
{
	const json_t *known = find_in_task(parent, branch->run);
	const char *schema = sb_json_str(known, "schema");

	branch->endpoint = parent->spec->endpoint;
	branch->modules = json_object_get(known, "modules");
	branch->settings = json_object_get(known, "settings");
	if (is_written_now(parent, branch)) {
		branch->modules = parent->spec->modules;
		branch->settings = parent->spec->branch;
	}
	if (known && sb_streq(sb_json_str(known, "name"), branch->name) &&
	    (!*schema || sb_streq(schema, branch->schema)))
		return 0;
	branch->modules = parent->spec->modules;
	branch->settings = parent->spec->branch;
	if (!known && branch->run == parent->result->run && branch->settings &&
	    has_own_name(parent, branch->name))
		return 0;
	return sb_fail(err, SB_E_SHAPE,
		       "branch \"%.100s\" of run %lld is not among those of this job", branch->name,
		       (long long)branch->run);
}

/* From now on what the job writes is in the branch. */
static int use_branch(struct sb_parent *parent, const struct sb_store_branch *branch,
		      struct sb_error *err)
{
	if (!*branch->schema)
		return sb_fail(err, SB_E_SHAPE, "a branch without a schema cannot be written");
	snprintf(parent->schema, sizeof(parent->schema), "%s", branch->schema);
	return sb_store_run_schema(parent->store, parent->result->run, branch->schema, err);
}

static int put_branch(struct sb_parent *parent, const struct sb_store_branch *branch,
		      struct sb_error *err)
{
	bool is_merged = sb_streq(branch->step, SB_BRANCH_MERGED);
	int64_t now_s = sb_clock_wall_s();
	int rc = 0;

	if (is_merged || sb_streq(branch->step, SB_BRANCH_GONE)) {
		rc = sb_store_branch_end(parent->store, branch, is_merged, now_s, err);
		if (sb_streq(parent->schema, branch->schema))
			parent->schema[0] = '\0';
		return rc;
	}
	if (sb_streq(branch->step, SB_BRANCH_REVERTED)) {
		struct sb_store_branch open = *branch;

		open.step = SB_BRANCH_OPEN;
		return sb_store_branch_revert(parent->store, &open, now_s, err);
	}
	if (sb_streq(branch->step, SB_BRANCH_WRITES))
		rc = use_branch(parent, branch, err);
	return rc < 0 ? rc : sb_store_branch_put(parent->store, branch, now_s, err);
}

/* The record has what the steps say of a branch: by its name, and by its schema for the one that
 * the job writes. */
static int remember_branch(struct sb_parent *parent, const struct sb_store_branch *branch,
			   struct sb_error *err)
{
	sb_autojson *record = sb_branch_record(branch->name, branch->id, branch->schema,
					       branch->step, branch->run);

	if (!parent->seen_branches)
		parent->seen_branches = json_object();
	if (!record || json_object_set(parent->seen_branches, branch->name, record) < 0 ||
	    (*branch->schema && json_object_set(parent->seen_branches, branch->schema, record) < 0))
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	return 0;
}

int sb_parent_on_branch(struct sb_parent *parent, const json_t *event, struct sb_error *err)
{
	struct sb_store_branch branch = {0};
	int64_t id;
	int rc;

	if (!parent->writes_store)
		return sb_fail(err, SB_E_STATE, "a job in plan mode asked to change a branch");
	rc = sb_event_number(event, "id", &id, err);
	if (!rc)
		rc = read_branch(event, &branch, err);
	if (!rc)
		rc = complete_branch(parent, &branch, err);
	if (rc < 0 || parent->was_stopped)
		return rc;
	rc = sb_store_lease_renew(parent->store, parent->lease.name, parent->lease.token, err);
	if (!rc)
		rc = put_branch(parent, &branch, err);
	return rc < 0 ? rc : remember_branch(parent, &branch, err);
}

/* The record of the branch that a revert is about, also of one that sent no event because it was
 * refused. New reference; NULL = the job reverts nothing. */
static json_t *record_reverted(const struct sb_parent *parent)
{
	int64_t run = parent->spec->reverted;
	const json_t *row = run ? find_in_task(parent, run) : NULL;
	const char *name = sb_json_str(row, "name");
	json_t *seen = name ? json_object_get(parent->seen_branches, name) : NULL;

	if (!row || seen)
		return json_copy(seen);
	return sb_branch_record(sb_json_str(row, "name"),
				json_integer_value(json_object_get(row, "id")),
				sb_json_str(row, "schema"), sb_json_str(row, "step"), run);
}

void sb_parent_record_branch(const struct sb_parent *parent, json_t *record)
{
	sb_autojson *own = json_incref(json_object_get(record, "branch"));
	const char *name = sb_json_str(own, "name");
	json_t *known = json_object_get(parent->seen_branches, name ? name : parent->schema);
	json_t *branch = known ? json_copy(known) : record_reverted(parent);

	json_object_del(record, "branch");
	if (!branch)
		return;
	if (json_is_string(json_object_get(own, "url")))
		json_object_set(branch, "url", json_object_get(own, "url"));
	if (json_is_array(json_object_get(own, "conflicts")))
		json_object_set(branch, "conflicts", json_object_get(own, "conflicts"));
	json_object_set_new(record, "branch", branch);
}
