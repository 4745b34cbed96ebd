/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the person at the terminal, or reads the answers from a pipe. */
#include "ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* Reads one line without its end; NULL at the end of the input. Caller frees. */
static char *read_line(void)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t len = getline(&line, &room, stdin);

	if (len < 0) {
		free(line);
		return NULL;
	}
	while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		line[--len] = '\0';
	return line;
}

/* The flags of the terminal, to restore; nothing is changed when stdin is not one. */
static bool hide_input(struct termios *ret_before)
{
	struct termios hidden;

	if (tcgetattr(STDIN_FILENO, ret_before) != 0)
		return false;
	hidden = *ret_before;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	return tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0;
}

static char *read_answer(const char *question, const char *dflt, bool is_secret)
{
	struct termios before;
	bool is_hidden = false;
	char *line;

	fprintf(stderr, "%s%s%s%s: ", question, dflt && *dflt ? " [" : "", dflt ? dflt : "",
		dflt && *dflt ? "]" : "");
	fflush(stderr);
	if (is_secret)
		is_hidden = hide_input(&before);
	line = read_line();
	if (is_hidden)
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	if (is_hidden || !isatty(STDIN_FILENO))
		fputs("\n", stderr);
	return line;
}

static int ask_question(const char *question, const char *option, const char *dflt,
			ask_check_fn *check, bool is_secret, char **ret_text, struct sb_error *err)
{
	bool is_terminal = isatty(STDIN_FILENO);

	for (;;) {
		char *line = read_answer(question, dflt, is_secret);
		sb_autofree char *owned = line;
		const char *text = line && !*line && dflt ? dflt : line;
		int rc;

		if (!line)
			return sb_fail(err, SB_E_ARG, "no answer to \"%s\"%s%s", question,
				       option ? ": give " : "", option ? option : "");
		if (!check) {
			*ret_text = strdup(text);
			return *ret_text ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
		}
		rc = check(text, ret_text, err);
		if (is_secret)
			memset(line, 0, strlen(line));
		if (rc >= 0 || !is_terminal)
			return rc;
		fprintf(stderr, "  %s\n", err->text);
	}
}

int ask_text(const char *question, const char *option, const char *dflt, ask_check_fn *check,
	     char **ret_text, struct sb_error *err)
{
	return ask_question(question, option, dflt, check, false, ret_text, err);
}

int ask_secret(const char *question, const char *option, ask_check_fn *check, char **ret_text,
	       struct sb_error *err)
{
	return ask_question(question, option, NULL, check, true, ret_text, err);
}
