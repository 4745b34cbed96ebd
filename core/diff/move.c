/* SPDX-License-Identifier: Apache-2.0 */
/* Parts that have another key at the source now: NetBox's object moves to the new key. */
#include "diff/move.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff/elsewhere.h"
#include "diff/follow.h"
#include "diff/instance.h"
#include "diff/object.h"
#include "diff/policy.h"
#include "diff/want.h"
#include "model/key.h"
#include "run/account.h"
#include "run/policies.h"
#include "run/prune_settings.h"
#include "run/question.h"
#include "stagebox/json.h"

#define MAX_KEY 512

static bool has_same_parent(const char *key, const char *other)
{
	const char *end = strrchr(key, '/'), *other_end = strrchr(other, '/');
	size_t len = end ? (size_t)(end - key) : 0;

	return end && other_end && (size_t)(other_end - other) == len &&
	       strncmp(key, other, len) == 0;
}

/* The nearest object above key that this plan deletes or keeps although it vanished. */
static struct sb_op *find_parent_delete(struct sb_run *run, const char *key, bool *ret_kept)
{
	char parent[MAX_KEY];
	size_t len = strlen(key);
	struct sb_op *op;

	*ret_kept = false;
	if (!sb_map_count(run->diff->vanishing) || len >= sizeof(parent))
		return NULL;
	memcpy(parent, key, len + 1);
	while (sb_key_cut(parent)) {
		op = sb_diff_op(run->diff, run->diff->deletes, parent);
		if (op)
			return op;
		*ret_kept = *ret_kept || sb_vanishing_of(run->diff, parent);
	}
	return NULL;
}

/* Does this plan delete the guest or node of a part? Its name and parts are free after that only,
 * so they do not move. */
static bool is_deleted_with_top(struct sb_run *run, const char *key)
{
	bool is_kept;
	const struct sb_op *op = find_parent_delete(run, key, &is_kept);

	return op && !(op->kind->flags & SB_KIND_CHILD);
}

static bool is_gone(const struct sb_pass *pass, const char *key)
{
	return pass->source && !sb_table_get(pass->source->rows, key) &&
	       !sb_source_unknown(pass->source, key);
}

/* NetBox's row of a key that is gone at the source; NULL also when several claim it. The source
 * itself may say that an object had this key (is_named): then an incomplete list does not matter.
 */
static json_t *find_gone_row(struct sb_pass *pass, const char *key, bool is_named)
{
	bool is_absent = pass->source && !sb_table_get(pass->source->rows, key);

	if (!(is_named ? is_absent : is_gone(pass, key)) ||
	    sb_table_get(pass->run->snap->contested, key) || is_deleted_with_top(pass->run, key))
		return NULL;
	return sb_table_get_json(pass->list->rows, key);
}

/* The key until now of an object whose parent moved in this plan: "net1/ip/x" was "net0/ip/x". */
static bool find_key_by_parent(const struct sb_run *run, const char *key, char ret_old[MAX_KEY])
{
	size_t len = strlen(key);
	char parent[MAX_KEY];
	const char *old;

	if (!sb_table_count(run->diff->moved) || len >= sizeof(parent))
		return false;
	memcpy(parent, key, len + 1);
	while (sb_key_cut(parent)) {
		old = sb_table_get(run->diff->moved, parent);
		if (old)
			return snprintf(ret_old, MAX_KEY, "%s%s", old, key + strlen(parent)) <
			       MAX_KEY;
	}
	return false;
}

/* The candidates of one search. */
struct candidates {
	char key[MAX_KEY]; /* of the first one */
	json_t *row;       /* owned */
	size_t n;
};

static void add_candidate(struct candidates *candidates, const char *key, json_t *row_take)
{
	if (!row_take)
		return;
	if ((candidates->n && sb_streq(candidates->key, key)) || strlen(key) >= MAX_KEY) {
		json_decref(row_take);
		return;
	}
	if (candidates->n++) {
		json_decref(row_take);
		return;
	}
	memcpy(candidates->key, key, strlen(key) + 1);
	candidates->row = row_take;
}

/* Does a gone row have the witness of the wanted part? A text that people may have changed counts
 * with the value that we wrote last. */
static int has_witness(struct sb_pass *pass, const struct sb_kind_field *field,
		       const struct sb_want *want, const char *key, const json_t *row,
		       bool *ret_has, bool *ret_asked)
{
	const json_t *wanted = json_object_get(want->fields, field->name), *value = NULL;
	struct sb_last last = {0};
	bool known = false;
	char id[32];
	int rc = 0;

	*ret_has = sb_value_same(field, wanted, json_object_get(row, field->name));
	if (*ret_has || field->type != SB_FIELD_TEXT)
		return 0;
	if (!sb_last_value(pass->run, key, field->name, &last, &value, &known)) {
		*ret_asked = true;
		snprintf(id, sizeof(id), "%" JSON_INTEGER_FORMAT,
			 json_integer_value(json_object_get(row, "id")));
		rc = sb_question_add(pass->run, SB_ASK_CHANGES, pass->kind, id, key);
	}
	*ret_has = known && sb_value_same(field, wanted, value);
	sb_last_finish(&last);
	return rc;
}

/* The keys below the pass's prefix that are gone at the source, and their natural keys. Built when
 * the first object without a row of its own is met, because most runs have none. */
struct sb_gone {
	const char **keys; /* the list's */
	size_t n;
	struct sb_table *naturals; /* natural text -> key; "" = several */
};

void sb_move_finish(struct sb_pass *pass)
{
	if (!pass->gone)
		return;
	free(pass->gone->keys);
	sb_table_destroy(pass->gone->naturals);
	free(pass->gone);
	pass->gone = NULL;
}

static int add_gone(struct sb_pass *pass, const char *key, const char *text)
{
	struct sb_gone *gone = pass->gone;
	sb_autojson *row = json_loads(text, 0, NULL);
	sb_autofree char *natural = row ? sb_likeness_text(pass->kind, row) : NULL;

	if (!row)
		return SB_E_NOMEM;
	gone->keys[gone->n++] = key;
	/* A row that people made does not follow an address to another guest: it is released, and
	 * adopted again only where the rules of adoption permit it. */
	if (!natural || sb_prune_releases(pass->run->conf, row))
		return 0;
	return sb_table_put(gone->naturals, natural,
			    sb_table_get(gone->naturals, natural) ? "" : key);
}

static int index_gone(struct sb_pass *pass)
{
	struct sb_span span = {0};
	size_t i;
	int rc;

	if (pass->gone)
		return 0;
	pass->gone = calloc(1, sizeof(*pass->gone));
	if (!pass->gone || sb_table_span(pass->list->rows, pass->reconcile->prefix, &span) < 0)
		return SB_E_NOMEM;
	pass->gone->keys = calloc(span.n + 1, sizeof(*pass->gone->keys));
	pass->gone->naturals = sb_table_create();
	rc = pass->gone->keys && pass->gone->naturals ? 0 : SB_E_NOMEM;
	for (i = 0; !rc && i < span.n; i++) {
		if (is_gone(pass, span.texts[2 * i]))
			rc = add_gone(pass, span.texts[2 * i], span.texts[2 * i + 1]);
	}
	free(span.texts);
	return rc;
}

/* A part has moved when NetBox has its name or address below a key that is gone, or a part of the
 * same parent with the same witness. */
static int search_gone(struct sb_pass *pass, const struct sb_want *want,
		       struct candidates *candidates, bool *ret_asked)
{
	sb_autofree char *natural = sb_likeness_text(pass->kind, want->fields);
	const struct sb_kind_field *field = sb_kind_trait(pass->kind, SB_TRAIT_WITNESS);
	const char *key;
	size_t i;
	int rc = index_gone(pass);

	if (rc < 0)
		return rc;
	key = natural ? sb_table_get(pass->gone->naturals, natural) : NULL;
	if (key && *key)
		add_candidate(candidates, key, find_gone_row(pass, key, false));
	if (!field || sb_value_empty(json_object_get(want->fields, field->name)))
		return 0;
	for (i = 0; !rc && i < pass->gone->n; i++) {
		sb_autojson *row = NULL;
		bool has = false;

		if (!has_same_parent(want->key, pass->gone->keys[i]))
			continue;
		row = find_gone_row(pass, pass->gone->keys[i], false);
		if (row)
			rc = has_witness(pass, field, want, pass->gone->keys[i], row, &has,
					 ret_asked);
		if (!rc && has)
			add_candidate(candidates, pass->gone->keys[i], sb_steal(row));
	}
	return rc;
}

bool sb_move_is_target(const struct sb_run *run, const char *key)
{
	const char *from = sb_table_get(run->snap->origin_keys, key);

	return from && *from && !sb_table_get(run->snap->contested, from);
}

/* Several parts claim one row: none gets it, and the pass is repeated without it. */
static int contest_row(struct sb_run *run, const char *key)
{
	const char *claimant = sb_table_get(run->snap->moves, key);

	run->diff->once_more = run->diff->plan.is_draft = true;
	if (claimant && sb_table_put(run->snap->origin_keys, claimant, "") < 0)
		return SB_E_NOMEM;
	return sb_table_put(run->snap->contested, key, "");
}

int sb_move_find(struct sb_pass *pass, struct sb_want *want, json_t **ret_row, bool *ret_asked)
{
	struct candidates candidates = {0};
	const char *known = sb_table_get(pass->run->snap->origin_keys, want->key);
	char old[MAX_KEY];
	const json_t *was;
	size_t i;
	int rc = 0;

	*ret_row = NULL;
	*ret_asked = false;
	if (!(pass->kind->flags & SB_KIND_CHILD))
		return sb_instance_find(pass, want, ret_row, ret_asked);
	if (sb_table_get(pass->list->rows, want->key))
		return 0;
	if (!sb_table_count(pass->list->rows)) /* a first sync */
		return sb_elsewhere_find(pass, want, ret_row, ret_asked);
	if (known && *known && !sb_table_get(pass->run->snap->contested, known) &&
	    !is_deleted_with_top(pass->run, known))
		add_candidate(&candidates, known, sb_table_get_json(pass->list->rows, known));
	if (!candidates.n && find_key_by_parent(pass->run, want->key, old))
		add_candidate(&candidates, old, find_gone_row(pass, old, true));
	if (!candidates.n) {
		json_array_foreach (want->was, i, was) {
			if (has_same_parent(want->key, json_string_value(was)))
				add_candidate(&candidates, json_string_value(was),
					      find_gone_row(pass, json_string_value(was), true));
		}
		rc = search_gone(pass, want, &candidates, ret_asked);
	}
	if (!rc && !candidates.n && !*ret_asked)
		return sb_elsewhere_find(pass, want, ret_row, ret_asked);
	if (!rc && candidates.n == 1) {
		const char *claimant = sb_table_get(pass->run->diff->moved_from, candidates.key);

		if (claimant && !sb_streq(claimant, want->key)) {
			rc = contest_row(pass->run, candidates.key);
		} else {
			/* The pass's copy of the key lives as long as its want. */
			want->stood = sb_table_intern(pass->list->rows, candidates.key);
			*ret_row = json_incref(candidates.row);
		}
	}
	json_decref(candidates.row);
	return rc;
}

static int note_move(struct sb_run *run, const char *from, const char *to)
{
	int rc = sb_table_put(run->snap->moves, from, to);

	return rc < 0 ? rc : sb_table_put(run->snap->origin_keys, to, from);
}

int sb_move_release(struct sb_run *run, const char *from, const char *to, bool *ret_moves)
{
	const char *known = sb_table_get(run->snap->moves, from);

	*ret_moves = !is_deleted_with_top(run, from);
	if (!*ret_moves || (known && sb_streq(known, to)))
		return 0;
	run->diff->once_more = run->diff->plan.is_draft = true;
	return note_move(run, from, to);
}

int sb_move_take(struct sb_pass *pass, struct sb_want *want, const json_t *row)
{
	struct sb_run *run = pass->run;
	int rc;
	bool is_new = !sb_table_get(run->snap->moves, want->stood), is_kept;

	/* An interface may be kept for the sake of this address only: decide it once more. */
	find_parent_delete(run, want->stood, &is_kept);
	if (is_new && is_kept)
		run->diff->once_more = run->diff->plan.is_draft = true;
	if (note_move(run, want->stood, want->key) < 0 ||
	    sb_table_put(run->diff->moved, want->key, want->stood) < 0 ||
	    sb_table_put(run->diff->moved_from, want->stood, want->key) < 0 ||
	    sb_table_put_json(run->diff->adopted, want->key, row) < 0)
		return SB_E_NOMEM;
	rc = sb_object_compare(pass, want, row, false);
	return rc < 0 ? rc : sb_follow_plan(pass, want);
}

bool sb_move_leaves(struct sb_run *run, const struct sb_kind *kind, int account, const char *key,
		    const json_t *row)
{
	struct sb_op *parent;
	char token[32];
	bool is_kept;

	if (!sb_table_get(run->snap->moves, key) || sb_table_get(run->snap->contested, key) ||
	    is_deleted_with_top(run, key))
		return false;
	sb_account_at(run, account)->matched++;
	parent = find_parent_delete(run, key, &is_kept);
	sb_move_token(json_integer_value(json_object_get(row, "id")), token);
	if (parent && sb_op_add_claimed(parent, kind, token) < 0)
		run->failed_rc = SB_E_NOMEM;
	return true;
}

/* Find the key of an owned object by its id. */
static const char *find_key_of(const struct sb_nb_list *list, int64_t id)
{
	size_t i;

	for (i = 0; i < sb_table_count(list->rows); i++) {
		const char *key = sb_table_key_at(list->rows, i);

		if (sb_table_id(list->rows, key) == id)
			return key;
	}
	return NULL;
}

/* The key of the object that a part is assigned to in NetBox, after this plan; NULL = not one of
 * ours. */
static const char *find_assigned_key(const struct sb_run *run, const struct sb_kind *kind,
				     const char *key, const json_t *row)
{
	const json_t *value = json_object_get(row, kind->parent_field);
	const char *type = sb_json_str(value, "type"), *found = NULL, *to;
	int64_t id = json_integer_value(json_object_get(value, "id"));
	const struct sb_kind *target =
		type ? sb_kinds_find_type(sb_registry_kinds(run->registry), type) : NULL;
	const struct sb_nb_list *list = target ? sb_snapshot_list(run->snap, target->name) : NULL;
	size_t len = strlen(key);
	char parent[MAX_KEY];

	if (!list || !id || len >= sizeof(parent))
		return NULL;
	memcpy(parent, key, len + 1);
	while (!found && sb_key_cut(parent)) { /* most parts have the key of their parent */
		if (sb_table_id(list->rows, parent) == id)
			found = sb_table_intern(list->rows, parent);
	}
	if (!found)
		found = find_key_of(list, id);
	to = found ? sb_table_get(run->diff->moved_from, found) : NULL;
	return to ? to : found;
}

/* Returns the rest of key after as many components as parent has. */
static const char *cut_parent(const char *key, const char *parent)
{
	for (; *parent; parent++) {
		if (*parent == '/')
			key = strchr(key, '/') ? strchr(key, '/') + 1 : "";
	}
	return strchr(key, '/') ? strchr(key, '/') : "";
}

int sb_move_follow(struct sb_run *run, const struct sb_kind *kind, int account, const char *key,
		   const json_t *row, bool *ret_moved)
{
	const char *parent = kind->parent_field ? find_assigned_key(run, kind, key, row) : NULL;
	const char *rest = parent ? cut_parent(key, parent) : "";
	char new_key[MAX_KEY];
	struct sb_op *op;

	*ret_moved = false;
	if (!*rest ||
	    snprintf(new_key, sizeof(new_key), "%s%s", parent, rest) >= (int)sizeof(new_key) ||
	    sb_streq(new_key, key) ||
	    sb_table_get(sb_snapshot_list(run->snap, kind->name)->rows, new_key))
		return 0;
	op = sb_plan_add(&run->diff->plan, kind, SB_UPDATE, new_key, sb_account_stage(run, account),
			 "its parent moved", json_pack("{s:s}", "stagebox_key", new_key),
			 json_pack("{s:s}", "stagebox_key", key));
	if (!op)
		return SB_E_NOMEM;
	op->target = json_integer_value(json_object_get(row, "id"));
	op->account = account;
	*ret_moved = true;
	return 0;
}
