/* SPDX-License-Identifier: Apache-2.0 */
/* A plan while it is carried out: buckets, lanes, batches. */
#pragma once

#include "run/events.h"
#include "apply/pace.h"
#include "run/run.h"

/* Ops that may share a request. */
struct sb_bucket {
	const struct sb_kind *kind;
	enum sb_verb verb;
	const char *group; /* the plan's word, see sb_op.group */
	bool is_mixed;     /* of all groups, as one request takes them all */
	size_t *ready;     /* positions of ops, in plan order */
	size_t n, room;
	size_t waiting; /* ops of this bucket with open needs */
	size_t in_flight;
	size_t since;    /* how many requests had been sent when it became its turn last */
	bool is_blocked; /* nothing could be taken from it just now */
};

struct sb_progress {
	const char *stage; /* the word that its ops hold */
	uint64_t done, total;
};

struct sb_apply {
	struct sb_run *run;
	struct sb_plan *plan;
	struct sb_events *events;
	struct sb_bucket *buckets; /* in the order of kinds and verbs, as far as there are ops */
	size_t n_buckets;
	size_t n_launched;            /* requests, counted */
	struct sb_progress *progress; /* per stage that has ops */
	size_t n_progress;
	json_t *lanes;        /* lanes with a request under way */
	struct sb_table *ids; /* key -> id, made by this run */
	json_t *refusals;     /* "<kind>" -> {"<text>": n} single refusals */
	json_t *broken;       /* "<kind>" -> why nothing more of it is tried */
	size_t unfinished;
	unsigned in_flight;
	struct sb_pace pace; /* how many may be */
	size_t max_batch;
	int64_t settle_ms;
	uint64_t next_request;
	struct sb_batch *parked; /* wait for their time: unsettled, backoff, halves */
	int failed_rc;
};

enum { SB_BATCH_ATTEMPTS = 3 };

struct sb_batch {
	struct sb_apply *apply;
	struct sb_batch *next; /* in the list of parked ones */
	const struct sb_kind *kind;
	enum sb_verb verb;
	size_t *ops;
	size_t n;
	size_t *sent; /* the ops of the body, in its order, after the check */
	size_t n_sent;
	json_t *body;
	uint64_t request;
	int64_t sent_ms;
	unsigned pace_mark;
	int64_t due_ms;    /* parked until */
	bool is_unsettled; /* after due: re-read before anything else */
	unsigned attempts;
};
