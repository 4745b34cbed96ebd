/* SPDX-License-Identifier: Apache-2.0 */
/* High availability and Ceph in half of the histories: their events, and what of them is compared.
 */
#pragma once

#include "history.h"

/** Some events of both worlds, in a history with these families. */
void sim_churn_families(struct sim_history *history);

/** Ceph is set up at the end in both worlds: where it is not, what a run saw of it before is kept.
 */
void sim_end_families(struct sim_history *history);

/** Take out of a dump of NetBox what may differ: values that change by themselves, and entries of
 * the journal, which a run that was lost takes with it. */
void sim_generalise_families(json_t *dump);

/** No entry of the journal was written twice. @world: its name; @dump: of its NetBox, whole */
void sim_check_entries(struct sim_history *history, const char *world, const json_t *dump);
