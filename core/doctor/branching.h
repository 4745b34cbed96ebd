/* SPDX-License-Identifier: Apache-2.0 */
/* Checks what NetBox needs for branches, when runs write into some. */
#pragma once

#include "doctor/report.h"
#include "net/http.h"
#include "netbox/client.h"

/** Check plugin, worker and rights; waits. Nothing when all modules write to main. */
void sb_doctor_branching(struct sb_report *report, const json_t *conf, struct sb_http *http,
			 struct sb_netbox *netbox);
