/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of words that people may use, each with the form of its argument. */
#include "lab.h"

#include <string.h>

bool lab_word_listed(const char *const *list, const char *word)
{
	size_t len = strlen(word);

	for (; *list; list++)
		if (strcspn(*list, " ") == len && strncmp(*list, word, len) == 0)
			return true;
	return false;
}
