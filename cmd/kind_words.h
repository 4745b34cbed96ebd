/* SPDX-License-Identifier: Apache-2.0 */
/* Words for readers: the name of a kind, and the unit of a field. */
#pragma once

#include "stagebox/types.h"

/** "guest" for n = 1, else "guests"; the name of the kind itself when there is no word for it. */
const char *kind_word(const char *kind, long long n);

/** The unit of a number in NetBox ("MiB"), or NULL. */
const char *field_unit(const char *kind, const char *field);
