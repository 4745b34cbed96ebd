/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that the accounts of several stages count: what the sum of the accounts has too much. */
#pragma once

#include "run/run.h"

/* The terms by which an account counts an object with ops, the better ones first. */
enum sb_term { SB_TERM_SAME, SB_TERM_UPDATE, SB_TERM_CREATE, SB_TERM_SKIPPED, SB_TERM_FAILED };

/** The term for an object by its create, or its first op, and the worst state of its ops. */
enum sb_term sb_term_of(const struct sb_op *first, enum sb_op_state worst);

/* The object of the last call of sb_overlap_add(); {0} at first. */
struct sb_overlap {
	const char *key;
	enum sb_term term; /* that stands for the object */
};

/**
 * Note that the account of an op has counted its object; the calls of one object are consecutive.
 * Of several accounts the worst term stands for the object, and run->diff->overlap gets the others.
 * An owner without ops has counted the object as the same.
 *
 * Accounts of stages that are not selected are in no sum. Returns 0, or SB_E_NOMEM.
 */
int sb_overlap_add(struct sb_run *run, struct sb_overlap *overlap, const struct sb_op *op,
		   enum sb_term term);
