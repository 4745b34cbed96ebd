/* SPDX-License-Identifier: Apache-2.0 */
/* The circuit breaker: after equal refusals, ops with the refused values are not tried. */
#include "apply/breaker.h"

#include <stdio.h>
#include <string.h>

#include "apply/body.h"
#include "apply/op_state.h"
#include "apply/refused_object.h"
#include "base/buf.h"
#include "model/custom_fields.h"
#include "stagebox/json.h"

#define BREAKER_REFUSALS 8

/* The values of an op with its references as ids; new reference, NULL = no memory. */
static json_t *values_of(const struct sb_apply *apply, struct sb_op *op)
{
	json_t *values;

	if (sb_op_open(op) < 0)
		return NULL;
	values = sb_body_flat(apply, op->kind, op->set);
	if (op->state != SB_OP_SENT)
		sb_op_close(op);
	return values;
}

static bool carries_values(const json_t *values, const json_t *refused)
{
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)refused, name, value) {
		const json_t *mine = json_object_get(values, name);

		if (!mine || !json_equal(mine, value))
			return false;
	}
	return true;
}

static const json_t *find_breaker(const json_t *breakers, const json_t *values)
{
	const json_t *breaker;
	size_t i;

	json_array_foreach (breakers, i, breaker)
		if (carries_values(values, json_object_get(breaker, "values")))
			return breaker;
	return NULL;
}

/* The object counts as refused, too: the next run does not try it either. */
static void stop_op(struct sb_apply *apply, size_t position, const json_t *breaker)
{
	const char *words = sb_json_str(breaker, "words");

	apply->plan->ops[position].is_refused = words != NULL;
	if (words)
		sb_refused_object_note(apply, position, json_object_get(breaker, "values"), words,
				       json_is_true(json_object_get(breaker, "is_exception")));
	sb_apply_end(apply, position, SB_OP_FAILED, sb_json_str(breaker, "cause"));
}

bool sb_breaker_stops(struct sb_apply *apply, size_t position)
{
	struct sb_op *op = &apply->plan->ops[position];
	const json_t *breakers = json_object_get(apply->breakers, op->kind->name), *breaker;
	sb_autojson *values = breakers ? values_of(apply, op) : NULL;

	breaker = values ? find_breaker(breakers, values) : NULL;
	if (breaker)
		stop_op(apply, position, breaker);
	return breaker != NULL;
}

/* words: NetBox's about the refused values; NULL = nothing is remembered */
static void open_for_values(struct sb_apply *apply, const struct sb_kind *kind,
			    const json_t *refused, const char *cause, const char *words,
			    bool is_exception)
{
	json_t *breakers = json_object_get(apply->breakers, kind->name), *breaker;
	size_t i;

	if (!breakers) {
		breakers = json_array();
		json_object_set_new(apply->breakers, kind->name, breakers);
	}
	breaker = json_pack("{s:s, s:O, s:s*, s:b}", "cause", cause, "values", refused, "words",
			    words, "is_exception", is_exception);
	if (json_array_append_new(breakers, breaker) < 0) {
		apply->failed_rc = SB_E_NOMEM;
		return;
	}
	for (i = 0; i < apply->plan->n; i++) {
		struct sb_op *op = &apply->plan->ops[i];
		sb_autojson *values = NULL;

		if (op->kind != kind || op->verb == SB_ACT ||
		    (op->state != SB_OP_READY && op->state != SB_OP_WAITING &&
		     op->state != SB_OP_UNSETTLED))
			continue;
		values = values_of(apply, op);
		if (carries_values(values, refused))
			stop_op(apply, i, breaker);
	}
}

void sb_breaker_open(struct sb_apply *apply, const struct sb_kind *kind, const char *cause)
{
	sb_autojson *all = json_object();

	open_for_values(apply, kind, all, cause, NULL, false);
}

void sb_breaker_open_all(struct sb_apply *apply, const struct sb_error *why)
{
	sb_autojson *done = json_object();
	size_t i;

	if (!apply->run->write_blocked.code)
		apply->run->write_blocked = *why;
	for (i = 0; i < apply->plan->n; i++) {
		const struct sb_kind *kind = apply->plan->ops[i].kind;

		if (json_object_get(done, kind->name))
			continue;
		json_object_set_new(done, kind->name, json_true());
		sb_breaker_open(apply, kind, why->text);
	}
}

/* The equal refusals of one kind and text: {"n", "in_row", "values", "opened"?}. */
static json_t *entry_of(struct sb_apply *apply, const struct sb_kind *kind, const char *text)
{
	json_t *texts = json_object_get(apply->refusals, kind->name), *entry;

	if (!texts) {
		texts = json_object();
		json_object_set_new(apply->refusals, kind->name, texts);
	}
	entry = json_object_get(texts, text);
	if (!entry) {
		entry = json_pack("{s:i, s:i}", "n", 0, "in_row", 0);
		json_object_set_new(texts, text, entry);
	}
	return entry;
}

static json_int_t count_one(json_t *entry, const char *name)
{
	json_int_t n = json_integer_value(json_object_get(entry, name)) + 1;

	json_object_set_new(entry, name, json_integer(n));
	return n;
}

/* Keep the values that this refused op has, too; of a refusal that names fields only theirs. Our
 * custom fields are the same in many ops and never the reason. */
static json_t *common_values(struct sb_apply *apply, struct sb_op *op, json_t *entry,
			     const json_t *fields)
{
	sb_autojson *values = values_of(apply, op);
	json_t *before = json_object_get(entry, "values"), *common = json_object(), *value;
	const char *name;

	json_object_foreach (values, name, value) {
		if (sb_custom_field_is(name) || (fields && !json_object_get(fields, name)))
			continue;
		if (!before || json_equal(json_object_get(before, name), value))
			json_object_set(common, name, value);
	}
	json_object_set_new(entry, "values", common);
	return common;
}

static void describe_breaker(const struct sb_kind *kind, const json_t *refused, const char *text,
			     char *ret_text, size_t room)
{
	sb_autobuf names = SB_BUF_INIT(300);
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)refused, name, value)
		sb_buf_add_item(&names, name);
	if (!names.len || names.failed)
		snprintf(ret_text, room,
			 "circuit breaker open: NetBox refused %d objects of kind %s with the same "
			 "error, the rest was not tried: %s",
			 BREAKER_REFUSALS, kind->name, text);
	else
		snprintf(ret_text, room,
			 "circuit breaker open: NetBox refused %d objects of kind %s with the same "
			 "error, others with the same %s were not tried: %s",
			 BREAKER_REFUSALS, kind->name, sb_buf_str(&names), text);
}

void sb_breaker_note_refusal(struct sb_apply *apply, size_t position, const json_t *fields,
			     const char *text, bool is_exception)
{
	struct sb_op *op = &apply->plan->ops[position];
	const struct sb_kind *kind = op->kind;
	json_t *entry = entry_of(apply, kind, text);
	json_int_t n = count_one(entry, "n"), in_row = count_one(entry, "in_row");
	sb_autojson *common = json_incref(common_values(apply, op, entry, fields));
	char cause[600];

	sb_apply_end(apply, position, SB_OP_FAILED, text);
	if (n < BREAKER_REFUSALS)
		return;
	/* Objects without a common value are refused for reasons of their own, unless NetBox takes
	 * none of the kind. */
	if (!json_object_size(common) && (fields || in_row < BREAKER_REFUSALS))
		return;
	if (json_equal(json_object_get(entry, "opened"), common))
		return;
	json_object_set(entry, "opened", common);
	describe_breaker(kind, common, text, cause, sizeof(cause));
	open_for_values(apply, kind, common, cause, text, is_exception);
}

void sb_breaker_note_success(struct sb_apply *apply, const struct sb_kind *kind)
{
	json_t *texts = json_object_get(apply->refusals, kind->name), *entry;
	const char *text;

	if (!json_object_get(apply->accepted, kind->name))
		json_object_set_new(apply->accepted, kind->name, json_true());
	json_object_foreach (texts, text, entry)
		json_object_set_new(entry, "in_row", json_integer(0));
}
