/* SPDX-License-Identifier: Apache-2.0 */
/* Custom object types and their fields as rows: what clients may write, and what follows from it.
 */
#include "custom.h"
#include "rules.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { MAX_TYPES = 50 }; /* max_custom_object_types, which only this model checks */

static const char bad_name[] =
	"Only lowercase alphanumeric characters and underscores are allowed. Names may not start "
	"or end with an underscore, and double underscores are not permitted.";

static const char reserved[] =
	"_meta, _state, DoesNotExist, MultipleObjectsReturned, bookmarks, clean, clone, contacts, "
	"created, custom_field_data, custom_object_type, custom_object_type_id, delete, "
	"full_clean, get_absolute_url, id, images, jobs, journal_entries, last_updated, "
	"local_context_data, model, objects, owner, pk, refresh_from_db, save, serialize_object, "
	"snapshot, subscriptions, tags, to_objectchange";

struct nb_object *nb_custom_type(const struct lab_netbox *nb, const char *slug)
{
	const struct nb_entry *entry = NULL;

	return nb_keys_find(nb, nb_table(nb, NB_CUSTOM_TYPE), "slug", slug, &entry);
}

struct nb_object *nb_custom_field_of(const struct lab_netbox *nb, uint32_t type, int64_t schema_id,
				     const char *name)
{
	const struct nb_object *row = nb_find(nb_table(nb, NB_CUSTOM_TYPE), type);
	const struct nb_link *link = NULL;

	if (row)
		link = nb_referrers(nb, row, NB_CUSTOM_FIELD, "custom_object_type", NULL);
	for (; link; link = link->next)
		if (schema_id ? nb_int(link->from, "_schema_id") == schema_id
			      : sb_streq(nb_text(link->from, "name"), name))
			return link->from;
	return NULL;
}

void nb_custom_target(const struct lab_netbox *nb, const struct nb_object *field, char out[128])
{
	const struct nb_object *type = nb_ref(nb, field, "_related");

	if (type)
		snprintf(out, 128, "netbox_custom_objects.table%umodel", type->id);
	else
		snprintf(out, 128, "%s.%s", nb_text(field, "app_label"), nb_text(field, "model"));
}

void nb_custom_target_name(const struct lab_netbox *nb, const struct nb_object *field,
			   char out[160])
{
	const struct nb_object *type = nb_ref(nb, field, "_related");

	out[0] = '\0';
	if (type)
		snprintf(out, 160, "custom-objects/%s", nb_text(type, "slug"));
	else if (*nb_text(field, "model"))
		snprintf(out, 160, "%s/%s", nb_text(field, "app_label"), nb_text(field, "model"));
}

bool nb_custom_set_target(struct lab_netbox *nb, struct nb_object *field, const char *app,
			  const char *model)
{
	bool is_ours = sb_streq(app, "custom-objects") || sb_streq(app, "netbox_custom_objects");
	struct nb_object *type = is_ours ? nb_custom_type(nb, model) : NULL;
	unsigned number;
	char name[128];

	if (is_ours && !type && sscanf(model, "table%umodel", &number) == 1)
		type = nb_find(nb_table(nb, NB_CUSTOM_TYPE), number);
	snprintf(name, sizeof(name), "%s.%s", app, model);
	if (is_ours ? !type : !nb_type_known(nb, name))
		return false;
	nb_put_take(nb, field, "_related", type ? json_integer(type->id) : json_null());
	nb_put_take(nb, field, "app_label", json_string(type ? "custom-objects" : app));
	nb_put_take(nb, field, "model", json_string(type ? nb_text(type, "slug") : model));
	return true;
}

bool nb_custom_is_name(const char *text, char sign)
{
	const char *at;

	for (at = text; *at; at++)
		if (!islower((unsigned char)*at) && !isdigit((unsigned char)*at) &&
		    (*at != sign || at == text || at[1] == sign || !at[1]))
			return false;
	return at != text;
}

static void upper_first(const char *text, bool each_word, struct sb_buf *out)
{
	bool first = true;

	for (; *text; text++) {
		char c = first ? (char)toupper((unsigned char)*text) : *text;

		first = each_word && *text == ' ';
		sb_buf_add_mem(out, &c, 1);
	}
}

static void type_display(const struct lab_netbox *nb, const struct nb_object *type,
			 struct sb_buf *out)
{
	(void)nb;
	if (*nb_text(type, "verbose_name"))
		sb_buf_add(out, nb_text(type, "verbose_name"));
	else
		upper_first(nb_text(type, "name"), true, out);
}

static json_t *type_computed(struct lab_netbox *nb, const struct nb_object *type,
			     const struct nb_field *field)
{
	if (sb_streq(field->name, "fields"))
		return nb_nested_referrers(nb, type, NB_CUSTOM_FIELD, "custom_object_type", NULL);
	if (sb_streq(field->name, "schema_document"))
		return json_incref(nb_get(type, "_document"));
	return json_sprintf(sb_streq(field->name, "table_model_name")
				    ? "Table%uModel"
				    : "netbox_custom_objects.table%umodel",
			    type->id);
}

static void type_clean(struct nb_write *write)
{
	if (!nb_custom_is_name(nb_text(write->object, "name"), '_'))
		nb_error(write->call, "name", "%s", bad_name);
	else if (nb_changed(write, "config_context_enabled") && write->old)
		nb_error(write->call, "config_context_enabled",
			 "Config context support cannot be changed after creation.");
	else if (*nb_text(write->object, "display_expression"))
		nb_error(write->call, "display_expression", "The lab does not support this.");
	else if (!write->old && write->object->table->n_objects > MAX_TYPES)
		nb_error(write->call, "__all__",
			 "Maximum number of Custom Object Types (%d) exceeded; adjust "
			 "max_custom_object_types to raise this limit",
			 MAX_TYPES);
}

/* Fields that refer to a type name it by its slug. */
static void type_saved(struct nb_write *write)
{
	const struct nb_link *link =
		nb_referrers(write->nb, write->object, NB_CUSTOM_FIELD, "_related", NULL);

	for (; link; link = link->next)
		nb_put_take(write->nb, link->from, "model",
			    json_string(nb_text(write->object, "slug")));
	write->nb->types_changed = true;
}

/* The log loses what it has about the objects of the type. */
static void type_deleted(struct nb_call *call, struct nb_object *type)
{
	struct nb_table *log = nb_table(call->nb, "core.objectchange");
	char name[64];
	uint32_t id;

	snprintf(name, sizeof(name), "netbox_custom_objects.table%umodel", type->id);
	for (id = 1; id < log->next_id; id++)
		if (log->rows[id] && sb_streq(nb_text(log->rows[id], "changed_object_type"), name))
			nb_remove(call->nb, log->rows[id]);
	call->nb->types_changed = true;
}

const struct nb_rules nb_rules_custom_type = {.display = type_display,
					      .computed = type_computed,
					      .clean = type_clean,
					      .saved = type_saved,
					      .deleted = type_deleted};

static void field_display(const struct lab_netbox *nb, const struct nb_object *field,
			  struct sb_buf *out)
{
	sb_autofree char *name = strdup(nb_text(field, "name"));
	char *at;

	(void)nb;
	for (at = name; at && *at; at++)
		*at = *at == '_' ? ' ' : *at;
	if (*nb_text(field, "label"))
		sb_buf_add(out, nb_text(field, "label"));
	else if (name)
		upper_first(name, false, out);
}

/* Numbers of object types follow from nothing else; that of a custom object type is any other. */
static json_t *field_computed(struct lab_netbox *nb, const struct nb_object *field,
			      const struct nb_field *rule)
{
	const struct nb_object *type = nb_ref(nb, field, "_related");
	const struct nb_table *table;
	char target[128];

	if (sb_streq(rule->name, "schema_id"))
		return json_incref(nb_get(field, "_schema_id"));
	if (!*nb_text(field, "model"))
		return json_null();
	nb_custom_target(nb, field, target);
	table = nb_table(nb, target);
	return json_pack("{s:I, s:s%, s:s}", "id",
			 type    ? (json_int_t)(1000 + type->id)
			 : table ? (json_int_t)(table - nb->tables + 1)
				 : (json_int_t)999,
			 "app_label", target, strcspn(target, "."), "model",
			 strchr(target, '.') + 1);
}

static bool is_type(const struct nb_object *field, const char *const *types)
{
	for (; *types; types++)
		if (sb_streq(nb_text(field, "type"), *types))
			return true;
	return false;
}

static void take_target(struct nb_write *write)
{
	const char *app = nb_text(write->object, "app_label");
	const char *model = nb_text(write->object, "model");

	if (!write->old && !*app && !*model)
		nb_error(write->call, "__all__",
			 "Must provide app_label and model (or related_object_type) for object "
			 "field type.");
	else if (!write->old && !nb_custom_set_target(write->nb, write->object, app, model))
		nb_error(write->call, "__all__",
			 "Must provide a valid app_label and model for the object field type.");
	else if (write->old && (json_object_get(write->body, "app_label") ||
				json_object_get(write->body, "model")))
		nb_error(write->call, "__all__",
			 "Cannot change the related object type after field creation.");
}

void nb_custom_set_on_delete(struct lab_netbox *nb, struct nb_object *field)
{
	if (!sb_streq(nb_text(field, "type"), "object"))
		nb_put_take(nb, field, "on_delete_behavior", json_null());
	else if (json_is_null(nb_get(field, "on_delete_behavior")))
		nb_put_take(nb, field, "on_delete_behavior", json_string("set_null"));
}

bool nb_custom_unsupported(const struct nb_object *field)
{
	static const char *const types[] = {"coordinates", "multiselect", NULL};

	return is_type(field, types) || json_is_true(nb_get(field, "is_polymorphic")) ||
	       *nb_text(field, "validation_regex");
}

/* Values that follow from others. The counter of schema ids never goes back. */
static void field_prepare(struct nb_write *write)
{
	static const char *const objects[] = {"object", "multiobject", NULL};
	struct nb_object *type = nb_ref(write->nb, write->object, "custom_object_type");
	int64_t next = nb_int(type, "_next_schema_id") + 1;

	if (is_type(write->object, objects))
		take_target(write);
	nb_custom_set_on_delete(write->nb, write->object);
	if (write->old)
		return;
	nb_put_take(write->nb, write->object, "_schema_id", json_integer(next));
	nb_put_take(write->nb, type, "_next_schema_id", json_integer(next));
}

static bool is_reserved(const char *name)
{
	const char *at = strstr(reserved, name);

	return at && (at == reserved || at[-1] == ' ') &&
	       (at[strlen(name)] == ',' || !at[strlen(name)]);
}

static void field_clean(struct nb_write *write)
{
	static const char *const numbers[] = {"integer", "decimal", NULL};
	static const char *const choices[] = {"select", "multiselect", NULL};
	static const char *const plain[] = {"boolean", "multiobject", NULL};
	const struct nb_object *field = write->object;
	const char *name = nb_text(field, "name");
	struct nb_call *call = write->call;

	if (!nb_custom_is_name(name, '_'))
		nb_error(call, "name", "%s", bad_name);
	else if (is_reserved(name))
		nb_error(call, "name",
			 "Field name \"%s\" is reserved and cannot be used. Reserved names are: %s",
			 name, reserved);
	else if (!is_type(field, numbers) && nb_int(field, "validation_minimum"))
		nb_error(call, "validation_minimum",
			 "A minimum value may be set only for numeric fields");
	else if (!is_type(field, numbers) && nb_int(field, "validation_maximum"))
		nb_error(call, "validation_maximum",
			 "A maximum value may be set only for numeric fields");
	else if (json_is_true(nb_get(field, "unique")) && is_type(field, plain))
		nb_error(call, "unique",
			 "Uniqueness cannot be enforced for boolean or multiobject fields");
	else if (is_type(field, choices) && !nb_ref(write->nb, field, "choice_set"))
		nb_error(call, "__all__",
			 "Must provide choice_set with valid PK for select field type.");
	else if (!is_type(field, choices) && nb_ref(write->nb, field, "choice_set"))
		nb_error(call, "choice_set", "Choices may be set only on selection fields.");
	else if (nb_custom_unsupported(field) || (write->old && nb_changed(write, "type")))
		nb_error(call, "type", "The lab does not support this kind of field.");
}

static void field_saved(struct nb_write *write)
{
	write->nb->types_changed = true;
}

static void field_deleted(struct nb_call *call, struct nb_object *field)
{
	(void)field;
	call->nb->types_changed = true;
}

const struct nb_rules nb_rules_custom_field = {.display = field_display,
					       .computed = field_computed,
					       .prepare = field_prepare,
					       .clean = field_clean,
					       .saved = field_saved,
					       .deleted = field_deleted};
