/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of `stagebox doctor` on NetBox. */
#pragma once

#include "doctor/report.h"

/** @apart: what a bootstrap found out of branches (model/apart.h); NULL = nothing */
void sb_doctor_netbox(struct sb_report *report, const json_t *conf, const json_t *declared,
		      const json_t *apart);
