/* SPDX-License-Identifier: Apache-2.0 */
/* Shapes of Proxmox VE's answers: what rows there are, which members they have, of what type. */
#pragma once

#include "conform.h"

/* What the simulator has and no recorded server had: not a difference. */
struct unrecorded {
	const char *release, *template, *kind; /* "9.2" or NULL for both, "...", "qemu paused" */
	const char *member;                    /* with all below it; NULL = the kind itself */
	const char *why;
};

/* Answers of a simulated endpoint, seen as the recording sees those of real ones. */
struct shapes {
	json_t *recorded; /* {"/cluster/status": {"by": [...], "9.2": {...}, "8.4": {...}}} */
	json_t *seen;     /* {"/cluster/status": {"node 1": {"row.name": {...}}}} */
	const struct unrecorded *unrecorded; /* ended by one without template; NULL = none */
	unsigned n_unrecorded;               /* bits: which of them shapes_compare() has met */
};

/** Start with the recorded shapes, borrowed for as long as shapes lives. */
void shapes_begin(struct shapes *shapes, json_t *recorded);
void shapes_end(struct shapes *shapes);

/** The recorded path that a path is of: "/nodes/pve1/network" is "/nodes/{node}/network". Borrowed
 * or NULL. */
const char *shapes_template(const struct shapes *shapes, const char *path);

/** Take an answer's data in. The path is one of the recorded. */
void shapes_add(struct shapes *shapes, const char *path, const json_t *data);

/** How many objects of a type of row ("qemu", "all") could have a member, and how many have it. */
void shapes_count(const struct shapes *shapes, const char *template, const char *type,
		  const char *member, json_int_t *ret_objects, json_int_t *ret_n);

/**
 * Hold what was seen against a release: every kind of row, every member and every type is known
 * there, and what all real rows have all of ours have. A kind of row that nobody recorded for the
 * release is as in the other one, but for the members that came with 9.
 *
 * One line into out for each difference; returns how many.
 */
size_t shapes_compare(struct shapes *shapes, const char *release, struct sb_buf *out);
