/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of NetBox's journal whose update was written, but not the field that they are about: they
 * are not sent. */
#pragma once

#include "apply/state.h"

/** NetBox has taken an update, which is open: end the entries about fields that were left out of
 * it.
 */
void sb_entries_end_left_out(struct sb_apply *apply, size_t update);

/** An update, which is open, is about to be sent: end the entries about fields that the object has
 * already. row, wanted: flat. */
void sb_entries_end_same(struct sb_apply *apply, size_t update, const json_t *row,
			 const json_t *wanted);
