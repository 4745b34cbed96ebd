/* SPDX-License-Identifier: Apache-2.0 */
/* Custom fields that modules add to kinds. */
#pragma once

#include "model/kinds.h"

/** Find what is wrong with the name of a custom field of a module that has this type of NetBox;
 * NULL = nothing. */
const char *sb_added_field_name_fault(const char *name, const char *module, const char *type);

/**
 * Check a custom field of a module and add it to its kinds.
 *
 * @module  its name is part of the name of the field, so that two authors do not use one name
 *
 * Returns 0; SB_E_CONFIG with what is wrong: the kinds are unchanged, or the program does not
 * start; or SB_E_NOMEM.
 */
int sb_added_field(struct sb_kinds *kinds, const char *module, const struct sb_field *field,
		   struct sb_error *err);
