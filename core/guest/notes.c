/* SPDX-License-Identifier: Apache-2.0 */
/* Converts the notes of a guest to description and comments. */
#include "guest/guest_priv.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/blank.h"

#define FENCE             "```"
#define DESCRIPTION_CHARS 200

static size_t line_len(const char *text)
{
	return strcspn(text, "\n");
}

static const char *next_line(const char *text)
{
	text += line_len(text);
	return *text ? text + 1 : text;
}

/* Does the line open a netbox-metadata block? */
static bool opens_block(const char *line)
{
	static const char word[] = "netbox-metadata";
	size_t len = line_len(line);

	while (len && isspace((unsigned char)line[len - 1]))
		len--;
	while (len && (*line == ' ' || *line == '\t')) {
		line++;
		len--;
	}
	if (len < strlen(FENCE) || !sb_starts_with(line, FENCE))
		return false;
	line += strlen(FENCE);
	len -= strlen(FENCE);
	while (len && (*line == ' ' || *line == '\t')) {
		line++;
		len--;
	}
	return len == strlen(word) && !strncasecmp(line, word, len);
}

static bool closes_block(const char *line)
{
	size_t len = line_len(line);

	while (len && isspace((unsigned char)line[len - 1]))
		len--;
	while (len && (*line == ' ' || *line == '\t')) {
		line++;
		len--;
	}
	return len == strlen(FENCE) && strncmp(line, FENCE, len) == 0;
}

/* The line that closes the block, or NULL when the block is not closed. */
static const char *closing_line(const char *line)
{
	for (line = next_line(line); *line; line = next_line(line))
		if (closes_block(line))
			return line;
	return NULL;
}

bool sb_guest_notes_block(const char *notes, const char **ret_text, size_t *ret_len)
{
	const char *line, *end;
	bool found = false;

	for (line = notes; *line; line = next_line(line)) {
		end = opens_block(line) ? closing_line(line) : NULL;
		if (!end)
			continue;
		*ret_text = next_line(line);
		*ret_len = (size_t)(end - *ret_text);
		found = true;
		line = end;
	}
	return found;
}

/* A copy without netbox-metadata blocks and carriage returns, trimmed at both ends. */
static char *strip_blocks(const char *notes)
{
	char *text = malloc(strlen(notes) + 1);
	const char *end, *from;
	size_t len = 0, skip;

	if (!text)
		return NULL;
	while (*notes) {
		end = opens_block(notes) ? closing_line(notes) : NULL;
		if (end) {
			notes = next_line(end);
			continue;
		}
		end = next_line(notes);
		for (from = notes; from < end; from++)
			if (*from != '\r')
				text[len++] = *from;
		notes = end;
	}
	len = sb_blank_trimmed(text, len);
	text[len] = '\0';
	skip = (size_t)(sb_blank_skip(text) - text);
	memmove(text, text + skip, len - skip + 1);
	return text;
}

/* NetBox trims texts before it stores them, so a cut text must not end with a blank. */
static json_t *cut_and_trim(const char *text, size_t max_chars)
{
	json_t *cut = sb_json_text(text, max_chars), *again;
	const char *value = json_string_value(cut);
	size_t len = value ? strlen(value) : 0, old = len;

	len = sb_blank_trimmed(value ? value : "", len);
	if (len == old)
		return cut;
	again = json_stringn(value, len);
	json_decref(cut);
	return again;
}

int sb_guest_notes(const char *notes, json_t **ret_description, json_t **ret_comments,
		   struct sb_error *err)
{
	sb_autofree char *text = strip_blocks(notes);
	sb_autofree char *line = NULL;
	sb_autojson *description = NULL, *comments = NULL;
	bool is_long;

	line = text ? strndup(text, line_len(text)) : NULL;
	if (!line)
		return sb_fail(err, SB_E_NOMEM, "notes: out of memory");
	is_long = line[sb_guest_cut(line, DESCRIPTION_CHARS)] || strchr(text, '\n');
	description = cut_and_trim(line, DESCRIPTION_CHARS);
	comments = cut_and_trim(is_long ? text : "", strlen(text));
	if (!description || !comments)
		return sb_fail(err, SB_E_NOMEM, "notes: out of memory or invalid UTF-8");
	*ret_description = sb_steal(description);
	*ret_comments = sb_steal(comments);
	return 0;
}
