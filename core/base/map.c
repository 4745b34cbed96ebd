/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table with open addressing; entries are never removed. */
#include "base/map.h"

#include "base/arena.h"

#define FIRST_ROOM 64 /* a power of two, as all later ones */

struct entry {
	const char *key; /* NULL = free */
	uint32_t hash;
	int64_t value;
};

struct sb_map {
	struct entry *entries;
	size_t n, room;
	struct sb_arena keys;
};

static uint32_t hash_text(const char *text)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return hash;
}

/* The entry of a key, or the free one where it belongs. */
static struct entry *find_entry(struct entry *entries, size_t room, const char *key, uint32_t hash)
{
	size_t i = hash & (room - 1);

	while (entries[i].key && (entries[i].hash != hash || !sb_streq(entries[i].key, key)))
		i = (i + 1) & (room - 1);
	return &entries[i];
}

struct sb_map *sb_map_create(void)
{
	return calloc(1, sizeof(struct sb_map));
}

void sb_map_destroy(struct sb_map *map)
{
	if (!map)
		return;
	sb_arena_finish(&map->keys);
	free(map->entries);
	free(map);
}

/* At most three of four entries are used. */
static int grow_map(struct sb_map *map)
{
	size_t room = map->room ? 2 * map->room : FIRST_ROOM, i;
	struct entry *entries;

	if (4 * (map->n + 1) <= 3 * map->room)
		return 0;
	entries = calloc(room, sizeof(*entries));
	if (!entries)
		return SB_E_NOMEM;
	for (i = 0; i < map->room; i++)
		if (map->entries[i].key)
			*find_entry(entries, room, map->entries[i].key, map->entries[i].hash) =
				map->entries[i];
	free(map->entries);
	map->entries = entries;
	map->room = room;
	return 0;
}

static int put_entry(struct sb_map *map, const char *key, int64_t value, bool is_kept)
{
	uint32_t hash = hash_text(key);
	struct entry *entry;

	if (grow_map(map) < 0)
		return SB_E_NOMEM;
	entry = find_entry(map->entries, map->room, key, hash);
	if (!entry->key) {
		key = is_kept ? key : sb_arena_copy(&map->keys, key, strlen(key) + 1);
		if (!key)
			return SB_E_NOMEM;
		*entry = (struct entry){.key = key, .hash = hash};
		map->n++;
	}
	entry->value = value;
	return 0;
}

int sb_map_put(struct sb_map *map, const char *key, int64_t value)
{
	return put_entry(map, key, value, false);
}

int sb_map_put_kept(struct sb_map *map, const char *key, int64_t value)
{
	return put_entry(map, key, value, true);
}

bool sb_map_get(const struct sb_map *map, const char *key, int64_t *ret_value)
{
	const struct entry *entry;

	if (!map->n)
		return false;
	entry = find_entry(map->entries, map->room, key, hash_text(key));
	if (entry->key && ret_value)
		*ret_value = entry->value;
	return entry->key != NULL;
}

size_t sb_map_count(const struct sb_map *map)
{
	return map->n;
}
