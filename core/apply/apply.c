/* SPDX-License-Identifier: Apache-2.0 */
/* Carrying out a plan: from its ready ops to the end of the last one. */
#include "apply/apply.h"

#include <stdlib.h>
#include <string.h>

#include "apply/action.h"
#include "apply/batch.h"
#include "apply/bucket.h"
#include "apply/executor.h"
#include "apply/item.h"
#include "apply/op_state.h"
#include "apply/refused_object.h"
#include "apply/schedule.h"
#include "apply/shared_lease.h"
#include "apply/trouble.h"
#include "stagebox/json.h"

/* Nothing is under way and nothing can start, so the remaining ops wait for dependencies that will
 * never be completed. */
static void skip_stuck_ops(struct sb_apply *apply)
{
	size_t i;

	for (i = 0; i < apply->plan->n; i++) {
		if (!apply->plan->ops[i].is_ended)
			sb_apply_end(apply, i, SB_OP_SKIPPED, "a dependency was never completed");
	}
}

/* Of the systems netbox and pve, in the order of sb_executor_of(). */
static const struct sb_executor executors[] = {
	{.put = sb_schedule_put,
	 .count_waiting = sb_schedule_count_waiting,
	 .start = sb_schedule_start,
	 .waits = sb_schedule_waits,
	 .tick = sb_schedule_tick},
	{.put = sb_actions_put,
	 .start = sb_actions_start,
	 .waits = sb_actions_wait,
	 .tick = sb_actions_tick},
};

/* Let each executor start what it can. Returns the milliseconds to wait for answers; negative =
 * nothing is under way, and nothing will be. */
static int64_t start_all(struct sb_apply *apply)
{
	bool waits = false;
	int64_t wait_ms = INT64_MAX, due_ms;
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(executors); i++) {
		due_ms = executors[i].tick(apply);
		wait_ms = due_ms < wait_ms ? due_ms : wait_ms;
	}
	for (i = 0; i < SB_ARRAY_LEN(executors); i++)
		while (executors[i].start(apply))
			;
	for (i = 0; i < SB_ARRAY_LEN(executors); i++)
		waits = executors[i].waits(apply) || waits;
	return waits ? wait_ms : -1;
}

static int apply_loop(struct sb_apply *apply, struct sb_error *err)
{
	int rc = 0;

	while (!rc && apply->unfinished && !apply->failed_rc) {
		int64_t wait_ms = start_all(apply);

		if (!apply->unfinished)
			break;
		if (wait_ms < 0)
			skip_stuck_ops(apply);
		else
			rc = sb_http_turn(apply->run->http, wait_ms, err);
	}
	if (!rc && apply->failed_rc)
		rc = sb_fail(err, apply->failed_rc, "applying: out of memory");
	return rc;
}

static int apply_init(struct sb_apply *apply)
{
	size_t carried[SB_ITEM_OPS], i;
	int rc = 0;

	apply->lanes = json_object();
	apply->sets = json_object();
	apply->refusals = json_object();
	apply->breakers = json_object();
	apply->accepted = json_object();
	apply->refused_objects = json_array();
	apply->ids = sb_map_create();
	if (!apply->lanes || !apply->refusals || !apply->breakers || !apply->accepted ||
	    !apply->refused_objects || !apply->ids || sb_buckets_make(apply) < 0)
		return SB_E_NOMEM;
	for (i = 0; !rc && i < apply->plan->n; i++) {
		const struct sb_op *op = &apply->plan->ops[i];
		const struct sb_executor *executor = sb_executor_of(apply, op);
		struct sb_progress *progress = sb_apply_progress(apply, op);

		if (!progress)
			return SB_E_NOMEM;
		progress->total++;
		apply->unfinished++;
		if (op->state == SB_OP_WAITING && executor->count_waiting)
			executor->count_waiting(apply, op, 1);
		else if (op->state == SB_OP_READY)
			rc = executor->put(apply, i);
	}
	for (i = 0; !rc && i < apply->plan->n; i++)
		if (apply->plan->ops[i].state == SB_OP_READY && !apply->plan->ops[i].carrier)
			sb_item_gather(apply, i, carried);
	return rc;
}

/* End the ops that were decided before the first request: already applied, or skipped. */
static int end_decided(struct sb_apply *apply)
{
	size_t i;

	for (i = 0; i < apply->plan->n; i++) {
		struct sb_op *op = &apply->plan->ops[i];
		sb_autofree char *cause = op->cause ? strdup(op->cause) : NULL;

		if (op->state == SB_OP_ALREADY || (op->state == SB_OP_SKIPPED && !op->is_ended))
			sb_apply_end(apply, i, op->state, cause);
	}
	return apply->failed_rc;
}

static void apply_finish(struct sb_apply *apply)
{
	struct sb_batch *batch;
	size_t i;

	while ((batch = apply->deferred) != NULL) {
		apply->deferred = batch->next;
		sb_batch_destroy(batch);
	}
	for (i = 0; apply->buckets && i < apply->n_buckets; i++)
		free(apply->buckets[i].ready);
	free(apply->buckets);
	free(apply->progress);
	sb_pace_finish(&apply->pace);
	json_decref(apply->lanes);
	json_decref(apply->sets);
	json_decref(apply->refusals);
	json_decref(apply->breakers);
	json_decref(apply->accepted);
	json_decref(apply->refused_objects);
	sb_trouble_finish(apply);
	sb_actions_finish(apply);
	sb_map_destroy(apply->ids);
}

int sb_apply(struct sb_run *run, struct sb_events *events, struct sb_error *err)
{
	const json_t *netbox = json_object_get(run->conf, "netbox");
	struct sb_apply apply = {
		.run = run, .plan = &run->diff->plan, .events = events, .executors = executors};
	int rc;

	apply.max_batch = (size_t)json_integer_value(json_object_get(netbox, "batch"));
	apply.settle_ms = 1000 * json_integer_value(json_object_get(netbox, "settle"));
	if (!apply.max_batch)
		apply.max_batch = 100;
	rc = sb_actions_begin(&apply, err);
	if (rc < 0 && rc != SB_E_NOMEM) {
		sb_actions_finish(&apply);
		return rc;
	}
	if (!rc)
		rc = apply_init(&apply);
	if (!rc)
		rc = sb_pace_init(
			&apply.pace,
			(unsigned)json_integer_value(json_object_get(netbox, "in_flight")),
			apply.n_buckets);
	if (!rc)
		rc = end_decided(&apply);
	if (!rc)
		sb_shared_lease_ask(&apply);
	if (rc < 0)
		sb_fail(err, rc, "applying: out of memory");
	else
		rc = apply_loop(&apply, err);
	if (!rc && sb_refused_objects_remember(&apply) < 0)
		rc = sb_fail(err, SB_E_NOMEM, "applying: out of memory");
	run->in_flight = apply.pace.level;
	apply_finish(&apply);
	return rc;
}
