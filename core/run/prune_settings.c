/* SPDX-License-Identifier: Apache-2.0 */
/* The group prune of the configuration. */
#include "run/prune_settings.h"

#include "stagebox/types.h"

static const json_t *prune_member(const json_t *conf, const char *name)
{
	return json_object_get(json_object_get(conf, "prune"), name);
}

bool sb_prune_is_enabled(const json_t *conf)
{
	return json_is_true(prune_member(conf, "enabled"));
}

bool sb_prune_deletes_adopted(const json_t *conf)
{
	const char *word = json_string_value(prune_member(conf, "adopted"));

	return word && sb_streq(word, "delete");
}

bool sb_prune_releases(const json_t *conf, const json_t *row)
{
	return json_is_true(json_object_get(row, "stagebox_adopted")) &&
	       !sb_prune_deletes_adopted(conf);
}

int64_t sb_prune_number(const json_t *conf, const char *name)
{
	return json_integer_value(prune_member(conf, name));
}
