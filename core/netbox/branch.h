/* SPDX-License-Identifier: Apache-2.0 */
/* Branches of NetBox (plugin netbox-branching 1.1.3 and newer): a branch is a copy of NetBox's
 * data, in which objects are read and written by a header with its schema id, until it is merged
 * into main. NetBox provisions, merges and reverts branches in jobs of its workers. */
#pragma once

#include "base/branch_schema.h"
#include "netbox/client.h"

enum {
	SB_BRANCH_NAME = 401, /* bytes; NetBox takes 100 characters */
	SB_BRANCH_STATUS = 32,
};

struct sb_netbox_branch {
	int64_t id;
	char name[SB_BRANCH_NAME];
	char schema[SB_BRANCH_SCHEMA + 1];
	char description[804];
	/* new provisioning ready syncing migrating merging reverting merged archived
	 * pending-migrations failed */
	char status[SB_BRANCH_STATUS];
	char merged[48]; /* when it was merged, as NetBox wrote it; "" = it is not */
};

/* A job of NetBox's workers. */
struct sb_netbox_job {
	int64_t id;
	char status[SB_BRANCH_STATUS]; /* pending scheduled running completed errored failed */
	char error[512];               /* of errored and failed; "" = none */
};

/** Does NetBox see the header that names a branch? Else writes for a branch would go to main. Uses
 * main afterwards. Returns 0, SB_E_STATE when it does not, or an error of the request. */
int sb_netbox_branch_prove(struct sb_netbox *netbox, struct sb_error *err);

/* Why NetBox cannot have branches now. */
struct sb_branch_lack {
	int code; /* SB_E_CONFIG, SB_E_BUSY */
	const char *what, *fix;
};

/** Does this NetBox lack what branches need: the plugin in a known version, a worker? */
bool sb_netbox_lacks_branches(const struct sb_netbox_caps *caps, struct sb_branch_lack *ret_lack);

/* These send one request (delete: one more when no answer came) and wait for its answer. A request
 * that is not a read is sent once. */

/** Create a branch; NetBox provisions it by itself. SB_E_CONFLICT when NetBox has that name,
 * SB_E_HTTP when NetBox refuses another branch (max_branches, max_working_branches). After SB_E_NET
 * or SB_E_TIMEOUT it may exist: see sb_netbox_branch_find(). */
int sb_netbox_branch_create(struct sb_netbox *netbox, const char *name, const char *description,
			    struct sb_netbox_branch *ret_branch, struct sb_error *err);

/** SB_E_NOTFOUND when NetBox has no such branch. */
int sb_netbox_branch_read(struct sb_netbox *netbox, int64_t id, struct sb_netbox_branch *ret_branch,
			  struct sb_error *err);
int sb_netbox_branch_find(struct sb_netbox *netbox, const char *name,
			  struct sb_netbox_branch *ret_branch, struct sb_error *err);

/** Delete a branch with its data. A branch that NetBox does not have is deleted. */
int sb_netbox_branch_delete(struct sb_netbox *netbox, int64_t id, struct sb_error *err);

/** The changes of the branch, one row per object: {"object_type", "object_id", "object_repr",
 * "action", "conflicts": [fields that main has changed differently], "original_data",
 * "modified_data", "current_data", ...}. *ret_rows: new reference, set on success only. */
int sb_netbox_branch_changes(struct sb_netbox *netbox, int64_t id, bool only_conflicts,
			     json_t **ret_rows, struct sb_error *err);

/** How many objects did it change? */
int sb_netbox_branch_count(struct sb_netbox *netbox, int64_t id, int64_t *ret_n,
			   struct sb_error *err);

/**
 * Begin a merge or a revert ("merge", "revert").
 *
 * @acknowledge    merge what conflicts, too: the values of the branch win
 * @ret_job        set on success: the job to wait for
 * @ret_conflicts  new reference to the rows of SB_E_CONFLICT, else NULL
 *
 * SB_E_STATE when the branch is not in the status for it; SB_E_FORBIDDEN names the permission.
 */
int sb_netbox_branch_act(struct sb_netbox *netbox, int64_t id, const char *action, bool acknowledge,
			 int64_t *ret_job, json_t **ret_conflicts, struct sb_error *err);

int sb_netbox_job_read(struct sb_netbox *netbox, int64_t id, struct sb_netbox_job *ret_job,
		       struct sb_error *err);
/** The newest job about a branch. SB_E_NOTFOUND when there is none. */
int sb_netbox_job_find(struct sb_netbox *netbox, int64_t branch, struct sb_netbox_job *ret_job,
		       struct sb_error *err);
/** Has it ended, one way or another? */
bool sb_netbox_job_is_over(const struct sb_netbox_job *job);
