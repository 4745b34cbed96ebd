/* SPDX-License-Identifier: Apache-2.0 */
/* Ops and plans: building, and the JSON form. */
#include "model/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/birth.h"
#include "model/decimal.h"
#include "model/key.h"
#include "model/plan_check.h"
#include "model/table.h"
#include "stagebox/json.h"

/* Of an op, and ops of one key and stage, and of one key, in a plan that is read. */
enum { MAX_TOKENS = 1000, MAX_OPS_OF_STAGE = 16, MAX_OPS_OF_KEY = 256 };

enum { MAX_ACTION = 31 };

static const char *const verb_names[] = {"create", "update", "delete"}; /* of NetBox */
static const char *const part_names[SB_OP_PARTS] = {"set", "was", "claims", "frees"};

static int verb_parse(const char *word)
{
	size_t i;

	for (i = 0; word && i < SB_ARRAY_LEN(verb_names); i++) {
		if (sb_streq(verb_names[i], word))
			return (int)i;
	}
	return -1;
}

const char *sb_op_word(const struct sb_op *op)
{
	return op->verb == SB_ACT ? op->action : verb_names[op->verb];
}

const char *sb_op_system(const struct sb_op *op)
{
	return op->verb == SB_ACT ? "pve" : "netbox";
}

#define TEMPORARY_NAME "stagebox-swap-"

json_t *sb_plan_temporary_name(int64_t id)
{
	return json_sprintf(TEMPORARY_NAME "%" PRId64, id);
}

bool sb_plan_is_temporary(const char *name, int64_t id)
{
	char *end;

	if (!sb_starts_with(name, TEMPORARY_NAME))
		return false;
	return strtoll(name + strlen(TEMPORARY_NAME), &end, 10) == id && !*end;
}

/* Returns one copy for equal texts; NULL = no memory. */
static const char *intern_word(struct sb_plan *plan, const char *text)
{
	if (!plan->words) {
		plan->words = sb_table_create();
		sb_buf_init(&plan->scratch, 16u << 20);
	}
	return plan->words ? sb_table_intern(plan->words, text) : NULL;
}

/* The object whose counter a create changes, as text: an id, or the key of an object that the plan
 * creates. */
static void group_of(const struct sb_kind *kind, enum sb_verb verb, const json_t *set,
		     char *ret_group, size_t room)
{
	const char *field = verb == SB_CREATE ? kind->counted_field : NULL;
	const json_t *value = field ? json_object_get(set, field) : NULL;

	ret_group[0] = '\0';
	if (json_is_integer(value))
		snprintf(ret_group, room, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_object(value))
		snprintf(ret_group, room, "%s", sb_json_str(value, "$ref"));
}

struct sb_op *sb_plan_add(struct sb_plan *plan, const struct sb_kind *kind, enum sb_verb verb,
			  const char *key, const char *stage, const char *why, json_t *set_take,
			  json_t *was_take)
{
	struct sb_op *op, *ops;
	char group[256];
	bool releases = json_is_null(json_object_get(set_take, "stagebox_key"));
	size_t room;

	group_of(kind, verb, set_take, group, sizeof(group));
	if (plan->is_draft) {
		json_decref(set_take);
		json_decref(was_take);
		set_take = was_take = NULL;
	}
	if (plan->n == plan->room) {
		room = plan->room ? 2 * plan->room : 64;
		ops = realloc(plan->ops, room * sizeof(*ops));
		if (!ops) {
			json_decref(set_take);
			json_decref(was_take);
			return NULL;
		}
		plan->ops = ops;
		plan->room = room;
	}
	op = &plan->ops[plan->n];
	memset(op, 0, sizeof(*op));
	op->is_open = true;
	op->kind = kind;
	op->verb = verb;
	op->releases = verb == SB_UPDATE && releases;
	op->account = -1;
	op->set = set_take;
	op->was = was_take;
	op->key = sb_arena_copy(&plan->texts, key, strlen(key) + 1);
	op->stage = intern_word(plan, stage);
	op->why = intern_word(plan, why ? why : "");
	op->group = group[0] ? intern_word(plan, group) : "";
	if (!op->key || !op->stage || !op->why || !op->group) {
		sb_op_finish(op);
		return NULL;
	}
	if (plan->n)
		sb_op_pack(op - 1, plan);
	op->seq = plan->n++;
	return op;
}

bool sb_is_action_name(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return len && len <= MAX_ACTION && !name[len] && verb_parse(name) < 0;
}

struct sb_op *sb_plan_add_action(struct sb_plan *plan, const struct sb_kind *kind,
				 const char *action, const char *key, const char *stage,
				 const char *why, json_t *set_take, json_t *was_take)
{
	struct sb_op *op = sb_plan_add(plan, kind, SB_ACT, key, stage, why, set_take, was_take);

	if (op)
		op->action = intern_word(plan, action);
	return op && op->action ? op : NULL;
}

int sb_plan_set_birth(struct sb_plan *plan, struct sb_op *op, const char *birth)
{
	op->birth = sb_arena_copy(&plan->texts, birth, strlen(birth) + 1);
	return op->birth ? 0 : SB_E_NOMEM;
}

void sb_plan_finish(struct sb_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n; i++)
		sb_op_finish(&plan->ops[i]);
	free(plan->ops);
	sb_arena_finish(&plan->texts);
	sb_table_destroy(plan->words);
	sb_buf_finish(&plan->scratch);
	memset(plan, 0, sizeof(*plan));
}

void sb_plan_pack(struct sb_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n; i++)
		sb_op_pack(&plan->ops[i], plan);
}

struct sb_op *sb_plan_find(struct sb_plan *plan, const char *key)
{
	size_t i;

	for (i = 0; i < plan->n; i++) {
		if (sb_streq(plan->ops[i].key, key))
			return &plan->ops[i];
	}
	return NULL;
}

json_t *sb_op_to_json(const struct sb_op *op)
{
	json_t *json =
		json_pack("{s:s, s:s, s:s, s:s, s:s}", "key", op->key, "kind", op->kind->name,
			  "verb", sb_op_word(op), "stage", op->stage, "why", op->why);
	enum sb_op_part part;

	if (!json)
		return NULL;
	if (op->verb == SB_ACT)
		json_object_set_new(json, "system", json_string(sb_op_system(op)));
	if (op->birth)
		json_object_set_new(json, "birth", json_string(op->birth));
	if (op->target)
		json_object_set_new(json, "target", json_integer(op->target));
	else if (op->target_ref)
		json_object_set_new(json, "target", json_pack("{s:s}", "$ref", op->target_ref));
	for (part = 0; part < SB_OP_PARTS; part++) {
		sb_autojson *value = sb_op_get(op, part);

		if (!value)
			continue;
		json_object_set_new(json, part_names[part],
				    part == SB_OP_SET || part == SB_OP_WAS
					    ? sb_decimal_to_document(op->kind, value)
					    : json_incref(value));
	}
	return json;
}

int sb_plan_to_json(const struct sb_plan *plan, json_t **ret_ops, json_t **ret_shared)
{
	sb_autojson *ops = json_array();
	sb_autojson *shared = json_array();
	size_t i;

	for (i = 0; i < plan->n; i++) {
		bool is_shared = plan->ops[i].kind->flags & SB_KIND_SHARED;

		if (json_array_append_new(is_shared ? shared : ops, sb_op_to_json(&plan->ops[i])) <
		    0)
			return SB_E_NOMEM;
	}
	*ret_ops = sb_steal(ops);
	*ret_shared = sb_steal(shared);
	return 0;
}

static bool are_tokens(const json_t *list)
{
	const json_t *token;
	size_t i;

	if (list && (!json_is_array(list) || json_array_size(list) > MAX_TOKENS))
		return false;
	json_array_foreach (list, i, token) {
		if (!json_is_string(token))
			return false;
	}
	return true;
}

/* An action: {"system": "pve", "key", "kind", "verb", "stage", "why", "set"?, "was"?,
 * "birth"?}. What it sets is for its stage to read, which checks it when it carries the action out.
 */
static int action_from_json(struct sb_plan *plan, const struct sb_kinds *kinds, const json_t *json,
			    struct sb_error *err)
{
	const char *key = sb_json_str(json, "key"), *kind_name = sb_json_str(json, "kind");
	const char *stage = sb_json_str(json, "stage"), *why = sb_json_str(json, "why");
	const char *action = sb_json_str(json, "verb"), *system = sb_json_str(json, "system");
	const struct sb_kind *kind = kind_name ? sb_kinds_find(kinds, kind_name) : NULL;
	const json_t *set = json_object_get(json, "set"), *was = json_object_get(json, "was");
	const json_t *birth = json_object_get(json, "birth");
	struct sb_op *op;

	if (!system || !sb_streq(system, "pve"))
		return sb_fail(
			err, SB_E_SHAPE,
			"plan: op %zu: its system is not \"pve\", the only one that has actions",
			plan->n);
	if (!key || !sb_key_is_valid(key) || strlen(key) > SB_PLAN_KEY_BYTES || !stage || !action ||
	    !sb_is_action_name(action))
		return sb_fail(err, SB_E_SHAPE, "plan: op %zu: key, verb and stage are needed",
			       plan->n);
	if (!kind || kind->flags & SB_KIND_SHARED)
		return sb_fail(err, SB_E_SHAPE,
			       "plan: op of \"%s\": kind \"%s\" is unknown, or shared", key,
			       kind_name ? kind_name : "");
	if ((set && !json_is_object(set)) || (was && !json_is_object(was)) ||
	    json_object_get(json, "target"))
		return sb_fail(
			err, SB_E_SHAPE,
			"plan: op of \"%s\": set and was of an action are objects, and it has "
			"no target",
			key);
	if (birth && (!json_is_string(birth) || json_string_length(birth) > SB_BIRTH_CHARS))
		return sb_fail(err, SB_E_SHAPE,
			       "plan: op of \"%s\": its instance id (birth) is not a text of at "
			       "most %d bytes",
			       key, SB_BIRTH_CHARS);
	op = sb_plan_add_action(plan, kind, action, key, stage, why, json_deep_copy(set),
				json_deep_copy(was));
	if (!op || (birth && sb_plan_set_birth(plan, op, json_string_value(birth)) < 0))
		return sb_fail(err, SB_E_NOMEM, "plan: out of memory");
	return 0;
}

static int op_from_json(struct sb_plan *plan, const struct sb_kinds *kinds, const json_t *json,
			struct sb_error *err)
{
	const char *key = sb_json_str(json, "key"), *kind_name = sb_json_str(json, "kind");
	const char *stage = sb_json_str(json, "stage"), *why = sb_json_str(json, "why");
	const struct sb_kind *kind = kind_name ? sb_kinds_find(kinds, kind_name) : NULL;
	const json_t *target = json_object_get(json, "target");
	const char *ref = sb_json_str(target, "$ref");
	int verb = verb_parse(sb_json_str(json, "verb"));
	const json_t *set = json_object_get(json, "set"), *was = json_object_get(json, "was");
	sb_autojson *new_values = NULL, *old_values = NULL;
	struct sb_op *op;

	if (!key || !stage || verb < 0 || !*key || strlen(key) > SB_PLAN_KEY_BYTES)
		return sb_fail(err, SB_E_SHAPE, "plan: op %zu: key, verb and stage are needed",
			       plan->n);
	if (!kind)
		return sb_fail(err, SB_E_SHAPE, "plan: op of \"%s\": unknown kind \"%s\"", key,
			       kind_name ? kind_name : "");
	if ((verb == SB_CREATE) == (json_is_integer(target) || ref))
		return sb_fail(err, SB_E_SHAPE, "plan: op of \"%s\": %s", key,
			       verb == SB_CREATE ? "a create has no target" : "no target");
	if (json_is_integer(target) && json_integer_value(target) <= 0)
		return sb_fail(err, SB_E_SHAPE, "plan: op of \"%s\": target is not an id", key);
	if (verb != SB_DELETE ? !json_is_object(set) : set != NULL)
		return sb_fail(err, SB_E_SHAPE, "plan: op of \"%s\": %s", key,
			       set ? "a delete sets no values" : "no values to set");
	if (was && !json_is_object(was))
		return sb_fail(err, SB_E_SHAPE, "plan: op of \"%s\": was is not an object", key);
	new_values = sb_decimal_from_document(kind, set);
	old_values = sb_decimal_from_document(kind, was);
	if ((set && !new_values) || (was && !old_values))
		return sb_fail(err, SB_E_NOMEM, "plan: out of memory");
	if (sb_plan_check_values(kind, "set", new_values, err) < 0 ||
	    sb_plan_check_values(kind, "was", old_values, err) < 0)
		return sb_context(err, SB_E_SHAPE, "plan: op of \"%s\"", key);
	if (!are_tokens(json_object_get(json, "claims")) ||
	    !are_tokens(json_object_get(json, "frees")))
		return sb_fail(err, SB_E_SHAPE,
			       "plan: op of \"%s\": claims and frees must be lists of texts", key);
	op = sb_plan_add(plan, kind, (enum sb_verb)verb, key, stage, why, sb_steal(new_values),
			 sb_steal(old_values));
	if (!op)
		return sb_fail(err, SB_E_NOMEM, "plan: out of memory");
	op->target = json_integer_value(target);
	op->target_ref = ref ? strdup(ref) : NULL;
	op->claims = json_deep_copy(json_object_get(json, "claims"));
	op->frees = json_deep_copy(json_object_get(json, "frees"));
	return 0;
}

static int count_name(json_t *numbers, const char *name, json_int_t *ret_n)
{
	*ret_n = json_integer_value(json_object_get(numbers, name)) + 1;
	return json_object_set_new(numbers, name, json_integer(*ret_n)) < 0 ? SB_E_NOMEM : 0;
}

/* Each stage has few ops of one object: a file with more is not one of ours. */
static int check_number(json_t *numbers, const struct sb_op *op, struct sb_error *err)
{
	sb_autobuf name = SB_BUF_INIT(2048);
	json_int_t of_key, of_stage;

	if (op->verb == SB_ACT) {
		sb_autobuf action = SB_BUF_INIT(2048);

		sb_buf_addf(&action, "%s\x1f%s\x1f%s", op->key, op->stage, op->action);
		if (action.failed)
			return sb_fail(err, SB_E_NOMEM, "plan: out of memory");
		if (json_object_get(numbers, sb_buf_str(&action)))
			return sb_fail(err, SB_E_SHAPE, "plan: \"%s\" of \"%.200s\" is there twice",
				       op->action, op->key);
		json_object_set_new(numbers, sb_buf_str(&action), json_true());
	}
	sb_buf_addf(&name, "%s\x1f%s", op->key, op->stage);
	if (name.failed || count_name(numbers, op->key, &of_key) < 0 ||
	    count_name(numbers, sb_buf_str(&name), &of_stage) < 0)
		return sb_fail(err, SB_E_NOMEM, "plan: out of memory");
	if (of_stage > MAX_OPS_OF_STAGE)
		return sb_fail(err, SB_E_SHAPE, "plan: more than %d ops of \"%.200s\" by one stage",
			       MAX_OPS_OF_STAGE, op->key);
	if (of_key > MAX_OPS_OF_KEY)
		return sb_fail(err, SB_E_SHAPE, "plan: more than %d ops of \"%.200s\"",
			       MAX_OPS_OF_KEY, op->key);
	return 0;
}

int sb_plan_from_json(struct sb_plan *plan, const struct sb_kinds *kinds, const json_t *ops,
		      struct sb_error *err)
{
	sb_autojson *numbers = json_object();
	const json_t *json;
	size_t i;
	int rc;

	json_array_foreach (ops, i, json) {
		rc = json_object_get(json, "system") ? action_from_json(plan, kinds, json, err)
						     : op_from_json(plan, kinds, json, err);
		if (!rc)
			rc = check_number(numbers, &plan->ops[plan->n - 1], err);
		if (rc < 0)
			return rc;
	}
	return 0;
}
