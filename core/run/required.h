/* SPDX-License-Identifier: Apache-2.0 */
/* Custom fields that people require in NetBox, with their defaults. */
#pragma once

#include "run/run.h"

/** Read them with the lists of sb_fetch_lists(). When they cannot be read, none are known. Returns
 * 0, or an error of sb_netbox_list(). */
int sb_required_read(struct sb_run *run, struct sb_error *err);

/** The required custom fields of a kind, not ours: {"<name>": default or null}. Borrowed; NULL =
 * none are known. */
const json_t *sb_required_fields(const struct sb_run *run, const struct sb_kind *kind);

/** The defaults that an object lacks. NetBox fills them in only where a request has no custom
 * fields at all.
 *
 * @custom       the custom fields of the object as NetBox answers them; NULL = it is new
 * @ret_missing  a required field without value and default, or NULL
 *
 * New reference; NULL when there are none. */
json_t *sb_required_defaults(const struct sb_run *run, const struct sb_kind *kind,
			     const json_t *custom, const char **ret_missing);
