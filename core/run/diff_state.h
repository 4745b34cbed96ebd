/* SPDX-License-Identifier: Apache-2.0 */
/* What one pass of diffing makes. */
#pragma once

#include "run/account.h"
#include "model/plan.h"
#include "model/table.h"

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

struct sb_diff *sb_diff_create(void);

void sb_diff_destroy(struct sb_diff *diff);
