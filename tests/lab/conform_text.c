/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of answers, and the placeholders of the recording for ids and times. */
#include "conform_text.h"

#include "base/buf.h"

#include <ctype.h>
#include <string.h>

#define MAX_DEPENDENTS 64

/* Does the text begin with the form, in which '0' matches any digit? */
static bool begins_as(const char *text, const char *form)
{
	for (; *form; form++, text++)
		if (*form == '0' ? !isdigit((unsigned char)*text) : *text != *form)
			return false;
	return true;
}

bool conform_is_stamp(const char *text)
{
	static const char second[] = "0000-00-00T00:00:00", micro[] = ".000000";

	if (!begins_as(text, second))
		return false;
	text += strlen(second);
	if (begins_as(text, micro))
		text += strlen(micro);
	return sb_streq(text, "Z");
}

static bool ends_with(const struct sb_buf *buf, const char *end)
{
	size_t len = strlen(end);

	return buf->len >= len && sb_streq(buf->text + buf->len - len, end);
}

/* Replace ids by '#', except the one that never exists. */
static void add_without_ids(struct sb_buf *out, const char *text, bool lists_dependents)
{
	while (*text) {
		size_t digits = strspn(text, "0123456789");
		bool is_id = ends_with(out, "ID ") || ends_with(out, "ID: ") ||
			     (lists_dependents && ends_with(out, "(") && text[digits] == ')');
		bool exists = digits != 6 || !sb_starts_with(text, "999999");

		if (digits && is_id && exists)
			sb_buf_add(out, "#");
		else
			sb_buf_add_mem(out, text, digits ? digits : 1);
		text += digits ? digits : 1;
	}
}

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sort the words of a list joined by ", ". */
static void add_sorted(struct sb_buf *out, char *list)
{
	char *words[MAX_DEPENDENTS], *end;
	size_t n = 0, i;

	while (list && n < MAX_DEPENDENTS) {
		words[n++] = list;
		end = strstr(list, ", ");
		list = end ? end + 2 : NULL;
		if (end)
			*end = '\0';
	}
	qsort(words, n, sizeof(words[0]), compare_words);
	for (i = 0; i < n; i++)
		sb_buf_addf(out, "%s%s", i ? ", " : "", words[i]);
}

bool conform_text_fits(const char *want, const char *have)
{
	static const char time[] = "<time>", found[] = " objects were found: ";
	char *list = strstr(have, found);
	sb_autobuf text = SB_BUF_INIT(1 << 16), sorted = SB_BUF_INIT(1 << 16);

	if (sb_starts_with(want, time)) {
		static const char minute[] = "0000-00-00 00:00";

		return begins_as(have, minute) &&
		       sb_streq(have + strlen(minute), want + strlen(time));
	}
	add_without_ids(&text, have, list != NULL);
	if (!list)
		return sb_streq(sb_buf_str(&text), want);
	list = strstr(text.text, found) + strlen(found);
	sb_buf_add_mem(&sorted, text.text, (size_t)(list - text.text));
	add_sorted(&sorted, list);
	return sb_streq(sb_buf_str(&sorted), want);
}
