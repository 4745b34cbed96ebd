/* SPDX-License-Identifier: Apache-2.0 */
/* Leaving refused values out of an op, so that one value does not cost the object. */
#include "apply/left_out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/body.h"
#include "apply/named_field.h"
#include "apply/trouble.h"
#include "apply/unit.h"
#include "base/list.h"
#include "model/custom_fields.h"
#include "stagebox/json.h"

enum { MAX_TRIES = 5 }; /* further requests for one object */

static struct sb_op *op_at(const struct sb_apply *apply, size_t position)
{
	return &apply->plan->ops[position];
}

/* The units of a field that is refused: of a set only the member that the words quote, when they
 * quote one. */
static json_t *units_of_field(struct sb_apply *apply, const struct sb_trouble *trouble,
			      const char *field, const char *words)
{
	const struct sb_op *op = op_at(apply, trouble->position);
	sb_autojson *all = sb_units_of(op->kind, trouble->verb, trouble->set);
	sb_autojson *mine = json_array(), *one = NULL;
	const json_t *unit;
	size_t i;

	json_array_foreach (all, i, unit)
		if (sb_streq(json_string_value(json_array_get(unit, 0)), field))
			json_array_append(mine, (json_t *)(uintptr_t)unit);
	if (json_array_size(mine) > 1)
		one = sb_unit_quoted(apply, op, trouble->set, mine, words);
	return one ? json_pack("[O]", one) : json_incref(mine);
}

/* A new object needs its state, because NetBox's default says that it is active. */
static bool field_decides(const struct sb_op *op, const struct sb_trouble *trouble,
			  const char *name)
{
	const struct sb_kind_field *field = sb_kind_field(op->kind, name);
	const json_t *value = json_object_get(trouble->set, name);

	return sb_unit_decides(op->kind, trouble->verb, trouble->set, name) ||
	       (trouble->verb == SB_CREATE && field && field->traits & SB_TRAIT_STATE &&
		json_is_string(value) && !sb_kind_is_initial(field, value));
}

/* Leave out the fields that the errors name. The number of them; -1 when one of them decides about
 * the object. */
static int leave_out_named(struct sb_apply *apply, struct sb_trouble *trouble, const json_t *fields)
{
	const struct sb_op *op = op_at(apply, trouble->position);
	const char *name;
	json_t *words, *unit;
	size_t i;
	int n = 0;

	json_object_foreach ((json_t *)(uintptr_t)fields, name, words) {
		const struct sb_kind_field *field = sb_named_field(op->kind, name);

		if ((sb_named_field_is_sent(op, field) &&
		     field_decides(op, trouble, field->name)) ||
		    (!field && sb_starts_with(name, "custom_fields.stagebox_")))
			return -1;
	}
	json_object_foreach ((json_t *)(uintptr_t)fields, name, words) {
		const struct sb_kind_field *field = sb_named_field(op->kind, name);
		sb_autojson *units = NULL;

		if (!sb_named_field_is_sent(op, field))
			continue;
		units = units_of_field(apply, trouble, field->name, json_string_value(words));
		json_array_foreach (units, i, unit) {
			sb_trouble_count(apply, op, field->name, sb_unit_value(trouble->set, unit),
					 json_string_value(words));
			sb_trouble_leave_out(apply, trouble, unit, json_string_value(words));
			n++;
		}
	}
	return n;
}

/* NetBox names no field: by halves */

/* The values of an op that it can do without. Our custom fields are not among them: NetBox names
 * them when it refuses them, and each value costs requests. */
static json_t *optional_units(const struct sb_op *op, const struct sb_trouble *trouble)
{
	sb_autojson *all = sb_units_of(op->kind, trouble->verb, trouble->set);
	json_t *units = json_array();
	const json_t *unit;
	size_t i;

	json_array_foreach (all, i, unit) {
		const char *field = json_string_value(json_array_get(unit, 0));

		if (!sb_custom_field_is(field) && !field_decides(op, trouble, field))
			json_array_append(units, (json_t *)(uintptr_t)unit);
	}
	return units;
}

static json_t *first_half(const json_t *units)
{
	json_t *half = json_array();
	size_t i, n = (json_array_size(units) + 1) / 2;

	for (i = 0; i < n; i++)
		json_array_append(half, json_array_get(units, i));
	return half;
}

static void put_units(json_t **place, json_t *units_take)
{
	json_decref(*place);
	*place = units_take;
}

/* Those of units whose field was in the refused rest of an earlier object of the kind. */
static json_t *units_suspected(const struct sb_apply *apply, const struct sb_op *op,
			       const json_t *units)
{
	const json_t *fields = json_object_get(apply->suspects, op->kind->name), *unit;
	json_t *some = json_array();
	size_t i;

	json_array_foreach (units, i, unit)
		if (json_object_get(fields, json_string_value(json_array_get(unit, 0))))
			json_array_append(some, (json_t *)(uintptr_t)unit);
	return some;
}

/* A value that is the only suspect is refused; of several one may be. */
static void blame_unit(struct sb_apply *apply, struct sb_trouble *trouble, const json_t *unit,
		       bool is_proven)
{
	const struct sb_op *op = op_at(apply, trouble->position);
	const char *field = json_string_value(json_array_get(unit, 0));

	if (!apply->suspects)
		apply->suspects = json_object();
	if (!json_object_get(apply->suspects, op->kind->name))
		json_object_set_new(apply->suspects, op->kind->name, json_object());
	json_object_set_new(json_object_get(apply->suspects, op->kind->name), field, json_true());
	if (!is_proven) {
		sb_trouble_put_off(apply, trouble, unit, trouble->text);
		return;
	}
	sb_trouble_learn(apply, op, field, sb_unit_value(trouble->set, unit), trouble->text);
	sb_trouble_leave_out(apply, trouble, unit, trouble->text);
}

/* Nothing more is tried: what NetBox has not accepted is left out, and the op is as planned
 * otherwise. What is not proven to be refused is sent again by the next run. */
static enum sb_left_out end_trouble(struct sb_apply *apply, struct sb_trouble *trouble)
{
	struct sb_op *op = op_at(apply, trouble->position);
	sb_autojson *suspects =
		json_copy(json_array_size(trouble->suspects) ? trouble->suspects : trouble->rest);
	bool is_proven = json_array_size(suspects) == 1;
	const json_t *unit;

	if (json_array_size(trouble->rest))
		json_object_del(apply->suspects, op->kind->name);
	while ((unit = json_array_get(trouble->rest, 0)) != NULL) {
		if (sb_list_holds(suspects, unit))
			blame_unit(apply, trouble, unit, is_proven);
		else
			sb_trouble_put_off(
				apply, trouble, unit,
				"not sent: NetBox refused another value without its name; "
				"the next sync sends it");
	}
	op->verb = trouble->verb;
	sb_trouble_set(op, trouble->was, json_incref(trouble->set));
	return SB_LEFT_OUT_ENDED;
}

/* The values that are left are to blame only if NetBox takes the object without them. Where it took
 * nothing of the op yet, it is asked with a value that it has. */
static enum sb_left_out prove_blame(struct sb_apply *apply, struct sb_trouble *trouble)
{
	struct sb_op *op = op_at(apply, trouble->position);
	const char *field = json_string_value(json_array_get(json_array_get(trouble->rest, 0), 0));
	json_t *now = field ? json_object_get(trouble->was, field) : NULL;

	if (trouble->has_written || trouble->verb != SB_UPDATE || !now)
		return end_trouble(apply, trouble);
	op->is_probe = true;
	sb_trouble_set(op, trouble->was, json_pack("{s:O}", field, now));
	return SB_LEFT_OUT_AGAIN;
}

/* Send what NetBox does not have yet, without the held units. */
static enum sb_left_out send_without_held(struct sb_apply *apply, struct sb_trouble *trouble)
{
	struct sb_op *op = op_at(apply, trouble->position);
	sb_autojson *units = NULL;

	if (!trouble->has_object) {
		sb_trouble_set(op, trouble->was,
			       sb_units_without(trouble->set, trouble->was, trouble->held));
	} else {
		units = sb_units_minus(trouble->rest, trouble->held);
		sb_trouble_set(op, trouble->was, sb_units_only(trouble->set, trouble->was, units));
	}
	return json_object_size(op->set) || !trouble->has_object ? SB_LEFT_OUT_AGAIN
								 : prove_blame(apply, trouble);
}

/* The first request of a search: without the values that were refused of an earlier object of the
 * kind, else without all that can be left out, and without a half when there is nothing else. */
static enum sb_left_out begin_halves(struct sb_apply *apply, struct sb_trouble *trouble)
{
	struct sb_op *op = op_at(apply, trouble->position);
	sb_autojson *some = NULL, *base = NULL;

	put_units(&trouble->rest, optional_units(op, trouble));
	put_units(&trouble->suspects, json_incref(trouble->rest));
	if (!json_array_size(trouble->rest))
		return SB_LEFT_OUT_REFUSED;
	base = sb_units_without(trouble->set, trouble->was, trouble->rest);
	trouble->has_object = trouble->verb != SB_CREATE && !json_object_size(base);
	if (trouble->has_object && json_array_size(trouble->rest) == 1)
		return prove_blame(apply, trouble);
	some = units_suspected(apply, op, trouble->rest);
	if (json_array_size(some) &&
	    !(trouble->has_object && json_array_size(some) == json_array_size(trouble->rest)))
		put_units(&trouble->held, json_incref(some));
	else if (trouble->has_object)
		put_units(&trouble->held, first_half(trouble->rest));
	else
		put_units(&trouble->held, json_incref(trouble->rest));
	return send_without_held(apply, trouble);
}

/* Refused again: the refused value is among those that were sent. */
static void narrow_suspects(struct sb_trouble *trouble)
{
	put_units(&trouble->suspects, sb_units_minus(trouble->suspects, trouble->held));
	if (!json_array_size(trouble->suspects)) /* several values are refused */
		put_units(&trouble->suspects, sb_units_minus(trouble->rest, trouble->held));
}

static enum sb_left_out go_on_refused(struct sb_apply *apply, struct sb_trouble *trouble)
{
	bool held_all = json_array_size(trouble->held) == json_array_size(trouble->rest);

	if (!trouble->has_object && held_all)
		return SB_LEFT_OUT_REFUSED;
	if (!trouble->has_object) {
		put_units(&trouble->held, json_incref(trouble->rest));
		return send_without_held(apply, trouble);
	}
	narrow_suspects(trouble);
	put_units(&trouble->held, first_half(trouble->suspects));
	return send_without_held(apply, trouble);
}

static enum sb_left_out try_quoted(struct sb_apply *apply, struct sb_trouble *trouble)
{
	struct sb_op *op = op_at(apply, trouble->position);
	sb_autojson *units = optional_units(op, trouble);
	sb_autojson *fresh = sb_units_minus(units, trouble->tried);
	sb_autojson *held = NULL;

	trouble->quoted = sb_unit_quoted(apply, op, trouble->set, fresh, trouble->text);
	if (!trouble->quoted)
		return begin_halves(apply, trouble);
	held = json_pack("[O]", trouble->quoted);
	sb_trouble_set(op, trouble->was, sb_units_without(trouble->set, trouble->was, held));
	if (json_object_size(op->set) || trouble->verb == SB_CREATE)
		return SB_LEFT_OUT_AGAIN;
	put_units(&trouble->quoted, NULL); /* it is the only value */
	put_units(&trouble->rest, json_incref(held));
	trouble->has_object = true;
	return prove_blame(apply, trouble);
}

/* Refused also without the value that the text quotes: with other words that value was refused,
 * too; with the same words it was not the reason. */
static void judge_quoted(struct sb_apply *apply, struct sb_trouble *trouble, bool same_words)
{
	sb_autojson *unit = trouble->quoted;

	trouble->quoted = NULL;
	if (!unit)
		return;
	if (same_words)
		json_array_append(trouble->tried, unit);
	else
		sb_trouble_leave_out(apply, trouble, unit, trouble->text);
}

/* Out of requests: an object that NetBox has stays as it is; else the object is refused. */
static enum sb_left_out give_up(struct sb_apply *apply, struct sb_trouble *trouble)
{
	if (!trouble->has_object || !trouble->rest)
		return SB_LEFT_OUT_REFUSED;
	narrow_suspects(trouble);
	return prove_blame(apply, trouble);
}

enum sb_left_out sb_left_out_refused(struct sb_apply *apply, size_t position, const json_t *fields,
				     const char *text)
{
	struct sb_op *op = op_at(apply, position);
	struct sb_trouble *trouble;
	bool same_words;
	int n;

	if (op->verb == SB_DELETE)
		return SB_LEFT_OUT_REFUSED;
	trouble = sb_trouble_open(apply, position);
	if (!trouble)
		return SB_LEFT_OUT_REFUSED;
	if (op->is_probe) {
		op->is_probe = false;
		return SB_LEFT_OUT_AS_IT_IS;
	}
	same_words = strncmp(trouble->text, text, sizeof(trouble->text) - 1) == 0;
	judge_quoted(apply, trouble, same_words && !fields);
	n = leave_out_named(apply, trouble, fields);
	if (n < 0)
		return trouble->has_object && trouble->rest ? end_trouble(apply, trouble)
							    : SB_LEFT_OUT_REFUSED;
	if (!n && fields && !trouble->has_written)
		return SB_LEFT_OUT_AS_IT_IS;
	if (trouble->tries++ >= MAX_TRIES)
		return give_up(apply, trouble);
	if (n > 0 && trouble->rest) {
		put_units(&trouble->suspects, json_incref(trouble->rest));
		return send_without_held(apply, trouble);
	}
	if (n > 0) {
		sb_trouble_set(op, trouble->was, json_incref(trouble->set));
		return json_object_size(op->set) || op->verb == SB_CREATE
			       ? SB_LEFT_OUT_AGAIN
			       : end_trouble(apply, trouble);
	}
	if (!trouble->rest)
		snprintf(trouble->text, sizeof(trouble->text), "%s", text);
	return trouble->rest ? go_on_refused(apply, trouble) : try_quoted(apply, trouble);
}

enum sb_left_out sb_left_out_accepted(struct sb_apply *apply, size_t position, int64_t id)
{
	struct sb_trouble *trouble = sb_trouble_find(apply, position);
	struct sb_op *op = op_at(apply, position);

	if (!trouble)
		return SB_LEFT_OUT_ENDED;
	if (op->is_probe) {
		op->is_probe = false;
		return end_trouble(apply, trouble);
	}
	trouble->has_written = true;
	if (trouble->quoted) {
		sb_autojson *unit = trouble->quoted;

		trouble->quoted = NULL;
		sb_trouble_count(apply, op, json_string_value(json_array_get(unit, 0)),
				 sb_unit_value(trouble->set, unit), trouble->text);
		sb_trouble_leave_out(apply, trouble, unit, trouble->text);
	}
	if (!trouble->rest)
		return end_trouble(apply, trouble);
	put_units(&trouble->rest, sb_value_share(trouble->held));
	put_units(&trouble->suspects, json_incref(trouble->rest));
	if (!trouble->has_object) {
		trouble->has_object = true;
		if (op->verb == SB_CREATE)
			op->target_ref = strdup(op->key); /* needs no check */
		op->verb = SB_UPDATE;
		op->target = id;
	}
	if (json_array_size(trouble->rest) <= 1 || trouble->tries++ >= MAX_TRIES)
		return end_trouble(apply, trouble);
	put_units(&trouble->held, first_half(trouble->rest));
	return send_without_held(apply, trouble);
}

bool sb_left_out_nothing(const struct sb_apply *apply, size_t position)
{
	const struct sb_trouble *trouble = sb_trouble_find(apply, position);

	return trouble && !trouble->has_written;
}

bool sb_left_out_known(struct sb_apply *apply, size_t position)
{
	struct sb_op *op = op_at(apply, position);
	sb_autojson *set = NULL, *units = NULL;
	struct sb_trouble *trouble;
	const json_t *unit;
	size_t i;

	if (op->verb == SB_DELETE || sb_trouble_find(apply, position) ||
	    !json_object_get(apply->known, op->kind->name))
		return true;
	set = sb_body_flat(apply, op->kind, op->set);
	units = sb_units_of(op->kind, op->verb, set);
	json_array_foreach (units, i, unit) {
		const char *words = sb_trouble_known(apply, op, set, unit);

		if (!words)
			continue;
		trouble = sb_trouble_open(apply, position);
		if (!trouble)
			return true;
		sb_trouble_leave_out(apply, trouble, unit, words);
		sb_trouble_set(op, trouble->was, json_incref(trouble->set));
	}
	return json_object_size(op->set) || op->verb == SB_CREATE;
}
