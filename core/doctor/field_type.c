/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/field_type.h"

#include "stagebox/json.h"

void sb_doctor_field_type(struct sb_report *report, const struct sb_custom_field *field,
			  const json_t *found)
{
	const json_t *type = json_object_get(found, "type");
	const char *word =
		json_is_object(type) ? sb_json_str(type, "value") : json_string_value(type);

	if (word && !sb_streq(word, field->type))
		sb_report_warn(report, "netbox", "bootstrap",
			       "rename or delete it, then run `stagebox bootstrap`",
			       "the custom field %s has the type %s instead of %s: its values "
			       "cannot be written",
			       field->name, word, field->type);
}
