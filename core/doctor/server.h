/* SPDX-License-Identifier: Apache-2.0 */
/* What both sides share: TLS and clocks. */
#pragma once

#include "doctor/report.h"
#include "net/http.h"

/** How the connection is guarded: TLS, pins, plain HTTP. */
void sb_doctor_guard(struct sb_report *report, const char *where, const json_t *group);

/** The clock of a server against ours. */
void sb_doctor_clock(struct sb_report *report, const char *where, const struct sb_http *http,
		     const char *server, const char *name);
