/* SPDX-License-Identifier: Apache-2.0 */
/* Writes log lines to standard error. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

enum { MAX_LINE_BYTES = 8192 };

static enum sb_log_level max_level = SB_LOG_WARN;

void sb_log_set_level(enum sb_log_level level)
{
	max_level = level;
}

void sb_log(enum sb_log_level level, const char *fmt, ...)
{
	static const char *const words[] = {"error", "warning", "notice", "info", "debug"};
	sb_autobuf text = SB_BUF_INIT(MAX_LINE_BYTES);
	sb_autobuf line = SB_BUF_INIT(2 * MAX_LINE_BYTES);
	va_list ap;

	if (level > max_level || (size_t)level >= SB_ARRAY_LEN(words))
		return;
	va_start(ap, fmt);
	sb_buf_addv(&text, fmt, ap);
	va_end(ap);
	sb_buf_addf(&line, "%s: ", words[level]);
	sb_text_add_masked(&line, text.failed ? "(line too long to log)" : sb_buf_str(&text));
	sb_buf_add(&line, "\n");
	/* One write, so that lines of several processes do not mix. */
	fwrite(sb_buf_str(&line), 1, line.len, stderr);
}
