/* SPDX-License-Identifier: Apache-2.0 */
/* Manual pages in mdoc: escapes, lines, and the pages that are compiled into the program. */
#include "mdoc.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>

#include "template.h"

enum { LINE = 76, PART_CHARS = 32 };

/* Texts come from our tables and from foreign modules, so every escape in them is disarmed. */
static void put_escaped(struct out *out, const char *text, size_t len)
{
	size_t i;

	if (len && (text[0] == '.' || text[0] == '\''))
		out_text(out, "\\&");
	for (i = 0; i < len; i++) {
		if (text[i] == '\\')
			out_text(out, "\\e");
		else
			out_text(out, "%c", (unsigned char)text[i] < ' ' ? ' ' : text[i]);
	}
}

void mdoc_line(struct out *out, const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	out_text(out, ".");
	put_escaped(out, line, strlen(line));
	out_text(out, "\n");
}

static bool ends_sentence(const char *text, size_t len)
{
	return len > 1 && strchr(".!?:", text[len - 1]) && text[len] == ' ';
}

/* The part of a text for one line: one sentence, or as many whole words as fit. */
static size_t line_length(const char *text)
{
	size_t len = 0, room = 0;

	while (text[len] && text[len] != '\n') {
		size_t word = strcspn(text + len, " \n");

		if (room && len + word > LINE)
			return room;
		len += word;
		room = len;
		if (ends_sentence(text, len))
			return len;
		len += strspn(text + len, " ");
	}
	return room ? room : len;
}

void mdoc_text(struct out *out, const char *text)
{
	while (*text) {
		size_t len = line_length(text);

		if (len) {
			put_escaped(out, text, len);
			out_text(out, "\n");
		}
		text += len;
		text += strspn(text, " ");
		if (*text == '\n') {
			text += strspn(text, "\n");
			if (*text)
				mdoc_line(out, "Pp");
		}
	}
}

/* A first word such as "stagebox.cfg" is a name and keeps its small letter. */
static bool begins_with_word(const char *text)
{
	for (; *text && *text != ' '; text++)
		if (!isalpha((unsigned char)*text))
			return false;
	return true;
}

void mdoc_sentence(struct out *out, const char *text)
{
	size_t len = strlen(text);
	char sentence[512];

	if (!len)
		return;
	snprintf(sentence, sizeof(sentence), "%s%s", text, strchr(".!?", text[len - 1]) ? "" : ".");
	if (begins_with_word(sentence))
		sentence[0] = (char)toupper((unsigned char)sentence[0]);
	mdoc_text(out, sentence);
}

static const char *find_page(const char *page)
{
	const struct cmd_template *at;

	for (at = cmd_man_pages; at->name; at++)
		if (sb_starts_with(at->name, page))
			return at->text;
	return NULL;
}

int mdoc_page(struct out *out, const char *page, mdoc_part_fn *part, void *arg,
	      struct sb_error *err)
{
	const char *text = find_page(page);
	char name[PART_CHARS];
	int rc;

	if (!text)
		return sb_fail(err, SB_E_STATE, "page %s is not part of this program", page);
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		size_t len = strcspn(text, "\n");

		if (len < 3 || len > sizeof(name) || text[0] != '@' || text[len - 1] != '@') {
			out_text(out, "%.*s\n", (int)len, text);
			continue;
		}
		snprintf(name, sizeof(name), "%.*s", (int)(len - 2), text + 1);
		rc = part(out, name, arg, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}
