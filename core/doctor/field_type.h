/* SPDX-License-Identifier: Apache-2.0 */
/* Custom fields that NetBox has with another type than ours. */
#pragma once

#include "doctor/report.h"
#include "model/custom_fields.h"

/** Warn when a custom field has another type: bootstrap refuses it, and NetBox refuses its values.
 * @found  the field as NetBox returned it; NULL = it has none */
void sb_doctor_field_type(struct sb_report *report, const struct sb_custom_field *field,
			  const json_t *found);
