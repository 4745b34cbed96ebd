/* SPDX-License-Identifier: Apache-2.0 */
/* Clears what the former guest left on an address that another one takes over. */
#pragma once

#include "diff/pass.h"
#include "diff/want.h"

/**
 * Want the texts empty that we wrote for the former guest and of which the stage says nothing for
 * the new one. What a person wrote stays.
 *
 * @row  the flat row of NetBox that becomes the wanted part
 *
 * Returns 0, or SB_E_NOMEM.
 */
int sb_former_leave(struct sb_pass *pass, struct sb_want *want, const json_t *row);
