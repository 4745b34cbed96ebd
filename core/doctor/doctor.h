/* SPDX-License-Identifier: Apache-2.0 */
/* Finds what would prevent a sync. Every server gets requests, none of them writes. */
#pragma once

#include "stagebox/error.h"
#include "stagebox/types.h"

/**
 * Check store, NetBox and endpoints. GET and OPTIONS only; a store that does not exist is not
 * created.
 *
 * @conf      resolved
 * @declared  of sb_registry_declared(), NULL when the modules could not be loaded
 * @own       {"<slug>": the same for an endpoint with options of its own}
 * @why       why they could not be loaded, else NULL
 * @slugs     slugs of the endpoints to check
 * @ret_doc   new reference: the report
 */
SB_API int sb_doctor(json_t *conf, const json_t *declared, const json_t *own,
		     const struct sb_error *why, const json_t *slugs, json_t **ret_doc,
		     struct sb_error *err);
