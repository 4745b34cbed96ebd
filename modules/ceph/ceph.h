/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the module ceph: its kinds, how a list is asked for, and the stages. Nothing in it
 * writes to Proxmox VE. */
#pragma once

#include "stagebox/home.h"
#include "stagebox/json.h"
#include "stagebox/module.h"
#include "stagebox/reconcile.h"

/* The kinds. The rows of each are a collection of the same name, whose keys are those of the
 * objects: "<endpoint>/ceph-osd/3". */
#define CEPH_CLUSTER    "ceph-cluster"
#define CEPH_CHECK      "ceph-health-check"
#define CEPH_DAEMON     "ceph-daemon"
#define CEPH_OSD        "ceph-osd"
#define CEPH_POOL       "ceph-pool"
#define CEPH_FILESYSTEM "ceph-filesystem"
#define CEPH_CRUSH_RULE "ceph-crush-rule"
#define CEPH_FLAG       "ceph-flag"

/* Other rows. */
#define CEPH_ANSWERING "ceph-node" /* "<endpoint>/ceph/node": {"name"}: it answers about Ceph */
#define CEPH_REFUSALS                                                                              \
	"ceph-refusal" /* "<endpoint>/ceph/<word>/<node>": {"why", "code", "is_absent"} */
#define CEPH_SET_FLAGS "ceph-set-flag" /* "<endpoint>/ceph/flags": {"flags": "noout,..."} */

#define CEPH_FIELD        "stagebox_ceph"        /* of clusters and nodes: the home of the kinds */
#define CEPH_FIELD_HEALTH "stagebox_ceph_health" /* of the cluster */

/* kinds.c */

/** Register the eight kinds. */
int ceph_add_kinds(struct sb_ctx *ctx, struct sb_error *err);

/** Does the field of a kind change by itself, so that a digest leaves it out? */
bool ceph_is_volatile(const char *kind, const char *field);

/** Does the kind belong to a node, and not to the cluster? */
bool ceph_is_of_node(const char *kind);

/** The words for health that are stored: HEALTH_OK, HEALTH_WARN, HEALTH_ERR, unknown; ends with
 * NULL. */
extern const char *const ceph_health_words[];

/* objects.c: rows of the eight kinds. */

/** One object of a kind. */
struct ceph_object {
	const char *kind;
	const char *id;     /* the last part of its key; may have one slash: "mon/pve1" */
	json_t *fields;     /* taken; each field of the kind but the references */
	const char *host;   /* of a kind that belongs to a node; NULL = not known */
	const char *pool;   /* of a filesystem: its metadata pool; NULL = not known */
	const json_t *from; /* the answer about it, whole; stored without secrets */
	/* Members of it that are compared beside fields; ends with NULL. */
	const char *const *stable;
};

/** Put the row of an object. */
int ceph_put_object(struct sb_stage_run *stage, const struct ceph_object *object,
		    struct sb_error *err);

/** Can a text be a part of a key, and of a path? */
bool ceph_is_id(const char *text);

/** Is a host a node of the cluster, by its name with or without the domain? */
bool ceph_is_node(const struct sb_stage_run *stage, const char *host);

/** Compare the rows of a kind with NetBox. */
int ceph_reconcile(struct sb_stage_run *stage, const char *kind, struct sb_error *err);

/** The member as a value of a field: null when it is absent or null. New reference; NULL = it has
 * another type, or no room in the field: its value is not known, and NetBox's stays. */
json_t *ceph_int(const json_t *object, const char *name);
json_t *ceph_text(const json_t *object, const char *name);
/** The same of what a server sends as 1, "1" or true; but NULL when it is absent, too. */
json_t *ceph_bool(const json_t *object, const char *name);
/** A text, which may be NULL, without secrets; null = there is none. New reference. */
json_t *ceph_words(const char *text);
/** The same of a number, with two decimals, as NetBox stores it. @factor: 100 for a share that is
 * shown in percent. */
json_t *ceph_decimal(const json_t *object, const char *name, double factor);

/* ask.c: a list that each node with Ceph knows. */

/** One list, or document. */
struct ceph_list {
	const char *path; /* below /nodes/<node>/ceph/: "osd" */
	const char *what; /* for messages: "list of OSDs" */
	/* The collections that come from it: unknown when it could not be read. Ends with NULL. */
	const char *const *sources;
	const char *part; /* of their keys, if it is a part of a collection: "mon/"; else NULL */
	/** Read the answer: put rows, and return 0 or a failure. A malformed answer is reported
	 * with ceph_note_unread(). */
	int (*read)(struct sb_stage_run *stage, const json_t *data, struct sb_error *err);
	/* When no node has Ceph, the family does not exist at the endpoint. */
	bool shows_absence;
};

/** The row of the node that had the status: {"name"}. New reference; NULL = none had it. */
json_t *ceph_answering_node(const struct sb_stage_run *stage);

/** Ask the node that answered before, then the others in their order, until one answers. @list
 * has static storage. */
int ceph_ask(struct sb_stage_run *stage, const struct ceph_list *list, struct sb_error *err);

enum { CEPH_NODE_ROOM = 128 };

/** The first node that is offline, by its name; "" = none is. Returns 0, or a failure. */
int ceph_find_offline(struct sb_stage_run *stage, char ret_name[CEPH_NODE_ROOM],
		      struct sb_error *err);

/** Declare what a list names unknown. @why: NULL = its structure is unexpected */
int ceph_note_unread(struct sb_stage_run *stage, const struct ceph_list *list,
		     const struct sb_error *why, struct sb_error *err);

/** Leave out an item whose name cannot be a part of a key, and say so; without a name the list is
 * malformed. */
int ceph_skip_name(struct sb_stage_run *stage, const struct ceph_list *list, const char *name,
		   struct sb_error *err);

/** Put the row of an item of a list, whose name can be a part of a key. */
typedef int ceph_put_fn(struct sb_stage_run *stage, const struct ceph_list *list,
			const json_t *item, struct sb_error *err);

/** Pass the items of a list to put, or to ceph_skip_name(); what is not a list is unread. @member:
 * of the name. Returns 0, or a failure. */
int ceph_put_items(struct sb_stage_run *stage, const struct ceph_list *list, const json_t *data,
		   const char *member, ceph_put_fn *put, struct sb_error *err);

/** Does an answer say that there is no Ceph at the node, or none that was set up? */
bool ceph_is_absence(const struct sb_error *why);

/* The stages; ceph.crush is in rules.c, and crush.c reads the text of its map. */
int ceph_fetch_status(struct sb_stage_run *stage, void *arg, struct sb_error *err);
int ceph_diff_status(struct sb_stage_run *stage, void *arg, struct sb_error *err);
int ceph_fetch_daemons(struct sb_stage_run *stage, void *arg, struct sb_error *err);
int ceph_diff_daemons(struct sb_stage_run *stage, void *arg, struct sb_error *err);
int ceph_fetch_osds(struct sb_stage_run *stage, void *arg, struct sb_error *err);
int ceph_diff_osds(struct sb_stage_run *stage, void *arg, struct sb_error *err);
int ceph_fetch_pools(struct sb_stage_run *stage, void *arg, struct sb_error *err);
int ceph_diff_pools(struct sb_stage_run *stage, void *arg, struct sb_error *err);
int ceph_fetch_filesystems(struct sb_stage_run *stage, void *arg, struct sb_error *err);
int ceph_diff_filesystems(struct sb_stage_run *stage, void *arg, struct sb_error *err);
int ceph_fetch_crush(struct sb_stage_run *stage, void *arg, struct sb_error *err);
int ceph_diff_crush(struct sb_stage_run *stage, void *arg, struct sb_error *err);
int ceph_fetch_flags(struct sb_stage_run *stage, void *arg, struct sb_error *err);
int ceph_diff_flags(struct sb_stage_run *stage, void *arg, struct sb_error *err);
