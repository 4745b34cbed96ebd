/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over all stages, repeated while questions to the network are left. */
#include "diff/diff.h"

#include <stdlib.h>
#include <string.h>

#include "diff/ask.h"
#include "diff/block.h"
#include "diff/hidden.h"
#include "diff/move.h"
#include "diff/release.h"
#include "diff/union.h"
#include "run/callback.h"
#include "run/door.h"
#include "stagebox/json.h"
#include "stagebox/log.h"

#define MAX_PASSES     8
#define MAX_LOG_PASSES 8 /* in which one stage may ask NetBox's change log */

/* A stage that fails half-way may have edited the ops of other stages, so the caller repeats the
 * pass without it. False = the stage failed. */
static bool diff_stage(struct sb_run *run, size_t i)
{
	const struct sb_stage_entry *stage = sb_registry_stage(run->registry, i);
	struct sb_error err = SB_ERROR_INIT;
	int rc;

	if (run->stages[i].status >= SB_STAGE_FAILED)
		return true;
	if (sb_run_skip_after_broken(run, i) || !stage->stage.diff)
		return true;
	sb_callback_begin(&run->stages[i], SB_PHASE_DIFF);
	rc = stage->stage.diff(&run->stages[i], stage->stage.arg, &err);
	sb_callback_end(&run->stages[i]);
	if (sb_door_result(rc, "diff", &err) < 0)
		sb_run_fail_stage(run, i, &err);
	return run->stages[i].status != SB_STAGE_FAILED; /* also by what a function of it refused */
}

/* The statuses of all stages before a pass: a repeated pass starts from them. */
struct statuses {
	struct sb_stage_run *stages;
	struct sb_stage_run shared;
	size_t n;
	unsigned *log_passes; /* per stage: passes in which it asked the change log */
};

static void save_statuses(struct statuses *base, const struct sb_run *run)
{
	memcpy(base->stages, run->stages, base->n * sizeof(*base->stages));
	base->shared = run->shared_stage;
}

static void restore_statuses(const struct statuses *base, struct sb_run *run)
{
	memcpy(run->stages, base->stages, base->n * sizeof(*base->stages));
	run->shared_stage = base->shared;
}

static int make_pass(struct sb_run *run, struct statuses *base, struct sb_error *err)
{
	size_t i;

	if (run->diff) {
		sb_map_destroy(run->snap->released);
		run->snap->released = sb_steal(run->diff->released);
	}
	sb_diff_destroy(run->diff);
	run->diff = sb_diff_create();
	if (!run->diff)
		return sb_fail(err, SB_E_NOMEM, "diff: out of memory");
	restore_statuses(base, run);
	for (i = 0; i < base->n; i++) {
		if (!run->stages[i].needed || diff_stage(run, i))
			continue;
		base->stages[i].status = SB_STAGE_FAILED;
		base->stages[i].why = run->stages[i].why;
		run->diff->once_more = true;
		return 0;
	}
	if (sb_release_finish(run) < 0 || sb_union_finish(run) < 0)
		return sb_fail(err, SB_E_NOMEM, "diff: out of memory");
	if (!run->diff->n_questions && !run->diff->once_more && sb_move_order(run) < 0)
		return sb_fail(err, SB_E_NOMEM, "diff: out of memory");
	sb_plan_pack(&run->diff->plan);
	/* Open questions may still add ops that free a name, so blocks are found last. */
	if (!run->diff->n_questions && !run->diff->once_more && sb_block_find(run) < 0)
		return sb_fail(err, SB_E_NOMEM, "diff: out of memory");
	return 0;
}

static void fail_asker(const struct sb_run *run, struct statuses *base, size_t stage)
{
	struct sb_error *why = &base->stages[stage].why;

	*why = (struct sb_error)SB_ERROR_INIT;
	base->stages[stage].status = SB_STAGE_FAILED;
	sb_fail(why, SB_E_STATE,
		"diff of stage %s asked NetBox's change log for further objects in %u passes "
		"(sb_nb_changes()): it must ask for all objects in the first pass: report this to "
		"the author of the module",
		sb_run_stage_name(run, stage), base->log_passes[stage]);
}

/* A stage that asks the change log for one object in each pass ends itself, not the run. True = all
 * questions of the pass are such questions, so that these passes need no other limit. */
static bool count_log_passes(const struct sb_run *run, struct statuses *base)
{
	const struct sb_diff *diff = run->diff;
	size_t i, j, n_log = 0;

	for (i = 0; i < base->n; i++) {
		size_t n = 0;

		for (j = 0; j < diff->n_questions; j++)
			n += diff->questions[j].type == SB_ASK_LOG && diff->questions[j].stage == i;
		base->log_passes[i] += n > 0;
		if (n && base->log_passes[i] > MAX_LOG_PASSES)
			fail_asker(run, base, i);
		n_log += n;
	}
	return n_log && n_log == diff->n_questions && !diff->once_more;
}

static int repeat_passes(struct sb_run *run, struct statuses *base, struct sb_error *err)
{
	size_t i;
	int rc;

	for (i = 0; i < MAX_PASSES + base->n; i++) {
		run->in_pass = true;
		rc = make_pass(run, base, err);
		run->in_pass = false;
		if (rc < 0)
			return rc;
		if (!run->diff->n_questions && !run->diff->once_more) {
			rc = sb_hidden_check(run, err);
			if (rc <= 0)
				return rc;
			restore_statuses(base, run);
			continue;
		}
		sb_log(SB_LOG_DEBUG, "diff questions: pass=%zu questions=%zu", i,
		       run->diff->n_questions);
		restore_statuses(base, run);
		rc = sb_questions_ask(run, err);
		if (rc < 0)
			return rc;
		save_statuses(base, run);
		i -= count_log_passes(run, base);
	}
	return sb_fail(err, SB_E_STATE,
		       "diff: questions to the servers are still open after %zu passes: report "
		       "this defect with a recording (--record)",
		       i);
}

int sb_diff_all(struct sb_run *run, struct sb_error *err)
{
	struct statuses base = {.n = sb_registry_n_stages(run->registry)};
	int rc;

	base.stages = calloc(base.n + 1, sizeof(*base.stages));
	base.log_passes = calloc(base.n + 1, sizeof(*base.log_passes));
	run->shared_stage.status = SB_STAGE_OK;
	run->shared_stage.n_reasons = 0;
	if (base.stages && base.log_passes) {
		save_statuses(&base, run);
		rc = repeat_passes(run, &base, err);
	} else {
		rc = sb_fail(err, SB_E_NOMEM, "diff: out of memory");
	}
	free(base.stages);
	free(base.log_passes);
	return rc;
}
