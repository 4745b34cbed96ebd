/* SPDX-License-Identifier: Apache-2.0 */
#include "model/set_memory.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

void sb_set_memory_name(const char *field, const char *stage, char ret_name[SB_SET_MEMORY_NAME])
{
	snprintf(ret_name, SB_SET_MEMORY_NAME, "%s%s%s", field, stage ? ":" : "",
		 stage ? stage : "");
}

bool sb_set_memory_is_of(const char *field, const char *name, const char **ret_stage)
{
	size_t len = strlen(field);

	if (strncmp(name, field, len) != 0 || (name[len] && name[len] != ':'))
		return false;
	*ret_stage = name[len] ? name + len + 1 : NULL;
	return true;
}

bool sb_set_memory_has(const json_t *values, const char *field)
{
	const char *name, *stage;
	json_t *members;

	json_object_foreach ((json_t *)(uintptr_t)values, name, members)
		if (sb_set_memory_is_of(field, name, &stage))
			return true;
	return false;
}
