/* SPDX-License-Identifier: Apache-2.0 */
/* Write one object: set the values, check the rules, apply effects and log the change, or undo all
 * of it. */
#include "branching.h"

#include <stdio.h>
#include <string.h>

#define MAX_MESSAGE 200

static bool is_writable(const struct nb_call *call, const struct nb_field *field, size_t index)
{
	if (field->flags & NB_HIDDEN || field->kind >= NB_OBJECT ||
	    !nb_has(call->nb, field->features))
		return false;
	if (field->kind == NB_MAC_INPUT && !nb_has(call->nb, NB_MAC_WRITE))
		return false;
	return !call->select.prunes || call->select.on[index];
}

/* Set one field from the body; fields that the body does not contain keep their value. */
static void take_field(struct nb_write *write, size_t index, bool whole)
{
	struct nb_call *call = write->call;
	const struct nb_field *field = &write->object->table->fields[index];
	const json_t *in = json_object_get(write->body, field->name);
	json_t *value;

	if (!in && (!write->old || whole) && field->flags & NB_REQUIRED) {
		nb_error(call, field->name, "This field is required.");
		return;
	}
	if (!in && write->old && whole && field->flags & NB_RESET)
		in = write->object->table->initial[index];
	if (!in)
		return;
	if (field->kind == NB_MAC_INPUT && json_is_null(in)) {
		write->mac_input = (json_t *)(uintptr_t)in;
		return;
	}
	if (field->kind == NB_CUSTOM)
		value = nb_custom_value(call, write->object, in);
	else
		value = nb_value(call, field, in);
	if (field->kind == NB_MAC_INPUT) {
		/* Kept only during the write: rules_interface.c creates a MAC address from it. */
		write->mac_input = value;
		if (value)
			nb_set_take(write->nb, write->object, (int)index, value);
		return;
	}
	if (value)
		nb_set_take(write->nb, write->object, (int)index, value);
}

static void check_rejected(struct nb_call *call, const json_t *body)
{
	const char *name = json_string_value(json_object_get(body, "name"));

	if (call->nb->reject_name && name && sb_streq(name, call->nb->reject_name))
		nb_error(call, "name", "This name is rejected.");
}

static void take_body(struct nb_write *write, bool whole)
{
	struct nb_table *table = write->object->table;
	json_t *tags;
	size_t i;

	for (i = 0; i < table->n_fields; i++)
		if (is_writable(write->call, &table->fields[i], i) &&
		    table->fields[i].kind != NB_TAGS)
			take_field(write, i, whole);
	check_rejected(write->call, write->body);
	if (table->tags < 0)
		return;
	tags = nb_tags_value(write->call, write->object, write->body);
	if (tags)
		nb_set_take(write->nb, write->object, table->tags, tags);
}

/* Check the keys that are reported under their first field, unless this field has an error already.
 */
static void check_field_keys(struct nb_write *write)
{
	struct nb_object *object = write->object;
	size_t i;

	for (i = 0; i < object->table->n_keys; i++) {
		const struct nb_table_key *key = &object->table->keys[i];
		const char *field = object->table->fields[key->fields[0]].name;
		const struct nb_entry *entry = NULL;
		sb_autobuf verbose = SB_BUF_INIT(256);

		if (key->key->kind != NB_KEY_FIELD || nb_failed_at(write->call, field) ||
		    !nb_changed(write, field) || !nb_keys_next(write->nb, object, i, &entry))
			continue;
		if (write->call->unchecked) {
			nb_exception(write->call, "IntegrityError");
			return;
		}
		sb_buf_add(&verbose, object->table->model->verbose);
		nb_error(write->call, field, "%s with this %s already exists.",
			 sb_buf_str(&verbose), sb_streq(field, "asset_tag") ? "asset tag" : field);
	}
}

static bool key_spoiled(const struct nb_write *write, const struct nb_table_key *key)
{
	size_t i;

	for (i = 0; i < key->n; i++)
		if (nb_failed_at(write->call, write->object->table->fields[key->fields[i]].name))
			return true;
	return false;
}

/* Before 4.7 a separate constraint covers names without a tenant; its text does not mention the
 * tenant. */
static void report_taken(struct nb_write *write, const char *message)
{
	static const char tail[] = " and tenant.";
	size_t len = strlen(message), cut = sizeof(tail) - 1;

	if (!nb_has(write->nb, NB_BULK_ERRORS) && len > cut &&
	    sb_streq(message + len - cut, tail) && !nb_ref(write->nb, write->object, "tenant"))
		nb_error(write->call, "__all__", "%.*s.", (int)(len - cut), message);
	else
		nb_error(write->call, "__all__", "%s", message);
}

static void check_keys(struct nb_write *write, enum nb_key_kind kind)
{
	struct nb_object *object = write->object;
	size_t i;

	for (i = 0; i < object->table->n_keys; i++) {
		const struct nb_table_key *key = &object->table->keys[i];
		const struct nb_entry *entry = NULL;

		if (key->key->kind != kind || key_spoiled(write, key) ||
		    !nb_keys_next(write->nb, object, i, &entry))
			continue;
		if (kind == NB_KEY_DATABASE || write->call->unchecked) {
			nb_exception(write->call, "IntegrityError");
			return;
		}
		report_taken(write, key->key->message);
	}
}

void nb_check_unique(struct nb_write *write)
{
	check_field_keys(write);
	check_keys(write, NB_KEY_MODEL);
	if (!write->call->status)
		check_keys(write, NB_KEY_DATABASE);
}

/* Required fields that ?fields= excludes are checked only here. */
static void check_required(struct nb_write *write)
{
	const struct nb_object *object = write->object;
	size_t i;

	for (i = 0; i < object->table->n_fields; i++) {
		const struct nb_field *field = &object->table->fields[i];
		const json_t *value = object->values[i];

		if (!(field->flags & NB_REQUIRED))
			continue;
		if (json_is_null(value))
			nb_error(write->call, field->name, "This field cannot be null.");
		else if (json_is_string(value) && !json_string_length(value))
			nb_error(write->call, field->name, "This field cannot be blank.");
	}
}

/* Check a generic relation: both halves are set or none, and the target exists. */
static void check_generic(struct nb_write *write)
{
	const struct nb_object *object = write->object;
	int id = nb_field(object->table, "assigned_object_id");
	bool has_type, has_id;

	if (id <= 0 || object->table->fields[id].kind != NB_GID ||
	    object->table->fields[id].flags & NB_REQUIRED)
		return;
	has_type = !json_is_null(object->values[id - 1]);
	has_id = !json_is_null(object->values[id]);
	if (has_type && !has_id)
		nb_error(write->call, "assigned_object_id", "This field cannot be null.");
	else if (has_id && !has_type)
		nb_error(write->call, "assigned_object_type", "This field cannot be null.");
	else if (has_id && !nb_ref_at(write->nb, object, id))
		nb_error(write->call, "assigned_object_id",
			 "Related object not found using the provided value: "
			 "%" JSON_INTEGER_FORMAT ".",
			 json_integer_value(object->values[id]));
}

static bool has_nul(const json_t *value)
{
	const char *key;
	json_t *item;
	size_t i;

	if (json_is_string(value))
		return strlen(json_string_value(value)) != json_string_length(value);
	json_array_foreach (value, i, item) {
		if (has_nul(item))
			return true;
	}
	json_object_foreach ((json_t *)(uintptr_t)value, key, item) {
		if (has_nul(item))
			return true;
	}
	return false;
}

/* Check the rules that only the database enforces. */
static void check_database(struct nb_write *write)
{
	const struct nb_table *table = write->object->table;
	size_t i;

	if (!nb_message(write->call, write->body))
		return;
	for (i = 0; i < table->n_fields; i++)
		if ((table->fields[i].kind == NB_JSON || table->fields[i].kind == NB_CUSTOM) &&
		    has_nul(write->object->values[i])) {
			nb_exception(write->call, "DataError");
			return;
		}
	check_keys(write, NB_KEY_DATABASE);
}

bool nb_changed(const struct nb_write *write, const char *field)
{
	int i = nb_field(write->object->table, field);

	return i >= 0 && (!write->old || !json_equal(write->old[i], write->object->values[i]));
}

json_t **nb_image(const struct nb_object *object)
{
	json_t **values = calloc(object->table->n_fields, sizeof(values[0]));
	size_t i;

	for (i = 0; values && i < object->table->n_fields; i++)
		values[i] = json_incref(object->values[i]);
	return values;
}

static bool object_differs(json_t *const *before, const struct nb_object *object)
{
	size_t i;

	for (i = 0; i < object->table->n_fields; i++)
		if (before[i] != object->values[i] && !json_equal(before[i], object->values[i]))
			return true;
	return false;
}

void nb_saved(struct nb_call *call, struct nb_object *object, json_t **before_take)
{
	if (object->table->model->no_log) {
		nb_image_drop(before_take, object->table->n_fields);
		return;
	}
	nb_stamp(call->nb, object, call->now_us);
	if (before_take && !object_differs(before_take, object)) {
		nb_image_drop(before_take, object->table->n_fields);
		return;
	}
	nb_log(call, object, before_take ? "update" : "create", before_take, nb_image(object));
}

static void run_rules(struct nb_write *write)
{
	const struct nb_rules *rules = write->object->table->model->rules;
	struct nb_call *call = write->call;
	bool sends_custom = write->object->table->custom >= 0 &&
			    (!call->select.prunes || call->select.on[write->object->table->custom]);

	check_required(write);
	if (call->status)
		return;
	if (rules && rules->prepare)
		rules->prepare(write);
	check_generic(write);
	if (!call->status)
		nb_custom_clean(call, write->object,
				sends_custom ? json_object_get(write->body, "custom_fields") : NULL,
				!write->old);
	if (!call->status && rules && rules->clean)
		rules->clean(write);
	if (!call->status && write->old && call->nb->branch)
		nb_branch_check(write);
	if (!call->exception && !call->is_detail)
		check_keys(write, NB_KEY_MODEL);
	if (!call->status)
		nb_validators_check(call, write->object);
	if (call->status)
		return;
	if (rules && rules->save)
		rules->save(write);
	if (!call->status)
		check_database(write);
	if (!call->status)
		nb_tags_check(call, write->object);
}

bool nb_message(struct nb_call *call, const json_t *body)
{
	const char *message = json_string_value(json_object_get(body, "changelog_message"));

	call->message[0] = '\0';
	if (!message)
		return true;
	if (nb_chars(message) > MAX_MESSAGE) {
		nb_exception(call, "DataError");
		return false;
	}
	snprintf(call->message, sizeof(call->message), "%s", message);
	return true;
}

struct nb_object *nb_write_object(struct nb_call *call, struct nb_object *object,
				  const json_t *body, bool whole)
{
	struct lab_netbox *nb = call->nb;
	size_t savepoint = nb_savepoint(nb);
	struct nb_write write = {.call = call, .nb = nb, .body = body, .object = object};

	nb_clear(call);
	if (!json_is_object(body)) {
		nb_error(call, nb_general_key(call->nb),
			 "Invalid data. Expected a dictionary, but got %s.", nb_python_type(body));
		return NULL;
	}
	if (object)
		write.old = nb_image(object);
	else
		write.object = nb_insert(nb, call->table);
	if (!write.object || (object && !write.old)) {
		nb_exception(call, "MemoryError");
		return NULL;
	}
	take_body(&write, whole);
	check_field_keys(&write);
	if (!call->status)
		run_rules(&write);
	if (!call->status && write.object->table->model->rules &&
	    write.object->table->model->rules->saved)
		write.object->table->model->rules->saved(&write);
	if (call->status) {
		nb_image_drop(write.old, write.object->table->n_fields);
		nb_rollback(nb, savepoint);
		return NULL;
	}
	if (!write.logged)
		nb_saved(call, write.object, write.old);
	return write.object;
}
