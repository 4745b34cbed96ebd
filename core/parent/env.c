/* SPDX-License-Identifier: Apache-2.0 */
/* The environment of a job: all of the command's but what holds a secret. */
#include "parent/env.h"

#include <string.h>

#include "stagebox/json.h"

extern char **environ;

static bool holds(const char *variable, const json_t *secret)
{
	const char *text = json_string_value(secret), *value = strchr(variable, '=');

	return text && *text && value && strstr(value + 1, text);
}

/* A secret of one server: of NetBox, or of an endpoint. */
static bool holds_any(const char *variable, const json_t *group)
{
	static const char *const names[] = {"token", "password", "proxy_auth"};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(names); i++)
		if (holds(variable, json_object_get(group, names[i])))
			return true;
	return false;
}

/* Where systemd puts credentials is no place for a job, either. */
static bool is_secret(const char *variable, const json_t *conf)
{
	const json_t *endpoint;
	size_t i;

	if (sb_starts_with(variable, "CREDENTIALS_DIRECTORY=") ||
	    holds_any(variable, json_object_get(conf, "netbox")))
		return true;
	json_array_foreach (json_object_get(conf, "endpoints"), i, endpoint)
		if (holds_any(variable, endpoint))
			return true;
	return false;
}

char **sb_parent_environment(const json_t *conf)
{
	char **list, **from;
	size_t n = 0;

	for (from = environ; *from; from++)
		n++;
	list = calloc(n + 1, sizeof(*list));
	n = 0;
	for (from = environ; list && *from; from++)
		if (!is_secret(*from, conf))
			list[n++] = *from;
	return list;
}
