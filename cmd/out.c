/* SPDX-License-Identifier: Apache-2.0 */
/* Code shared by both writers: selection, colours, safe text. */
#include "out.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

void out_init(struct out *out, bool json, bool quiet, bool no_color)
{
	const char *wish = getenv("NO_COLOR"), *term = getenv("TERM");

	out->ops = json ? &out_json : &out_people;
	out->file = stdout;
	out->is_text = !json;
	out->is_quiet = quiet;
	out->has_color = !json && !no_color && !(wish && wish[0]) && isatty(STDOUT_FILENO) &&
			 !(term && sb_streq(term, "dumb"));
}

void out_text(struct out *out, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(out->file, fmt, ap);
	va_end(ap);
}

void out_colored(struct out *out, enum out_color color, const char *fmt, ...)
{
	static const char *const codes[] = {"", "1", "2", "31", "32", "33", "36"};
	bool colored = out->has_color && color != OUT_PLAIN;
	sb_autobuf text = SB_BUF_INIT(64 << 10);
	bool ends_line;
	va_list ap;

	if (colored)
		fprintf(out->file, "\033[%sm", codes[color]);
	va_start(ap, fmt);
	sb_buf_addv(&text, fmt, ap);
	va_end(ap);
	ends_line = text.len && text.text[text.len - 1] == '\n';
	if (ends_line)
		text.text[--text.len] = '\0';
	out_safe(out, sb_buf_str(&text));
	if (ends_line)
		fputc('\n', out->file);
	if (colored)
		fputs("\033[0m", out->file);
}

void out_safe(struct out *out, const char *text)
{
	sb_autobuf visible = SB_BUF_INIT(SIZE_MAX / 2), clean = SB_BUF_INIT(SIZE_MAX / 2);

	for (; *text; text++) {
		if (*text == '\n' || *text == '\t')
			sb_buf_add(&visible, *text == '\n' ? "\\n" : "\\t");
		else if (*text != '\r')
			sb_buf_add_mem(&visible, text, 1);
	}
	sb_text_add_clean(&clean, sb_buf_str(&visible), '?');
	fputs(visible.failed || clean.failed ? "?" : sb_buf_str(&clean), out->file);
}

void out_value(struct out *out, const json_t *value)
{
	char *text;

	if (!value || json_is_null(value)) {
		fputs("(none)", out->file);
	} else if (json_is_string(value)) {
		out_safe(out, json_string_value(value));
	} else if (json_is_object(value) && json_object_size(value) == 1 &&
		   json_object_get(value, "$ref")) {
		out_value(out, json_object_get(value, "$ref"));
	} else {
		text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
		out_safe(out, text ? text : "?");
		free(text);
	}
}

enum out_color out_status_color(const char *status)
{
	if (!status)
		return OUT_PLAIN;
	if (sb_streq(status, "ok"))
		return OUT_GREEN;
	if (sb_streq(status, "partial") || sb_streq(status, "skipped") ||
	    sb_streq(status, "cancelled") || sb_streq(status, "interrupted"))
		return OUT_YELLOW;
	if (sb_streq(status, "failed") || sb_streq(status, "unbalanced"))
		return OUT_RED;
	return OUT_PLAIN;
}

/* Commands with jobs ignore SIGPIPE, so that no run ends between two writes; when only output is
 * left, a reader that is gone ends the command as it ends any program. */
static void end_by_sigpipe(FILE *file)
{
	struct pollfd reader = {.fd = fileno(file)};

	if (poll(&reader, 1, 0) <= 0 || !(reader.revents & POLLERR))
		return;
	signal(SIGPIPE, SIG_DFL);
	raise(SIGPIPE);
}

int out_finish(struct out *out, struct sb_error *err)
{
	int error;

	if (fflush(out->file) == 0 && !ferror(out->file))
		return 0;
	error = errno;
	end_by_sigpipe(out->file);
	return sb_fail(err, SB_E_STATE, "writing the result: %s%s", strerror(error),
		       error == ENOSPC ? ": free space, or write to another place" : "");
}
