/* SPDX-License-Identifier: Apache-2.0 */
/* Sends a few reads and keeps their answers until all have arrived. */
#include "net/gather.h"

void sb_gather_init(struct sb_gather *gather, struct sb_http *http)
{
	*gather = (struct sb_gather){.http = http};
}

struct sb_reply *sb_gather_expect(struct sb_gather *gather, unsigned what)
{
	struct sb_reply *reply = &gather->replies[what];

	reply->gather = gather;
	gather->outstanding++;
	return reply;
}

void sb_gather_forget(struct sb_gather *gather)
{
	gather->outstanding--;
}

void sb_gather_take(void *arg, const json_t *data, const struct sb_error *why)
{
	struct sb_reply *reply = arg;

	reply->gather->outstanding--;
	/* A parsed answer is never changed, so a reference is enough. */
	reply->data = json_incref((json_t *)(uintptr_t)data);
	if (why)
		reply->why = *why;
	else if (!data)
		sb_fail(&reply->why, SB_E_SHAPE, "the answer has no data");
}

int sb_gather_wait(struct sb_gather *gather, struct sb_error *err)
{
	int rc = 0;

	while (!rc && gather->outstanding)
		rc = sb_http_turn(gather->http, 1000, err);
	return rc;
}

void sb_gather_finish(struct sb_gather *gather)
{
	unsigned i;

	for (i = 0; i < SB_GATHER_MAX; i++)
		json_decref(gather->replies[i].data);
	sb_gather_init(gather, gather->http);
}
