/* SPDX-License-Identifier: Apache-2.0 */
/* The types of custom objects that NetBox has, compared with those that kinds need
 * (model/home_type.h). */
#pragma once

#include <jansson.h>

#include "stagebox/error.h"

/**
 * Why a type cannot be used as it is; NULL = it can. Only what decides about values counts: names,
 * types and references of our fields.
 *
 * @want      of sb_home_type()
 * @row       NetBox's, in the form of core/netbox/types.h; NULL = it has none
 * @instance  the instance id of NetBox
 */
const char *sb_home_type_fault(const json_t *want, const json_t *row, const char *instance,
			       char *ret_text, size_t room);

/** Does the description of a type name this instance? */
bool sb_home_type_is_ours(const json_t *row, const char *instance);

/**
 * What a type of NetBox should be: our part of each field, and what people changed besides it. A
 * field of a former version stays, and is no longer required.
 *
 * Returns 0 and a new reference; SB_E_CONFIG when it is not ours, or a field of people or of
 * another type is in the way; or SB_E_NOMEM.
 */
int sb_home_type_merge(const json_t *want, const json_t *row, const char *instance,
		       json_t **ret_type, struct sb_error *err);

/** The field with this id; NULL = there is none. *ret_name: its name. Borrowed. */
const json_t *sb_home_type_field(const json_t *row, const json_t *id, const char **ret_name);
