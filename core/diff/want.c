/* SPDX-License-Identifier: Apache-2.0 */
/* The setters by which a want callback fills a wanted object. */
#include "diff/want.h"

#include <stdio.h>
#include <string.h>

#include "diff/pass.h"
#include "base/blank.h"
#include "base/buf.h"
#include "load/writes.h"
#include "model/custom_fields.h"
#include "run/door.h"
#include "run/ref.h"
#include "stagebox/json.h"

int sb_want_init(struct sb_want *want, struct sb_run *run, const struct sb_kind *kind,
		 const char *key)
{
	*want = (struct sb_want){.run = run, .kind = kind, .key = key};
	want->fields = json_object();
	return want->fields ? 0 : SB_E_NOMEM;
}

void sb_want_finish(struct sb_want *want)
{
	json_decref(want->fields);
	json_decref(want->unknown);
	json_decref(want->choices);
	json_decref(want->left_out);
	json_decref(want->birth);
	json_decref(want->was);
	json_decref(want->evidence);
}

static void fail_want(struct sb_want *want, int rc, const char *field, const char *what)
{
	if (want->rc)
		return;
	want->rc = sb_fail(&want->why, rc, "field \"%s\" of kind \"%s\": %s", field,
			   want->kind->name, what);
}

const struct sb_kind_field *sb_want_field(struct sb_want *want, const char *field)
{
	const struct sb_kind_field *found = sb_kind_field(want->kind, field);
	struct sb_guess guess;
	char what[400];

	if (!found) {
		snprintf(what, sizeof(what), "the kind has no such field%s",
			 sb_kind_guess(want->kind, field, &guess));
		fail_want(want, SB_E_ARG, field, what);
	} else if (want->pass && !(want->pass->written & sb_field_bit(want->kind, found))) {
		const char *prefix = want->pass->reconcile->prefix;

		snprintf(
			what, sizeof(what),
			"the stage does not declare that it writes it: add \"%.64s\" to the fields "
			"of {\"%.64s\", fields, \"*%.100s\"} in its writes",
			field, want->kind->name, prefix + strcspn(prefix, "/"));
		fail_want(want, SB_E_ARG, field, what);
		found = NULL;
	}
	return found;
}

/* NetBox strips blanks around texts and counts characters, not bytes. A text that is cut must not
 * end with a blank either, and a name not with a dot. */
static json_t *fit_text(const struct sb_kind_field *field, const char *text)
{
	bool is_name = field->traits & SB_TRAIT_TITLE;
	sb_autofree char *copy = strdup(sb_blank_skip(text));
	sb_autojson *cut = NULL;
	size_t len, before;

	if (!copy)
		return NULL;
	copy[sb_blank_trimmed(copy, strlen(copy))] = '\0';
	cut = sb_json_text(copy, field->max_chars ? field->max_chars : SIZE_MAX);
	len = json_string_length(cut);
	if (!cut || len >= strlen(copy))
		return sb_steal(cut);
	text = json_string_value(cut);
	do {
		before = len;
		len = sb_blank_trimmed(text, len);
		if (is_name && len && text[len - 1] == '.')
			len--;
	} while (len < before);
	return json_stringn(text, len);
}

static void refuse_value(struct sb_want *want, const char *field, const json_t *value,
			 const char *fault)
{
	sb_autofree char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	char what[400];

	snprintf(what, sizeof(what), "the value %.80s %s", text ? text : "?", fault);
	fail_want(want, SB_E_SHAPE, field, what);
}

/* NetBox would refuse it in each run. Its own choices are those that it offers (choices.c). */
static bool is_offered(const struct sb_want *want, const struct sb_kind_field *field,
		       const json_t *value, struct sb_buf *ret_choices)
{
	const struct sb_custom_field *custom =
		field->type == SB_FIELD_CHOICE && json_is_string(value)
			? sb_custom_field_of(sb_registry_kinds(want->run->registry), field->name)
			: NULL;
	const char *const *choice;

	for (choice = custom ? custom->choices : NULL; choice && *choice; choice++) {
		if (sb_streq(*choice, json_string_value(value)))
			return true;
		sb_buf_addf(ret_choices, "%s%s", ret_choices->len ? ", " : "", *choice);
	}
	return !ret_choices->len;
}

void sb_want_set(struct sb_want *want, const char *field, json_t *value_take)
{
	const struct sb_kind_field *found = sb_want_field(want, field);
	const char *fault = found && value_take ? sb_door_value(found, value_take) : NULL;
	sb_autobuf choices = SB_BUF_INIT(1 << 20);
	char words[300];
	json_t *value;

	if (found && value_take && !fault && !is_offered(want, found, value_take, &choices)) {
		snprintf(words, sizeof(words), "is not one of its choices: %.250s",
			 sb_buf_str(&choices));
		fault = words;
	}
	if (fault) {
		refuse_value(want, field, value_take, fault);
	} else if (found && value_take) {
		if (json_is_string(value_take) &&
		    (found->type == SB_FIELD_TEXT || found->type == SB_FIELD_NAME))
			value = fit_text(found, json_string_value(value_take));
		else
			value = sb_value_flat(found, value_take);
		if (json_object_set_new(want->fields, field, value) < 0)
			fail_want(want, SB_E_NOMEM, field, "out of memory");
	} else if (found) {
		fail_want(want, SB_E_ARG, field, "the value is NULL: " SB_NULL_JSON);
	}
	json_decref(value_take);
}

void sb_want_str(struct sb_want *want, const char *field, const char *text)
{
	sb_want_set(want, field, text ? json_string(text) : json_null());
}

void sb_want_int(struct sb_want *want, const char *field, int64_t value)
{
	sb_want_set(want, field, json_integer(value));
}

void sb_want_bool(struct sb_want *want, const char *field, bool value)
{
	sb_want_set(want, field, json_boolean(value));
}

void sb_want_null(struct sb_want *want, const char *field)
{
	sb_want_set(want, field, json_null());
}

void sb_want_unknown(struct sb_want *want, const char *field, const struct sb_error *why)
{
	if (!sb_want_field(want, field))
		return;
	json_object_del(want->fields, field);
	if (!want->unknown)
		want->unknown = json_object();
	json_object_set_new(want->unknown, field, json_string(why ? why->text : ""));
}

static void raise_state(struct sb_want *want, enum sb_want_state state, const struct sb_error *why)
{
	if (want->state >= state)
		return;
	want->state = state;
	if (why)
		want->why = *why;
}

/* The target of an OBJECT field in its flat form. */
static json_t *build_object_value(struct sb_want *want, const char *kind, json_t *ref_take)
{
	const struct sb_kind *target = sb_kinds_find(sb_registry_kinds(want->run->registry), kind);

	return json_pack("{s:s, s:o}", "type", target ? target->object_type : "", "id", ref_take);
}

/* True for an object of the same kind, like the bridge of a port, that is visited later in the
 * pass. */
static bool comes_later(const struct sb_want *want, const char *kind, const char *key)
{
	const struct sb_pass *pass = want->pass;

	return pass && pass->source && !pass->fields_only && !pass->is_last_round &&
	       sb_streq(kind, pass->kind->name) && !sb_streq(key, want->key) &&
	       sb_starts_with(key, pass->reconcile->prefix) &&
	       sb_table_get(pass->source->rows, key) &&
	       !sb_table_get(want->run->diff->absent_why, key);
}

/* Find a referenced object; the wanted one waits when the other is visited later. */
static enum sb_ref_state find_reference(struct sb_want *want, const char *kind, const char *key,
					json_t **ret_value, struct sb_error *why)
{
	enum sb_ref_state state = sb_ref(want->run, kind, key, ret_value, why);

	if ((state == SB_REF_ABSENT || state == SB_REF_UNKNOWN) && comes_later(want, kind, key))
		want->waits = true;
	return state;
}

/* A reference to an object that does not exist, in a field that the object can do without. */
static void leave_out_reference(struct sb_want *want, const char *field, const struct sb_error *why)
{
	if (why->code == SB_E_CONFLICT)
		return; /* reported once, by the object in conflict */
	if (!want->left_out)
		want->left_out = json_array();
	if (json_array_append_new(want->left_out, json_pack("[s, s]", field, why->text)) < 0)
		fail_want(want, SB_E_NOMEM, field, "out of memory");
}

static bool has_type(const struct sb_kind_field *field, unsigned types)
{
	return types & 1u << field->type;
}

const struct sb_kind_field *sb_want_ref_field(struct sb_want *want, const char *field,
					      unsigned types, const char *kind, const char *key)
{
	const struct sb_kind_field *found = sb_want_field(want, field);
	char what[200];

	if (!found)
		return NULL;
	if (!has_type(found, types))
		snprintf(what, sizeof(what), "it is not %s",
			 has_type(found, SB_REF_TYPES | SB_SET_TYPES)
				 ? (types & SB_SET_TYPES ? "a set of references: call sb_want_ref()"
							 : "a single reference: call "
							   "sb_want_ref_add()")
				 : "a reference: call sb_want_set()");
	else if (key && !kind)
		snprintf(what, sizeof(what), "the kind of the reference to \"%.100s\" is NULL",
			 key);
	else if (!key && types & SB_REF_TYPES)
		snprintf(what, sizeof(what), "the key of the reference is NULL");
	else if (key && found->type != SB_FIELD_OBJECT && found->kind &&
		 !sb_streq(found->kind, kind))
		snprintf(what, sizeof(what),
			 "it refers to objects of kind \"%.40s\", not of \"%.40s\"", found->kind,
			 kind);
	else
		return found;
	fail_want(want, SB_E_ARG, field, what);
	return NULL;
}

void sb_want_ref(struct sb_want *want, const char *field, const char *kind, const char *key)
{
	const struct sb_kind_field *found = sb_want_ref_field(want, field, SB_REF_TYPES, kind, key);
	struct sb_error why = SB_ERROR_INIT;
	json_t *value = NULL;

	if (!found)
		return;
	switch (find_reference(want, kind, key, &value, &why)) {
	case SB_REF_ID:
	case SB_REF_NEW:
		if (found->type == SB_FIELD_OBJECT)
			value = build_object_value(want, kind, value);
		if (json_object_set_new(want->fields, field, value) < 0)
			fail_want(want, SB_E_NOMEM, field, "out of memory");
		break;
	case SB_REF_ABSENT:
		if (sb_kind_field_decides(want->kind, field))
			raise_state(want, SB_WANT_ABSENT, &why);
		else
			leave_out_reference(want, field, &why);
		break;
	case SB_REF_UNKNOWN: raise_state(want, SB_WANT_LEAVE, &why); break;
	}
}

bool sb_want_ref_named(struct sb_want *want, const char *field, const char *kind,
		       const json_t *named, struct sb_error *why)
{
	const char *key = json_string_value(named);
	enum sb_ref_state state;
	json_t *value = NULL;

	if (!sb_want_ref_field(want, field, SB_REF_TYPES, kind, key ? key : ""))
		return sb_fail(why, SB_E_SHAPE, "%s", want->why.text), false;
	state = key ? find_reference(want, kind, key, &value, why)
		    : sb_ref_id(want->run, kind, json_integer_value(named), &value, why);
	if (state != SB_REF_ID && state != SB_REF_NEW)
		return false;
	if (json_object_set_new(want->fields, field, value) < 0)
		fail_want(want, SB_E_NOMEM, field, "out of memory");
	return true;
}

bool sb_want_refers(const struct sb_want *want, const char *field, const char *kind,
		    const char *key)
{
	struct sb_error why = SB_ERROR_INIT;
	sb_autojson *value = NULL;
	enum sb_ref_state state = sb_ref(want->run, kind, key, &value, &why);

	return (state == SB_REF_ID || state == SB_REF_NEW) &&
	       json_equal(value, json_object_get(want->fields, field));
}

/* Ids in ascending order first, then references by key, each once. */
static void insert_ref(json_t *list, json_t *value_take)
{
	bool is_id = json_is_integer(value_take);
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		const json_t *other = json_array_get(list, i);

		if (json_equal(other, value_take)) {
			json_decref(value_take);
			return;
		}
		if (is_id && (!json_is_integer(other) ||
			      json_integer_value(other) > json_integer_value(value_take)))
			break;
		if (!is_id && !json_is_integer(other) &&
		    strcmp(sb_json_str(other, "$ref"), sb_json_str(value_take, "$ref")) > 0)
			break;
	}
	json_array_insert_new(list, i, value_take);
}

void sb_want_ref_add(struct sb_want *want, const char *field, const char *kind, const char *key)
{
	struct sb_error why = SB_ERROR_INIT;
	json_t *list = json_object_get(want->fields, field), *value = NULL;

	if (!sb_want_ref_field(want, field, SB_SET_TYPES, kind, key) ||
	    json_object_get(want->unknown, field))
		return;
	if (!list) {
		list = json_array();
		json_object_set_new(want->fields, field, list);
	}
	if (!key)
		return;
	switch (find_reference(want, kind, key, &value, &why)) {
	case SB_REF_ID:
	case SB_REF_NEW: insert_ref(list, value); break;
	case SB_REF_ABSENT: leave_out_reference(want, field, &why); break;
	case SB_REF_UNKNOWN: sb_want_unknown(want, field, &why); break;
	}
}

bool sb_want_is_new(const struct sb_want *want)
{
	const struct sb_nb_list *list = sb_snapshot_list(want->run->snap, want->kind->name);

	return !sb_table_get(list->rows, want->key);
}

void sb_want_birth(struct sb_want *want, const char *birth)
{
	json_decref(want->birth);
	want->birth = birth && *birth ? json_string(birth) : NULL;
}

void sb_want_was(struct sb_want *want, const char *key)
{
	if (!want->was)
		want->was = json_array();
	if (!want->was || json_array_append_new(want->was, json_string(key)) < 0)
		fail_want(want, SB_E_NOMEM, "stagebox_key", "out of memory");
}

void sb_want_evidence(struct sb_want *want, const char *kind, const char *value)
{
	if (!want->evidence)
		want->evidence = json_array();
	if (!want->evidence ||
	    json_array_append_new(want->evidence, json_pack("[s, s]", kind, value)) < 0)
		fail_want(want, SB_E_NOMEM, "stagebox_key", "out of memory");
}

void sb_want_partial(struct sb_want *want, const struct sb_error *why)
{
	sb_run_partial_object(want->run, want->pass ? want->pass->at : SB_STAGE_SHARED,
			      SB_EFFECT_PARTIAL, want->key, why);
}

size_t sb_owned_count(const struct sb_stage_run *stage, const char *kind, const char *prefix)
{
	const struct sb_nb_list *list = sb_snapshot_list(stage->run->snap, kind);
	size_t len = strlen(prefix);

	if (sb_door_phase(stage, SB_IN_DIFF | SB_IN_WANT, "sb_owned_count", NULL) < 0 || !list)
		return 0;
	if (len && prefix[len - 1] != '/')
		return sb_table_get(list->rows, prefix) != NULL;
	return sb_table_count_from(list->rows, prefix);
}

char *sb_owned_text(const struct sb_stage_run *stage, const char *kind, const char *key,
		    const char *field)
{
	const struct sb_nb_list *list = sb_snapshot_list(stage->run->snap, kind);

	if (sb_door_phase(stage, SB_IN_DIFF | SB_IN_WANT, "sb_owned_text", NULL) < 0)
		return NULL;
	return list ? sb_table_get_str(list->rows, key, field) : NULL;
}

void sb_want_skip(struct sb_want *want, const char *why)
{
	struct sb_error error;

	sb_fail(&error, SB_E_UNSUPPORTED, "%s", why ? why : "");
	raise_state(want, SB_WANT_SKIP, &error);
}

void sb_want_leave(struct sb_want *want, const struct sb_error *why)
{
	raise_state(want, SB_WANT_LEAVE, why);
}
