/* SPDX-License-Identifier: Apache-2.0 */
/* The registry of kinds. */
#include "model/kinds.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "model/kinds_table.h"

struct sb_kinds {
	size_t n, room;
	struct sb_kind *list;
};

static int kinds_put(struct sb_kinds *kinds, const struct sb_kind *kind)
{
	struct sb_kind *list;
	size_t room;

	if (kinds->n == kinds->room) {
		room = kinds->room ? 2 * kinds->room : 32;
		list = realloc(kinds->list, room * sizeof(*list));
		if (!list)
			return SB_E_NOMEM;
		kinds->list = list;
		kinds->room = room;
	}
	kinds->list[kinds->n++] = *kind;
	return 0;
}

struct sb_kinds *sb_kinds_create(void)
{
	struct sb_kinds *kinds = calloc(1, sizeof(*kinds));
	const struct sb_kind *kind;
	int rc = kinds ? 0 : SB_E_NOMEM;

	for (kind = sb_core_kinds; !rc && kind->name; kind++)
		rc = kinds_put(kinds, kind);
	if (rc < 0) {
		sb_kinds_destroy(kinds);
		return NULL;
	}
	return kinds;
}

void sb_kinds_destroy(struct sb_kinds *kinds)
{
	if (!kinds)
		return;
	free(kinds->list);
	free(kinds);
}

/* Kinds are checked once, so that later code can rely on their members. */
static const char *find_kind_fault(const struct sb_kind *kind)
{
	if (kind->size < sizeof(*kind))
		return "struct sb_kind is shorter than this core's: built against an older header";
	if (!kind->name || !*kind->name)
		return "no name";
	if (!kind->path || !kind->object_type || !kind->natural || !kind->natural[0] ||
	    !kind->fields)
		return "path, object_type, natural and fields are needed";
	if (!(kind->flags & SB_KIND_OWNED) == !(kind->flags & SB_KIND_SHARED))
		return "exactly one of SB_KIND_OWNED and SB_KIND_SHARED is needed";
	return NULL;
}

int sb_kinds_add(struct sb_kinds *kinds, const struct sb_kind *kind, struct sb_error *err)
{
	const char *fault = find_kind_fault(kind);

	if (fault)
		return sb_fail(err, SB_E_CONFIG, "kind \"%s\": %s",
			       kind->size >= sizeof(*kind) && kind->name ? kind->name : "?", fault);
	if (sb_kinds_find(kinds, kind->name))
		return sb_fail(err, SB_E_CONFIG, "kind \"%s\" is registered already", kind->name);
	if (kinds_put(kinds, kind) < 0)
		return sb_fail(err, SB_E_NOMEM, "kind \"%s\": out of memory", kind->name);
	return 0;
}

int sb_kinds_check(const struct sb_kinds *kinds, struct sb_error *err)
{
	const struct sb_kind_field *field;
	size_t i;

	for (i = 0; i < kinds->n; i++) {
		for (field = kinds->list[i].fields; field->name; field++) {
			if (field->kind && !sb_kinds_find(kinds, field->kind))
				return sb_fail(err, SB_E_CONFIG,
					       "kind \"%s\": field \"%s\" refers to the unknown "
					       "kind \"%s\"",
					       kinds->list[i].name, field->name, field->kind);
		}
	}
	return 0;
}

const struct sb_kind *sb_kinds_find(const struct sb_kinds *kinds, const char *name)
{
	size_t i;

	for (i = 0; i < kinds->n; i++) {
		if (sb_streq(kinds->list[i].name, name))
			return &kinds->list[i];
	}
	return NULL;
}

const struct sb_kind *sb_kinds_find_type(const struct sb_kinds *kinds, const char *object_type)
{
	size_t i;

	for (i = 0; i < kinds->n; i++) {
		if (sb_streq(kinds->list[i].object_type, object_type))
			return &kinds->list[i];
	}
	return NULL;
}

size_t sb_kinds_count(const struct sb_kinds *kinds)
{
	return kinds->n;
}

const struct sb_kind *sb_kinds_at(const struct sb_kinds *kinds, size_t i)
{
	return &kinds->list[i];
}

const struct sb_kind_field *sb_kind_field(const struct sb_kind *kind, const char *name)
{
	const struct sb_kind_field *field;

	for (field = kind->fields; field->name; field++) {
		if (sb_streq(field->name, name))
			return field;
	}
	return NULL;
}

static const char *const policy_words[] = {
	[SB_POLICY_ALWAYS] = "always",     [SB_POLICY_IF_UNCHANGED] = "if-unchanged",
	[SB_POLICY_IF_EMPTY] = "if-empty", [SB_POLICY_CREATE_ONLY] = "create-only",
	[SB_POLICY_NEVER] = "never",
};

int sb_policy_parse(const char *word)
{
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(policy_words); i++) {
		if (sb_streq(policy_words[i], word))
			return (int)i;
	}
	return -1;
}

const char *sb_kind_counted(const struct sb_kind *kind)
{
	size_t end = offsetof(struct sb_kind, counted_field) + sizeof(kind->counted_field);

	return kind->size >= end ? kind->counted_field : NULL;
}

const struct sb_kind_field *sb_kind_trait(const struct sb_kind *kind, unsigned trait)
{
	const struct sb_kind_field *field;

	for (field = kind->fields; field->name; field++) {
		if (field->traits & trait)
			return field;
	}
	return NULL;
}

const char *sb_kind_title(const struct sb_kind *kind, const json_t *row)
{
	const struct sb_kind_field *field = sb_kind_trait(kind, SB_TRAIT_TITLE);
	const char *text = field ? json_string_value(json_object_get(row, field->name)) : NULL;

	return text ? text : json_string_value(json_object_get(row, kind->natural[0]));
}

bool sb_kind_is_initial(const struct sb_kind_field *field, const json_t *value)
{
	const char *text = json_string_value(value);

	return text && field->initial && sb_streq(text, field->initial);
}

const struct sb_kind_field *sb_kind_maker(const struct sb_kind *kind)
{
	const struct sb_kind_field *field;

	for (field = kind->fields; field->name; field++) {
		if (field->makes)
			return field;
	}
	return NULL;
}

const struct sb_kind_field *sb_kind_sharing(const struct sb_kind *kind)
{
	const struct sb_kind_field *field;

	for (field = kind->fields; field->name; field++) {
		if (field->shared)
			return field;
	}
	return NULL;
}

bool sb_kind_field_decides(const struct sb_kind *kind, const char *name)
{
	const struct sb_kind_field *field = sb_kind_field(kind, name);
	size_t i;

	for (i = 0; kind->natural[i]; i++) {
		if (sb_streq(kind->natural[i], name))
			return true;
	}
	if (kind->parent_field && sb_streq(kind->parent_field, name))
		return true;
	return field && field->traits & (SB_TRAIT_NEEDED | SB_TRAIT_TITLE);
}
