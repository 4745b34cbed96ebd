/* SPDX-License-Identifier: Apache-2.0 */
/* The mode "apply": ops of a saved plan are checked against NetBox and counted, so that they are
 * applied and accounted like new ones. */
#include "job/saved_plan.h"

#include <string.h>

#include "run/fetch.h"
#include "stagebox/json.h"

enum { MAX_PARTS = 100000 }; /* of one object, in a plan file */

static size_t stage_position(const struct sb_run *run, const char *name)
{
	size_t i;

	for (i = 0; i < sb_registry_n_stages(run->registry); i++) {
		if (sb_streq(sb_registry_stage(run->registry, i)->stage.name, name))
			return i;
	}
	return SB_STAGE_SHARED;
}

/* The account of a stage and kind, opened at its first op; SB_E_NOMEM. */
static int find_account(struct sb_run *run, size_t stage, const struct sb_kind *kind)
{
	size_t i;

	if (stage != SB_STAGE_SHARED)
		run->stages[stage].selected = true;
	for (i = 0; i < run->diff->n_accounts; i++) {
		if (run->diff->accounts[i].kind == kind && run->diff->accounts[i].stage == stage)
			return (int)i;
	}
	return sb_account_open(run, stage, kind, "");
}

/* Count each op for its stage and kind; several ops of one object count once. */
static int count_op(struct sb_run *run, struct sb_op *op, json_t *counted)
{
	int i = find_account(run, stage_position(run, op->stage), op->kind);
	struct sb_account *account;

	if (i < 0)
		return i;
	op->account = i;
	account = sb_account_at(run, i);
	if (op->verb == SB_DELETE) {
		account->before++;
		return 0;
	}
	if (!json_object_get(counted, op->key)) {
		json_object_set_new(counted, op->key, json_integer(i));
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

/* The parts that NetBox deletes with the object of a delete, as the plan counted them. */
static int count_parts(struct sb_run *run, const struct sb_op *op, const json_t *parts)
{
	const json_t *stages = json_object_get(parts, op->key);
	const char *stage, *name;
	json_t *kinds, *n;

	json_object_foreach ((json_t *)(uintptr_t)stages, stage, kinds) {
		json_object_foreach (kinds, name, n) {
			const struct sb_kind *kind =
				sb_kinds_find(sb_registry_kinds(run->registry), name);
			json_int_t left = json_integer_value(n);
			json_t *list = json_object_get(run->diff->cascades, op->key);
			int account =
				kind ? find_account(run, stage_position(run, stage), kind) : 0;

			if (account < 0)
				return SB_E_NOMEM;
			if (!kind || left < 0 || left > MAX_PARTS)
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

/* Do not send a create whose object exists now, or may exist. */
static void check_create(struct sb_run *run, struct sb_op *op)
{
	const struct sb_nb_list *list = sb_snapshot_list(run->snap, op->kind->name);
	const char *cause = NULL;

	if (op->verb != SB_CREATE)
		return;
	if (list->known != SB_KNOWN_COMPLETE)
		cause = "NetBox's list of its kind is incomplete: it may exist already";
	else if (!sb_table_get(list->rows, op->key))
		return;
	else if (op->kind->flags & SB_KIND_SHARED)
		op->state = SB_OP_ALREADY;
	else
		cause = "it was created in NetBox after the plan was made: plan again";
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
		if (count_op(run, &plan->ops[i], counted) < 0 ||
		    (plan->ops[i].verb == SB_DELETE &&
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
	/* Read all lists of NetBox, and nothing from Proxmox VE. */
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
