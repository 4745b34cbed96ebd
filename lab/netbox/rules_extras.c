/* SPDX-License-Identifier: Apache-2.0 */
/* Tags, custom fields, choice sets and journal entries. */
#include "rules_shared.h"

#include <ctype.h>
#include <string.h>

static json_t *tag_computed(struct lab_netbox *nb, const struct nb_object *tag,
			    const struct nb_field *field)
{
	json_int_t n = 0;
	size_t t, i;
	uint32_t id;
	json_t *item;

	(void)field;
	for (t = 0; t < nb->n_tables; t++) {
		const struct nb_table *table = &nb->tables[t];

		for (id = 1; table->tags >= 0 && id < table->next_id; id++) {
			if (!table->rows[id])
				continue;
			json_array_foreach (table->rows[id]->values[table->tags], i, item) {
				n += json_integer_value(item) == tag->id;
			}
		}
	}
	return json_integer(n);
}

const struct nb_rules nb_rules_tag = {.computed = tag_computed};

static void field_display(const struct lab_netbox *nb, const struct nb_object *field,
			  struct sb_buf *out)
{
	const char *label = nb_text(field, "label"), *name = nb_text(field, "name");
	size_t i;

	(void)nb;
	if (*label) {
		sb_buf_add(out, label);
		return;
	}
	for (i = 0; name[i]; i++) {
		int c = i ? tolower((unsigned char)name[i]) : toupper((unsigned char)name[i]);
		char letter = c == '_' ? ' ' : (char)c;

		sb_buf_add_mem(out, &letter, 1);
	}
}

static json_t *field_computed(struct lab_netbox *nb, const struct nb_object *object,
			      const struct nb_field *field)
{
	static const char *const types[][2] = {{"integer", "integer"},  {"decimal", "decimal"},
					       {"boolean", "boolean"},  {"json", "object"},
					       {"object", "object"},    {"multiselect", "array"},
					       {"multiobject", "array"}};
	const char *type = nb_text(object, "type");
	size_t i;

	(void)nb;
	if (sb_streq(field->name, "status"))
		return json_pack("{s:s, s:s}", "value", "active", "label", "Active");
	for (i = 0; i < SB_ARRAY_LEN(types); i++)
		if (sb_streq(types[i][0], type))
			return json_string(types[i][1]);
	return json_string("string");
}

static bool name_clean(struct nb_write *write)
{
	const char *name = nb_text(write->object, "name"), *at;

	for (at = name; *at; at++) {
		if (isalnum((unsigned char)*at) || *at == '_')
			continue;
		nb_error(write->call, "name",
			 "Only alphanumeric characters and underscores are allowed.");
		return false;
	}
	if (!strstr(name, "__"))
		return true;
	nb_error(write->call, "name",
		 "Double underscores are not permitted in custom field names.");
	return false;
}

static void field_clean(struct nb_write *write)
{
	const struct nb_object *object = write->object;
	const char *type = nb_text(object, "type");
	bool selects = sb_streq(type, "select") || sb_streq(type, "multiselect");
	bool relates = sb_streq(type, "object") || sb_streq(type, "multiobject");
	bool numeric = sb_streq(type, "integer") || sb_streq(type, "decimal");

	if (write->old && nb_changed(write, "type"))
		nb_error(write->call, "type",
			 "Changing the type of custom fields is not supported.");
	else if (!json_array_size(nb_get(object, "object_types")))
		nb_error(write->call, "object_types", "This list may not be empty.");
	else if (!name_clean(write))
		return;
	else if (selects && !nb_ref(write->nb, object, "choice_set"))
		nb_error(write->call, "choice_set",
			 "Selection fields must specify a set of choices.");
	else if (!selects && nb_ref(write->nb, object, "choice_set"))
		nb_error(write->call, "choice_set", "Choices may be set only on selection fields.");
	else if (relates && json_is_null(nb_get(object, "related_object_type")))
		nb_error(write->call, "related_object_type",
			 "Object fields must define an object type.");
	else if (!relates && !json_is_null(nb_get(object, "related_object_type")))
		nb_error(write->call, "type", "%s fields may not define an object type.", type);
	else if (!numeric && !json_is_null(nb_get(object, "validation_minimum")))
		nb_error(write->call, "validation_minimum",
			 "A minimum value may be set only for numeric fields");
	else if (!numeric && !json_is_null(nb_get(object, "validation_maximum")))
		nb_error(write->call, "validation_maximum",
			 "A maximum value may be set only for numeric fields");
	else if (sb_streq(type, "boolean") && json_is_true(nb_get(object, "unique")))
		nb_error(write->call, "unique", "Uniqueness cannot be enforced for boolean fields");
}

/* Set the data of a field to its default, or remove it, in all rows of a model. */
static void rewrite_data(struct lab_netbox *nb, struct nb_table *table, const char *name,
			 json_t *value)
{
	uint32_t id;

	for (id = 1; table && table->custom >= 0 && id < table->next_id; id++) {
		struct nb_object *row = table->rows[id];
		json_t *data;

		if (!row || (!value && !json_object_get(row->values[table->custom], name)))
			continue;
		data = json_copy(row->values[table->custom]);
		if (value)
			json_object_set(data, name, value);
		else
			json_object_del(data, name);
		nb_set_take(nb, row, table->custom, data);
	}
}

static void field_saved(struct nb_write *write)
{
	int at = nb_field(write->object->table, "object_types");
	const json_t *now = write->object->values[at];
	const json_t *before = write->old ? write->old[at] : NULL;
	json_t *initial = nb_get(write->object, "default"), *type;
	const char *name = nb_text(write->object, "name");
	size_t i;

	json_array_foreach (before, i, type) {
		if (!nb_lists_type(now, json_string_value(type)))
			rewrite_data(write->nb, nb_table(write->nb, json_string_value(type)), name,
				     NULL);
	}
	json_array_foreach (now, i, type) {
		if (!json_is_null(initial) && !nb_lists_type(before, json_string_value(type)))
			rewrite_data(write->nb, nb_table(write->nb, json_string_value(type)), name,
				     initial);
	}
}

static void field_deleting(struct nb_call *call, struct nb_object *object)
{
	json_t *type;
	size_t i;

	json_array_foreach (nb_get(object, "object_types"), i, type) {
		rewrite_data(call->nb, nb_table(call->nb, json_string_value(type)),
			     nb_text(object, "name"), NULL);
	}
}

const struct nb_rules nb_rules_customfield = {.display = field_display,
					      .computed = field_computed,
					      .clean = field_clean,
					      .saved = field_saved,
					      .deleting = field_deleting};

static json_t *set_computed(struct lab_netbox *nb, const struct nb_object *set,
			    const struct nb_field *field)
{
	(void)nb;
	(void)field;
	return json_integer((json_int_t)json_array_size(nb_get(set, "extra_choices")));
}

static bool has_choice(const json_t *choices, const char *value)
{
	json_t *pair;
	size_t i;

	json_array_foreach (choices, i, pair) {
		if (sb_streq(json_string_value(json_array_get(pair, 0)), value))
			return true;
	}
	return false;
}

/* Find a value that the new choices no longer contain and that a row still has. */
static const char *lost_choice(const struct nb_write *write)
{
	const struct nb_link *link =
		nb_referrers(write->nb, write->object, "extras.customfield", "choice_set", NULL);
	const json_t *choices = nb_get(write->object, "extra_choices");
	json_t *type;
	size_t i;
	uint32_t id;

	for (; link; link = link->next) {
		json_array_foreach (nb_get(link->from, "object_types"), i, type) {
			const struct nb_table *table = nb_table(write->nb, json_string_value(type));

			for (id = 1; table && table->custom >= 0 && id < table->next_id; id++) {
				const char *value =
					table->rows[id]
						? json_string_value(json_object_get(
							  table->rows[id]->values[table->custom],
							  nb_text(link->from, "name")))
						: NULL;

				if (value && *value && !has_choice(choices, value))
					return value;
			}
		}
	}
	return NULL;
}

static void set_clean(struct nb_write *write)
{
	const json_t *choices = nb_get(write->object, "extra_choices");
	const char *lost;
	json_t *pair;
	size_t i;

	json_array_foreach (choices, i, pair) {
		if (json_array_size(pair) == 2 && json_is_string(json_array_get(pair, 0)) &&
		    json_is_string(json_array_get(pair, 1)))
			continue;
		nb_error(write->call, "extra_choices",
			 "Ensure that each choice is a list of a value and a label.");
		return;
	}
	if (!json_array_size(choices) && json_is_null(nb_get(write->object, "base_choices"))) {
		nb_error(write->call, "__all__", "Must define base or extra choices.");
		return;
	}
	lost = write->old ? lost_choice(write) : NULL;
	if (lost)
		nb_error(
			write->call, "__all__",
			"Cannot remove choice %s as there are objects which reference this choice.",
			lost);
}

const struct nb_rules nb_rules_choiceset = {.computed = set_computed, .clean = set_clean};

static void journal_display(const struct lab_netbox *nb, const struct nb_object *entry,
			    struct sb_buf *out)
{
	const char *kind = nb_text(entry, "kind");
	char time[40];

	(void)nb;
	nb_time_text(entry->created_us, "", time);
	time[10] = ' ';
	time[16] = '\0';
	sb_buf_addf(out, "%s (%c%s)", time, toupper((unsigned char)kind[0]), kind + 1);
}

static bool is_journaled(const char *type)
{
	return !sb_starts_with(type, "core.") && !sb_starts_with(type, "extras.") &&
	       !sb_starts_with(type, "users.");
}

/* Write the title of a type, "Virtualization > Virtual Machine". */
static void type_title(const struct lab_netbox *nb, const char *type, const char *between,
		       bool titled, struct sb_buf *out)
{
	const struct nb_table *table = nb_table(nb, type);
	const char *dot = strchr(type, '.'), *word = table ? table->model->verbose : dot + 1;
	bool start = true;
	char c = (char)toupper((unsigned char)type[0]);

	sb_buf_add_mem(out, &c, 1);
	sb_buf_add_mem(out, type + 1, (size_t)(dot - type) - 1);
	sb_buf_add(out, between);
	for (; *word; word++) {
		c = titled && start ? (char)toupper((unsigned char)*word) : *word;
		sb_buf_add_mem(out, &c, 1);
		start = *word == ' ';
	}
}

static void journal_clean(struct nb_write *write)
{
	const char *type = nb_text(write->object, "assigned_object_type");
	sb_autobuf title = SB_BUF_INIT(256);

	if (!is_journaled(type)) {
		type_title(write->nb, type, " | ", false, &title);
		nb_error(write->call, "__all__",
			 "Journaling is not supported for this object type (%s).",
			 sb_buf_str(&title));
		return;
	}
	if (nb_ref(write->nb, write->object, "assigned_object_id"))
		return;
	type_title(write->nb, type, " > ", true, &title);
	nb_error(write->call, "__all__", "Invalid assigned_object: %s ID %" JSON_INTEGER_FORMAT,
		 sb_buf_str(&title), (json_int_t)nb_int(write->object, "assigned_object_id"));
}

static void journal_prepare(struct nb_write *write)
{
	if (!write->old && json_is_null(nb_get(write->object, "created_by")))
		nb_put_take(write->nb, write->object, "created_by",
			    json_integer(write->call->user->id));
}

const struct nb_rules nb_rules_journal = {
	.display = journal_display, .prepare = journal_prepare, .clean = journal_clean};
