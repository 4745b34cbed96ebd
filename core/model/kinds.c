/* SPDX-License-Identifier: Apache-2.0 */
/* The registry of kinds. */
#include "model/kinds.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/abi_table.h"
#include "model/extras.h"
#include "model/kinds_check.h"
#include "model/kinds_table.h"
#include "stagebox/json.h"

/* The sizes in ABI 2.0, the least that a module has. */
#define END_OF(type, last) (offsetof(type, last) + sizeof(((type *)0)->last))
#define KIND_MIN_SIZE      END_OF(struct sb_kind, adopt_part)
#define FIELD_MIN_SIZE     END_OF(struct sb_kind_field, generated)
#define KEEP_MIN_SIZE      END_OF(struct sb_kind_keep, why)
#define RULE_MIN_SIZE      END_OF(struct sb_adopt_rule, checks)
#define PART_MIN_SIZE      END_OF(struct sb_adopt_part, words)

/* The copies of the tables of a module's kind; core's own kinds have none. */
struct tables {
	void *fields, *keeps, *rules, *part;
	const char *module; /* that registered the kind; NULL = not known */
};

struct sb_kinds {
	size_t n, room;
	struct sb_kind *list;
	struct tables *tables;           /* one per kind */
	struct sb_custom_field **custom; /* of modules */
	size_t n_custom;
	struct sb_home_kind **homes;
	size_t n_homes;
};

static int kinds_put(struct sb_kinds *kinds, const struct sb_kind *kind,
		     const struct tables *tables)
{
	struct sb_kind *list;
	struct tables *all;
	size_t room;

	if (kinds->n == kinds->room) {
		room = kinds->room ? 2 * kinds->room : 32;
		list = realloc(kinds->list, room * sizeof(*list));
		if (!list)
			return SB_E_NOMEM;
		kinds->list = list;
		all = realloc(kinds->tables, room * sizeof(*all));
		if (!all)
			return SB_E_NOMEM;
		kinds->tables = all;
		kinds->room = room;
	}
	kinds->tables[kinds->n] = *tables;
	kinds->list[kinds->n++] = *kind;
	return 0;
}

struct sb_kinds *sb_kinds_create(void)
{
	struct sb_kinds *kinds = calloc(1, sizeof(*kinds));
	const struct tables none = {0};
	const struct sb_kind *kind;
	int rc = kinds ? 0 : SB_E_NOMEM;

	for (kind = sb_core_kinds; !rc && kind->name; kind++)
		rc = kinds_put(kinds, kind, &none);
	if (rc < 0) {
		sb_kinds_destroy(kinds);
		return NULL;
	}
	return kinds;
}

static void free_tables(struct tables *tables)
{
	free(tables->fields);
	free(tables->keeps);
	free(tables->rules);
	free(tables->part);
}

void sb_kinds_destroy(struct sb_kinds *kinds)
{
	size_t i;

	if (!kinds)
		return;
	for (i = 0; i < kinds->n; i++)
		free_tables(&kinds->tables[i]);
	for (i = 0; i < kinds->n_custom; i++)
		free(kinds->custom[i]);
	for (i = 0; i < kinds->n_homes; i++)
		free(kinds->homes[i]);
	free(kinds->homes);
	free(kinds->custom);
	free(kinds->tables);
	free(kinds->list);
	free(kinds);
}

/* Kinds are checked once, so that later code can rely on their members. */
static const char *find_kind_fault(const struct sb_kind *kind)
{
	if (kind->size < KIND_MIN_SIZE)
		return "struct sb_kind is too short: set its size";
	if (!kind->name || !*kind->name)
		return "no name";
	if (!kind->path || !kind->object_type || !kind->natural || !kind->natural[0] ||
	    !kind->fields)
		return "path, object_type, natural and fields are needed";
	if (kind->field_size < FIELD_MIN_SIZE)
		return "field_size is too small: set it to the size of a row of fields";
	if (kind->keeps && kind->keep_size < KEEP_MIN_SIZE)
		return "keep_size is too small: set it to the size of a row of keeps";
	if (kind->adopt_rules && kind->adopt_rule_size < RULE_MIN_SIZE)
		return "adopt_rule_size is too small: set it to the size of a row of adopt_rules";
	if (kind->adopt_part && kind->adopt_part->size < PART_MIN_SIZE)
		return "struct sb_adopt_part is too short: set its size";
	if (!(kind->flags & SB_KIND_OWNED) == !(kind->flags & SB_KIND_SHARED))
		return "exactly one of SB_KIND_OWNED and SB_KIND_SHARED is needed";
	return NULL;
}

/* Copy the tables of a kind, which then points to the copies. */
static int copy_tables(struct sb_kind *kind, struct tables *ret_tables)
{
	const struct sb_adopt_part *part = kind->adopt_part;

	*ret_tables = (struct tables){
		.fields = sb_abi_table(kind->fields, kind->field_size, sizeof(*kind->fields)),
		.keeps = sb_abi_table(kind->keeps, kind->keep_size, sizeof(*kind->keeps)),
		.rules = sb_abi_table(kind->adopt_rules, kind->adopt_rule_size,
				      sizeof(*kind->adopt_rules)),
		.part = part ? malloc(sizeof(*part)) : NULL,
	};
	if (!ret_tables->fields || (kind->keeps && !ret_tables->keeps) ||
	    (kind->adopt_rules && !ret_tables->rules) || (part && !ret_tables->part))
		return SB_E_NOMEM;
	if (part)
		sb_abi_copy(ret_tables->part, sizeof(*part), part, part->size);
	kind->fields = ret_tables->fields;
	kind->keeps = ret_tables->keeps;
	kind->adopt_rules = ret_tables->rules;
	kind->adopt_part = ret_tables->part;
	return 0;
}

/* Add a copy in our size, when it has no fault. */
static int add_copy(struct sb_kinds *kinds, const struct sb_kind *kind, struct sb_error *err)
{
	struct tables tables;
	struct sb_kind ours;
	int rc;

	sb_abi_copy(&ours, sizeof(ours), kind, kind->size);
	rc = copy_tables(&ours, &tables);
	if (!rc)
		rc = sb_kind_check(&ours, err);
	if (!rc)
		rc = kinds_put(kinds, &ours, &tables);
	if (rc < 0)
		free_tables(&tables);
	return rc == SB_E_NOMEM ? sb_fail(err, rc, "kind \"%s\": out of memory", kind->name) : rc;
}

int sb_kinds_add(struct sb_kinds *kinds, const struct sb_kind *kind, struct sb_error *err)
{
	const char *fault = find_kind_fault(kind);

	if (fault)
		return sb_fail(err, SB_E_CONFIG, "kind \"%s\": %s",
			       kind->size >= KIND_MIN_SIZE && kind->name ? kind->name : "?", fault);
	if (sb_kinds_find(kinds, kind->name))
		return sb_fail(err, SB_E_CONFIG, "kind \"%s\" is registered already", kind->name);
	return add_copy(kinds, kind, err);
}

void sb_kinds_set_module(struct sb_kinds *kinds, const char *kind, const char *module)
{
	const struct sb_kind *found = sb_kinds_find(kinds, kind);

	if (found)
		kinds->tables[found - kinds->list].module = module;
}

const char *sb_kinds_module(const struct sb_kinds *kinds, size_t i)
{
	return kinds->tables[i].module;
}

const char *sb_kinds_module_of(const struct sb_kinds *kinds, const char *kind)
{
	const struct sb_kind *found = sb_kinds_find(kinds, kind);

	return found ? kinds->tables[found - kinds->list].module : NULL;
}

/* A name that a kind refers to, and that is not the name of a kind. */
static int fail_reference(const struct sb_kinds *kinds, size_t i, const struct sb_kind_field *field,
			  const char *unknown, struct sb_error *err)
{
	const char *module = kinds->tables[i].module;

	return sb_fail(
		err, SB_E_CONFIG,
		"%s%s%skind \"%s\": field \"%s\" refers to the unknown kind \"%s\": register "
		"it with sb_kind_add(), or load the module that does",
		module ? "module \"" : "", module ? module : "", module ? "\": " : "",
		kinds->list[i].name, field->name, unknown);
}

int sb_kinds_append_field(struct sb_kinds *kinds, const char *name, const struct sb_kind_field *row)
{
	struct sb_kind *kind = (struct sb_kind *)(uintptr_t)sb_kinds_find(kinds, name);
	struct tables *tables = &kinds->tables[kind - kinds->list];
	struct sb_kind_field *fields;
	size_t n = 0;

	while (kind->fields[n].name)
		n++;
	if (n >= SB_KIND_MAX_FIELDS)
		return SB_E_STATE;
	fields = calloc(n + 2, sizeof(*fields));
	if (!fields)
		return SB_E_NOMEM;
	memcpy(fields, kind->fields, n * sizeof(*fields));
	fields[n] = *row;
	free(tables->fields);
	tables->fields = fields;
	kind->fields = fields;
	kind->field_size = sizeof(*fields);
	return 0;
}

int sb_kinds_put_custom(struct sb_kinds *kinds, struct sb_custom_field *custom_take)
{
	struct sb_custom_field **grown =
		realloc(kinds->custom, (kinds->n_custom + 1) * sizeof(struct sb_custom_field *));

	if (!grown || !custom_take) {
		free(custom_take);
		return SB_E_NOMEM;
	}
	kinds->custom = grown;
	grown[kinds->n_custom++] = custom_take;
	return 0;
}

const struct sb_custom_field *sb_kinds_custom(const struct sb_kinds *kinds, size_t i)
{
	return i < kinds->n_custom ? kinds->custom[i] : NULL;
}

void sb_kinds_set_custom(struct sb_kinds *kinds, size_t i, struct sb_custom_field *custom_take)
{
	free(kinds->custom[i]);
	kinds->custom[i] = custom_take;
}

int sb_kinds_put_home(struct sb_kinds *kinds, struct sb_home_kind *home_take)
{
	struct sb_home_kind **grown =
		realloc(kinds->homes, (kinds->n_homes + 1) * sizeof(struct sb_home_kind *));

	if (!grown) {
		free(home_take);
		return SB_E_NOMEM;
	}
	kinds->homes = grown;
	grown[kinds->n_homes++] = home_take;
	return 0;
}

const struct sb_home_kind *sb_kinds_home(const struct sb_kinds *kinds, size_t i)
{
	return i < kinds->n_homes ? kinds->homes[i] : NULL;
}

int sb_kinds_check(const struct sb_kinds *kinds, struct sb_error *err)
{
	const struct sb_kind_field *field;
	size_t i;

	for (i = 0; i < kinds->n; i++) {
		for (field = kinds->list[i].fields; field->name; field++) {
			if (field->kind && !sb_kinds_find(kinds, field->kind))
				return fail_reference(kinds, i, field, field->kind, err);
			if (field->makes && !sb_kinds_find(kinds, field->makes))
				return fail_reference(kinds, i, field, field->makes, err);
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

bool sb_kind_field_unread(const struct sb_kind *kind, const char *name)
{
	const struct sb_kind_field *field = sb_kind_field(kind, name);

	return field && field->traits & SB_TRAIT_UNREAD;
}

bool sb_kind_has_home(const struct sb_kind *kind)
{
	return sb_starts_with(kind->object_type, SB_HOME_APP);
}

size_t sb_kinds_count(const struct sb_kinds *kinds)
{
	return kinds->n;
}

const struct sb_kind *sb_kinds_at(const struct sb_kinds *kinds, size_t i)
{
	return &kinds->list[i];
}

const char *sb_kinds_guess(const struct sb_kinds *kinds, const char *name,
			   struct sb_guess *ret_guess)
{
	size_t i;

	sb_guess_start(ret_guess, name);
	for (i = 0; i < sb_kinds_count(kinds); i++)
		sb_guess_try(ret_guess, sb_kinds_at(kinds, i)->name);
	return ret_guess->hint;
}

const char *sb_kind_guess(const struct sb_kind *kind, const char *name, struct sb_guess *ret_guess)
{
	const struct sb_kind_field *field;

	sb_guess_start(ret_guess, name);
	for (field = kind->fields; field->name; field++)
		sb_guess_try(ret_guess, field->name);
	return ret_guess->hint;
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
	[SB_POLICY_NEVER] = "never",       [SB_POLICY_INTENT] = "intent",
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

const char *sb_policy_word(enum sb_policy policy)
{
	return policy_words[policy];
}

int sb_policy_configured(const json_t *policies, const struct sb_kind *kind,
			 const struct sb_kind_field *field)
{
	char name[128];
	const char *word;

	snprintf(name, sizeof(name), "%s.%s", kind->name, field->name);
	word = sb_json_str(policies, name);
	if (!word)
		word = sb_json_str(policies, field->name);
	return word ? sb_policy_parse(word) : -1;
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
