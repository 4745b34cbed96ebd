/* SPDX-License-Identifier: Apache-2.0 */
/* Checks custom objects, when these are the home of kinds. */
#pragma once

#include "doctor/report.h"
#include "netbox/client.h"

/**
 * Check the plugin, the types and the rights on their objects; waits.
 *
 * @homes     "homes" of sb_registry_declared()
 * @instance  the instance id of NetBox
 */
void sb_doctor_objects(struct sb_report *report, struct sb_http *http, struct sb_netbox *netbox,
		       const json_t *homes, const char *instance);
