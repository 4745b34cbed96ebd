/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_depth.h"

#include <stdint.h>

unsigned sb_json_depth(const json_t *value, unsigned limit)
{
	const char *name;
	json_t *member;
	unsigned depth = 0, below;
	size_t i;

	if (!limit)
		return 1;
	json_object_foreach ((json_t *)(uintptr_t)value, name, member) {
		below = sb_json_depth(member, limit - 1);
		if (below == limit)
			return limit + 1;
		depth = below > depth ? below : depth;
	}
	json_array_foreach ((json_t *)(uintptr_t)value, i, member) {
		below = sb_json_depth(member, limit - 1);
		if (below == limit)
			return limit + 1;
		depth = below > depth ? below : depth;
	}
	return depth + 1;
}
