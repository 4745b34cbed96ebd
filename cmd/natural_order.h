/* SPDX-License-Identifier: Apache-2.0 */
/* Names in the order in which people expect them: "vlan/20" before "vlan/100". */
#pragma once

#include <stddef.h>

#include <jansson.h>

struct named {
	const char *name;
	const json_t *value;
	size_t place;
};

/** Compare two struct named for qsort(); those with equal names keep their places. */
int natural_by_name(const void *a, const void *b);
