/* SPDX-License-Identifier: Apache-2.0 */
/* Ops whose objects NetBox refused, and what a run knows about refused values. */
#include "apply/trouble.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/body.h"
#include "apply/unit.h"
#include "run/refusal.h"
#include "stagebox/json.h"
#include "stagebox/log.h"

enum { EQUAL_REFUSALS = 8 }; /* then the value, or the field, is left out without a try */

static struct sb_op *op_at(const struct sb_apply *apply, size_t position)
{
	return &apply->plan->ops[position];
}

struct sb_trouble *sb_trouble_find(const struct sb_apply *apply, size_t position)
{
	struct sb_trouble *trouble = apply->troubles;

	while (trouble && trouble->position != position)
		trouble = trouble->next;
	return trouble;
}

static void destroy_trouble(struct sb_trouble *trouble)
{
	json_decref(trouble->set);
	json_decref(trouble->was);
	json_decref(trouble->rest);
	json_decref(trouble->suspects);
	json_decref(trouble->held);
	json_decref(trouble->quoted);
	json_decref(trouble->tried);
	free(trouble);
}

void sb_trouble_finish(struct sb_apply *apply)
{
	struct sb_trouble *trouble;

	while ((trouble = apply->troubles) != NULL) {
		apply->troubles = trouble->next;
		destroy_trouble(trouble);
	}
	json_decref(apply->known);
	json_decref(apply->counts);
	json_decref(apply->suspects);
}

struct sb_trouble *sb_trouble_open(struct sb_apply *apply, size_t position)
{
	struct sb_op *op = op_at(apply, position);
	struct sb_trouble *trouble = sb_trouble_find(apply, position);

	if (trouble)
		return trouble;
	trouble = calloc(1, sizeof(*trouble));
	if (!trouble || sb_op_edit(op) < 0) {
		free(trouble);
		apply->failed_rc = SB_E_NOMEM;
		return NULL;
	}
	trouble->position = position;
	trouble->verb = op->verb;
	trouble->set = sb_body_flat(apply, op->kind, op->set);
	trouble->was = json_incref(op->was);
	trouble->tried = json_array();
	trouble->next = apply->troubles;
	apply->troubles = trouble;
	return trouble;
}

void sb_trouble_set(struct sb_op *op, const json_t *was, json_t *set_take)
{
	json_t *kept = was ? json_object() : NULL, *value;
	const char *name;

	json_object_foreach ((json_t *)(uintptr_t)was, name, value)
		if (json_object_get(set_take, name))
			json_object_set(kept, name, value);
	json_decref(op->set);
	json_decref(op->was);
	op->set = set_take;
	op->was = kept;
}

/* Refused values of a kind, known in this run */

static json_t *member_object(json_t **object, const char *name)
{
	json_t *member;

	if (!*object)
		*object = json_object();
	member = json_object_get(*object, name);
	if (!member) {
		member = json_object();
		json_object_set_new(*object, name, member);
	}
	return member;
}

void sb_trouble_learn(struct sb_apply *apply, const struct sb_op *op, const char *field,
		      const json_t *value, const char *words)
{
	sb_autofree char *text = value ? sb_refusal_value(value) : strdup("");
	char name[400];

	snprintf(name, sizeof(name), "%s=%.300s", field, text ? text : "");
	json_object_set_new(member_object(&apply->known, op->kind->name), name, json_string(words));
}

const char *sb_trouble_known(const struct sb_apply *apply, const struct sb_op *op,
			     const json_t *set, const json_t *unit)
{
	const json_t *known = json_object_get(apply->known, op->kind->name);
	const char *field = json_string_value(json_array_get(unit, 0)), *words;
	sb_autofree char *text = NULL;
	char name[400];

	snprintf(name, sizeof(name), "%s=", field);
	words = known ? sb_json_str(known, name) : NULL;
	if (words || !known)
		return words;
	text = sb_refusal_value(sb_unit_value(set, unit));
	snprintf(name, sizeof(name), "%s=%.300s", field, text ? text : "");
	return sb_json_str(known, name);
}

void sb_trouble_count(struct sb_apply *apply, const struct sb_op *op, const char *field,
		      const json_t *value, const char *words)
{
	sb_autofree char *text = sb_refusal_value(value);
	json_t *entry, *values;
	char name[400];
	json_int_t n;

	snprintf(name, sizeof(name), "%s=%s=%.300s", op->kind->name, field, words);
	entry = member_object(&apply->counts, name);
	values = member_object(&entry, "values");
	n = json_integer_value(json_object_get(values, text ? text : "")) + 1;
	json_object_set_new(values, text ? text : "", json_integer(n));
	if (n == EQUAL_REFUSALS)
		sb_trouble_learn(apply, op, field, value, words);
	if (n > 1)
		return;
	n = json_integer_value(json_object_get(entry, "different")) + 1;
	json_object_set_new(entry, "different", json_integer(n));
	if (n == EQUAL_REFUSALS)
		sb_trouble_learn(apply, op, field, NULL, words);
}

/* Forget that different values of a field were refused: NetBox took another one. */
static void restart_count(struct sb_apply *apply, const struct sb_kind *kind, const char *field)
{
	char head[200], all[140];
	const char *name;
	json_t *entry;

	snprintf(head, sizeof(head), "%s=%s=", kind->name, field);
	json_object_foreach (apply->counts, name, entry)
		if (strncmp(name, head, strlen(head)) == 0)
			json_object_set_new(entry, "different", json_integer(0));
	snprintf(all, sizeof(all), "%.120s=", field);
	json_object_del(json_object_get(apply->known, kind->name), all);
}

void sb_trouble_note_accepted(struct sb_apply *apply, const struct sb_op *op)
{
	const char *field;
	json_t *value;

	if (!json_object_size(apply->counts) || op->verb == SB_DELETE)
		return;
	json_object_foreach (op->set, field, value)
		restart_count(apply, op->kind, field);
}

static void remove_unit(json_t *units, const json_t *unit)
{
	size_t i = json_array_size(units);

	while (i--)
		if (json_equal(json_array_get(units, i), unit))
			json_array_remove(units, i);
}

static void leave_out(struct sb_apply *apply, struct sb_trouble *trouble, const json_t *unit,
		      const char *words, bool is_remembered)
{
	const struct sb_op *op = op_at(apply, trouble->position);
	sb_autojson *kept = sb_value_share(unit); /* it may be a member of the lists below */
	const char *field = json_string_value(json_array_get(kept, 0));
	sb_autojson *value = sb_value_share(sb_unit_value(trouble->set, kept));
	sb_autojson *label = value ? sb_unit_words(apply, op, trouble->set, kept) : NULL;

	remove_unit(trouble->rest, kept);
	remove_unit(trouble->suspects, kept);
	remove_unit(trouble->held, kept);
	if (!value)
		return;
	sb_log(SB_LOG_INFO, "%s of \"%s\" is left out: kind=%s reason=\"%s\"", field, op->key,
	       op->kind->name, words);
	if (sb_left_out_note(apply->run, op->stage, op->kind, op->key, field,
			     json_string_value(label), words) < 0 ||
	    (is_remembered &&
	     sb_refusal_add(apply->run, op->kind, op->key, field, value, words) < 0))
		apply->failed_rc = SB_E_NOMEM;
	sb_unit_remove(trouble->set, trouble->was, kept);
}

void sb_trouble_leave_out(struct sb_apply *apply, struct sb_trouble *trouble, const json_t *unit,
			  const char *words)
{
	leave_out(apply, trouble, unit, words, true);
}

void sb_trouble_put_off(struct sb_apply *apply, struct sb_trouble *trouble, const json_t *unit,
			const char *words)
{
	leave_out(apply, trouble, unit, words, false);
}
