/* SPDX-License-Identifier: Apache-2.0 */
/* Turns counters, ops and statuses of a run into record, plan document and exit code. */
#include "job/outcome.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/exit.h"
#include "diff/duplicates.h"
#include "model/run_record.h"
#include "run/account.h"
#include "run/dead.h"
#include "run/notes.h"
#include "run/refusal.h"
#include "stagebox/json.h"

static const char *const status_words[] = {
	[SB_STAGE_OK] = "ok",
	[SB_STAGE_PARTIAL] = "partial",
	[SB_STAGE_FAILED] = "failed",
	[SB_STAGE_SKIPPED] = "skipped",
};

static json_t *counts_of(const struct sb_account *sum)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "create",
			 (json_int_t)sum->created, "update", (json_int_t)sum->updated, "same",
			 (json_int_t)sum->same, "delete", (json_int_t)sum->deleted, "release",
			 (json_int_t)sum->released, "skipped", (json_int_t)sum->skipped, "failed",
			 (json_int_t)sum->failed, "unknown", (json_int_t)sum->unknown, "gone",
			 (json_int_t)sum->gone);
}

static void add_counts(struct sb_account *sum, const struct sb_account *part)
{
	sum->seen += part->seen;
	sum->created += part->created;
	sum->updated += part->updated;
	sum->same += part->same;
	sum->skipped += part->skipped;
	sum->failed += part->failed;
	sum->unknown += part->unknown;
	sum->before += part->before;
	sum->matched += part->matched;
	sum->deleted += part->deleted;
	sum->released += part->released;
	sum->kept += part->kept;
	sum->gone += part->gone;
}

/* The counters of a stage and kind, whose objects may be in several accounts. */
static json_t *counts_of_kind(const struct sb_run *run, size_t stage, const struct sb_kind *kind)
{
	struct sb_account sum = {0};
	json_t *counts;
	size_t i;

	for (i = 0; i < run->diff->n_accounts; i++)
		if (run->diff->accounts[i].stage == stage && run->diff->accounts[i].kind == kind)
			add_counts(&sum, &run->diff->accounts[i]);
	counts = counts_of(&sum);
	json_object_set_new(counts, "seen", json_integer((json_int_t)sum.seen));
	json_object_set_new(counts, "before", json_integer((json_int_t)sum.before));
	json_object_set_new(counts, "matched", json_integer((json_int_t)sum.matched));
	/* Released objects stay in NetBox, too: before = matched + delete + kept. */
	json_object_set_new(counts, "kept", json_integer((json_int_t)(sum.kept + sum.released)));
	return counts;
}

/* The counters of a stage by kind, at the source and in NetBox. */
static json_t *kind_counts(struct sb_run *run, size_t stage, struct sb_account *ret_sum)
{
	json_t *kinds = json_object();
	size_t i;

	for (i = 0; run->diff && i < run->diff->n_accounts; i++) {
		const struct sb_account *account = &run->diff->accounts[i];

		if (account->stage != stage)
			continue;
		add_counts(ret_sum, account);
		if (!json_object_get(kinds, account->kind->name))
			json_object_set_new(kinds, account->kind->name,
					    counts_of_kind(run, stage, account->kind));
	}
	return kinds;
}

static const char *resource_of(const struct sb_run *run, size_t stage)
{
	return stage == SB_STAGE_SHARED ? "shared"
					: sb_registry_stage(run->registry, stage)->resource;
}

static json_t *failed_ops(struct sb_run *run, const char *stage)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; run->diff && i < run->diff->plan.n; i++) {
		const struct sb_op *op = &run->diff->plan.ops[i];

		if (!sb_streq(op->stage, stage) || !op->cause ||
		    (op->state != SB_OP_FAILED && op->state != SB_OP_SKIPPED))
			continue;
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:s, s:s, s:s}", "key", op->key, "kind",
					op->kind->name, "verb", sb_op_word(op), "state",
					op->state == SB_OP_FAILED ? "failed" : "skipped", "cause",
					op->cause));
	}
	return list;
}

/* Shared objects that this run uses and that NetBox has more than once: it does not enforce every
 * natural key. [{"key", "ids"}] with the ids that are not used; NULL when there are none. */
static json_t *shared_duplicates(const struct sb_run *run)
{
	sb_autojson *found = json_object();
	json_t *list = NULL, *ids;
	const json_t *row;
	const char *key;
	size_t i, j;

	for (i = 0; run->diff && i < run->snap->n_lists; i++) {
		const struct sb_nb_list *rows = &run->snap->lists[i];

		for (j = 0; rows->kind->flags & SB_KIND_SHARED &&
			    sb_nb_list_duplicate(rows, j, &key, &row);
		     j++) {
			if (!json_object_get(run->diff->demands, key))
				continue;
			if (!json_object_get(found, key))
				json_object_set_new(found, key, json_array());
			json_array_append(json_object_get(found, key), json_object_get(row, "id"));
		}
	}
	json_object_foreach (found, key, ids) {
		list = list ? list : json_array();
		json_array_append_new(list, json_pack("{s:s, s:O}", "key", key, "ids", ids));
	}
	return list;
}

json_t *sb_outcome_stage(struct sb_run *run, size_t stage, int64_t ms)
{
	const struct sb_stage_run *state = sb_run_stage(run, stage);
	struct sb_account sum = {0};
	sb_autojson *kinds = kind_counts(run, stage, &sum);
	sb_autojson *failed = failed_ops(run, sb_run_stage_name(run, stage));
	sb_autojson *left_out = sb_left_out_entries(run, sb_run_stage_name(run, stage));
	sb_autojson *causes = sb_run_causes(run, stage);
	json_t *response = json_pack("{s:o, s:O}", "counts", counts_of(&sum), "kinds", kinds);
	json_t *entry;

	if (json_array_size(failed))
		json_object_set(response, "quarantine", failed);
	if (left_out)
		json_object_set(response, "left_out", left_out);
	if (json_array_size(causes))
		json_object_set(response, "causes", causes);
	entry = json_pack("{s:s, s:s, s:f, s:o}", "resource", resource_of(run, stage), "status",
			  status_words[state->status], "runtime_seconds", (double)ms / 1000.0,
			  "response", response);
	if (entry && json_object_get(run->limits, sb_run_stage_name(run, stage)))
		json_object_set(entry, "limits",
				json_object_get(run->limits, sb_run_stage_name(run, stage)));
	if (json_object_get(run->acted, sb_run_stage_name(run, stage)))
		json_object_set(response, "actions",
				json_object_get(run->acted, sb_run_stage_name(run, stage)));
	if (entry)
		sb_notes_describe(run, stage, entry);
	if (entry && stage == SB_STAGE_SHARED) {
		json_t *duplicates = shared_duplicates(run);

		if (duplicates)
			json_object_set_new(entry, "duplicates", duplicates);
	}
	if (entry && state->status != SB_STAGE_OK) {
		json_object_set_new(entry, "error", json_string(state->why.text));
		json_object_set_new(
			entry, "error_detail",
			sb_dead_detail(run, stage)
				? json_incref(sb_dead_detail(run, stage))
				: json_pack("{s:s, s:i, s:I}", "code", sb_rc_name(state->why.code),
					    "http_status", state->why.http_status, "reasons",
					    (json_int_t)state->n_reasons));
	}
	return entry;
}

/* Does a stage have objects that are as the source wants them? */
static bool has_object_in_step(const struct sb_run *run, size_t stage)
{
	size_t i;

	for (i = 0; i < run->diff->n_accounts; i++) {
		const struct sb_account *account = &run->diff->accounts[i];

		if (account->stage == stage && account->created + account->updated + account->same)
			return true;
	}
	return false;
}

static void note_op_results(struct sb_run *run, size_t stage)
{
	size_t i, n = 0, failed = 0, refused = 0, skipped = 0;
	struct sb_error why;

	for (i = 0; i < run->diff->plan.n; i++) {
		const struct sb_op *op = &run->diff->plan.ops[i];
		bool is_failed = op->state == SB_OP_FAILED;
		const char *cause;

		if (!sb_streq(op->stage, sb_run_stage_name(run, stage)))
			continue;
		n++;
		if (!is_failed && op->state != SB_OP_SKIPPED)
			continue;
		failed += is_failed;
		refused += is_failed && op->is_refused;
		skipped += !is_failed;
		cause = op->root ? op->root : op->cause;
		sb_fail(&why, is_failed ? SB_E_HTTP : SB_E_STATE, "%s", cause ? cause : "");
		sb_run_partial_object(run, stage, is_failed ? SB_EFFECT_FAILED : SB_EFFECT_SKIPPED,
				      op->key, &why);
	}
	/* NetBox works, and refuses a few of many objects: that is partial. */
	if (refused && refused == failed && has_object_in_step(run, stage))
		return;
	if (failed && failed + skipped == n) {
		struct sb_stage_run *state = sb_run_stage(run, stage);

		why = state->why;
		sb_context(&why, SB_E_HTTP, "none of %zu ops succeeded", n);
		sb_run_fail_stage(run, stage, &why);
	}
}

void sb_outcome_ops(struct sb_run *run)
{
	size_t i;

	note_op_results(run, SB_STAGE_SHARED);
	for (i = 0; i < sb_registry_n_stages(run->registry); i++) {
		if (run->stages[i].selected)
			note_op_results(run, i);
	}
}

int sb_outcome_balance(struct sb_run *run, struct sb_error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < run->diff->n_accounts; i++) {
		const struct sb_account *account = &run->diff->accounts[i];

		rc = sb_account_check(account, sb_run_stage_name(run, account->stage), err);
	}
	return rc;
}

/* Stages overlap: each moment is divided among those that are under way. */
static double own_ms(const struct sb_run *run, size_t stage)
{
	const struct sb_stage_run *own = &run->stages[stage];
	size_t n = sb_registry_n_stages(run->registry), i;
	int64_t from = own->began_ms, to;
	double sum = 0;

	for (; from < own->ended_ms; from = to) {
		size_t active = 0;

		to = own->ended_ms; /* the end of the span in which no stage begins or ends */
		for (i = 0; i < n; i++) {
			const struct sb_stage_run *other = &run->stages[i];

			if (!other->selected)
				continue;
			active += other->began_ms <= from && other->ended_ms > from;
			if (other->began_ms > from && other->began_ms < to)
				to = other->began_ms;
			if (other->ended_ms > from && other->ended_ms < to)
				to = other->ended_ms;
		}
		sum += (double)(to - from) / (double)(active ? active : 1);
	}
	return sum;
}

static void set_own_seconds(json_t *entry, double ms)
{
	json_object_set_new(entry, "own_seconds", json_real(ms > 0 ? ms / 1000.0 : 0.0));
}

/* The objects that vanished at the source and are kept; NULL = none. New reference. */
static json_t *list_gone(const struct sb_run *run)
{
	json_t *list, *info, *entry;
	const char *key;

	if (!run->diff || !json_object_size(run->diff->gone))
		return NULL;
	list = json_array();
	json_object_foreach (run->diff->gone, key, info) {
		entry = json_copy(info);
		json_object_set_new(entry, "key", json_string(key));
		json_array_append_new(list, entry);
	}
	return list;
}

json_t *sb_outcome_record(struct sb_run *run, const json_t *select, int64_t ms)
{
	json_t *record = json_object(), *shared = sb_outcome_stage(run, SB_STAGE_SHARED, 0);
	double rest = (double)ms;
	size_t i;

	json_array_append_new(
		sb_run_record_stages(record, "core", select, run->schema, (double)ms / 1000.0),
		shared);
	for (i = 0; i < sb_registry_n_stages(run->registry); i++) {
		const struct sb_stage_entry *stage = sb_registry_stage(run->registry, i);
		json_t *entry;

		if (!run->stages[i].selected)
			continue;
		entry = sb_outcome_stage(run, i, run->stages[i].ended_ms - run->stages[i].began_ms);
		set_own_seconds(entry, own_ms(run, i));
		rest -= own_ms(run, i);
		json_array_append_new(sb_run_record_stages(record, stage->ctx->module->name, select,
							   run->schema, (double)ms / 1000.0),
				      entry);
	}
	set_own_seconds(shared, rest); /* contact, comparison, shared objects */
	if (run->diff && json_array_size(run->diff->conflicts))
		json_object_set(record, "conflicts", run->diff->conflicts);
	if (run->diff && json_array_size(run->diff->kept))
		json_object_set(record, "kept", run->diff->kept);
	if (run->diff && json_array_size(run->diff->similar))
		json_object_set(record, "similar", run->diff->similar);
	if (run->diff && run->diff->overlap)
		json_object_set(record, "overlap", run->diff->overlap);
	json_object_set_new(record, "gone", list_gone(run));
	json_object_set_new(record, "duplicates", sb_duplicates_list(run));
	return record;
}

/* ru_maxrss also counts the memory of the parent at the fork; VmHWM begins with the job's program.
 */
static long peak_kb(const struct rusage *usage)
{
	FILE *status = fopen("/proc/self/status", "re");
	long kb = usage->ru_maxrss;
	char line[128];

	while (status && fgets(line, sizeof(line), status)) {
		if (sb_starts_with(line, "VmHWM:"))
			kb = strtol(line + strlen("VmHWM:"), NULL, 10);
	}
	if (status)
		fclose(status);
	return kb;
}

static double to_seconds(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

json_t *sb_outcome_cost(const struct sb_http *http, unsigned in_flight)
{
	struct sb_http_counts counts = {0};
	struct rusage usage = {0};

	if (http)
		counts = *sb_http_counts(http);
	getrusage(RUSAGE_SELF, &usage);
	return json_pack(
		"{s:f, s:f, s:I, s:I, s:I, s:I, s:I, s:f, s:i}", "cpu_user_s",
		to_seconds(&usage.ru_utime), "cpu_sys_s", to_seconds(&usage.ru_stime), "peak_kb",
		(json_int_t)peak_kb(&usage), "requests", (json_int_t)counts.requests, "retries",
		(json_int_t)counts.retries, "bytes_in", (json_int_t)counts.bytes_in, "bytes_out",
		(json_int_t)counts.bytes_out, "idle_s",
		http ? (double)sb_http_idle_ms(http) / 1000.0 : 0.0, "in_flight", (int)in_flight);
}

/* Which parts are deleted with the object of an op, for `apply`: {"<key>": {"<stage>": {"<kind>":
 * n}}}; NULL = none. New reference. */
static json_t *list_parts(struct sb_run *run)
{
	json_t *all, *list, *member;
	const char *key;
	size_t i;

	if (!json_object_size(run->diff->cascades))
		return NULL;
	all = json_object();
	json_object_foreach (run->diff->cascades, key, list) {
		json_t *stages = json_object();

		json_object_set_new(all, key, stages);
		json_array_foreach (list, i, member) {
			const struct sb_account *account =
				sb_account_at(run, (int)json_integer_value(member));
			const char *stage = sb_run_stage_name(run, account->stage);
			json_t *kinds = json_object_get(stages, stage);

			if (!kinds) {
				kinds = json_object();
				json_object_set_new(stages, stage, kinds);
			}
			json_object_set_new(kinds, account->kind->name,
					    json_integer(json_integer_value(json_object_get(
								 kinds, account->kind->name)) +
							 1));
		}
	}
	return all;
}

json_t *sb_outcome_plan(struct sb_run *run)
{
	json_t *ops = NULL, *shared = NULL, *names = NULL, *refs = NULL, *labels = NULL;
	json_t *stages = json_array();
	size_t i;

	for (i = 0; i <= sb_registry_n_stages(run->registry); i++) {
		size_t stage = i ? i - 1 : SB_STAGE_SHARED;
		json_t *entry;

		if (!sb_run_stage(run, stage)->selected)
			continue;
		entry = sb_outcome_stage(run, stage, 0);
		json_object_del(entry, "runtime_seconds");
		json_object_del(entry, "own_seconds");
		json_object_set_new(entry, "stage", json_string(sb_run_stage_name(run, stage)));
		json_array_append_new(stages, entry);
	}
	if (sb_plan_to_json(&run->diff->plan, &ops, &shared) < 0 ||
	    sb_outcome_names(run, &names, &refs, &labels) < 0) {
		json_decref(stages);
		return NULL;
	}
	return json_pack(
		"{s:s, s:s*, s:s, s:o, s:o, s:o, s:O, s:O*, s:O*, s:o, s:o, s:o, s:o*, s:o*, s:o*, "
		"s:O*}",
		"endpoint", run->slug, "identity", run->pve ? sb_pve_identity(run->pve) : NULL,
		"netbox", run->netbox_instance ? run->netbox_instance : "", "ops", ops, "shared",
		shared, "stages", stages, "conflicts", run->diff->conflicts, "kept",
		json_array_size(run->diff->kept) ? run->diff->kept : NULL, "similar",
		json_array_size(run->diff->similar) ? run->diff->similar : NULL, "names", names,
		"refs", refs, "labels", labels, "parts", list_parts(run), "gone", list_gone(run),
		"duplicates", sb_duplicates_list(run), "overlap", run->diff->overlap);
}

/* Nothing at all reached NetBox, although the source has objects that should have: conflicts, or
 * refusals. */
static bool reflected_nothing(const struct sb_run *run)
{
	uint64_t reflected = 0, left_out = 0;
	size_t i;

	for (i = 0; i < run->diff->n_accounts; i++) {
		const struct sb_account *account = &run->diff->accounts[i];

		if (account->stage == SB_STAGE_SHARED)
			continue;
		reflected += account->created + account->updated + account->same + account->unknown;
		left_out += account->failed;
	}
	return !reflected && (left_out || run->diff->n_blocked);
}

const char *sb_outcome_status(struct sb_run *run, bool is_plan, int *ret_exit)
{
	const char *word = "ok";
	int code = SB_EXIT_OK;
	size_t i;

	for (i = 0; i <= sb_registry_n_stages(run->registry); i++) {
		const struct sb_stage_run *stage = sb_run_stage(run, i ? i - 1 : SB_STAGE_SHARED);

		if (!stage->selected)
			continue;
		if (stage->status >= SB_STAGE_FAILED && !stage->is_absent) {
			word = "failed";
			code = sb_exit_worse(code, SB_EXIT_FAILED);
		} else if (stage->status == SB_STAGE_PARTIAL) {
			word = sb_streq(word, "ok") ? "partial" : word;
			code = sb_exit_worse(code, SB_EXIT_PARTIAL);
		}
	}
	if (sb_streq(word, "ok") && run->diff->n_blocked)
		word = "partial"; /* the code is that of the conflicts */
	if (reflected_nothing(run)) {
		word = "failed";
		code = sb_exit_worse(code, json_array_size(run->diff->conflicts) ? SB_EXIT_CONFLICTS
										 : SB_EXIT_FAILED);
	}
	if (run->diff->gate_refused)
		code = sb_exit_worse(code, SB_EXIT_REFUSED);
	if (json_array_size(run->diff->conflicts))
		code = sb_exit_worse(code, SB_EXIT_CONFLICTS);
	if (is_plan && run->diff->plan.n)
		code = sb_exit_worse(code, SB_EXIT_CHANGES);
	if (!sb_streq(word, "ok") && code == SB_EXIT_OK)
		code = SB_EXIT_PARTIAL;
	*ret_exit = code;
	return word;
}
