/* SPDX-License-Identifier: Apache-2.0 */
/* Compares the ops of a plan file with what a sync of the endpoint could do. */
#include "job/plan_rules.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "diff/elsewhere.h"
#include "diff/prune_gate.h"
#include "job/plan_adopt.h"
#include "model/journal.h"
#include "run/policies.h"
#include "run/prune_settings.h"
#include "stagebox/json.h"

struct rules {
	struct sb_run *run;
	json_t *own;     /* "<kind>" -> {"<id>": true}: ids of our objects, made when needed */
	json_t *created; /* keys that the plan creates */
	json_t *pruned;  /* "<kind>" -> number of top objects that it deletes */
	json_t *noted;   /* token -> position of the update that frees it */
};

static int refuse_op(const struct sb_op *op, const char *why, struct sb_error *err)
{
	return sb_fail(
		err, SB_E_REFUSED,
		"the plan does what no sync of this endpoint would do: %s of %.200s: %s: check "
		"where the file comes from, and plan again",
		sb_op_word(op), op->key, why);
}

static bool is_shared(const struct sb_op *op)
{
	return op->kind->flags & SB_KIND_SHARED;
}

static bool is_top(const struct sb_op *op)
{
	return !(op->kind->flags & (SB_KIND_CHILD | SB_KIND_UNMARKED | SB_KIND_SHARED));
}

static bool has_own_key(const struct sb_run *run, const struct sb_op *op)
{
	size_t len = strlen(run->slug);
	char prefix[128];

	if (!is_shared(op))
		return sb_starts_with(op->key, run->slug) && op->key[len] == '/';
	snprintf(prefix, sizeof(prefix), "shared/%s/", op->kind->name);
	return sb_starts_with(op->key, prefix);
}

static int put_id(json_t *ids, int64_t id)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRId64, id);
	return json_object_set_new(ids, text, json_true());
}

/* The ids of our objects of a kind, and of those that the plan adopts. Borrowed; NULL = no memory.
 */
static json_t *own_ids(struct rules *rules, const char *kind)
{
	struct sb_table *rows = sb_snapshot_list(rules->run->snap, kind)->rows;
	const struct sb_plan *plan = &rules->run->diff->plan;
	json_t *ids = json_object_get(rules->own, kind);
	size_t i;

	if (ids)
		return ids;
	ids = json_object();
	if (json_object_set_new(rules->own, kind, ids) < 0)
		return NULL;
	for (i = 0; i < sb_table_count(rows); i++)
		put_id(ids, sb_table_id(rows, sb_table_key_at(rows, i)));
	for (i = 0; i < plan->n; i++) {
		sb_autojson *set = sb_op_get(&plan->ops[i], SB_OP_SET);

		if (sb_streq(plan->ops[i].kind->name, kind) && json_object_get(set, "stagebox_key"))
			put_id(ids, plan->ops[i].target);
	}
	return ids;
}

/* Is the reference to an object of this endpoint? */
static bool is_own_reference(struct rules *rules, const char *kind, const json_t *value)
{
	const char *ref = sb_json_str(value, "$ref");
	size_t len = strlen(rules->run->slug);
	char text[32];

	if (ref)
		return sb_starts_with(ref, rules->run->slug) && ref[len] == '/';
	if (sb_snapshot_list(rules->run->snap, kind)->known != SB_KNOWN_COMPLETE)
		return true; /* not known: the write itself looks again */
	snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	return json_object_get(own_ids(rules, kind), text) != NULL;
}

/* The kind that a generic reference leads to, by its type. */
static const struct sb_kind *kind_of_type(const struct sb_run *run, const char *type)
{
	const struct sb_kinds *kinds = sb_registry_kinds(run->registry);
	size_t i;

	for (i = 0; type && i < sb_kinds_count(kinds); i++) {
		const struct sb_kind *kind = sb_kinds_at(kinds, i);

		if (sb_streq(kind->object_type, type) && !(kind->flags & SB_KIND_UNMARKED))
			return kind;
	}
	return NULL;
}

static bool is_own_value(struct rules *rules, const struct sb_kind_field *field,
			 const json_t *value)
{
	const struct sb_kinds *kinds = sb_registry_kinds(rules->run->registry);
	const struct sb_kind *kind = sb_kinds_find(kinds, field->kind);
	const json_t *id = value;

	if (!value || json_is_null(value))
		return true;
	if (field->type == SB_FIELD_OBJECT) {
		kind = kind_of_type(rules->run, sb_json_str(value, "type"));
		id = json_object_get(value, "id");
	}
	if (!kind)
		return false;
	return kind->flags & SB_KIND_SHARED || is_own_reference(rules, kind->name, id);
}

/* The parent of a part, and what makes a name unique, are objects of the endpoint. */
static bool has_own_parent(struct rules *rules, const struct sb_op *op, const json_t *set)
{
	const struct sb_kind_field *field;
	size_t i;

	for (field = op->kind->fields; field->name; field++) {
		bool is_parent =
			op->kind->parent_field && sb_streq(op->kind->parent_field, field->name);

		for (i = 0; op->kind->natural[i]; i++)
			is_parent = is_parent || (field->type == SB_FIELD_REF &&
						  sb_streq(op->kind->natural[i], field->name));
		if (is_parent && !is_own_value(rules, field, json_object_get(set, field->name)))
			return false;
	}
	return true;
}

/* Every value that is replaced was known when the plan was made. */
static bool names_old_values(const struct sb_op *op, const json_t *set, const json_t *was)
{
	const char *name;
	json_t *value;

	if (op->target_ref)
		return true; /* the plan creates it */
	json_object_foreach ((json_t *)(uintptr_t)set, name, value)
		if (sb_kind_field(op->kind, name) && !sb_kind_field_unread(op->kind, name) &&
		    !json_object_get(was, name))
			return false;
	return json_object_size(was) > 0;
}

/* The second object of a key: the diff deletes or releases it without the gate of deletes. */
static bool is_duplicate(const struct sb_run *run, const struct sb_op *op)
{
	return sb_nb_list_has_duplicate(sb_snapshot_list(run->snap, op->kind->name), op->key,
					op->target);
}

/* A row of a MAC address has no key: it must be one of an interface of ours. */
static bool is_own_mac(const struct sb_run *run, const struct sb_op *op)
{
	const char *end = strstr(op->key, "/mac/");
	sb_autofree char *parent = end ? strndup(op->key, (size_t)(end - op->key)) : NULL;
	size_t i, j;

	for (i = 0; parent && i < run->snap->n_lists; i++) {
		sb_autojson *row = sb_table_get_json(run->snap->lists[i].rows, parent);
		const json_t *mac;

		json_array_foreach (json_object_get(row, "mac_rows"), j, mac)
			if (json_integer_value(json_array_get(mac, 0)) == op->target)
				return true;
	}
	return false;
}

/* Clusters, nodes and guests: the gate of a sync is asked again. */
static int check_prune(struct rules *rules, const struct sb_op *op, struct sb_error *err)
{
	struct sb_run *run = rules->run;
	json_int_t n;

	if (!sb_prune_is_enabled(run->conf))
		return refuse_op(op, "prune.enabled is off", err);
	if (!sb_prune_is_due(run, op->key, NULL) && !json_object_get(rules->created, op->key))
		return refuse_op(op, "it is not missing for prune.runs and prune.grace", err);
	n = json_integer_value(json_object_get(rules->pruned, op->kind->name)) + 1;
	json_object_set_new(rules->pruned, op->kind->name, json_integer(n));
	return 0;
}

static int check_delete(struct rules *rules, const struct sb_op *op, const json_t *was,
			struct sb_error *err)
{
	if (is_shared(op))
		return refuse_op(op, "shared objects are never deleted", err);
	if (op->target_ref)
		return refuse_op(op, "the plan itself creates it", err);
	if (is_duplicate(rules->run, op))
		return 0;
	if (!json_object_size(was))
		return refuse_op(op, "the plan does not say what it was", err);
	if (op->kind->flags & SB_KIND_UNMARKED && !is_own_mac(rules->run, op))
		return refuse_op(op, "it is not part of an object of ours", err);
	return is_top(op) ? check_prune(rules, op, err) : 0;
}

static bool follows_source(const struct rules *rules, const struct sb_op *op, const json_t *set)
{
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)set, name, value) {
		const struct sb_kind_field *field = sb_kind_field(op->kind, name);
		enum sb_policy policy =
			field ? sb_policy_of(rules->run, op->kind, field) : SB_POLICY_NEVER;

		if (policy == SB_POLICY_CREATE_ONLY || policy == SB_POLICY_NEVER)
			return false;
	}
	return true;
}

static int check_update(struct rules *rules, const struct sb_op *op, const json_t *set,
			const json_t *was, struct sb_error *err)
{
	struct sb_table *rows = sb_snapshot_list(rules->run->snap, op->kind->name)->rows;
	int64_t id = sb_table_id(rows, op->key);

	if (!names_old_values(op, set, was))
		return refuse_op(op, "the plan does not say what every value was", err);
	if (op->target_ref && !sb_streq(op->target_ref, op->key))
		return refuse_op(op, "its target has another key", err);
	if (!is_shared(op))
		return 0;
	if (op->target_ref || (id && id != op->target))
		return refuse_op(op, "its target is another object", err);
	if (!follows_source(rules, op, set))
		return refuse_op(op, "it changes what belongs to people", err);
	return 0;
}

/* A release only clears values of an object that has our key; of a guest, node or cluster the gate
 * of deletes is asked. */
static int check_release(struct rules *rules, const struct sb_op *op, const json_t *set,
			 const json_t *was, struct sb_error *err)
{
	struct sb_table *rows = sb_snapshot_list(rules->run->snap, op->kind->name)->rows;
	int64_t id = sb_table_id(rows, op->key);
	bool is_second = is_duplicate(rules->run, op);
	const char *name;
	json_t *value;

	if (is_shared(op) || op->target_ref)
		return refuse_op(op, "it gives back what is not ours", err);
	if (id && id != op->target && !is_second)
		return refuse_op(op, "its target is another object", err);
	json_object_foreach ((json_t *)(uintptr_t)set, name, value)
		if (!json_is_null(value))
			return refuse_op(op, "it gives an object back and changes it", err);
	if (!names_old_values(op, set, was))
		return refuse_op(op, "the plan does not say what every value was", err);
	return is_top(op) && !is_second ? check_prune(rules, op, err) : 0;
}

/* Is the value the id of a shared object of the kind? A group that people created may have another
 * slug than the key says. */
static bool is_shared_id(struct rules *rules, const char *kind, const json_t *value)
{
	const struct sb_nb_list *list = sb_snapshot_list(rules->run->snap, kind);
	char text[32];

	snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	return json_is_integer(value) &&
	       (list->known != SB_KNOWN_COMPLETE || json_object_get(own_ids(rules, kind), text));
}

/* The key of the shared object that the values make; ids of the objects that they refer to count as
 * the keys of these. Caller frees; NULL when a part is missing. */
static char *shared_key_of(struct rules *rules, const struct sb_op *op, const json_t *set)
{
	sb_autojson *values = json_copy((json_t *)(uintptr_t)set);
	const char *part = op->key + strlen("shared/") + strlen(op->kind->name);
	size_t i;

	for (i = 0; op->kind->natural[i] && *part == '/'; i++) {
		const struct sb_kind_field *field = sb_kind_field(op->kind, op->kind->natural[i]);
		size_t len = strcspn(++part, "/");
		char ref[256];

		snprintf(ref, sizeof(ref), "shared/%s/%.*s", field->kind ? field->kind : "",
			 (int)len, part);
		part += len;
		if (field->type == SB_FIELD_REF &&
		    is_shared_id(rules, field->kind, json_object_get(set, field->name)))
			json_object_set_new(values, field->name, json_pack("{s:s}", "$ref", ref));
	}
	return sb_shared_key_of_want(op->kind, values);
}

/* The update that an entry claims to be about, and nothing else; NULL = there is none. */
static const struct sb_op *find_noted(const struct rules *rules, const struct sb_op *entry)
{
	sb_autojson *claims = sb_op_get(entry, SB_OP_CLAIMS);
	const char *token = json_string_value(json_array_get(claims, 0));
	const json_t *position = token ? json_object_get(rules->noted, token) : NULL;
	sb_autobuf own = SB_BUF_INIT(2048);

	sb_buf_addf(&own, "%s|%s", entry->kind->name, entry->key);
	if (!position || json_array_size(claims) != 1 || !sb_streq(sb_buf_str(&own), token))
		return NULL;
	return &rules->run->diff->plan.ops[json_integer_value(position)];
}

/* Is the reference to the object that gets the entries about the target of an update? The parent of
 * one that NetBox does not have any more is only known to be ours. */
static bool is_noted_object(struct rules *rules, const struct sb_op *update, const json_t *object)
{
	const struct sb_kinds *kinds = sb_registry_kinds(rules->run->registry);
	sb_autojson *row = sb_table_get_json(
		sb_snapshot_list(rules->run->snap, update->kind->name)->rows, update->key);
	sb_autojson *own = NULL;
	const struct sb_kind_field *parent;

	if (!sb_kind_has_home(update->kind)) {
		json_decref(row);
		row = json_pack("{s:I}", "id", (json_int_t)update->target);
	}
	own = sb_journal_object(kinds, update->kind, row);
	if (own)
		return json_equal(own, object);
	parent = sb_kind_field(update->kind, update->kind->parent_field);
	return sb_streq(sb_json_str(object, "type"),
			sb_kinds_find(kinds, parent->kind)->object_type) &&
	       is_own_reference(rules, parent->kind, json_object_get(object, "id"));
}

/* An entry of the journal says what an update of the plan changes, and of that object. */
static int check_entry(struct rules *rules, const struct sb_op *op, const json_t *set,
		       struct sb_error *err)
{
	size_t length = 0;
	const char *name = sb_journal_field(op->key, &length);
	const struct sb_op *update = name && op->verb == SB_CREATE ? find_noted(rules, op) : NULL;
	const struct sb_kind_field *field = update ? sb_kind_field(update->kind, name) : NULL;
	sb_autojson *after = update ? sb_op_get(update, SB_OP_SET) : NULL;
	sb_autojson *before = update ? sb_op_get(update, SB_OP_WAS) : NULL;
	sb_autojson *words = NULL, *given = json_copy((json_t *)(uintptr_t)set);
	const json_t *object = json_object_get(set, SB_JOURNAL_OBJECT);

	if (field && field->journal && !update->target_ref && strlen(update->key) == length &&
	    strncmp(update->key, op->key, length) == 0 && sb_streq(update->stage, op->stage) &&
	    sb_journal_is_noted(field, after, before))
		words = sb_journal_words(field, update->key, after, before);
	json_object_del(given, SB_JOURNAL_OBJECT);
	if (!words || !json_equal(words, given))
		return refuse_op(op, "it is not about a change of this plan", err);
	if (!is_noted_object(rules, update, object))
		return refuse_op(op, "it belongs to another object than the change", err);
	return 0;
}

static int check_op(struct rules *rules, const struct sb_op *op, struct sb_error *err)
{
	sb_autojson *set = sb_op_get(op, SB_OP_SET), *was = sb_op_get(op, SB_OP_WAS);
	const char *key = sb_json_str(set, "stagebox_key");
	sb_autofree char *shared = NULL;
	sb_autojson *after = NULL;
	enum sb_key_rule rule;
	const char *why = NULL;

	if (!has_own_key(rules->run, op) && !sb_elsewhere_move_of(rules->run, op))
		return refuse_op(op, "its key does not belong to this endpoint", err);
	if (op->verb == SB_ACT)
		return 0; /* its stage declares it, and looks at the object once more */
	if (!op->releases && json_object_get(set, "stagebox_key") &&
	    (!key || !sb_streq(key, op->key)))
		return refuse_op(op, "it sets the key of another object", err);
	rule = sb_plan_key_rule(rules->run, op, &after, &why);
	if (rule == SB_KEY_REFUSED)
		return refuse_op(op, why, err);
	if (rule == SB_KEY_ALLOWED)
		return 0;
	if (after && !has_own_parent(rules, op, after))
		return refuse_op(op, "it takes over an object that is not below one of ours", err);
	if (sb_kind_is_journal(op->kind))
		return check_entry(rules, op, set, err);
	if (op->releases)
		return check_release(rules, op, set, was, err);
	if (op->kind->flags & SB_KIND_UNMARKED && op->verb != SB_DELETE)
		return refuse_op(op, "objects without a key are not written", err);
	if (op->verb == SB_DELETE)
		return check_delete(rules, op, was, err);
	if (!has_own_parent(rules, op, set))
		return refuse_op(op, "it belongs to an object that is not ours", err);
	if (op->verb == SB_UPDATE)
		return check_update(rules, op, set, was, err);
	if (is_shared(op))
		shared = shared_key_of(rules, op, set);
	if (shared && !sb_streq(shared, op->key))
		return refuse_op(op, "its values make another key", err);
	return 0;
}

static int check_prune_limits(struct rules *rules, struct sb_error *err)
{
	const struct sb_kinds *kinds = sb_registry_kinds(rules->run->registry);
	const char *name;
	json_t *n;

	json_object_foreach (rules->pruned, name, n)
		if (!sb_prune_allows(rules->run, SB_STAGE_SHARED, sb_kinds_find(kinds, name),
				     (size_t)json_integer_value(n))) {
			if (err)
				*err = rules->run->diff->gate_why;
			return SB_E_REFUSED;
		}
	return 0;
}

static int index_op(struct rules *rules, const struct sb_op *op)
{
	sb_autojson *frees = op->verb == SB_UPDATE ? sb_op_get(op, SB_OP_FREES) : NULL;
	const json_t *token;
	size_t i;

	if (op->verb == SB_CREATE)
		return json_object_set_new(rules->created, op->key, json_true());
	json_array_foreach (frees, i, token)
		if (json_object_set_new(rules->noted, json_string_value(token),
					json_integer((json_int_t)op->seq)) < 0)
			return SB_E_NOMEM;
	return 0;
}

int sb_plan_check_rules(struct sb_run *run, struct sb_error *err)
{
	struct rules rules = {run, json_object(), json_object(), json_object(), json_object()};
	const struct sb_plan *plan = &run->diff->plan;
	size_t i;
	int rc = rules.own && rules.created && rules.pruned && rules.noted
			 ? 0
			 : sb_fail(err, SB_E_NOMEM, "out of memory");

	for (i = 0; !rc && i < plan->n; i++)
		if (index_op(&rules, &plan->ops[i]) < 0)
			rc = sb_fail(err, SB_E_NOMEM, "out of memory");
	if (!rc)
		rc = sb_plan_read_targets(run, err);
	for (i = 0; !rc && i < plan->n; i++)
		rc = check_op(&rules, &plan->ops[i], err);
	if (!rc)
		rc = check_prune_limits(&rules, err);
	json_decref(rules.own);
	json_decref(rules.created);
	json_decref(rules.pruned);
	json_decref(rules.noted);
	return rc;
}
