/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table with open addressing, at most half full. */
#include "netbox/idset.h"

#include <string.h>

void sb_idset_finish(struct idset *set)
{
	free(set->slots);
	memset(set, 0, sizeof(*set));
}

void sb_idset_clear(struct idset *set)
{
	if (set->slots)
		memset(set->slots, 0, set->room * sizeof(*set->slots));
	set->n = 0;
}

static size_t slot_of(const struct idset *set, int64_t id)
{
	size_t at = (size_t)((uint64_t)id * 0x9e3779b97f4a7c15u) & (set->room - 1);

	while (set->slots[at] && set->slots[at] != id)
		at = (at + 1) & (set->room - 1);
	return at;
}

static int grow_slots(struct idset *set)
{
	struct idset larger = {.n = set->n, .room = set->room ? set->room * 2 : 256};
	size_t i;

	larger.slots = calloc(larger.room, sizeof(*larger.slots));
	if (!larger.slots)
		return SB_E_NOMEM;
	for (i = 0; i < set->room; i++)
		if (set->slots[i])
			larger.slots[slot_of(&larger, set->slots[i])] = set->slots[i];
	free(set->slots);
	*set = larger;
	return 0;
}

int sb_idset_add(struct idset *set, int64_t id)
{
	size_t at;

	if (set->n * 2 >= set->room && grow_slots(set) < 0)
		return SB_E_NOMEM;
	at = slot_of(set, id);
	if (set->slots[at])
		return 0;
	set->slots[at] = id;
	set->n++;
	return 1;
}
