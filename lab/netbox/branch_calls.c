/* SPDX-License-Identifier: Apache-2.0 */
/* Calls below the path of branches, and on jobs. */
#include "branching.h"

#include <stdio.h>
#include <string.h>

static void set_answer(struct nb_call *call, int status, json_t *json)
{
	call->answer->status = status;
	call->answer->json = json;
}

static void answer_text(struct nb_call *call, const char *text)
{
	call->answer->status = 400;
	call->answer->text = strdup(text);
	call->answer->text_type = "text/html; charset=utf-8";
}

static bool is_method(const struct nb_call *call, const char *method)
{
	return sb_streq(call->request->method, method);
}

static void list_endpoints(struct nb_call *call)
{
	static const char *const names[] = {"branches", "branch-events", "changes",
					    "branchable-models"};
	json_t *out = json_object();
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(names); i++)
		json_object_set_new(
			out, names[i],
			json_sprintf("%s/api/" NB_BRANCHING_PATH "%s/", call->nb->base, names[i]));
	set_answer(call, 200, out);
}

/* "dcim.device" and "dcim.*", as the setting exempt_models has them */
static bool has_type(const char *pattern, const char *type)
{
	size_t app = pattern ? strcspn(pattern, ".") : 0;

	if (!pattern)
		return false;
	if (sb_streq(pattern + app, ".*"))
		return strncmp(pattern, type, app + 1) == 0;
	return sb_streq(pattern, type);
}

bool nb_is_apart(const struct lab_netbox *nb, const struct nb_table *table)
{
	return nb_is_branchable(nb, table) &&
	       !has_type(nb->branching->not_apart, table->model->type);
}

/* Users, changes and settings of people are the same in all branches. */
bool nb_is_branchable(const struct lab_netbox *nb, const struct nb_table *table)
{
	static const char exempt[] = "extras.customfield extras.customfieldchoiceset "
				     "extras.customlink extras.eventrule extras.exporttemplate "
				     "extras.notificationgroup extras.savedfilter extras.webhook";
	const char *type = table->model->type;

	return !table->model->no_log && !sb_starts_with(type, "core.") &&
	       !sb_starts_with(type, "users.") && !sb_starts_with(type, "netbox_branching.") &&
	       !nb_type_allowed(exempt, type) && !has_type(nb->branching->exempt, type);
}

static void list_branchable(struct nb_call *call)
{
	json_t *out = json_array();
	size_t t;

	for (t = 0; t < call->nb->n_tables; t++) {
		const struct nb_model *model = call->nb->tables[t].model;
		const char *dot = strchr(model->type, '.');

		if (!nb_is_branchable(call->nb, &call->nb->tables[t]) ||
		    !nb_served(call->nb, &call->nb->tables[t]))
			continue;
		json_array_append_new(
			out, json_pack("{s:o, s:s, s:s, s:o}", "app_label",
				       json_sprintf("%.*s", (int)(dot - model->type), model->type),
				       "model", dot + 1, "verbose_name", model->verbose,
				       "verbose_name_plural", json_sprintf("%ss", model->verbose)));
	}
	set_answer(call, 200, out);
}

/* Parameters whose values are in hidden fields. */
static void rename_params(struct nb_call *call)
{
	static const char *const names[][2] = {{"status", "_status"},
					       {"schema_id", "_schema_id"},
					       {"owner_id", "_owner"},
					       {"branch_id", "_branch"},
					       {"has_conflicts", "_conflicts"}};
	size_t i, k;

	for (i = 0; i < call->params.n; i++)
		for (k = 0; k < SB_ARRAY_LEN(names); k++) {
			char *copy;

			if (!sb_streq(call->params.list[i].key, names[k][0]) ||
			    nb_field(call->table, names[k][1]) < 0)
				continue;
			copy = strdup(names[k][1]);
			if (!copy)
				continue;
			free(call->params.list[i].key);
			call->params.list[i].key = copy;
		}
}

/* Replace a parameter that names a row by one with its id. Answers 400 for an unknown name. */
static bool replace_param(struct nb_call *call, const char *key, const struct nb_table *table,
			  const char *field, const char *by)
{
	const char *value = lab_param(&call->params, key);
	sb_autofree char *copy = value ? strdup(value) : NULL;
	char text[16];
	uint32_t id;

	if (!copy)
		return true;
	for (id = 1; id < table->next_id; id++)
		if (table->rows[id] && sb_streq(nb_text(table->rows[id], field), copy))
			break;
	if (id >= table->next_id) {
		set_answer(call, 400,
			   json_pack("{s:[o]}", key,
				     json_sprintf("Select a valid choice. %s is not one of the "
						  "available choices.",
						  copy)));
		return false;
	}
	snprintf(text, sizeof(text), "%u", id);
	lab_params_remove(&call->params, key);
	return lab_params_add(&call->params, by, text) == 0;
}

static bool is_transitional(const struct nb_object *row)
{
	return nb_type_allowed("provisioning syncing migrating merging reverting",
			       nb_text(row, "_status"));
}

/* Refuse to delete a branch while a job works on it. */
static bool may_delete(struct nb_call *call, int64_t id)
{
	const struct nb_object *row = nb_find(call->table, id);
	char text[128];

	if (!is_method(call, "DELETE") || !row || !is_transitional(row))
		return true;
	if (!nb_known(call) || !nb_permitted(call))
		return false;
	snprintf(text, sizeof(text), "A branch in the %s status may not be deleted.",
		 nb_text(row, "_status"));
	nb_answer_exception(call, "AbortRequest", text);
	return false;
}

static void begin_branch(struct nb_call *call)
{
	struct nb_branch *branch = calloc(1, sizeof(*branch));
	json_int_t id = json_integer_value(json_object_get(call->answer->json, "id"));

	if (!branch)
		abort(); /* a row without its branch would never become ready */
	branch->id = (uint32_t)id;
	branch->main = call->nb;
	branch->applied = json_object();
	branch->next = call->nb->branching->list;
	call->nb->branching->list = branch;
	nb_job_add(branch, "Provision branch", true, call->user->id, call->now_us);
	nb_commit(call->nb);
}

static const struct action {
	const char *name, *status, *refusal, *job;
} actions[] = {
	{"sync", "ready", "Branch is not ready to sync.", "Sync branch"},
	{"merge", "ready", "Branch is not ready to merge.", "Merge branch"},
	{"revert", "merged", "Only merged branches can be reverted.", "Revert branch"},
	{"archive", "merged", "Only merged branches can be archived.", NULL},
	{"recover", NULL, "Branch is not in a transitional status.", NULL},
};

static void answer_branch(struct nb_call *call, struct nb_branch *branch)
{
	nb_commit(call->nb);
	nb_select_parse(call);
	set_answer(call, 200, nb_output(call, nb_branch_row(branch)));
}

static void answer_job(struct nb_call *call, const struct nb_object *job)
{
	call->table = &call->nb->branching->jobs;
	nb_commit(call->nb);
	nb_select_parse(call);
	set_answer(call, 200, nb_output(call, job));
}

static void archive_branch(struct nb_call *call, struct nb_branch *branch)
{
	nb_branch_drop_copy(branch);
	nb_branch_set_status(branch, "archived");
	nb_branch_event(branch, "archived", call->user->id, call->now_us);
	answer_branch(call, branch);
}

/* Reset a branch whose worker was killed. */
static void recover_branch(struct nb_call *call, struct nb_branch *branch, const json_t *body)
{
	struct nb_object *job = nb_job_running(branch);
	sb_autofree char *name = NULL;
	bool commit = true;

	if (job && !json_is_true(json_object_get(body, "force"))) {
		answer_text(call, "The job of this branch is still running. Use force to recover "
				  "the branch anyway.");
		return;
	}
	if (job) {
		name = strdup(nb_text(job, "name"));
		commit = json_is_true(nb_get(job, "_commit"));
		nb_job_fail(call->nb, job, call->now_us);
	}
	if (nb_branch_is(branch, "provisioning")) {
		nb_branch_drop_copy(branch);
		nb_branch_set_status(branch, "failed");
	} else {
		nb_branch_set_status(branch,
				     nb_branch_is(branch, "reverting") ? "merged" : "ready");
	}
	if (name && json_is_true(json_object_get(body, "retry")))
		nb_job_add(branch, name, commit, call->user->id, call->now_us);
	answer_branch(call, branch);
}

/* A value that is not a boolean makes the whole body invalid, which means a dry run. */
static void parse_commit(const json_t *body, bool *ret_commit, bool *ret_acknowledged)
{
	const json_t *commit = json_object_get(body, "commit");
	const json_t *acknowledge = json_object_get(body, "acknowledge_conflicts");
	bool is_valid = (!body || json_is_object(body)) && (!commit || json_is_boolean(commit)) &&
			(!acknowledge || json_is_boolean(acknowledge));

	*ret_commit = is_valid && (!commit || json_is_true(commit));
	*ret_acknowledged = is_valid && json_is_true(acknowledge);
}

static void queue_job(struct nb_call *call, struct nb_branch *branch, const struct action *action,
		      const json_t *body)
{
	bool commit, acknowledged;
	json_t *conflicts = NULL;

	parse_commit(body, &commit, &acknowledged);
	if (!acknowledged && !sb_streq(action->name, "revert"))
		conflicts = nb_diffs_conflicts(branch);
	nb_commit(call->nb);
	if (conflicts) {
		set_answer(call, 409,
			   json_pack("{s:s, s:o}", "detail",
				     "All conflicts must be acknowledged before this action can "
				     "proceed.",
				     "conflicts", conflicts));
		return;
	}
	answer_job(call, nb_job_add(branch, action->job, commit, call->user->id, call->now_us));
}

static void run_action(struct nb_call *call, struct nb_branch *branch, const struct action *action)
{
	sb_autojson *body = NULL;

	if (action->status ? !nb_branch_is(branch, action->status)
			   : !is_transitional(nb_branch_row(branch))) {
		answer_text(call, action->refusal);
		return;
	}
	body = nb_body(call);
	if (call->answer->status)
		return;
	if (sb_streq(action->name, "archive"))
		archive_branch(call, branch);
	else if (sb_streq(action->name, "recover"))
		recover_branch(call, branch, body);
	else
		queue_job(call, branch, action, body);
}

/* Carry out a call such as "3/merge/". False = it is another one. */
static bool action_call(struct nb_call *call, const char *rest)
{
	const struct action *action = NULL;
	struct nb_branch *branch;
	char word[32];
	char *end;
	int64_t id = strtoll(rest, &end, 10);
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(actions) && !action; i++) {
		snprintf(word, sizeof(word), "/%s/", actions[i].name);
		if (end != rest && sb_streq(end, word))
			action = &actions[i];
	}
	if (!action)
		return false;
	if (!nb_known(call))
		return true;
	branch = nb_branch_find(call->nb, id);
	if (!is_method(call, "POST"))
		set_answer(call, 405,
			   json_pack("{s:o}", "detail",
				     json_sprintf("Method \"%s\" not allowed.",
						  call->request->method)));
	else if (!nb_may(call, action->name))
		set_answer(call, 403,
			   json_pack("{s:o}", "detail",
				     json_sprintf("This user does not have permission to %s "
						  "branches.",
						  action->name)));
	else if (!branch)
		set_answer(call, 404,
			   json_pack("{s:s}", "detail", "No Branch matches the given query."));
	else
		run_action(call, branch, action);
	return true;
}

static void branch_call(struct nb_call *call, const char *rest)
{
	struct lab_netbox *nb = call->nb;

	call->table = &nb->branching->branches;
	if (action_call(call, rest) || !may_delete(call, strtoll(rest, NULL, 10)))
		return;
	rename_params(call);
	if (!replace_param(call, "owner", nb_table(nb, "users.user"), "username", "_owner"))
		return;
	nb_table_call(call, rest);
	if (is_method(call, "POST") && call->answer->status == 201)
		begin_branch(call);
	if (is_method(call, "DELETE") && call->answer->status == 204)
		nb_branch_forget(nb, (uint32_t)strtoul(rest, NULL, 10));
}

static void changes_call(struct nb_call *call, const char *rest)
{
	struct nb_branching *own = call->nb->branching;
	struct nb_branch *branch;

	call->table = &own->diffs;
	rename_params(call);
	if (!replace_param(call, "branch", &own->branches, "_schema_id", "_branch"))
		return;
	for (branch = own->list; branch; branch = branch->next)
		nb_diffs_refresh(branch);
	nb_commit(call->nb);
	nb_table_call(call, rest);
}

bool nb_branching_call(struct nb_call *call, const char *path)
{
	static const char jobs[] = "core/jobs/", branches[] = "branches/", changes[] = "changes/",
			  events[] = "branch-events/";

	if (!nb_has(call->nb, NB_BRANCHING))
		return false;
	if (sb_starts_with(path, jobs)) {
		call->table = &call->nb->branching->jobs;
		nb_table_call(call, path + strlen(jobs));
		return true;
	}
	if (!sb_starts_with(path, NB_BRANCHING_PATH))
		return false;
	path += strlen(NB_BRANCHING_PATH);
	if (sb_starts_with(path, branches)) {
		branch_call(call, path + strlen(branches));
	} else if (sb_starts_with(path, changes)) {
		changes_call(call, path + strlen(changes));
	} else if (sb_starts_with(path, events)) {
		call->table = &call->nb->branching->events;
		nb_table_call(call, path + strlen(events));
	} else if (*path && !sb_streq(path, "branchable-models/")) {
		nb_not_found_page(call);
	} else if (nb_known(call)) {
		if (*path)
			list_branchable(call);
		else
			list_endpoints(call);
	}
	return true;
}
