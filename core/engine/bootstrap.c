/* SPDX-License-Identifier: Apache-2.0 */
/* What NetBox needs before the first sync. */
#include "engine/bootstrap.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/fetch.h"
#include "engine/saved_plan.h"
#include "engine/session.h"
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

/* The object types that carry a field: every owned kind, or those with a birth. */
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

/* What we want and NetBox has, in one set: taking a type away would delete its values. */
static json_t *joined(const json_t *theirs, const json_t *ours)
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

static int plan_field(struct sb_run *run, const json_t *row, const char *name, const char *label,
		      const char *description, json_t *types_take, int account,
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
	if (type && !sb_streq(type, "text"))
		return sb_fail(
			err, SB_E_CONFLICT,
			"NetBox has a custom field \"%s\" of type %s: it must be of type text; "
			"rename or delete it",
			name, type);
	if (!row) {
		set = json_pack("{s:s, s:s, s:s, s:s, s:O, s:s, s:s, s:s, s:i}", "name", name,
				"label", label, "type", "text", "description", description,
				"object_types", types, "filter_logic", "exact", "ui_visible",
				"if-set", "ui_editable", "no", "search_weight", 0);
		op = sb_plan_add(&run->diff->plan, kind, SB_CREATE, key, "shared", "needed", set,
				 NULL);
	} else {
		sb_autojson *all = joined(has, types);

		set = json_object();
		if (json_array_size(all) != json_array_size(has))
			json_object_set(set, "object_types", all);
		if (description[0] && sb_starts_with(description, SB_MARK_PREFIX) &&
		    !run->netbox_mark)
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
	sb_autojson *key = NULL, *birth = NULL;
	char description[128] = SB_MARK_PREFIX;
	int account, rc;

	run->diff = sb_diff_create();
	if (!run->diff)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	account = sb_account_open(run, SB_STAGE_SHARED, kind, "shared/custom-field/");
	if (account < 0)
		return sb_fail(err, account, "out of memory");
	make_uuid(sb_http_io(run->http), description + strlen(SB_MARK_PREFIX),
		  sizeof(description) - strlen(SB_MARK_PREFIX));
	rc = sb_session_field(run, "stagebox_key", &key, err);
	if (!rc)
		rc = sb_session_field(run, "stagebox_birth", &birth, err);
	if (!rc)
		rc = plan_field(run, key, "stagebox_key", "stagebox key", description,
				types_for(run, SB_KIND_OWNED), account, err);
	if (!rc)
		rc = plan_field(run, birth, "stagebox_birth", "stagebox birth",
				"tells a reused number from the guest that had it before",
				types_for(run, SB_KIND_BIRTH), account, err);
	return rc;
}

/* Plans from a file */

static size_t stage_position(const struct sb_run *run, const char *name)
{
	size_t i;

	for (i = 0; i < sb_registry_n_stages(run->registry); i++) {
		if (sb_streq(sb_registry_stage(run->registry, i)->stage.name, name))
			return i;
	}
	return SB_STAGE_SHARED;
}

/* Each op counts for its stage and kind; several ops of one object are one object. */
static int count_op(struct sb_run *run, struct sb_op *op, json_t *counted)
{
	size_t stage = stage_position(run, op->stage), i;
	struct sb_account *account;

	if (op->kind->flags & SB_KIND_UNMARKED)
		return 0;
	for (i = 0; i < run->diff->n_accounts; i++) {
		if (run->diff->accounts[i].kind == op->kind &&
		    run->diff->accounts[i].stage == stage)
			break;
	}
	if (i == run->diff->n_accounts && sb_account_open(run, stage, op->kind, "") < 0)
		return SB_E_NOMEM;
	op->account = (int)i;
	account = sb_account_at(run, (int)i);
	if (stage != SB_STAGE_SHARED)
		run->stages[stage].selected = true;
	if (op->verb == SB_DELETE) {
		account->before++;
		return 0;
	}
	if (!json_object_get(counted, op->key)) {
		json_object_set_new(counted, op->key, json_integer((json_int_t)i));
		account->seen++;
		if (op->verb == SB_UPDATE && op->kind->flags & SB_KIND_OWNED) {
			account->before++;
			account->matched++;
		}
	} else {
		op->account = (int)json_integer_value(json_object_get(counted, op->key));
	}
	return 0;
}

/* A create whose object came into being since the plan was made. */
static void check_create(struct sb_run *run, struct sb_op *op)
{
	const struct sb_nb_list *list = sb_snapshot_list(run->snap, op->kind->name);
	const char *cause = NULL;

	if (op->verb != SB_CREATE)
		return;
	if (list->known != SB_KNOWN_COMPLETE)
		cause = "NetBox's list of its kind could not be read whole";
	else if (!sb_table_get(list->rows, op->key))
		return;
	else if (op->kind->flags & SB_KIND_SHARED)
		op->state = SB_OP_ALREADY;
	else
		cause = "it was created in NetBox meanwhile: plan again";
	if (cause) {
		op->state = SB_OP_SKIPPED;
		op->cause = strdup(cause);
	}
}

static int take_ops(struct sb_run *run, const json_t *part, struct sb_error *err)
{
	struct sb_plan *plan = &run->diff->plan;
	sb_autojson *counted = json_object();
	size_t i;
	int rc;

	rc = sb_plan_from_json(plan, sb_registry_kinds(run->registry),
			       json_object_get(part, "shared"), err);
	if (!rc)
		rc = sb_plan_from_json(plan, sb_registry_kinds(run->registry),
				       json_object_get(part, "ops"), err);
	if (!rc)
		rc = sb_plan_link(plan, err);
	for (i = 0; !rc && i < plan->n; i++) {
		if (count_op(run, &plan->ops[i], counted) < 0)
			rc = sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	return rc;
}

int sb_plan_take(struct sb_run *run, const json_t *part, int64_t lists_at_s, struct sb_error *err)
{
	const char *mark = sb_json_str(part, "netbox");
	const char *slug = sb_json_str(part, "endpoint");
	struct sb_io *io = sb_http_io(run->http);
	int64_t now_ms = io->ops->now_ms(io);
	size_t i;
	int rc;

	if (!mark || !sb_streq(mark, run->netbox_mark))
		return sb_fail(err, SB_E_REFUSED,
			       "the plan was made for another NetBox (mark %s, this one has %s)",
			       mark ? mark : "missing", run->netbox_mark);
	if (!slug || !sb_streq(slug, run->slug))
		return sb_fail(err, SB_E_ARG, "the plan is of endpoint %s, not of %s",
			       slug ? slug : "\"\"", run->slug);
	/* All lists, no source: nothing is fetched of Proxmox VE. */
	for (i = 0; i < sb_registry_n_stages(run->registry); i++) {
		run->stages[i].needed = true;
		run->stages[i].fetch_started = run->stages[i].fetch_done = true;
		run->stages[i].began_ms = run->stages[i].ended_ms = now_ms;
	}
	rc = sb_fetch(run, lists_at_s, err);
	if (rc < 0)
		return rc;
	run->diff = sb_diff_create();
	if (!run->diff)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	rc = take_ops(run, part, err);
	for (i = 0; !rc && i < run->diff->plan.n; i++)
		check_create(run, &run->diff->plan.ops[i]);
	return rc;
}
