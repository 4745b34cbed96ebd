/* SPDX-License-Identifier: Apache-2.0 */
/* Compares the rows of the source with NetBox's objects, by key. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff/bad_key.h"
#include "base/abi_table.h"
#include "base/guess.h"
#include "diff/block.h"
#include "diff/create.h"
#include "diff/duplicates.h"
#include "diff/instance.h"
#include "diff/move.h"
#include "diff/object.h"
#include "diff/owner.h"
#include "diff/prune.h"
#include "diff/refused.h"
#include "diff/release.h"
#include "diff/want.h"
#include "load/writes.h"
#include "model/birth.h"
#include "run/account.h"
#include "run/door.h"
#include "stagebox/json.h"

/* The size in ABI 2.0, the least that a module has. */
#define RECONCILE_MIN_SIZE (offsetof(struct sb_reconcile, arg) + sizeof(void *))

/* NetBox's object of a key; NULL also when this plan deletes it with its parent. */
static json_t *find_row(struct sb_pass *pass, const char *key)
{
	json_t *row;

	if (sb_map_get(pass->run->diff->created, key, NULL))
		return NULL; /* this plan replaces the old object */
	row = sb_table_get_json(pass->list->rows, key);
	if (row && (pass->kind->flags & SB_KIND_CHILD) &&
	    sb_release_counts(pass->run, key, pass->fields_only ? -1 : pass->account)) {
		json_decref(row);
		return NULL;
	}
	if (row && (pass->kind->flags & SB_KIND_CHILD) &&
	    sb_is_deleted_with_parent(pass->run, key, pass->fields_only ? -1 : pass->account)) {
		if (!pass->fields_only && sb_prune_free_token(pass->run, pass->kind, key, row) < 0)
			pass->run->failed_rc = SB_E_NOMEM;
		json_decref(row);
		row = NULL;
	}
	return row;
}

/* Decide fields of an object that another stage owns: it exists, is adopted, or is created by this
 * plan. */
static int decide_fields(struct sb_pass *pass, struct sb_want *want, const json_t *row)
{
	sb_autojson *adopted = sb_table_get_json(pass->run->diff->adopted, want->key);

	if (!row && !adopted && !sb_map_get(pass->run->diff->created, want->key, NULL))
		return 0;
	if (sb_refused_absent(pass, want) < 0)
		return SB_E_NOMEM;
	if (row)
		return sb_object_compare(pass, want, row, false);
	want->stood = sb_table_get(pass->run->diff->moved, want->key);
	if (adopted)
		return sb_object_compare(pass, want, adopted, !want->stood);
	return json_object_size(want->fields) ? sb_object_later(pass, want) : 0;
}

static int decide_object(struct sb_pass *pass, struct sb_want *want)
{
	sb_autojson *row = NULL;
	const char *field, *unknown;
	struct sb_error why;
	const char *birth;
	json_t *reason;

	if (!pass->fields_only && sb_owner_settle(pass->run, pass->kind, want->key, want) < 0)
		return SB_E_NOMEM;
	row = find_row(pass, want->key);
	birth = sb_json_str(row, "stagebox_birth");
	if (want->birth && !pass->fields_only &&
	    json_object_set(pass->run->diff->births, want->key, want->birth) < 0)
		return SB_E_NOMEM;
	if (!pass->fields_only) {
		sb_pass_counters(pass)->seen++;
		if (json_object_get(pass->run->snap->misses, want->key))
			json_object_set_new(pass->run->diff->returned, want->key, json_true());
	}
	json_object_foreach (want->unknown, field, reason) {
		unknown = json_string_value(reason);
		sb_fail(&why, SB_E_STATE, "field %s is unknown and left unchanged: %s", field,
			unknown ? unknown : "");
		sb_run_partial_object(pass->run, pass->at, SB_EFFECT_PARTIAL, want->key, &why);
	}
	if (!pass->fields_only)
		sb_block_apply(pass, want, row || sb_move_is_target(pass->run, want->key));
	if (want->state != SB_WANT_LEAVE && sb_prune_is_held(pass->run, want->key)) {
		want->state = SB_WANTED; /* overrides that its references are absent */
		sb_want_skip(want, "its VMID belonged to another guest, whose object is kept");
	}
	if (want->state == SB_WANT_LEAVE)
		return sb_object_unknown(pass, want, row != NULL);
	if (want->state != SB_WANTED)
		return sb_object_skip(pass, want, row != NULL);
	if (pass->fields_only)
		return decide_fields(pass, want, row);
	if (sb_refused_absent(pass, want) < 0)
		return SB_E_NOMEM;
	if (!row)
		return sb_object_new(pass, want);
	if (want->birth && birth && !sb_same_birth(json_string_value(want->birth), birth))
		return sb_object_reuse_vmid(pass, want, row);
	sb_pass_counters(pass)->matched++;
	return sb_object_compare(pass, want, row, false);
}

/* Not decided yet: the object refers to one that is visited later. */
#define VISIT_LATER 1

/* Let the module describe the object. Its error names the key. */
static int call_want(struct sb_pass *pass, struct sb_want *want, const json_t *row,
		     struct sb_error *err)
{
	struct sb_stage_run *stage = sb_run_stage(pass->run, pass->at);
	struct sb_error why = SB_ERROR_INIT;
	char name[340];
	int rc;

	if (!sb_door_key(pass->run, want->key))
		return sb_fail(err, SB_E_ARG, "%.300s: the key is not one of endpoint %s",
			       want->key, pass->run->slug);
	stage->phase = SB_PHASE_WANT;
	rc = pass->reconcile->want(stage, want->key, row, want, pass->reconcile->arg, &why);
	stage->phase = SB_PHASE_DIFF;
	snprintf(name, sizeof(name), "the want callback for \"%.300s\"", want->key);
	rc = sb_door_result(rc, name, &why);
	if (rc < 0 && err)
		*err = why;
	return rc;
}

static int visit_row(struct sb_pass *pass, const char *key, const char *text, struct sb_error *err)
{
	sb_autojson *row = json_loads(text, 0, NULL);
	struct sb_want want;
	int rc;

	rc = sb_want_init(&want, pass->run, pass->kind, key);
	want.pass = pass;
	if (!rc && !sb_bad_key_leave(&want))
		rc = call_want(pass, &want, row, err);
	if (!rc)
		rc = sb_want_choose(&want);
	if (!rc && want.rc)
		rc = sb_fail(err, want.rc, "%s: %s", key, want.why.text);
	else if (!rc && want.waits)
		rc = VISIT_LATER;
	if (!rc && !pass->fields_only &&
	    (sb_instance_note(pass->run, &want) < 0 ||
	     sb_instance_compare(pass->run, pass->kind, &want) < 0))
		rc = sb_fail(err, SB_E_NOMEM, "%s: out of memory", key);
	if (!rc && (sb_duplicates_note(pass, &want, row) < 0 || decide_object(pass, &want) < 0))
		rc = sb_fail(err, SB_E_NOMEM, "%s: out of memory", key);
	sb_want_finish(&want);
	return rc;
}

static int visit_source(struct sb_pass *pass, struct sb_error *err)
{
	struct sb_span span = {0};
	size_t i, n_later;
	int rc;

	if (!pass->source)
		return 0;
	rc = sb_table_span(pass->source->rows, pass->reconcile->prefix, &span);
	if (rc < 0)
		return sb_fail(err, rc, "out of memory");
	/* Repeat with those that wait for another object, until only objects that refer to each
	 * other are left. */
	for (; !rc && span.n; span.n = n_later) {
		n_later = 0;
		for (i = 0; !rc && i < span.n; i++) {
			rc = visit_row(pass, span.texts[2 * i], span.texts[2 * i + 1], err);
			if (rc != VISIT_LATER)
				continue;
			span.texts[2 * n_later] = span.texts[2 * i];
			span.texts[2 * n_later + 1] = span.texts[2 * i + 1];
			n_later++;
			rc = 0;
		}
		pass->is_last_round = n_later == span.n;
	}
	free(span.texts);
	return rc;
}

/* NetBox's objects without a source row, and duplicates of a key. */
static int visit_netbox(struct sb_pass *pass, struct sb_error *err)
{
	struct sb_span span = {0};
	size_t i;
	int rc;

	rc = sb_owner_settle_vanished(pass->run, pass->kind, pass->reconcile->prefix, pass->source);
	if (!rc)
		rc = sb_table_span(pass->list->rows, pass->reconcile->prefix, &span);
	if (rc < 0)
		return sb_fail(err, rc, "out of memory");
	sb_pass_counters(pass)->before += span.n;
	sb_bad_keys_report(pass);
	for (i = 0; !rc && i < span.n; i++) {
		if (pass->source && sb_table_get(pass->source->rows, span.texts[2 * i]))
			continue;
		rc = sb_prune_vanished(pass->run, pass->account, pass->source, span.texts[2 * i],
				       span.texts[2 * i + 1], err);
	}
	free(span.texts);
	if (!rc)
		rc = sb_prune(pass->run, pass->account, err);
	return rc < 0 ? rc : sb_owner_drop_others(pass->run, pass->reconcile, pass->account, err);
}

/* Unknown, not empty: the name is wrong, or its stage forgot to declare that there is nothing. */
static void note_unread(struct sb_run *run, size_t stage, const char *source)
{
	struct sb_error why = SB_ERROR_INIT;
	struct sb_guess guess;
	size_t i;

	sb_guess_start(&guess, source);
	for (i = 0; i < run->snap->n_sources; i++)
		sb_guess_try(&guess, run->snap->sources[i].name);
	sb_fail(&why, SB_E_STATE,
		"no stage put rows of source \"%.64s\" or declared with sb_rows_read() that there "
		"are none%s: nothing is known of its objects",
		source, guess.hint);
	sb_run_partial(run, stage, &why);
}

int sb_reconcile(struct sb_stage_run *stage, const struct sb_reconcile *reconcile,
		 struct sb_error *err)
{
	struct sb_run *run = stage->run;
	struct sb_pass pass = {.run = run, .at = stage->at};
	struct sb_reconcile ours;
	int rc = sb_door_phase(stage, SB_IN_DIFF, "sb_reconcile", err);

	if (rc < 0)
		return rc;
	if (reconcile->size < RECONCILE_MIN_SIZE || !reconcile->want)
		return sb_fail(err, SB_E_ARG,
			       "sb_reconcile: struct sb_reconcile is too short or has no want: set "
			       "its size and want");
	sb_abi_copy(&ours, sizeof(ours), reconcile, reconcile->size);
	pass.reconcile = &ours;
	pass.kind = sb_kinds_find(sb_registry_kinds(run->registry), reconcile->kind);
	if (!pass.kind || !(pass.kind->flags & SB_KIND_OWNED))
		return sb_fail(err, SB_E_ARG, "sb_reconcile: kind \"%s\" is not an owned kind",
			       reconcile->kind);
	pass.written = sb_stage_written(&sb_registry_stage(run->registry, stage->at)->stage,
					pass.kind, reconcile->prefix);
	if (!pass.written)
		return sb_fail(
			err, SB_E_ARG,
			"sb_reconcile: the stage does not declare that it writes kind \"%s\" "
			"below \"%s\": add {\"%s\", fields, \"*%s\"} to its writes",
			reconcile->kind, reconcile->prefix, reconcile->kind,
			reconcile->prefix + strcspn(reconcile->prefix, "/"));
	pass.list = sb_snapshot_list(run->snap, reconcile->kind);
	pass.source = sb_snapshot_find_source(run->snap, reconcile->source);
	if (!pass.source)
		note_unread(run, stage->at, reconcile->source);
	pass.stage = sb_run_stage_name(run, stage->at);
	pass.fields_only = reconcile->flags & SB_RECONCILE_FIELDS;
	if (pass.fields_only)
		return visit_source(&pass, err);
	rc = sb_account_open(run, stage->at, pass.kind, reconcile->prefix);
	if (rc < 0)
		return sb_fail(err, rc, "out of memory");
	pass.account = rc;
	rc = visit_source(&pass, err);
	if (!rc && sb_instance_read(run, reconcile->prefix) < 0)
		rc = sb_fail(err, SB_E_NOMEM, "out of memory");
	if (!rc)
		rc = visit_netbox(&pass, err);
	sb_move_finish(&pass);
	return rc;
}
