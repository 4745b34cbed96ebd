/* SPDX-License-Identifier: Apache-2.0 */
/* The report of `stagebox doctor`: its checks, and how to fix what failed. */
#pragma once

#include "stagebox/error.h"

/*
 * {"status": the worst of all checks, "exit": by the exit table, "checks": [
 *   {"where": "store" | "modules" | "netbox" | "<slug>", "check", "status", "text", "fix"?,
 * "data"?}]}
 * status: ok, warning (a sync would run), failed, skipped (an earlier check failed).
 */
struct sb_report {
	json_t *checks;
	int exit_code;
	bool has_warning, has_failed;
	int failed_rc; /* SB_E_NOMEM when a check could not be added */
};

/** Empty; 0 or SB_E_NOMEM. */
int sb_report_init(struct sb_report *report, struct sb_error *err);

void sb_report_finish(struct sb_report *report);

/** A check passed. Returns its entry, borrowed, for sb_report_data(); may be NULL. */
json_t *sb_report_ok(struct sb_report *report, const char *where, const char *check,
		     const char *fmt, ...) SB_PRINTF(4, 5);

/** A check found something that does not prevent a sync; fix = what to do. */
json_t *sb_report_warn(struct sb_report *report, const char *where, const char *check,
		       const char *fix, const char *fmt, ...) SB_PRINTF(5, 6);

/** A check failed. The text of `why` names the fix; its code decides the exit code. */
json_t *sb_report_fail(struct sb_report *report, const char *where, const char *check,
		       const struct sb_error *why);

/** A check failed because a privilege is missing (exit 77). */
json_t *sb_report_missing_right(struct sb_report *report, const char *where, const char *check,
				const char *fix, const char *fmt, ...) SB_PRINTF(5, 6);

/** A check failed because NetBox is not prepared for a sync (exit 78). */
json_t *sb_report_unprepared(struct sb_report *report, const char *where, const char *check,
			     const char *fix, const char *fmt, ...) SB_PRINTF(5, 6);

/** A check was not possible because an earlier one failed. */
json_t *sb_report_skip(struct sb_report *report, const char *where, const char *check,
		       const char *fmt, ...) SB_PRINTF(4, 5);

/** Sets data[name] = value in an entry; accepts entry NULL and out of memory. */
void sb_report_data(json_t *entry, const char *name, json_t *value_take);
