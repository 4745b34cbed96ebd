/* SPDX-License-Identifier: Apache-2.0 */
/* Internals of the types of custom objects. */
#pragma once

#include "netbox/types.h"

/** A type as a row of SB_TYPES_PATH, from one of NetBox's. References to types of custom objects
 * are "custom-objects/#<id>". New reference; NULL = out of memory. */
json_t *sb_type_row(const json_t *answer);

/** Replace the ids in the references of rows by slugs. Returns 0, or SB_E_NOMEM. */
int sb_type_resolve(json_t *rows);

/**
 * The document for schema/apply.
 *
 * @rows    all types that NetBox has
 * @bodies  what changes, an array of rows; of a type that NetBox has with its "id"
 *
 * New reference; NULL = out of memory.
 */
json_t *sb_type_document(const json_t *rows, const json_t *bodies);
