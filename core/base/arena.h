/* SPDX-License-Identifier: Apache-2.0 */
/* An arena: many small texts that are freed together. */
#pragma once

#include "stagebox/error.h"

struct sb_arena_block;

/* A zeroed arena is empty. A text is never freed alone: replaced texts stay until
 * sb_arena_finish(). */
struct sb_arena {
	struct sb_arena_block *blocks;
	size_t bytes; /* allocated */
};

/** A copy of len bytes, without a zero behind them; NULL = no memory. */
char *sb_arena_copy(struct sb_arena *arena, const void *data, size_t len);

void sb_arena_finish(struct sb_arena *arena);
