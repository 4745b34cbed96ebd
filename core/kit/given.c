/* SPDX-License-Identifier: Apache-2.0 */
/* The results of a step, in the form of expected.json. */
#include "kit/given.h"

#include <string.h>

#include "model/run_record.h"
#include "stagebox/json.h"

static bool is_known(const char *name)
{
	static const char *const known[] = {"exit",         "error",     "plan", "again",  "stages",
					    "not_answered", "conflicts", "kept", "similar"};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(known); i++)
		if (sb_streq(known[i], name))
			return true;
	return false;
}

int sb_kit_check_wanted(const json_t *wanted, struct sb_error *err)
{
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)wanted, name, value)
		if (!is_known(name))
			return sb_fail(err, SB_E_CONFIG,
				       "\"%.60s\" is not known: expected exit, error, plan, again, "
				       "stages, not_answered, conflicts, kept or similar",
				       name);
	return 0;
}

json_t *sb_kit_ops(const json_t *plan)
{
	json_t *ops = json_array();

	json_array_extend(ops, json_object_get(plan, "shared"));
	json_array_extend(ops, json_object_get(plan, "ops"));
	return ops;
}

void sb_kit_put_remarks(json_t *given, const json_t *plan)
{
	static const char *const names[] = {"conflicts", "kept", "similar"};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(names); i++)
		if (json_array_size(json_object_get(plan, names[i])))
			json_object_set(given, names[i], json_object_get(plan, names[i]));
}

/* A counter of 0 and an empty member say nothing. */
static bool says_something(const json_t *value)
{
	if (json_is_integer(value))
		return json_integer_value(value) != 0;
	if (json_is_object(value))
		return json_object_size(value) > 0;
	return !json_is_array(value) || json_array_size(value) > 0;
}

static void add_members(json_t *to, const json_t *from);

static json_t *keep_words(const json_t *value)
{
	json_t *kept;

	if (!json_is_object(value))
		return json_incref((json_t *)(uintptr_t)value);
	kept = json_object();
	add_members(kept, value);
	return kept;
}

static void add_members(json_t *to, const json_t *from)
{
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)from, name, value) {
		sb_autojson *kept = keep_words(value);

		if (!strstr(name, "seconds") && !sb_streq(name, "resource") && says_something(kept))
			json_object_set(to, name, kept);
	}
}

static void add_stage(void *arg, const char *module, const json_t *entry)
{
	json_t *stages = arg, *shown = json_object();
	char name[SB_RUN_RECORD_NAME_CHARS];

	add_members(shown, entry);
	json_object_del(shown, "response");
	add_members(shown, json_object_get(entry, "response"));
	sb_run_record_name(name, sizeof(name), module, entry);
	json_object_set_new(stages, name, shown);
}

json_t *sb_kit_stages(const json_t *record)
{
	json_t *stages = json_object();

	sb_run_record_each(record, add_stage, stages);
	return stages;
}
