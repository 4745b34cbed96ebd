/* SPDX-License-Identifier: Apache-2.0 */
/* Grouping the reasons of single objects by their root cause. */
#include "run/causes.h"

#include <stdio.h>
#include <string.h>

#include "stagebox/json.h"

static const char *const effect_words[] = {
	[SB_EFFECT_PARTIAL] = "partial",
	[SB_EFFECT_UNKNOWN] = "unknown",
	[SB_EFFECT_SKIPPED] = "skipped",
	[SB_EFFECT_FAILED] = "failed",
};

/* The length of the key that a text begins with, 0 = none: "lab/guest/101: no answer". */
static size_t leading_key(const char *text, const char *slug)
{
	size_t len = strlen(slug), end;

	if (!(len && strncmp(text, slug, len) == 0 && text[len] == '/') &&
	    !sb_starts_with(text, "shared/"))
		return 0;
	/* IPv6 addresses in keys contain colons, but no colon before a blank. */
	for (end = 0; text[end] && text[end] != ' '; end++)
		;
	return end > 1 && text[end] && text[end - 1] == ':' ? end - 1 : 0;
}

/* "create of KEY: create of KEY: TEXT" -> "TEXT"; the first key is put into ret_key. */
static const char *skip_keys(const char *text, const char *slug, char *ret_key, size_t room)
{
	static const char *const heads[] = {"", "create of ", "update of ", "delete of "};
	bool moved = true;
	size_t i, len;

	while (moved) {
		moved = false;
		for (i = 0; !moved && i < SB_ARRAY_LEN(heads); i++) {
			const char *from = text + strlen(heads[i]);

			if (!sb_starts_with(text, heads[i]) || !(len = leading_key(from, slug)))
				continue;
			if (!*ret_key && len < room)
				snprintf(ret_key, room, "%.*s", (int)len, from);
			text = from + len + 2;
			moved = true;
		}
	}
	return text;
}

static json_t *find_group(json_t *causes, const char *text, const char *code)
{
	json_t *group = json_object_get(causes, text);

	if (group)
		return group;
	group = json_pack("{s:s, s:{}, s:{}}", "code", code, "keys", "counts");
	/* Borrowed from causes; NULL when out of memory. */
	return json_object_set_new(causes, text, group) < 0 ? NULL : group;
}

int sb_cause_note(json_t *causes, const char *slug, enum sb_effect effect, const char *key,
		  const struct sb_error *why)
{
	char found[400] = "";
	sb_autojson *clean = sb_json_text(why->text, sizeof(why->text));
	const char *text = clean ? json_string_value(clean) : "a reason that is not valid UTF-8";
	json_t *group, *keys;

	text = skip_keys(text, slug, found, sizeof(found));
	if (!key && *found)
		key = found;
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

static json_t *list_group(const char *text, const json_t *group)
{
	json_t *entry = json_pack("{s:s, s:O, s:i, s:[]}", "text", text, "code",
				  json_object_get(group, "code"), "objects", 0, "keys");
	const char *name;
	json_t *value;

	json_object_foreach (json_object_get(group, "keys"), name, value) {
		json_array_append_new(json_object_get(entry, "keys"), json_string(name));
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
	json_t *list = json_array(), *group;
	const char *text;

	json_object_foreach (all, text, group)
		json_array_append_new(list, list_group(text, group));
	return list;
}
