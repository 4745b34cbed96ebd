/* SPDX-License-Identifier: Apache-2.0 */
/* The operations of the store: checks the arguments, then calls the back-end. */
#include "store/store_priv.h"

static bool is_word(const char *word, const char *const *words)
{
	for (; word && *words; words++) {
		if (sb_streq(word, *words))
			return true;
	}
	return false;
}

typedef int open_fn(const json_t *conf_store, struct sb_store **ret_store, struct sb_error *err);

static const struct {
	const char *kind;
	open_fn *open, *read;
} backends[] = {{"sqlite", sb_store_sqlite_open, sb_store_sqlite_read}};

static int open_backend(const json_t *conf_store, bool is_reader, struct sb_store **ret_store,
			struct sb_error *err)
{
	const char *kind = json_string_value(json_object_get(conf_store, "kind"));
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(backends); i++) {
		if (kind && sb_streq(kind, backends[i].kind))
			return (is_reader ? backends[i].read : backends[i].open)(conf_store,
										 ret_store, err);
	}
	return sb_fail(err, SB_E_CONFIG, "store.kind \"%s\" is unknown", kind ? kind : "");
}

int sb_store_open(const json_t *conf_store, struct sb_store **ret_store, struct sb_error *err)
{
	return open_backend(conf_store, false, ret_store, err);
}

int sb_store_open_read(const json_t *conf_store, struct sb_store **ret_store, struct sb_error *err)
{
	return open_backend(conf_store, true, ret_store, err);
}

void sb_store_close(struct sb_store *store)
{
	if (store)
		store->ops->close(store);
}

/* The name becomes the name of a file. */
static int check_lease_name(const char *name, struct sb_error *err)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789:._-");

	if (!len || name[len] || len > 120)
		return sb_fail(err, SB_E_ARG, "\"%.140s\" is not a name of a lease", name);
	return 0;
}

int sb_store_lease_take(struct sb_store *store, const char *name, int64_t *ret_token,
			struct sb_error *err)
{
	int rc = check_lease_name(name, err);

	return rc < 0 ? rc : store->ops->lease_take(store, name, ret_token, err);
}

int sb_store_lease_renew(struct sb_store *store, const char *name, int64_t token,
			 struct sb_error *err)
{
	return store->ops->lease_renew(store, name, token, err);
}

int sb_store_lease_give(struct sb_store *store, const char *name, int64_t token,
			struct sb_error *err)
{
	return store->ops->lease_give(store, name, token, err);
}

int sb_store_lease_fd(struct sb_store *store, const char *name)
{
	return store->ops->lease_fd(store, name);
}

int sb_store_run_begin(struct sb_store *store, const char *endpoint, const char *mode,
		       int64_t now_s, int64_t *ret_id, struct sb_error *err)
{
	return store->ops->run_begin(store, endpoint, mode, now_s, ret_id, err);
}

int sb_store_run_pid(struct sb_store *store, int64_t run, int64_t pid, struct sb_error *err)
{
	return store->ops->run_pid(store, run, pid, err);
}

int sb_store_stage_put(struct sb_store *store, int64_t run, const char *stage, const json_t *entry,
		       struct sb_error *err)
{
	return store->ops->stage_put(store, run, stage, entry, err);
}

int sb_store_run_end(struct sb_store *store, int64_t run, const char *status, const json_t *record,
		     int64_t now_s, struct sb_error *err)
{
	static const char *const final[] = {"ok",          "partial",   "failed", "unbalanced",
					    "interrupted", "cancelled", NULL};

	if (!is_word(status, final))
		return sb_fail(err, SB_E_ARG, "run %lld: \"%s\" is not a final status",
			       (long long)run, status ? status : "");
	return store->ops->run_end(store, run, status, record, now_s, err);
}

int sb_store_run_recover(struct sb_store *store, const char *endpoint, int64_t now_s,
			 struct sb_error *err)
{
	return store->ops->run_recover(store, endpoint, now_s, err);
}

int sb_store_run_list(struct sb_store *store, const char *endpoint, size_t limit, json_t **ret_runs,
		      struct sb_error *err)
{
	return store->ops->run_list(store, endpoint, limit, ret_runs, err);
}

int sb_store_run_get(struct sb_store *store, int64_t run, json_t **ret_run, struct sb_error *err)
{
	return store->ops->run_get(store, run, ret_run, err);
}

int sb_store_request_begin(struct sb_store *store, int64_t run, int64_t id, const char *method,
			   const char *path, const char *kind, const json_t *keys, int64_t now_s,
			   struct sb_error *err)
{
	return store->ops->request_begin(store, run, id, method, path, kind, keys, now_s, err);
}

int sb_store_request_end(struct sb_store *store, int64_t run, int64_t id, int status,
			 const char *outcome, int64_t now_s, struct sb_error *err)
{
	static const char *const outcomes[] = {
		"done",      "rejected",          "retry",           "denied", "conflict",
		"unsettled", "settled-committed", "settled-dropped", NULL};

	if (!is_word(outcome, outcomes))
		return sb_fail(err, SB_E_ARG, "request %lld of run %lld: \"%s\" is not an outcome",
			       (long long)id, (long long)run, outcome ? outcome : "");
	return store->ops->request_end(store, run, id, status, outcome, now_s, err);
}

int sb_store_request_open(struct sb_store *store, const char *endpoint, int64_t now_s,
			  json_t **ret_requests, struct sb_error *err)
{
	return store->ops->request_open(store, endpoint, now_s, ret_requests, err);
}

int sb_store_action_begin(struct sb_store *store, const struct sb_store_action *action,
			  int64_t now_s, struct sb_error *err)
{
	return store->ops->action_begin(store, action, now_s, err);
}

int sb_store_action_end(struct sb_store *store, const char *endpoint, const char *document,
			int64_t op, const char *state, const char *cause, int64_t now_s,
			struct sb_error *err)
{
	static const char *const states[] = {"done", "as-is", "refused", "failed", NULL};

	if (!is_word(state, states))
		return sb_fail(err, SB_E_ARG, "action %lld: \"%s\" is not a state", (long long)op,
			       state ? state : "");
	return store->ops->action_end(store, endpoint, document, op, state, cause, now_s, err);
}

int sb_store_action_list(struct sb_store *store, const char *endpoint, const char *document,
			 json_t **ret_actions, struct sb_error *err)
{
	return store->ops->action_list(store, endpoint, document, ret_actions, err);
}

int sb_store_call_begin(struct sb_store *store, const struct sb_store_call *call, int64_t now_s,
			struct sb_error *err)
{
	return store->ops->call_begin(store, call, now_s, err);
}

int sb_store_call_end(struct sb_store *store, const struct sb_store_call *call, const char *outcome,
		      const char *task, const char *exit, int64_t now_s, struct sb_error *err)
{
	static const char *const outcomes[] = {"open",     "done",    "failed",
					       "rejected", "dropped", NULL};

	if (!is_word(outcome, outcomes))
		return sb_fail(err, SB_E_ARG, "call %lld: \"%s\" is not an outcome",
			       (long long)call->n, outcome ? outcome : "");
	return store->ops->call_end(store, call, outcome, task, exit, now_s, err);
}

int sb_store_call_open(struct sb_store *store, const char *endpoint, json_t **ret_calls,
		       struct sb_error *err)
{
	return store->ops->call_open(store, endpoint, ret_calls, err);
}

int sb_store_call_others(struct sb_store *store, const char *endpoint, const char *document,
			 int64_t since_s, int64_t run, json_t **ret_calls, struct sb_error *err)
{
	return store->ops->call_others(store, endpoint, document, since_s, run, ret_calls, err);
}

int sb_store_call_tasks(struct sb_store *store, const char *endpoint, int64_t now_s,
			json_t **ret_tasks, struct sb_error *err)
{
	return store->ops->call_tasks(store, endpoint, now_s, ret_tasks, err);
}

int sb_store_shared_made(struct sb_store *store, const char *endpoint, int64_t since_s,
			 json_t **ret_made, struct sb_error *err)
{
	return store->ops->shared_made(store, endpoint, since_s, ret_made, err);
}

int sb_store_branch_put(struct sb_store *store, const struct sb_store_branch *branch, int64_t now_s,
			struct sb_error *err)
{
	if (!json_is_array(branch->modules) || !json_is_object(branch->settings))
		return sb_fail(err, SB_E_ARG, "branch %.100s: no modules or no settings",
			       branch->name);
	return store->ops->branch_put(store, branch, now_s, err);
}

int sb_store_branch_list(struct sb_store *store, const char *endpoint, json_t **ret_branches,
			 struct sb_error *err)
{
	return store->ops->branch_list(store, endpoint, ret_branches, err);
}

int sb_store_branch_end(struct sb_store *store, const struct sb_store_branch *branch,
			bool is_merged, int64_t now_s, struct sb_error *err)
{
	return store->ops->branch_end(store, branch, is_merged, now_s, err);
}

int sb_store_branch_revert(struct sb_store *store, const struct sb_store_branch *branch,
			   int64_t now_s, struct sb_error *err)
{
	return store->ops->branch_revert(store, branch, now_s, err);
}

int sb_store_run_schema(struct sb_store *store, int64_t run, const char *schema,
			struct sb_error *err)
{
	return store->ops->run_schema(store, run, schema, err);
}

int sb_store_branch_applied_put(struct sb_store *store, const char *endpoint, const char *schema,
				const char *key, const json_t *fields, struct sb_error *err)
{
	if (!json_is_object(fields))
		return sb_fail(err, SB_E_ARG, "applied values of %s: not an object", key);
	return store->ops->branch_applied_put(store, endpoint, schema, key, fields, err);
}

int sb_store_branch_applied_drop(struct sb_store *store, const char *endpoint, const char *schema,
				 const char *key, struct sb_error *err)
{
	return store->ops->branch_applied_drop(store, endpoint, schema, key, err);
}

int sb_store_branch_applied_each(struct sb_store *store, const char *endpoint, const char *schema,
				 sb_store_branch_each_fn *fn, void *arg, struct sb_error *err)
{
	return store->ops->branch_applied_each(store, endpoint, schema, fn, arg, err);
}

int sb_store_applied_put(struct sb_store *store, const char *endpoint, const char *key,
			 const json_t *fields, struct sb_error *err)
{
	if (!json_is_object(fields))
		return sb_fail(err, SB_E_ARG, "applied values of %s: not an object", key);
	return store->ops->applied_put(store, endpoint, key, fields, err);
}

int sb_store_applied_drop(struct sb_store *store, const char *endpoint, const char *key,
			  struct sb_error *err)
{
	return store->ops->applied_drop(store, endpoint, key, err);
}

int sb_store_applied_forget(struct sb_store *store, const char *field, struct sb_error *err)
{
	return store->ops->applied_forget(store, field, err);
}

int sb_store_applied_each(struct sb_store *store, const char *endpoint, sb_store_each_fn *fn,
			  void *arg, struct sb_error *err)
{
	return store->ops->applied_each(store, endpoint, fn, arg, err);
}

int sb_store_misses_put(struct sb_store *store, const char *endpoint, const json_t *misses,
			struct sb_error *err)
{
	if (!json_is_object(misses))
		return sb_fail(err, SB_E_ARG, "misses of %s: not an object", endpoint);
	return store->ops->misses_put(store, endpoint, misses, err);
}

int sb_store_misses_get(struct sb_store *store, const char *endpoint, json_t **ret_misses,
			struct sb_error *err)
{
	return store->ops->misses_get(store, endpoint, ret_misses, err);
}

int sb_store_refusals_put(struct sb_store *store, const char *endpoint, const json_t *rows,
			  struct sb_error *err)
{
	if (!json_is_array(rows))
		return sb_fail(err, SB_E_ARG, "refusals of %s: not an array", endpoint);
	return store->ops->refusals_put(store, endpoint, rows, err);
}

int sb_store_refusals_get(struct sb_store *store, const char *endpoint, json_t **ret_rows,
			  struct sb_error *err)
{
	return store->ops->refusals_get(store, endpoint, ret_rows, err);
}

int sb_store_agents_put(struct sb_store *store, const char *endpoint, const json_t *agents,
			struct sb_error *err)
{
	if (!json_is_object(agents))
		return sb_fail(err, SB_E_ARG, "agents of %s: not an object", endpoint);
	return store->ops->agents_put(store, endpoint, agents, err);
}

int sb_store_agents_get(struct sb_store *store, const char *endpoint, json_t **ret_agents,
			struct sb_error *err)
{
	return store->ops->agents_get(store, endpoint, ret_agents, err);
}

int sb_store_fact_put(struct sb_store *store, const char *name, const char *value,
		      struct sb_error *err)
{
	return store->ops->fact_put(store, name, value, err);
}

int sb_store_fact_get(struct sb_store *store, const char *name, char **ret_value,
		      struct sb_error *err)
{
	return store->ops->fact_get(store, name, ret_value, err);
}

int sb_store_begin(struct sb_store *store, struct sb_error *err)
{
	return store->ops->begin(store, err);
}

int sb_store_commit(struct sb_store *store, struct sb_error *err)
{
	return store->ops->commit(store, err);
}

void sb_store_rollback(struct sb_store *store)
{
	store->ops->rollback(store);
}

int sb_store_sweep(struct sb_store *store, int64_t now_s, int64_t keep_s, struct sb_error *err)
{
	return store->ops->sweep(store, now_s, keep_s, err);
}

int sb_store_share(struct sb_store *store, int64_t now_s, struct sb_error *err)
{
	return store->ops->share(store, now_s, err);
}

int64_t sb_store_as_of(struct sb_store *store)
{
	return store->ops->as_of(store);
}
