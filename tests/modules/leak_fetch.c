/* SPDX-License-Identifier: Apache-2.0 */
/* Takes memory until there is none. */
#include <stdlib.h>
#include <string.h>

#include "stagebox/module.h"

static int eat(struct sb_run *run, struct sb_error *err)
{
	const size_t piece = 1u << 24;
	char *last = NULL, *more;

	(void)run;
	while ((more = malloc(piece))) {
		memset(more, 0x5a, piece);
		memcpy(more, &last, sizeof(last));
		last = more;
	}
	return sb_fail(err, SB_E_NOMEM, "all memory is eaten");
}

static const struct sb_stage stage = {
	.size = sizeof(stage), .name = "leak_fetch.stage", .fetch = eat};

static int start(struct sb_ctx *ctx, struct sb_error *err)
{
	return sb_stage_add(ctx, &stage, err);
}

SB_MODULE(leak_fetch, .version = "1", .summary = "bad on purpose", .start = start)
