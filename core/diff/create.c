/* SPDX-License-Identifier: Apache-2.0 */
/* Wanted objects that NetBox does not have under our key: adopt, create, or refuse. */
#include "diff/create.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "diff/adopt.h"
#include "diff/object.h"
#include "diff/prune.h"
#include "diff/refused.h"
#include "run/policies.h"
#include "run/question.h"
#include "stagebox/json.h"

/* Policy `never` forbids a field at creation too, except in the natural key that NetBox needs. */
static json_t *select_create_fields(struct sb_pass *pass, struct sb_want *want)
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
	sb_autojson *fields = select_create_fields(pass, want);
	int rc = sb_refused_create(pass->run, pass->kind, pass->stage, want->key, fields,
				   &want->why);
	json_t *set;
	struct sb_op *op;

	if (rc < 0)
		return rc;
	if (rc > 0)
		return sb_object_unknown(pass, want, false);
	set = json_incref(fields);
	if (want->birth)
		json_object_set(set, "stagebox_birth", want->birth);
	op = sb_plan_add(&pass->run->diff->plan, pass->kind, SB_CREATE, want->key, pass->stage,
			 "new at the source", set, NULL);
	if (!op || sb_table_put(pass->run->diff->created, want->key, "") < 0)
		return SB_E_NOMEM;
	op->account = pass->account;
	return sb_op_add_claimed(op, pass->kind, natural);
}

static int refuse_object(struct sb_pass *pass, struct sb_want *want, bool has_row, const char *why,
			 const json_t *others)
{
	int rc = sb_object_conflict(pass, want->key, NULL, NULL, others, why);

	sb_fail(&want->why, SB_E_CONFLICT, "%s: %s", want->key, why);
	want->state = SB_WANT_SKIP;
	return rc < 0 ? rc : sb_object_skip(pass, want, has_row);
}

/* The query that finds objects with the natural key of a new one: by the parent where the key has
 * one, else by the value. False = none can exist. */
static bool build_place_query(struct sb_pass *pass, const struct sb_want *want,
			      struct sb_buf *query)
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

/* True for an unowned candidate that has no other parent. */
static bool is_free_candidate(struct sb_pass *pass, const struct sb_want *want,
			      const json_t *candidate)
{
	const char *key = sb_json_str(candidate, "stagebox_key");
	const char *parent = pass->kind->parent_field;
	const json_t *now = parent ? json_object_get(candidate, parent) : NULL;

	if (key)
		return false;
	return sb_value_empty(now) || json_equal(now, json_object_get(want->fields, parent));
}

/* NetBox keeps the address of a guest that does not answer; when another guest has it now, the
 * first one lost it. Its part of the pass may be over, so the pass is repeated. */
static int note_taken(struct sb_pass *pass, const struct sb_want *want, const char *key)
{
	if (!sb_value_empty(json_object_get(want->fields, "role")) || sb_streq(key, want->key) ||
	    sb_table_get(pass->run->snap->taken, key))
		return 0;
	pass->run->diff->once_more = pass->run->diff->plan.is_draft = true;
	return sb_table_put(pass->run->snap->taken, key, want->key);
}

static int adopt_object(struct sb_pass *pass, struct sb_want *want, const json_t *row)
{
	int rc = sb_adopt_take(pass, want, row);

	return rc < 0 ? rc : sb_object_compare(pass, want, row, true);
}

static int adopt_by_name(struct sb_pass *pass, struct sb_want *want, const json_t *found)
{
	sb_autojson *row = json_copy((json_t *)(uintptr_t)found);
	char text[160], by[220];

	sb_adopt_describe(pass->kind, found, text);
	snprintf(by, sizeof(by), "adopted by its %s: it was %s",
		 sb_json_str(found, "address") ? "address" : "name", text);
	json_object_set_new(row, "by", sb_json_text(by, sizeof(by)));
	return adopt_object(pass, want, row);
}

/* Act on the result of the rules. *ret_done: the object is decided. */
static int follow_rules(struct sb_pass *pass, struct sb_want *want, struct sb_adopt *verdict,
			const char *natural, bool *ret_done)
{
	*ret_done = true;
	switch (verdict->state) {
	case SB_ADOPT_ASKED:
		return emit_create(pass, want, natural); /* a draft until the answer comes */
	case SB_ADOPT_FOUND: return adopt_object(pass, want, verdict->row);
	case SB_ADOPT_REFUSED:
		return refuse_object(pass, want, false, verdict->why.text, verdict->others);
	case SB_ADOPT_UNKNOWN:
		want->why = verdict->why;
		return sb_object_unknown(pass, want, false);
	default: *ret_done = false; return 0;
	}
}

/* Exactly one free candidate is adopted; several, or one that belongs to another object, are a
 * conflict. */
static int adopt_or_create(struct sb_pass *pass, struct sb_want *want, const char *natural)
{
	sb_autojson *all = sb_table_get_json(pass->list->unowned, natural), *others = json_array();
	struct sb_adopt verdict SB_CLEANUP(sb_adopt_finish) = {0};
	const json_t *candidate, *found = NULL;
	size_t i, n = 0, n_foreign = 0;
	bool is_done = false;
	int rc = 0;

	json_array_foreach (all, i, candidate) {
		const char *key = sb_json_str(candidate, "stagebox_key");
		const char *adopter = sb_adopt_adopter(pass, candidate);

		/* An address that another of our objects adopts: NetBox can hold it for both. */
		if (!key && adopter && pass->kind->parent_field && !sb_streq(adopter, want->key)) {
			if (note_taken(pass, want, adopter) < 0)
				return SB_E_NOMEM;
			continue;
		}
		if (key && sb_table_get(pass->list->rows, key)) {
			/* Ours: claims order the ops when it is moved or deleted. */
			if (note_taken(pass, want, key) < 0)
				return SB_E_NOMEM;
			continue;
		}
		json_array_append_new(
			others,
			json_pack("{s:O, s:O*, s:s*}", "id", json_object_get(candidate, "id"),
				  "name", json_object_get(candidate, "name"), "key", key));
		if (!is_free_candidate(pass, want, candidate)) {
			n_foreign++;
			continue;
		}
		found = candidate;
		n++;
	}
	if (n > 1)
		return refuse_object(pass, want, false,
				     "several unowned NetBox objects have this name or address: "
				     "keep one, rename or delete the others",
				     others);
	if (!n && n_foreign)
		return refuse_object(pass, want, false,
				     "it exists in NetBox but belongs to another object; not "
				     "adopted: delete it or assign it in NetBox",
				     others);
	rc = n ? sb_adopt_check_candidate(pass, want, found, &verdict)
	       : sb_adopt_part(pass, want, natural, &verdict);
	if (!rc)
		rc = follow_rules(pass, want, &verdict, natural, &is_done);
	if (rc < 0 || is_done)
		return rc;
	return n ? adopt_by_name(pass, want, found) : emit_create(pass, want, natural);
}

/* Ask for objects with the same natural key. *ret_ready: answered; ret_why: the reason, if they
 * could not be read. */
static int ask_place(struct sb_pass *pass, const struct sb_want *want, const struct sb_buf *query,
		     bool *ret_ready, struct sb_error *ret_why)
{
	sb_autobuf question = SB_BUF_INIT(2200);
	const char *answer;

	sb_buf_addf(&question, "%s?%s", pass->kind->name, sb_buf_str(query));
	answer = sb_table_get(pass->run->snap->asked, sb_buf_str(&question));
	*ret_ready = answer != NULL;
	if (!answer)
		return sb_question_add(pass->run, SB_ASK_UNOWNED, pass->kind, sb_buf_str(query),
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
		sb_fail(&want->why, SB_E_STATE, "%s is not created: its status is unknown: %s",
			want->key, sb_json_str(want->unknown, "status"));
		return sb_object_unknown(pass, want, false);
	}
	has_place = natural && build_place_query(pass, want, &query);
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
		rc = follow_rules(pass, want, &verdict, natural, &is_done);
	if (rc < 0 || is_done)
		return rc;
	return has_place && is_ready ? adopt_or_create(pass, want, natural)
				     : emit_create(pass, want, natural);
}

/* Keep the old object with all its parts, which the parts of the new guest must not mix with. */
static int hold_object(struct sb_pass *pass, struct sb_want *want, const char *why)
{
	if (sb_table_put(pass->run->diff->vanishing, want->key, SB_VANISHING_HELD) < 0)
		return SB_E_NOMEM;
	return refuse_object(pass, want, true, why, NULL);
}

/* The VMID was reused by another guest: replace the object. */
int sb_object_reuse_vmid(struct sb_pass *pass, struct sb_want *want, const json_t *row)
{
	if (!json_is_true(json_object_get(json_object_get(pass->run->conf, "prune"), "enabled")))
		return hold_object(pass, want,
				   "another guest has this VMID now: set prune.enabled to delete "
				   "the old object and create a new one, or delete it in NetBox");
	if (json_object_get(want->unknown, "status")) {
		sb_fail(&want->why, SB_E_STATE, "%s is not replaced: its status is unknown: %s",
			want->key, sb_json_str(want->unknown, "status"));
		return sb_object_unknown(pass, want, true);
	}
	if (!sb_prune_allows(pass->run, pass->kind, 1))
		return hold_object(pass, want,
				   "another guest has this VMID now, but this run would delete or "
				   "replace more objects than prune allows: raise prune.max_count "
				   "and prune.max_percent, or delete the object in NetBox");
	return sb_prune_replaced(pass->run, pass->kind, want, row, pass->stage, pass->account);
}
