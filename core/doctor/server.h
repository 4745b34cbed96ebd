/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of `stagebox doctor` that NetBox and Proxmox VE share: TLS and clocks. */
#pragma once

#include "doctor/report.h"
#include "net/http.h"

/** How the connection is protected: TLS, pinned certificates, plain HTTP. */
void sb_doctor_guard(struct sb_report *report, const char *where, const json_t *group);

/** After a failed contact: describes the certificate that the server presents, if it is the reason,
 * and how to compare it. The group is that of the server; how_to_show is where its administrator
 * finds the fingerprint. */
void sb_doctor_certificate(struct sb_report *report, const char *where, const json_t *group,
			   const char *url, const char *how_to_show);

/** Compares the clock of a server with the local one. */
void sb_doctor_clock(struct sb_report *report, const char *where, const struct sb_http *http,
		     const char *server, const char *name);
