/* SPDX-License-Identifier: Apache-2.0 */
/* Comparison of instance ids. */
#include "model/birth.h"

#include <ctype.h>
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

/* A digit or a letter of a pattern: x is a hexadecimal digit, anything else is itself. */
static bool has_form(const char *text, size_t len, const char *form)
{
	size_t i;

	for (i = 0; i < len && form[i]; i++) {
		if (form[i] == 'x' ? !isxdigit((unsigned char)text[i]) : text[i] != form[i])
			return false;
	}
	return i == len && !form[i];
}

bool sb_birth_mark(const char *birth, char ret_mark[SB_BIRTH_MARK])
{
	size_t len;

	for (; birth && *birth; birth += len, birth += *birth == ' ') {
		len = strcspn(birth, " ");
		if (!has_form(birth, len, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx") &&
		    !has_form(birth, len, "xx:xx:xx:xx:xx:xx"))
			continue;
		memcpy(ret_mark, birth, len);
		ret_mark[len] = '\0';
		return true;
	}
	return false;
}

const char *sb_birth_words(const char *mark)
{
	return strchr(mark, ':') ? "MAC address" : "hardware UUID";
}
