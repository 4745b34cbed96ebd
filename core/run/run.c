/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a job and of its stages. */
#include "run/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "run/events.h"
#include "stagebox/json.h"
#include "stagebox/snap.h"

bool sb_run_has_custom(const struct sb_run *run, const char *name, const struct sb_kind *kind)
{
	sb_autojson *type = json_string(kind->object_type);

	/* Objects of a home have our fields as members of their own, or in their document. */
	if (sb_kind_has_home(kind))
		return sb_streq(name, "stagebox_key") || (sb_streq(name, "stagebox_adopted") &&
							  run->inventory == SB_INVENTORY_OBJECTS);
	return !run->custom_types || sb_list_holds(json_object_get(run->custom_types, name), type);
}

void sb_run_note_sent(struct sb_run *run, const json_t *open_requests)
{
	const json_t *request, *entry;
	size_t i, j;

	json_array_foreach (open_requests, i, request) {
		const char *name = sb_json_str(request, "kind");
		const struct sb_kind *kind =
			name ? sb_kinds_find(sb_registry_kinds(run->registry), name) : NULL;

		json_array_foreach (json_object_get(request, "keys"), j, entry) {
			const char *key = sb_json_str(entry, "key");
			const json_t *sent = json_object_get(entry, "sent");
			json_t *flat = kind && key && sent ? sb_value_flatten(kind, sent) : NULL;

			if (!flat)
				continue;
			if (!run->sent)
				run->sent = json_object();
			if (!json_object_get(run->sent, key))
				json_object_set_new(run->sent, key, json_array());
			json_array_append_new(json_object_get(run->sent, key), flat);
		}
	}
}

bool sb_run_has_sent(const struct sb_run *run, const char *key, const struct sb_kind_field *field,
		     const json_t *value)
{
	const json_t *sent, *member;
	size_t i;

	json_array_foreach (json_object_get(run->sent, key), i, sent) {
		member = json_object_get(sent, field->name);
		if (member && sb_value_same(field, member, value))
			return true;
	}
	return false;
}

const char *sb_run_stage_name(const struct sb_run *run, size_t stage)
{
	return stage == SB_STAGE_SHARED ? "shared"
					: sb_registry_stage(run->registry, stage)->stage.name;
}

size_t sb_run_find_stage(const struct sb_run *run, const char *name)
{
	size_t i;

	for (i = 0; i < sb_registry_n_stages(run->registry); i++) {
		if (sb_streq(sb_registry_stage(run->registry, i)->stage.name, name))
			return i;
	}
	return SB_STAGE_SHARED;
}

struct sb_stage_run *sb_run_stage(struct sb_run *run, size_t stage)
{
	return stage == SB_STAGE_SHARED ? &run->shared_stage : &run->stages[stage];
}

/* The causes of a stage that are being noted, made at the first. NULL when out of memory. */
static json_t *open_causes(struct sb_run *run, size_t stage)
{
	json_t **all = run->in_pass && run->diff ? &run->diff->causes : &run->causes, *causes;
	const char *name = sb_run_stage_name(run, stage);

	if (!*all)
		*all = json_object();
	causes = json_object_get(*all, name);
	if (causes)
		return causes;
	causes = json_object();
	return json_object_set_new(*all, name, causes) < 0 ? NULL : causes;
}

void sb_run_note(struct sb_run *run, size_t stage, enum sb_effect effect, const char *key,
		 const struct sb_error *why)
{
	json_t *causes = open_causes(run, stage);

	if (!causes || sb_cause_note(causes, effect, key, why) < 0)
		run->failed_rc = SB_E_NOMEM;
}

json_t *sb_run_causes(struct sb_run *run, size_t stage)
{
	const char *name = sb_run_stage_name(run, stage);

	return sb_causes_list(json_object_get(run->causes, name),
			      json_object_get(run->diff ? run->diff->causes : NULL, name));
}

/* Is this the reason of a smaller key, or of the same key with a smaller text? */
static bool is_before(const struct sb_stage_run *state, const char *key, const struct sb_error *why)
{
	int order = strcmp(key, state->why_key);

	return order < 0 || (order == 0 && strcmp(why->text, state->why.text) < 0);
}

/* Reasons come in the order of the answers, which must not decide which one is shown. Those without
 * a key concern more than one object and come first. */
static void keep_reason(struct sb_stage_run *state, const char *key, const struct sb_error *why)
{
	struct sb_error shown = *why;

	if (*key)
		sb_context(&shown, shown.code, "%s", key);
	if (state->why.code && !is_before(state, key, &shown))
		return;
	state->why = shown;
	snprintf(state->why_key, sizeof(state->why_key), "%s", key);
}

void sb_run_partial_object(struct sb_run *run, size_t stage, enum sb_effect effect, const char *key,
			   const struct sb_error *why)
{
	struct sb_stage_run *state = sb_run_stage(run, stage);

	state->n_reasons++;
	if (why)
		sb_run_note(run, stage, effect, key, why);
	if (state->status > SB_STAGE_PARTIAL)
		return;
	if (state->status == SB_STAGE_OK || state->is_left_out)
		state->why = (struct sb_error)SB_ERROR_INIT;
	state->status = SB_STAGE_PARTIAL;
	state->is_left_out = false;
	if (why)
		keep_reason(state, key ? key : "", why);
}

void sb_run_partial(struct sb_run *run, size_t stage, const struct sb_error *why)
{
	sb_run_partial_object(run, stage, SB_EFFECT_PARTIAL, NULL, why);
}

void sb_run_fail_stage(struct sb_run *run, size_t stage, const struct sb_error *why)
{
	struct sb_stage_run *state = sb_run_stage(run, stage);

	if (state->status > SB_STAGE_FAILED ||
	    (state->status == SB_STAGE_FAILED && strcmp(state->why.text, why->text) <= 0))
		return;
	state->is_left_out = false;
	state->status = SB_STAGE_FAILED;
	state->why = *why;
}

/* The first hard predecessor without a result, or NULL. One that failed counts before one whose
 * family does not exist. */
static const struct sb_stage_run *find_broken_before(const struct sb_run *run, size_t i)
{
	const struct sb_stage_entry *stage = sb_registry_stage(run->registry, i);
	const struct sb_stage_run *found = NULL;
	size_t j;

	for (j = 0; j < stage->n_after; j++) {
		const struct sb_stage_run *before = &run->stages[stage->after[j]];

		if (before->status >= SB_STAGE_FAILED && (!found || found->is_absent))
			found = before;
	}
	return found;
}

bool sb_run_skip_after_broken(struct sb_run *run, size_t i)
{
	const struct sb_stage_run *before = find_broken_before(run, i);
	struct sb_stage_run *stage = &run->stages[i];
	const char *name;

	if (!before)
		return false;
	name = sb_run_stage_name(run, before->at);
	stage->status = SB_STAGE_SKIPPED;
	stage->is_absent = before->is_absent;
	stage->why = (struct sb_error)SB_ERROR_INIT;
	if (before->is_absent)
		sb_fail(&stage->why, SB_E_UNSUPPORTED, "stage %s: %s", name, before->why.text);
	else
		sb_fail(&stage->why, SB_E_STATE, "stage %s has no result", name);
	return true;
}

void sb_run_announce(struct sb_run *run, size_t stage)
{
	const struct sb_stage_entry *entry;

	if (!run->events || run->announced == stage || stage == SB_STAGE_SHARED)
		return;
	run->announced = stage;
	entry = sb_registry_stage(run->registry, stage);
	sb_event_send(run->events,
		      json_pack("{s:s, s:s, s:s}", "ev", "stage_begin", "stage", entry->stage.name,
				"module", entry->ctx->module->name));
}

void sb_run_announce_wait(struct sb_run *run, int64_t until_s, const char *what)
{
	struct sb_io *io = sb_http_io(run->http);
	int64_t now_s = io->ops->wall_s(io);

	if (run->events && until_s > now_s)
		sb_event_send(run->events,
			      json_pack("{s:s, s:s, s:I}", "ev", "waiting", "for", what, "seconds",
					(json_int_t)(until_s - now_s)));
}
