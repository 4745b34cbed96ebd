/* SPDX-License-Identifier: Apache-2.0 */
/* The result of one diff pass: plan, accounts, absence reasons and questions. */
#pragma once

#include "base/map.h"
#include "model/plan.h"
#include "model/table.h"

/* The position of core's own stage. */
#define SB_STAGE_SHARED ((size_t)-1)

/* The objects of one kind that one stage owns. Every term is counted by itself, none is computed as
 * a remainder, so that a lost object unbalances the account:
 * seen = created + updated + same + skipped + failed + unknown,
 * before = matched + deleted + released + kept. */
struct sb_account {
	size_t stage; /* position in the registry; SB_STAGE_SHARED */
	const struct sb_kind *kind;
	char *prefix;
	/* Objects of other stages of which this stage writes fields. Only those are seen that it
	 * writes: the owner counts the object itself, on both sides. */
	bool fields_only;
	bool is_of_actions; /* fields_only, too: objects that the stage acts on, or would */
	uint64_t seen, created, updated, same, skipped, failed, unknown;
	uint64_t before, matched, deleted, released, kept;
	uint64_t gone; /* of kept: vanished at the source, or parts of such an object */
};

/* A diff uses no network: it notes as a question what only a server can answer. */
enum sb_question_type {
	SB_ASK_UNOWNED, /* unowned objects that a create might adopt */
	SB_ASK_CHANGES, /* the values that we wrote last, by NetBox's change log */
	SB_ASK_GONE,    /* has the object vanished at the source? answered by its stage */
	SB_ASK_TOOLS,   /* which other tools have written into this NetBox */
	SB_ASK_ORIGIN,  /* rows that a rule of adoption looks for */
	SB_ASK_CHOICES, /* the choices that NetBox offers for the fields of a kind */
	SB_ASK_ID,   /* objects that a tool's rows name, and parts that are about to be deleted */
	SB_ASK_MADE, /* who created the object, by NetBox's change log? */
	SB_ASK_SIMILAR,  /* objects with the name, serial number or MAC address of a new one */
	SB_ASK_INSTANCE, /* objects of ours with the instance id of another one */
	SB_ASK_BELOW,    /* objects of ours below a key, where the whole list was not read */
	SB_ASK_ATTACHED, /* objects that are assigned to such a part */
	SB_ASK_DEFAULTS, /* the default values of custom fields */
	SB_ASK_LOG,      /* what NetBox's change log says of an object, for a module */
};

struct sb_question {
	enum sb_question_type type;
	const struct sb_kind *kind;
	char *text;   /* UNOWNED, ID, BELOW, SIMILAR, ATTACHED, INSTANCE: query without fields;
		       * CHANGES, MADE, LOG: id; GONE: key; ORIGIN: "<rule>?<query>" */
	char *key;    /* CHANGES: of the object; MADE, LOG: index of the answer */
	size_t stage; /* GONE, LOG: that asks; else SB_STAGE_SHARED */
};

/* States of an owned object that vanished at the source. */
enum sb_vanishing {
	SB_NOT_VANISHING,
	SB_VANISHING_DELETE,
	SB_VANISHING_RELEASE, /* its parts are deleted or released one by one */
	SB_VANISHING_KEPT,
	SB_VANISHING_HELD, /* its VMID was reused, and it must not be replaced in this run */
};

/* Destroyed when its questions have been answered; then the pass is repeated. */
struct sb_diff {
	struct sb_plan plan;
	struct sb_plan dropped; /* ops that were not selected */
	struct sb_account *accounts;
	size_t n_accounts;
	struct sb_table *absent_why; /* key -> reason text: why an object will not exist */
	struct sb_map *created;      /* objects that this plan creates; the value is 0 */
	struct sb_table *adopted;    /* key -> flat row of the object that is adopted, and
				      * "#<kind>#<id>" -> key */
	struct sb_table *moved; /* new key -> key until now: objects that get another key; adopted
				 * has their rows */
	struct sb_table *moved_from; /* the reverse */
	struct sb_map *updates;      /* key -> position of its first update; "<key>\x1f<stage>" ->
				      * of the first one of a further stage */
	struct sb_map *deletes;      /* key -> position of its delete */
	struct sb_map *vanishing;    /* key -> enum sb_vanishing: owned objects that vanished */
	struct sb_map *released;     /* key -> position of its release */
	json_t *shared_new;          /* kind -> number of shared objects that this plan creates */
	json_t *demands;             /* shared key -> {"fields","stage"} */
	json_t *conflicts;           /* [{key, kind, field, ours, theirs, why}] */
	json_t *kept;    /* same members, for fields that must not change now (keep.c) and, without
			  * field, for parts that are kept (prune.c) */
	json_t *similar; /* [{key, kind, by, why, other}]: NetBox may have the new object already */
	json_t *left_out; /* what is left out of objects, by its reason (run/refusal.c); NULL = {}
			   */
	json_t *misses;   /* counters of the objects that this run did not find at the source */
	json_t *returned; /* keys with such a counter that are at the source again */
	json_t *settled;  /* key -> fields to store as last applied without a write */
	/* Sets that several stages write (diff/union.c); "<key>\x1f<field>" -> ... */
	json_t *set_wants;    /* ... stage -> the members that it wants, of stages that know */
	json_t *set_removals; /* ... members that this plan removes */
	json_t *set_others;   /* ... name in the store -> members to store, of stages that say
			       * nothing in this pass */
	json_t *births;       /* key -> instance id of the guests that stages want */
	struct sb_map *acted; /* "<account> <key>" -> 0: objects counted for actions */
	json_t *set_members;  /* "<key>\x1f<stage>" -> members to store once NetBox has accepted the
			       * update of the stage, by their names in the store */
	json_t *cascades;     /* key of a delete -> accounts of the parts deleted with it */
	json_t *candidates;   /* [[key, row, why], ...] to prune, of the current reconcile call; why
			       * (a text) only for parts that people worked on */
	json_t *pruned;       /* kind -> number of top objects to delete */
	json_t *gone; /* key -> {kind, name, id, why, parts}: top objects that vanished at the
		       * source and are kept */
	struct sb_table *seen; /* "what|value|key" -> "": names and addresses, for duplicates.c;
				* NULL = none */
	json_t *overlap; /* {"<kind>": {"<term>": n}}: what the sum of all accounts has too much
			  * (overlap.h); NULL = nothing */
	json_t *causes;  /* stage -> causes noted in this pass; NULL = none */
	json_t *notes;   /* stage -> lines and numbers of this pass (notes.c) */
	struct sb_question *questions;
	size_t n_questions;
	size_t n_alike;   /* guests that snap->alike has with the same VMID and instance id */
	size_t n_unlike;  /* guests with an instance id that it has not so */
	size_t n_blocked; /* objects that a conflict left out */
	bool once_more;   /* repeat the pass: a later stage found what an earlier one needs */
	bool gate_refused;
	struct sb_error gate_why;
};

/** NULL when out of memory. */
struct sb_diff *sb_diff_create(void);

/** The state of the owned object with this key; SB_NOT_VANISHING = it is at the source. */
enum sb_vanishing sb_vanishing_of(const struct sb_diff *diff, const char *key);

/** The op whose position a map of the diff has for this key, or NULL. */
struct sb_op *sb_diff_op(struct sb_diff *diff, const struct sb_map *map, const char *key);

enum { SB_SET_INDEX = 800 };

/** The index of an object and a stage, or a field, in the tables of sets. */
void sb_diff_set_index(const char *key, const char *name, char ret_index[SB_SET_INDEX]);

/** Forget the questions, which have been answered; the diff itself goes on, for a saved plan. */
void sb_diff_drop_questions(struct sb_diff *diff);

/** Release a diff and all it holds. NULL is allowed. */
void sb_diff_destroy(struct sb_diff *diff);
