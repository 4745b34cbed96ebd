/* SPDX-License-Identifier: Apache-2.0 */
#include "job/bootstrap_types.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/list.h"
#include "model/extras.h"
#include "model/home_type.h"
#include "run/account.h"
#include "run/home_types.h"
#include "run/objects_home.h"
#include "run/objects_rights.h"
#include "run/session.h"
#include "stagebox/json.h"
#include "stagebox/log.h"

#define MARK_KEY "shared/" SB_KIND_CUSTOM_FIELD "/stagebox_key"

/* A new type is made after the custom field whose description says whose types these are. */
static json_t *new_type(struct sb_run *run, const json_t *want, const char *instance)
{
	json_t *type = json_copy((json_t *)(uintptr_t)want);

	json_object_del(type, "removed");
	json_object_set_new(type, "description",
			    json_sprintf("%s (" SB_INSTANCE_PREFIX "%s)",
					 sb_json_str(want, "description"), instance));
	if (type && !run->netbox_instance)
		json_object_set_new(type, "marked_by", json_pack("{s:s}", "$ref", MARK_KEY));
	return type;
}

/* The members that differ from those that NetBox has. */
static json_t *changed_members(const json_t *type, const json_t *row)
{
	json_t *set = json_object(), *value;
	const char *name;

	json_object_foreach ((json_t *)(uintptr_t)type, name, value)
		if (!json_equal(value, json_object_get(row, name)))
			json_object_set(set, name, value);
	return set;
}

/* Their values stay until people delete the fields. */
static void note_removed(const json_t *want, const json_t *row)
{
	const char *name;
	json_t *field;

	json_object_foreach (json_object_get(row, "schema_fields"), name, field)
		if (sb_list_holds(json_object_get(want, "removed"), json_object_get(field, "id")))
			sb_log(SB_LOG_INFO,
			       "the custom object type \"%s\" in NetBox has the field \"%s\" of an "
			       "earlier version, which is no longer written: delete it there when "
			       "nobody needs its values",
			       sb_json_str(want, "slug"), name);
}

static int plan_type(struct sb_run *run, const json_t *want, const json_t *row,
		     const char *instance, int account, struct sb_error *err)
{
	const struct sb_kind *kind =
		sb_kinds_find(sb_registry_kinds(run->registry), SB_KIND_OBJECT_TYPE);
	sb_autojson *type = NULL, *set = NULL;
	char key[128];
	int rc = 0;

	if (row)
		rc = sb_home_type_merge(want, row, run->netbox_instance, &type, err);
	else
		type = new_type(run, want, instance);
	if (rc < 0)
		return rc;
	set = row ? changed_members(type, row) : json_incref(type);
	if (!set)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	note_removed(want, row);
	snprintf(key, sizeof(key), "shared/" SB_KIND_OBJECT_TYPE "/%s", sb_json_str(want, "slug"));
	return sb_bootstrap_change(run, kind, key, row, set, account, NULL, err);
}

/* A type of people with the name that ours needs. NetBox has names once, and a schema that it
 * refuses for that is worse than an error: until it is started again, the process of NetBox that
 * took it answers 500 to each deletion of an object that our types refer to (plugin 0.7.1). */
static int check_name(const json_t *types, const json_t *want, struct sb_error *err)
{
	const char *slug = sb_json_str(want, "slug"), *name = sb_json_str(want, "name"), *other;
	json_t *row;

	json_object_foreach ((json_t *)(uintptr_t)types, other, row)
		if (!sb_streq(other, slug) && sb_streq(sb_json_str(row, "name"), name))
			return sb_fail(err, SB_E_CONFIG,
				       "NetBox has a custom object type \"%.64s\" with the name "
				       "\"%.64s\", which the type \"%.64s\" needs: give it another "
				       "name or delete it, or set inventory = \"fields\"",
				       other, name, slug);
	return 0;
}

/* Does NetBox have the plugin? It had, when its objects got this home: the rest of bootstrap does
 * not need it. */
static bool has_plugin(struct sb_run *run)
{
	struct sb_error why = SB_ERROR_INIT;

	if (sb_objects_version(run->netbox, &why) == 0)
		return true;
	sb_log(SB_LOG_WARN, "types of custom objects are neither made nor checked: %s", why.text);
	return false;
}

int sb_bootstrap_types(struct sb_run *run, const char *instance, struct sb_error *err)
{
	const struct sb_kinds *kinds = sb_registry_kinds(run->registry);
	const struct sb_kind *kind = sb_kinds_find(kinds, SB_KIND_OBJECT_TYPE);
	int account =
		sb_account_open(run, SB_STAGE_SHARED, kind, "shared/" SB_KIND_OBJECT_TYPE "/");
	const struct sb_home_kind *home;
	sb_autojson *types = NULL;
	size_t i;
	int rc;

	if (account < 0)
		return sb_fail(err, account, "out of memory");
	if (!has_plugin(run))
		return 0;
	rc = sb_objects_home_types(run, &types, err);
	for (i = 0; !rc && (home = sb_kinds_home(kinds, i)); i++) {
		sb_autojson *want = sb_home_type(kinds, home);
		const json_t *row = json_object_get(types, sb_home_slug(home));

		rc = want ? check_name(types, want, err)
			  : sb_fail(err, SB_E_NOMEM, "out of memory");
		if (!rc)
			rc = plan_type(run, want, row, instance, account, err);
	}
	return rc;
}

static int add_missing_rights(struct sb_run *run, const json_t *types, json_t *missing,
			      struct sb_error *err)
{
	const struct sb_home_kind *home;
	char type[64];
	size_t i;
	int rc = 0;

	for (i = 0; !rc && (home = sb_kinds_home(sb_registry_kinds(run->registry), i)); i++) {
		const json_t *row = json_object_get(types, sb_home_slug(home));

		sb_objects_type(json_integer_value(json_object_get(row, "id")), type);
		if (row)
			rc = sb_objects_rights(run->http, run->netbox, home->objects, type, missing,
					       err);
	}
	return rc;
}

void sb_bootstrap_rights(struct sb_run *run)
{
	struct sb_error why = SB_ERROR_INIT;
	sb_autojson *types = NULL, *missing = json_array();
	sb_autobuf text = SB_BUF_INIT(8192);
	const json_t *name;
	size_t i;

	if (sb_objects_home_types(run, &types, &why) < 0 ||
	    add_missing_rights(run, types, missing, &why) < 0) {
		sb_log(SB_LOG_WARN,
		       "NetBox does not say what the token may do with the custom objects of "
		       "stagebox: %s",
		       why.text);
		return;
	}
	json_array_foreach (missing, i, name)
		sb_buf_add_item(&text, json_string_value(name));
	if (text.len)
		sb_log(SB_LOG_WARN,
		       "the token lacks %s: grant its user view, add, change and delete on these "
		       "object types (Admin > Permissions); NetBox has them only since the types "
		       "were made, and a sync skips their stages until then",
		       sb_buf_str(&text));
}
