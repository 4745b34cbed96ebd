/* SPDX-License-Identifier: Apache-2.0 */
/* Carrying out a plan: batches of one verb and kind, by need, without barriers. */
#pragma once

#include "engine/events.h"
#include "engine/pace.h"
#include "engine/run.h"

struct sb_apply;

/**
 * Carry out run->diff->plan (linked by sb_plan_link()). Every op ends in DONE, ALREADY, FAILED or
 * SKIPPED with its cause; a refused object costs only itself and what needs it.
 *
 * Returns 0 also when ops failed; negative only when nothing can go on (memory, broken wait).
 */
int sb_apply(struct sb_run *run, struct sb_events *events, struct sb_error *err);

/* Inside: apply.c schedules, batch.c takes one batch through check, journal, write and answer,
 * body.c makes what is sent. */

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

/* bucket.c */

/** A bucket for each sort of ops that the plan has; ops learn theirs. SB_E_NOMEM. */
int sb_buckets_make(struct sb_apply *apply);

/** The op is ready. SB_E_NOMEM. */
int sb_bucket_put(struct sb_bucket *bucket, size_t op);

/** Ops of one request in the order of their groups, so that the runs of other endpoints, which do
 * the same, take NetBox's locks in the same order. */
void sb_bucket_sort(const struct sb_apply *apply, size_t *ops, size_t n);

/** Does NetBox make these one after the other, so that a second request would only wait? */
bool sb_bucket_is_serial(const struct sb_bucket *bucket);

/** Take a batch (with its ops) to NetBox. Calls sb_apply_* below with what came. */
void sb_batch_start(struct sb_batch *batch);
void sb_batch_destroy(struct sb_batch *batch);

/** An op has come to its end; what needed it goes on or is skipped. cause is copied. */
void sb_apply_end(struct sb_apply *apply, size_t op, enum sb_op_state state, const char *cause);

/** The request of a batch has come back as it should: what it tells of NetBox's pace. */
void sb_apply_answered(struct sb_batch *batch);

/** A batch has left the wire: its lanes are free. */
void sb_apply_left(struct sb_batch *batch);

/** Come back to these ops as a batch of their own, not before delay_ms. */
void sb_apply_park(struct sb_apply *apply, const struct sb_kind *kind, enum sb_verb verb,
		   const size_t *ops, size_t n, int64_t delay_ms, bool is_unsettled,
		   unsigned attempts);

/** A single object was refused: counts towards the breaker. */
void sb_apply_refused(struct sb_apply *apply, size_t op, const char *text);

/** All ops of a kind that are not under way end as failed with this cause. */
void sb_apply_break(struct sb_apply *apply, const struct sb_kind *kind, const char *cause);

/** The id of a key: made by this run, or read. 0 = none. */
int64_t sb_apply_id(const struct sb_apply *apply, const char *kind, const char *key);

/** The body of a create or update; NULL with a cause when a reference has no id. New reference. */
json_t *sb_body(const struct sb_apply *apply, const struct sb_op *op, char *ret_cause, size_t room);

/** Flat values with references resolved to ids; one that has no id is left out. New reference. */
json_t *sb_body_flat(const struct sb_apply *apply, const struct sb_kind *kind,
		     const json_t *values);

/** Comma list of the fields that a body writes, for fields=. Caller frees. */
char *sb_body_fields(const json_t *body);

/** Values with references resolved to ids, for the store: only fields that later need them. */
json_t *sb_body_applied(const struct sb_apply *apply, const struct sb_kind *kind,
			const json_t *fields);
