/* SPDX-License-Identifier: Apache-2.0 */
/* Reads of stages that are not limited to objects of the endpoint (enum sb_read_scope). */
#pragma once

#include "run/run.h"

/* The objects of one row of a stage's reads. */
struct sb_scoped {
	struct sb_table *rows; /* by id, ten digits */
	enum sb_known known;
	struct sb_error why;
};

/** The kind whose list in the snapshot the scope of a read depends on: our clusters, the tags. NULL
 * = none. Borrowed. */
const char *sb_scoped_source(const struct sb_run *run, const struct sb_read *read);

/** Begin to read what the needed stages declared; the lists of the snapshot are complete, because
 * they have the ids of the clusters. Counts in run->reads_open. Returns 0, SB_E_NOMEM, or the error
 * of a request that could not be sent. */
int sb_scoped_read(struct sb_run *run, struct sb_error *err);

/** Release the rows of a stage. */
void sb_scoped_destroy(struct sb_stage_run *stage);
