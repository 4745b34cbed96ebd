/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the settings of netbox-proxbox, and of plugins that extend it, from their APIs. */
#include "job/import.h"

#include <stdio.h>

#include "run/session.h"
#include "stagebox/json.h"

#define PLUGIN "plugins/proxbox/"

static int read_list(struct sb_run *run, const char *path, json_t **ret_rows, struct sb_error *err)
{
	static const char *const secrets[] = {"password", "token_value", "encryption_key",
					      "ssh_password", "ssh_private_key"};
	sb_autojson *page = NULL;
	json_t *rows, *row;
	size_t i, j;
	int rc = sb_session_get(run, path, &page, err);

	if (rc < 0)
		return rc;
	rows = json_object_get(page, "results");
	if ((size_t)json_integer_value(json_object_get(page, "count")) != json_array_size(rows))
		return sb_fail(err, SB_E_SHAPE, "GET /api/%s: NetBox returned an incomplete list",
			       path);
	json_array_foreach (rows, i, row) {
		for (j = 0; j < SB_ARRAY_LEN(secrets); j++)
			json_object_del(row, secrets[j]);
	}
	*ret_rows = json_incref(rows);
	return 0;
}

static int read_rows(struct sb_run *run, const char *path, json_t **ret_rows, struct sb_error *err)
{
	int rc = read_list(run, path, ret_rows, err);

	if (rc < 0 && err && err->http_status == 404)
		return sb_fail(err, SB_E_CONFIG,
			       "NetBox has no netbox-proxbox with settings (GET /api/%.40s: HTTP "
			       "404): give a file with the answer of its API instead",
			       path);
	return rc < 0 ? sb_context(err, rc, "settings of netbox-proxbox") : 0;
}

/* A plugin that is not installed has no settings. */
static int read_plugin(struct sb_run *run, const char *name, json_t *into, struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;
	sb_autojson *rows = NULL;
	char path[128];
	int rc;

	snprintf(path, sizeof(path), "plugins/%.60s/settings/?limit=10", name);
	rc = read_list(run, path, &rows, &why);
	if (rc < 0 && why.http_status == 404)
		return 0;
	if (rc < 0) {
		if (err)
			*err = why;
		return sb_context(err, rc, "settings of the plugin %s", name);
	}
	if (json_array_size(rows) && json_object_set(into, name, json_array_get(rows, 0)) < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	return 0;
}

int sb_import_read(struct sb_run *run, const json_t *plugins, json_t **ret_doc,
		   struct sb_error *err)
{
	sb_autojson *settings = NULL, *endpoints = NULL, *more = json_object();
	const json_t *name;
	size_t i;
	int rc = read_rows(run, PLUGIN "settings/?limit=10", &settings, err);

	if (!rc)
		rc = read_rows(run, PLUGIN "endpoints/proxmox/?limit=1000", &endpoints, err);
	json_array_foreach (plugins, i, name)
		if (!rc)
			rc = read_plugin(run, json_string_value(name), more, err);
	if (rc < 0)
		return rc;
	*ret_doc = json_pack("{s:O?, s:O, s:O}", "settings", json_array_get(settings, 0),
			     "endpoints", endpoints, "plugins", more);
	return *ret_doc ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}
