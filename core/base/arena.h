/* SPDX-License-Identifier: Apache-2.0 */
/* Many small texts that die together. */
#pragma once

#include "stagebox/error.h"

struct sb_arena_block;

/* A zeroed one is empty. Blocks are chained; what is replaced stays until the arena dies. */
struct sb_arena {
	struct sb_arena_block *blocks;
	size_t bytes; /* held */
};

/** A copy of len bytes, without a zero behind them; NULL = no memory. */
char *sb_arena_copy(struct sb_arena *arena, const void *data, size_t len);

void sb_arena_finish(struct sb_arena *arena);
