/* SPDX-License-Identifier: Apache-2.0 */
/* Checks what NetBox needs for branches, when runs write into some. */
#pragma once

#include "doctor/report.h"
#include "net/http.h"
#include "netbox/client.h"

/**
 * Check plugin, worker and rights, and what is known of custom objects; waits. Nothing when all
 * modules write to main.
 *
 * @instance  the instance id of NetBox; "" = not prepared
 * @homes     "homes" of sb_registry_declared() when custom objects are the home; else NULL
 * @apart     what a bootstrap found out (model/apart.h); NULL = nothing
 */
void sb_doctor_branching(struct sb_report *report, const json_t *conf, struct sb_http *http,
			 struct sb_netbox *netbox, const char *instance, const json_t *homes,
			 const json_t *apart);
