/* SPDX-License-Identifier: Apache-2.0 */
/* Privileges and NetBox kinds that the loaded modules need. */
#include "load/declared.h"

#include <string.h>

#include "base/list.h"
#include "load/views.h"
#include "model/custom_fields.h"
#include "model/extras.h"
#include "model/home_type.h"
#include "model/journal.h"

static void add_needs(const struct sb_stage_entry *entry, json_t *list)
{
	const char *module = entry->ctx->module->name;
	const struct sb_need *need = entry->stage.needs;
	json_t *one;

	for (; need && need->path && need->privilege; need++) {
		if (need->option &&
		    !json_is_true(json_object_get(entry->ctx->options, need->option)))
			continue;
		one = json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:b, s:s}", "module", module,
				"stage", entry->stage.name, "path", need->path, "privilege",
				need->privilege, "from", need->from, "to", need->to, "limit",
				need->is_limit, "use",
				need->use ? need->use : "the requests of this stage");
		if (need->option)
			json_object_set_new(one, "option",
					    json_sprintf("%s.%s", module, need->option));
		json_array_append_new(list, one);
	}
}

static json_t *find_kind_entry(json_t *list, const struct sb_kind *kind)
{
	json_t *entry;
	size_t i;

	json_array_foreach (list, i, entry)
		if (sb_streq(json_string_value(json_object_get(entry, "kind")), kind->name))
			return entry;
	entry = json_pack("{s:s, s:s, s:s, s:i, s:b, s:b, s:b, s:b, s:b, s:[]}", "kind", kind->name,
			  "path", kind->path, "type", kind->object_type, "flags", (int)kind->flags,
			  "writes", 0, "owned",
			  kind->flags & SB_KIND_OWNED && !sb_kind_is_journal(kind), "added_only",
			  sb_kind_is_journal(kind), "keyed",
			  (kind->flags & SB_KIND_OWNED) && !(kind->flags & SB_KIND_UNMARKED),
			  "part", (kind->flags & SB_KIND_CHILD) != 0, "stages");
	json_array_append_new(list, entry);
	return entry;
}

/* Objects of a kind with a home are in a field of their parents, for which NetBox is asked. */
static const struct sb_kind *kind_in_netbox(const struct sb_kinds *kinds, const char *name)
{
	const struct sb_kind *kind = sb_kinds_find(kinds, name);

	return kind && sb_kind_has_home(kind)
		       ? sb_kinds_find(kinds, sb_kind_field(kind, kind->parent_field)->kind)
		       : kind;
}

static void add_kind(const struct sb_registry *registry, const struct sb_stage *stage,
		     const char *name, bool is_written, json_t *list)
{
	const struct sb_kind *kind = kind_in_netbox(sb_registry_kinds(registry), name);
	json_t *entry = kind ? find_kind_entry(list, kind) : NULL;
	json_t *stages = json_object_get(entry, "stages");
	sb_autojson *own = json_string(stage->name);

	if (!entry)
		return;
	if (!sb_list_holds(stages, own))
		json_array_append(stages, own);
	if (is_written || kind->flags & SB_KIND_SHARED)
		json_object_set_new(entry, "writes", json_true());
}

/* Is a change of one of these fields noted in NetBox's journal? */
static bool notes_changes(const struct sb_kinds *kinds, const struct sb_write *write)
{
	const struct sb_kind *kind = sb_kinds_find(kinds, write->kind);
	const struct sb_kind_field *field;
	const char *const *name;

	for (name = write->fields; kind && name && *name; name++) {
		field = sb_kind_field(kind, *name);
		if (field && field->journal)
			return true;
	}
	return false;
}

/* A shared kind is written whenever it is read, because references create shared objects. */
static void add_kinds(const struct sb_registry *registry, const struct sb_stage *stage,
		      json_t *list)
{
	const struct sb_write *write;
	const struct sb_read *read;

	for (write = stage->writes; write && write->kind; write++) {
		add_kind(registry, stage, write->kind, true, list);
		if (notes_changes(sb_registry_kinds(registry), write))
			add_kind(registry, stage, SB_KIND_OF_JOURNAL, true, list);
	}
	for (read = stage->reads; read && read->kind; read++)
		add_kind(registry, stage, read->kind, false, list);
}

/* The custom fields that modules add. */
static json_t *list_custom_fields(const struct sb_kinds *kinds)
{
	const struct sb_custom_field *field;
	json_t *list = json_array();
	size_t i;

	for (i = 0; (field = sb_kinds_custom(kinds, i)); i++)
		json_array_append_new(list, sb_custom_field_describe(field));
	return list;
}

/* Sets of choices are only made for fields that have choices. */
static bool needs_choice_sets(const struct sb_kinds *kinds)
{
	const struct sb_custom_field *field;
	size_t i;

	for (i = 0; (field = sb_kinds_custom(kinds, i)); i++)
		if (field->choices)
			return true;
	return false;
}

/* The object types of shared kinds that no stage uses, such as custom fields: only bootstrap writes
 * them. */
static json_t *list_prepared(const struct sb_registry *registry, json_t *kinds)
{
	const struct sb_kinds *all = sb_registry_kinds(registry);
	json_t *list = json_array(), *entry;
	size_t i, j;

	for (i = 0; i < sb_kinds_count(all); i++) {
		const struct sb_kind *kind = sb_kinds_at(all, i);
		bool is_used =
			!(kind->flags & SB_KIND_SHARED) ||
			(sb_streq(kind->name, SB_KIND_OF_CHOICES) && !needs_choice_sets(all)) ||
			/* a plugin that NetBox may not have: see sb_rights_netbox() */
			sb_streq(kind->name, SB_KIND_OBJECT_TYPE);

		json_array_foreach (kinds, j, entry)
			is_used |= sb_streq(json_string_value(json_object_get(entry, "type")),
					    kind->object_type);
		if (!is_used)
			json_array_append_new(list, json_string(kind->object_type));
	}
	return list;
}

/* The types of custom objects that may be the home of kinds. */
static json_t *list_homes(const struct sb_kinds *kinds)
{
	const struct sb_home_kind *home;
	json_t *list = json_array();
	size_t i;

	for (i = 0; (home = sb_kinds_home(kinds, i)); i++)
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:s?, s:o}", "kind", home->home.kind, "path",
					home->objects, "module",
					sb_kinds_module_of(kinds, home->home.kind), "type",
					sb_home_type(kinds, home)));
	return list;
}

json_t *sb_registry_declared(const struct sb_registry *registry)
{
	json_t *needs = json_array(), *kinds = json_array();
	size_t i;

	for (i = 0; i < sb_registry_n_stages(registry); i++) {
		const struct sb_stage_entry *entry = sb_registry_stage(registry, i);

		add_needs(entry, needs);
		add_kinds(registry, &entry->stage, kinds);
	}
	for (i = 0; i < sb_registry_n_views(registry); i++) {
		const struct sb_stage_entry *entry = &sb_registry_view(registry, i)->stage;

		add_needs(entry, needs);
		add_kinds(registry, &entry->stage, kinds);
	}
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "needs", needs, "kinds", kinds, "prepares",
			 list_prepared(registry, kinds), "custom_fields",
			 list_custom_fields(sb_registry_kinds(registry)), "homes",
			 list_homes(sb_registry_kinds(registry)));
}
