/* SPDX-License-Identifier: Apache-2.0 */
/* Wanted objects that NetBox does not have under our key. */
#pragma once

#include "diff/pass.h"

/** Adopt an unowned object, create a new one, or note why neither is possible. */
int sb_object_new(struct sb_pass *pass, struct sb_want *want);

/** Replace an object whose VMID another guest has now, or note why not. */
int sb_object_reuse_vmid(struct sb_pass *pass, struct sb_want *want, const json_t *row);
