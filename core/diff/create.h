/* SPDX-License-Identifier: Apache-2.0 */
/* Wanted objects whose key NetBox does not have. */
#pragma once

#include "diff/pass.h"

/** Adopt an unowned object, create a new one, or note why neither is possible. Returns 0, or
 * SB_E_NOMEM. */
int sb_object_new(struct sb_pass *pass, struct sb_want *want);

/** Replace an object whose VMID was reused by another guest, or note why not. Returns 0, or
 * SB_E_NOMEM. */
int sb_object_reuse_vmid(struct sb_pass *pass, struct sb_want *want, const json_t *row);
