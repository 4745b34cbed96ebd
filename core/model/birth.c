/* SPDX-License-Identifier: Apache-2.0 */
/* Comparison of instance ids. */
#include "model/birth.h"

#include <string.h>

bool sb_same_birth(const char *ours, const char *theirs)
{
	const char *other;
	size_t len;

	for (; *ours; ours += len, ours += *ours == ' ') {
		len = strcspn(ours, " ");
		for (other = theirs; *other; other += strcspn(other, " "), other += *other == ' ') {
			if (len && strcspn(other, " ") == len && strncmp(other, ours, len) == 0)
				return true;
		}
	}
	return false;
}
