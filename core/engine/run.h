/* SPDX-License-Identifier: Apache-2.0 */
/* One job from the inside: sessions, snapshot, stages, and the result of diffing. */
#pragma once

#include "engine/registry.h"
#include "model/plan.h"
#include "model/snapshot.h"
#include "netbox/client.h"
#include "pve/client.h"
#include "stagebox/reconcile.h"

/* What a stage has come to. The words of the record. */
enum sb_stage_status {
	SB_STAGE_OK,
	SB_STAGE_PARTIAL,
	SB_STAGE_FAILED,
	SB_STAGE_SKIPPED,
};

/* Objects of one kind that one stage answers for, counted on two sides. No term is a remainder:
 * seen = created + updated + same + skipped + failed + unknown,
 * before = matched + deleted + kept. */
struct sb_account {
	size_t stage; /* position in the registry; SB_STAGE_SHARED */
	const struct sb_kind *kind;
	char *prefix;
	uint64_t seen, created, updated, same, skipped, failed, unknown;
	uint64_t before, matched, deleted, kept;
};

#define SB_STAGE_SHARED ((size_t)-1)

/* The part of one stage in a run. */
struct sb_stage_run {
	bool selected, needed;
	bool fetch_started, fetch_done;
	size_t asks; /* outstanding */
	enum sb_stage_status status;
	struct sb_error why; /* of FAILED, PARTIAL (first), SKIPPED */
	uint64_t n_reasons;  /* how many reasons made it partial */
	int64_t began_ms, ended_ms;
	bool announced;
};

/* Something that only the network can answer, found while diffing. */
enum sb_question_type {
	SB_ASK_LOOSE,   /* unowned objects that a create might adopt */
	SB_ASK_CHANGES, /* what we wrote last, by NetBox's change log */
	SB_ASK_GONE,    /* is a guest really gone, by its stage */
	SB_ASK_TOOLS,   /* which tools were at work in this NetBox */
	SB_ASK_ORIGIN,  /* by a rule of adoption */
	SB_ASK_ID,      /* objects that a tool's rows name */
};

struct sb_question {
	enum sb_question_type type;
	const struct sb_kind *kind;
	char *text;   /* LOOSE, ID: query without fields; CHANGES: id; GONE: key; ORIGIN:
		       * "<rule>?<query>" */
	char *key;    /* CHANGES: of the object */
	size_t stage; /* GONE */
};

/* Everything that one pass of diffing makes. Thrown away and made again after questions. */
struct sb_diff {
	struct sb_plan plan;
	struct sb_plan dropped; /* ops that were not selected */
	struct sb_account *accounts;
	size_t n_accounts;
	struct sb_table *ends;    /* key -> why an object is not there (reason text) */
	struct sb_table *created; /* key -> "" objects that this plan creates */
	struct sb_table *adopted; /* key -> flat row of the object that becomes ours, and
				   * "#<kind>#<id>" -> key */
	struct sb_table *updates; /* key -> position of its first update */
	struct sb_table *deletes; /* key -> position of its delete */
	struct sb_table *fading;  /* key -> "delete" | "kept": owned objects that vanished */
	json_t *demands;          /* shared key -> {"fields","stage"} */
	json_t *conflicts;        /* [{key, kind, field, ours, theirs, why}] */
	json_t *kept;             /* the same, of fields that nothing may change now */
	json_t *misses;           /* the counters of what this run missed */
	json_t *returned;         /* keys with a counter that are at the source again */
	json_t *settled;          /* key -> fields to remember although nothing is written */
	json_t *cascades;         /* key of a delete -> accounts of the objects that go with it */
	json_t *candidates;       /* [[key, row], ...] of the reconcile call that runs */
	json_t *pruned;           /* kind -> how many top objects are to go */
	struct sb_question *questions;
	size_t n_questions;
	bool once_more; /* something was learned that an earlier stage of this pass needs */
	bool gate_refused;
	struct sb_error gate_why;
};

struct sb_policy_row;

struct sb_run {
	struct sb_registry *registry;
	json_t *conf;     /* resolved; borrowed */
	json_t *endpoint; /* borrowed from conf */
	const char *slug;
	int64_t now_s;

	struct sb_http *http;
	struct sb_pve *pve;
	struct sb_netbox *netbox;
	char *netbox_mark;
	json_t *marked_types; /* object types that carry the custom field stagebox_key */
	char *netbox_user;

	struct sb_snapshot *snap;
	struct sb_stage_run *stages; /* one per stage of the registry */
	struct sb_stage_run shared_stage;
	struct sb_diff *diff;
	json_t *limits;    /* stage -> [{"code","text","parts"}] of what our rights do not reach */
	size_t current;    /* stage whose callback runs */
	int failed_rc;     /* out of memory in a place that cannot say so */
	size_t reads_open; /* NetBox lists not finished */
	bool looked_hidden;
	struct sb_policy_row *policies; /* policy.c */
	size_t n_policies;
	unsigned in_flight;       /* write requests that NetBox took best at once; 0 = no write */
	struct sb_events *events; /* NULL in tests */
	size_t announced;         /* the stage that the parent was told of last */
};

/* run.c */
int sb_run_create(struct sb_registry *registry, json_t *conf, const char *slug, int64_t now_s,
		  struct sb_run **ret_run, struct sb_error *err);
void sb_run_destroy(struct sb_run *run);

/** Name of a stage position, "shared" for SB_STAGE_SHARED. */
const char *sb_run_stage_name(const struct sb_run *run, size_t stage);
struct sb_stage_run *sb_run_stage(struct sb_run *run, size_t stage);

/** Note why a stage is not whole: it becomes partial (never worse is made better). */
void sb_run_partial(struct sb_run *run, size_t stage, const struct sb_error *why);
void sb_run_fail_stage(struct sb_run *run, size_t stage, const struct sb_error *why);

/** Tell the parent which stage's code runs next, so that a crash can be named. */
void sb_run_announce(struct sb_run *run, size_t stage);

/* fetch.c: asks of Proxmox VE and lists of NetBox in one loop */
/** @lists_at_s  NetBox's lists are not begun before this wall time: requests of an interrupted run
 *               may still be committed until then */
int sb_fetch(struct sb_run *run, int64_t lists_at_s, struct sb_error *err);

/** Begin to read NetBox's lists; reads_open tells how many are left. */
int sb_fetch_lists(struct sb_run *run, struct sb_error *err);

/* diff.c: one pass over all needed stages; more passes while there are questions */
int sb_diff_all(struct sb_run *run, struct sb_error *err);
struct sb_diff *sb_diff_create(void);
void sb_diff_destroy(struct sb_diff *diff);

/* question.c */
int sb_question_add(struct sb_run *run, enum sb_question_type type, const struct sb_kind *kind,
		    const char *text, const char *key, size_t stage);
int sb_questions_ask(struct sb_run *run, struct sb_error *err);

/* block.c */

/** Find ops that claim what an object that stays holds: NetBox would refuse them. They are noted in
 * snap->blocked, and diff->once_more is set. */
int sb_block_find(struct sb_run *run);

/* hidden.c */

/** Before anything is created below an object that is there: does NetBox show all that it counts
 * there? Once a run. 1 = a list is not whole after all, diff again; 0; or a negative code. */
int sb_hidden_look(struct sb_run *run, struct sb_error *err);

/* ref.c */
enum sb_ref_state { SB_REF_ID, SB_REF_NEW, SB_REF_ABSENT, SB_REF_UNKNOWN };

/** Where does (kind, key) stand? @ret_value: id or {"$ref": key} (new reference) for ID and NEW;
 * @why: the cause for ABSENT and UNKNOWN. */
enum sb_ref_state sb_ref(struct sb_run *run, const char *kind, const char *key, json_t **ret_value,
			 struct sb_error *why);

/** The same by NetBox's id: of the objects of the kind's list, and of those that become ours. */
enum sb_ref_state sb_ref_id(struct sb_run *run, const char *kind, int64_t id, json_t **ret_value,
			    struct sb_error *why);

/* account.c */
int sb_account_open(struct sb_run *run, size_t stage, const struct sb_kind *kind,
		    const char *prefix);
struct sb_account *sb_account_at(struct sb_run *run, int i);
/** The account that answers for an object of a kind, by the longest prefix; -1 = none. */
int sb_account_of(struct sb_run *run, const struct sb_kind *kind, const char *key);
/** After applying (or instead of it): move the counters by what became of the ops. */
int sb_account_finish(struct sb_run *run);
/** Does it balance? Names the side that does not. */
int sb_account_check(const struct sb_account *account, const char *stage, struct sb_error *err);

/* select.c */

/** Drop the ops that were not selected; what needs a dropped create is skipped with the cause.
 * @target: one object's key, or NULL */
int sb_select_ops(struct sb_run *run, const char *target);
