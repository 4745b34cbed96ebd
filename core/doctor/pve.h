/* SPDX-License-Identifier: Apache-2.0 */
/* Proxmox VE examined. */
#pragma once

#include "doctor/report.h"

/** @pinned  identity that the store remembers, "" = none */
int sb_doctor_pve(struct sb_report *report, const json_t *conf, const char *slug,
		  const json_t *declared, const char *pinned, struct sb_error *err);
