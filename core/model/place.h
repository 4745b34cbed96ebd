/* SPDX-License-Identifier: Apache-2.0 */
/* The order of ops that move objects to another site or cluster. */
#pragma once

#include "model/plan.h"

/*
 * NetBox checks three kinds against each other, and looks at one object at a time:
 *   a device            its cluster has no site, or the site of the device
 *   a cluster (change)  all its devices are in its site
 *   a virtual machine   its cluster has no site or its site; its device is in its site and cluster
 * So a cluster leaves its old site first, then its devices move, then the cluster gets its new
 * site, and the virtual machines follow. After each of these steps NetBox accepts the next one,
 * also in another run.
 *
 * A kind is such a cluster when it has a place and another kind in the plan has it as its home
 * (SB_TRAIT_PLACE, SB_TRAIT_HOME), a device when it has a home and a place of its own, and a
 * virtual machine when its place is inherited.
 */
struct sb_places_ops {
	size_t *list; /* positions in the plan */
	size_t n;
};

struct sb_places {
	struct sb_places_ops clear;  /* take the site of a cluster away */
	struct sb_places_ops settle; /* give a cluster its site */
	struct sb_places_ops move;   /* change site or cluster of a device */
	unsigned char *roles;        /* of each op */
	const struct sb_plan *plan;
};

/** Where a cluster moves from one site to another and devices move too, add an op that clears its
 * site first. Does nothing when the plan has that op. Returns 0, or SB_E_NOMEM. */
int sb_places_split(struct sb_plan *plan);

/** Find the ops that move objects; release the result with sb_places_finish(). Returns 0, or
 * SB_E_NOMEM. */
int sb_places_find(const struct sb_plan *plan, struct sb_places *ret_places);
void sb_places_finish(struct sb_places *places);

/** The ops that must be over before this one is sent: their number, and *ret_before borrowed. */
size_t sb_places_before(const struct sb_places *places, size_t op, const size_t **ret_before);
