/* SPDX-License-Identifier: Apache-2.0 */
/* Whole numbers by key: positions, ids, states. */
#pragma once

#include "stagebox/error.h"

struct sb_map;

/** NULL = no memory. */
struct sb_map *sb_map_create(void);
void sb_map_destroy(struct sb_map *map);

/** Put or replace; the key is copied. Returns 0 or SB_E_NOMEM. */
int sb_map_put(struct sb_map *map, const char *key, int64_t value);

/** The same with a key that is not copied, because its owner keeps it as long as the map. */
int sb_map_put_kept(struct sb_map *map, const char *key, int64_t value);

/** Is there a value? @ret_value: set only then; may be NULL. */
bool sb_map_get(const struct sb_map *map, const char *key, int64_t *ret_value);

size_t sb_map_count(const struct sb_map *map);
