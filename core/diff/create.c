/* SPDX-License-Identifier: Apache-2.0 */
/* A wanted object that NetBox has not under our key: adopt, create, or refuse. */
#include "diff/create.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "diff/adopt.h"
#include "diff/object.h"
#include "diff/prune.h"
#include "run/policies.h"
#include "run/question.h"
#include "stagebox/json.h"

/* Fields that are people's from the start are not written at creation either; without its natural
 * key no object can be. */
static json_t *create_fields(struct sb_pass *pass, struct sb_want *want)
{
	const struct sb_kind_field *field;
	size_t i;

	for (field = pass->kind->fields; field->name; field++) {
		bool is_natural = false;

		if (!sb_object_takes(pass, field)) {
			json_object_del(want->fields, field->name);
			continue;
		}
		if (field->type == SB_FIELD_OBJECT ||
		    sb_policy_of(pass->run, pass->kind, field) != SB_POLICY_NEVER)
			continue;
		for (i = 0; pass->kind->natural[i]; i++)
			is_natural = is_natural || sb_streq(pass->kind->natural[i], field->name);
		if (!is_natural)
			json_object_del(want->fields, field->name);
	}
	return json_incref(want->fields);
}

static int emit_create(struct sb_pass *pass, struct sb_want *want, const char *natural)
{
	json_t *set = create_fields(pass, want);
	struct sb_op *op;

	if (want->birth)
		json_object_set(set, "stagebox_birth", want->birth);
	op = sb_plan_add(&pass->run->diff->plan, pass->kind, SB_CREATE, want->key, pass->stage,
			 "new at the source", set, NULL);
	if (!op || sb_table_put(pass->run->diff->created, want->key, "") < 0)
		return SB_E_NOMEM;
	op->account = pass->account;
	return sb_op_claim(op, pass->kind, natural);
}

static int refuse(struct sb_pass *pass, struct sb_want *want, bool has_row, const char *why,
		  const json_t *others)
{
	int rc = sb_object_conflict(pass, want->key, NULL, NULL, others, why);

	sb_fail(&want->why, SB_E_CONFLICT, "%s: %s", want->key, why);
	want->state = SB_WANT_SKIP;
	return rc < 0 ? rc : sb_object_skip(pass, want, has_row);
}

/* The query that finds what already stands in a new object's place: by the parent where the
 * natural key has one, else by the value itself. False = nothing can be there. */
static bool loose_query(struct sb_pass *pass, const struct sb_want *want, struct sb_buf *query)
{
	const struct sb_kind_field *field;
	const json_t *value;
	size_t i;

	for (i = 0; pass->kind->natural[i]; i++) {
		field = sb_kind_field(pass->kind, pass->kind->natural[i]);
		value = json_object_get(want->fields, field->name);
		if (field->type == SB_FIELD_REF) {
			sb_buf_addf(query,
				    "cf_stagebox_key__empty=true&%s_id=%" JSON_INTEGER_FORMAT,
				    field->name, json_integer_value(value));
			return true;
		}
	}
	field = sb_kind_field(pass->kind, pass->kind->natural[0]);
	value = json_object_get(want->fields, field->name);
	sb_buf_addf(query, "%s=", field->name);
	if (field->type == SB_FIELD_ADDRESS) {
		sb_autofree char *host = strdup(json_string_value(value));

		if (host)
			host[strcspn(host, "/")] = '\0';
		sb_buf_add_url(query, host ? host : "");
	} else {
		sb_buf_add_url(query, json_string_value(value));
	}
	return true;
}

/* May this unowned candidate become ours? */
static bool is_free(struct sb_pass *pass, const struct sb_want *want, const json_t *candidate)
{
	const char *key = sb_json_str(candidate, "stagebox_key");
	const char *parent = pass->kind->parent_field;
	const json_t *now = parent ? json_object_get(candidate, parent) : NULL;

	if (key)
		return false;
	return sb_value_empty(now) || json_equal(now, json_object_get(want->fields, parent));
}

/* An address that NetBox holds for a guest that is silent now, and that another one has: the silent
 * guest lost it. Its stage may be through with this pass already. */
static int note_taken(struct sb_pass *pass, const struct sb_want *want, const char *key)
{
	if (!sb_value_empty(json_object_get(want->fields, "role")) || sb_streq(key, want->key) ||
	    sb_table_get(pass->run->snap->taken, key))
		return 0;
	pass->run->diff->once_more = pass->run->diff->plan.is_draft = true;
	return sb_table_put(pass->run->snap->taken, key, want->key);
}

static int adopt(struct sb_pass *pass, struct sb_want *want, const json_t *row)
{
	int rc = sb_adopt_take(pass, want, row);

	return rc < 0 ? rc : sb_object_compare(pass, want, row, true);
}

static int adopt_namesake(struct sb_pass *pass, struct sb_want *want, const json_t *found)
{
	sb_autojson *row = json_copy((json_t *)(uintptr_t)found);
	char text[160], by[220];

	sb_adopt_describe(pass->kind, found, text);
	snprintf(by, sizeof(by), "adopted by its %s: it was %s",
		 sb_json_str(found, "address") ? "address" : "name", text);
	json_object_set_new(row, "by", sb_json_text(by, sizeof(by)));
	return adopt(pass, want, row);
}

/* What the rules came to. *ret_done: nothing more is to be decided. */
static int follow(struct sb_pass *pass, struct sb_want *want, struct sb_adopt *verdict,
		  const char *natural, bool *ret_done)
{
	*ret_done = true;
	switch (verdict->state) {
	case SB_ADOPT_ASKED: return emit_create(pass, want, natural); /* until it is answered */
	case SB_ADOPT_FOUND: return adopt(pass, want, verdict->row);
	case SB_ADOPT_REFUSED: return refuse(pass, want, false, verdict->why.text, verdict->others);
	case SB_ADOPT_UNKNOWN:
		want->why = verdict->why;
		return sb_object_unknown(pass, want, false);
	default: *ret_done = false; return 0;
	}
}

/* Exactly one free candidate is adopted; several, or one of somebody else's, are a conflict. */
static int adopt_or_create(struct sb_pass *pass, struct sb_want *want, const char *natural)
{
	sb_autojson *all = sb_table_get_json(pass->list->unowned, natural), *others = json_array();
	struct sb_adopt verdict SB_CLEANUP(sb_adopt_finish) = {0};
	const json_t *candidate, *found = NULL;
	size_t i, n = 0, foreign = 0;
	bool is_done = false;
	int rc = 0;

	json_array_foreach (all, i, candidate) {
		const char *key = sb_json_str(candidate, "stagebox_key");
		const char *taker = sb_adopt_taker(pass, candidate);

		/* Another object of ours adopts it: both may have it. */
		if (!key && taker && pass->kind->parent_field && !sb_streq(taker, want->key)) {
			if (note_taken(pass, want, taker) < 0)
				return SB_E_NOMEM;
			continue;
		}
		if (key && sb_table_get(pass->list->rows, key)) {
			/* Ours, and ordered by claims when it moves or goes. */
			if (note_taken(pass, want, key) < 0)
				return SB_E_NOMEM;
			continue;
		}
		json_array_append_new(
			others,
			json_pack("{s:O, s:O*, s:s*}", "id", json_object_get(candidate, "id"),
				  "name", json_object_get(candidate, "name"), "key", key));
		if (!is_free(pass, want, candidate)) {
			foreign++;
			continue;
		}
		found = candidate;
		n++;
	}
	if (n > 1)
		return refuse(pass, want, false,
			      "several objects without an owner stand in its place in NetBox",
			      others);
	if (!n && foreign)
		return refuse(pass, want, false,
			      "NetBox has it as part of another object: nothing is guessed",
			      others);
	rc = n ? sb_adopt_denies(pass, want, found, &verdict)
	       : sb_adopt_part(pass, want, natural, &verdict);
	if (!rc)
		rc = follow(pass, want, &verdict, natural, &is_done);
	if (rc < 0 || is_done)
		return rc;
	return n ? adopt_namesake(pass, want, found) : emit_create(pass, want, natural);
}

/* Ask what stands in its natural place; *ret_ready when that was answered, be it with a reason. */
static int ask_place(struct sb_pass *pass, const struct sb_want *want, const struct sb_buf *query,
		     bool *ret_ready, struct sb_error *ret_why)
{
	sb_autobuf question = SB_BUF_INIT(2200);
	const char *answer;

	sb_buf_addf(&question, "%s?%s", pass->kind->name, sb_buf_str(query));
	answer = sb_table_get(pass->run->snap->asked, sb_buf_str(&question));
	*ret_ready = answer != NULL;
	if (!answer)
		return sb_question_add(pass->run, SB_ASK_LOOSE, pass->kind, sb_buf_str(query),
				       want->key, pass->run->current);
	if (*answer)
		sb_reason_get(answer, ret_why);
	return 0;
}

int sb_object_new(struct sb_pass *pass, struct sb_want *want)
{
	sb_autofree char *natural = sb_natural_text(pass->kind, want->fields);
	sb_autobuf query = SB_BUF_INIT(2048);
	struct sb_adopt verdict SB_CLEANUP(sb_adopt_finish) = {0};
	struct sb_error why = SB_ERROR_INIT;
	bool has_place, is_ready = false, is_done = false;
	int rc = 0;

	if (pass->list->known != SB_KNOWN_COMPLETE) {
		want->why = pass->list->why;
		if (!want->why.code)
			sb_fail(&want->why, SB_E_STATE, "NetBox's list of %s was not read",
				pass->kind->name);
		return sb_object_unknown(pass, want, false);
	}
	if (json_object_get(want->unknown, "status")) {
		sb_fail(&want->why, SB_E_STATE, "%s: its status is not known: %s", want->key,
			sb_json_str(want->unknown, "status"));
		return sb_object_unknown(pass, want, false);
	}
	has_place = natural && loose_query(pass, want, &query);
	if (has_place)
		rc = ask_place(pass, want, &query, &is_ready, &why);
	if (rc < 0)
		return rc;
	if (why.code) {
		want->why = why;
		return sb_object_unknown(pass, want, false);
	}
	rc = sb_adopt_by_rule(pass, want, &verdict);
	if (!rc)
		rc = follow(pass, want, &verdict, natural, &is_done);
	if (rc < 0 || is_done)
		return rc;
	return has_place && is_ready ? adopt_or_create(pass, want, natural)
				     : emit_create(pass, want, natural);
}

/* The old object stays as it is with all its parts: those of the new guest are not its own. */
static int hold(struct sb_pass *pass, struct sb_want *want, const char *why)
{
	if (sb_table_put(pass->run->diff->fading, want->key, SB_FADING_HELD) < 0)
		return SB_E_NOMEM;
	return refuse(pass, want, true, why, NULL);
}

/* A number whose guest is another one now: the old object goes and a new one comes. */
int sb_object_reborn(struct sb_pass *pass, struct sb_want *want, const json_t *row)
{
	if (!json_is_true(json_object_get(json_object_get(pass->run->conf, "prune"), "enabled")))
		return hold(pass, want,
			    "another guest has its number now; with prune enabled the old object "
			    "is deleted and a new one made");
	if (json_object_get(want->unknown, "status")) {
		sb_fail(&want->why, SB_E_STATE, "%s: its status is not known: %s", want->key,
			sb_json_str(want->unknown, "status"));
		return sb_object_unknown(pass, want, true);
	}
	if (!sb_prune_allows(pass->run, pass->kind, 1))
		return hold(pass, want,
			    "another guest has its number now, but more objects than prune allows "
			    "would be replaced or deleted in this run");
	return sb_replace(pass->run, pass->kind, want, row, pass->stage, pass->account);
}
