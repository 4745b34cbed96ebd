/* SPDX-License-Identifier: Apache-2.0 */
/* A trial: does NetBox keep custom objects apart in branches? */

#include <stdio.h>

#include "apply/apply.h"
#include "apply/settle.h"
#include "base/branch_step.h"
#include "base/buf.h"
#include "base/list.h"
#include "job/bootstrap_change.h"
#include "job/branch_models.h"
#include "job/job_priv.h"
#include "model/home_type.h"
#include "netbox/branch_header.h"
#include "netbox/home.h"
#include "run/account.h"
#include "run/events.h"
#include "run/home_types.h"
#include "run/inventory.h"
#include "run/objects_home.h"
#include "run/objects_rights.h"
#include "run/session.h"
#include "stagebox/json.h"
#include "stagebox/log.h"

#define NAME "stagebox-trial"
#define WHY  "a trial of branches"

/* One trial. */
struct trial {
	struct job *job;
	struct sb_run *run;
	const json_t *types;             /* the types of custom objects that NetBox has */
	const struct sb_home_kind *home; /* whose object is written; NULL = none can be */
	char key[160];                   /* of that object: another store has another one */
	bool has_cluster;                /* the plan has one */
	json_t *row;                     /* that object where it was looked for; owned; NULL = it is
					  * not there */
};

/* Do modules of the task have kinds with a home? The others need no answer. */
static bool has_homes(const struct job *job)
{
	const struct sb_kinds *kinds = sb_registry_kinds(job->registry);
	const struct sb_home_kind *home;
	size_t i;

	for (i = 0; (home = sb_kinds_home(kinds, i)); i++) {
		const char *module = sb_kinds_module_of(kinds, home->home.kind);
		sb_autojson *name = json_string(module ? module : "");

		if (sb_list_holds(json_object_get(job->task, "modules"), name))
			return true;
	}
	return false;
}

/* An administrator may exempt custom objects from branches, which is an answer, too. */
static bool are_listed(struct sb_run *run)
{
	sb_autojson *models = NULL, *types = NULL;
	struct sb_error why = SB_ERROR_INIT;
	const char *slug;
	json_t *type;
	char name[64];

	if (sb_objects_home_types(run, &types, &why) < 0 ||
	    sb_job_branch_models(run, &models, &why) < 0) {
		sb_log(SB_LOG_WARN,
		       "whether custom objects keep apart in branches was not tried: %s", why.text);
		return false;
	}
	json_object_foreach (types, slug, type) {
		sb_objects_type(json_integer_value(json_object_get(type, "id")), name);
		if (sb_home_type_is_ours(type, run->netbox_instance) &&
		    sb_job_branch_has_model(models, name))
			return true;
	}
	sb_log(SB_LOG_NOTICE, "NetBox keeps no custom objects of stagebox apart in branches");
	return false;
}

bool sb_job_trial_is_due(struct job *job)
{
	struct sb_run *run = job->run;
	struct sb_branch_lack lack;

	if (!json_is_object(json_object_get(job->task, "branch")) ||
	    (!run->netbox_instance && sb_session_instance(run, NULL) < 0) ||
	    run->inventory != SB_INVENTORY_OBJECTS || !has_homes(job) ||
	    sb_objects_version(run->netbox, NULL) < 0 ||
	    sb_job_apart(run, job->task) == SB_APART_KEPT)
		return false;
	if (!sb_netbox_lacks_branches(sb_netbox_caps(run->netbox), &lack))
		return are_listed(run);
	sb_log(SB_LOG_WARN,
	       "whether custom objects keep apart in branches was not tried: %s: %s, and run "
	       "`stagebox bootstrap` again",
	       lack.what, lack.fix);
	return false;
}

/* The end of an interrupted trial */

/* NetBox deletes no branch that it works on. */
static int wait_until_still(struct sb_job_branch *former, struct sb_error *err)
{
	struct sb_job_branch_poll poll;
	int rc = 0;

	sb_job_branch_poll_begin(former, "provision", &poll);
	while (!rc &&
	       (sb_job_branch_is(former, "new") || sb_job_branch_is(former, "provisioning"))) {
		rc = sb_job_branch_pause(former, &poll, err);
		if (!rc)
			rc = sb_job_branch_look(former, err);
	}
	return rc;
}

static int delete_former(struct sb_run *run, const json_t *row, const char *mark,
			 struct sb_error *err)
{
	struct sb_job_branch former = {0};
	bool is_seen;
	int rc = sb_job_branch_read(run, row, &former, err);

	is_seen = !sb_job_branch_is_at(&former, SB_BRANCH_CREATE);
	if (!rc && !is_seen)
		rc = sb_job_branch_await_commit(&former, err);
	if (!rc)
		rc = sb_job_branch_look(&former, err);
	if (!rc && (is_seen || sb_job_branch_is_marked(&former, mark)))
		rc = wait_until_still(&former, err);
	else if (!rc)
		rc = SB_E_NOTFOUND;
	if (rc == SB_E_NOTFOUND)
		return sb_job_branch_note(&former, SB_BRANCH_GONE, err);
	return rc < 0 ? rc : sb_job_branch_delete(&former, err);
}

/* Its requests into the branch may still be committed, in main where these are mixed. */
static int wait_for_requests(const struct trial *trial, struct sb_error *err)
{
	sb_autojson *task = json_copy(trial->job->task);
	int64_t at_s;

	if (!task || json_object_set(task, "open_requests", trial->job->requests) < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	at_s = sb_settle_at(task);
	return at_s ? sb_settle_wait(trial->run, at_s, err) : 0;
}

static int delete_formers(const struct trial *trial, struct sb_error *err)
{
	const char *mark = sb_json_str(trial->job->task, "store");
	const json_t *row;
	size_t i;
	int rc = wait_for_requests(trial, err);

	json_array_foreach (json_object_get(trial->job->task, "branches"), i, row)
		if (!rc)
			rc = delete_former(trial->run, row, mark, err);
	return rc;
}

/* The object */

static int plan_create(const struct trial *trial, const char *kind_name, const char *key,
		       json_t *set_take, struct sb_error *err)
{
	const struct sb_kind *kind =
		sb_kinds_find(sb_registry_kinds(trial->run->registry), kind_name);
	int account = sb_account_open(trial->run, SB_STAGE_SHARED, kind, key);
	sb_autojson *set = set_take;

	if (account < 0 || !set)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	return sb_bootstrap_change(trial->run, kind, key, NULL, set, account, WHY, err);
}

static json_t *ref_to(const char *key)
{
	return json_pack("{s:s}", "$ref", key);
}

/* A cluster must not be made in main, either. */
static int check_cluster(const struct trial *trial, struct sb_error *err)
{
	sb_autojson *models = NULL;
	int rc = sb_job_branch_models(trial->run, &models, err);

	if (rc < 0 || (sb_job_branch_has_model(models, "virtualization.clustertype") &&
		       sb_job_branch_has_model(models, "virtualization.cluster")))
		return rc;
	return sb_fail(err, SB_E_STATE,
		       "NetBox has no cluster, and keeps none apart in branches: sync the module "
		       "\"cluster\", and run `stagebox bootstrap` again");
}

/* A NetBox without clusters gets one, in the branch. */
static int plan_cluster(struct trial *trial, json_t **ret_ref, struct sb_error *err)
{
	static const char type[] = "shared/cluster-type/" NAME, cluster[] = "shared/cluster/" NAME;
	bool is_new = !trial->has_cluster;
	int rc = is_new ? check_cluster(trial, err) : 0;

	trial->has_cluster = true;
	if (!rc && is_new)
		rc = plan_create(trial, "cluster-type", type,
				 json_pack("{s:s, s:s}", "name", NAME, "slug", NAME), err);
	if (!rc && is_new)
		rc = plan_create(trial, "cluster", cluster,
				 json_pack("{s:s, s:o}", "name", NAME, "type", ref_to(type)), err);
	if (!rc)
		*ret_ref = ref_to(cluster);
	return rc;
}

/* The id of any object of a kind; *ret_ref NULL = NetBox has none. */
static int find_any(const struct trial *trial, const char *kind_name, json_t **ret_ref,
		    struct sb_error *err)
{
	const struct sb_kind *kind =
		sb_kinds_find(sb_registry_kinds(trial->run->registry), kind_name);
	sb_autojson *page = NULL;
	sb_autobuf path = SB_BUF_INIT(256);
	const json_t *row;
	int rc;

	*ret_ref = NULL;
	if (sb_kind_has_home(kind))
		return 0;
	sb_buf_addf(&path, "%s/?limit=1&fields=id", kind->path);
	rc = sb_netbox_get_wait(trial->run->netbox, sb_buf_str(&path), &page, err);
	row = json_array_get(json_object_get(page, "results"), 0);
	if (!rc && row)
		*ret_ref = json_incref(json_object_get(row, "id"));
	return rc;
}

/* *ret_ref: NULL = there is nothing that the object could refer to. */
static int find_ref(struct trial *trial, const char *kind_name, json_t **ret_ref,
		    struct sb_error *err)
{
	int rc = find_any(trial, kind_name, ret_ref, err);

	return rc < 0 || *ret_ref || !sb_streq(kind_name, "cluster")
		       ? rc
		       : plan_cluster(trial, ret_ref, err);
}

static json_t *any_value(const struct sb_home_field *field)
{
	switch (field->type) {
	case SB_FIELD_INT:
	case SB_FIELD_DECIMAL: return json_integer(0);
	case SB_FIELD_BOOL: return json_false();
	case SB_FIELD_JSON: return json_object();
	default: return json_string(NAME);
	}
}

/* Plan an object of this kind with what it needs; trial->home stays NULL when something is
 * missing. */
static int plan_object(struct trial *trial, const struct sb_home_kind *home, struct sb_error *err)
{
	const unsigned needed = SB_TRAIT_NEEDED | SB_TRAIT_TITLE;
	const struct sb_home_field *field;
	sb_autojson *set = json_object();
	json_t *value = NULL;
	int rc = 0;

	for (field = home->home.fields; !rc && field->name; field++) {
		if (!(field->traits & needed))
			continue;
		if (field->type != SB_FIELD_REF)
			value = any_value(field);
		else
			rc = find_ref(trial, field->kind, &value, err);
		if (rc < 0 || !value)
			return rc;
		json_object_set_new(set, field->name, value);
	}
	snprintf(trial->key, sizeof(trial->key), "shared/%.80s/" NAME "-%.40s", home->home.kind,
		 sb_json_str(trial->job->task, "store"));
	trial->home = home;
	return rc < 0 ? rc : plan_create(trial, home->home.kind, trial->key, json_incref(set), err);
}

/* A branch is not made in vain. */
static int check_rights(const struct trial *trial, struct sb_error *err)
{
	const json_t *type = json_object_get(trial->types, sb_home_slug(trial->home));
	sb_autojson *missing = json_array();
	char name[64];
	int rc;

	sb_objects_type(json_integer_value(json_object_get(type, "id")), name);
	rc = sb_objects_rights(trial->run->http, trial->run->netbox, trial->home->objects, name,
			       missing, err);
	if (rc < 0 || !json_array_size(missing))
		return rc;
	return sb_fail(
		err, SB_E_FORBIDDEN,
		"the token lacks %s: grant its user view, add, change and delete on %s, and run "
		"`stagebox bootstrap` again",
		json_string_value(json_array_get(missing, 0)), name);
}

/* The first kind for which NetBox has what its objects refer to. */
static int plan_any_object(struct trial *trial, struct sb_error *err)
{
	const struct sb_kinds *kinds = sb_registry_kinds(trial->run->registry);
	const struct sb_home_kind *home;
	size_t i;
	int rc = 0;

	for (i = 0; !rc && !trial->home && (home = sb_kinds_home(kinds, i)); i++)
		if (json_object_get(trial->types, sb_home_slug(home)))
			rc = plan_object(trial, home, err);
	if (rc < 0)
		return rc;
	if (trial->home)
		return check_rights(trial, err);
	return sb_fail(err, SB_E_STATE,
		       "NetBox has no object to which a custom object of stagebox could belong: "
		       "sync the modules that make them, and run `stagebox bootstrap` again");
}

static int declare_collection(const struct trial *trial)
{
	const struct sb_netbox_home collection = {.path = trial->home->path,
						  .objects = trial->home->objects};

	return sb_netbox_home_add(trial->run->netbox, &collection, "shared/");
}

/* The answer */

/* How did the op of this key end? NULL = it was carried out, or there was nothing to do. */
static const struct sb_op *find_failed(const struct sb_run *run)
{
	size_t i;

	for (i = 0; i < run->diff->plan.n; i++) {
		const struct sb_op *op = &run->diff->plan.ops[i];

		if (op->state != SB_OP_DONE && op->state != SB_OP_ALREADY)
			return op;
	}
	return NULL;
}

/* An object whose cluster is in the branch, and that NetBox refuses, would have been written to
 * main, which does not have the cluster. */
static int check_written(const struct trial *trial, bool *ret_is_refused, struct sb_error *err)
{
	const struct sb_op *op = find_failed(trial->run);

	*ret_is_refused =
		op && op->is_refused && trial->has_cluster && sb_streq(op->key, trial->key);
	if (!op || *ret_is_refused)
		return 0;
	return sb_fail(err, SB_E_STATE, "the object of the trial was not written: %s: %.300s",
		       op->key, op->cause ? op->cause : "no answer");
}

static bool has_key(const json_t *row, const char *key)
{
	const char *own = sb_json_str(json_object_get(row, "custom_fields"), "stagebox_key");

	return own && sb_streq(own, key);
}

/* Look for the object where requests go now. */
static int look_for(struct trial *trial, struct sb_error *err)
{
	sb_autobuf query = SB_BUF_INIT(512);
	sb_autojson *rows = NULL;
	json_t *row;
	size_t i;
	int rc;

	json_decref(trial->row);
	trial->row = NULL;
	sb_buf_add(&query, "cf_stagebox_key=");
	sb_buf_add_url(&query, trial->key);
	rc = sb_netbox_list_wait(trial->run->netbox, trial->home->path, sb_buf_str(&query), "",
				 &rows, err);
	json_array_foreach (rows, i, row)
		if (!trial->row && has_key(row, trial->key))
			trial->row = json_incref(row);
	return rc;
}

/* The object is in main: delete it there. The plan of the trial is kept for its record. */
static int delete_in_main(struct trial *trial, struct sb_error *err)
{
	struct sb_run *run = trial->run;
	const struct sb_kind *kind =
		sb_kinds_find(sb_registry_kinds(run->registry), trial->home->home.kind);
	struct sb_diff *of_trial = run->diff;
	struct sb_op *op;
	int rc, account;

	run->diff = sb_diff_create();
	account = run->diff ? sb_account_open(run, SB_STAGE_SHARED, kind, trial->key) : SB_E_NOMEM;
	op = account < 0 ? NULL
			 : sb_plan_add(&run->diff->plan, kind, SB_DELETE, trial->key, "shared", WHY,
				       NULL, NULL);
	rc = op ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
	if (op) {
		op->target = json_integer_value(json_object_get(trial->row, "id"));
		op->account = account;
		rc = sb_plan_link(&run->diff->plan, err);
	}
	if (!rc)
		rc = sb_apply(run, trial->job->events, err);
	if (!rc && find_failed(run))
		rc = sb_fail(err, SB_E_FORBIDDEN,
			     "the object %s of the trial is in main, and could not be deleted: "
			     "%.200s: grant delete on it, or delete it there",
			     trial->key, op->cause ? op->cause : "no answer");
	sb_diff_destroy(run->diff);
	run->diff = of_trial;
	return rc;
}

static int send_answer(const struct trial *trial, bool is_kept, struct sb_error *err)
{
	struct sb_apart_plugins plugins = sb_job_plugins(trial->run);
	json_t *note = sb_apart_note(&plugins, is_kept);

	if (!sb_apart_is_note(note)) {
		json_decref(note);
		return sb_fail(err, SB_E_SHAPE,
			       "NetBox gives its plugins versions that are not words");
	}
	sb_event_send(trial->run->events, json_pack("{s:s, s:o}", "ev", "apart", "note", note));
	sb_log(is_kept ? SB_LOG_NOTICE : SB_LOG_WARN,
	       is_kept ? "netbox-custom-objects %s keeps objects apart in branches of "
			 "netbox-branching %s: modules with custom objects write into branches"
		       : "netbox-custom-objects %s writes objects of a branch of netbox-branching "
			 "%s to main: modules with custom objects cannot write into branches",
	       plugins.objects, plugins.branching);
	return 0;
}

/* In the branch it must be, in main it must not. */
static int find_answer(struct trial *trial, bool *ret_is_kept, struct sb_error *err)
{
	bool is_there;
	int rc = look_for(trial, err);

	is_there = trial->row != NULL;
	sb_netbox_use_branch(trial->run->netbox, "", NULL);
	if (!rc)
		rc = look_for(trial, err);
	*ret_is_kept = is_there && !trial->row;
	if (!rc && trial->row)
		return delete_in_main(trial, err);
	if (!rc && !is_there)
		return sb_fail(err, SB_E_STATE,
			       "the object of the trial was written, and is neither in the branch "
			       "nor in main");
	return rc;
}

static int end_trial(struct trial *trial, struct sb_error *err)
{
	bool is_refused, is_kept = false;
	int rc = check_written(trial, &is_refused, err);

	if (!rc && !is_refused)
		rc = find_answer(trial, &is_kept, err);
	sb_netbox_use_branch(trial->run->netbox, "", NULL);
	if (!rc)
		rc = sb_job_branch_delete(&trial->job->branch, err);
	return rc < 0 ? rc : send_answer(trial, is_kept, err);
}

/* The branch of a trial that failed is of no use. */
static void delete_own(struct trial *trial)
{
	struct sb_job_branch *branch = &trial->job->branch;
	struct sb_error why = SB_ERROR_INIT;

	sb_netbox_use_branch(trial->run->netbox, "", NULL);
	if (branch->step && branch->at.id && !sb_job_branch_is_at(branch, SB_BRANCH_GONE) &&
	    sb_job_branch_delete(branch, &why) < 0)
		sb_log(SB_LOG_WARN, "the next bootstrap deletes it: %s", why.text);
}

/* An interrupted trial may have left its object, which would be in the way. */
static int clear_main(struct trial *trial, struct sb_error *err)
{
	int rc = look_for(trial, err);

	return rc < 0 || !trial->row ? rc : delete_in_main(trial, err);
}

static int try_object(struct trial *trial, struct sb_error *err)
{
	struct job *job = trial->job;
	int rc = clear_main(trial, err);

	if (!rc)
		rc = sb_job_branch_choose(job->run, job->task, &job->branch, err);
	if (!rc)
		rc = sb_job_branch_open(&job->branch, err);
	if (!rc && !sb_job_branch_is_at(&job->branch, SB_BRANCH_WRITES))
		rc = sb_fail(err, SB_E_STATE, "the trial has no branch");
	if (!rc)
		rc = sb_apply(job->run, job->events, err);
	if (!rc)
		rc = end_trial(trial, err);
	if (rc < 0)
		delete_own(trial);
	return rc;
}

int sb_job_trial_run(struct job *job, struct sb_error *err)
{
	struct trial trial = {.job = job, .run = job->run};
	sb_autojson *types = NULL;
	int rc = delete_formers(&trial, err);

	job->run->diff = sb_diff_create();
	if (!job->run->diff)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	if (!rc)
		rc = sb_objects_home_types(job->run, &types, err);
	trial.types = types;
	if (!rc)
		rc = plan_any_object(&trial, err);
	if (!rc && declare_collection(&trial) < 0)
		rc = sb_fail(err, SB_E_NOMEM, "out of memory");
	if (!rc)
		rc = sb_plan_link(&job->run->diff->plan, err);
	if (!rc)
		rc = try_object(&trial, err);
	json_decref(trial.row);
	return rc < 0 ? sb_context(err, rc, "trying whether custom objects keep apart in branches")
		      : 0;
}
