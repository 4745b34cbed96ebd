/* SPDX-License-Identifier: Apache-2.0 */
/* Comparison of instance ids. */
#include "model/birth.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "stagebox/types.h"

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

static bool is_mark(const char *text, size_t len)
{
	return has_form(text, len, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx") ||
	       has_form(text, len, "xx:xx:xx:xx:xx:xx");
}

bool sb_birth_mark(const char *birth, char ret_mark[SB_BIRTH_MARK])
{
	size_t len;

	for (; birth && *birth; birth += len, birth += *birth == ' ') {
		len = strcspn(birth, " ");
		if (!is_mark(birth, len))
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

/* Values are like "virtio=BC:24:11:00:00:01,bridge=vmbr0" or "uuid=...,family=...". */
static const char separators[] = ",= ";

/* Members of a config in which people write what they like. */
static bool is_free_text(const char *name)
{
	static const char *const names[] = {"description", "name", "hostname", "tags"};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(names); i++)
		if (sb_streq(names[i], name))
			return true;
	return false;
}

static bool has_mark(const json_t *config, const char *mark, size_t len)
{
	const char *name, *text;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)config, name, value) {
		text = is_free_text(name) ? NULL : json_string_value(value);
		for (; text && *text; text += *text != '\0') {
			size_t n = strcspn(text, separators);

			if (n == len && strncasecmp(text, mark, len) == 0)
				return true;
			text += n;
		}
	}
	return false;
}

bool sb_birth_is_of(const char *birth, const json_t *config)
{
	size_t len;

	if (!*birth)
		return false;
	for (; *birth; birth += len, birth += *birth == ' ') {
		len = strcspn(birth, " ");
		if (!has_mark(config, birth, len))
			return false;
	}
	return true;
}

void sb_birth_marks(const json_t *config, char *ret_marks, size_t room)
{
	const char *name, *text;
	size_t used = 0;
	json_t *value;

	*ret_marks = '\0';
	json_object_foreach ((json_t *)(uintptr_t)config, name, value) {
		text = is_free_text(name) ? NULL : json_string_value(value);
		for (; text && *text; text += *text != '\0') {
			size_t len = strcspn(text, separators);

			if (is_mark(text, len) && used + len + 2 < room)
				used += (size_t)snprintf(ret_marks + used, room - used, "%s%.*s",
							 used ? " " : "", (int)len, text);
			text += len;
		}
	}
}
