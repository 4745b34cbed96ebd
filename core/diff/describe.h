/* SPDX-License-Identifier: Apache-2.0 */
/* How messages name an object in NetBox. row: of NetBox, borrowed. */
#pragma once

#include "run/run.h"

/** Write "vm 40 "web"", for messages: kind, id, and name or address of a row. */
void sb_describe_row(const struct sb_kind *kind, const json_t *row, char ret_text[160]);

/** The address of an object in NetBox's web page. */
void sb_describe_url(const struct sb_run *run, const struct sb_kind *kind, const json_t *row,
		     char *ret_url, size_t room);
