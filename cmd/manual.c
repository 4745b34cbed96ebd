/* SPDX-License-Identifier: Apache-2.0 */
/* The page stagebox(1): the text of docs/man with the tables of commands and options. */
#include "cmd.h"

#include <ctype.h>
#include <string.h>

#include "mdoc.h"

/* One option: .It Fl o , Fl -output Ar FILE */
static void print_option(struct out *out, const struct cmd_option *row)
{
	mdoc_line(out, "It %s%s%sFl %s%s%s", row->brief ? "Fl " : "",
		  row->brief ? row->brief + 1 : "", row->brief ? " , " : "", row->name + 1,
		  row->value ? " Ar " : "", row->value ? row->value : "");
	mdoc_sentence(out, row->help);
}

static void print_options(struct out *out, unsigned takes)
{
	const struct cmd_option *row;
	bool any = false;

	for (row = cmd_option_rows; row->name; row++) {
		if (takes ? !(row->takes & takes) : row->takes)
			continue;
		if (!any)
			mdoc_line(out, "Bl -tag -width Ds");
		any = true;
		print_option(out, row);
	}
	if (any)
		mdoc_line(out, "El");
}

/* "info" is Cm, "NAME" is Ar, "[NAME...]" is Op Ar, "--man" is Fl, "..." is itself. */
static void append_word(const char *word, size_t len, char *line, size_t room)
{
	bool is_optional = word[0] == '[', is_more;
	const char *macro;
	size_t at = strlen(line);

	if (is_optional) {
		word++;
		len--;
	}
	if (len && word[len - 1] == ']')
		len--;
	is_more = len > 3 && sb_starts_with(word + len - 3, "...");
	len -= is_more ? 3 : 0;
	macro = isupper((unsigned char)word[0]) ? "Ar"
		: word[0] == '-'                ? "Fl"
		: word[0] == '.'                ? "No"
						: "Cm";
	if (word[0] == '-') {
		word++;
		len--;
	}
	snprintf(line + at, room - at, " %s%s %.*s%s", is_optional ? "Op " : "", macro, (int)len,
		 word, is_more ? " ..." : "");
}

/* Print one usage line for each form of a command; forms are separated by "|". */
static void print_usage(struct out *out, const struct cmd_entry *entry)
{
	const char *args = entry->args;

	do {
		size_t len = strcspn(args, "|"), at = 0;
		char line[256] = "";

		while (at < len) {
			size_t word;

			at += strspn(args + at, " ");
			word = strcspn(args + at, " |");
			if (word)
				append_word(args + at, word, line, sizeof(line));
			at += word;
		}
		mdoc_line(out, "D1 Nm Cm %s%s%s", entry->name, line,
			  entry->takes ? " Op Ar options" : "");
		args += len;
	} while (*args++ == '|');
}

/* Literal lines; in mdoc a backslash is written \\e. */
static void print_examples(struct out *out, const char *text)
{
	if (!text)
		return;
	mdoc_line(out, "Bd -literal -offset indent");
	for (; *text; text++) {
		if (*text == '\\')
			out_text(out, "\\e");
		else if (*text == '-')
			out_text(out, "\\-");
		else
			out_text(out, "%c", *text);
	}
	mdoc_line(out, "Ed");
}

static int print_part(struct out *out, const char *name, void *arg, struct sb_error *err)
{
	const struct cmd_entry *const *at;

	(void)arg;
	if (sb_streq(name, "OPTIONS")) {
		print_options(out, 0);
		return 0;
	}
	if (!sb_streq(name, "COMMANDS"))
		return sb_fail(err, SB_E_STATE, "writing stagebox.1: unknown placeholder @%s@",
			       name);
	for (at = cmd_entries; *at; at++) {
		if ((*at)->is_hidden)
			continue;
		mdoc_line(out, "Ss %s", (*at)->name);
		print_usage(out, *at);
		mdoc_line(out, "Pp");
		mdoc_sentence(out, (*at)->summary);
		if ((*at)->about) {
			mdoc_line(out, "Pp");
			mdoc_text(out, (*at)->about);
		}
		print_examples(out, (*at)->examples);
		if ((*at)->takes)
			print_options(out, (*at)->takes);
	}
	return 0;
}

int cmd_manual(struct out *out, struct sb_error *err)
{
	return mdoc_page(out, "stagebox.1", print_part, NULL, err);
}
