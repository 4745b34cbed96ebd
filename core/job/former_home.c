/* SPDX-License-Identifier: Apache-2.0 */
#include "job/former_home.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "model/custom_fields.h"
#include "model/extras.h"
#include "model/home_type.h"
#include "netbox/types.h"
#include "run/account.h"
#include "run/home_types.h"
#include "run/objects_home.h"
#include "run/session.h"
#include "stagebox/json.h"
#include "stagebox/log.h"

_Static_assert((int)SB_TYPE_LAST_ID == (int)SB_HOME_ADOPTED_ID, "both are our last field");

static int plan_delete(struct sb_run *run, const char *kind_name, const char *name,
		       const json_t *id, struct sb_error *err)
{
	const struct sb_kind *kind = sb_kinds_find(sb_registry_kinds(run->registry), kind_name);
	char key[160], prefix[80];
	struct sb_op *op;
	int account;

	snprintf(key, sizeof(key), "shared/%s/%s", kind_name, name);
	snprintf(prefix, sizeof(prefix), "shared/%s/", kind_name);
	account = sb_account_of(run, kind, key);
	if (account < 0)
		account = sb_account_open(run, SB_STAGE_SHARED, kind, prefix);
	op = account < 0 ? NULL
			 : sb_plan_add(&run->diff->plan, kind, SB_DELETE, key, "shared",
				       SB_FORMER_HOME, NULL, NULL);
	if (!op)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	op->target = json_integer_value(id);
	op->account = account;
	sb_account_at(run, account)->before++;
	return 0;
}

/* Custom objects */

/* Removing a type deletes the fields and objects of people, too. Returns why it stays; NULL = it
 * has none. */
static const char *find_people(struct sb_run *run, const struct sb_home_kind *home,
			       const json_t *row, char *ret_text, size_t room)
{
	const char *name;
	json_t *field, *object;
	sb_autojson *rows = NULL;
	size_t i;

	json_object_foreach (json_object_get(row, "schema_fields"), name, field) {
		int64_t id = INT64_MAX;

		sb_json_int(field, "id", &id);
		if (id > SB_TYPE_LAST_ID) {
			snprintf(ret_text, room, "people added the field \"%.64s\" to it", name);
			return ret_text;
		}
	}
	if (sb_netbox_list_wait(run->netbox, home->objects, "", "id,stagebox_key", &rows, NULL) < 0)
		return "its objects cannot be read";
	json_array_foreach (rows, i, object) {
		const char *key = sb_json_str(object, "stagebox_key");

		if (!key || !strchr(key, '/'))
			return "people made objects of it";
	}
	return NULL;
}

static int remove_type(struct sb_run *run, const struct sb_home_kind *home, const json_t *types,
		       struct sb_error *err)
{
	const json_t *row = json_object_get(types, sb_home_slug(home));
	const char *why;
	char text[200];

	if (!row || !sb_home_type_is_ours(row, run->netbox_instance))
		return 0;
	why = find_people(run, home, row, text, sizeof(text));
	if (!why)
		return plan_delete(run, SB_KIND_OBJECT_TYPE, sb_home_slug(home),
				   json_object_get(row, "id"), err);
	sb_log(SB_LOG_WARN,
	       "the custom object type \"%s\" stays, because %s: delete it in NetBox when nobody "
	       "needs it",
	       sb_home_slug(home), why);
	return 0;
}

static int remove_types(struct sb_run *run, struct sb_error *err)
{
	const struct sb_kinds *kinds = sb_registry_kinds(run->registry);
	const struct sb_home_kind *home;
	sb_autojson *types = NULL;
	size_t i;
	int rc = 0;

	if (sb_objects_version(run->netbox, NULL) < 0)
		return 0; /* the plugin is gone, and its objects with it */
	rc = sb_objects_home_types(run, &types, err);
	for (i = 0; !rc && (home = sb_kinds_home(kinds, i)); i++)
		rc = remove_type(run, home, types, err);
	return rc;
}

/* Fields */

static bool is_kind_with_home(const struct sb_kinds *kinds, const char *name)
{
	const struct sb_kind *kind = sb_kinds_find(kinds, name);

	return kind && sb_kind_has_home(kind);
}

/* Does a document have members that are not ours? */
static bool has_others(const struct sb_kinds *kinds, const json_t *document)
{
	const char *name;
	json_t *member;

	if (!json_is_object(document))
		return document && !json_is_null(document);
	json_object_foreach ((json_t *)(uintptr_t)document, name, member)
		if (!sb_streq(name, "truncated") && !is_kind_with_home(kinds, name))
			return true;
	return false;
}

/* Do people have something in the documents of the field? */
static int find_others(struct sb_run *run, const struct sb_custom_field *field, bool *ret_has,
		       struct sb_error *err)
{
	const struct sb_kinds *kinds = sb_registry_kinds(run->registry);
	const json_t *row;
	size_t i, j;
	int rc = 0;

	*ret_has = false;
	for (i = 0; !rc && i < sb_kinds_count(kinds); i++) {
		const struct sb_kind *kind = sb_kinds_at(kinds, i);
		sb_autojson *rows = NULL;

		if (!sb_custom_field_on(field, kind))
			continue;
		rc = sb_netbox_list_wait(run->netbox, kind->path, "", "id,custom_fields", &rows,
					 err);
		json_array_foreach (rows, j, row)
			*ret_has = *ret_has ||
				   has_others(kinds,
					      json_object_get(json_object_get(row, "custom_fields"),
							      field->name));
	}
	return rc;
}

static int remove_field(struct sb_run *run, const struct sb_custom_field *field, const json_t *rows,
			struct sb_error *err)
{
	const json_t *row = json_object_get(rows, field->name);
	bool has;
	int rc;

	if (!row)
		return 0;
	rc = find_others(run, field, &has, err);
	if (rc < 0)
		return rc;
	if (!has)
		return plan_delete(run, SB_KIND_CUSTOM_FIELD, field->name,
				   json_object_get(row, "id"), err);
	sb_log(SB_LOG_WARN,
	       "the custom field \"%s\" stays, because it has values that are not of stagebox: "
	       "delete it in NetBox when nobody needs them",
	       field->name);
	return 0;
}

static int remove_fields(struct sb_run *run, struct sb_error *err)
{
	const struct sb_custom_field *field;
	sb_autojson *rows = NULL;
	size_t i;
	int rc = sb_session_custom_fields(run, &rows, err);

	for (i = 0; !rc && (field = sb_kinds_custom(sb_registry_kinds(run->registry), i)); i++)
		if (field->use == SB_CUSTOM_HOME)
			rc = remove_field(run, field, rows, err);
	return rc;
}

int sb_former_home_remove(struct sb_run *run, enum sb_inventory former, struct sb_error *err)
{
	return former == SB_INVENTORY_OBJECTS ? remove_types(run, err) : remove_fields(run, err);
}

/* Modules that are not loaded */

static bool is_known_type(const struct sb_kinds *kinds, const char *slug)
{
	const struct sb_home_kind *home;
	size_t i;

	for (i = 0; (home = sb_kinds_home(kinds, i)); i++)
		if (sb_streq(sb_home_slug(home), slug))
			return true;
	return false;
}

static int add_unknown_types(struct sb_run *run, struct sb_buf *names, struct sb_error *err)
{
	const struct sb_kinds *kinds = sb_registry_kinds(run->registry);
	sb_autojson *types = NULL;
	const char *slug;
	json_t *row;
	int rc;

	if (sb_objects_version(run->netbox, err) < 0)
		return SB_E_CONFIG;
	rc = sb_objects_home_types(run, &types, err);
	json_object_foreach (types, slug, row)
		if (sb_home_type_is_ours(row, run->netbox_instance) && !is_known_type(kinds, slug))
			sb_buf_add_item(names, slug);
	return rc;
}

static int add_unknown_fields(struct sb_run *run, struct sb_buf *names, struct sb_error *err)
{
	const struct sb_kinds *kinds = sb_registry_kinds(run->registry);
	sb_autojson *rows = NULL;
	const json_t *row;
	size_t i;
	int rc = sb_netbox_list_wait(run->netbox, "extras/custom-fields", "", "id,name,description",
				     &rows, err);

	json_array_foreach (rows, i, row) {
		const char *name = sb_json_str(row, "name");
		const char *description = sb_json_str(row, "description");

		if (name && description && sb_streq(description, SB_HOME_DESCRIPTION) &&
		    !sb_custom_field_added(kinds, name, NULL))
			sb_buf_add_item(names, name);
	}
	return rc;
}

int sb_former_home_check(struct sb_run *run, enum sb_inventory former, struct sb_error *err)
{
	sb_autobuf names = SB_BUF_INIT(2048);
	int rc = former == SB_INVENTORY_OBJECTS ? add_unknown_types(run, &names, err)
						: add_unknown_fields(run, &names, err);

	if (!rc && names.len)
		rc = sb_fail(err, SB_E_CONFIG,
			     "the home that would be left has objects of modules that are not "
			     "loaded: %.300s: load these modules, or delete that in NetBox",
			     sb_buf_str(&names));
	return rc;
}
