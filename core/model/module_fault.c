/* SPDX-License-Identifier: Apache-2.0 */
#include "model/module_fault.h"

#include <stdio.h>

#include "stagebox/json.h"

const char *sb_module_fault_name(const char *module, char name[SB_MODULE_FAULT_NAME])
{
	snprintf(name, SB_MODULE_FAULT_NAME, "module-fault:%.64s", module);
	return name;
}

json_t *sb_module_fault_parse(const char *text)
{
	return text ? json_loads(text, 0, NULL) : NULL;
}

char *sb_module_fault_next(const json_t *before, const char *sha256, const char *text)
{
	const char *known = sb_json_str(before, "sha256");
	sb_autojson *fault = NULL;
	json_int_t runs = 1;

	if (known && sb_streq(known, sha256))
		runs += json_integer_value(json_object_get(before, "runs"));
	fault = json_pack("{s:s, s:I, s:s}", "sha256", sha256, "runs", runs, "text", text);
	return fault ? json_dumps(fault, JSON_COMPACT) : NULL;
}

bool sb_module_is_aside(const json_t *fault, const char *sha256)
{
	const char *known = sb_json_str(fault, "sha256");

	return json_integer_value(json_object_get(fault, "runs")) >= SB_MODULE_FAULTS &&
	       (!*sha256 || (known && sb_streq(known, sha256)));
}
