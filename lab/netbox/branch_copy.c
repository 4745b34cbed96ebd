/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of a branch: copied when it is provisioned, and chosen by a header after that. */
#include "branching.h"
#include "custom.h"

#include <string.h>

/* The change log of a branch begins empty. */
static bool is_copied(const struct nb_table *table)
{
	return !sb_streq(table->model->type, "core.objectchange");
}

/* Faults, settings and tokens belong to the server, so that branches borrow them. */
static void borrow_settings(struct lab_netbox *copy, const struct lab_netbox *from)
{
	copy->plugins = from->plugins;
	copy->custom_objects = from->custom_objects;
	copy->token = from->token;
	copy->person_token = from->person_token;
	copy->base = from->base;
	copy->reject_name = from->reject_name;
	copy->short_page = from->short_page;
	copy->token_expired = from->token_expired;
	copy->token_reads_only = from->token_reads_only;
	copy->denied = from->denied;
	copy->choices = from->choices;
	copy->validators = from->validators;
	copy->hidden = from->hidden;
	copy->shuffle = from->shuffle;
	copy->requests = from->requests;
	if (copy->clock_us < from->clock_us)
		copy->clock_us = from->clock_us;
}

void nb_branch_drop_copy(struct nb_branch *branch)
{
	struct lab_netbox *copy = branch->copy;

	if (!copy)
		return;
	nb_custom_destroy(copy);
	nb_tables_destroy(copy);
	nb_keys_destroy(copy);
	free(copy);
	branch->copy = NULL;
}

/* Fields of custom objects may have another order in the copy. */
static int same_field(const struct nb_table *from, size_t i, const struct nb_table *to)
{
	return from->of_type ? nb_field(to, from->fields[i].name) : (int)i;
}

static int copy_row(const struct nb_object *row, struct lab_netbox *copy, struct nb_table *table)
{
	struct nb_object *own = nb_insert_at(copy, table, row->id);
	size_t i;

	if (!own)
		return -1;
	own->created_us = row->created_us;
	own->updated_us = row->updated_us;
	for (i = 0; i < row->table->n_fields; i++)
		nb_set_take(copy, own, same_field(row->table, i, table),
			    json_incref(row->values[i]));
	return 0;
}

static int copy_table(const struct nb_table *from, struct lab_netbox *copy)
{
	struct nb_table *table = nb_table(copy, from->model->type);
	uint32_t id;

	for (id = 1; table && is_copied(from) && id < from->next_id; id++)
		if (from->rows[id] && copy_row(from->rows[id], copy, table) < 0)
			return -1;
	nb_commit(copy);
	return 0;
}

/* The rows of types come first, because the tables of custom objects follow from them. */
static int copy_tables(const struct lab_netbox *from, struct lab_netbox *copy)
{
	size_t t;

	for (t = 0; t < from->n_models; t++)
		if (copy_table(&from->tables[t], copy) < 0)
			return -1;
	nb_links_follow(copy);
	copy->types_changed = from->n_tables > from->n_models;
	nb_custom_follow(copy);
	for (; t < from->n_tables; t++)
		if (copy_table(&from->tables[t], copy) < 0)
			return -1;
	nb_links_follow(copy);
	return 0;
}

int nb_branch_fill(struct nb_branch *branch)
{
	const struct lab_netbox *from = branch->main;
	struct lab_netbox *copy = calloc(1, sizeof(*copy));
	size_t t;

	if (!copy)
		return -1;
	branch->copy = copy;
	copy->version = from->version;
	copy->branch = branch;
	borrow_settings(copy, from);
	if (nb_keys_create(copy) < 0 || nb_tables_create(copy) < 0 || copy_tables(from, copy) < 0) {
		nb_branch_drop_copy(branch);
		return -1;
	}
	for (t = 0; t < from->n_models; t++)
		if (sb_streq(from->tables[t].model->type, "core.objectchange"))
			branch->n_seen = branch->n_synced = from->tables[t].next_id;
	return 0;
}

/* All tables share their sequences of ids with main. */
static void raise_ids(const struct lab_netbox *from, struct lab_netbox *to)
{
	size_t t;

	for (t = 0; t < from->n_tables; t++) {
		struct nb_table *table = t < from->n_models
						 ? &to->tables[t]
						 : nb_table(to, from->tables[t].model->type);

		if (table && nb_ids_raise(table, from->tables[t].next_id) < 0)
			abort(); /* an id must not be given twice */
	}
}

void nb_branch_share_ids(struct nb_branch *branch)
{
	raise_ids(branch->copy, branch->main);
}

static void remove_row(struct lab_netbox *copy, struct nb_object *row)
{
	size_t i;

	for (i = 0; i < copy->n_edges; i++) {
		const struct nb_edge *edge = &copy->edges[i];

		while (edge->to == row->table && row->heads[edge->slot].first)
			nb_set_take(copy, row->heads[edge->slot].first->from, edge->field,
				    json_null());
	}
	nb_remove(copy, row);
}

/* Values are shared and never changed in place, so that most of them are the same pointers. */
static void follow_row(const struct nb_object *row, struct lab_netbox *copy, struct nb_table *table)
{
	struct nb_object *own = nb_find(table, row->id);
	size_t i;

	if (!own && copy_row(row, copy, table) < 0)
		abort(); /* a branch must not differ in what it shares */
	for (i = 0; own && i < table->n_fields; i++)
		nb_set_take(copy, own, (int)i, json_incref(row->values[i]));
}

static void follow_table(const struct nb_table *from, struct lab_netbox *copy,
			 struct nb_table *table)
{
	uint32_t id;

	for (id = 1; id < from->next_id; id++)
		if (from->rows[id])
			follow_row(from->rows[id], copy, table);
	for (id = 1; id < table->next_id; id++)
		if (table->rows[id] && !nb_find(from, id))
			remove_row(copy, table->rows[id]);
}

void nb_branch_follow(struct nb_branch *branch)
{
	const struct lab_netbox *from = branch->main;
	struct lab_netbox *copy = branch->copy;
	size_t t;

	borrow_settings(copy, from);
	for (t = 0; t < from->n_tables; t++) {
		struct nb_table *table = nb_table(copy, from->tables[t].model->type);

		if (table && is_copied(&from->tables[t]) && !nb_is_apart(from, &from->tables[t]))
			follow_table(&from->tables[t], copy, table);
	}
	nb_commit(copy);
	raise_ids(from, copy);
}

json_t *lab_netbox_dump_branch(const struct lab_netbox *netbox, const char *name, bool no_ids)
{
	struct nb_branch *branch = netbox->branching ? netbox->branching->list : NULL;

	while (branch && !sb_streq(nb_text(nb_branch_row(branch), "name"), name))
		branch = branch->next;
	if (!branch || !branch->copy)
		return NULL;
	nb_branch_follow(branch);
	return lab_netbox_dump(branch->copy, no_ids);
}

/* Is this the path of objects that each branch has for itself? */
static bool path_is_branchable(const struct lab_netbox *nb, const char *path)
{
	size_t t;

	for (t = 0; t < nb->n_tables; t++) {
		const char *own = nb->tables[t].model->path;

		if (sb_starts_with(path, own) && path[strlen(own)] == '/')
			return nb_is_apart(nb, &nb->tables[t]);
	}
	return nb_has(nb, NB_CUSTOM_OBJECTS) && sb_starts_with(path, NB_CUSTOM_PATH);
}

static bool refuse_header(struct nb_call *call, const char *text)
{
	call->answer->status = 400;
	call->answer->text = strdup(text);
	call->answer->text_type = "text/html; charset=utf-8";
	return false;
}

bool nb_branch_enter(struct nb_call *call, const char *path)
{
	const char *wanted = call->request->branch;
	struct nb_branch *branch;

	if (!wanted || !nb_has(call->nb, NB_BRANCHING) || sb_streq(path, "status/"))
		return true;
	for (branch = call->nb->branching->list; branch; branch = branch->next)
		if (sb_streq(nb_text(nb_branch_row(branch), "_schema_id"), wanted))
			break;
	if (!branch)
		return refuse_header(call, "Invalid branch identifier");
	if (!nb_branch_is(branch, "ready"))
		return refuse_header(call, "Selected branch is not ready.");
	if (!path_is_branchable(call->nb, path))
		return true;
	nb_branch_follow(branch);
	call->nb = branch->copy;
	return true;
}

void nb_branch_leave(struct nb_call *call)
{
	struct nb_branch *branch = call->nb->branch;

	if (!branch)
		return;
	nb_branch_share_ids(branch);
	branch->main->clock_us = branch->copy->clock_us;
	nb_diffs_follow(branch, call->now_us);
	nb_commit(branch->main);
	call->nb = branch->main;
}

void nb_branch_check(struct nb_write *write)
{
	const struct nb_object *object = write->object;
	const struct nb_branch *branch = write->nb->branch;
	const char *type = object->table->model->type;
	const struct nb_table *table = nb_table(branch->main, type);
	const struct nb_object *diff;
	sb_autobuf name = SB_BUF_INIT(1 << 16);

	if (!table || nb_find(table, object->id))
		return;
	diff = nb_diff_find(branch, type, object->id);
	if (diff && sb_streq(nb_text(diff, "action"), "create"))
		return;
	nb_display(write->nb, object, &name);
	nb_error(write->call, "__all__",
		 "Cannot modify %s '%s' because it has been deleted in the main branch. Sync with "
		 "the main branch to update.",
		 object->table->model->verbose, sb_buf_str(&name));
}
