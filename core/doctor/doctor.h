/* SPDX-License-Identifier: Apache-2.0 */
/* What stands between a configuration and a sync: every server is asked, nothing is written. */
#pragma once

#include "stagebox/error.h"
#include "stagebox/types.h"

/**
 * Examine store, NetBox and endpoints. GET and OPTIONS only; a store that does not exist is not
 * made.
 *
 * @conf      resolved
 * @declared  of sb_registry_declared(), NULL when the modules could not be loaded
 * @why       the reason for that, else NULL
 * @slugs     endpoints to look at
 * @ret_doc   new reference: the report
 */
SB_API int sb_doctor(json_t *conf, const json_t *declared, const struct sb_error *why,
		     const json_t *slugs, json_t **ret_doc, struct sb_error *err);
