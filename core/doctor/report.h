/* SPDX-License-Identifier: Apache-2.0 */
/* What was examined, and what to do about it. */
#pragma once

#include "stagebox/error.h"

/*
 * A report: {"status": worst of all, "exit": by the exit table, "checks": [
 *   {"where": "store" | "modules" | "netbox" | "<slug>", "check", "status", "text", "fix"?,
 * "data"?}]} status: ok, warning (a sync runs, but look), failed, skipped (what it needs failed).
 */
struct sb_report {
	json_t *checks;
	int exit_code;
	bool has_warning, has_failed;
	int failed_rc; /* out of memory while it was written */
};

/** Empty; 0 or SB_E_NOMEM. */
int sb_report_init(struct sb_report *report, struct sb_error *err);

void sb_report_finish(struct sb_report *report);

/** A check that went well. Returns the entry, borrowed, to which data can be added; may be NULL. */
json_t *sb_report_ok(struct sb_report *report, const char *where, const char *check,
		     const char *fmt, ...) SB_PRINTF(4, 5);

/** Something to look at; fix = what to do about it. */
json_t *sb_report_warn(struct sb_report *report, const char *where, const char *check,
		       const char *fix, const char *fmt, ...) SB_PRINTF(5, 6);

/** It fails for this reason, which names its fix itself; the exit code follows from its code. */
json_t *sb_report_fail(struct sb_report *report, const char *where, const char *check,
		       const struct sb_error *why);

/** It fails for want of rights (exit 77). */
json_t *sb_report_lack(struct sb_report *report, const char *where, const char *check,
		       const char *fix, const char *fmt, ...) SB_PRINTF(5, 6);

json_t *sb_report_skip(struct sb_report *report, const char *where, const char *check,
		       const char *fmt, ...) SB_PRINTF(4, 5);

/** data[name] = value of an entry; entry NULL and out of memory are accepted. */
void sb_report_data(json_t *entry, const char *name, json_t *value_take);
