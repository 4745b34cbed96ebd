/* SPDX-License-Identifier: Apache-2.0 */
/* Sites that NetBox fills by itself, from the object to which another field refers. */
#pragma once

#include "diff/pass.h"

/** Did NetBox itself take the place in this field from another object, so that no person chose it?
 */
bool sb_place_is_of_netbox(const struct sb_pass *pass, const struct sb_kind_field *field,
			   const json_t *row);
