/* SPDX-License-Identifier: Apache-2.0 */
/* The environment of a job: that of the command, without the variables that contain a secret. */
#include "parent/env.h"

#include <string.h>

#include "base/process.h"
#include "stagebox/json.h"

static bool contains_secret(const char *variable, const json_t *secret)
{
	const char *text = json_string_value(secret), *value = strchr(variable, '=');

	return text && *text && value && strstr(value + 1, text);
}

/* The secrets of one server: NetBox or an endpoint. */
static bool contains_any_secret(const char *variable, const json_t *group)
{
	static const char *const names[] = {"token", "write_token", "password", "proxy_auth"};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(names); i++)
		if (contains_secret(variable, json_object_get(group, names[i])))
			return true;
	return false;
}

/* Options of modules: a secret that was read is {"secret": "..."}. */
static bool contains_option(const char *variable, const json_t *options)
{
	json_t *values, *value;
	const char *module, *name;

	json_object_foreach ((json_t *)(uintptr_t)options, module, values)
		json_object_foreach (values, name, value)
			if (contains_secret(variable, json_object_get(value, "secret")))
				return true;
	return false;
}

/* The task of a job contains what it may know. */
static bool must_not_inherit(const char *variable, const json_t *conf)
{
	const json_t *endpoint;
	size_t i;

	if (contains_any_secret(variable, json_object_get(conf, "netbox")) ||
	    contains_option(variable, json_object_get(conf, "options")))
		return true;
	json_array_foreach (json_object_get(conf, "endpoints"), i, endpoint)
		if (contains_any_secret(variable, endpoint) ||
		    contains_option(variable, json_object_get(endpoint, "options")))
			return true;
	return false;
}

char **sb_parent_environment(const json_t *conf)
{
	return sb_process_environment(must_not_inherit, conf);
}
