/* SPDX-License-Identifier: Apache-2.0 */
/* Errors of commands: the message on stderr and the exit code. */
#include "cmd.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/exit.h"
#include "base/text.h"
#include "base/guess.h"
#include "store/store.h"

void cmd_complain(const char *fmt, ...)
{
	sb_autobuf text = SB_BUF_INIT(8192), clean = SB_BUF_INIT(8192);
	va_list ap;

	va_start(ap, fmt);
	sb_buf_addv(&text, fmt, ap);
	va_end(ap);
	sb_text_add_clean(&clean, sb_buf_str(&text), '?');
	fprintf(stderr, "stagebox: %s\n", sb_buf_str(&clean));
}

void cmd_note_copy(const struct cmd *cmd, struct sb_store *store)
{
	time_t at = (time_t)sb_store_as_of(store);
	char text[32] = "";
	struct tm when;

	if (!at || cmd->out.is_quiet)
		return;
	if (gmtime_r(&at, &when))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%SZ", &when);
	cmd_complain("as of %s: the copy for readers (store.group), which each run writes at its "
		     "end, without values of objects",
		     text);
}

int cmd_fail(struct cmd *cmd, const struct sb_error *err)
{
	(void)cmd;
	fflush(stdout);
	cmd_complain("%s", err->text);
	return sb_exit_of(err);
}

int cmd_fail_all(const json_t *texts, struct sb_error *err)
{
	size_t i, n = json_array_size(texts);

	fflush(stdout);
	for (i = 0; i + 1 < n; i++)
		fprintf(stderr, "stagebox: %s\n", json_string_value(json_array_get(texts, i)));
	return sb_fail(err, SB_E_CONFIG, "%s", json_string_value(json_array_get(texts, n - 1)));
}

int cmd_usage(struct cmd *cmd, const char *fmt, ...)
{
	const char *name = cmd->is_view_alone ? cmd->argv[0] : cmd->entry ? cmd->entry->name : "";
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	cmd_complain("%s; see \"stagebox help%s%s\"", text, cmd->entry ? " " : "",
		     cmd->entry ? name : "");
	return SB_EXIT_USAGE;
}

/* The forms are separated by "|"; the first word of one is a name unless it is upper case. */
int cmd_usage_word(struct cmd *cmd, const char *word)
{
	sb_autobuf known = SB_BUF_INIT(256);
	const char *form = cmd->entry->args;
	struct sb_guess guess;

	sb_guess_start(&guess, word);
	while (*form) {
		size_t skip = strspn(form, " |"), len = strcspn(form + skip, " |");
		sb_autofree char *name = strndup(form + skip, len);

		if (name && *name && !strstr(sb_buf_str(&known), name)) {
			sb_guess_try(&guess, name);
			sb_buf_addf(&known, "%s%s", known.len ? ", " : "", name);
		}
		form += skip + len;
		form += strcspn(form, "|");
	}
	return cmd_usage(cmd, "\"%s\" has no command \"%.60s\"%s: use %s", cmd->entry->name, word,
			 guess.hint, sb_buf_str(&known));
}
