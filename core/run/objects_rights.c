/* SPDX-License-Identifier: Apache-2.0 */
#include "run/objects_rights.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "net/gather.h"
#include "netbox/types.h"
#include "stagebox/json.h"

enum { LIST, OPTIONS };

void sb_objects_type(int64_t id, char ret_type[64])
{
	snprintf(ret_type, 64, SB_TYPES_APP "table%" PRId64 "model", id);
}

static int ask_both(struct sb_gather *got, struct sb_netbox *netbox, const char *path,
		    struct sb_error *err)
{
	sb_autobuf list = SB_BUF_INIT(512), options = SB_BUF_INIT(512);
	int rc;

	sb_buf_addf(&list, "%s/?limit=1", path);
	sb_buf_addf(&options, "%s/", path);
	rc = sb_netbox_get(netbox, sb_buf_str(&list), sb_gather_take, sb_gather_expect(got, LIST),
			   err);
	if (!rc)
		rc = sb_netbox_options(netbox, sb_buf_str(&options), sb_gather_take,
				       sb_gather_expect(got, OPTIONS), err);
	return rc ? rc : sb_gather_wait(got, err);
}

static void add_missing(json_t *missing, const char *type, const char *action)
{
	size_t app = strcspn(type, ".");

	json_array_append_new(missing,
			      json_sprintf("%.*s.%s_%s", (int)app, type, action, type + app + 1));
}

int sb_objects_rights(struct sb_http *http, struct sb_netbox *netbox, const char *path,
		      const char *type, json_t *missing, struct sb_error *err)
{
	const struct sb_reply *list, *options;
	struct sb_gather got;
	const json_t *actions;
	int rc;

	sb_gather_init(&got, http);
	list = &got.replies[LIST];
	options = &got.replies[OPTIONS];
	rc = ask_both(&got, netbox, path, err);
	if (!rc && list->why.code && list->why.code != SB_E_FORBIDDEN)
		rc = list->why.code;
	if (rc && !err->code)
		*err = list->why;
	if (!rc && options->why.code) {
		*err = options->why;
		rc = err->code;
	}
	if (!rc) {
		actions = json_object_get(options->data, "actions");
		if (list->why.code)
			add_missing(missing, type, "view");
		if (!json_object_get(actions, "POST"))
			add_missing(missing, type, "add");
		if (!json_object_get(actions, "PUT"))
			add_missing(missing, type, "change");
	}
	sb_gather_finish(&got);
	return rc;
}
