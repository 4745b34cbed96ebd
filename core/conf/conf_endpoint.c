/* SPDX-License-Identifier: Apache-2.0 */
/* Options of modules that hold for one endpoint, and the secrets among options. */
#include "conf/conf_priv.h"

#include "stagebox/json.h"

bool sb_conf_has_own_options(const json_t *conf, const char *slug)
{
	return json_object_size(json_object_get(sb_conf_endpoint(conf, slug), "options")) > 0;
}

bool sb_conf_any_own_options(const json_t *conf)
{
	const json_t *endpoint;
	size_t i;

	json_array_foreach (json_object_get(conf, "endpoints"), i, endpoint)
		if (json_object_size(json_object_get(endpoint, "options")) > 0)
			return true;
	return false;
}

/* The groups of own over those of all; new reference. */
static json_t *merge_options(const json_t *all, const json_t *own)
{
	json_t *merged = all ? json_deep_copy(all) : json_object(), *values;
	const char *module;

	json_object_foreach ((json_t *)(uintptr_t)own, module, values) {
		json_t *into = json_object_get(merged, module);

		if (json_is_object(into) && json_is_object(values))
			json_object_update(into, values);
		else
			json_object_set(merged, module, values);
	}
	return merged;
}

static json_t *endpoints_without_options(const json_t *conf)
{
	json_t *list = json_array(), *endpoint;
	size_t i;

	json_array_foreach (json_object_get(conf, "endpoints"), i, endpoint) {
		json_t *copy = json_copy(endpoint);

		json_object_del(copy, "options");
		json_array_append_new(list, copy);
	}
	return list;
}

json_t *sb_conf_for_endpoint(const json_t *conf, const char *slug)
{
	json_t *copy = json_copy((json_t *)(uintptr_t)conf);
	const json_t *own = json_object_get(sb_conf_endpoint(conf, slug), "options");
	json_t *options = merge_options(json_object_get(conf, "options"), own);

	if (json_object_set_new(copy, "options", options) < 0 ||
	    json_object_set_new(copy, "endpoints", endpoints_without_options(conf)) < 0) {
		json_decref(copy);
		return NULL;
	}
	return copy;
}

static bool may_hold_secret(const json_t *options)
{
	json_t *values, *value;
	const char *module, *name;

	json_object_foreach ((json_t *)(uintptr_t)options, module, values)
		json_object_foreach (values, name, value)
			if (json_is_object(value) ||
			    (json_is_string(value) &&
			     sb_conf_is_reference(json_string_value(value))))
				return true;
	return false;
}

bool sb_conf_may_have_option_secrets(const json_t *conf)
{
	const json_t *endpoint;
	size_t i;

	json_array_foreach (json_object_get(conf, "endpoints"), i, endpoint)
		if (may_hold_secret(json_object_get(endpoint, "options")))
			return true;
	return may_hold_secret(json_object_get(conf, "options"));
}

/* The folder of the configuration is not known any more, so a path must be absolute. */
static int resolve_one(const char *label, json_t *values, const char *name, struct sb_error *err)
{
	const char *text = json_string_value(json_object_get(values, name));
	json_t *secret = NULL;
	int rc;

	if (text && sb_starts_with(text, "file:") && text[5] != '/')
		return sb_fail(err, SB_E_CONFIG,
			       "%s: the path in \"%.200s\" is not absolute: write file:/PATH",
			       label, text);
	rc = sb_conf_read_secret(label, text, &secret, err);
	if (rc < 0)
		return rc;
	if (json_object_set_new(values, name, json_pack("{s:o}", "secret", secret)) < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	return 0;
}

/* where: "", or "endpoint x: " */
static int resolve_group(const char *where, const json_t *module, json_t *options, json_t *faults,
			 struct sb_error *err)
{
	const char *owner = sb_json_str(module, "name"), *name;
	json_t *values = json_object_get(options, owner), *word, *value;
	size_t i;

	json_array_foreach (json_object_get(module, "secrets"), i, word) {
		struct sb_error why = SB_ERROR_INIT;
		char label[256];
		int rc;

		name = json_string_value(word);
		value = json_object_get(values, name);
		if (!value || (json_is_string(value) && !json_string_length(value)))
			continue; /* left empty */
		snprintf(label, sizeof(label), "%soptions.%.60s.%.60s", where, owner, name);
		rc = sb_conf_note_fault(resolve_one(label, values, name, &why), faults, &why, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int sb_conf_resolve_options(json_t *conf, const json_t *modules, json_t *faults,
			    struct sb_error *err)
{
	const json_t *module, *endpoint;
	size_t i, j;
	int rc = 0;

	json_array_foreach (modules, i, module) {
		if (!rc)
			rc = resolve_group("", module, json_object_get(conf, "options"), faults,
					   err);
		json_array_foreach (json_object_get(conf, "endpoints"), j, endpoint) {
			char where[96];

			snprintf(where, sizeof(where),
				 "endpoint %.60s: ", sb_json_str(endpoint, "slug"));
			if (!rc)
				rc = resolve_group(where, module,
						   json_object_get(endpoint, "options"), faults,
						   err);
		}
	}
	return rc < 0 ? rc : json_array_size(faults) ? SB_E_CONFIG : 0;
}
