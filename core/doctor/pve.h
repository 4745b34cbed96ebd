/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of `stagebox doctor` on a Proxmox VE endpoint. */
#pragma once

#include "doctor/report.h"

/**
 * @pinned    identity of the endpoint in the store, "" = none
 * @clusters  {"<slug>": identity} of the endpoints before this one in the configuration; the
 *            identity of this one is added when it answers
 */
int sb_doctor_pve(struct sb_report *report, const json_t *conf, const char *slug,
		  const json_t *declared, const char *pinned, json_t *clusters,
		  struct sb_error *err);
