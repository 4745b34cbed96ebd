/* SPDX-License-Identifier: Apache-2.0 */
#include "load/kinds_described.h"

#include "model/custom_fields.h"
#include "model/home.h"

static const char *const type_words[] = {
	[SB_FIELD_TEXT] = "text", [SB_FIELD_INT] = "int",         [SB_FIELD_DECIMAL] = "decimal",
	[SB_FIELD_BOOL] = "bool", [SB_FIELD_CHOICE] = "choice",   [SB_FIELD_REF] = "ref",
	[SB_FIELD_REFS] = "refs", [SB_FIELD_TAGS] = "tags",       [SB_FIELD_OBJECT] = "object",
	[SB_FIELD_MAC] = "mac",   [SB_FIELD_ADDRESS] = "address", [SB_FIELD_NAME] = "name",
	[SB_FIELD_JSON] = "json",
};

/* A bit and its word. */
struct trait {
	unsigned bit;
	const char *word;
};

static const struct trait field_traits[] = {
	{SB_TRAIT_NEEDED, "needed"},     {SB_TRAIT_TITLE, "title"},
	{SB_TRAIT_TREE, "tree"},         {SB_TRAIT_WITNESS, "witness"},
	{SB_TRAIT_STATE, "state"},       {SB_TRAIT_PLACE, "place"},
	{SB_TRAIT_HOME, "home"},         {SB_TRAIT_HARDWARE, "hardware"},
	{SB_TRAIT_PRIMARY, "primary"},   {SB_TRAIT_TIED, "tied"},
	{SB_TRAIT_NOTE, "note"},         {SB_TRAIT_OCCUPIED, "occupied"},
	{SB_TRAIT_EVIDENCE, "evidence"}, {SB_TRAIT_NUMBER, "number"},
	{SB_TRAIT_SLUG, "slug"},         {SB_TRAIT_VOLATILE, "volatile"},
	{SB_TRAIT_UNREAD, "unread"},     {0, NULL},
};

/* OWNED, SHARED and CHILD are the ownership. */
static const struct trait kind_traits[] = {
	{SB_KIND_BIRTH, "birth"},
	{SB_KIND_UNMARKED, "unmarked"},
	{SB_KIND_SERIAL, "serial"},
	{SB_KIND_DETACHABLE, "detachable"},
	{SB_KIND_ENDPOINT, "endpoint"},
	{SB_KIND_HOST, "host"},
	{0, NULL},
};

static json_t *list_traits(const struct trait *traits, unsigned bits)
{
	json_t *list = json_array();

	for (; traits->word; traits++)
		if (bits & traits->bit)
			json_array_append_new(list, json_string(traits->word));
	return list;
}

static json_t *list_names(const char *const *names)
{
	json_t *list = json_array();

	for (; *names; names++)
		json_array_append_new(list, json_string(*names));
	return list;
}

static const char *ownership_of(const struct sb_kind *kind)
{
	if (kind->flags & SB_KIND_SHARED)
		return "shared";
	return kind->flags & SB_KIND_CHILD ? "child" : "owned";
}

/* Does the stage write the field of any object of the kind? field NULL = any field. */
static bool stage_may_write(const struct sb_stage *stage, const struct sb_kind *kind,
			    const char *field)
{
	const struct sb_write *write;
	const struct sb_read *read;
	const char *const *name;

	/* References create shared objects. */
	for (read = stage->reads; kind->flags & SB_KIND_SHARED && read && read->kind; read++)
		if (sb_streq(read->kind, kind->name))
			return true;
	for (write = stage->writes; write && write->kind; write++)
		for (name = write->fields; sb_streq(write->kind, kind->name) && *name; name++)
			if (!field || sb_streq(*name, field))
				return true;
	return false;
}

static json_t *list_stages(const struct sb_registry *registry, const struct sb_kind *kind,
			   const char *field)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < sb_registry_n_stages(registry); i++) {
		const struct sb_stage *stage = &sb_registry_stage(registry, i)->stage;

		if (stage_may_write(stage, kind, field))
			json_array_append_new(list, json_string(stage->name));
	}
	return list;
}

static json_t *describe_field(const struct sb_registry *registry, const json_t *policies,
			      const struct sb_kind *kind, const struct sb_kind_field *field)
{
	int policy = sb_policy_configured(policies, kind, field);
	json_t *row = json_pack("{s:s, s:s, s:s*, s:s, s:s, s:b, s:o, s:o}", "field", field->name,
				"type", type_words[field->type], "kind", field->kind, "default",
				sb_policy_word(field->policy), "policy",
				sb_policy_word(policy < 0 ? field->policy : (enum sb_policy)policy),
				"custom", sb_custom_field_is(field->name), "traits",
				list_traits(field_traits, field->traits), "stages",
				list_stages(registry, kind, field->name));

	if (field->max_chars)
		json_object_set_new(row, "max_chars", json_integer(field->max_chars));
	if (field->journal)
		json_object_set_new(row, "journal", list_names(field->journal));
	return row;
}

static json_t *list_fields(const struct sb_registry *registry, const json_t *policies,
			   const struct sb_kind *kind)
{
	const struct sb_kind_field *field;
	json_t *list = json_array();

	for (field = kind->fields; field->name; field++)
		json_array_append_new(list, describe_field(registry, policies, kind, field));
	return list;
}

static json_t *list_custom_fields(const struct sb_kinds *kinds, const struct sb_kind *kind)
{
	const struct sb_custom_field *field;
	json_t *list = json_array();
	size_t i;

	for (i = 0; (field = sb_custom_field_used(kinds, i)); i++)
		if (sb_custom_field_on(field, kind))
			json_array_append_new(list,
					      json_pack("{s:s, s:s, s:s, s:s}", "name", field->name,
							"label", field->label, "type", field->type,
							"description", field->description));
	return list;
}

/* The custom field of its parents that is the home of the kind; NULL = it has none. */
static const char *home_of(const struct sb_kinds *kinds, const struct sb_kind *kind)
{
	const struct sb_home_kind *home = sb_home_find(kinds, kind->name);

	return home ? home->home.custom_field : NULL;
}

json_t *sb_registry_describe_kinds(const struct sb_registry *registry, const json_t *policies)
{
	const struct sb_kinds *kinds = sb_registry_kinds(registry);
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < sb_kinds_count(kinds); i++) {
		const struct sb_kind *kind = sb_kinds_at(kinds, i);
		const char *module = sb_kinds_module(kinds, i);

		json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:s*, s:s*, s:o, s:o, s:o, s:o}",
				  "kind", kind->name, "module", module ? module : "core", "path",
				  kind->path, "type", kind->object_type, "natural",
				  list_names(kind->natural), "ownership", ownership_of(kind),
				  "parent", kind->parent_field, "home", home_of(kinds, kind),
				  "traits", list_traits(kind_traits, kind->flags), "fields",
				  list_fields(registry, policies, kind), "custom_fields",
				  list_custom_fields(kinds, kind), "stages",
				  list_stages(registry, kind, NULL)));
	}
	return list;
}
