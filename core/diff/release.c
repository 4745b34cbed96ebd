/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that people made and stagebox adopted are released when they vanish: key, mark and
 * assignment are cleared, and the object stays. */
#include "diff/release.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "diff/change_log.h"
#include "diff/describe.h"
#include "diff/token.h"
#include "model/home.h"
#include "run/account.h"
#include "run/prune_settings.h"
#include "run/question.h"
#include "stagebox/json.h"

/* The kinds of objects that NetBox deletes with the one that they are assigned to, although they
 * can exist alone: addresses. Interfaces and disks cannot: they are deleted with their parent. NULL
 * after the last. */
static const struct sb_kind *next_detachable(const struct sb_run *run, size_t *at)
{
	const struct sb_kinds *kinds = sb_registry_kinds(run->registry);

	while (*at < sb_kinds_count(kinds)) {
		const struct sb_kind *kind = sb_kinds_at(kinds, (*at)++);

		if (kind->flags & SB_KIND_DETACHABLE)
			return kind;
	}
	return NULL;
}

static bool has_primary(const struct sb_kind *kind)
{
	return sb_kind_trait(kind, SB_TRAIT_PRIMARY) != NULL;
}

static bool has_detachable_parts(const struct sb_kind *kind)
{
	return kind->attached_by || has_primary(kind);
}

/* Who made it and who gave it its key is known. */
static void judge_by_log(const char *key, const json_t *row, const char *written, const char *made,
			 enum sb_fate *ret_fate, struct sb_error *ret_why)
{
	json_int_t id = json_integer_value(json_object_get(row, "id"));

	*ret_fate = SB_FATE_DELETE;
	if (written && sb_streq(written, key))
		return;
	*ret_fate = SB_FATE_KEEP;
	if (written) {
		sb_fail(ret_why, SB_E_STATE,
			"%s is kept: its key was changed in NetBox, it was %.200s: give it its "
			"key again, or delete it there",
			key, written);
	} else if (*made == '{') {
		sb_reason_get(made, ret_why);
	} else if (sb_streq(made, "1")) {
		*ret_fate = SB_FATE_DELETE;
	} else if (sb_streq(made, SB_MADE_NOT_KNOWN)) {
		sb_fail(ret_why, SB_E_STATE,
			"%s is kept: neither the store nor NetBox's change log shows that stagebox "
			"created it (id %" JSON_INTEGER_FORMAT "): delete it in NetBox",
			key, id);
	} else {
		*ret_fate = SB_FATE_RELEASE;
	}
}

/* The field in which objects of such a kind are kept is ours as a whole: the pages of NetBox show
 * it and do not let people edit it, and the change log knows only the parent. */
static bool is_in_our_field(const struct sb_run *run, const struct sb_kind *kind)
{
	return sb_kind_has_home(kind) && run->inventory == SB_INVENTORY_FIELDS;
}

/* A mark is a custom field, which anybody may write who may change the object. The store knows what
 * we wrote; of what it does not know NetBox's change log is asked. */
static int judge_marked(struct sb_run *run, const struct sb_kind *kind, const json_t *row,
			enum sb_fate *ret_fate, struct sb_error *ret_why)
{
	const char *key = sb_json_str(row, "stagebox_key"), *made = NULL;
	bool in_store = key && sb_table_get(run->snap->applied, key), is_asked = false;
	sb_autojson *written = NULL;
	int rc;

	*ret_fate = SB_FATE_DELETE;
	if (!key || in_store || is_in_our_field(run, kind))
		return 0;
	rc = sb_change_log_ask_key(run, kind, key, row, &written, &is_asked);
	if (!rc)
		rc = sb_change_log_ask_maker(run, kind, row, &made);
	if (!made || is_asked)
		*ret_fate = SB_FATE_ASKED;
	else
		judge_by_log(key, row, json_string_value(written), made, ret_fate, ret_why);
	return rc;
}

int sb_release_judge_alone(struct sb_run *run, const struct sb_kind *kind, const json_t *row,
			   enum sb_fate *ret_fate, struct sb_error *ret_why)
{
	const json_t *adopted = json_object_get(row, "stagebox_adopted");
	const char *made;
	int rc;

	*ret_fate = SB_FATE_DELETE;
	if (sb_prune_deletes_adopted(run->conf))
		return 0;
	if (json_is_false(adopted))
		return judge_marked(run, kind, row, ret_fate, ret_why);
	*ret_fate = SB_FATE_RELEASE;
	if (json_is_true(adopted))
		return 0;
	rc = sb_change_log_ask_maker(run, kind, row, &made);
	if (!made)
		*ret_fate = SB_FATE_ASKED;
	if (rc < 0 || !made)
		return rc;
	if (sb_streq(made, "1"))
		*ret_fate = SB_FATE_DELETE;
	if (*made != '{')
		return 0;
	*ret_fate = SB_FATE_KEEP;
	sb_reason_get(made, ret_why);
	return 0;
}

int sb_release_is_adopted(struct sb_run *run, const struct sb_kind *kind, const json_t *row,
			  bool *ret_adopted)
{
	const json_t *mark = json_object_get(row, "stagebox_adopted");
	struct sb_error why = SB_ERROR_INIT;
	enum sb_fate fate;
	int rc;

	*ret_adopted = json_is_true(mark);
	if (json_is_boolean(mark) || !(kind->flags & SB_KIND_DETACHABLE) ||
	    sb_prune_deletes_adopted(run->conf))
		return 0;
	rc = sb_release_judge_alone(run, kind, row, &fate, &why);
	*ret_adopted = fate != SB_FATE_DELETE;
	return rc;
}

/* The rows of addresses below a key: known when the whole list is, else they are asked for. */
static int find_detachable(struct sb_run *run, const struct sb_kind *kind, const char *key,
			   struct sb_span *ret_span, enum sb_fate *ret_fate,
			   struct sb_error *ret_why)
{
	struct sb_nb_list *list = sb_snapshot_list(run->snap, kind->name);
	sb_autobuf query = SB_BUF_INIT(2048), prefix = SB_BUF_INIT(600);
	struct sb_error why;
	const char *answer;

	sb_buf_addf(&prefix, "%s/", key);
	if (list->known != SB_KNOWN_COMPLETE) {
		sb_buf_addf(&query, "%s?cf_stagebox_key__isw=", kind->name);
		sb_buf_add_url(&query, sb_buf_str(&prefix));
		answer = sb_table_get(run->snap->asked, sb_buf_str(&query));
		if (!answer) {
			*ret_fate = SB_FATE_ASKED;
			return sb_question_add(run, SB_ASK_BELOW, list->kind,
					       strchr(sb_buf_str(&query), '?') + 1, key);
		}
		if (*answer) {
			*ret_fate = SB_FATE_KEEP;
			sb_reason_get(answer, &why);
			sb_fail(ret_why, SB_E_STATE,
				"%s is kept: the addresses below it could not be read, and adopted "
				"ones must be released first: %s",
				key, why.text);
			return 0;
		}
	}
	return prefix.failed || query.failed
		       ? SB_E_NOMEM
		       : sb_table_span(list->rows, sb_buf_str(&prefix), ret_span);
}

/* Judge the parts of one kind below an object that would be deleted. */
static int judge_detachable(struct sb_run *run, const struct sb_kind *part, const char *key,
			    enum sb_fate *ret_fate, struct sb_error *ret_why)
{
	struct sb_span span = {0};
	enum sb_fate fate;
	size_t i;
	int rc = find_detachable(run, part, key, &span, ret_fate, ret_why);

	for (i = 0; !rc && i < span.n; i++) {
		sb_autojson *row = json_loads(span.texts[2 * i + 1], 0, NULL);

		rc = sb_release_judge_alone(run, part, row, &fate, ret_why);
		if (fate == SB_FATE_ASKED || (fate == SB_FATE_KEEP && *ret_fate != SB_FATE_ASKED))
			*ret_fate = fate;
	}
	free(span.texts);
	return rc;
}

int sb_release_judge(struct sb_run *run, const struct sb_kind *kind, const char *key,
		     const json_t *row, enum sb_fate *ret_fate, struct sb_error *ret_why)
{
	const struct sb_kind *part;
	size_t at = 0;
	int rc = sb_release_judge_alone(run, kind, row, ret_fate, ret_why);

	if (rc < 0 || *ret_fate != SB_FATE_DELETE || !has_detachable_parts(kind) ||
	    sb_prune_deletes_adopted(run->conf))
		return rc;
	while (!rc && (part = next_detachable(run, &at)))
		rc = judge_detachable(run, part, key, ret_fate, ret_why);
	return rc;
}

/* Freed when an address is not the primary one of its parent any more. */
static void primary_token(json_int_t id, char *ret_text, size_t room)
{
	snprintf(ret_text, room, "primary|%" JSON_INTEGER_FORMAT, id);
}

static void clear_member(json_t *set, json_t *was, const json_t *row, const char *name)
{
	const json_t *now = json_object_get(row, name);

	if (now && sb_value_empty(now))
		return;
	json_object_set_new(set, name, json_null());
	if (now)
		json_object_set(was, name, (json_t *)(uintptr_t)now);
}

/* The row of a part below key that this plan releases, by its id; NULL = none. New reference. */
static json_t *find_released(struct sb_run *run, const char *kind, const char *key,
			     const json_t *id)
{
	struct sb_nb_list *list = sb_snapshot_list(run->snap, kind);
	struct sb_error why;
	enum sb_fate fate;
	sb_autobuf prefix = SB_BUF_INIT(600);
	struct sb_span span = {0};
	json_t *found = NULL;
	size_t i;

	sb_buf_addf(&prefix, "%s/", key);
	if (!json_is_integer(id) || prefix.failed ||
	    sb_table_span(list->rows, sb_buf_str(&prefix), &span) < 0)
		return NULL;
	for (i = 0; !found && i < span.n; i++) {
		sb_autojson *row = json_loads(span.texts[2 * i + 1], 0, NULL);

		if (json_equal(json_object_get(row, "id"), id) &&
		    !sb_release_judge_alone(run, list->kind, row, &fate, &why) &&
		    fate == SB_FATE_RELEASE)
			found = sb_steal(row);
	}
	free(span.texts);
	return found;
}

/* Free the token of each primary address that the op clears. */
static int free_primaries(struct sb_op *op, const json_t *was)
{
	const struct sb_kind_field *field;
	char token[48];

	for (field = op->kind->fields; field->name; field++) {
		const struct sb_kind kind = {.name = field->kind};
		const json_t *id = json_object_get(was, field->name);

		if (!(field->traits & SB_TRAIT_PRIMARY) || !json_is_integer(id))
			continue;
		primary_token(json_integer_value(id), token, sizeof(token));
		if (sb_op_add_freed(op, &kind, token) < 0)
			return SB_E_NOMEM;
	}
	return 0;
}

/* The members of the primary addresses that are released with this parent. */
static void clear_primaries(struct sb_run *run, const struct sb_kind *kind, const char *key,
			    const json_t *row, json_t *set, json_t *was)
{
	const struct sb_kind_field *field;

	for (field = kind->fields; field->name; field++) {
		const json_t *id = json_object_get(row, field->name);
		sb_autojson *released = field->traits & SB_TRAIT_PRIMARY
						? find_released(run, field->kind, key, id)
						: NULL;

		if (released)
			clear_member(set, was, row, field->name);
	}
}

static int order_release(struct sb_op *op, const json_t *row)
{
	const struct sb_kind_field *tree = sb_kind_trait(op->kind, SB_TRAIT_TREE);
	char token[48];

	sb_token_released(json_object_get(row, "id"), token, sizeof(token));
	if (sb_op_add_freed(op, op->kind, token) < 0 || free_primaries(op, op->was) < 0)
		return SB_E_NOMEM;
	if (tree && json_object_get(op->set, tree->name)) {
		sb_token_child(json_object_get(row, "id"), token, sizeof(token));
		if (sb_op_add_freed(op, op->kind, token) < 0)
			return SB_E_NOMEM;
	}
	if (!(op->kind->flags & SB_KIND_DETACHABLE))
		return 0;
	primary_token(op->target, token, sizeof(token));
	return sb_op_add_claimed(op, op->kind, token);
}

static struct sb_op *add_release(struct sb_run *run, const struct sb_kind *kind, const char *key,
				 const json_t *row, int account, const char *stage)
{
	const struct sb_kind_field *tree = sb_kind_trait(kind, SB_TRAIT_TREE), *field;
	json_t *set = json_pack("{s:n}", "stagebox_key"),
	       *was = json_pack("{s:s}", "stagebox_key", key);
	struct sb_op *op;

	if (json_object_get(row, "stagebox_birth"))
		clear_member(set, was, row, "stagebox_birth");
	if (json_object_get(row, "stagebox_adopted"))
		clear_member(set, was, row, "stagebox_adopted");
	for (field = kind->fields; field->name; field++) {
		/* An object that others marked keeps its place; an address does not, because NetBox
		 * would delete it with its interface. */
		if (field->traits & SB_TRAIT_TIED &&
		    (kind->flags & SB_KIND_DETACHABLE ||
		     !json_is_false(json_object_get(row, "stagebox_adopted"))))
			clear_member(set, was, row, field->name);
	}
	if (tree && !sb_value_empty(json_object_get(row, tree->name)))
		clear_member(set, was, row, tree->name);
	clear_primaries(run, kind, key, row, set, was);
	op = sb_plan_add(&run->diff->plan, kind, SB_UPDATE, key, stage, "released", set, was);
	if (!op)
		return NULL;
	op->target = json_integer_value(json_object_get(row, "id"));
	op->account = account;
	return order_release(op, row) < 0 ? NULL : op;
}

int sb_release_duplicate(struct sb_run *run, const struct sb_kind *kind, const char *key,
			 const json_t *row, int account)
{
	return add_release(run, kind, key, row, account, sb_account_stage(run, account))
		       ? 0
		       : SB_E_NOMEM;
}

int sb_release_copy(struct sb_run *run, const struct sb_kind *kind, const char *key,
		    const json_t *row, int account)
{
	static const char *const marks[] = {"stagebox_birth", "stagebox_adopted"};
	json_t *set = json_pack("{s:n}", "stagebox_key"),
	       *was = json_pack("{s:s}", "stagebox_key", key);
	const struct sb_kind_field *title = sb_kind_trait(kind, SB_TRAIT_TITLE);
	const json_t *name = title ? json_object_get(row, title->name) : NULL;
	char text[160], why[300];
	struct sb_op *op;
	size_t i;

	if (name)
		json_object_set(was, title->name, (json_t *)(uintptr_t)name);
	sb_describe_row(kind, row, text);
	snprintf(why, sizeof(why), "%s has a copy of the key of an object that is ours", text);
	for (i = 0; i < SB_ARRAY_LEN(marks); i++) {
		if (json_object_get(row, marks[i]))
			clear_member(set, was, row, marks[i]);
	}
	op = sb_plan_add(&run->diff->plan, kind, SB_UPDATE, key, sb_account_stage(run, account),
			 why, set, was);
	if (!op)
		return SB_E_NOMEM;
	op->target = json_integer_value(json_object_get(row, "id"));
	op->account = account;
	return 0;
}

int sb_release_object(struct sb_run *run, const struct sb_kind *kind, const char *key,
		      const json_t *row, int account, const char *stage)
{
	struct sb_op *op = add_release(run, kind, key, row, account, stage);

	if (!op)
		return SB_E_NOMEM;
	/* A released address is free for another object of this plan, whose stage may be over. */
	if (!sb_map_get(run->snap->released, key, NULL))
		run->diff->once_more = run->diff->plan.is_draft = true;
	return sb_map_put(run->diff->released, key, (int64_t)op->seq);
}

static int add_primary_update(struct sb_run *run, const struct sb_kind *kind, const char *key,
			      const json_t *row, const char *stage, json_t *set_take,
			      json_t *was_take)
{
	sb_autojson *was = json_incref(was_take);
	struct sb_op *op = sb_plan_add(&run->diff->plan, kind, SB_UPDATE, key, stage,
				       "its primary address is released", set_take, was_take);

	if (!op)
		return SB_E_NOMEM;
	op->target = json_integer_value(json_object_get(row, "id"));
	return free_primaries(op, was);
}

int sb_release_primary_before(struct sb_run *run, const struct sb_kind *kind, const char *key,
			      const json_t *row, const char *stage)
{
	json_t *set, *was;

	if (!has_primary(kind) || sb_prune_deletes_adopted(run->conf))
		return 0;
	set = json_object();
	was = json_object();
	clear_primaries(run, kind, key, row, set, was);
	if (json_object_size(set))
		return add_primary_update(run, kind, key, row, stage, set, was);
	json_decref(set);
	json_decref(was);
	return 0;
}

static int release_detachable(struct sb_run *run, const struct sb_kind *part, const char *key,
			      size_t seq)
{
	struct sb_nb_list *list = sb_snapshot_list(run->snap, part->name);
	sb_autobuf prefix = SB_BUF_INIT(600);
	struct sb_span span = {0};
	struct sb_error why;
	enum sb_fate fate;
	char token[48];
	size_t i;
	int rc;

	sb_buf_addf(&prefix, "%s/", key);
	rc = prefix.failed ? SB_E_NOMEM : sb_table_span(list->rows, sb_buf_str(&prefix), &span);
	for (i = 0; !rc && i < span.n; i++) {
		sb_autojson *row = json_loads(span.texts[2 * i + 1], 0, NULL);

		rc = sb_release_judge_alone(run, part, row, &fate, &why);
		if (rc < 0 || fate != SB_FATE_RELEASE)
			continue;
		rc = sb_release_object(run, part, span.texts[2 * i], row, -1,
				       run->diff->plan.ops[seq].stage);
		sb_token_released(json_object_get(row, "id"), token, sizeof(token));
		if (!rc)
			rc = sb_op_add_claimed(&run->diff->plan.ops[seq], part, token);
	}
	free(span.texts);
	return rc;
}

int sb_release_below(struct sb_run *run, const struct sb_kind *kind, const char *key, size_t seq)
{
	const struct sb_kind *part;
	size_t at = 0;
	int rc = 0;

	if (!has_detachable_parts(kind) || sb_prune_deletes_adopted(run->conf))
		return 0;
	while (!rc && (part = next_detachable(run, &at)))
		rc = release_detachable(run, part, key, seq);
	return rc;
}

bool sb_release_counts(struct sb_run *run, const char *key, int account)
{
	struct sb_op *op = sb_diff_op(run->diff, run->diff->released, key);

	if (op && account >= 0 && op->account < 0)
		op->account = account;
	return op != NULL;
}

/* The op of this plan that gives the parent another primary address, or NULL. */
static struct sb_op *find_primary_op(struct sb_run *run, const char *key, const char *member)
{
	struct sb_plan *plan = &run->diff->plan;
	size_t i;

	for (i = 0; i < plan->n; i++) {
		sb_autojson *set = NULL;

		if (plan->ops[i].verb != SB_UPDATE || !sb_streq(plan->ops[i].key, key))
			continue;
		set = sb_op_get(&plan->ops[i], SB_OP_SET);
		if (json_object_get(set, member))
			return &plan->ops[i];
	}
	return NULL;
}

static int free_from_parent(struct sb_run *run, const char *parent, const struct sb_kind *kind,
			    const json_t *row, const char *stage, json_int_t id)
{
	const struct sb_kind_field *field;

	for (field = kind->fields; field->name; field++) {
		sb_autojson *was = NULL;
		struct sb_op *op;

		if (!(field->traits & SB_TRAIT_PRIMARY) ||
		    json_integer_value(json_object_get(row, field->name)) != id)
			continue;
		was = json_pack("{s:I}", field->name, id);
		op = find_primary_op(run, parent, field->name);
		if (op)
			return free_primaries(op, was);
		return add_primary_update(run, kind, parent, row, stage,
					  json_pack("{s:n}", field->name), json_incref(was));
	}
	return 0;
}

/* NetBox refuses to take the primary address away from a device or guest that stays. */
static int order_primary(struct sb_run *run, size_t seq)
{
	const struct sb_kinds *kinds = sb_registry_kinds(run->registry);
	const struct sb_op *op = &run->diff->plan.ops[seq];
	enum sb_vanishing state;
	char top[512];
	size_t i;
	int rc = 0;

	sb_key_top(op->key, top);
	state = sb_vanishing_of(run->diff, top);
	if (state == SB_VANISHING_DELETE || state == SB_VANISHING_RELEASE)
		return 0; /* ordered when that was planned */
	for (i = 0; !rc && i < sb_kinds_count(kinds); i++) {
		const struct sb_kind *kind = sb_kinds_at(kinds, i);
		const struct sb_nb_list *list =
			has_primary(kind) ? sb_snapshot_list(run->snap, kind->name) : NULL;
		sb_autojson *row = list ? sb_table_get_json(list->rows, top) : NULL;

		if (row)
			rc = free_from_parent(run, top, kind, row, op->stage, op->target);
		op = &run->diff->plan.ops[seq];
	}
	return rc;
}

/* A release counts for the stage that planned it when the stage of the addresses does not run. */
static int open_account(struct sb_run *run, size_t seq)
{
	struct sb_op *op = &run->diff->plan.ops[seq];
	size_t stage = sb_run_find_stage(run, op->stage);
	int account = sb_account_of(run, op->kind, op->key);
	char prefix[128];

	snprintf(prefix, sizeof(prefix), "%.100s/", run->slug);
	if (account < 0)
		account = sb_account_open(run, stage, op->kind, prefix);
	if (account < 0)
		return SB_E_NOMEM;
	sb_account_at(run, account)->before++;
	run->diff->plan.ops[seq].account = account;
	return 0;
}

int sb_release_finish(struct sb_run *run)
{
	size_t n = run->diff->plan.n, i;
	int rc = 0;

	if (sb_map_count(run->diff->released) != sb_map_count(run->snap->released))
		run->diff->once_more = true;
	for (i = 0; !rc && i < n; i++) {
		if (!run->diff->plan.ops[i].releases)
			continue;
		if (run->diff->plan.ops[i].account < 0)
			rc = open_account(run, i);
		if (!rc && run->diff->plan.ops[i].kind->flags & SB_KIND_DETACHABLE)
			rc = order_primary(run, i);
	}
	return rc;
}
