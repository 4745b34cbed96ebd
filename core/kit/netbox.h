/* SPDX-License-Identifier: Apache-2.0 */
/* The NetBox of a case: rows in memory, which the engine reads and writes. It has no rules of its
 * own, and takes everything that is written. */
#pragma once

#include "stagebox/error.h"

struct sb_kit_netbox;

/** forms: of sb_kinds_form(), of all kinds that are written; borrowed. NULL = no memory. */
struct sb_kit_netbox *sb_kit_netbox_create(const json_t *forms);
void sb_kit_netbox_destroy(struct sb_kit_netbox *netbox);

/**
 * Change rows: {"LIST": [row, ...]}. A row with the "id" or the "$key" of one that is there changes
 * its members, or removes it with "$gone": true; so does one without both that has the "slug" of
 * one that is there; any other is added. "$key" is the custom field stagebox_key, and {"$ref": KEY}
 * in place of an id the object with that key; "shared/tag/web" is the object of the list of tags
 * that has this slug or name.
 *
 * Returns 0; SB_E_CONFIG naming list and row; or SB_E_NOMEM.
 */
int sb_kit_netbox_change(struct sb_kit_netbox *netbox, const json_t *rows, struct sb_error *err);

/**
 * Answer a request.
 *
 * @path      with query, from /api/ on
 * @body      JSON, "" = none
 * @ret_line  the line of the answer, new reference, set on success only
 *
 * Returns 0; SB_E_UNSUPPORTED with the reason, as "it has the filter ...", when it cannot answer: a
 * path or a filter that it does not know; or SB_E_NOMEM.
 */
int sb_kit_netbox_answer(struct sb_kit_netbox *netbox, const char *method, const char *path,
			 const char *body, json_t **ret_line, struct sb_error *err);
