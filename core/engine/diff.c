/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over all stages, repeated while questions to the network are left. */
#include <stdlib.h>
#include <string.h>

#include "engine/want.h"
#include "stagebox/json.h"
#include "stagebox/log.h"

#define MAX_PASSES 8

void sb_diff_destroy(struct sb_diff *diff)
{
	size_t i;

	if (!diff)
		return;
	sb_plan_finish(&diff->plan);
	for (i = 0; i < diff->n_accounts; i++)
		free(diff->accounts[i].prefix);
	free(diff->accounts);
	for (i = 0; i < diff->n_questions; i++) {
		free(diff->questions[i].text);
		free(diff->questions[i].key);
	}
	free(diff->questions);
	sb_table_destroy(diff->ends);
	sb_table_destroy(diff->created);
	sb_table_destroy(diff->adopted);
	sb_table_destroy(diff->updates);
	sb_table_destroy(diff->fading);
	json_decref(diff->demands);
	json_decref(diff->conflicts);
	json_decref(diff->misses);
	json_decref(diff->settled);
	json_decref(diff->cascades);
	json_decref(diff->candidates);
	json_decref(diff->pruned);
	free(diff);
}

struct sb_diff *sb_diff_create(void)
{
	struct sb_diff *diff = calloc(1, sizeof(*diff));

	if (!diff)
		return NULL;
	diff->ends = sb_table_create();
	diff->created = sb_table_create();
	diff->adopted = sb_table_create();
	diff->updates = sb_table_create();
	diff->fading = sb_table_create();
	diff->demands = json_object();
	diff->conflicts = json_array();
	diff->misses = json_object();
	diff->settled = json_object();
	diff->cascades = json_object();
	diff->candidates = json_array();
	diff->pruned = json_object();
	if (diff->ends && diff->created && diff->adopted && diff->updates && diff->fading &&
	    diff->demands && diff->conflicts && diff->misses && diff->settled && diff->cascades &&
	    diff->candidates && diff->pruned)
		return diff;
	sb_diff_destroy(diff);
	return NULL;
}

/* The first hard predecessor that has no result, or NULL. */
static const struct sb_stage_entry *broken_need(struct sb_run *run, size_t i)
{
	const struct sb_stage_entry *stage = sb_registry_stage(run->registry, i);
	size_t j;

	for (j = 0; j < stage->n_after; j++) {
		if (run->stages[stage->after[j]].status >= SB_STAGE_FAILED)
			return sb_registry_stage(run->registry, stage->after[j]);
	}
	return NULL;
}

/* A stage that failed half-way leaves no op and no count behind. */
static void forget_stage(struct sb_run *run, size_t stage, size_t n_ops, size_t n_accounts)
{
	struct sb_plan *plan = &run->diff->plan;
	struct sb_plan dropped = {0};
	size_t i, kept = n_ops;
	const char *name = sb_run_stage_name(run, stage);

	for (i = n_ops; i < plan->n; i++) {
		struct sb_op op = plan->ops[i];

		if (strcmp(op.stage, name) != 0) { /* shared objects that it demanded stay */
			plan->ops[kept] = op;
			plan->ops[kept].seq = kept;
			kept++;
			continue;
		}
		dropped = (struct sb_plan){.ops = calloc(1, sizeof(op)), .n = 1, .room = 1};
		if (dropped.ops) {
			dropped.ops[0] = op;
			sb_plan_finish(&dropped);
		}
	}
	plan->n = kept;
	for (i = n_accounts; i < run->diff->n_accounts; i++) {
		struct sb_account *account = &run->diff->accounts[i];
		char *prefix = account->prefix;

		if (account->stage != stage)
			continue;
		*account = (struct sb_account){
			.stage = stage, .kind = account->kind, .prefix = prefix};
	}
}

static void diff_stage(struct sb_run *run, size_t i)
{
	const struct sb_stage_entry *stage = sb_registry_stage(run->registry, i);
	const struct sb_stage_entry *broken = broken_need(run, i);
	struct sb_error err = SB_ERROR_INIT;
	size_t n_ops = run->diff->plan.n, n_accounts = run->diff->n_accounts;
	int rc;

	run->current = i;
	if (run->stages[i].status >= SB_STAGE_FAILED)
		return;
	if (broken) {
		sb_fail(&err, SB_E_STATE, "stage %s has no result", broken->stage.name);
		run->stages[i].status = SB_STAGE_SKIPPED;
		run->stages[i].why = err;
		return;
	}
	if (!stage->stage.diff)
		return;
	sb_run_announce(run, i);
	rc = stage->stage.diff(run, &err);
	if (rc >= 0)
		return;
	forget_stage(run, i, n_ops, n_accounts);
	if (!err.code)
		sb_fail(&err, rc, "diff failed without a word");
	sb_run_fail_stage(run, i, &err);
}

static int pass(struct sb_run *run, const struct sb_stage_run *after_fetch, struct sb_error *err)
{
	size_t i, n = sb_registry_n_stages(run->registry);

	sb_diff_destroy(run->diff);
	run->diff = sb_diff_create();
	if (!run->diff)
		return sb_fail(err, SB_E_NOMEM, "diff: out of memory");
	memcpy(run->stages, after_fetch, n * sizeof(*run->stages));
	run->shared_stage.status = SB_STAGE_OK;
	run->shared_stage.n_reasons = 0;
	for (i = 0; i < n; i++) {
		if (run->stages[i].needed)
			diff_stage(run, i);
	}
	if (sb_block_find(run) < 0)
		return sb_fail(err, SB_E_NOMEM, "diff: out of memory");
	return 0;
}

int sb_diff_all(struct sb_run *run, struct sb_error *err)
{
	size_t n = sb_registry_n_stages(run->registry);
	struct sb_stage_run *after_fetch = calloc(n + 1, sizeof(*after_fetch));
	int i, rc = after_fetch ? 0 : sb_fail(err, SB_E_NOMEM, "diff: out of memory");

	if (!rc)
		memcpy(after_fetch, run->stages, n * sizeof(*after_fetch));
	for (i = 0; !rc && i < MAX_PASSES; i++) {
		rc = pass(run, after_fetch, err);
		if (rc < 0 || (!run->diff->n_questions && !run->diff->once_more))
			break;
		sb_log(SB_LOG_DEBUG, "diff asks: pass=%d questions=%zu", i, run->diff->n_questions);
		rc = sb_questions_ask(run, err);
	}
	if (!rc && run->diff->n_questions)
		rc = sb_fail(err, SB_E_STATE, "diff: questions to NetBox do not come to an end");
	free(after_fetch);
	return rc;
}
