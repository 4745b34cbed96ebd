/* SPDX-License-Identifier: Apache-2.0 */
#include "run/objects_home.h"

#include <stdio.h>

#include "base/buf.h"
#include "model/home_type.h"
#include "netbox/types.h"
#include "run/home_types.h"
#include "run/objects_rights.h"
#include "run/session.h"
#include "stagebox/json.h"
#include "stagebox/log.h"

#define PLUGIN "netbox-custom-objects"

/* No key begins so: a list with this filter is empty, unless NetBox ignores it. */
#define NO_KEY "stagebox-probe%%2F" /* in a format */

int sb_objects_version(const struct sb_netbox *netbox, struct sb_error *err)
{
	const char *version = sb_netbox_caps(netbox)->objects_version;

	if (!*version)
		return sb_fail(err, SB_E_CONFIG,
			       "NetBox does not have the plugin " PLUGIN
			       ", which custom objects need: install and enable it");
	if (!sb_netbox_version_at_least(version, 0, 7))
		return sb_fail(err, SB_E_CONFIG,
			       "NetBox has the plugin " PLUGIN " %s: update it to 0.7 or newer",
			       version);
	return 0;
}

int sb_objects_home_check(struct sb_run *run, struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;
	sb_autojson *missing = json_array();
	int rc = sb_objects_version(run->netbox, &why);

	if (!rc)
		rc = sb_objects_rights(run->http, run->netbox, SB_TYPES_PATH,
				       SB_TYPES_APP "customobjecttype", missing, &why);
	if (!rc && json_array_size(missing))
		rc = sb_fail(&why, SB_E_FORBIDDEN,
			     "the token may not make types of custom objects: grant its user view, "
			     "add and change on " SB_TYPES_APP "customobjecttype");
	if (rc < 0 && err)
		*err = why;
	return rc;
}

int sb_objects_home_offered(struct sb_run *run, enum sb_inventory *ret_inventory,
			    struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;
	int rc = sb_objects_home_check(run, &why);

	*ret_inventory = rc < 0 ? SB_INVENTORY_FIELDS : SB_INVENTORY_OBJECTS;
	if (rc == SB_E_FORBIDDEN)
		sb_log(SB_LOG_WARN,
		       "the home of kinds without a model is custom fields: %s, and run `stagebox "
		       "bootstrap --move-home`, if it should be custom objects",
		       why.text);
	if (!rc || rc == SB_E_FORBIDDEN || rc == SB_E_CONFIG || rc == SB_E_NOTFOUND)
		return 0;
	if (err)
		*err = why;
	return rc;
}

int sb_objects_home_types(struct sb_run *run, json_t **ret_types, struct sb_error *err)
{
	sb_autojson *rows = NULL, *types = json_object();
	const json_t *row;
	size_t i;
	int rc = types ? sb_netbox_list_wait(run->netbox, SB_TYPES_PATH, "", "", &rows, err)
		       : sb_fail(err, SB_E_NOMEM, "out of memory");

	if (rc < 0)
		return rc;
	json_array_foreach (rows, i, row)
		json_object_set(types, sb_json_str(row, "slug"), (json_t *)(uintptr_t)row);
	*ret_types = sb_steal(types);
	return 0;
}

/* A list with a filter that no object meets shows whether it may be read, and is filtered. */
static void probe_list(struct sb_run *run, const struct sb_home_kind *kind, const json_t *row,
		       char *ret_text, size_t room)
{
	struct sb_error why = SB_ERROR_INIT;
	sb_autobuf path = SB_BUF_INIT(512);
	sb_autojson *list = NULL;
	char type[64];
	int rc;

	sb_objects_type(json_integer_value(json_object_get(row, "id")), type);
	sb_buf_addf(&path, "%s/?stagebox_key__isw=" NO_KEY "&limit=1", kind->objects);
	rc = sb_session_get(run, sb_buf_str(&path), &list, &why);
	if (rc == SB_E_FORBIDDEN)
		snprintf(ret_text, room,
			 "the token may not read the custom objects \"%.64s\": grant its user "
			 "view, add, change and delete on %s",
			 sb_home_slug(kind), type);
	else if (!rc && json_integer_value(json_object_get(list, "count")))
		snprintf(ret_text, room,
			 "NetBox ignores the filter stagebox_key__isw of the custom objects "
			 "\"%.64s\": run `stagebox bootstrap`, and use " PLUGIN " 0.7 or newer",
			 sb_home_slug(kind));
}

int sb_objects_home_fault(struct sb_run *run, const struct sb_home_kind *kind, const json_t *types,
			  char *ret_text, size_t room, struct sb_error *err)
{
	sb_autojson *want = sb_home_type(sb_registry_kinds(run->registry), kind);
	const json_t *row = json_object_get(types, sb_home_slug(kind));

	ret_text[0] = '\0';
	if (!want)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	if (!sb_home_type_fault(want, row, run->netbox_instance, ret_text, room))
		probe_list(run, kind, row, ret_text, room);
	return 0;
}
