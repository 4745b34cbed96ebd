/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses, MAC addresses and names that several objects of the source have. */
#pragma once

#include "diff/pass.h"

/** Note the name and the addresses of one wanted object. @row: of the source. SB_E_NOMEM. */
int sb_duplicates_note(struct sb_pass *pass, const struct sb_want *want, const json_t *row);

/** Values that several top objects (guests, nodes) have: [{"what", "value", "keys"}]; sorted. New
 * reference; NULL = nothing. */
json_t *sb_duplicates_list(const struct sb_run *run);

/** {"address|10.0.0.10": key, ...}: one object for each value, for the comparison with other
 * endpoints. New reference. */
json_t *sb_duplicates_seen(const struct sb_run *run);
