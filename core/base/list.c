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

static json_t *copy_members(const json_t *list, const json_t *other, bool is_held)
{
	json_t *copy = json_array(), *member;
	size_t i;

	json_array_foreach (list, i, member) {
		if (sb_list_holds(other, member) == is_held)
			json_array_append(copy, member);
	}
	return copy;
}

json_t *sb_list_without(const json_t *list, const json_t *other)
{
	return copy_members(list, other, false);
}

json_t *sb_list_common(const json_t *list, const json_t *other)
{
	return copy_members(list, other, true);
}

void sb_list_add(json_t *list, const json_t *more)
{
	json_t *member;
	size_t i;

	json_array_foreach (more, i, member) {
		if (!sb_list_holds(list, member))
			json_array_append(list, member);
	}
}
