/* SPDX-License-Identifier: Apache-2.0 */
/* Creates of shared objects wait for the lease of this NetBox, so that two runs never create the
 * same one: NetBox itself refuses duplicates of some kinds only. */
#pragma once

#include "apply/state.h"

/** Ask for the lease when the plan creates shared objects. Call it before the first request. */
void sb_shared_lease_ask(struct sb_apply *apply);

/** May ops of this kind and verb be sent now? */
bool sb_shared_lease_admits(const struct sb_apply *apply, const struct sb_kind *kind,
			    enum sb_verb verb);

/** Does an op wait for the lease, so that the run is not stuck? */
bool sb_shared_lease_is_awaited(const struct sb_apply *apply);

/** Must the objects of a batch be looked up again before they are created? */
bool sb_shared_lease_rereads(const struct sb_batch *batch);

/** Count the end of an op; gives the lease back after the last write of shared objects. */
void sb_shared_lease_note_end(struct sb_apply *apply, const struct sb_op *op);
