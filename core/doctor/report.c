/* SPDX-License-Identifier: Apache-2.0 */
/* Collects the checks of `stagebox doctor`. */
#include "doctor/report.h"

#include "base/buf.h"
#include "base/exit.h"
#include "stagebox/json.h"

enum { MAX_TEXT = 4096 };

int sb_report_init(struct sb_report *report, struct sb_error *err)
{
	*report = (struct sb_report){.checks = json_array()};
	return report->checks ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}

void sb_report_finish(struct sb_report *report)
{
	json_decref(report->checks);
	report->checks = NULL;
}

static json_t *add_check(struct sb_report *report, const char *where, const char *check,
			 const char *status, const char *fix, const char *text)
{
	json_t *entry =
		json_pack("{s:s, s:s, s:s, s:o, s:s*}", "where", where, "check", check, "status",
			  status, "text", sb_json_text(text, MAX_TEXT), "fix", fix);

	if (!entry || json_array_append_new(report->checks, entry) < 0) {
		report->failed_rc = SB_E_NOMEM;
		return NULL;
	}
	return entry;
}

static json_t *add_formatted(struct sb_report *report, const char *where, const char *check,
			     const char *status, const char *fix, const char *fmt, va_list ap)
	SB_PRINTF(6, 0);

static json_t *add_formatted(struct sb_report *report, const char *where, const char *check,
			     const char *status, const char *fix, const char *fmt, va_list ap)
{
	sb_autobuf text = SB_BUF_INIT(MAX_TEXT);

	sb_buf_addv(&text, fmt, ap);
	return add_check(report, where, check, status, fix, sb_buf_str(&text));
}

json_t *sb_report_ok(struct sb_report *report, const char *where, const char *check,
		     const char *fmt, ...)
{
	json_t *entry;
	va_list ap;

	va_start(ap, fmt);
	entry = add_formatted(report, where, check, "ok", NULL, fmt, ap);
	va_end(ap);
	return entry;
}

json_t *sb_report_warn(struct sb_report *report, const char *where, const char *check,
		       const char *fix, const char *fmt, ...)
{
	json_t *entry;
	va_list ap;

	report->has_warning = true;
	va_start(ap, fmt);
	entry = add_formatted(report, where, check, "warning", fix, fmt, ap);
	va_end(ap);
	return entry;
}

json_t *sb_report_fail(struct sb_report *report, const char *where, const char *check,
		       const struct sb_error *why)
{
	report->has_failed = true;
	report->exit_code = sb_exit_worse(report->exit_code, sb_exit_of(why));
	return add_check(report, where, check, "failed", NULL, why->text);
}

json_t *sb_report_missing_right(struct sb_report *report, const char *where, const char *check,
				const char *fix, const char *fmt, ...)
{
	json_t *entry;
	va_list ap;

	report->has_failed = true;
	report->exit_code = sb_exit_worse(report->exit_code, SB_EXIT_RIGHTS);
	va_start(ap, fmt);
	entry = add_formatted(report, where, check, "failed", fix, fmt, ap);
	va_end(ap);
	return entry;
}

json_t *sb_report_unprepared(struct sb_report *report, const char *where, const char *check,
			     const char *fix, const char *fmt, ...)
{
	json_t *entry;
	va_list ap;

	report->has_failed = true;
	report->exit_code = sb_exit_worse(report->exit_code, SB_EXIT_CONFIG);
	va_start(ap, fmt);
	entry = add_formatted(report, where, check, "failed", fix, fmt, ap);
	va_end(ap);
	return entry;
}

json_t *sb_report_skip(struct sb_report *report, const char *where, const char *check,
		       const char *fmt, ...)
{
	json_t *entry;
	va_list ap;

	va_start(ap, fmt);
	entry = add_formatted(report, where, check, "skipped", NULL, fmt, ap);
	va_end(ap);
	return entry;
}

void sb_report_data(json_t *entry, const char *name, json_t *value_take)
{
	json_t *data = json_object_get(entry, "data");

	if (entry && !data) {
		data = json_object();
		json_object_set_new(entry, "data", data);
	}
	if (data)
		json_object_set_new(data, name, value_take);
	else
		json_decref(value_take);
}
