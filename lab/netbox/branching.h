/* SPDX-License-Identifier: Apache-2.0 */
/* The plugin netbox-branching: a branch is a complete copy of the tables, and its calls go to this
 * copy. Facts: measured at version 1.2.2. */
#pragma once

#include "call.h"

#define NB_BRANCHING_VERSION "1.2.2"
#define NB_BRANCHING_PATH    "plugins/branching/"

/* One branch; its row has the same id. */
struct nb_branch {
	struct nb_branch *next;
	uint32_t id;
	struct lab_netbox *main;
	struct lab_netbox *copy; /* NULL = not provisioned, or archived */
	uint32_t n_seen;         /* changes of the copy below this id are in its diffs */
	uint32_t n_synced;       /* changes of main below this id are in the copy */
	json_t *applied;         /* {"id": true}: changes of main that this branch has made */
};

/* The tables of the plugin are not among those of NetBox, so that a server without the plugin does
 * not have them. */
struct nb_branching {
	struct nb_table branches, jobs, events, diffs;
	struct nb_branch *list;
	uint32_t next_job; /* jobs below this id have ended */
	uint32_t n_turns;  /* requests since the current job was created or started */
	uint64_t n_schemas;
	bool no_worker, worker_dies, provision_fails;
	/* Types whose objects are those of main in every branch, "dcim.device" or "dcim.*"; the
	 * second without saying so; owned, NULL = none */
	char *exempt, *not_apart;
	int64_t slow_us; /* how long each job runs */
};

/* branch_rows.c */
int nb_branching_create(struct lab_netbox *nb);
void nb_branching_destroy(struct lab_netbox *nb);
struct nb_branch *nb_branch_find(const struct lab_netbox *nb, int64_t id);
struct nb_object *nb_branch_row(const struct nb_branch *branch);
const char *nb_branch_status(const struct nb_branch *branch);
bool nb_branch_is(const struct nb_branch *branch, const char *status);
void nb_branch_set_status(struct nb_branch *branch, const char *status);
/** Add an event, such as "merged", to the history of a branch. */
void nb_branch_event(struct nb_branch *branch, const char *type, int64_t user, int64_t now_us);
/** Forget a branch whose row was deleted, with its diffs and events. */
void nb_branch_forget(struct lab_netbox *nb, uint32_t id);
/** Set a field of a row to a time. */
void nb_put_time(struct lab_netbox *nb, struct nb_object *row, const char *field, int64_t now_us);

/* branch_calls.c */
/** Carry out a call below the path of the plugin, or on jobs. False = it is another one. */
bool nb_branching_call(struct nb_call *call, const char *path);
/** Does this NetBox (main) say that branches have their own objects of this type? */
bool nb_is_branchable(const struct lab_netbox *nb, const struct nb_table *table);
/** Do they? */
bool nb_is_apart(const struct lab_netbox *nb, const struct nb_table *table);

/* branch_copy.c */
/** Let the header choose the tables of the call. False with an answer of 400. */
bool nb_branch_enter(struct nb_call *call, const char *path);
/** Note what the call has changed in its branch. */
void nb_branch_leave(struct nb_call *call);
/** Copy all tables of main. Returns 0 or -1 (memory). */
int nb_branch_fill(struct nb_branch *branch);
void nb_branch_drop_copy(struct nb_branch *branch);
/** Let the settings and tables that branches share follow main. */
void nb_branch_follow(struct nb_branch *branch);
/** Let main give no id again that the copy has used. */
void nb_branch_share_ids(struct nb_branch *branch);
/** Refuse the change of an object that was deleted in main. */
void nb_branch_check(struct nb_write *write);

/* branch_diffs.c */
/** Add the changes of the copy that are not yet in the diffs. */
void nb_diffs_follow(struct nb_branch *branch, int64_t now_us);
/** Compare the diffs of a branch with main as it is now. */
void nb_diffs_refresh(struct nb_branch *branch);
/** The diff of an object or NULL. */
struct nb_object *nb_diff_find(const struct nb_branch *branch, const char *type, int64_t object_id);
/** The conflicts as an answer 409 has them; NULL without conflicts. New reference. */
json_t *nb_diffs_conflicts(struct nb_branch *branch);

/* branch_jobs.c */
/** Let the worker go on: called before each request. */
void nb_jobs_turn(struct lab_netbox *nb, int64_t now_us);
/** Queue a job of a branch: "Merge branch". Returns its row. */
struct nb_object *nb_job_add(struct nb_branch *branch, const char *name, bool commit, int64_t user,
			     int64_t now_us);
/** The running job of a branch or NULL. */
struct nb_object *nb_job_running(const struct nb_branch *branch);
/** End a job whose worker was killed. */
void nb_job_fail(struct lab_netbox *nb, struct nb_object *job, int64_t now_us);
int nb_workers(const struct lab_netbox *nb);
/** Switch a fault of the plugin or its worker. Returns 0, or -1 when this is not one. */
int nb_branching_fault(struct lab_netbox *nb, const char *kind, const char *arg, bool on);

/* branch_merge.c */
/* A run of changes from one set of tables to another; all or nothing. */
struct nb_replay {
	struct nb_branch *branch;
	int64_t now_us;
	bool commit;
	json_t *report;   /* array; borrowed */
	char error[1024]; /* "" = none */
};
void nb_branch_merge(struct nb_replay *replay);
void nb_branch_revert(struct nb_replay *replay);
void nb_branch_sync(struct nb_replay *replay);
/** The number of changes that a branch has, and those of main that it does not have. */
size_t nb_branch_count(const struct nb_branch *branch);
size_t nb_branch_count_unsynced(const struct nb_branch *branch);
