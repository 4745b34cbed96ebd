/* SPDX-License-Identifier: Apache-2.0 */
/* Ops for entries of NetBox's journal (model/journal.h). Such an op needs the update that it is
 * about: without a change of the field there is no entry. */
#pragma once

#include "diff/pass.h"
#include "model/plan.h"

/**
 * Plan the entries of an update: one for each of its fields that is noted.
 *
 * @update    an op of the plan, of the stage of the pass; its pointer is not valid afterwards
 * @row       the object in NetBox, flat
 * @set, was  what the pass has put into the update
 *
 * Returns 0, or SB_E_NOMEM.
 */
int sb_journal_plan(struct sb_pass *pass, const struct sb_op *update, const json_t *row,
		    const json_t *set, const json_t *was);
