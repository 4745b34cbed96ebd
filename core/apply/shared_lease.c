/* SPDX-License-Identifier: Apache-2.0 */
/* The lease of NetBox's shared objects, seen from the job. */
#include "apply/shared_lease.h"

#include "stagebox/json.h"

static bool is_shared(const struct sb_kind *kind)
{
	return kind->flags & SB_KIND_SHARED;
}

static void on_lease(void *arg, int64_t since_s)
{
	struct sb_apply *apply = arg;
	struct sb_io *io = sb_http_io(apply->run->http);
	int64_t now_s = io->ops->wall_s(io);

	if (since_s > now_s) /* the clock was ahead when it was recorded */
		since_s = now_s;
	apply->shared_lease = SB_LEASE_HELD;
	apply->shared_at_s = since_s ? since_s + apply->settle_ms / 1000 + 1 : 0;
}

void sb_shared_lease_ask(struct sb_apply *apply)
{
	bool creates = false;
	size_t i;

	for (i = 0; i < apply->plan->n; i++) {
		const struct sb_op *op = &apply->plan->ops[i];

		if (!is_shared(op->kind) || op->is_ended)
			continue;
		apply->shared_open++;
		creates = creates || op->verb == SB_CREATE;
	}
	/* A bootstrap has a lease of its own, and makes the instance id first. */
	if (!creates || !*apply->run->slug || !apply->run->netbox_instance)
		return;
	apply->shared_lease = SB_LEASE_ASKED;
	sb_event_lease(
		apply->events,
		json_pack("{s:s, s:s}", "ev", "lease", "netbox", apply->run->netbox_instance),
		on_lease, apply);
}

static bool is_open(const struct sb_apply *apply)
{
	struct sb_io *io = sb_http_io(apply->run->http);

	return apply->shared_lease == SB_LEASE_HELD && io->ops->wall_s(io) >= apply->shared_at_s;
}

bool sb_shared_lease_admits(const struct sb_apply *apply, const struct sb_kind *kind,
			    enum sb_verb verb)
{
	return !is_shared(kind) || verb != SB_CREATE || apply->shared_lease == SB_LEASE_NONE ||
	       is_open(apply);
}

bool sb_shared_lease_is_awaited(const struct sb_apply *apply)
{
	return apply->shared_lease != SB_LEASE_NONE && apply->shared_open && !is_open(apply);
}

bool sb_shared_lease_rereads(const struct sb_batch *batch)
{
	return is_shared(batch->kind) && batch->verb == SB_CREATE && !batch->attempts &&
	       batch->apply->shared_lease == SB_LEASE_HELD;
}

void sb_shared_lease_note_end(struct sb_apply *apply, const struct sb_op *op)
{
	if (!is_shared(op->kind) || !apply->shared_open || --apply->shared_open)
		return;
	if (apply->shared_lease == SB_LEASE_NONE)
		return;
	apply->shared_lease = SB_LEASE_NONE;
	sb_event_send(apply->events, json_pack("{s:s}", "ev", "lease_end"));
}
