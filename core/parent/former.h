/* SPDX-License-Identifier: Apache-2.0 */
/* The values that we wrote last belong to one object of NetBox, not to its key. */
#pragma once

#include "parent/state.h"

/**
 * Forget the values of the keys that a request gives to objects: it creates, adopts or moves them,
 * and what was written to a former object of the key says nothing about the new one. Part of the
 * transaction of the journal row, because the answer of the request may never come.
 *
 * @keys  of the event, checked
 */
int sb_parent_forget_former(struct sb_parent *parent, const char *method, const json_t *keys,
			    struct sb_error *err);
