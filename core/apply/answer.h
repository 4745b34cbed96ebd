/* SPDX-License-Identifier: Apache-2.0 */
/* The answer to a batch decides about each of its ops. */
#pragma once

#include "apply/state.h"

#define SB_DELETED_SINCE_PLAN "it was deleted in NetBox after the plan was made"

/** Take the answer to the request of a batch (arg; released): each op ends, or is deferred to be
 * sent again. */
void sb_answer_take(void *arg, const struct sb_netbox_written *written);

/** End an op whose values NetBox has; id: of the object. */
void sb_answer_done(struct sb_batch *batch, size_t position, int64_t id);
