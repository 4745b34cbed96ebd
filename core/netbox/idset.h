/* SPDX-License-Identifier: Apache-2.0 */
/* A set of object ids: finds rows that are in two pages of a list. */
#pragma once

#include "stagebox/error.h"

struct idset {
	int64_t *slots; /* 0 = free: NetBox counts from 1 */
	size_t n, room;
};

void sb_idset_finish(struct idset *set);
void sb_idset_clear(struct idset *set);

/** 1 new, 0 already there, SB_E_NOMEM. id must be positive. */
int sb_idset_add(struct idset *set, int64_t id);
