/* SPDX-License-Identifier: Apache-2.0 */
/* Batches of requests by themselves. */
#include "apply/state.h"

#include <stdlib.h>

size_t sb_batch_bucket(const struct sb_batch *batch)
{
	return batch->apply->plan->ops[batch->ops[0]].bucket;
}

void sb_batch_destroy(struct sb_batch *batch)
{
	if (!batch)
		return;
	free(batch->ops);
	free(batch->sent);
	free(batch->items);
	json_decref(batch->body);
	json_decref(batch->parts);
	free(batch);
}
