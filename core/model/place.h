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
 */
struct sb_places {
	size_t clear;    /* the op that takes the site of the cluster away; SIZE_MAX = none */
	size_t settle;   /* the op that gives the cluster its site; SIZE_MAX = none */
	size_t *devices; /* ops that change site or cluster of a device */
	size_t n_devices;
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
