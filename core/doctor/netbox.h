/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of `stagebox doctor` on NetBox. */
#pragma once

#include "doctor/report.h"

void sb_doctor_netbox(struct sb_report *report, const json_t *conf, const json_t *declared);
