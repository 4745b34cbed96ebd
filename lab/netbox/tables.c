/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of the simulated NetBox, created from the models, and the references between them. */
#include "state.h"

#include <string.h>

bool nb_has(const struct lab_netbox *nb, unsigned features)
{
	return ((nb->version->features | nb->plugins) & features) == features;
}

bool nb_served(const struct lab_netbox *nb, const struct nb_table *table)
{
	return nb_has(nb, table->model->plugin);
}

struct nb_table *nb_table(const struct lab_netbox *nb, const char *type)
{
	size_t i;

	for (i = 0; type && i < nb->n_tables; i++)
		if (sb_streq(nb->tables[i].model->type, type))
			return &nb->tables[i];
	return NULL;
}

struct nb_table *nb_table_at(const struct lab_netbox *nb, const char *path, size_t len)
{
	size_t i;

	for (i = 0; i < nb->n_tables; i++) {
		const char *own = nb->tables[i].model->path;

		if (strlen(own) == len && memcmp(own, path, len) == 0 &&
		    nb_served(nb, &nb->tables[i]))
			return &nb->tables[i];
	}
	return NULL;
}

int nb_field(const struct nb_table *table, const char *name)
{
	size_t i;

	for (i = 0; i < table->n_fields; i++)
		if (sb_streq(table->fields[i].name, name))
			return (int)i;
	return -1;
}

static int parse_key(struct nb_table *table, struct nb_table_key *out, const struct nb_key *key)
{
	const char *word = key->fields;

	out->key = key;
	while (*word) {
		size_t len = strcspn(word, " ");
		char name[64], mode = 0;
		const char *start = word;
		size_t name_len = len;

		if (*start == '!' || *start == '+') {
			mode = *start++;
			name_len--;
		} else if (start[len - 1] == '~' || start[len - 1] == '?') {
			mode = start[len - 1];
			name_len--;
		}
		if (name_len >= sizeof(name) || out->n == SB_ARRAY_LEN(out->fields))
			return -1;
		memcpy(name, start, name_len);
		name[name_len] = '\0';
		out->fields[out->n] = nb_field(table, name);
		if (out->fields[out->n] < 0)
			return -1;
		out->modes[out->n++] = mode;
		word += len;
		word += strspn(word, " ");
	}
	return 0;
}

int nb_table_fill(struct nb_table *table, const struct nb_model *model)
{
	const struct nb_key *key;
	size_t i;

	table->model = model;
	table->fields = model->fields;
	table->tags = table->custom = -1;
	table->next_id = 1;
	for (i = 0; model->fields[i].name; i++) {
		const struct nb_field *field = &model->fields[i];

		if (i == NB_MAX_FIELDS)
			return -1;
		if (field->kind == NB_TAGS)
			table->initial[i] = json_array();
		else if (field->kind == NB_CUSTOM)
			table->initial[i] = json_object();
		else
			table->initial[i] =
				field->initial ? json_loads(field->initial, JSON_DECODE_ANY, NULL)
					       : json_null();
		if (!table->initial[i])
			return -1;
		if (field->kind == NB_TAGS)
			table->tags = (int)i;
		if (field->kind == NB_CUSTOM)
			table->custom = (int)i;
		table->n_fields++;
	}
	for (key = model->keys; key && key->fields; key++) {
		if (table->n_keys == SB_ARRAY_LEN(table->keys) ||
		    parse_key(table, &table->keys[table->n_keys++], key) < 0)
			return -1;
	}
	return 0;
}

static int add_edge(struct lab_netbox *nb, struct nb_table *from, size_t field, struct nb_table *to,
		    enum nb_on_delete on_delete)
{
	struct nb_edge *edge;

	if (nb->n_edges == NB_MAX_EDGES)
		return -1;
	edge = &nb->edges[nb->n_edges++];
	edge->from = from;
	edge->to = to;
	edge->field = (uint16_t)field;
	edge->slot = (uint16_t)to->n_in++;
	edge->on_delete = on_delete;
	if (from->out[field] < 0)
		from->out[field] = (int)from->n_out++;
	return 0;
}

bool nb_type_allowed(const char *allowed, const char *type)
{
	size_t len = strlen(type);

	while (allowed && *allowed) {
		size_t word = strcspn(allowed, " ");

		if (word == len && memcmp(allowed, type, len) == 0)
			return true;
		allowed += word;
		allowed += strspn(allowed, " ");
	}
	return !allowed;
}

static int add_edges(struct lab_netbox *nb, struct nb_table *table)
{
	size_t i, t;

	for (i = 0; i < table->n_fields; i++) {
		const struct nb_field *field = &table->fields[i];

		if (field->kind == NB_FK) {
			struct nb_table *to = nb_table(nb, field->target);

			if (to && add_edge(nb, table, i, to, field->on_delete) < 0)
				return -1;
		}
		if (field->kind != NB_GID)
			continue;
		for (t = 0; t < nb->n_tables; t++)
			if (nb_type_allowed(table->fields[i - 1].target,
					    nb->tables[t].model->type) &&
			    add_edge(nb, table, i, &nb->tables[t], NB_CASCADE) < 0)
				return -1;
	}
	return 0;
}

int nb_edges_create(struct lab_netbox *nb)
{
	size_t t, i;

	nb->n_edges = 0;
	for (t = 0; t < nb->n_tables; t++) {
		nb->tables[t].n_in = nb->tables[t].n_out = 0;
		for (i = 0; i < nb->tables[t].n_fields; i++)
			nb->tables[t].out[i] = -1;
	}
	for (t = 0; t < nb->n_tables; t++)
		if (add_edges(nb, &nb->tables[t]) < 0)
			return -1;
	return 0;
}

int nb_tables_create(struct lab_netbox *nb)
{
	const struct nb_model *model;
	size_t i;

	for (model = nb_models; model->type; model++)
		nb->n_models += nb_has(nb, model->features);
	nb->n_tables = nb->n_models;
	nb->tables = calloc(nb->n_models + NB_MAX_TYPES, sizeof(nb->tables[0]));
	if (!nb->tables)
		return -1;
	i = 0;
	for (model = nb_models; model->type; model++)
		if (nb_has(nb, model->features) && nb_table_fill(&nb->tables[i++], model) < 0)
			return -1;
	return nb_edges_create(nb);
}
