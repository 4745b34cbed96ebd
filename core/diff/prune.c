/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that vanished at the source. */
#include "diff/prune.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff/instance.h"
#include "diff/move.h"
#include "diff/prune_gate.h"
#include "diff/release.h"
#include "diff/token.h"
#include "diff/touched.h"
#include "diff/unlisted.h"
#include "diff/yield.h"
#include "model/key.h"
#include "run/account.h"
#include "run/prune_settings.h"
#include "run/question.h"
#include "stagebox/json.h"

/* The state of the nearest vanished object above key, and its key in ret_parent. */
static enum sb_vanishing vanishing_parent(const struct sb_run *run, const char *key,
					  char *ret_parent, size_t room)
{
	enum sb_vanishing state;
	size_t len = strlen(key);

	if (!sb_map_count(run->diff->vanishing) || len >= room)
		return SB_NOT_VANISHING;
	memcpy(ret_parent, key, len + 1);
	while (sb_key_cut(ret_parent)) {
		state = sb_vanishing_of(run->diff, ret_parent);
		if (state)
			return state;
	}
	return SB_NOT_VANISHING;
}

bool sb_prune_is_held(const struct sb_run *run, const char *key)
{
	enum sb_vanishing state = sb_vanishing_of(run->diff, key);
	char parent[512];

	if (!state)
		state = vanishing_parent(run, key, parent, sizeof(parent));
	return state == SB_VANISHING_HELD;
}

bool sb_is_deleted_with_parent(struct sb_run *run, const char *key, int account)
{
	char parent[512];
	json_t *list;

	if (vanishing_parent(run, key, parent, sizeof(parent)) != SB_VANISHING_DELETE)
		return false;
	if (account < 0)
		return true;
	list = json_object_get(run->diff->cascades, parent);
	if (!list) {
		list = json_array();
		json_object_set_new(run->diff->cascades, parent, list);
	}
	json_array_append_new(list, json_integer(account));
	return true;
}

static int claim_child(struct sb_op *op, const struct sb_kind_field *tree, const json_t *parent,
		       const char *text)
{
	sb_autojson *row = json_loads(text, 0, NULL);
	char natural[32];

	if (!row)
		return SB_E_NOMEM;
	if (!json_equal(json_object_get(row, tree->name), parent))
		return 0;
	sb_token_child(json_object_get(row, "id"), natural, sizeof(natural));
	return sb_op_add_claimed(op, op->kind, natural);
}

static int order_after_children(struct sb_run *run, struct sb_op *op, const json_t *row)
{
	const struct sb_kind_field *tree = sb_kind_trait(op->kind, SB_TRAIT_TREE);
	struct sb_table *rows = sb_snapshot_list(run->snap, op->kind->name)->rows;
	const json_t *id = json_object_get(row, "id");
	char natural[32];
	size_t i;
	int rc = 0;

	if (!tree)
		return 0;
	for (i = 0; !rc && i < sb_table_count(rows); i++)
		rc = claim_child(op, tree, id, sb_table_text_at(rows, i));
	if (rc < 0 || sb_value_empty(json_object_get(row, tree->name)))
		return rc;
	sb_token_child(id, natural, sizeof(natural));
	return sb_op_add_freed(op, op->kind, natural);
}

struct sb_op *sb_prune_add(struct sb_run *run, const struct sb_kind *kind, const char *key,
			   const json_t *row, int account, const char *why)
{
	const struct sb_kind_field *title = sb_kind_trait(kind, SB_TRAIT_TITLE);
	const char *member = title ? title->name : kind->natural[0];
	const json_t *name = json_object_get(row, member);
	struct sb_op *op;

	op = sb_plan_add(&run->diff->plan, kind, SB_DELETE, key, sb_account_stage(run, account),
			 why, NULL, name ? json_pack("{s:O}", member, name) : NULL);
	if (!op)
		return NULL;
	op->target = json_integer_value(json_object_get(row, "id"));
	op->account = account;
	return order_after_children(run, op, row) < 0 ? NULL : op;
}

/* Delete the object that has the key, with its parts. */
static int add_delete(struct sb_run *run, const struct sb_kind *kind, const char *key,
		      const json_t *row, int account, const char *why)
{
	sb_autofree char *natural = sb_natural_text(kind, row);
	struct sb_op *op;
	size_t seq;

	if (sb_release_primary_before(run, kind, key, row, sb_account_stage(run, account)) < 0)
		return SB_E_NOMEM;
	op = sb_prune_add(run, kind, key, row, account, why);
	if (!op)
		return SB_E_NOMEM;
	seq = op->seq;
	if (sb_map_put(run->diff->deletes, key, (int64_t)seq) < 0 ||
	    sb_op_add_freed(op, kind, natural) < 0)
		return SB_E_NOMEM;
	return sb_release_below(run, kind, key, seq);
}

/* Keep an object that vanished, and list it with the reason. */
static int keep_vanished(struct sb_run *run, int account, const char *key, const json_t *row,
			 const char *why)
{
	const struct sb_kind *kind = sb_account_at(run, account)->kind;
	const char *name = sb_kind_title(kind, row);
	json_t *gone =
		json_pack("{s:s, s:s, s:O, s:s, s:i}", "kind", kind->name, "name", name ? name : "",
			  "id", json_object_get(row, "id"), "why", why, "parts", 0);

	sb_account_at(run, account)->kept++;
	sb_account_at(run, account)->gone++;
	if (json_object_set_new(run->diff->gone, key, gone) < 0)
		return SB_E_NOMEM;
	return sb_map_put(run->diff->vanishing, key, SB_VANISHING_KEPT);
}

/* Delete or release an object, or keep it when that cannot be decided. */
static int remove_object(struct sb_run *run, const struct sb_kind *kind, const char *key,
			 const json_t *row, int account, const char *why)
{
	struct sb_error reason = SB_ERROR_INIT;
	enum sb_fate fate;
	int rc = sb_release_judge(run, kind, key, row, &fate, &reason);

	if (rc < 0)
		return rc;
	switch (fate) {
	case SB_FATE_DELETE:
		rc = sb_map_put(run->diff->vanishing, key, SB_VANISHING_DELETE);
		return rc < 0 ? rc : add_delete(run, kind, key, row, account, why);
	case SB_FATE_RELEASE:
		rc = sb_map_put(run->diff->vanishing, key, SB_VANISHING_RELEASE);
		return rc < 0 ? rc
			      : sb_release_object(run, kind, key, row, account,
						  sb_account_stage(run, account));
	case SB_FATE_KEEP:
		sb_run_partial_object(run, sb_account_at(run, account)->stage, SB_EFFECT_PARTIAL,
				      key, &reason);
		break;
	case SB_FATE_ASKED: break;
	}
	return keep_vanished(run, account, key, row, reason.code ? reason.text : "being decided");
}

int sb_prune_free_token(struct sb_run *run, const struct sb_kind *kind, const char *key,
			const json_t *row)
{
	char parent[512];
	struct sb_op *op = vanishing_parent(run, key, parent, sizeof(parent))
				   ? sb_diff_op(run->diff, run->diff->deletes, parent)
				   : NULL;
	sb_autofree char *natural = op ? sb_natural_text(kind, row) : NULL;
	size_t i;

	for (i = 0; kind->natural[i]; i++) {
		if (sb_kind_field(kind, kind->natural[i])->type == SB_FIELD_REF)
			return 0; /* the name is unique below this parent only */
	}
	return op ? sb_op_add_freed(op, kind, natural) : 0;
}

static void count_kept(struct sb_run *run, int account, const struct sb_error *why, const char *key)
{
	struct sb_account *counts = sb_account_at(run, account);

	counts->seen++;
	counts->unknown++;
	counts->kept++;
	if (why)
		sb_run_partial_object(run, counts->stage, SB_EFFECT_UNKNOWN, key, why);
}

static void count_unknown(struct sb_run *run, int account, const char *reason, const char *key)
{
	struct sb_error why = SB_ERROR_INIT;

	if (reason && sb_reason_is_limit(reason)) {
		count_kept(run, account, NULL, key); /* reported by the stage that met the limit */
		return;
	}
	if (reason)
		sb_reason_get(reason, &why);
	else
		sb_fail(&why, SB_E_STATE, "kept: its collection was never read at the source");
	count_kept(run, account, &why, key);
}

/* Note a part that is kept although it vanished; why says what keeps it. */
static int note_kept(struct sb_run *run, const struct sb_kind *kind, const char *key,
		     const char *why)
{
	json_t *entry = json_pack("{s:s, s:s, s:s}", "key", key, "kind", kind->name, "why", why);

	return json_array_append_new(run->diff->kept, entry) < 0 ? SB_E_NOMEM : 0;
}

static void count_same(struct sb_run *run, int account)
{
	sb_account_at(run, account)->seen++;
	sb_account_at(run, account)->same++;
	sb_account_at(run, account)->matched++;
}

/* Does the source have another address of the same IP version on the interface of key? */
static bool has_sibling_address(const struct sb_source *source, const char *key)
{
	const char *address = strrchr(key, '/') + 1;
	sb_autofree char *prefix = strndup(key, (size_t)(address - key));
	size_t i = prefix ? sb_table_lower(source->rows, prefix) : 0;

	for (; prefix && i < sb_table_count(source->rows); i++) {
		const char *other = sb_table_key_at(source->rows, i);

		if (!sb_starts_with(other, prefix))
			break;
		if (!strchr(strrchr(other, '/'), ':') == !strchr(address, ':'))
			return true;
	}
	return false;
}

/* A guest that starts reports its interfaces before their addresses, so an interface without any is
 * not believed at once. */
static bool is_reported_too_early(struct sb_run *run, const struct sb_kind *kind,
				  const struct sb_source *source, const char *key)
{
	json_t *counter;
	bool is_due;

	if (sb_kind_field(kind, kind->natural[0])->type != SB_FIELD_ADDRESS ||
	    !sb_source_reported(source, key) || has_sibling_address(source, key))
		return false;
	is_due = sb_prune_is_address_due(run, key, &counter);
	json_object_set_new(run->diff->misses, key, counter);
	return !is_due;
}

/* Delete a vanished part, unless people have worked on it. */
static int decide_part(struct sb_run *run, const struct sb_kind *kind, int account,
		       const struct sb_source *source, const char *key, const json_t *row)
{
	struct sb_error why = SB_ERROR_INIT;
	bool is_adopted;
	json_t *entry;
	int rc;

	if (is_reported_too_early(run, kind, source, key)) {
		count_same(run, account);
		return note_kept(run, kind, key,
				 "its guest reports no address of this IP version on the interface "
				 "now: deleted when that lasts (prune.address_runs, "
				 "prune.address_grace)");
	}
	/* Their work is why an adopted part is released instead of deleted. */
	rc = sb_release_is_adopted(run, kind, row, &is_adopted);
	if (!rc && !is_adopted)
		rc = sb_touched_find(run, kind, source, key, row, &why);
	if (rc < 0)
		return rc;
	if (rc == SB_TOUCHED) {
		entry = json_pack("[s, O, s]", key, row, why.text);
		return json_array_append_new(run->diff->candidates, entry) < 0 ? SB_E_NOMEM : 0;
	}
	return remove_object(run, kind, key, row, account,
			     "missing at the source; its parent was read completely");
}

/* A part that is kept, because nothing says that it is gone, follows its parent. */
static int keep_part(struct sb_run *run, const struct sb_kind *kind, int account, const char *key,
		     const json_t *row)
{
	bool is_moved = false;
	int rc = sb_move_follow(run, kind, account, key, row, &is_moved);

	if (is_moved) {
		sb_account_at(run, account)->seen++;
		sb_account_at(run, account)->matched++;
	} else {
		count_same(run, account);
	}
	return rc;
}

/* A part of an object that is kept is kept; it counts as gone when that object is. */
static int keep_with_parent(struct sb_run *run, int account, const char *parent)
{
	json_t *gone = json_object_get(run->diff->gone, parent), *parts;

	sb_account_at(run, account)->kept++;
	if (!gone)
		return 0;
	sb_account_at(run, account)->gone++;
	parts = json_integer(json_integer_value(json_object_get(gone, "parts")) + 1);
	return json_object_set_new(gone, "parts", parts) < 0 ? SB_E_NOMEM : 0;
}

static int decide_vanished(struct sb_run *run, int account, const struct sb_source *source,
			   const char *key, const json_t *row)
{
	const struct sb_kind *kind = sb_account_at(run, account)->kind;
	const char *reason = sb_source_unknown(source, key);
	enum sb_vanishing state;
	const struct sb_nb_list *unlisted;
	const char *taken = source && !reason ? sb_table_get(run->snap->taken, key) : NULL;
	bool is_moving = false;
	char parent[512];
	json_t *entry;
	int rc;

	if (sb_move_leaves(run, kind, account, key, row))
		return 0;
	if (taken && kind->flags & SB_KIND_CHILD && !sb_prune_releases(run->conf, row)) {
		rc = sb_move_release(run, key, taken, &is_moving);
		if (rc < 0 || is_moving) {
			sb_account_at(run, account)->matched++;
			return rc;
		}
	}
	if (sb_release_counts(run, key, account))
		return 0;
	/* A part is deleted with its parent even when its own state is unknown. */
	if (sb_is_deleted_with_parent(run, key, account))
		return sb_prune_free_token(run, kind, key, row);
	if (!source || reason) {
		count_unknown(run, account, reason, key);
		return 0;
	}
	state = vanishing_parent(run, key, parent, sizeof(parent));
	if (state && state != SB_VANISHING_RELEASE) /* it keeps all its parts */
		return keep_with_parent(run, account, parent);
	if (sb_source_kept(source, key))
		return keep_part(run, kind, account, key, row);
	unlisted = kind->flags & SB_KIND_CHILD ? sb_unlisted_parent(run, kind, key, row) : NULL;
	if (unlisted) {
		count_kept(run, account, &unlisted->why, key);
		return 0;
	}
	if (kind->flags & SB_KIND_CHILD)
		return decide_part(run, kind, account, source, key, row);
	entry = json_pack("[s, O]", key, row);
	return json_array_append_new(run->diff->candidates, entry) < 0 ? SB_E_NOMEM : 0;
}

int sb_prune_vanished(struct sb_run *run, int account, const struct sb_source *source,
		      const char *key, const char *text, struct sb_error *err)
{
	sb_autojson *row = json_loads(text, 0, NULL);

	if (!row || decide_vanished(run, account, source, key, row) < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	return 0;
}

/* Is the object missing long enough and proven gone? A stage that can prove it is asked. Else
 * *ret_why says why it is kept. */
static int check_ripe(struct sb_run *run, size_t stage, const char *key, bool *ret_ripe,
		      const char **ret_why)
{
	const struct sb_stage_entry *entry = sb_registry_stage(run->registry, stage);
	json_t *counter;
	bool is_due = sb_prune_is_due(run, key, &counter);
	const char *gone;
	struct sb_error why;

	*ret_ripe = false;
	json_object_set_new(run->diff->misses, key, counter);
	*ret_why = "prune is off";
	if (!sb_prune_is_enabled(run->conf))
		return 0;
	*ret_why = "missing for less than prune.runs and prune.grace";
	if (!is_due)
		return 0;
	*ret_why = "not proven gone";
	if (!entry->stage.prove_gone) {
		*ret_ripe = true;
		return 0;
	}
	gone = sb_table_get(run->snap->gone, key);
	if (!gone)
		return sb_question_add_gone(run, stage, key);
	*ret_ripe = sb_streq(gone, "1");
	if (!*ret_ripe) {
		sb_fail(&why, SB_E_STATE,
			"it is not in the list of guests but is not proven "
			"gone: it is kept; check that the token may see it");
		sb_run_partial_object(run, stage, SB_EFFECT_PARTIAL, key, &why);
	}
	return 0;
}

/* Keep a candidate, as keep_vanished(); a part with the reason. */
static int keep_candidate(struct sb_run *run, const struct sb_kind *kind, int account,
			  const json_t *entry, const char *why)
{
	const char *key = json_string_value(json_array_get(entry, 0));
	const char *touched = json_string_value(json_array_get(entry, 2));
	const json_t *row = json_array_get(entry, 1);
	int rc = keep_vanished(run, account, key, row, touched ? touched : why);

	if (rc < 0)
		return rc;
	if (touched)
		return note_kept(run, kind, key, touched);
	return sb_yield_name(run, kind, key, row, sb_account_stage(run, account));
}

static int prune_ripe(struct sb_run *run, const struct sb_kind *kind, int account,
		      const json_t *ripe, struct sb_error *err)
{
	bool allowed =
		!json_array_size(ripe) || sb_prune_allows(run, sb_account_at(run, account)->stage,
							  kind, json_array_size(ripe));
	const json_t *entry;
	size_t i;

	json_array_foreach (ripe, i, entry) {
		const char *key = json_string_value(json_array_get(entry, 0));

		if (!allowed && keep_candidate(run, kind, account, entry,
					       "above prune.max_count or prune.max_percent") < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
		if (allowed &&
		    remove_object(run, kind, key, json_array_get(entry, 1), account,
				  "missing at the source beyond prune.runs and prune.grace") < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	return 0;
}

/* Is the guest of a candidate another object of ours now? ret_held keeps the text of *ret_why. */
static int check_instance(struct sb_run *run, size_t stage, const struct sb_kind *kind,
			  const json_t *entry, bool *ret_due, const char **ret_why,
			  struct sb_error *ret_held)
{
	const char *key = json_string_value(json_array_get(entry, 0));
	bool is_kept = false;
	int rc = sb_instance_keeps(run, stage, kind, key, json_array_get(entry, 1), &is_kept,
				   ret_held);

	*ret_due = !is_kept;
	*ret_why = ret_held->code ? ret_held->text : "being decided";
	return rc;
}

int sb_prune(struct sb_run *run, int account, struct sb_error *err)
{
	sb_autojson *candidates = sb_steal(run->diff->candidates);
	sb_autojson *ripe = json_array();
	const struct sb_kind *kind = sb_account_at(run, account)->kind;
	size_t stage = sb_account_at(run, account)->stage, i;
	const json_t *entry;

	run->diff->candidates = json_array();
	if (!ripe || !run->diff->candidates)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	json_array_foreach (candidates, i, entry) {
		const char *key = json_string_value(json_array_get(entry, 0));
		struct sb_error held = SB_ERROR_INIT;
		bool is_due = false;
		const char *why;

		if (check_ripe(run, stage, key, &is_due, &why) < 0 ||
		    (is_due && check_instance(run, stage, kind, entry, &is_due, &why, &held) < 0))
			return sb_fail(err, SB_E_NOMEM, "out of memory");
		if (is_due) {
			json_array_append(ripe, (json_t *)(uintptr_t)entry);
			continue;
		}
		if (keep_candidate(run, kind, account, entry, why) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	return prune_ripe(run, kind, account, ripe, err);
}

int sb_prune_replaced(struct sb_run *run, const struct sb_kind *kind, const char *key,
		      const json_t *row, int account)
{
	int rc = sb_map_put(run->diff->vanishing, key, SB_VANISHING_DELETE);

	return rc < 0 ? rc
		      : add_delete(run, kind, key, row, account, "another guest has this VMID now");
}
