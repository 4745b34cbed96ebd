/* SPDX-License-Identifier: Apache-2.0 */
/* Values that a plan does not write because NetBox would refuse them. */
#include "diff/refused.h"

#include <string.h>

#include "base/buf.h"
#include "base/list.h"
#include "diff/choices.h"
#include "diff/want.h"
#include "model/extras.h"
#include "run/policies.h"
#include "run/refusal.h"
#include "run/required.h"
#include "stagebox/json.h"

/* Tags that NetBox limits to types of objects */

static bool lists_type(const json_t *types, const char *type)
{
	const json_t *member;
	size_t i;

	json_array_foreach (types, i, member)
		if (json_is_string(member) && sb_streq(json_string_value(member), type))
			return true;
	return false;
}

static json_t *find_tag(const struct sb_run *run, const json_t *id)
{
	const struct sb_nb_list *tags = sb_snapshot_list(run->snap, SB_KIND_TAG);
	size_t i;

	for (i = 0; tags && json_is_integer(id) && i < sb_table_count(tags->rows); i++) {
		const char *key = sb_table_key_at(tags->rows, i);

		if (sb_table_id(tags->rows, key) == json_integer_value(id))
			return sb_table_get_json(tags->rows, key);
	}
	return NULL;
}

/* 1 when a tag is limited to other types; noted. */
static int check_tag(struct sb_pass *pass, const struct sb_want *want, const char *field,
		     const json_t *id)
{
	sb_autojson *tag = find_tag(pass->run, id);
	const json_t *types = json_object_get(tag, SB_MEMBER_TYPES), *type;
	const char *name = sb_json_str(tag, "name");
	sb_autobuf words = SB_BUF_INIT(1000);
	size_t i;

	if (!json_array_size(types) || lists_type(types, pass->kind->object_type))
		return 0;
	sb_buf_addf(&words, "NetBox limits the tag \"%.100s\" to", name ? name : "?");
	json_array_foreach (types, i, type)
		sb_buf_addf(&words, "%s %s", i ? "," : "", json_string_value(type));
	sb_buf_addf(&words, ": add %s to its object types", pass->kind->object_type);
	return sb_left_out_note(pass->run, pass->stage, pass->kind, want->key, field, name,
				sb_buf_str(&words)) < 0
		       ? SB_E_NOMEM
		       : 1;
}

static int check_member(struct sb_pass *pass, const struct sb_want *want,
			const struct sb_kind_field *field, const json_t *member)
{
	const char *words = sb_refusal_words(pass->run, pass->kind, want->key, field->name, member);
	sb_autojson *tag = NULL;

	if (!words)
		return field->type == SB_FIELD_TAGS ? check_tag(pass, want, field->name, member)
						    : 0;
	tag = field->type == SB_FIELD_TAGS ? find_tag(pass->run, member) : NULL;
	return sb_left_out_note(pass->run, pass->stage, pass->kind, want->key, field->name,
				sb_json_str(tag, "name"), words) < 0
		       ? SB_E_NOMEM
		       : 1;
}

int sb_refused_members(struct sb_pass *pass, struct sb_want *want, const json_t *row)
{
	const struct sb_kind_field *field;
	const json_t *member;
	int refused = 0;
	size_t i;

	for (field = pass->kind->fields; refused >= 0 && field->name; field++) {
		json_t *wanted, *kept;

		if (field->type != SB_FIELD_TAGS && field->type != SB_FIELD_REFS)
			continue;
		wanted = json_object_get(want->fields, field->name);
		if (!json_array_size(wanted))
			continue;
		kept = json_array();
		json_array_foreach (wanted, i, member) {
			refused = sb_list_holds(json_object_get(row, field->name), member)
					  ? 0
					  : check_member(pass, want, field, member);
			if (refused < 0)
				break;
			if (!refused)
				json_array_append(kept, (json_t *)(uintptr_t)member);
		}
		json_object_set_new(want->fields, field->name, kept);
	}
	return refused < 0 ? refused : 0;
}

/* Single values */

static int note_value(struct sb_run *run, const struct sb_kind *kind, const char *stage,
		      const char *key, const struct sb_kind_field *field, const json_t *value,
		      const char *words)
{
	const char *label = field->type == SB_FIELD_CHOICE ? json_string_value(value) : NULL;

	return sb_left_out_note(run, stage, kind, key, field->name, label, words) < 0 ? SB_E_NOMEM
										      : 1;
}

static int check_value(struct sb_run *run, const struct sb_kind *kind, const char *stage,
		       const char *key, const struct sb_kind_field *field, const json_t *value)
{
	const char *words = sb_refusal_words(run, kind, key, field->name, value);
	char text[200];
	int rc;

	if (words)
		return note_value(run, kind, stage, key, field, value, words);
	if (field->type != SB_FIELD_CHOICE || !json_is_string(value))
		return 0;
	rc = sb_choice_offered(run, kind, field->name, json_string_value(value), key);
	if (rc < 0)
		return rc;
	if (rc > 0)
		return 0;
	sb_choice_describe(field->name, json_string_value(value), text, sizeof(text));
	return note_value(run, kind, stage, key, field, value, text);
}

int sb_refused_value(struct sb_pass *pass, const char *key, const struct sb_kind_field *field,
		     const json_t *value)
{
	return check_value(pass->run, pass->kind, pass->stage, key, field, value);
}

/* New objects */

static const char *find_instead(struct sb_run *run, const struct sb_kind *kind,
				const struct sb_kind_field *field, const char *key)
{
	const char *const *value;

	for (value = field->instead; value && *value; value++)
		if (sb_choice_offered(run, kind, field->name, *value, key) > 0)
			return *value;
	return NULL;
}

/* A state that follows the source must not be left to NetBox, whose default is "active". */
static bool needs_choice(struct sb_run *run, const struct sb_kind *kind,
			 const struct sb_kind_field *field)
{
	return sb_kind_field_decides(kind, field->name) ||
	       (field->traits & SB_TRAIT_STATE &&
		sb_policy_of(run, kind, field) == SB_POLICY_ALWAYS);
}

static int replace_choice(struct sb_run *run, const struct sb_kind *kind, const char *key,
			  const struct sb_kind_field *field, json_t *fields,
			  struct sb_error *ret_why)
{
	const char *value = sb_json_str(fields, field->name);
	const char *other = find_instead(run, kind, field, key);
	char text[200];

	if (other)
		return json_object_set_new(fields, field->name, json_string(other)) < 0 ? SB_E_NOMEM
											: 0;
	if (needs_choice(run, kind, field)) {
		sb_choice_describe(field->name, value ? value : "", text, sizeof(text));
		sb_fail(ret_why, SB_E_STATE, "%s is not created: %s", key, text);
		return 1;
	}
	json_object_del(fields, field->name);
	return 0;
}

/* A custom field that NetBox requires and that has no default: nobody knows its value. */
static int check_required(const struct sb_run *run, const struct sb_kind *kind,
			  struct sb_error *ret_why)
{
	const char *name;
	json_t *dflt;

	json_object_foreach ((json_t *)(uintptr_t)sb_required_fields(run, kind), name, dflt) {
		if (!sb_value_empty(dflt))
			continue;
		sb_fail(ret_why, SB_E_STATE,
			"NetBox requires the custom field \"%s\" of every %s and has no default "
			"for it: set a default in NetBox, or make the field optional",
			name, kind->object_type);
		return 1;
	}
	return 0;
}

/* The words by which NetBox refused the object as a whole; NULL = it may be tried. */
static const char *find_refused_object(const struct sb_run *run, const struct sb_kind *kind,
				       const char *key, const json_t *fields)
{
	sb_autojson *all = NULL;
	const char *name, *words = NULL;
	json_t *value;

	if (!json_object_size(run->refusals))
		return NULL;
	json_object_foreach ((json_t *)(uintptr_t)fields, name, value)
		if (!words && sb_kind_field_decides(kind, name))
			words = sb_refusal_words(run, kind, key, name, value);
	all = words ? NULL : sb_refusal_object(kind, fields, true);
	return all ? sb_refusal_words(run, kind, key, SB_REFUSAL_OBJECT, all) : words;
}

/* A target is an object of an endpoint, never a shared one. */
static void describe_refused(const char *verb, const char *key, const char *words,
			     struct sb_error *ret_why)
{
	sb_fail(ret_why, SB_E_NOTFOUND,
		"not %s again, because NetBox refused that: %s: change the value or NetBox; it "
		"is tried again with another value, after a day, or at once with `sync --retry`%s",
		verb, words, sb_starts_with(key, "shared/") ? "" : " or --target");
}

int sb_refused_update(struct sb_pass *pass, const char *key, const json_t *set)
{
	const char *words = sb_refusal_words(pass->run, pass->kind, key, SB_REFUSAL_OBJECT, set);
	struct sb_error why;

	if (!words)
		return 0;
	describe_refused("changed", key, words, &why);
	sb_run_partial_object(pass->run, pass->at,
			      pass->fields_only ? SB_EFFECT_PARTIAL : SB_EFFECT_SKIPPED, key, &why);
	if (!pass->fields_only)
		sb_pass_counters(pass)->skipped++;
	return SB_REFUSED_BEFORE;
}

int sb_refused_create(struct sb_run *run, const struct sb_kind *kind, const char *stage,
		      const char *key, json_t *fields, struct sb_error *ret_why)
{
	const struct sb_kind_field *field;
	int rc = check_required(run, kind, ret_why);
	const char *words;

	for (field = kind->fields; !rc && field->name; field++) {
		const json_t *value = json_object_get(fields, field->name);
		bool is_choice = field->type == SB_FIELD_CHOICE && json_is_string(value);

		if (!value || json_is_null(value) ||
		    (sb_kind_field_decides(kind, field->name) && !is_choice))
			continue;
		rc = check_value(run, kind, stage, key, field, value);
		if (rc <= 0)
			continue;
		if (is_choice) {
			rc = replace_choice(run, kind, key, field, fields, ret_why);
			continue;
		}
		json_object_del(fields, field->name);
		rc = 0;
	}
	words = rc ? NULL : find_refused_object(run, kind, key, fields);
	if (!words)
		return rc;
	describe_refused("created", key, words, ret_why);
	return SB_REFUSED_BEFORE;
}

int sb_refused_absent(struct sb_pass *pass, const struct sb_want *want)
{
	const json_t *pair;
	size_t i;

	json_array_foreach (want->left_out, i, pair) {
		const char *name = json_string_value(json_array_get(pair, 0));
		const struct sb_kind_field *field = sb_kind_field(pass->kind, name);

		if (sb_policy_of(pass->run, pass->kind, field) != SB_POLICY_NEVER &&
		    sb_left_out_note(pass->run, pass->stage, pass->kind, want->key, name, NULL,
				     json_string_value(json_array_get(pair, 1))) < 0)
			return SB_E_NOMEM;
	}
	return 0;
}
