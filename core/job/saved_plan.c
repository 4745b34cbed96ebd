/* SPDX-License-Identifier: Apache-2.0 */
/* The mode "apply": ops of a saved plan are checked against NetBox and counted, so that they are
 * applied and accounted like new ones. */
#include "job/saved_plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "diff/elsewhere.h"
#include "diff/shared.h"
#include "job/plan_origin.h"
#include "job/plan_rules.h"
#include "job/plan_stages.h"
#include "model/journal.h"
#include "model/key.h"
#include "run/account.h"
#include "run/fetch.h"
#include "run/inventory.h"
#include "run/policies.h"
#include "stagebox/json.h"

enum { MAX_PARTS = 100000 }; /* of one object, in a plan file */

/* The account of a stage and kind, opened at its first op; SB_E_NOMEM. */
static int find_account(struct sb_run *run, size_t stage, const struct sb_kind *kind)
{
	size_t i;

	if (stage != SB_STAGE_SHARED)
		run->stages[stage].selected = true;
	for (i = 0; i < run->diff->n_accounts; i++) {
		if (run->diff->accounts[i].kind == kind && run->diff->accounts[i].stage == stage &&
		    !run->diff->accounts[i].fields_only)
			return (int)i;
	}
	return sb_account_open(run, stage, kind, "");
}

/* Count an object that an earlier op of the plan counted: once for each stage that writes it. */
static int count_again(struct sb_run *run, struct sb_op *op, int first, json_t *counted)
{
	size_t stage = sb_run_find_stage(run, op->stage);
	sb_autobuf name = SB_BUF_INIT(2048);

	op->account = first;
	if (sb_account_at(run, first)->stage == stage)
		return 0;
	if (stage != SB_STAGE_SHARED)
		run->stages[stage].selected = true;
	op->account = sb_account_fields(run, stage, op->kind);
	sb_buf_addf(&name, "%s\x1f%s", op->key, op->stage);
	if (op->account < 0 || name.failed)
		return SB_E_NOMEM;
	if (json_object_get(counted, sb_buf_str(&name)))
		return 0;
	sb_account_at(run, op->account)->seen++;
	return json_object_set_new(counted, sb_buf_str(&name), json_true()) < 0 ? SB_E_NOMEM : 0;
}

static int count_action(struct sb_run *run, struct sb_op *op)
{
	size_t stage = sb_run_find_stage(run, op->stage);
	int rc;

	run->stages[stage].selected = true;
	op->account = sb_account_actions(run, stage, op->kind);
	rc = op->account < 0 ? op->account : sb_account_count_once(run, op->account, op->key);
	return rc < 0 ? rc : 0;
}

/* Count each op for its stage and kind; several ops of one object and stage count once. counted:
 * accounts by key; null for an object that only leaves. */
static int count_op(struct sb_run *run, struct sb_op *op, json_t *counted)
{
	const json_t *known = json_object_get(counted, op->key);
	struct sb_account *account;
	int i;

	if (op->verb == SB_ACT)
		return count_action(run, op);
	if (op->verb == SB_UPDATE && !op->releases && json_is_null(known))
		return 0; /* what is done to an object before it is deleted counts as its delete */
	if (op->verb != SB_DELETE && !op->releases && json_is_integer(known))
		return count_again(run, op, (int)json_integer_value(known), counted);
	i = find_account(run, sb_run_find_stage(run, op->stage), op->kind);
	if (i < 0)
		return i;
	op->account = i;
	account = sb_account_at(run, i);
	if (op->verb == SB_DELETE || op->releases) {
		account->before++;
		return 0;
	}
	json_object_set_new(counted, op->key, json_integer(i));
	account->seen++;
	if (op->verb == SB_UPDATE && op->kind->flags & SB_KIND_OWNED) {
		account->before++;
		account->matched++;
	}
	return 0;
}

/* The parts that NetBox deletes with the object of a delete, as the plan counted them: once for
 * each key, also where the plan deletes a duplicate as well. */
static int count_parts(struct sb_run *run, const struct sb_op *op, const json_t *parts)
{
	const json_t *stages = json_object_get(parts, op->key);
	const char *stage, *name;
	json_t *kinds, *n;

	if (json_object_get(run->diff->cascades, op->key))
		return 0;
	json_object_foreach ((json_t *)(uintptr_t)stages, stage, kinds) {
		json_object_foreach (kinds, name, n) {
			const struct sb_kind *kind =
				sb_kinds_find(sb_registry_kinds(run->registry), name);
			json_int_t left = json_integer_value(n);
			json_t *list = json_object_get(run->diff->cascades, op->key);
			int account =
				kind ? find_account(run, sb_run_find_stage(run, stage), kind) : 0;

			if (account < 0)
				return SB_E_NOMEM;
			if (!kind || left < 0 ||
			    left > MAX_PARTS - (json_int_t)json_array_size(list))
				continue;
			if (!list) {
				list = json_array();
				json_object_set_new(run->diff->cascades, op->key, list);
			}
			sb_account_at(run, account)->before += (uint64_t)left;
			for (; left; left--)
				json_array_append_new(list, json_integer(account));
		}
	}
	return 0;
}

/* Does the plan delete the object of a key that NetBox has now, or an object above it? Then the key
 * is free when the delete is done, as for a guest whose VMID was reused. */
static bool is_replaced(const struct sb_table *deleted, const char *key)
{
	char above[512];
	size_t len = strlen(key);

	if (len >= sizeof(above))
		return false;
	memcpy(above, key, len + 1);
	do {
		if (sb_table_get(deleted, above))
			return true;
	} while (sb_key_cut(above));
	return false;
}

/* The keys of NetBox's objects that the plan deletes; a delete of another object than the one that
 * has the key now frees nothing. */
static int index_deletes(const struct sb_run *run, struct sb_table *deleted)
{
	const struct sb_plan *plan = &run->diff->plan;
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < plan->n; i++) {
		const struct sb_op *op = &plan->ops[i];
		struct sb_table *rows = sb_snapshot_list(run->snap, op->kind->name)->rows;

		if (op->verb == SB_DELETE && op->state != SB_OP_SKIPPED &&
		    !(op->kind->flags & SB_KIND_UNMARKED) &&
		    sb_table_id(rows, op->key) == op->target)
			rc = sb_table_put(deleted, op->key, "");
	}
	return rc;
}

/* A delete whose replacement is not created would lose the object. */
static void skip_delete_of(struct sb_run *run, const struct sb_op *create)
{
	size_t i;

	for (i = 0; i < run->diff->plan.n; i++) {
		struct sb_op *op = &run->diff->plan.ops[i];

		if (op->verb != SB_DELETE || op->kind != create->kind ||
		    !sb_streq(op->key, create->key))
			continue;
		op->state = SB_OP_SKIPPED;
		free(op->cause);
		op->cause = strdup("its replacement is not created");
	}
}

/* Does NetBox have the shared object that a create would make? An earlier endpoint of this plan may
 * have created it. Its id is noted for those that refer to it. Returns 1, 0, or SB_E_NOMEM. */
static int find_shared(struct sb_run *run, const struct sb_op *op)
{
	const struct sb_nb_list *list = sb_snapshot_list(run->snap, op->kind->name);
	sb_autojson *set = sb_op_get(op, SB_OP_SET), *row = NULL;

	if (sb_table_get(list->rows, op->key))
		return 1;
	row = sb_shared_find_placed(list, set);
	if (!row)
		return 0;
	return sb_table_put_json(run->diff->adopted, op->key, row) < 0 ? SB_E_NOMEM : 1;
}

/* Do not send a create whose object exists now, or may exist. */
static int check_create(struct sb_run *run, struct sb_op *op, const struct sb_table *deleted)
{
	const struct sb_nb_list *list = sb_snapshot_list(run->snap, op->kind->name);
	const char *cause = NULL;
	int found;

	if (op->verb != SB_CREATE || sb_kind_is_journal(op->kind))
		return 0;
	if (list->known != SB_KNOWN_COMPLETE) {
		cause = "NetBox's list of its kind is incomplete: it may exist already";
	} else if (op->kind->flags & SB_KIND_SHARED) {
		found = find_shared(run, op);
		if (found > 0)
			op->state = SB_OP_ALREADY;
		return found < 0 ? found : 0;
	} else if (!sb_table_get(list->rows, op->key) || is_replaced(deleted, op->key)) {
		return 0;
	} else {
		cause = "it was created in NetBox after the plan was made: plan again";
	}
	op->state = SB_OP_SKIPPED;
	op->cause = strdup(cause);
	skip_delete_of(run, op);
	return 0;
}

/* A plan takes an object of another endpoint only when that endpoint lacks it, as a sync does; only
 * then it clears a reference to it there. */
static void check_move(const struct sb_run *run, struct sb_op *op)
{
	const struct sb_op *freed_for = sb_elsewhere_move_of(run, op);
	sb_autojson *was =
		op->verb == SB_UPDATE ? sb_op_get(freed_for ? freed_for : op, SB_OP_WAS) : NULL;
	const char *from = sb_json_str(was, "stagebox_key");
	size_t len = strlen(run->slug);

	if (!from || (strncmp(from, run->slug, len) == 0 && from[len] == '/') ||
	    sb_elsewhere_is_vanished(run, from))
		return;
	op->state = SB_OP_SKIPPED;
	op->cause = strdup("it belongs to another endpoint, which still has it: plan again");
}

/* A guest that people took into their hands since the plan was made: its parts have no old value
 * that would show it. */
static void check_switch(const struct sb_run *run, struct sb_op *op)
{
	bool is_update = op->verb == SB_UPDATE && !op->releases && op->state != SB_OP_SKIPPED;
	sb_autojson *set = is_update ? sb_op_get(op, SB_OP_SET) : NULL;
	const char *name;
	json_t *value;

	json_object_foreach (set, name, value) {
		const struct sb_kind_field *field = sb_kind_field(op->kind, name);

		if (!field || !sb_policy_yields(run, op->kind, field, op->key, NULL))
			continue;
		op->state = SB_OP_SKIPPED;
		op->cause = strdup("its guest has " SB_MANAGE_FIELD
				   ", which was set in NetBox after the plan was made: plan again");
		return;
	}
}

static int check_creates(struct sb_run *run)
{
	struct sb_table *deleted = sb_table_create();
	size_t i;
	int rc = deleted ? index_deletes(run, deleted) : SB_E_NOMEM;

	for (i = 0; !rc && i < run->diff->plan.n; i++) {
		rc = check_create(run, &run->diff->plan.ops[i], deleted);
		check_move(run, &run->diff->plan.ops[i]);
		check_switch(run, &run->diff->plan.ops[i]);
	}
	sb_table_destroy(deleted);
	return rc;
}

/* Does the op take away a second object of its key, so that the first one stays? */
static bool is_of_duplicate(const struct sb_run *run, const struct sb_op *op)
{
	return sb_nb_list_has_duplicate(sb_snapshot_list(run->snap, op->kind->name), op->key,
					op->target);
}

/* Note the objects that the plan deletes or gives back and does not create. */
static int note_leaving(const struct sb_run *run, json_t *counted)
{
	const struct sb_plan *plan = &run->diff->plan;
	size_t i;
	int rc = 0;

	for (i = 0; rc >= 0 && i < plan->n; i++) {
		const struct sb_op *op = &plan->ops[i];

		if ((op->verb == SB_DELETE || op->releases) &&
		    !(op->kind->flags & SB_KIND_UNMARKED) && !is_of_duplicate(run, op))
			rc = json_object_set_new(counted, op->key, json_null());
	}
	for (i = 0; rc >= 0 && i < plan->n; i++) {
		if (plan->ops[i].verb == SB_CREATE)
			json_object_del(counted, plan->ops[i].key);
	}
	return rc < 0 ? SB_E_NOMEM : 0;
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
		rc = sb_plan_check_stages(run, err);
	if (!rc)
		rc = sb_plan_check_rules(run, err);
	if (!rc)
		rc = sb_plan_link(plan, err);
	if (!rc && note_leaving(run, counted) < 0)
		rc = sb_fail(err, SB_E_NOMEM, "out of memory");
	for (i = 0; !rc && i < plan->n; i++) {
		if (count_op(run, &plan->ops[i], counted) < 0 ||
		    (plan->ops[i].verb == SB_DELETE && !is_of_duplicate(run, &plan->ops[i]) &&
		     count_parts(run, &plan->ops[i], json_object_get(part, "parts")) < 0))
			rc = sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	return rc;
}

int sb_plan_take(struct sb_run *run, const json_t *part, int64_t lists_at_s, struct sb_error *err)
{
	const char *instance = sb_json_str(part, "netbox");
	const char *slug = sb_json_str(part, "endpoint");
	struct sb_io *io = sb_http_io(run->http);
	int64_t now_ms = io->ops->now_ms(io);
	size_t i;
	int rc;

	if (!instance || !sb_streq(instance, run->netbox_instance))
		return sb_fail(err, SB_E_REFUSED,
			       "the plan was made for another NetBox (instance id %s, this one has "
			       "%s): plan again",
			       instance ? instance : "missing", run->netbox_instance);
	if (!slug || !sb_streq(slug, run->slug))
		return sb_fail(err, SB_E_ARG, "the plan is for endpoint %s, not for %s",
			       slug ? slug : "\"\"", run->slug);
	rc = sb_plan_check_origin(run, part, err);
	if (rc < 0)
		return rc;
	/* Read all lists of NetBox, and nothing from Proxmox VE. */
	for (i = 0; i < sb_registry_n_stages(run->registry); i++) {
		run->stages[i].needed = true;
		run->stages[i].fetch_started = run->stages[i].fetch_done = true;
		run->stages[i].began_ms = run->stages[i].ended_ms = now_ms;
	}
	rc = sb_inventory_open(run, err);
	if (!rc)
		rc = sb_fetch(run, lists_at_s, err);
	if (rc < 0)
		return rc;
	run->diff = sb_diff_create();
	if (!run->diff)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	rc = take_ops(run, part, err);
	if (!rc && check_creates(run) < 0)
		rc = sb_fail(err, SB_E_NOMEM, "out of memory");
	return rc;
}
