/* SPDX-License-Identifier: Apache-2.0 */
/* Plans that come from a file. */
#include "job/saved_plan.h"

#include <string.h>

#include "run/fetch.h"
#include "stagebox/json.h"

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
