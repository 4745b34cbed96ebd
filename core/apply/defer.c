/* SPDX-License-Identifier: Apache-2.0 */
/* Batches that are sent later: after a delay, or as halves of a refused one. */
#include "apply/defer.h"

#include <stdlib.h>

#include "apply/breaker.h"

void sb_apply_defer(struct sb_apply *apply, const struct sb_kind *kind, enum sb_verb verb,
		    const size_t *ops, size_t n, int64_t delay_ms, bool is_unsettled,
		    unsigned attempts)
{
	struct sb_io *io = sb_http_io(apply->run->http);
	struct sb_batch *batch, **end;
	size_t i;

	batch = calloc(1, sizeof(*batch));
	if (batch)
		batch->ops = calloc(n, sizeof(*batch->ops));
	if (!batch || !batch->ops) {
		free(batch);
		apply->failed_rc = SB_E_NOMEM;
		return;
	}
	batch->apply = apply;
	batch->kind = kind;
	batch->verb = verb;
	for (i = 0; i < n; i++) {
		if (apply->plan->ops[ops[i]].is_ended)
			continue; /* with the op that carried it */
		if (is_unsettled || !sb_breaker_stops(apply, ops[i]))
			batch->ops[batch->n++] = ops[i];
	}
	if (!batch->n) {
		sb_batch_destroy(batch);
		return;
	}
	batch->is_unsettled = is_unsettled;
	batch->attempts = attempts;
	batch->due_ms = io->ops->now_ms(io) + delay_ms;
	for (i = 0; i < batch->n; i++) {
		apply->plan->ops[batch->ops[i]].state = SB_OP_UNSETTLED;
		sb_op_close(&apply->plan->ops[batch->ops[i]]);
	}
	/* Batches without a delay go to the front: the halves of a half are sent before its
	 * sibling, so that one refused object is found before the next batch is cut. */
	for (end = &apply->deferred; delay_ms && *end; end = &(*end)->next)
		;
	batch->next = *end;
	*end = batch;
}
