/* SPDX-License-Identifier: Apache-2.0 */
/* Checks the "@include" lines of a configuration before libconfig reads it: libconfig ends the
 * process when a read fails, and the read of a folder does. */
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "conf/conf_priv.h"

enum { MAX_INCLUDED = 10 }; /* how deep libconfig includes */

/* A file while its lines are looked at. */
struct reader {
	FILE *file;
	const char *path, *folder;
	unsigned line, depth;
	struct sb_error *err;
};

static int next_char(struct reader *reader)
{
	int c = getc(reader->file);

	reader->line += c == '\n';
	return c;
}

static int fail_include(const struct reader *reader, unsigned line, const char *name,
			const char *why)
{
	return sb_fail(reader->err, SB_E_CONFIG, "%.200s:%u: @include \"%.200s\": %s", reader->path,
		       line, name, why);
}

static int check_lines(struct reader *reader);

/* A file that does not exist, or that cannot be opened, is left to libconfig, which names it. */
static int check_file(const struct reader *reader, unsigned line, const char *name,
		      const char *path)
{
	struct reader inner = {.path = path,
			       .folder = reader->folder,
			       .line = 1,
			       .depth = reader->depth + 1,
			       .err = reader->err};
	struct stat st;
	int rc;

	if (stat(path, &st) < 0)
		return 0;
	if (S_ISDIR(st.st_mode))
		return fail_include(reader, line, name, "is a folder, expected a file");
	if (!S_ISREG(st.st_mode))
		return fail_include(reader, line, name, "is not a regular file");
	if (inner.depth > MAX_INCLUDED)
		return fail_include(reader, line, name, "files include each other too deep");
	inner.file = fopen(path, "re");
	if (!inner.file)
		return 0;
	rc = check_lines(&inner);
	fclose(inner.file);
	return rc;
}

/* libconfig before 1.7 looks for an absolute path below the folder, too. */
static int check_name(const struct reader *reader, unsigned line, const char *name)
{
	sb_autobuf below = SB_BUF_INIT(2 * PATH_MAX);
	int rc;

	if (!*name)
		return fail_include(reader, line, name, "expected the name of a file");
	sb_buf_addf(&below, "%s/%s", reader->folder, name);
	rc = sb_buf_check(&below, reader->err);
	if (rc < 0)
		return fail_include(reader, line, "...", "the name is too long");
	rc = check_file(reader, line, name, sb_buf_str(&below));
	return rc < 0 || name[0] != '/' ? rc : check_file(reader, line, name, name);
}

/* After "@": the word, blanks, and a name in quotes. Anything else is a syntax error, which
 * libconfig reports. */
static int check_include(struct reader *reader)
{
	static const char word[] = "include";
	sb_autobuf name = SB_BUF_INIT(PATH_MAX);
	unsigned line = reader->line;
	size_t i;
	int c = 0;

	for (i = 0; word[i]; i++) {
		c = next_char(reader);
		if (c != word[i])
			return 0;
	}
	c = next_char(reader);
	if (c != ' ' && c != '\t')
		return 0;
	while (c == ' ' || c == '\t')
		c = next_char(reader);
	if (c != '"')
		return 0;
	while ((c = next_char(reader)) != EOF && c != '"') {
		char one;

		if (c == '\\')
			c = next_char(reader);
		one = (char)c;
		if (c != EOF)
			sb_buf_add_mem(&name, &one, 1);
	}
	if (c == EOF)
		return 0;
	return name.failed ? fail_include(reader, line, "...", "the name is too long")
			   : check_name(reader, line, sb_buf_str(&name));
}

static void skip_text(struct reader *reader)
{
	int c;

	while ((c = next_char(reader)) != EOF && c != '"')
		if (c == '\\')
			next_char(reader);
}

static void skip_line(struct reader *reader)
{
	int c;

	while ((c = next_char(reader)) != EOF && c != '\n')
		;
}

/* After a slash: returns whether a new line has begun. */
static bool skip_comment(struct reader *reader)
{
	int c = next_char(reader), before = 0;

	if (c == '/') {
		skip_line(reader);
		return true;
	}
	if (c != '*')
		return c == '\n';
	while ((c = next_char(reader)) != EOF && !(before == '*' && c == '/'))
		before = c;
	return false;
}

/* "@include" counts at the begin of a line only, outside of texts and comments. */
static int check_lines(struct reader *reader)
{
	bool begins = true;
	int c, rc = 0;

	while (!rc && (c = next_char(reader)) != EOF) {
		if (c == '@' && begins)
			rc = check_include(reader);
		if (c == '"')
			skip_text(reader);
		if (c == '#')
			skip_line(reader);
		if (c == '/')
			begins = skip_comment(reader);
		else
			begins = c == '\n' || c == '#' || (begins && (c == ' ' || c == '\t'));
	}
	return rc;
}

int sb_conf_check_includes(FILE *file, const char *path, const char *folder, struct sb_error *err)
{
	struct reader reader = {
		.file = file, .path = path, .folder = folder, .line = 1, .err = err};

	return check_lines(&reader);
}
