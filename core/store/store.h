/* SPDX-License-Identifier: Apache-2.0 */
/* The data that is kept between runs, and its operations. All of it is disposable. */
#pragma once

#include "stagebox/error.h"

struct sb_store;

/* Status words of a run: queued running ok partial failed unbalanced interrupted cancelled */

struct sb_store_run {
	int64_t id;
	char endpoint[64];
	char mode[16]; /* "sync", "apply", "plan" */
	char status[16];
	int64_t pid;            /* of the job, 0 = none yet */
	int64_t started, ended; /* unix seconds; ended 0 = not yet */
};

/** A request that was begun, and that NetBox may or may not have committed. */
struct sb_store_request {
	int64_t run, id;
	char endpoint[64];
	char method[8], kind[64];
	int64_t since; /* unix seconds: latest time at which it may still have been in flight */
};

/** Open or create. conf_store: {"kind":"sqlite", "path":..., "group":...}. Migrates older schemas.
 * Only its owner may read it afterwards; a copy for readers that "group" does not permit is
 * removed; what prevents that is logged. SB_E_CONFIG: the path cannot be used, or there is no such
 * group; SB_E_STATE: the file is damaged or of a newer version. */
SB_API int sb_store_open(const json_t *conf_store, struct sb_store **ret_store,
			 struct sb_error *err);
/** As sb_store_open() for a user who may write the file, else for reading only: the copy for
 * readers of sb_store_share(). SB_E_FORBIDDEN: this user may not read it; SB_E_NOTFOUND: it does
 * not exist, and this user may not create it; SB_E_STATE also when its schema is older. */
SB_API int sb_store_open_read(const json_t *conf_store, struct sb_store **ret_store,
			      struct sb_error *err);
SB_API void sb_store_close(struct sb_store *store);

/** Write the copy for the members of "group", if one is configured: the runs, what is stale, and
 * the holders of leases; without values of objects. It replaces an older copy at once, and its
 * readers take no lock. SB_E_STATE when it cannot be written; SB_E_BUSY when another process writes
 * it. */
int sb_store_share(struct sb_store *store, int64_t now_s, struct sb_error *err);
/** When the copy that is open was written, in unix seconds; 0 = this is the store itself. */
SB_API int64_t sb_store_as_of(struct sb_store *store);

/*
 * Leases: one run per endpoint at a time, one writer of shared objects per NetBox. A lease lasts as
 * long as a descriptor of its lock is open, in this process or in a child that inherited it: the
 * kernel ends it with the last of them, whatever host, container or PID namespace asks. The row of
 * the lease says who holds it; the lock says whether anybody does.
 */

/**
 * Take a lease.
 *
 * @name       "endpoint:<slug>", "bootstrap", or SB_STORE_SHARED with the instance id of a NetBox:
 *             letters, digits, ':', '.', '_' and '-'. Leases of SB_STORE_SHARED are common to all
 *             stores in one folder, the others belong to one store.
 * @ret_token  grows with each taking of the lease in this store; set on success only
 *
 * Returns 0; SB_E_BUSY names the holder and since when; SB_E_CONFIG when the file system has no
 * locks, or the lock file cannot be used.
 */
int sb_store_lease_take(struct sb_store *store, const char *name, int64_t *ret_token,
			struct sb_error *err);
/** SB_E_STATE when the lease with this token is not held any more, for example because its lock
 * file was deleted: another process may hold it then, so nothing more may be written. */
int sb_store_lease_renew(struct sb_store *store, const char *name, int64_t token,
			 struct sb_error *err);
/** SB_E_STATE when this store does not hold it. */
int sb_store_lease_give(struct sb_store *store, const char *name, int64_t token,
			struct sb_error *err);
/** The descriptor that a child inherits to hold the lease together with this process; borrowed. 0 =
 * none: the lease is not held, or a child needs no descriptor for it. */
int sb_store_lease_fd(struct sb_store *store, const char *name);

#define SB_STORE_SHARED "shared:"

/* Runs and their record */

/** A new run in status running. */
int sb_store_run_begin(struct sb_store *store, const char *endpoint, const char *mode,
		       int64_t now_s, int64_t *ret_id, struct sb_error *err);
int sb_store_run_pid(struct sb_store *store, int64_t run, int64_t pid, struct sb_error *err);

/** Write the part of one stage in the record; a later call replaces it. Durable during the run. */
int sb_store_stage_put(struct sb_store *store, int64_t run, const char *stage, const json_t *entry,
		       struct sb_error *err);

/** Close a run: final status and record; record NULL = made from its stages. */
int sb_store_run_end(struct sb_store *store, int64_t run, const char *status, const json_t *record,
		     int64_t now_s, struct sb_error *err);

/** Unfinished runs of an endpoint, whose lease the caller holds, become interrupted; their record
 * is made from the stages written so far. Returns how many. */
int sb_store_run_recover(struct sb_store *store, const char *endpoint, int64_t now_s,
			 struct sb_error *err);

/** Newest first; limit 0 = all. endpoint NULL = all. An unfinished run whose processes are gone has
 * the status that sb_store_run_recover() would record, interrupted. Array of {id, endpoint, mode,
 * status, pid, started, ended, exit?, totals?, branch?}; exit and totals as in the record of a run
 * that ended; branch {"name", "state", ...}: into which it wrote, with the step that it has now.
 * New reference. */
SB_API int sb_store_run_list(struct sb_store *store, const char *endpoint, size_t limit,
			     json_t **ret_runs, struct sb_error *err);

/** As in the list, with "record" (of an unfinished run: its stages so far) and "requests" (rows of
 * the journal: id, method, path, kind, keys, status, outcome, begun, ended; a request with outcome
 * "begun" has not ended), and "calls" (its writes to Proxmox VE: op, n, key, call, node, outcome,
 * task?, exit?, begun, ended), and "actions" (those that it was the last one to carry out: op, key,
 * verb, state, cause, and their calls of all runs: n, call, node, outcome, task?, exit?). run -1 =
 * the highest id. SB_E_NOTFOUND when there is none. */
SB_API int sb_store_run_get(struct sb_store *store, int64_t run, json_t **ret_run,
			    struct sb_error *err);

/* Request journal: one row per write request, before it is sent */

/** Durable when it returns 0 (in a transaction: when commit does).
 *
 * @keys  array of the objects' keys (creates) or {"key","id"} */
int sb_store_request_begin(struct sb_store *store, int64_t run, int64_t id, const char *method,
			   const char *path, const char *kind, const json_t *keys, int64_t now_s,
			   struct sb_error *err);

/** With each outcome but "unsettled" the values of more than 200 bytes that the request sent become
 * "sha256:<hex>, <n> bytes" in the journal.
 *
 * outcome: "done", "rejected", "retry", "denied", "conflict", "unsettled",
 * "settled-committed", "settled-dropped" */
int sb_store_request_end(struct sb_store *store, int64_t run, int64_t id, int status,
			 const char *outcome, int64_t now_s, struct sb_error *err);

/** Requests of an endpoint (NULL = of all) that are begun or unsettled; array of {run, id, method,
 * kind, keys, since, schema?}; schema is that of the branch into which they wrote. since is the end
 * of their run when it was recorded, else now_s. New reference. */
int sb_store_request_open(struct sb_store *store, const char *endpoint, int64_t now_s,
			  json_t **ret_requests, struct sb_error *err);

/** How many shared objects an endpoint created since a time, with those whose fate is not known:
 * {"<kind>": n}. New reference. */
int sb_store_shared_made(struct sb_store *store, const char *endpoint, int64_t since_s,
			 json_t **ret_made, struct sb_error *err);

/* Actions on Proxmox VE, per endpoint and plan document: one row per action, one per write request
 * of it, before it is sent */

struct sb_store_action {
	const char *endpoint, *document;
	int64_t op; /* its position in the part of the endpoint */
	int64_t run;
	const char *stage, *key, *verb;
	const json_t *notes; /* an object */
};

struct sb_store_call {
	const char *endpoint, *document;
	int64_t op, n; /* the n-th call of the action, from 1 */
	int64_t run;
	const char *key, *name, *node; /* "start", "pve1" */
	const json_t *older; /* tasks that were there before: an array of texts; NULL = none */
};

/** Begin an action, or replace the notes of one; its state is "open" then. */
int sb_store_action_begin(struct sb_store *store, const struct sb_store_action *action,
			  int64_t now_s, struct sb_error *err);

/** state: "done", "as-is", "refused", "failed". SB_E_NOTFOUND when it was never begun. */
int sb_store_action_end(struct sb_store *store, const char *endpoint, const char *document,
			int64_t op, const char *state, const char *cause, int64_t now_s,
			struct sb_error *err);

/** The actions of a document: [{"op", "run", "stage", "key", "verb", "state", "cause", "notes",
 * "calls": [{"n", "call", "node", "outcome", "task"?, "exit"?}]}], by op and n. New reference. */
int sb_store_action_list(struct sb_store *store, const char *endpoint, const char *document,
			 json_t **ret_actions, struct sb_error *err);

int sb_store_call_begin(struct sb_store *store, const struct sb_store_call *call, int64_t now_s,
			struct sb_error *err);

/** Note what is known of a call: outcome "open", "done", "failed", "rejected" or "dropped"; its
 * task and how that ended, "" = not known (what is known stays). Only endpoint, document, op and n
 * of call are read. SB_E_NOTFOUND when it was never begun. */
int sb_store_call_end(struct sb_store *store, const struct sb_store_call *call, const char *outcome,
		      const char *task, const char *exit, int64_t now_s, struct sb_error *err);

/** The calls of an endpoint whose outcome is "open": [{"document", "op", "n", "key", "call",
 * "node", "begun", "task"?, "older"}]. New reference. */
int sb_store_call_open(struct sb_store *store, const char *endpoint, json_t **ret_calls,
		       struct sb_error *err);

/** The calls of other documents that arrived, or may have, and that began after since_s or in a run
 * after that one (0 = none is named): [{"key", "document", "run", "call"}], the oldest first. New
 * reference. */
int sb_store_call_others(struct sb_store *store, const char *endpoint, const char *document,
			 int64_t since_s, int64_t run, json_t **ret_calls, struct sb_error *err);

/** The tasks of all calls of an endpoint, of any document, that began at most a day before the
 * oldest open one, or before now_s: an array of texts. New reference. */
int sb_store_call_tasks(struct sb_store *store, const char *endpoint, int64_t now_s,
			json_t **ret_tasks, struct sb_error *err);

/* Branches of NetBox (core/netbox/branch.h) that runs made, until they are deleted. Each step is
 * noted before it is taken, so that the next run knows where a killed one was. */

struct sb_store_branch {
	const char *endpoint;
	int64_t run;            /* that made it */
	const char *name;       /* in NetBox */
	int64_t id;             /* there; 0 = not known yet */
	const char *schema;     /* "" = not known yet */
	const json_t *modules;  /* array of the names of the modules whose objects it holds */
	const json_t *settings; /* object: the options "branching" of its run */
	const char *step;       /* a word of core/base/branch_step.h */
	int64_t job;            /* of NetBox, which it waits for; 0 = none */
};

/** Note the step of a branch; a later call for the run replaces it. */
int sb_store_branch_put(struct sb_store *store, const struct sb_store_branch *branch, int64_t now_s,
			struct sb_error *err);

/** The branches of an endpoint (NULL = of all), by the runs that made them: [{"endpoint", "run",
 * "name", "id", "schema", "modules", "settings", "step", "job", "since"}]. New reference. */
SB_API int sb_store_branch_list(struct sb_store *store, const char *endpoint, json_t **ret_branches,
				struct sb_error *err);

/**
 * End the data of a branch, in one transaction: its values become those that were applied to main
 * (is_merged) or are dropped, and the open requests that wrote into it are settled. The row and the
 * values of a merged branch stay, with its step, for a revert; otherwise they are dropped.
 */
int sb_store_branch_end(struct sb_store *store, const struct sb_store_branch *branch,
			bool is_merged, int64_t now_s, struct sb_error *err);

/** Note the step of a branch whose merge was reverted, in one transaction: what main had before of
 * the objects in it is not known any more, so that NetBox's change log says whose a value is. */
int sb_store_branch_revert(struct sb_store *store, const struct sb_store_branch *branch,
			   int64_t now_s, struct sb_error *err);

/** The run writes into the branch with this schema id from now on. */
int sb_store_run_schema(struct sb_store *store, int64_t run, const char *schema,
			struct sb_error *err);

/** As sb_store_applied_put() and sb_store_applied_drop(), for values that were applied in a branch;
 * those of main stay as they are. */
int sb_store_branch_applied_put(struct sb_store *store, const char *endpoint, const char *schema,
				const char *key, const json_t *fields, struct sb_error *err);
int sb_store_branch_applied_drop(struct sb_store *store, const char *endpoint, const char *schema,
				 const char *key, struct sb_error *err);

/** Each key with values of a branch, in their order. replaces: those of main are dropped there, and
 * do not show through. */
typedef int sb_store_branch_each_fn(void *arg, const char *key, const char *json_text,
				    bool replaces);
int sb_store_branch_applied_each(struct sb_store *store, const char *endpoint, const char *schema,
				 sb_store_branch_each_fn *fn, void *arg, struct sb_error *err);

/* Last-applied values and the counters of missing objects, per endpoint and key */

int sb_store_applied_put(struct sb_store *store, const char *endpoint, const char *key,
			 const json_t *fields, struct sb_error *err); /* merged by field */
int sb_store_applied_drop(struct sb_store *store, const char *endpoint, const char *key,
			  struct sb_error *err);
/** Forget the values of one field of all objects of all endpoints. @field: a-z, 0-9 and _ */
int sb_store_applied_forget(struct sb_store *store, const char *field, struct sb_error *err);
typedef int sb_store_each_fn(void *arg, const char *key, const char *json_text);
int sb_store_applied_each(struct sb_store *store, const char *endpoint, sb_store_each_fn *fn,
			  void *arg, struct sb_error *err);

/** misses: object {"<key>": {"runs": n, "since": unix_s}} replaces all of the endpoint. */
int sb_store_misses_put(struct sb_store *store, const char *endpoint, const json_t *misses,
			struct sb_error *err);
int sb_store_misses_get(struct sb_store *store, const char *endpoint, json_t **ret_misses,
			struct sb_error *err);

/** Values that NetBox refused: [{"kind","key","field","value","words","netbox","since"}] replaces
 * all of the endpoint. */
int sb_store_refusals_put(struct sb_store *store, const char *endpoint, const json_t *rows,
			  struct sb_error *err);
/** *ret_rows: new reference, in a fixed order. */
int sb_store_refusals_get(struct sb_store *store, const char *endpoint, json_t **ret_rows,
			  struct sb_error *err);

/** Agents that did not answer: {"<key of the guest>": row}, as core/model/agent_turn.h describes
 * it, replaces all of the endpoint. */
int sb_store_agents_put(struct sb_store *store, const char *endpoint, const json_t *agents,
			struct sb_error *err);
/** *ret_agents: new reference. */
int sb_store_agents_get(struct sb_store *store, const char *endpoint, json_t **ret_agents,
			struct sb_error *err);

/* The fact that identifies a store: a random text that it has from its creation on, so that the
 * next store of the same path has another one. */
#define SB_STORE_ID "id"

/* Facts: small values by name ("identity:lab"); put with value NULL removes */
int sb_store_fact_put(struct sb_store *store, const char *name, const char *value,
		      struct sb_error *err);
/** *ret_value: caller frees; NULL when there is none (returns 0). */
SB_API int sb_store_fact_get(struct sb_store *store, const char *name, char **ret_value,
			     struct sb_error *err);

/** Group the following writes into one transaction (events that arrive together). Its writes,
 * including journal rows, are durable only when commit returned 0. */
int sb_store_begin(struct sb_store *store, struct sb_error *err);
int sb_store_commit(struct sb_store *store, struct sb_error *err);
/** Discard the writes since begin; does nothing outside of a transaction. */
void sb_store_rollback(struct sb_store *store);

/** Drop runs older than keep_s (not unfinished ones or those with open requests). */
SB_API int sb_store_sweep(struct sb_store *store, int64_t now_s, int64_t keep_s,
			  struct sb_error *err);
