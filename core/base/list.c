/* SPDX-License-Identifier: Apache-2.0 */
/* Members of lists of JSON values. */
#include "base/list.h"

bool sb_list_holds(const json_t *list, const json_t *value)
{
	const json_t *member;
	size_t i;

	json_array_foreach (list, i, member) {
		if (json_equal(member, value))
			return true;
	}
	return false;
}
