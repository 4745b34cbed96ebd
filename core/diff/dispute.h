/* SPDX-License-Identifier: Apache-2.0 */
/* Two stages that want different values of one field of one object. */
#pragma once

#include "diff/pass.h"

/**
 * Compare what the pass wants of an object with what other stages want of it. Equal values are no
 * problem; a field that the configuration never writes is not compared.
 *
 * Returns 0, SB_E_NOMEM, or SB_E_CONFLICT with a text that names both stages.
 */
int sb_dispute_check(struct sb_pass *pass, const struct sb_want *want, struct sb_error *err);
