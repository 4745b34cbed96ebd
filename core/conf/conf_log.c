/* SPDX-License-Identifier: Apache-2.0 */
/* Applies log.level of a configuration. */
#include "conf/conf.h"

#include <string.h>

#include "stagebox/json.h"
#include "base/log.h"

void sb_conf_log_level(const json_t *conf)
{
	static const char *const words[] = {"error", "warn", "notice", "info", "debug"};
	const char *level = sb_json_str(json_object_get(conf, "log"), "level");
	size_t i;

	for (i = 0; level && i < SB_ARRAY_LEN(words); i++)
		if (sb_streq(level, words[i]))
			sb_log_set_level((enum sb_log_level)i);
}
