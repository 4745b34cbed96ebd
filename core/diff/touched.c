/* SPDX-License-Identifier: Apache-2.0 */
/* Parts on which people have worked in NetBox. */
#include "diff/touched.h"

#include <stdio.h>
#include <string.h>

#include "base/list.h"
#include "diff/policy.h"
#include "diff/union.h"
#include "model/extras.h"
#include "run/policies.h"
#include "run/prune_settings.h"
#include "run/question.h"
#include "stagebox/json.h"

/* One part that is judged. */
struct part {
	struct sb_run *run;
	const struct sb_kind *kind;
	const char *key;
	const struct sb_source *source;
	const json_t *row; /* whole: with tags, comments and custom fields ("origin") */
	char id[32];
	struct sb_last last;
	struct sb_error *why;
};

static int ask_question(const struct part *part, enum sb_question_type type,
			const struct sb_kind *kind, const char *text, const char *key)
{
	int rc = sb_question_add(part->run, type, kind, text, key);

	return rc < 0 ? rc : SB_TOUCHED_ASKED;
}

/* The answer to a question about objects: SB_UNTOUCHED = there is one. */
static int find_answer(const struct part *part, enum sb_question_type type,
		       const struct sb_kind *kind, const char *text)
{
	char asked[200];
	const char *answer;

	snprintf(asked, sizeof(asked), "%s?%s", kind->name, text);
	answer = sb_table_get(part->run->snap->asked, asked);
	if (!answer)
		return ask_question(part, type, kind, text, "");
	if (!*answer)
		return SB_UNTOUCHED;
	sb_reason_get(answer, part->why);
	sb_context(part->why, part->why->code, "whether people worked on it is not known");
	return SB_TOUCHED;
}

static int set_touched(const struct part *part, const char *what)
{
	sb_fail(part->why, SB_E_STATE, "%s", what);
	return SB_TOUCHED;
}

/* The value that we wrote last. The store has only fields that follow their last value. */
static int find_written(struct part *part, const struct sb_kind_field *field,
			const json_t **ret_value, bool *ret_known)
{
	bool in_store = sb_policy_of(part->run, part->kind, field) == SB_POLICY_IF_UNCHANGED;
	bool is_found =
		sb_last_value(part->run, part->key, field->name, &part->last, ret_value, ret_known);

	if (is_found && (*ret_known || in_store || part->last.asked))
		return SB_UNTOUCHED;
	return ask_question(part, SB_ASK_CHANGES, part->kind, part->id, part->key);
}

/* A text that people emptied is nothing that a delete could lose. */
static int judge_text(struct part *part, const struct sb_kind_field *field)
{
	const json_t *now = json_object_get(part->row, field->name), *value = NULL;
	bool known = false;
	char what[200];
	int rc;

	if (sb_value_empty(now))
		return SB_UNTOUCHED;
	rc = find_written(part, field, &value, &known);
	if (rc || (known && sb_value_same(field, now, value)))
		return rc;
	snprintf(what, sizeof(what), "people wrote its %s", field->name);
	return set_touched(part, what);
}

static int judge_tags(struct part *part, const struct sb_kind_field *field)
{
	const json_t *now = json_object_get(part->row, field->name), *memory, *tag;
	sb_autojson *ours = NULL;
	size_t i;

	if (sb_value_empty(now))
		return SB_UNTOUCHED;
	sb_last_read(part->run, part->key, &part->last);
	memory = sb_union_memory(&part->last, field->name);
	if (!memory && !part->last.asked)
		return ask_question(part, SB_ASK_CHANGES, part->kind, part->id, part->key);
	ours = sb_union_remembered(memory, field->name);
	json_array_foreach (now, i, tag) {
		if (!sb_list_holds(ours, tag))
			return set_touched(part, "people gave it a tag");
	}
	return SB_UNTOUCHED;
}

/* A value as NetBox stores it: a related object is its id. */
static json_t *plain_value(const json_t *value)
{
	const json_t *member;
	json_t *list;
	size_t i;

	if (json_is_object(value) && json_is_integer(json_object_get(value, "id")))
		return json_incref(json_object_get(value, "id"));
	if (!json_is_array(value))
		return json_incref((json_t *)(uintptr_t)value);
	list = json_array();
	json_array_foreach (value, i, member)
		json_array_append_new(list, plain_value(member));
	return list;
}

/* NetBox gives each new object the default values of its custom fields. */
static int judge_custom_fields(struct part *part)
{
	json_t *origin = json_object_get(part->row, "origin"), *value;
	const char *name;
	char what[300];
	int rc;

	if (!json_object_size(origin))
		return SB_UNTOUCHED;
	rc = find_answer(
		part, SB_ASK_DEFAULTS,
		sb_kinds_find(sb_registry_kinds(part->run->registry), SB_KIND_CUSTOM_FIELD),
		"defaults");
	if (rc != SB_UNTOUCHED)
		return rc;
	json_object_foreach (origin, name, value) {
		sb_autojson *plain = plain_value(value);

		if (json_equal(plain, json_object_get(part->run->snap->defaults, name)))
			continue;
		snprintf(what, sizeof(what), "people set its custom field %.200s", name);
		return set_touched(part, what);
	}
	return SB_UNTOUCHED;
}

static int judge_values(struct part *part)
{
	const struct sb_kind_field *field;
	int rc = SB_UNTOUCHED;

	for (field = part->kind->fields; !rc && field->name; field++) {
		if (field->traits & SB_TRAIT_OCCUPIED &&
		    json_is_true(json_object_get(part->row, field->name)))
			rc = set_touched(part, "it has a cable or is marked as connected");
		else if (field->traits & SB_TRAIT_NOTE)
			rc = judge_text(part, field);
		else if (field->type == SB_FIELD_TAGS)
			rc = judge_tags(part, field);
	}
	return rc ? rc : judge_custom_fields(part);
}

/* Put a frame before the reason of a part of the part. */
static int name_part(const struct part *part, int rc, const struct sb_kind *kind, const json_t *row)
{
	const char *name = sb_kind_title(kind, row);

	if (rc == SB_TOUCHED)
		sb_context(part->why, part->why->code, "%s on it", name ? name : kind->name);
	return rc;
}

/* Judge an object that is assigned to the part: ours like a part, any other is people's. */
static int judge_attached_row(const struct part *owner, const struct sb_kind *kind,
			      const json_t *row)
{
	const char *key = sb_json_str(row, "stagebox_key");
	struct part part = {
		.run = owner->run, .kind = kind, .key = key, .row = row, .why = owner->why};
	size_t len = strlen(owner->run->slug);
	int rc;

	if (!key || strncmp(key, owner->run->slug, len) != 0 || key[len] != '/')
		return name_part(owner, set_touched(&part, "it is not ours"), kind, row);
	if (sb_table_get(owner->run->snap->moves, key) || sb_prune_releases(owner->run->conf, row))
		return SB_UNTOUCHED; /* it leaves before the delete */
	snprintf(part.id, sizeof(part.id), "%" JSON_INTEGER_FORMAT,
		 json_integer_value(json_object_get(row, "id")));
	rc = judge_values(&part);
	sb_last_finish(&part.last);
	return name_part(owner, rc, kind, row);
}

/* Judge the objects of one kind that are assigned to an interface. */
static int judge_attached(const struct part *part, const struct sb_kind *kind)
{
	sb_autojson *rows = NULL;
	char text[100], index[200];
	const json_t *row;
	size_t i;
	int rc;

	snprintf(text, sizeof(text), "%s=%s", part->kind->attached_by, part->id);
	rc = find_answer(part, SB_ASK_ATTACHED, kind, text);
	if (rc != SB_UNTOUCHED)
		return rc;
	snprintf(index, sizeof(index), "%s on %s %s", kind->name, part->kind->object_type,
		 part->id);
	rows = sb_table_get_json(part->run->snap->origins, index);
	json_array_foreach (rows, i, row) {
		rc = judge_attached_row(part, kind, row);
		if (rc != SB_UNTOUCHED)
			return rc;
	}
	return SB_UNTOUCHED;
}

/* Since 4.7 NetBox makes the MAC address objects of our interfaces, without a key: only its change
 * log says whose a spare one is. */
static int judge_macs(const struct part *part, const struct sb_kind_field *field,
		      const struct sb_kind *kind)
{
	const char *primary = sb_json_str(part->row, field->name);
	const json_t *entry;
	size_t i;

	json_array_foreach (json_object_get(part->row, "mac_rows"), i, entry) {
		const char *mac = json_string_value(json_array_get(entry, 1)), *base;
		sb_autojson *made = NULL;
		char asked[512], id[32];

		if (!mac || (primary && sb_streq(mac, primary)))
			continue;
		snprintf(id, sizeof(id), "%" JSON_INTEGER_FORMAT,
			 json_integer_value(json_array_get(entry, 0)));
		snprintf(asked, sizeof(asked), "%s/%s/%s#%s", part->key, kind->name, mac, id);
		base = sb_table_get(part->run->snap->base, asked);
		if (!base)
			return ask_question(part, SB_ASK_CHANGES, kind, id, asked);
		made = json_loads(base, 0, NULL);
		if (json_object_get(made, kind->natural[0]))
			continue;
		sb_fail(part->why, SB_E_STATE, "people gave it the MAC address %s", mac);
		return SB_TOUCHED;
	}
	return SB_UNTOUCHED;
}

/* Can objects of the kind be assigned to objects of several kinds? */
static bool is_assigned(const struct sb_kind *kind)
{
	const struct sb_kind_field *field =
		kind->parent_field ? sb_kind_field(kind, kind->parent_field) : NULL;

	return field && field->type == SB_FIELD_OBJECT;
}

/* Judge what is assigned to the object. */
static int judge_assigned(const struct part *part)
{
	const struct sb_kinds *kinds = sb_registry_kinds(part->run->registry);
	const struct sb_kind_field *maker = sb_kind_maker(part->kind);
	const struct sb_kind *made = NULL;
	int rc = SB_UNTOUCHED;
	size_t i;

	if (maker && sb_run_takes_field(part->run, part->kind->name, maker->name))
		made = sb_kinds_find(kinds, maker->makes);
	for (i = 0; !rc && part->kind->attached_by && i < sb_kinds_count(kinds); i++) {
		const struct sb_kind *kind = sb_kinds_at(kinds, i);

		if (!is_assigned(kind))
			continue;
		rc = made && sb_streq(made->object_type, kind->object_type)
			     ? judge_macs(part, maker, made)
			     : judge_attached(part, kind);
	}
	return rc;
}

/* NetBox refuses to delete a parent of objects of the same kind, so it stays with the child that
 * stays. */
static int judge_children(const struct part *part)
{
	const struct sb_kind_field *tree = sb_kind_trait(part->kind, SB_TRAIT_TREE);
	const struct sb_nb_list *list = sb_snapshot_list(part->run->snap, part->kind->name);
	const json_t *id = json_object_get(part->row, "id");
	size_t i;

	for (i = 0; tree && i < sb_table_count(list->rows); i++) {
		const char *key = sb_table_key_at(list->rows, i);
		sb_autojson *row = json_loads(sb_table_text_at(list->rows, i), 0, NULL);
		int rc;

		if (!json_equal(json_object_get(row, tree->name), id) ||
		    sb_table_get(part->run->snap->moves, key) ||
		    (part->source && sb_table_get(part->source->rows, key)))
			continue;
		rc = sb_touched_find(part->run, part->kind, part->source, key, row, part->why);
		if (rc != SB_UNTOUCHED)
			return name_part(part, rc, part->kind, row);
	}
	return SB_UNTOUCHED;
}

int sb_touched_find(struct sb_run *run, const struct sb_kind *kind, const struct sb_source *source,
		    const char *key, const json_t *row, struct sb_error *ret_why)
{
	struct part part = {.run = run, .kind = kind, .source = source, .key = key, .why = ret_why};
	sb_autojson *whole = NULL;
	char text[64], index[100];
	int rc;

	if (!sb_run_object_type(run, kind)) /* people have nothing at it, and no log has it */
		return SB_UNTOUCHED;
	snprintf(part.id, sizeof(part.id), "%" JSON_INTEGER_FORMAT,
		 json_integer_value(json_object_get(row, "id")));
	snprintf(text, sizeof(text), "id=%s", part.id);
	rc = find_answer(&part, SB_ASK_ID, kind, text);
	if (rc != SB_UNTOUCHED)
		return rc;
	snprintf(index, sizeof(index), "%s#%s", kind->name, part.id);
	whole = sb_table_get_json(run->snap->origins, index);
	if (!whole) /* deleted since the list was read */
		return SB_UNTOUCHED;
	part.row = whole;
	rc = judge_values(&part);
	if (!rc)
		rc = judge_assigned(&part);
	if (!rc)
		rc = judge_children(&part);
	sb_last_finish(&part.last);
	return rc;
}
