/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of `stagebox doctor` on a Proxmox VE endpoint. */
#pragma once

#include "doctor/report.h"

/** @pinned  identity of the endpoint in the store, "" = none */
int sb_doctor_pve(struct sb_report *report, const json_t *conf, const char *slug,
		  const json_t *declared, const char *pinned, struct sb_error *err);
