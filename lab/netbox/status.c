/* SPDX-License-Identifier: Apache-2.0 */
/* The status, the authentication check, and the lists of endpoints. */
#include "branching.h"
#include "status.h"

#include <string.h>

static void add_link(const struct nb_call *call, json_t *out, const char *name, size_t name_len,
		     const char *path)
{
	sb_autobuf url = SB_BUF_INIT(4096), key = SB_BUF_INIT(256);

	sb_buf_add_mem(&key, name, name_len);
	sb_buf_addf(&url, "%s/api/%s/", call->nb->base, path);
	json_object_set_new(out, sb_buf_str(&key), json_string(sb_buf_str(&url)));
}

/* List the endpoints of an application ("virtualization/") or all applications (""). */
static json_t *list_endpoints(const struct nb_call *call, const char *path)
{
	size_t len = strlen(path), t;
	json_t *out = json_object();

	for (t = 0; t < call->nb->n_tables; t++) {
		const char *own = call->nb->tables[t].model->path;
		size_t app = strcspn(own, "/");
		char name[64];

		memcpy(name, own, app);
		name[app] = '\0';
		if (!nb_served(call->nb, &call->nb->tables[t]))
			continue;
		if (!len)
			add_link(call, out, name, app, name);
		else if (strncmp(own, path, len) == 0)
			add_link(call, out, own + len, strlen(own + len), own);
	}
	if (!len)
		add_link(call, out, "status", strlen("status"), "status");
	return out;
}

static json_t *status_json(const struct nb_call *call)
{
	return json_pack("{s:s, s:s, s:{}, s:s, s:s, s:{s:s*, s:s*}, s:s, s:i}", "django-version",
			 call->nb->version->django, "hostname", "lab", "installed_apps",
			 "netbox-version", call->nb->version->full, "netbox-full-version",
			 call->nb->version->full, "plugins", "netbox_custom_objects",
			 call->nb->custom_objects, "netbox_branching",
			 nb_has(call->nb, NB_BRANCHING) ? NB_BRANCHING_VERSION : NULL,
			 "python-version", "3.13.5", "rq-workers-running", nb_workers(call->nb));
}

static bool is_application(const struct nb_call *call, const char *path)
{
	size_t len = strlen(path), t;

	for (t = 0; t < call->nb->n_tables; t++)
		if (strncmp(call->nb->tables[t].model->path, path, len) == 0 &&
		    nb_served(call->nb, &call->nb->tables[t]))
			return true;
	return false;
}

bool nb_status_path(const struct nb_call *call, const char *path)
{
	const char *slash = strchr(path, '/');

	return sb_streq(path, "status/") || sb_streq(path, "authentication-check/") ||
	       (sb_streq(path, "plugins/proxbox/") && is_application(call, path)) || !*path ||
	       (slash && !slash[1] && is_application(call, path));
}

void nb_status(struct nb_call *call, const char *path)
{
	if (sb_streq(path, "status/")) {
		call->answer->json = status_json(call);
	} else if (sb_streq(path, "authentication-check/")) {
		call->table = call->user->table;
		lab_params_finish(&call->params); /* fields= has no effect here */
		nb_select_parse(call);
		call->answer->json = nb_output(call, call->user);
	} else {
		call->answer->json = list_endpoints(call, path);
	}
	call->answer->status = 200;
}
