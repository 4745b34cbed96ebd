/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the settings of netbox-proxbox from its API. */
#include "job/import.h"

#include <stdio.h>

#include "run/session.h"
#include "stagebox/json.h"

#define PLUGIN "plugins/proxbox/"

static int read_rows(struct sb_run *run, const char *path, json_t **ret_rows, struct sb_error *err)
{
	static const char *const secrets[] = {"password", "token_value", "encryption_key",
					      "ssh_password", "ssh_private_key"};
	sb_autojson *page = NULL;
	json_t *rows, *row;
	size_t i, j;
	int rc = sb_session_get(run, path, &page, err);

	if (rc < 0 && err && err->http_status == 404)
		return sb_fail(err, SB_E_CONFIG,
			       "NetBox has no netbox-proxbox with settings (GET /api/%.40s: HTTP "
			       "404): give a file with the answer of its API instead",
			       path);
	if (rc < 0)
		return sb_context(err, rc, "settings of netbox-proxbox");
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

int sb_import_read(struct sb_run *run, json_t **ret_doc, struct sb_error *err)
{
	sb_autojson *settings = NULL, *endpoints = NULL;
	int rc = read_rows(run, PLUGIN "settings/?limit=10", &settings, err);

	if (!rc)
		rc = read_rows(run, PLUGIN "endpoints/proxmox/?limit=1000", &endpoints, err);
	if (rc < 0)
		return rc;
	*ret_doc = json_pack("{s:O?, s:O}", "settings", json_array_get(settings, 0), "endpoints",
			     endpoints);
	return *ret_doc ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}
