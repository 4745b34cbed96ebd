/* SPDX-License-Identifier: Apache-2.0 */
/* The netbox-metadata block in the notes of a guest: settings that name objects in NetBox. */
#include "guest/guest_priv.h"

#include <string.h>

#include "stagebox/log.h"

static const struct setting {
	const char *field, *kind;
} settings[] = {
	{"role", "device-role"}, {"platform", "platform"}, {"virtual_machine_type", "vm-type"},
	{"site", "site"},        {"device", "device"},
};

static const struct setting *find_setting(const char *field)
{
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(settings); i++)
		if (sb_streq(settings[i].field, field))
			return &settings[i];
	return NULL;
}

/* A setting names its object by NetBox's id or by slug (a node by its name). */
static bool names_something(const json_t *value)
{
	if (json_is_integer(value))
		return json_integer_value(value) > 0;
	return json_is_string(value) && *json_string_value(value);
}

json_t *sb_guest_metadata(const char *key, const char *notes)
{
	sb_autojson *block = NULL, *good = NULL;
	const char *text, *field;
	json_error_t error;
	json_t *value;
	size_t len;

	if (!notes || !sb_guest_notes_block(notes, &text, &len))
		return NULL;
	block = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(block)) { /* the text is not logged: notes may contain passwords */
		sb_log(SB_LOG_WARN,
		       "the netbox-metadata block in the notes of %s is not a JSON object and has "
		       "no "
		       "effect (error in its line %d): write {\"role\": \"slug\"}",
		       key, block ? 1 : error.line);
		return NULL;
	}
	good = json_object();
	json_object_foreach (block, field, value) {
		const struct setting *setting = find_setting(field);

		if (setting && names_something(value))
			json_object_set(good, field, value);
		else
			sb_log(SB_LOG_WARN,
			       "%s in the netbox-metadata block in the notes of %s has no effect: "
			       "%s",
			       field, key,
			       setting ? "write a slug or NetBox's id"
				       : "use role, platform, virtual_machine_type, site or "
					 "device");
	}
	return json_object_size(good) ? sb_steal(good) : NULL;
}

static bool want_named(const struct sb_stage_run *stage, struct sb_want *want,
		       const struct setting *setting, const json_t *value, struct sb_error *why)
{
	const char *name = json_string_value(value);
	sb_autofree char *key = NULL;
	sb_autojson *named = NULL;

	if (!name)
		return sb_want_ref_named(want, setting->field, setting->kind, value, why);
	if (sb_streq(setting->kind, "device"))
		key = sb_guest_format("%s/node/%s", sb_run_endpoint(stage), name);
	else
		key = sb_guest_format("shared/%s/%s", setting->kind, name);
	named = key ? json_string(key) : NULL;
	return named && sb_want_ref_named(want, setting->field, setting->kind, named, why);
}

/* Keep NetBox's value and report the setting to the person who wrote it. */
static void reject_setting(struct sb_want *want, const char *field, const json_t *value,
			   const char *because)
{
	sb_autofree char *text = json_dumps(value, JSON_ENCODE_ANY);
	struct sb_error why = SB_ERROR_INIT;

	sb_fail(&why, SB_E_NOTFOUND, "%s of the netbox-metadata block in the notes is %s: %s",
		field, text ? text : "?", because);
	sb_want_unknown(want, field, &why);
}

void sb_guest_want_metadata(struct sb_stage_run *stage, const json_t *meant, const char *site,
			    struct sb_want *want)
{
	const struct setting *setting;

	for (setting = settings; setting < settings + SB_ARRAY_LEN(settings); setting++) {
		const json_t *value = json_object_get(meant, setting->field);
		struct sb_error why = SB_ERROR_INIT;

		if (!value || !sb_kind_available(stage, setting->kind))
			continue;
		if (!want_named(stage, want, setting, value, &why))
			reject_setting(want, setting->field, value, why.text);
		else if (site && sb_streq(setting->field, "site") &&
			 !sb_want_refers(want, "site", "site", site))
			reject_setting(want, setting->field, value,
				       "NetBox requires a guest to be in the site of its cluster");
	}
}
