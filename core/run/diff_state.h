/* SPDX-License-Identifier: Apache-2.0 */
/* The result of one pass of diffing. */
#pragma once

#include "run/account.h"
#include "model/plan.h"
#include "model/table.h"

/* Facts that the diff needs and only the network can answer. */
enum sb_question_type {
	SB_ASK_LOOSE,   /* unowned objects that a create might adopt */
	SB_ASK_CHANGES, /* the values that we wrote last, from NetBox's change log */
	SB_ASK_GONE,    /* whether a guest is really gone; its stage answers */
	SB_ASK_TOOLS,   /* which other tools have written to this NetBox */
	SB_ASK_ORIGIN,  /* identities that an adoption rule looks up */
	SB_ASK_ID,      /* the objects that a tool's rows refer to */
};

struct sb_question {
	enum sb_question_type type;
	const struct sb_kind *kind;
	char *text;   /* LOOSE, ID: query without fields; CHANGES: id; GONE: key; ORIGIN:
		       * "<rule>?<query>" */
	char *key;    /* CHANGES: of the object */
	size_t stage; /* GONE */
};

/* The result of one pass of diffing, discarded and computed again after questions were answered. */
struct sb_diff {
	struct sb_plan plan;
	struct sb_plan dropped; /* ops that were not selected */
	struct sb_account *accounts;
	size_t n_accounts;
	struct sb_table *ends;    /* key -> why an object is not there (reason text) */
	struct sb_table *created; /* key -> "": objects that this plan creates */
	struct sb_table *adopted; /* key -> flat row of the object that is adopted, and
				   * "#<kind>#<id>" -> key */
	struct sb_table *updates; /* key -> position of its first update */
	struct sb_table *deletes; /* key -> position of its delete */
	struct sb_table *fading;  /* key -> "delete" | "kept": owned objects that vanished */
	json_t *demands;          /* shared key -> {"fields","stage"} */
	json_t *conflicts;        /* [{key, kind, field, ours, theirs, why}] */
	json_t *kept;             /* the same, for fields that may not change in this run */
	json_t *misses;           /* counters of the objects that are missing at the source */
	json_t *returned;         /* keys with a counter whose objects are at the source again */
	json_t *settled;          /* key -> fields to store although nothing is written */
	json_t *cascades;         /* key of a delete -> accounts of the objects deleted with it */
	json_t *candidates;       /* [[key, row], ...] of the current reconcile call */
	json_t *pruned;           /* kind -> how many top-level objects are to be deleted */
	struct sb_question *questions;
	size_t n_questions;
	bool once_more; /* a later stage found a fact that an earlier stage of this pass needs */
	bool gate_refused;
	struct sb_error gate_why;
};

struct sb_diff *sb_diff_create(void);

void sb_diff_destroy(struct sb_diff *diff);
