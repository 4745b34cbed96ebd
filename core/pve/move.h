/* SPDX-License-Identifier: Apache-2.0 */
/* Moving a session to another of its URLs. */
#pragma once

#include "pve/session_priv.h"

/** Does the answer prove that the URL is dead? Then the ask is deferred: sent again, or failed. */
bool sb_pve_move(struct pve_ask *ask, const struct sb_io_answer *answer);

/** Cancel a move; the deferred asks stay in their chains. */
void sb_pve_move_drop(struct sb_pve *pve);
