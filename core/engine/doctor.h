/* SPDX-License-Identifier: Apache-2.0 */
/* What stands between a configuration and a sync: every server is asked, nothing is written. */
#pragma once

#include "engine/registry.h"
#include "net/http.h"
#include "store/store.h"

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

/**
 * What the loaded modules need, as plain data:
 * {"needs": [{"module", "stage", "path", "privilege", "from", "to", "use"}],
 *  "kinds": [{"kind", "path", "type", "writes", "owned", "part", "stages": []}]}
 * Needs of options that are off are left out.
 */
SB_API json_t *sb_doctor_declared(const struct sb_registry *registry);

/**
 * Examine store, NetBox and endpoints. GET and OPTIONS only; a store that does not exist is not
 * made.
 *
 * @conf      resolved
 * @declared  of sb_doctor_declared(), NULL when the modules could not be loaded
 * @why       the reason for that, else NULL
 * @slugs     endpoints to look at
 * @ret_doc   new reference: the report
 */
SB_API int sb_doctor(json_t *conf, const json_t *declared, const struct sb_error *why,
		     const json_t *slugs, json_t **ret_doc, struct sb_error *err);

/* doctor_server.c: what both sides share */

/** How the connection is guarded: TLS, pins, plain HTTP. */
void sb_doctor_guard(struct sb_report *report, const char *where, const json_t *group);

/** The clock of a server against ours. */
void sb_doctor_clock(struct sb_report *report, const char *where, const struct sb_http *http,
		     const char *server, const char *name);

/* doctor_netbox.c, doctor_pve.c */
int sb_doctor_netbox(struct sb_report *report, const json_t *conf, const json_t *declared,
		     struct sb_error *err);

/** @pinned  identity that the store remembers, "" = none */
int sb_doctor_pve(struct sb_report *report, const json_t *conf, const char *slug,
		  const json_t *declared, const char *pinned, struct sb_error *err);
