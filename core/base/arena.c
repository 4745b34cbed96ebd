/* SPDX-License-Identifier: Apache-2.0 */
/* An arena: many small texts that are freed together. */
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 65536, FIRST_BYTES = 4096 };

struct sb_arena_block {
	struct sb_arena_block *next;
	size_t used, size;
	char data[];
};

/* The first block is small: most arenas of a small site hold little. */
static struct sb_arena_block *add_block(struct sb_arena *arena, size_t len)
{
	size_t size = len > BLOCK_BYTES ? len : BLOCK_BYTES;
	struct sb_arena_block *block;

	if (!arena->blocks && len < FIRST_BYTES / 2)
		size = FIRST_BYTES;
	block = malloc(sizeof(*block) + size);
	if (!block)
		return NULL;
	block->next = arena->blocks;
	block->used = 0;
	block->size = size;
	arena->blocks = block;
	arena->bytes += sizeof(*block) + size;
	return block;
}

char *sb_arena_copy(struct sb_arena *arena, const void *data, size_t len)
{
	struct sb_arena_block *block = arena->blocks;
	char *copy;

	if (!block || block->size - block->used < len)
		block = add_block(arena, len);
	if (!block)
		return NULL;
	copy = block->data + block->used;
	memcpy(copy, data, len);
	block->used += len;
	return copy;
}

void sb_arena_finish(struct sb_arena *arena)
{
	struct sb_arena_block *block, *next;

	for (block = arena->blocks; block; block = next) {
		next = block->next;
		free(block);
	}
	*arena = (struct sb_arena){0};
}
