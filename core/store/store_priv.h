/* SPDX-License-Identifier: Apache-2.0 */
/* The operations that a back-end implements; store.c checks arguments and calls them. */
#pragma once

#include "store/store.h"

struct sb_store_ops {
	void (*close)(struct sb_store *store);
	int (*lease_take)(struct sb_store *store, const char *name, int64_t *ret_token,
			  struct sb_error *err);
	int (*lease_renew)(struct sb_store *store, const char *name, int64_t token,
			   struct sb_error *err);
	int (*lease_give)(struct sb_store *store, const char *name, int64_t token,
			  struct sb_error *err);
	int (*lease_fd)(struct sb_store *store, const char *name);
	int (*run_begin)(struct sb_store *store, const char *endpoint, const char *mode,
			 int64_t now_s, int64_t *ret_id, struct sb_error *err);
	int (*run_pid)(struct sb_store *store, int64_t run, int64_t pid, struct sb_error *err);
	int (*stage_put)(struct sb_store *store, int64_t run, const char *stage,
			 const json_t *entry, struct sb_error *err);
	int (*run_end)(struct sb_store *store, int64_t run, const char *status,
		       const json_t *record, int64_t now_s, struct sb_error *err);
	int (*run_recover)(struct sb_store *store, const char *endpoint, int64_t now_s,
			   struct sb_error *err);
	int (*run_list)(struct sb_store *store, const char *endpoint, size_t limit,
			json_t **ret_runs, struct sb_error *err);
	int (*run_get)(struct sb_store *store, int64_t run, json_t **ret_run, struct sb_error *err);
	int (*request_begin)(struct sb_store *store, int64_t run, int64_t id, const char *method,
			     const char *path, const char *kind, const json_t *keys, int64_t now_s,
			     struct sb_error *err);
	int (*request_end)(struct sb_store *store, int64_t run, int64_t id, int status,
			   const char *outcome, int64_t now_s, struct sb_error *err);
	int (*request_open)(struct sb_store *store, const char *endpoint, int64_t now_s,
			    json_t **ret_requests, struct sb_error *err);
	int (*action_begin)(struct sb_store *store, const struct sb_store_action *action,
			    int64_t now_s, struct sb_error *err);
	int (*action_end)(struct sb_store *store, const char *endpoint, const char *document,
			  int64_t op, const char *state, const char *cause, int64_t now_s,
			  struct sb_error *err);
	int (*action_list)(struct sb_store *store, const char *endpoint, const char *document,
			   json_t **ret_actions, struct sb_error *err);
	int (*call_begin)(struct sb_store *store, const struct sb_store_call *call, int64_t now_s,
			  struct sb_error *err);
	int (*call_end)(struct sb_store *store, const struct sb_store_call *call,
			const char *outcome, const char *task, const char *exit, int64_t now_s,
			struct sb_error *err);
	int (*call_open)(struct sb_store *store, const char *endpoint, json_t **ret_calls,
			 struct sb_error *err);
	int (*call_others)(struct sb_store *store, const char *endpoint, const char *document,
			   int64_t since_s, int64_t run, json_t **ret_calls, struct sb_error *err);
	int (*call_tasks)(struct sb_store *store, const char *endpoint, int64_t now_s,
			  json_t **ret_tasks, struct sb_error *err);
	int (*shared_made)(struct sb_store *store, const char *endpoint, int64_t since_s,
			   json_t **ret_made, struct sb_error *err);
	int (*applied_put)(struct sb_store *store, const char *endpoint, const char *key,
			   const json_t *fields, struct sb_error *err);
	int (*applied_drop)(struct sb_store *store, const char *endpoint, const char *key,
			    struct sb_error *err);
	int (*applied_forget)(struct sb_store *store, const char *field, struct sb_error *err);
	int (*applied_each)(struct sb_store *store, const char *endpoint, sb_store_each_fn *fn,
			    void *arg, struct sb_error *err);
	int (*branch_put)(struct sb_store *store, const struct sb_store_branch *branch,
			  int64_t now_s, struct sb_error *err);
	int (*branch_list)(struct sb_store *store, const char *endpoint, json_t **ret_branches,
			   struct sb_error *err);
	int (*branch_end)(struct sb_store *store, const struct sb_store_branch *branch,
			  bool is_merged, int64_t now_s, struct sb_error *err);
	int (*branch_revert)(struct sb_store *store, const struct sb_store_branch *branch,
			     int64_t now_s, struct sb_error *err);
	int (*run_schema)(struct sb_store *store, int64_t run, const char *schema,
			  struct sb_error *err);
	int (*branch_applied_put)(struct sb_store *store, const char *endpoint, const char *schema,
				  const char *key, const json_t *fields, struct sb_error *err);
	int (*branch_applied_drop)(struct sb_store *store, const char *endpoint, const char *schema,
				   const char *key, struct sb_error *err);
	int (*branch_applied_each)(struct sb_store *store, const char *endpoint, const char *schema,
				   sb_store_branch_each_fn *fn, void *arg, struct sb_error *err);
	int (*refusals_put)(struct sb_store *store, const char *endpoint, const json_t *rows,
			    struct sb_error *err);
	int (*refusals_get)(struct sb_store *store, const char *endpoint, json_t **ret_rows,
			    struct sb_error *err);
	int (*agents_put)(struct sb_store *store, const char *endpoint, const json_t *agents,
			  struct sb_error *err);
	int (*agents_get)(struct sb_store *store, const char *endpoint, json_t **ret_agents,
			  struct sb_error *err);
	int (*misses_put)(struct sb_store *store, const char *endpoint, const json_t *misses,
			  struct sb_error *err);
	int (*misses_get)(struct sb_store *store, const char *endpoint, json_t **ret_misses,
			  struct sb_error *err);
	int (*fact_put)(struct sb_store *store, const char *name, const char *value,
			struct sb_error *err);
	int (*fact_get)(struct sb_store *store, const char *name, char **ret_value,
			struct sb_error *err);
	int (*begin)(struct sb_store *store, struct sb_error *err);
	int (*commit)(struct sb_store *store, struct sb_error *err);
	void (*rollback)(struct sb_store *store);
	int (*sweep)(struct sb_store *store, int64_t now_s, int64_t keep_s, struct sb_error *err);
	int (*share)(struct sb_store *store, int64_t now_s, struct sb_error *err);
	int64_t (*as_of)(struct sb_store *store);
};

/* First member of each back-end's own struct. */
struct sb_store {
	const struct sb_store_ops *ops;
};

int sb_store_sqlite_open(const json_t *conf_store, struct sb_store **ret_store,
			 struct sb_error *err);
int sb_store_sqlite_read(const json_t *conf_store, struct sb_store **ret_store,
			 struct sb_error *err);

/* The holder of a lease. */
struct sb_store_holder {
	char host[65]; /* name of its host or container; "" = a version without locks took it */
	int64_t pid;   /* in the PID namespace of its host; 0 = it was given back */
	int64_t start; /* field 22 of /proc/<pid>/stat: clock ticks since boot; 0 = unknown */
	char boot[64]; /* id of this boot of the machine */
};

/** This process. */
void sb_store_holder_self(struct sb_store_holder *ret_holder);

/** False only when the process is proved to be gone. Pids of other PID namespaces are not
 * comparable: this is for holders without a lock. */
bool sb_store_holder_lives(const struct sb_store_holder *holder);
