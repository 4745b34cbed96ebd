/* SPDX-License-Identifier: Apache-2.0 */
/* Ops of a plan file that give an object a key, or take it away from one of several with it. */
#include "job/plan_adopt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "diff/adopt.h"
#include "diff/adopt_rules.h"
#include "diff/ask.h"
#include "diff/elsewhere.h"
#include "diff/origin.h"
#include "diff/owner.h"
#include "diff/want.h"
#include "model/birth.h"
#include "model/custom_fields.h"
#include "run/policies.h"
#include "run/prune_settings.h"
#include "run/question.h"
#include "stagebox/json.h"

enum { MAX_ROUNDS = 8 };

/* One op that is judged. */
struct judged {
	struct sb_run *run;
	const struct sb_op *op;
	const json_t *set, *was;
	const json_t *row; /* the target, as NetBox has it now */
	json_t **after;    /* its values when the plan is done */
	const char **why;
};

static enum sb_key_rule refuse_key(const struct judged *judged, const char *why)
{
	*judged->why = why;
	return SB_KEY_REFUSED;
}

/* The object of an endpoint's own kind that has an id: is it ours, or adopted by this plan? */
static bool is_ours(const struct sb_run *run, const char *kind, const json_t *id)
{
	const struct sb_nb_list *list = sb_snapshot_list(run->snap, kind);
	size_t i;

	if (list && list->known != SB_KNOWN_COMPLETE)
		return true; /* not known: the write itself looks again */
	for (i = 0; list && i < sb_table_count(list->rows); i++) {
		if (sb_table_id(list->rows, sb_table_key_at(list->rows, i)) ==
		    json_integer_value(id))
			return true;
	}
	for (i = 0; i < run->diff->plan.n; i++) {
		const struct sb_op *op = &run->diff->plan.ops[i];
		sb_autojson *set = sb_op_get(op, SB_OP_SET);

		if (sb_streq(op->kind->name, kind) && op->target == json_integer_value(id) &&
		    sb_json_str(set, "stagebox_key"))
			return true;
	}
	return false;
}

/* A tool wrote the number or name that is the last part of the key to the object. */
static bool has_identity_of_tool(const struct judged *judged)
{
	const char *last = strrchr(judged->op->key, '/');
	const struct sb_adopt_rule *rule;
	char text[256];

	for (rule = judged->op->kind->adopt_rules; last && rule && rule->name; rule++) {
		if (rule->needs_field && sb_origin_value(judged->row, &rule->checks[0], text) &&
		    sb_streq(text, last + 1))
			return true;
	}
	return false;
}

/* The rows of a tool that name the object by its id. */
static bool has_row_of_tool(const struct judged *judged)
{
	const char *last = strrchr(judged->op->key, '/');
	const struct sb_adopt_rule *rule;
	char text[256], index[128];
	const json_t *row;
	size_t i;

	for (rule = judged->op->kind->adopt_rules; last && rule && rule->name; rule++) {
		sb_autojson *rows = NULL;

		if (!rule->back_filter)
			continue;
		snprintf(index, sizeof(index), "%s@%" PRId64, rule->name, judged->op->target);
		rows = sb_origin_rows(judged->run, index);
		json_array_foreach (rows, i, row) {
			if (sb_origin_value(row, &rule->checks[0], text) &&
			    sb_streq(text, last + 1))
				return true;
		}
	}
	return false;
}

/* The op of this plan that adopts the guest or node above a part as one that a tool made. */
static bool is_below_object_of_tool(const struct judged *judged)
{
	const struct sb_plan *plan = &judged->run->diff->plan;
	size_t i;

	for (i = 0; i < plan->n; i++) {
		const struct sb_op *op = &plan->ops[i];
		sb_autojson *set = NULL;
		size_t len = strlen(op->key);

		if (op->kind->flags & SB_KIND_CHILD ||
		    strncmp(op->key, judged->op->key, len) != 0 || judged->op->key[len] != '/')
			continue;
		set = sb_op_get(op, SB_OP_SET);
		if (sb_json_str(set, "stagebox_key") &&
		    json_is_false(json_object_get(set, "stagebox_adopted")))
			return true;
	}
	return false;
}

static bool is_of_tool(const struct judged *judged)
{
	return judged->op->kind->flags & SB_KIND_CHILD
		       ? is_below_object_of_tool(judged)
		       : has_identity_of_tool(judged) || has_row_of_tool(judged);
}

/* An adoption keeps what people wrote: it changes fields that follow the source, and fills others.
 */
static bool keeps_values(const struct judged *judged)
{
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)judged->set, name, value) {
		const struct sb_kind_field *field = sb_kind_field(judged->op->kind, name);
		const json_t *now = json_object_get(judged->row, name);
		enum sb_policy policy = field ? sb_policy_of(judged->run, judged->op->kind, field)
					      : SB_POLICY_ALWAYS;

		if (!field || policy == SB_POLICY_ALWAYS || field->type == SB_FIELD_TAGS ||
		    sb_value_empty(now) || sb_value_same(field, value, now))
			continue;
		if (policy != SB_POLICY_IF_UNCHANGED || !sb_adopt_is_generated(field, now))
			return false;
	}
	return true;
}

/* Has an object of ours this value? */
static bool is_value_of_ours(const struct judged *judged, const char *field)
{
	struct sb_table *rows = sb_snapshot_list(judged->run->snap, judged->op->kind->name)->rows;
	const json_t *value = json_object_get(judged->row, field);
	size_t i;

	for (i = 0; i < sb_table_count(rows); i++) {
		sb_autojson *row = json_loads(sb_table_text_at(rows, i), 0, NULL);

		if (!sb_value_empty(value) && json_equal(json_object_get(row, field), value))
			return true;
	}
	return false;
}

static bool has_evidence_of_ours(const struct judged *judged)
{
	const struct sb_kind_field *field;

	for (field = judged->op->kind->fields; field->name; field++)
		if (field->traits & SB_TRAIT_EVIDENCE && is_value_of_ours(judged, field->name))
			return true;
	return false;
}

/* A device has the name of the node, and a second witness; see diff/adopt_device.c. The source is
 * not read, so that the role and type are those of our other nodes. */
static bool is_node(const struct judged *judged)
{
	const struct sb_kind *kind = judged->op->kind;
	const char *last = strrchr(judged->op->key, '/'), *name = sb_kind_title(kind, judged->row);
	const char *option = sb_json_str(judged->run->conf, "adopt_nodes");
	const struct sb_kind_field *home = sb_kind_trait(kind, SB_TRAIT_HOME);
	const json_t *cluster = home ? json_object_get(judged->row, home->name) : NULL;
	char ours[256], theirs[256];

	if (has_row_of_tool(judged))
		return true;
	if (!last || !name)
		return false;
	sb_adopt_host(last + 1, ours);
	sb_adopt_host(name, theirs);
	if (!sb_streq(ours, theirs))
		return false;
	if (!sb_value_empty(cluster))
		return is_ours(judged->run, home->kind, cluster);
	return (option && sb_streq(option, "named")) || has_evidence_of_ours(judged);
}

static enum sb_key_rule judge_adoption(const struct judged *judged)
{
	const struct sb_op *op = judged->op;
	struct sb_nb_list *list = sb_snapshot_list(judged->run->snap, op->kind->name);
	sb_autojson *after = json_copy((json_t *)(uintptr_t)judged->row);
	struct sb_pass pass = {.run = judged->run, .kind = op->kind, .list = list};
	struct sb_want want = {.run = judged->run, .kind = op->kind, .key = op->key};
	static char why[400];
	const char *target = sb_json_str(judged->row, "stagebox_key");

	if (op->target_ref || !judged->row)
		return refuse_key(judged, "it adopts an object that NetBox does not return");
	if (target && !sb_streq(target, op->key))
		return refuse_key(judged, "it takes over an object that has another key");
	if (sb_table_get(list->rows, op->key) && sb_table_id(list->rows, op->key) != op->target)
		return refuse_key(judged, "it gives a key that another object has");
	if (!json_is_true(json_object_get(judged->set, "stagebox_adopted")) && !is_of_tool(judged))
		return refuse_key(judged,
				  "it takes over an object of people without the mark that it "
				  "was adopted");
	json_object_update(after, (json_t *)(uintptr_t)judged->set);
	json_object_set(after, "stagebox_key", json_null());
	want.fields = after;
	if (!target && !sb_adopt_is_free(&pass, &want, judged->row, why, sizeof(why)))
		return refuse_key(judged, why);
	if (op->kind->flags & SB_KIND_HOST && !is_node(judged))
		return refuse_key(judged,
				  "nothing shows that the device is this node (name, cluster, "
				  "role or type of another node, adopt_nodes): a sync, which reads "
				  "the source, may adopt it");
	if (op->kind->parent_field &&
	    sb_value_empty(json_object_get(after, op->kind->parent_field)))
		return refuse_key(judged,
				  "it takes over an object that is not part of another one");
	if (!keeps_values(judged))
		return refuse_key(judged, "it takes over an object and changes what people wrote");
	*judged->after = sb_steal(after);
	return SB_KEY_PASSED;
}

/* A guest that moved keeps its object, under the key of its new VMID or endpoint; see
 * diff/instance.c. Its instance id stays, so that no later run takes it for another guest. */
static enum sb_key_rule judge_moved_guest(const struct judged *judged, const char *from)
{
	const struct sb_run *run = judged->run;

	if (!(judged->op->kind->flags & SB_KIND_BIRTH))
		return refuse_key(judged, "only guests and parts get another key");
	if (json_object_get(judged->set, "stagebox_birth"))
		return refuse_key(judged, "it moves a guest and changes its instance id");
	if (sb_elsewhere_is_other(run, from) ? !sb_elsewhere_is_vanished(run, from)
					     : !json_object_get(run->snap->misses, from))
		return refuse_key(judged, "it takes the object of a guest that was there in the "
					  "last run");
	return SB_KEY_PASSED;
}

/* Does this plan move the guest with the first key to the second one? len: of both keys. */
static bool moves_guest(const struct sb_run *run, const char *from, size_t from_len, const char *to,
			size_t to_len)
{
	size_t i;

	for (i = 0; i < run->diff->plan.n; i++) {
		const struct sb_op *op = &run->diff->plan.ops[i];
		sb_autojson *was = NULL;
		const char *old;

		if (op->kind->flags & SB_KIND_CHILD || strlen(op->key) != to_len ||
		    strncmp(op->key, to, to_len) != 0)
			continue;
		was = sb_op_get(op, SB_OP_WAS);
		old = sb_json_str(was, "stagebox_key");
		if (old && strlen(old) == from_len && strncmp(old, from, from_len) == 0)
			return true;
	}
	return false;
}

/* A part moves within its guest or node, or with it; an address, which keeps its last part, also to
 * another one, unless people made it; see diff/move.c. */
static enum sb_key_rule judge_move(const struct judged *judged, const char *from)
{
	const struct sb_op *op = judged->op;
	struct sb_table *rows = sb_snapshot_list(judged->run->snap, op->kind->name)->rows;
	sb_autojson *row = sb_table_get_json(rows, from);
	size_t len = sb_key_top_length(op->key), from_len = sb_key_top_length(from);
	const char *last = strrchr(op->key, '/'), *old = strrchr(from, '/');
	bool is_same_top = from_len == len && strncmp(from, op->key, len) == 0;
	bool is_address = sb_kind_field(op->kind, op->kind->natural[0])->type == SB_FIELD_ADDRESS;

	if (!last || !old)
		return refuse_key(judged, "its key has no parts");
	if (json_object_get(judged->set, "stagebox_adopted"))
		return refuse_key(judged, "it moves an object and changes its mark");
	if (sb_table_get(rows, op->key) && sb_table_id(rows, op->key) == op->target)
		return SB_KEY_PASSED; /* an earlier apply moved it */
	if (!sb_elsewhere_is_other(judged->run, from) &&
	    json_integer_value(json_object_get(row, "id")) != op->target)
		return refuse_key(judged, "its target has another key");
	if (sb_table_get(rows, op->key) && sb_table_id(rows, op->key) != op->target)
		return refuse_key(judged, "it gives a key that another object has");
	if (!(op->kind->flags & SB_KIND_CHILD))
		return judge_moved_guest(judged, from);
	if (is_same_top || moves_guest(judged->run, from, from_len, op->key, len))
		return SB_KEY_PASSED;
	if (!is_address || !sb_streq(last, old) ||
	    json_is_true(json_object_get(row, "stagebox_adopted")))
		return refuse_key(judged, "it moves an object to another guest or node");
	return SB_KEY_PASSED;
}

/* An object of ours gets marks of its guest, and loses none that it has. */
static bool is_new_birth(const struct judged *judged)
{
	const char *birth = sb_json_str(judged->set, "stagebox_birth");
	const char *was = sb_json_str(judged->was, "stagebox_birth");

	return birth && (!was || sb_same_birth(birth, was));
}

/* Is there one more op of the plan that deletes or gives back an object of the key? */
static bool leaves_none(const struct sb_run *run, const struct sb_op *op)
{
	size_t i;

	for (i = 0; i < run->diff->plan.n; i++) {
		const struct sb_op *other = &run->diff->plan.ops[i];

		if (other != op && other->kind == op->kind && sb_streq(other->key, op->key) &&
		    (other->verb == SB_DELETE || other->releases))
			return true;
	}
	return false;
}

/* A delete or release of one of several objects with a key: the diff decides again. */
static enum sb_key_rule judge_second(const struct judged *judged)
{
	const struct sb_op *op = judged->op;
	bool is_second = false;
	enum sb_fate fate;

	if (op->kind->flags & SB_KIND_UNMARKED ||
	    sb_owner_judge(judged->run, op->kind, op->key, op->target, &is_second, &fate) < 0 ||
	    !is_second)
		return SB_KEY_OTHER;
	/* With prune on, the rules of a delete judge the other one, too. */
	if (leaves_none(judged->run, op) && !sb_prune_is_enabled(judged->run->conf))
		return refuse_key(judged, "it would leave no object with this key");
	if (fate == SB_FATE_DELETE || (fate == SB_FATE_RELEASE && op->releases))
		return SB_KEY_ALLOWED;
	return refuse_key(judged,
			  "NetBox has several objects with this key, and nothing proves that "
			  "this one is not ours, or that nobody worked on it");
}

static bool is_adoption(const struct sb_op *op, const json_t *set, const json_t *was)
{
	return op->verb == SB_UPDATE && sb_json_str(set, "stagebox_key") &&
	       !sb_json_str(was, "stagebox_key");
}

enum sb_key_rule sb_plan_key_rule(struct sb_run *run, const struct sb_op *op, json_t **ret_after,
				  const char **ret_why)
{
	sb_autojson *set = sb_op_get(op, SB_OP_SET), *was = sb_op_get(op, SB_OP_WAS), *row = NULL;
	struct judged judged = {
		.run = run, .op = op, .set = set, .was = was, .after = ret_after, .why = ret_why};
	const char *from = sb_json_str(was, "stagebox_key");
	char index[96];

	*ret_after = NULL;
	if (op->verb == SB_DELETE || op->releases)
		return judge_second(&judged);
	if (op->kind->flags & (SB_KIND_SHARED | SB_KIND_UNMARKED))
		return SB_KEY_OTHER;
	if (op->verb == SB_CREATE)
		return json_object_get(set, "stagebox_adopted") ||
				       json_object_get(set, "stagebox_key")
			       ? refuse_key(&judged,
					    "a new object gets its key and marks by itself")
			       : SB_KEY_OTHER;
	snprintf(index, sizeof(index), "%s#%" PRId64, op->kind->name, op->target);
	row = sb_table_get_json(run->snap->origins, index);
	judged.row = row;
	if (is_adoption(op, set, was))
		return judge_adoption(&judged);
	if (sb_json_str(set, "stagebox_key"))
		return judge_move(&judged, from);
	if (json_object_get(set, "stagebox_adopted"))
		return refuse_key(&judged, "it changes the mark that an object was adopted");
	if (json_object_get(set, "stagebox_birth") && !is_new_birth(&judged))
		return refuse_key(&judged, "it changes the instance id of an object");
	return SB_KEY_OTHER;
}

/* The questions of one op. */
static int ask_about(struct sb_run *run, const struct sb_op *op)
{
	sb_autojson *set = sb_op_get(op, SB_OP_SET), *was = sb_op_get(op, SB_OP_WAS);
	const struct sb_adopt_rule *rule;
	char text[128], index[200];
	bool is_second;
	enum sb_fate fate;
	int rc = 0;

	if (op->kind->flags & (SB_KIND_SHARED | SB_KIND_UNMARKED))
		return 0;
	if (op->verb == SB_DELETE || op->releases)
		return sb_owner_judge(run, op->kind, op->key, op->target, &is_second, &fate);
	if (!is_adoption(op, set, was) || op->target_ref)
		return 0;
	snprintf(text, sizeof(text), "id=%" PRId64, op->target);
	snprintf(index, sizeof(index), "%s?%s", op->kind->name, text);
	if (!sb_table_get(run->snap->asked, index))
		rc = sb_question_add(run, SB_ASK_ID, op->kind, text, "");
	for (rule = op->kind->adopt_rules; !rc && rule && rule->name; rule++) {
		if (!rule->back_filter)
			continue;
		snprintf(text, sizeof(text), "%s?%s=%" PRId64, rule->name, rule->back_filter,
			 op->target);
		snprintf(index, sizeof(index), "%s?%s", op->kind->name, text);
		if (!sb_table_get(run->snap->asked, index))
			rc = sb_question_add(run, SB_ASK_ORIGIN, op->kind, text, "");
	}
	return rc;
}

int sb_plan_read_targets(struct sb_run *run, struct sb_error *err)
{
	size_t round, i;
	int rc = 0;

	for (round = 0; !rc && round < MAX_ROUNDS; round++) {
		for (i = 0; !rc && i < run->diff->plan.n; i++) {
			if (ask_about(run, &run->diff->plan.ops[i]) < 0)
				rc = sb_fail(err, SB_E_NOMEM, "out of memory");
		}
		if (rc < 0 || !run->diff->n_questions)
			break;
		rc = sb_questions_ask(run, err);
		sb_diff_drop_questions(run->diff);
	}
	run->diff->plan.is_draft = false;
	return rc;
}
