/* SPDX-License-Identifier: Apache-2.0 */
/* Which texts may be keys. */
#include "model/key.h"

#include <string.h>

#include "base/text.h"

bool sb_key_is_valid(const char *key)
{
	const char *at;
	size_t len;

	for (at = key; *at; at += len)
		if (sb_text_unsafe(at, &len))
			return false;
	return *key != '\0';
}

bool sb_key_cut(char *key)
{
	char *slash = strrchr(key, '/');

	if (!slash || slash == key)
		return false;
	*slash = '\0';
	return true;
}

void sb_keys_drop_invalid(json_t *by_key)
{
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe (by_key, next, key, value)
		if (!sb_key_is_valid(key))
			json_object_del(by_key, key);
}
