/* SPDX-License-Identifier: Apache-2.0 */
/* The SQLite back-end: its state, its statements, and the operations by subject. */
#pragma once

#include <sqlite3.h>
#include <sys/types.h>

#include "store/store_priv.h"

#define SB_SQLITE_CACHE 64

struct sb_sqlite {
	struct sb_store store; /* first */
	sqlite3 *db;
	char *path;
	char *copy;      /* path of the copy for readers */
	bool is_shared;  /* the group with the number gid may read the copy */
	gid_t gid;       /* of store.group */
	bool is_copy;    /* this is a copy for readers, */
	int64_t as_of_s; /* written at that time */
	bool is_grouped; /* between begin and commit of the caller */
	struct {
		const char *sql; /* a literal: compared by address */
		sqlite3_stmt *stmt;
	} cache[SB_SQLITE_CACHE];
	size_t cached;
	struct sb_sqlite_lease {
		char name[124]; /* "" = this place is free */
		int64_t token;
		int fd;
	} leases[4];
};

/** Fill err from the state of the connection: what was attempted, the path, what to do. */
int sb_sqlite_fail(struct sb_sqlite *sqlite, const char *what, struct sb_error *err);

/*
 * Statements. binds: one letter per value that follows: s = const char * (NULL is NULL), i =
 * int64_t, j = const json_t * as text (NULL is NULL). sql must be a literal.
 */

/** Run a statement that returns no rows. Returns the number of rows that it changed. */
int sb_sql_run(struct sb_sqlite *sqlite, struct sb_error *err, const char *what, const char *sql,
	       const char *binds, ...);

/* A query in progress: call sb_sql_next() until it returns 0, and sb_sql_end() in any case. */
struct sb_sql {
	struct sb_sqlite *sqlite;
	sqlite3_stmt *stmt;
	const char *what;
	bool is_own; /* not in the cache: finalized at the end */
};
#define sb_autosql SB_CLEANUP(sb_sql_end) struct sb_sql

int sb_sql_query(struct sb_sqlite *sqlite, struct sb_sql *ret_query, struct sb_error *err,
		 const char *what, const char *sql, const char *binds, ...);
/** 1 = a row, 0 = the end. */
int sb_sql_next(struct sb_sql *query, struct sb_error *err);
void sb_sql_end(struct sb_sql *query);
int64_t sb_sql_int(const struct sb_sql *query, int column);
/** Borrowed until the next call on the query; NULL for NULL. */
const char *sb_sql_text(const struct sb_sql *query, int column);
/** New reference: the column's JSON; JSON null for NULL; damaged text is SB_E_STATE. */
int sb_sql_json(const struct sb_sql *query, int column, json_t **ret_json, struct sb_error *err);

/* The transaction of one operation, inside that of the caller when there is one. */
int sb_sql_begin(struct sb_sqlite *sqlite, struct sb_error *err);
/** Commit when rc >= 0, else roll back. Returns rc, or the failure of the commit. */
int sb_sql_finish(struct sb_sqlite *sqlite, int rc, struct sb_error *err);

/** application_id and user_version of a file of this program. */
#define SB_SQLITE_APPLICATION 0x53424f58 /* "SBOX" */
int64_t sb_sqlite_version(void);
/** Bring the schema to this program's version; SB_E_STATE when it is newer. */
int sb_sqlite_migrate(struct sb_sqlite *sqlite, struct sb_error *err);
/** As sb_sqlite_migrate(), without writing: SB_E_STATE when the schema is older, too. */
int sb_sqlite_check_schema(struct sb_sqlite *sqlite, struct sb_error *err);

/* sqlite_lease.c */
int sb_sqlite_lease_take(struct sb_store *store, const char *name, int64_t *ret_token,
			 struct sb_error *err);
int sb_sqlite_lease_renew(struct sb_store *store, const char *name, int64_t token,
			  struct sb_error *err);
int sb_sqlite_lease_give(struct sb_store *store, const char *name, int64_t token,
			 struct sb_error *err);
int sb_sqlite_lease_fd(struct sb_store *store, const char *name);
/** Does anybody hold the lease? False when that is known, for example because its process was
 * killed. */
bool sb_sqlite_lease_is_held(struct sb_sqlite *sqlite, const char *name);
/** Release the locks of all leases, as at the end of this process. */
void sb_sqlite_lease_close(struct sb_sqlite *sqlite);

/* lock_file.c */

/**
 * Open and lock a file, which is created when it does not exist, for as long as a descriptor of
 * this opening is open in any process. A link is not followed.
 *
 * @ret_fd  above the standard descriptors; the caller closes it
 *
 * Returns 0; SB_E_BUSY when another opening of the file holds the lock; SB_E_CONFIG when the file
 * cannot be used or its file system has no locks.
 */
int sb_lock_file_take(const char *path, int *ret_fd, struct sb_error *err);
/** Does an opening of the file hold the lock? 1 or 0, also when there is no file; SB_E_STATE when
 * this user cannot find out. Nothing is locked or created. */
int sb_lock_file_is_held(const char *path);
/** Is the file at path still the one that was locked? It may have been deleted meanwhile. */
bool sb_lock_file_stands(const char *path, int fd);

/* share.c */

/** The number of the group that store.group names; SB_E_CONFIG when there is none. */
int sb_share_group(const char *name, gid_t *ret_gid, struct sb_error *err);
/** Is this process a member of the group? */
bool sb_share_is_member(gid_t gid);
/** Close the folder of the store at path, an absolute one, to all but its owner and, unless gid is
 * NULL, a group, which may enter it. A folder with other files, or that everybody may use, is left
 * as it is. Logs what prevents the group from reading. */
void sb_share_folder(const char *path, const gid_t *gid);
/** Take the files of the store at path away from all but their owner. Logs what prevents it. */
void sb_share_close_files(const char *path);
/** Remove a copy for readers that others than the group may read; gid NULL = no group may. */
void sb_share_check_copy(const char *copy, const gid_t *gid);
/** Let the group read the copy that fd has open, and nobody else but its owner. 0 or an errno. */
int sb_share_copy(int fd, gid_t gid);

/* sqlite_copy.c */

/** Write the copy for readers, if there is a group. */
int sb_sqlite_copy_write(struct sb_store *store, int64_t now_s, struct sb_error *err);
/** Open the copy of sqlite->copy for reading, which takes no lock. */
int sb_sqlite_copy_open(struct sb_sqlite *sqlite, struct sb_error *err);
int64_t sb_sqlite_as_of(struct sb_store *store);

/* private_file.c */

/** Give a file of root to the owner of the folder it is in, when that is another user: a service
 * uses later what a root shell created. fd is the open file; path is its name, for the log. */
void sb_private_file_give(const char *path, int fd);

/* sqlite_run.c */
int sb_sqlite_run_begin(struct sb_store *store, const char *endpoint, const char *mode,
			int64_t now_s, int64_t *ret_id, struct sb_error *err);
int sb_sqlite_run_pid(struct sb_store *store, int64_t run, int64_t pid, struct sb_error *err);
int sb_sqlite_stage_put(struct sb_store *store, int64_t run, const char *stage, const json_t *entry,
			struct sb_error *err);
int sb_sqlite_run_end(struct sb_store *store, int64_t run, const char *status, const json_t *record,
		      int64_t now_s, struct sb_error *err);
int sb_sqlite_run_recover(struct sb_store *store, const char *endpoint, int64_t now_s,
			  struct sb_error *err);
int sb_sqlite_run_list(struct sb_store *store, const char *endpoint, size_t limit,
		       json_t **ret_runs, struct sb_error *err);
int sb_sqlite_run_get(struct sb_store *store, int64_t run, json_t **ret_run, struct sb_error *err);

/* sqlite_request.c */
int sb_sqlite_request_begin(struct sb_store *store, int64_t run, int64_t id, const char *method,
			    const char *path, const char *kind, const json_t *keys, int64_t now_s,
			    struct sb_error *err);
int sb_sqlite_request_end(struct sb_store *store, int64_t run, int64_t id, int status,
			  const char *outcome, int64_t now_s, struct sb_error *err);
int sb_sqlite_request_open(struct sb_store *store, const char *endpoint, int64_t now_s,
			   json_t **ret_requests, struct sb_error *err);
int sb_sqlite_shared_made(struct sb_store *store, const char *endpoint, int64_t since_s,
			  json_t **ret_made, struct sb_error *err);
/** All rows of a run. */
int sb_sqlite_request_list(struct sb_sqlite *sqlite, int64_t run, json_t **ret_requests,
			   struct sb_error *err);

/* sqlite_action.c */
int sb_sqlite_action_begin(struct sb_store *store, const struct sb_store_action *action,
			   int64_t now_s, struct sb_error *err);
int sb_sqlite_action_end(struct sb_store *store, const char *endpoint, const char *document,
			 int64_t op, const char *state, const char *cause, int64_t now_s,
			 struct sb_error *err);
int sb_sqlite_action_list(struct sb_store *store, const char *endpoint, const char *document,
			  json_t **ret_actions, struct sb_error *err);
int sb_sqlite_call_begin(struct sb_store *store, const struct sb_store_call *call, int64_t now_s,
			 struct sb_error *err);
int sb_sqlite_call_end(struct sb_store *store, const struct sb_store_call *call,
		       const char *outcome, const char *task, const char *exit, int64_t now_s,
		       struct sb_error *err);
int sb_sqlite_call_open(struct sb_store *store, const char *endpoint, json_t **ret_calls,
			struct sb_error *err);
/** The actions that a run began or went on with, see sb_store_run_get(). New reference. */
int sb_sqlite_action_of_run(struct sb_sqlite *sqlite, int64_t run, json_t **ret_actions,
			    struct sb_error *err);
int sb_sqlite_call_others(struct sb_store *store, const char *endpoint, const char *document,
			  int64_t since_s, int64_t run, json_t **ret_calls, struct sb_error *err);
int sb_sqlite_call_tasks(struct sb_store *store, const char *endpoint, int64_t now_s,
			 json_t **ret_tasks, struct sb_error *err);
/** The write requests to Proxmox VE that a run began. */
int sb_sqlite_call_list(struct sb_sqlite *sqlite, int64_t run, json_t **ret_calls,
			struct sb_error *err);

/* sqlite_branch.c */
int sb_sqlite_branch_put(struct sb_store *store, const struct sb_store_branch *branch,
			 int64_t now_s, struct sb_error *err);
int sb_sqlite_branch_list(struct sb_store *store, const char *endpoint, json_t **ret_branches,
			  struct sb_error *err);
int sb_sqlite_branch_end(struct sb_store *store, const struct sb_store_branch *branch,
			 bool is_merged, int64_t now_s, struct sb_error *err);
int sb_sqlite_branch_revert(struct sb_store *store, const struct sb_store_branch *branch,
			    int64_t now_s, struct sb_error *err);
int sb_sqlite_run_schema(struct sb_store *store, int64_t run, const char *schema,
			 struct sb_error *err);
int sb_sqlite_branch_applied_put(struct sb_store *store, const char *endpoint, const char *schema,
				 const char *key, const json_t *fields, struct sb_error *err);
int sb_sqlite_branch_applied_drop(struct sb_store *store, const char *endpoint, const char *schema,
				  const char *key, struct sb_error *err);
int sb_sqlite_branch_applied_each(struct sb_store *store, const char *endpoint, const char *schema,
				  sb_store_branch_each_fn *fn, void *arg, struct sb_error *err);

/* sqlite_applied.c */
int sb_sqlite_applied_put(struct sb_store *store, const char *endpoint, const char *key,
			  const json_t *fields, struct sb_error *err);
/** The same inside of a transaction. */
int sb_sqlite_applied_merge(struct sb_sqlite *sqlite, const char *endpoint, const char *key,
			    const json_t *fields, struct sb_error *err);
int sb_sqlite_applied_drop(struct sb_store *store, const char *endpoint, const char *key,
			   struct sb_error *err);
int sb_sqlite_applied_forget(struct sb_store *store, const char *field, struct sb_error *err);
int sb_sqlite_applied_each(struct sb_store *store, const char *endpoint, sb_store_each_fn *fn,
			   void *arg, struct sb_error *err);
int sb_sqlite_refusals_put(struct sb_store *store, const char *endpoint, const json_t *rows,
			   struct sb_error *err);
int sb_sqlite_refusals_get(struct sb_store *store, const char *endpoint, json_t **ret_rows,
			   struct sb_error *err);
int sb_sqlite_agents_put(struct sb_store *store, const char *endpoint, const json_t *agents,
			 struct sb_error *err);
int sb_sqlite_agents_get(struct sb_store *store, const char *endpoint, json_t **ret_agents,
			 struct sb_error *err);
int sb_sqlite_misses_put(struct sb_store *store, const char *endpoint, const json_t *misses,
			 struct sb_error *err);
int sb_sqlite_misses_get(struct sb_store *store, const char *endpoint, json_t **ret_misses,
			 struct sb_error *err);

/* sqlite_fact.c */
int sb_sqlite_fact_put(struct sb_store *store, const char *name, const char *value,
		       struct sb_error *err);
int sb_sqlite_fact_get(struct sb_store *store, const char *name, char **ret_value,
		       struct sb_error *err);
int sb_sqlite_sweep(struct sb_store *store, int64_t now_s, int64_t keep_s, struct sb_error *err);
