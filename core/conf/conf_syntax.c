/* SPDX-License-Identifier: Apache-2.0 */
/* Explains a "syntax error" of libconfig: walks the text by its grammar. */
#include <ctype.h>
#include <strings.h>

#include "base/buf.h"
#include "conf/conf_priv.h"

enum { MAX_FILE = 1 << 20, MAX_NESTING = 64 };

struct scan {
	const char *path, *at;
	unsigned line, refused; /* the line that libconfig refused */
	struct sb_error *err;
};

enum token { END, NAME, NUMBER, STRING, SIGN, BROKEN };

/* One token, and where it is in the text. */
struct word {
	enum token token;
	const char *from;
	size_t len;
	unsigned line;
};

static bool at_text(const struct scan *scan, const char *text)
{
	return strncmp(scan->at, text, strlen(text)) == 0;
}

/* Comments: "#" and two slashes up to the end of the line, and those of C. "@include" is a line. */
static void skip_blanks(struct scan *scan)
{
	for (;;) {
		const char *end;

		while (isspace((unsigned char)*scan->at))
			scan->line += *scan->at++ == '\n';
		if (*scan->at == '#' || at_text(scan, "//") || at_text(scan, "@include")) {
			scan->at += strcspn(scan->at, "\n");
		} else if (at_text(scan, "/*")) {
			end = strstr(scan->at + 2, "*/");
			for (end = end ? end + 2 : scan->at + strlen(scan->at); scan->at < end;)
				scan->line += *scan->at++ == '\n';
		} else {
			return;
		}
	}
}

static struct word next_word(struct scan *scan)
{
	struct word word;

	skip_blanks(scan);
	word = (struct word){SIGN, scan->at, 1, scan->line};
	if (!*scan->at) {
		word.token = END;
		word.len = 0;
	} else if (*scan->at == '"') {
		word.token = BROKEN;
		for (; scan->at[word.len]; word.len++) {
			scan->line += scan->at[word.len] == '\n';
			if (scan->at[word.len] == '\\' && scan->at[word.len + 1]) {
				word.len++;
			} else if (scan->at[word.len] == '"') {
				word.token = STRING;
				word.len++;
				break;
			}
		}
	} else if (isalpha((unsigned char)*scan->at) || *scan->at == '*') {
		word.token = NAME;
		while (isalnum((unsigned char)scan->at[word.len]) ||
		       (scan->at[word.len] && strchr("_-*.", scan->at[word.len])))
			word.len++;
	} else if (isdigit((unsigned char)*scan->at) || strchr("+-.", *scan->at)) {
		word.token = NUMBER;
		while (isalnum((unsigned char)scan->at[word.len]) ||
		       (scan->at[word.len] && strchr("+-.", scan->at[word.len])))
			word.len++;
	}
	scan->at += word.len;
	return word;
}

static struct word peek_word(const struct scan *scan)
{
	struct scan copy = *scan;

	return next_word(&copy);
}

static bool is_sign(const struct word *word, const char *signs)
{
	return word->token == SIGN && strchr(signs, *word->from);
}

/* Only signs and short words such as "yes" are repeated: others may be a secret. */
static int fail_expected(const struct scan *scan, const struct word *found, const char *expected)
{
	char text[80];

	if (found->token == END)
		snprintf(text, sizeof(text), "the end of the file");
	else if (found->token == STRING)
		snprintf(text, sizeof(text), "a text in quotes");
	else if (found->token == BROKEN)
		snprintf(text, sizeof(text), "a text without its closing \"");
	else if (found->len > 5)
		snprintf(text, sizeof(text), "a word without quotes");
	else
		snprintf(text, sizeof(text), "\"%.*s\"", (int)found->len, found->from);
	return sb_fail(scan->err, SB_E_CONFIG, "%.200s:%u: expected %s, found %s", scan->path,
		       found->line, expected, text);
}

static bool is_boolean(const struct word *word)
{
	return word->token == NAME &&
	       ((word->len == 4 && strncasecmp(word->from, "true", 4) == 0) ||
		(word->len == 5 && strncasecmp(word->from, "false", 5) == 0));
}

static int scan_value(struct scan *scan, const char *after, unsigned depth);

/* The members of "[ ... ]" or "( ... )" after the opening sign. */
static int scan_members(struct scan *scan, const struct word *open, unsigned depth)
{
	char close = *open->from == '[' ? ']' : ')', expected[96], closing[2] = {close, '\0'};
	struct word word = peek_word(scan);
	int rc;

	snprintf(expected, sizeof(expected), "\",\" or \"%c\" in the list that begins in line %u",
		 close, open->line);
	while (!is_sign(&word, closing)) {
		rc = scan_value(scan, *open->from == '[' ? "[" : "(", depth + 1);
		if (rc < 0)
			return rc;
		word = peek_word(scan);
		if (is_sign(&word, ",")) {
			next_word(scan);
			word = peek_word(scan);
			/* Newer versions of libconfig accept a comma after the last member. */
			if (is_sign(&word, closing) && word.line == scan->refused)
				return fail_expected(scan, &word, "a member after \",\"");
		} else if (!is_sign(&word, closing)) {
			return fail_expected(scan, &word, expected);
		}
	}
	next_word(scan);
	return 0;
}

/* Options up to the end of the file, or to the "}" of the group that begins in a line. */
static int scan_options(struct scan *scan, unsigned open_line, unsigned depth)
{
	char expected[96], name[64];
	struct word word, next;
	int rc;

	for (;;) {
		word = next_word(scan);
		if (word.token == END && !open_line)
			return 0;
		if (is_sign(&word, "}") && open_line)
			return 0;
		snprintf(expected, sizeof(expected),
			 open_line ? "the name of an option, or \"}\" of the group that begins in "
				     "line %u"
				   : "the name of an option",
			 open_line);
		if (word.token != NAME)
			return fail_expected(scan, &word, expected);
		snprintf(name, sizeof(name), "%.*s", (int)(word.len < 40 ? word.len : 40),
			 word.from);
		next = next_word(scan);
		snprintf(expected, sizeof(expected), "\"=\" or \":\" after \"%s\"", name);
		if (!is_sign(&next, "=:"))
			return fail_expected(scan, &next, expected);
		rc = scan_value(scan, name, depth);
		if (rc < 0)
			return rc;
		next = peek_word(scan);
		if (is_sign(&next, ";,"))
			next_word(scan);
	}
}

static int scan_value(struct scan *scan, const char *after, unsigned depth)
{
	struct word word = next_word(scan), next;
	char expected[160];

	if (depth > MAX_NESTING)
		return 0;
	if (is_sign(&word, "{"))
		return scan_options(scan, word.line, depth + 1);
	if (is_sign(&word, "[("))
		return scan_members(scan, &word, depth + 1);
	snprintf(
		expected, sizeof(expected),
		"a value after \"%s\" (texts are written in double quotes, true, false and numbers "
		"without)",
		after);
	if (word.token != NUMBER && word.token != STRING && !is_boolean(&word))
		return fail_expected(scan, &word, expected);
	/* Texts that follow each other are one. */
	for (next = peek_word(scan); word.token == STRING && next.token == STRING;
	     next = peek_word(scan))
		next_word(scan);
	return 0;
}

int sb_conf_syntax(const char *path, unsigned line, struct sb_error *err)
{
	struct scan scan = {.path = path, .line = 1, .refused = line, .err = err};
	sb_autofree char *text = malloc(MAX_FILE + 1);
	FILE *file = fopen(path, "re");
	size_t len = text && file ? fread(text, 1, MAX_FILE, file) : 0;

	if (file)
		fclose(file);
	if (!text || !len)
		return 0;
	text[len] = '\0';
	scan.at = text;
	return scan_options(&scan, 0, 0);
}
