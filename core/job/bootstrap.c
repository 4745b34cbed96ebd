/* SPDX-License-Identifier: Apache-2.0 */
/* Preparing NetBox for the first sync. */
#include "job/bootstrap.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/session.h"
#include "stagebox/json.h"

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

/* The object types that need a field: of all kinds with that flag. */
static json_t *types_for(const struct sb_run *run, unsigned flag)
{
	const struct sb_kinds *kinds = sb_registry_kinds(run->registry);
	json_t *types = json_array();
	size_t i;

	for (i = 0; i < sb_kinds_count(kinds); i++) {
		const struct sb_kind *kind = sb_kinds_at(kinds, i);

		if (kind->flags & flag && !(kind->flags & SB_KIND_UNMARKED) &&
		    sb_kind_available(run, kind->name))
			json_array_append_new(types, json_string(kind->object_type));
	}
	return types;
}

/* The union of NetBox's object types and ours: removing a type would delete its values. */
static json_t *merge_types(const json_t *theirs, const json_t *ours)
{
	json_t *all = json_deep_copy(theirs), *member;
	size_t i;

	if (!all)
		return json_deep_copy(ours);
	json_array_foreach (ours, i, member) {
		if (!sb_value_holds(all, member))
			json_array_append(all, member);
	}
	return all;
}

static int plan_field(struct sb_run *run, const json_t *row, const char *name, const char *wanted,
		      const char *label, const char *description, json_t *types_take, int account,
		      struct sb_error *err)
{
	sb_autojson *types = types_take;
	const struct sb_kind *kind =
		sb_kinds_find(sb_registry_kinds(run->registry), "custom-field");
	const json_t *has = json_object_get(row, "object_types");
	const char *type = sb_json_str(json_object_get(row, "type"), "value");
	json_t *set;
	char key[128];
	struct sb_op *op;

	snprintf(key, sizeof(key), "shared/custom-field/%s", name);
	sb_account_at(run, account)->seen++;
	if (type && !sb_streq(type, wanted))
		return sb_fail(
			err, SB_E_CONFLICT,
			"NetBox has a custom field \"%s\" of type %s instead of %s: rename or "
			"delete it",
			name, type, wanted);
	if (!row) {
		set = json_pack("{s:s, s:s, s:s, s:s, s:O, s:s, s:s, s:s, s:i}", "name", name,
				"label", label, "type", wanted, "description", description,
				"object_types", types, "filter_logic", "exact", "ui_visible",
				sb_streq(wanted, "text") ? "if-set" : "hidden", "ui_editable", "no",
				"search_weight", 0);
		op = sb_plan_add(&run->diff->plan, kind, SB_CREATE, key, "shared", "needed", set,
				 NULL);
	} else {
		sb_autojson *all = merge_types(has, types);

		set = json_object();
		if (json_array_size(all) != json_array_size(has))
			json_object_set(set, "object_types", all);
		if (description[0] && sb_starts_with(description, SB_INSTANCE_PREFIX) &&
		    !run->netbox_instance)
			json_object_set_new(set, "description", json_string(description));
		if (!json_object_size(set)) {
			json_decref(set);
			sb_account_at(run, account)->same++;
			return 0;
		}
		op = sb_plan_add(&run->diff->plan, kind, SB_UPDATE, key, "shared", "incomplete",
				 set, json_pack("{s:O}", "object_types", has));
		if (op)
			op->target = json_integer_value(json_object_get(row, "id"));
	}
	if (!op)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	op->account = account;
	return 0;
}

int sb_bootstrap_plan(struct sb_run *run, struct sb_error *err)
{
	const struct sb_kind *kind =
		sb_kinds_find(sb_registry_kinds(run->registry), "custom-field");
	sb_autojson *key = NULL, *birth = NULL, *adopted = NULL;
	char description[128] = SB_INSTANCE_PREFIX;
	int account, rc;

	run->diff = sb_diff_create();
	if (!run->diff)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	account = sb_account_open(run, SB_STAGE_SHARED, kind, "shared/custom-field/");
	if (account < 0)
		return sb_fail(err, account, "out of memory");
	make_uuid(sb_http_io(run->http), description + strlen(SB_INSTANCE_PREFIX),
		  sizeof(description) - strlen(SB_INSTANCE_PREFIX));
	rc = sb_session_field(run, "stagebox_key", &key, err);
	if (!rc)
		rc = sb_session_field(run, "stagebox_birth", &birth, err);
	if (!rc)
		rc = sb_session_field(run, "stagebox_adopted", &adopted, err);
	if (!rc)
		rc = plan_field(run, key, "stagebox_key", "text", "stagebox key", description,
				types_for(run, SB_KIND_OWNED), account, err);
	if (!rc)
		rc = plan_field(
			run, birth, "stagebox_birth", "text", "stagebox birth",
			"instance id: distinguishes a guest from earlier ones with its VMID",
			types_for(run, SB_KIND_BIRTH), account, err);
	if (!rc)
		rc = plan_field(
			run, adopted, "stagebox_adopted", "boolean", "stagebox adopted",
			"people or another tool made the object: it is released, not deleted",
			types_for(run, SB_KIND_OWNED), account, err);
	return rc;
}
