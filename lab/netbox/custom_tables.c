/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of custom objects. They follow from the rows of their types, and are made anew when
 * these have changed, as the plugin changes tables of the database; objects keep their ids. */
#include "custom.h"

#include <stdio.h>
#include <string.h>

struct nb_custom {
	uint32_t type_id;
	struct nb_model model;
	struct nb_field fields[NB_MAX_FIELDS + 1];
	uint32_t columns[NB_MAX_FIELDS]; /* the row of each field; 0 = a member of every object */
	struct nb_choice *choices[NB_MAX_FIELDS]; /* owned */
	struct nb_key keys[7];
	json_t *texts; /* owns the texts of all these */
	size_t n_fields;
};

static enum nb_kind kind_of(const struct nb_object *row)
{
	static const struct {
		const char *type;
		enum nb_kind kind;
	} kinds[] = {
		{"text", NB_STR},    {"longtext", NB_STR},    {"url", NB_STR},
		{"integer", NB_INT}, {"decimal", NB_DEC},     {"boolean", NB_BOOL},
		{"date", NB_DATE},   {"datetime", NB_TIME},   {"select", NB_CHOICE},
		{"object", NB_FK},   {"multiobject", NB_PKS},
	};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(kinds); i++)
		if (sb_streq(kinds[i].type, nb_text(row, "type")))
			return kinds[i].kind;
	return NB_JSON;
}

static const char *keep_text(struct nb_custom *custom, const char *text)
{
	json_array_append_new(custom->texts, json_string(text));
	return json_string_value(json_array_get(custom->texts, json_array_size(custom->texts) - 1));
}

static struct nb_choice *make_choices(struct nb_custom *custom, const json_t *pairs)
{
	struct nb_choice *list = calloc(json_array_size(pairs) + 1, sizeof(list[0]));
	json_t *pair;
	size_t i;

	json_array_foreach (pairs, i, pair) {
		if (!list)
			break;
		list[i].value = keep_text(custom, json_string_value(json_array_get(pair, 0)));
		list[i].label = keep_text(custom, json_string_value(json_array_get(pair, 1)));
	}
	return list;
}

static enum nb_on_delete on_delete_of(const struct nb_object *row)
{
	const char *word = nb_text(row, "on_delete_behavior");

	if (sb_streq(word, "cascade"))
		return NB_CASCADE;
	return sb_streq(word, "protect") ? NB_PROTECT : NB_SET_NULL;
}

static void add_field(struct lab_netbox *nb, struct nb_custom *custom, const struct nb_object *row)
{
	struct nb_field *field = &custom->fields[custom->n_fields];
	const json_t *min = nb_get(row, "validation_minimum");
	const json_t *max = nb_get(row, "validation_maximum");
	sb_autobuf initial = SB_BUF_INIT(1 << 16);
	bool required = json_is_true(nb_get(row, "required"));
	char target[128];

	if (custom->n_fields == NB_MAX_FIELDS)
		return;
	*field = (struct nb_field){.name = keep_text(custom, nb_text(row, "name")),
				   .kind = kind_of(row),
				   .flags = required ? NB_REQUIRED : NB_NULL | NB_BLANK,
				   .digits = 8,
				   .places = 2,
				   .on_delete = on_delete_of(row),
				   .has_min = json_is_number(min),
				   .has_max = json_is_number(max),
				   .min = json_number_value(min),
				   .max = json_number_value(max)};
	if (json_is_null(nb_get(row, "default"))) {
		sb_buf_add(&initial, field->kind == NB_PKS ? "[]" : "null");
	} else {
		sb_buf_add_json(&initial, nb_get(row, "default"));
	}
	field->initial = keep_text(custom, sb_buf_str(&initial));
	if (field->kind == NB_FK || field->kind == NB_PKS) {
		nb_custom_target(nb, row, target);
		field->target = keep_text(custom, target);
	}
	if (field->kind == NB_CHOICE) {
		custom->choices[custom->n_fields] = make_choices(
			custom, nb_get(nb_ref(nb, row, "choice_set"), "extra_choices"));
		field->choices = custom->choices[custom->n_fields];
	}
	custom->columns[custom->n_fields++] = row->id;
}

static void add_key(struct nb_custom *custom, const char *field)
{
	size_t n = 0;

	while (custom->keys[n].fields)
		n++;
	if (n + 1 < SB_ARRAY_LEN(custom->keys))
		custom->keys[n] = (struct nb_key){field, NB_KEY_DATABASE, NULL};
}

/* An object is shown by its primary field, and otherwise by its type and its id. */
static void object_display(const struct lab_netbox *nb, const struct nb_object *object,
			   struct sb_buf *out)
{
	const struct nb_custom *custom = object->table->of_type;
	int field = *custom->model.natural ? nb_field(object->table, custom->model.natural) : -1;
	const struct nb_object *row =
		field < 0 ? NULL : nb_find(nb_table(nb, NB_CUSTOM_FIELD), custom->columns[field]);
	const struct nb_object *to = nb_ref_at(nb, object, field);

	if (!row || !json_is_true(nb_get(row, "primary")) || json_is_null(object->values[field]) ||
	    (json_is_string(object->values[field]) && !json_string_length(object->values[field])))
		sb_buf_addf(out, "%s %u", custom->model.verbose, object->id);
	else if (to)
		nb_display(nb, to, out);
	else if (json_is_string(object->values[field]))
		sb_buf_add(out, json_string_value(object->values[field]));
	else
		sb_buf_add_json(out, object->values[field]);
}

static const struct nb_rules object_rules = {.display = object_display};

static void fill_model(struct nb_custom *custom, const struct lab_netbox *nb,
		       const struct nb_object *type)
{
	sb_autobuf verbose = SB_BUF_INIT(1024);
	char path[160], text[64], class[64];

	nb_display(nb, type, &verbose);
	snprintf(path, sizeof(path), NB_CUSTOM_PATH "%s", nb_text(type, "slug"));
	snprintf(text, sizeof(text), "netbox_custom_objects.table%umodel", type->id);
	snprintf(class, sizeof(class), "Table%uModel", type->id);
	custom->type_id = type->id;
	custom->model = (struct nb_model){.type = keep_text(custom, text),
					  .path = keep_text(custom, path),
					  .class = keep_text(custom, class),
					  .verbose = keep_text(custom, sb_buf_str(&verbose)),
					  .ordering = "id",
					  .brief = "id url display",
					  .natural = "",
					  .fields = custom->fields,
					  .keys = custom->keys,
					  .rules = &object_rules,
					  .plugin = NB_CUSTOM_OBJECTS,
					  .without = "display_url"};
}

/* Objects are identified by the primary field of their type, and otherwise by one that is unique.
 */
static void fill_custom(struct lab_netbox *nb, struct nb_custom *custom,
			const struct nb_object *type)
{
	const struct nb_link *link =
		nb_referrers(nb, type, NB_CUSTOM_FIELD, "custom_object_type", NULL);
	bool has_primary = false;

	custom->texts = json_array();
	fill_model(custom, nb, type);
	custom->fields[custom->n_fields++] = (struct nb_field){
		.name = "owner", .kind = NB_FK, .flags = NB_NULL, .target = "users.owner"};
	custom->fields[custom->n_fields++] = (struct nb_field){.name = "tags", .kind = NB_TAGS};
	for (; link; link = link->next) {
		const struct nb_object *row = link->from;
		const char *name = custom->fields[custom->n_fields].name;
		bool is_unique = json_is_true(nb_get(row, "unique"));
		bool is_primary = json_is_true(nb_get(row, "primary"));
		size_t at = custom->n_fields;

		add_field(nb, custom, row);
		name = custom->fields[at].name;
		if (is_unique)
			add_key(custom, name);
		if (!has_primary && (is_primary || (is_unique && !*custom->model.natural)))
			custom->model.natural = name;
		has_primary = has_primary || is_primary;
	}
}

static void destroy_custom(struct nb_custom *custom)
{
	size_t i;

	for (i = 0; i < NB_MAX_FIELDS; i++)
		free(custom->choices[i]);
	json_decref(custom->texts);
	free(custom);
}

void nb_custom_destroy(struct lab_netbox *nb)
{
	if (nb->n_tables > nb->n_models)
		nb_log_detach(nb);
	while (nb->n_tables > nb->n_models) {
		struct nb_table *table = &nb->tables[--nb->n_tables];
		struct nb_custom *custom = table->of_type;

		nb_table_drop(nb, table);
		if (custom)
			destroy_custom(custom);
	}
}

struct nb_object *nb_custom_type_row(const struct lab_netbox *nb, const struct nb_table *table)
{
	return nb_find(nb_table(nb, NB_CUSTOM_TYPE), table->of_type->type_id);
}

/* The column of a field: its row, or its name where every object has it. */
static const char *column_of(const struct nb_table *table, size_t field, char out[80])
{
	if (table->of_type->columns[field])
		snprintf(out, 80, "%u", table->of_type->columns[field]);
	else
		snprintf(out, 80, "%s", table->fields[field].name);
	return out;
}

/* [[id, created, updated, {"<column>": value}], ...] of a table. */
static json_t *take_rows(const struct nb_table *table)
{
	json_t *list = json_array();
	char column[80];
	uint32_t id;
	size_t i;

	for (id = 1; id < table->next_id; id++) {
		const struct nb_object *object = table->rows[id];
		json_t *values;

		if (!object)
			continue;
		values = json_object();
		for (i = 0; i < table->n_fields; i++)
			json_object_set(values, column_of(table, i, column), object->values[i]);
		json_array_append_new(
			list, json_pack("[I,I,I,o]", (json_int_t)id, (json_int_t)object->created_us,
					(json_int_t)object->updated_us, values));
	}
	return list;
}

static void put_rows(struct lab_netbox *nb, struct nb_table *table, const json_t *rows,
		     uint32_t next)
{
	char column[80];
	json_t *row;
	size_t r, i;

	json_array_foreach (rows, r, row) {
		const json_t *values = json_array_get(row, 3);
		struct nb_object *object;

		table->next_id = (uint32_t)json_integer_value(json_array_get(row, 0));
		object = nb_insert(nb, table);
		if (!object)
			abort(); /* the lab must not lose objects */
		object->created_us = json_integer_value(json_array_get(row, 1));
		object->updated_us = json_integer_value(json_array_get(row, 2));
		for (i = 0; i < table->n_fields; i++) {
			json_t *value = json_object_get(values, column_of(table, i, column));

			if (value)
				nb_set_take(nb, object, (int)i, json_incref(value));
		}
	}
	if (next > 1 && !nb_find(table, next - 1)) { /* the last ids are not used again */
		table->next_id = next - 1;
		nb_remove(nb, nb_insert(nb, table));
	}
	nb_commit(nb);
}

/* The contents of the tables: {"<type>": {"next": id, "rows": [...]}}. */
static json_t *take_tables(const struct lab_netbox *nb)
{
	json_t *kept = json_object();
	char key[16];
	size_t t;

	for (t = nb->n_models; t < nb->n_tables; t++) {
		snprintf(key, sizeof(key), "%u", nb->tables[t].of_type->type_id);
		json_object_set_new(
			kept, key,
			json_pack("{s:I, s:o}", "next", (json_int_t)nb->tables[t].next_id, "rows",
				  take_rows(&nb->tables[t])));
	}
	return kept;
}

static void create_tables(struct lab_netbox *nb)
{
	const struct nb_table *types = nb_table(nb, NB_CUSTOM_TYPE);
	uint32_t id;

	for (id = 1; id < types->next_id; id++) {
		struct nb_table *table = &nb->tables[nb->n_tables];
		struct nb_custom *custom;

		if (!types->rows[id] || nb->n_tables == nb->n_models + NB_MAX_TYPES)
			continue;
		custom = calloc(1, sizeof(*custom));
		if (!custom)
			abort();
		fill_custom(nb, custom, types->rows[id]);
		table->of_type = custom;
		nb->n_tables++;
		if (nb_table_fill(table, &custom->model) < 0)
			abort();
	}
}

void nb_custom_follow(struct lab_netbox *nb)
{
	sb_autojson *kept = NULL;
	char key[16];
	size_t t;

	if (!nb->types_changed)
		return;
	nb->types_changed = false;
	kept = take_tables(nb);
	nb_links_drop(nb);
	nb_custom_destroy(nb);
	nb_links_follow(nb); /* the rows of types and fields must find each other */
	create_tables(nb);
	nb_links_drop(nb);
	if (nb_edges_create(nb) < 0 || nb_links_room(nb) < 0)
		abort();
	nb_links_follow(nb);
	for (t = nb->n_models; t < nb->n_tables; t++) {
		const json_t *of_type;

		snprintf(key, sizeof(key), "%u", nb->tables[t].of_type->type_id);
		of_type = json_object_get(kept, key);
		if (of_type)
			put_rows(nb, &nb->tables[t], json_object_get(of_type, "rows"),
				 (uint32_t)json_integer_value(json_object_get(of_type, "next")));
	}
	nb_links_follow(nb);
}
