/* SPDX-License-Identifier: Apache-2.0 */
/* The first line of notes that has text, without the marks of HTML and Markdown: notes are shown as
 * a page by Proxmox VE, and a description of NetBox is plain text. */
#include "guest/guest_priv.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/* The len bytes at text replace a mark, and may have marks of their own; skip
 * = the length of the mark. */
struct mark {
	size_t skip;
	const char *text;
	size_t len;
	bool is_nested;
};

/* Where end begins in text, at most 4000 bytes on; NULL = nowhere. */
static const char *find_end(const char *text, const char *end)
{
	const char *found = strstr(text, end);

	return found && found - text < 4000 ? found : NULL;
}

/* <tag ...>, </tag>, <!-- comment --> have no text; <https://host> and <a@b> are text. */
static bool html_mark(const char *text, struct mark *ret_mark)
{
	const char *end;
	size_t len;

	if (sb_starts_with(text, "<!--")) {
		end = find_end(text, "-->");
		*ret_mark = (struct mark){end ? (size_t)(end - text) + 3 : 0, "", 0, false};
		return end != NULL;
	}
	if (*text != '<' || !(isalpha((unsigned char)text[1]) || text[1] == '/'))
		return false;
	end = find_end(text, ">");
	if (!end)
		return false;
	len = strcspn(text, " \t\n>:@");
	*ret_mark = (struct mark){(size_t)(end - text) + 1, "", 0, false};
	if (text[len] == ':' || text[len] == '@') {
		ret_mark->text = text + 1;
		ret_mark->len = (size_t)(end - text) - 1;
	}
	return true;
}

/* [words](URL) is its words, ![words](URL) has none. */
static bool link_mark(const char *text, struct mark *ret_mark)
{
	bool is_image = sb_starts_with(text, "![");
	const char *words = text + is_image + 1, *middle, *end;

	if (!is_image && *text != '[')
		return false;
	middle = find_end(words, "](");
	end = middle ? find_end(middle, ")") : NULL;
	if (!end || memchr(words, '\n', (size_t)(middle - words)))
		return false;
	*ret_mark = (struct mark){(size_t)(end - text) + 1, words,
				  is_image ? 0 : (size_t)(middle - words), true};
	return true;
}

static bool entity_mark(const char *text, struct mark *ret_mark)
{
	static const char *const entities[][2] = {
		{"&amp;", "&"},   {"&lt;", "<"},  {"&gt;", ">"},
		{"&quot;", "\""}, {"&#39;", "'"}, {"&nbsp;", " "},
	};
	size_t i;

	for (i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
		if (!sb_starts_with(text, entities[i][0]))
			continue;
		*ret_mark = (struct mark){strlen(entities[i][0]), entities[i][1],
					  strlen(entities[i][1]), false};
		return true;
	}
	return false;
}

/* **strong** and `code` are their words; names have underscores. */
static bool emphasis_mark(const char *text, struct mark *ret_mark)
{
	bool is_strong = sb_starts_with(text, "**");

	if (!is_strong && *text != '`')
		return false;
	*ret_mark = (struct mark){is_strong ? 2 : 1, "", 0, false};
	return true;
}

/* Replace the marks within lines: words of a link may have marks of their own. */
static void add_plain(struct sb_buf *out, const char *text, size_t len, int depth)
{
	const char *end = text + len;
	struct mark mark;

	while (text < end) {
		if ((html_mark(text, &mark) || link_mark(text, &mark) || entity_mark(text, &mark) ||
		     emphasis_mark(text, &mark)) &&
		    mark.skip <= (size_t)(end - text)) {
			if (mark.is_nested && depth < 4)
				add_plain(out, mark.text, mark.len, depth + 1);
			else
				sb_buf_add_mem(out, mark.text, mark.len);
			text += mark.skip;
			continue;
		}
		sb_buf_add_mem(out, text++, 1);
	}
}

/* The text of a line without the marks at its begin; its length in ret_len. */
static const char *line_text(const char *line, size_t *ret_len)
{
	const char *end = line + strcspn(line, "\n");

	while (line < end) {
		size_t heading = strspn(line, "#");

		if (isspace((unsigned char)*line) || *line == '>')
			line++;
		else if (heading && (line[heading] == ' ' || line + heading == end))
			line += heading;
		else if (strchr("*+-", *line) && line[1] == ' ')
			line += 2;
		else
			break;
	}
	while (line < end && isspace((unsigned char)end[-1]))
		end--;
	*ret_len = (size_t)(end - line);
	return line;
}

/* Lines of rules and tables have no text. */
static bool has_text(const char *line, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!strchr("-=*_|:~ \t", line[i]))
			return true;
	return false;
}

char *sb_guest_plain_line(const char *notes)
{
	sb_autobuf plain = SB_BUF_INIT(strlen(notes) + 64);
	const char *line;
	size_t len;

	add_plain(&plain, notes, strlen(notes), 0);
	if (plain.failed)
		return NULL;
	for (line = sb_buf_str(&plain); *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *text = line_text(line, &len);

		if (has_text(text, len))
			return strndup(text, len);
	}
	return strndup(notes, strcspn(notes, "\n"));
}
