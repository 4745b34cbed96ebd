/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a plan that is being carried out: buckets, lanes, batches. */
#pragma once

#include "run/events.h"
#include "apply/pace.h"
#include "run/run.h"

/* Ops that may share a request. */
struct sb_bucket {
	const struct sb_kind *kind;
	enum sb_verb verb;
	const char *group; /* see sb_op.group */
	bool is_mixed;     /* holds all groups, because one request takes all its ops */
	size_t *ready;     /* positions of ops, in plan order */
	size_t n, room;
	size_t waiting; /* ops of this bucket with incomplete dependencies */
	size_t in_flight;
	size_t since;    /* sb_apply.n_launched when a batch was last taken from it */
	bool is_blocked; /* it yielded no batch in this round */
};

struct sb_progress {
	const char *stage; /* borrowed from its ops */
	uint64_t done, total;
};

enum sb_lease_state { SB_LEASE_NONE, SB_LEASE_ASKED, SB_LEASE_HELD };

struct sb_actions;
struct sb_executor;

struct sb_apply {
	struct sb_run *run;
	struct sb_plan *plan;
	struct sb_events *events;
	const struct sb_executor *executors; /* of apply.c: one per system (executor.h) */
	struct sb_bucket *buckets; /* ordered by kind and verb; only those that have ops */
	size_t n_buckets;
	size_t n_launched;            /* requests so far */
	struct sb_progress *progress; /* per stage that has ops */
	size_t n_progress;
	json_t *lanes;               /* lanes with a request under way */
	struct sb_map *ids;          /* key -> id of objects that this run created */
	struct sb_trouble *troubles; /* ops whose objects were refused (trouble.h) */
	json_t *known;           /* "<kind>" -> {"<field>=<value>": words} left out without a try */
	json_t *counts;          /* "<kind>=<field>=<words>" -> {"values": {"<value>": n refusals},
				  * "different": values since one was accepted} */
	json_t *suspects;        /* "<kind>" -> {"<field>": true} left out by halves */
	json_t *refusals;        /* "<kind>" -> {"<text>": {...}} refused objects (breaker.c) */
	json_t *breakers;        /* "<kind>" -> [{"cause", "values", "words", "is_exception"}] */
	json_t *sets;            /* "<key>\x1f<field>" -> sets that this run wrote (set_op.h) */
	json_t *accepted;        /* "<kind>" -> true: NetBox took an object of it */
	json_t *refused_objects; /* what is remembered at the end (refused_object.c) */
	size_t unfinished;
	unsigned in_flight;
	struct sb_pace pace; /* how many requests may be in flight */
	size_t max_batch;
	int64_t settle_ms;
	struct sb_batch *deferred;        /* sent later: unsettled requests, retries, halves */
	struct sb_actions *actions;       /* on Proxmox VE (action.h); NULL = the plan has none */
	enum sb_lease_state shared_lease; /* see shared_lease.h */
	size_t shared_open;               /* ops of shared kinds that have not ended */
	int64_t shared_at_s;              /* creates of them wait until then */
	int failed_rc;
};

enum { SB_BATCH_ATTEMPTS = 3 };

struct sb_batch {
	struct sb_apply *apply;
	struct sb_batch *next; /* in the list of deferred batches */
	const struct sb_kind *kind;
	enum sb_verb verb;
	size_t *ops;
	size_t n, room;
	/* The ops in the body, in its order, after the targets were checked; consecutive ones may
	 * be in one item of the body (item.h). */
	size_t *sent, *items;
	size_t n_sent;
	json_t *body;
	json_t *parts; /* what each of them sends, for the journal */
	uint64_t request;
	int64_t sent_ms;
	unsigned pace_level; /* see sb_pace_sent() */
	int64_t due_ms;      /* when a deferred batch may be sent */
	bool is_exception;   /* the answer is an exception of NetBox, not a validation */
	bool is_unsettled;   /* whether it was committed is unknown: re-read before sending */
	unsigned attempts;
};

/** The position of the bucket that a batch was taken from. */
size_t sb_batch_bucket(const struct sb_batch *batch);

/** Release a batch. */
void sb_batch_destroy(struct sb_batch *batch);
