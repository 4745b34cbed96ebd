/* SPDX-License-Identifier: Apache-2.0 */
/* Preparing NetBox for the first sync. */
#include "job/bootstrap.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "job/bootstrap_types.h"
#include "model/custom_fields.h"
#include "model/custom_link.h"
#include "run/account.h"
#include "run/events.h"
#include "run/inventory.h"
#include "run/session.h"
#include "stagebox/json.h"
#include "stagebox/log.h"

/* A random UUID (version 4) as text. */
static void make_uuid(struct sb_io *io, char *ret_text, size_t room)
{
	uint64_t high = io->ops->random(io), low = io->ops->random(io);

	high = (high & ~UINT64_C(0xf000)) | UINT64_C(0x4000);
	low = (low & ~(UINT64_C(3) << 62)) | (UINT64_C(2) << 62);
	snprintf(ret_text, room,
		 "%08" PRIx64 "-%04" PRIx64 "-%04" PRIx64 "-%04" PRIx64 "-%012" PRIx64, high >> 32,
		 (high >> 16) & 0xffff, high & 0xffff, low >> 48, low & UINT64_C(0xffffffffffff));
}

/* The object types that need a field: of all kinds that carry it and that this NetBox has. */
static json_t *types_for(const struct sb_run *run, const struct sb_custom_field *field)
{
	const struct sb_kinds *kinds = sb_registry_kinds(run->registry);
	json_t *types = json_array();
	size_t i;

	for (i = 0; i < sb_kinds_count(kinds); i++) {
		const struct sb_kind *kind = sb_kinds_at(kinds, i);

		if (sb_custom_field_on(field, kind) && sb_run_has_kind(run, kind->name))
			json_array_append_new(types, json_string(kind->object_type));
	}
	return types;
}

/* The row of that name in the list of a shared kind; *ret_row NULL = there is none. */
static int read_named(struct sb_run *run, const struct sb_kind *kind, const char *wanted,
		      json_t **ret_row, struct sb_error *err)
{
	sb_autobuf path = SB_BUF_INIT(512);
	sb_autojson *list = NULL;
	const json_t *row;
	size_t i;
	int rc;

	sb_buf_addf(&path, "%s/?limit=50&name=", kind->path);
	sb_buf_add_url(&path, wanted);
	rc = sb_session_get(run, sb_buf_str(&path), &list, err);
	if (rc < 0)
		return rc;
	json_array_foreach (json_object_get(list, "results"), i, row) {
		const char *name = sb_json_str(row, "name");

		if (name && sb_streq(name, wanted) && !*ret_row)
			*ret_row = sb_value_flatten(kind, row);
	}
	return 0;
}

/* The choices that NetBox has, and those that it lacks; each is its own label. NULL = it lacks
 * none: a value of people stays, because objects may have it. */
static json_t *missing_choices(const struct sb_custom_field *field, const json_t *row)
{
	const json_t *has = json_object_get(row, "extra_choices"), *pair;
	json_t *all = row ? json_deep_copy(has) : json_array();
	const char *const *choice;
	size_t i, n = json_array_size(all);

	for (choice = field->choices; *choice; choice++) {
		bool is_there = false;

		json_array_foreach (has, i, pair) {
			const char *value = json_string_value(json_array_get(pair, 0));

			is_there |= value && sb_streq(value, *choice);
		}
		if (!is_there)
			json_array_append_new(all, json_pack("[s, s]", *choice, *choice));
	}
	if (json_array_size(all) > n)
		return all;
	json_decref(all);
	return NULL;
}

/* The set of choices that a field has now, which people may have renamed. */
static int read_set(struct sb_run *run, const struct sb_kind *kind, const json_t *id,
		    json_t **ret_row, struct sb_error *err)
{
	sb_autobuf path = SB_BUF_INIT(256);
	sb_autojson *data = NULL;
	int rc;

	sb_buf_addf(&path, "%s/%" JSON_INTEGER_FORMAT "/", kind->path, json_integer_value(id));
	rc = sb_session_get(run, sb_buf_str(&path), &data, err);
	if (rc < 0)
		return rc;
	*ret_row = sb_value_flatten(kind, data);
	return *ret_row ? 0 : sb_fail(err, SB_E_SHAPE, "NetBox: a set of choices without id");
}

/* Plan the set of choices of a field. set_id: the one that the field has now. *ret_ref: its id, or
 * the key under which it is created. */
static int plan_choices(struct sb_run *run, const struct sb_custom_field *field,
			const json_t *set_id, json_t **ret_ref, struct sb_error *err)
{
	const struct sb_kind *kind =
		sb_kinds_find(sb_registry_kinds(run->registry), SB_KIND_OF_CHOICES);
	sb_autojson *row = NULL, *set = json_object(), *choices = NULL;
	int account = sb_account_open(run, SB_STAGE_SHARED, kind, "shared/" SB_KIND_OF_CHOICES "/");
	char key[128];
	int rc;

	if (account < 0 || !set)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	rc = json_is_integer(set_id) ? read_set(run, kind, set_id, &row, err)
				     : read_named(run, kind, field->name, &row, err);
	if (rc < 0)
		return rc;
	snprintf(key, sizeof(key), "shared/" SB_KIND_OF_CHOICES "/%s", field->name);
	choices = missing_choices(field, row);
	if (choices)
		json_object_set(set, "extra_choices", choices);
	if (!row)
		json_object_set_new(set, "name", json_string(field->name));
	*ret_ref = row ? json_incref(json_object_get(row, "id")) : json_pack("{s:s}", "$ref", key);
	return sb_bootstrap_change(run, kind, key, row, set, account, NULL, err);
}

static int plan_field(struct sb_run *run, const struct sb_custom_field *field, const json_t *found,
		      const char *description, int account, struct sb_error *err)
{
	const struct sb_kind *kind =
		sb_kinds_find(sb_registry_kinds(run->registry), "custom-field");
	sb_autojson *types = types_for(run, field), *set = NULL;
	sb_autojson *row = found ? sb_value_flatten(kind, found) : NULL;
	const char *type = sb_json_str(row, "type");
	char key[128];

	snprintf(key, sizeof(key), "shared/custom-field/%s", field->name);
	if (type && !sb_streq(type, field->type))
		return sb_fail(
			err, SB_E_CONFLICT,
			"NetBox has a custom field \"%s\" of type %s instead of %s: rename or "
			"delete it",
			field->name, type, field->type);
	set = sb_custom_field_missing(field, row, types);
	if (!set || (found && !row))
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	if (field->choices) {
		json_t *choices = NULL;
		int rc =
			plan_choices(run, field, json_object_get(row, "choice_set"), &choices, err);

		if (rc < 0)
			return rc;
		if (row)
			json_decref(choices);
		else
			json_object_set_new(set, "choice_set", choices);
	}
	if (*description && !(row && sb_json_str(row, "description") &&
			      sb_streq(sb_json_str(row, "description"), description)))
		json_object_set_new(set, "description", json_string(description));
	else if (!row)
		json_object_set_new(set, "description", json_string(field->description));
	return sb_bootstrap_change(run, kind, key, row, set, account, NULL, err);
}

static int plan_fields(struct sb_run *run, const char *mark, enum sb_inventory inventory,
		       struct sb_error *err)
{
	const struct sb_kinds *kinds = sb_registry_kinds(run->registry);
	const struct sb_kind *kind = sb_kinds_find(kinds, "custom-field");
	int account = sb_account_open(run, SB_STAGE_SHARED, kind, "shared/custom-field/"), rc;
	const struct sb_custom_field *field;
	sb_autojson *rows = NULL;
	size_t i;

	if (account < 0)
		return sb_fail(err, account, "out of memory");
	rc = sb_session_custom_fields(run, &rows, err);
	for (i = 0; !rc && (field = sb_custom_field_used(kinds, i)); i++)
		if (field->use != SB_CUSTOM_HOME || inventory == SB_INVENTORY_FIELDS)
			rc = plan_field(run, field, json_object_get(rows, field->name),
					sb_streq(field->name, "stagebox_key") ? mark : "", account,
					err);
	return rc;
}

static int plan_link(struct sb_run *run, struct sb_error *err)
{
	const struct sb_kind *kind = sb_kinds_find(sb_registry_kinds(run->registry), "custom-link");
	const json_t *endpoints = json_object_get(run->conf, "endpoints");
	sb_autojson *row = NULL, *set = NULL;
	struct sb_error why = SB_ERROR_INIT;
	int account, rc;

	if (!json_is_true(json_object_get(json_object_get(run->conf, "netbox"), "custom_links")))
		return 0;
	rc = read_named(run, kind, SB_CUSTOM_LINK_NAME, &row, &why);
	if (rc == SB_E_FORBIDDEN) { /* the link is a convenience: a sync does not need it */
		sb_log(SB_LOG_WARN,
		       "the custom link \"%s\" is neither created nor updated: %s: grant the token "
		       "view, add and change on %s, or set netbox.custom_links = false",
		       SB_CUSTOM_LINK_NAME, why.text, kind->object_type);
		return 0;
	}
	if (rc < 0) {
		if (err)
			*err = why;
		return rc;
	}
	set = sb_custom_link_missing(row, endpoints);
	account = sb_account_open(run, SB_STAGE_SHARED, kind, "shared/custom-link/");
	if (!set || account < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	return sb_bootstrap_change(run, kind, "shared/custom-link/" SB_CUSTOM_LINK_NAME, row, set,
				   account, NULL, err);
}

int sb_bootstrap_prepare(struct sb_run *run, const char *instance, const char *mark,
			 enum sb_inventory inventory, struct sb_error *err)
{
	int rc = plan_fields(run, mark, inventory, err);

	run->inventory = inventory;
	if (!rc && inventory == SB_INVENTORY_OBJECTS)
		rc = sb_bootstrap_types(run, instance, err);
	return rc;
}

int sb_bootstrap_plan(struct sb_run *run, struct sb_error *err)
{
	enum sb_inventory inventory = SB_INVENTORY_NONE;
	char instance[40], mark[128];
	int rc;

	run->diff = sb_diff_create();
	if (!run->diff)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	if (run->netbox_instance)
		snprintf(instance, sizeof(instance), "%s", run->netbox_instance);
	else
		make_uuid(sb_http_io(run->http), instance, sizeof(instance));
	rc = sb_inventory_choose(run, &inventory, err);
	if (rc < 0)
		return rc;
	sb_bootstrap_mark(instance,
			  inventory == SB_INVENTORY_NONE ? "" : sb_inventory_word(inventory),
			  run->inventory_former, mark, sizeof(mark));
	rc = sb_bootstrap_prepare(run, instance, mark, inventory, err);
	return rc < 0 ? rc : plan_link(run, err);
}

/* Made, or for more object types than before. */
static bool is_made(const struct sb_op *op)
{
	sb_autojson *set = sb_op_get(op, SB_OP_SET);

	return sb_streq(op->kind->name, "custom-field") && op->state == SB_OP_DONE &&
	       json_object_get(set, "object_types");
}

void sb_bootstrap_report(struct sb_run *run)
{
	const struct sb_plan *plan = &run->diff->plan;
	size_t i;

	for (i = 0; i < plan->n; i++)
		if (is_made(&plan->ops[i]))
			sb_event_send(run->events,
				      json_pack("{s:s, s:s}", "ev", "field_made", "field",
						strrchr(plan->ops[i].key, '/') + 1));
	if (run->inventory == SB_INVENTORY_OBJECTS)
		sb_bootstrap_rights(run);
}
