/* SPDX-License-Identifier: Apache-2.0 */
/* Shapes of answers of Proxmox VE: the kinds of rows, their members and the types of these. */
#pragma once

#include "conform.h"

/* A part of the simulator that no recorded server had; not a difference. */
struct unrecorded {
	const char *release, *template, *kind; /* "9.2" or NULL for both, "...", "qemu paused" */
	const char *member; /* with everything below it; NULL = the kind itself */
	const char *why;
};

/* Shapes of the answers of a simulated endpoint, in the form of the recording. */
struct shapes {
	json_t *recorded; /* {"/cluster/status": {"by": [...], "9.2": {...}, "8.4": {...}}} */
	json_t *seen;     /* {"/cluster/status": {"node 1": {"row.name": {...}}}} */
	const struct unrecorded *unrecorded; /* ended by one without template; NULL = none */
	unsigned n_unrecorded;               /* bits: which of them shapes_compare() has met */
};

/** Start with the recorded shapes, which are borrowed until shapes_end(). */
void shapes_begin(struct shapes *shapes, json_t *recorded);
void shapes_end(struct shapes *shapes);

/** The recorded path that matches a path: "/nodes/{node}/network" for "/nodes/pve1/network".
 * Borrowed or NULL. */
const char *shapes_template(const struct shapes *shapes, const char *path);

/** Add the data of an answer. The path must have a recorded one. */
void shapes_add(struct shapes *shapes, const char *path, const json_t *data);

/** Count the objects of a type of row ("qemu", "all") that could have a member, and those that have
 * it. */
void shapes_count(const struct shapes *shapes, const char *template, const char *type,
		  const char *member, json_int_t *ret_objects, json_int_t *ret_n);

/**
 * Compare the shapes with a release: it must have every kind of row, every member and every type,
 * and members that all real rows have must be in all simulated ones. A kind of row that is not
 * recorded for the release is compared with the other one, except for members that are new in 9.
 *
 * Writes a line to out for each difference; returns their number.
 */
size_t shapes_compare(struct shapes *shapes, const char *release, struct sb_buf *out);
