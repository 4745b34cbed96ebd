/* SPDX-License-Identifier: Apache-2.0 */
/* Which texts may be keys. */
#include "model/key.h"

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
