/* SPDX-License-Identifier: Apache-2.0 */
/* Grouping the reasons of single objects by their root cause. */
#include "run/causes.h"

#include <stdlib.h>
#include <string.h>

#include "stagebox/json.h"

static const char *const effect_words[] = {
	[SB_EFFECT_PARTIAL] = "partial",
	[SB_EFFECT_UNKNOWN] = "unknown",
	[SB_EFFECT_SKIPPED] = "skipped",
	[SB_EFFECT_FAILED] = "failed",
};

/* Of several codes of one text the first in their order is kept, whatever the order of the notes.
 */
static json_t *find_group(json_t *causes, const char *text, const char *code)
{
	json_t *group = json_object_get(causes, text);
	const char *before = sb_json_str(group, "code");

	if (before && strcmp(before, code) <= 0)
		return group;
	if (before)
		return json_object_set_new(group, "code", json_string(code)) < 0 ? NULL : group;
	group = json_pack("{s:s, s:{}, s:{}}", "code", code, "keys", "counts");
	/* Borrowed from causes; NULL when out of memory. */
	return json_object_set_new(causes, text, group) < 0 ? NULL : group;
}

int sb_cause_note(json_t *causes, enum sb_effect effect, const char *key,
		  const struct sb_error *why)
{
	sb_autojson *clean = sb_json_text(why->text, sizeof(why->text));
	const char *text = clean ? json_string_value(clean) : "a reason that is not valid UTF-8";
	json_t *group, *keys;

	if (!key)
		return sb_cause_count(causes, effect, text, 0);
	group = find_group(causes, text, sb_rc_name(why->code));
	keys = json_object_get(group, "keys");
	if (!keys)
		return SB_E_NOMEM;
	if (json_object_get(keys, key) &&
	    json_integer_value(json_object_get(keys, key)) >= (json_int_t)effect)
		return 0;
	return json_object_set_new(keys, key, json_integer(effect)) < 0 ? SB_E_NOMEM : 0;
}

int sb_cause_count(json_t *causes, enum sb_effect effect, const char *text, size_t n)
{
	json_t *counts =
		json_object_get(find_group(causes, text, sb_rc_name(SB_E_STATE)), "counts");
	const char *word = effect_words[effect];

	if (!counts)
		return SB_E_NOMEM;
	return json_object_set_new(counts, word,
				   json_integer(json_integer_value(json_object_get(counts, word)) +
						(json_int_t)n)) < 0
		       ? SB_E_NOMEM
		       : 0;
}

static void add_number(json_t *entry, const char *name, json_int_t n)
{
	json_object_set_new(entry, name,
			    json_integer(json_integer_value(json_object_get(entry, name)) + n));
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of the members in their order, borrowed from object; the caller frees the array. NULL
 * when out of memory. */
static const char **sort_names(json_t *object)
{
	const char **names = calloc(json_object_size(object) + 1, sizeof(*names)), *name;
	json_t *value;
	size_t n = 0;

	if (!names)
		return NULL;
	json_object_foreach (object, name, value)
		names[n++] = name;
	qsort(names, n, sizeof(*names), compare_names);
	return names;
}

static json_t *list_group(const char *text, const json_t *group)
{
	json_t *entry = json_pack("{s:s, s:O, s:i, s:[]}", "text", text, "code",
				  json_object_get(group, "code"), "objects", 0, "keys");
	json_t *keys = json_object_get(group, "keys"), *value;
	sb_autofree const char **sorted = sort_names(keys);
	const char *name;
	size_t i;

	for (i = 0; sorted && sorted[i]; i++) {
		value = json_object_get(keys, sorted[i]);
		json_array_append_new(json_object_get(entry, "keys"), json_string(sorted[i]));
		add_number(entry, "objects", 1);
		add_number(entry, effect_words[json_integer_value(value)], 1);
	}
	json_object_foreach (json_object_get(group, "counts"), name, value) {
		add_number(entry, "objects", json_integer_value(value));
		add_number(entry, name, json_integer_value(value));
	}
	return entry;
}

/* The groups of both sets, equal texts merged; keys count once. */
static json_t *merge_groups(const json_t *causes, const json_t *more)
{
	json_t *all = json_deep_copy(causes ? causes : more), *group, *value, *mine;
	const char *text, *name;

	json_object_foreach ((json_t *)(uintptr_t)(causes ? more : NULL), text, group) {
		mine = json_object_get(all, text);
		if (!mine) {
			json_object_set_new(all, text, json_deep_copy(group));
			continue;
		}
		if (strcmp(sb_json_str(group, "code"), sb_json_str(mine, "code")) < 0)
			json_object_set(mine, "code", json_object_get(group, "code"));
		json_object_foreach (json_object_get(group, "keys"), name, value) {
			json_t *keys = json_object_get(mine, "keys");

			if (json_integer_value(json_object_get(keys, name)) <
				    json_integer_value(value) ||
			    !json_object_get(keys, name))
				json_object_set(keys, name, value);
		}
		json_object_foreach (json_object_get(group, "counts"), name, value)
			add_number(json_object_get(mine, "counts"), name,
				   json_integer_value(value));
	}
	return all;
}

json_t *sb_causes_list(const json_t *causes, const json_t *more)
{
	sb_autojson *all = merge_groups(causes, more);
	sb_autofree const char **texts = sort_names(all);
	json_t *list = json_array();
	size_t i;

	for (i = 0; texts && texts[i]; i++)
		json_array_append_new(list, list_group(texts[i], json_object_get(all, texts[i])));
	return list;
}
