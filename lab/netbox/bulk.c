/* SPDX-License-Identifier: Apache-2.0 */
/* Bulk calls: all or nothing, with an error for every failed item. */
#include "call.h"

#include <stdio.h>
#include <string.h>

/* State of one bulk call. */
struct bulk {
	struct nb_call *call;
	json_t *errors; /* owned: [{"index"|"id", "errors"}] */
	int status;     /* most severe: 403 > 409 > 400 */
	size_t n_failed;
	bool aborted; /* a 500, which is answered already */
};

static void fail_item(struct bulk *bulk, const char *key, json_int_t value, json_t *errors)
{
	json_array_append_new(bulk->errors, json_pack("{s:I, s:o}", key, value, "errors", errors));
	bulk->n_failed++;
	if (!bulk->status)
		bulk->status = 400;
}

/* Note why the current item failed. False when this ends the whole call. */
static bool fail_call(struct bulk *bulk, const char *key, json_int_t value)
{
	struct nb_call *call = bulk->call;
	json_t *errors;

	if (call->exception) {
		nb_answer_failure(call);
		bulk->aborted = true;
		return false;
	}
	if (call->is_detail)
		errors = json_pack("{s:[O]}", "__all__", json_object_get(call->errors, "detail"));
	else
		errors = json_incref(call->errors);
	fail_item(bulk, key, value, errors);
	if (call->status == 403 || (call->status == 409 && bulk->status != 403))
		bulk->status = call->status;
	return true;
}

static void answer_errors(struct bulk *bulk, size_t total, const char *what)
{
	char text[128];

	snprintf(text, sizeof(text), "%zu of %zu objects %s.", bulk->n_failed, total, what);
	bulk->call->answer->status = bulk->status;
	bulk->call->answer->json = json_pack("{s:s, s:O}", "detail", text, "errors", bulk->errors);
}

/* The shapes of 4.5 and 4.6: a positional list on create, the first failure bare otherwise. */
static void answer_old(struct bulk *bulk, size_t total, bool create)
{
	json_t *first = json_array_get(bulk->errors, 0), *item, *list;
	size_t i;

	bulk->call->answer->status = bulk->status;
	if (!create) {
		bulk->call->answer->json = json_incref(json_object_get(first, "errors"));
		return;
	}
	list = json_array();
	for (i = 0; i < total; i++)
		json_array_append_new(list, json_object());
	json_array_foreach (bulk->errors, i, item) {
		json_array_set(list, (size_t)json_integer_value(json_object_get(item, "index")),
			       json_object_get(item, "errors"));
	}
	bulk->call->answer->json = list;
}

static void finish_failed(struct bulk *bulk, size_t total, const char *what, bool create)
{
	nb_rollback(bulk->call->nb, 0);
	if (bulk->aborted)
		return;
	if (nb_has(bulk->call->nb, NB_BULK_ERRORS))
		answer_errors(bulk, total, what);
	else
		answer_old(bulk, total, create);
}

void nb_bulk_wrong_type(struct nb_call *call, const json_t *body)
{
	bool empty = !body || (json_is_object(body) && !json_object_size(body));
	char text[128];

	call->answer->status = 400;
	snprintf(text, sizeof(text),
		 empty ? "Expected a list of objects, but no data was submitted.%s"
		       : "Expected a list of objects, but got %s.",
		 empty ? "" : nb_python_type(body));
	if (!nb_has(call->nb, NB_BULK_ERRORS))
		snprintf(text, sizeof(text), "Expected a list of items but got type \"%s\".",
			 body ? nb_python_type(body) : "NoneType");
	call->answer->json = nb_has(call->nb, NB_BULK_ERRORS)
				     ? json_pack("{s:s}", "detail", text)
				     : json_pack("{s:[s]}", "non_field_errors", text);
}

/* 4.5 and 4.6 validate every item against the stored objects before they write the first one. */
static void validate_all(struct bulk *bulk, const json_t *list)
{
	struct nb_call *call = bulk->call;
	json_t *item;
	size_t i;

	json_array_foreach (list, i, item) {
		struct nb_object *made = nb_write_object(call, NULL, item, true);

		nb_rollback(call->nb, 0);
		if (!made && !fail_call(bulk, "index", (json_int_t)i))
			return;
	}
	call->unchecked = true;
}

void nb_bulk_create(struct nb_call *call, const json_t *list)
{
	struct bulk bulk = {.call = call, .errors = json_array()};
	size_t total = json_array_size(list), i;
	struct nb_object **made = calloc(total + 1, sizeof(made[0]));
	bool one_by_one = nb_has(call->nb, NB_BULK_ERRORS) ||
			  sb_streq(call->table->model->type, "dcim.device");
	json_t *item;

	if (!one_by_one)
		validate_all(&bulk, list);
	if (bulk.n_failed || bulk.aborted)
		list = NULL;
	json_array_foreach (list, i, item) {
		made[i] = nb_write_object(call, NULL, item, true);
		if (!made[i] && !fail_call(&bulk, "index", (json_int_t)i))
			break;
	}
	if (bulk.n_failed || bulk.aborted) {
		finish_failed(&bulk, total, "could not be created",
			      !one_by_one || nb_has(call->nb, NB_BULK_ERRORS));
	} else {
		call->answer->status = 201;
		call->answer->json = json_array();
		for (i = 0; i < total; i++)
			json_array_append_new(call->answer->json, nb_output(call, made[i]));
	}
	free(made);
	json_decref(bulk.errors);
}

struct target {
	struct nb_object *object;
	const json_t *body;
};

/* Check that every item is a dictionary with a valid id. */
static bool check_shape(struct bulk *bulk, const json_t *list, json_int_t *ids)
{
	size_t i;
	json_t *item;

	json_array_foreach (list, i, item) {
		const json_t *id = json_object_get(item, "id");
		const char *text = json_string_value(id);
		char *end = NULL, why[128];

		ids[i] = text ? strtoll(text, &end, 10) : json_integer_value(id);
		if (!json_is_object(item)) {
			snprintf(why, sizeof(why),
				 "Invalid data. Expected a dictionary, but got %s.",
				 nb_python_type(item));
			fail_item(bulk, "index", (json_int_t)i,
				  json_pack("{s:[s]}", nb_general_key(bulk->call->nb), why));
		} else if (!id) {
			fail_item(bulk, "index", (json_int_t)i,
				  json_pack("{s:[s]}", "id", "This field is required."));
		} else if (!json_is_integer(id) && (!text || *end || end == text)) {
			fail_item(bulk, "index", (json_int_t)i,
				  json_pack("{s:[s]}", "id", "A valid integer is required."));
		}
	}
	if (bulk->n_failed && nb_has(bulk->call->nb, NB_BULK_ERRORS))
		answer_errors(bulk, json_array_size(list), "failed validation");
	else if (bulk->n_failed)
		answer_old(bulk, json_array_size(list), true);
	return !bulk->n_failed;
}

static int id_cmp(const void *a, const void *b)
{
	json_int_t x = *(const json_int_t *)a, y = *(const json_int_t *)b;

	return (x > y) - (x < y);
}

static bool check_repeats(struct bulk *bulk, const json_int_t *ids, size_t n)
{
	json_int_t *sorted = malloc((n + 1) * sizeof(sorted[0]));
	size_t i, run;

	if (!sorted)
		return true;
	memcpy(sorted, ids, n * sizeof(sorted[0]));
	qsort(sorted, n, sizeof(sorted[0]), id_cmp);
	for (i = 0; i < n; i += run) {
		char why[128];

		for (run = 1; i + run < n && sorted[i + run] == sorted[i]; run++)
			;
		if (run == 1)
			continue;
		snprintf(why, sizeof(why),
			 "Each object may be specified only once; ID %lld is listed %zu times",
			 (long long)sorted[i], run);
		fail_item(bulk, "id", sorted[i], json_pack("{s:[s]}", "id", why));
	}
	free(sorted);
	if (bulk->n_failed)
		answer_errors(bulk, n, "are listed more than once");
	return !bulk->n_failed;
}

static bool find_targets(struct bulk *bulk, const json_t *list, const json_int_t *ids,
			 struct target *targets, size_t *ret_n)
{
	size_t i, n = 0;
	json_t *item;

	json_array_foreach (list, i, item) {
		struct nb_object *object = nb_find(bulk->call->table, ids[i]);
		char why[64];

		if (object) {
			targets[n++] = (struct target){object, item};
			continue;
		}
		if (!nb_has(bulk->call->nb, NB_BULK_ERRORS))
			continue; /* 4.5 and 4.6 skip it without an error */
		snprintf(why, sizeof(why), "Object with ID %lld does not exist", (long long)ids[i]);
		fail_item(bulk, "id", ids[i], json_pack("{s:[s]}", "id", why));
	}
	*ret_n = n;
	if (bulk->n_failed)
		answer_errors(bulk, json_array_size(list), "could not be found");
	return !bulk->n_failed;
}

/* Sort the targets by the ordering of the model, as NetBox does. */
static void sort_targets(struct nb_call *call, struct target *targets, size_t n)
{
	struct nb_object **rows = calloc(n + 1, sizeof(rows[0]));
	const json_t **bodies = calloc(call->table->next_id, sizeof(bodies[0]));
	size_t i;

	for (i = 0; rows && bodies && i < n; i++) {
		rows[i] = targets[i].object;
		bodies[targets[i].object->id] = targets[i].body;
	}
	if (rows && bodies) {
		nb_sort(call, rows, n, call->table->model->ordering);
		for (i = 0; i < n; i++)
			targets[i] = (struct target){rows[i], bodies[rows[i]->id]};
	}
	free(rows);
	free(bodies);
}

/* Read the objects of a list of ids. NULL when the call is answered already. */
static struct target *open_list(struct bulk *bulk, const json_t *list, size_t *ret_n)
{
	size_t total = json_array_size(list);
	json_int_t *ids = calloc(total + 1, sizeof(ids[0]));
	struct target *targets = calloc(total + 1, sizeof(targets[0]));
	bool repeats = !nb_has(bulk->call->nb, NB_BULK_ERRORS); /* the last one wins */
	bool good = ids && targets && check_shape(bulk, list, ids) &&
		    (repeats || check_repeats(bulk, ids, total)) &&
		    find_targets(bulk, list, ids, targets, ret_n);
	size_t i;

	free(ids);
	if (good)
		sort_targets(bulk->call, targets, *ret_n);
	for (i = 0; good && i < *ret_n; i++)
		good = nb_match(bulk->call, targets[i].object);
	if (good)
		return targets;
	free(targets);
	return NULL;
}

void nb_bulk_update(struct nb_call *call, const json_t *list, bool whole)
{
	struct bulk bulk = {.call = call, .errors = json_array()};
	size_t n = 0, i;
	struct target *targets = open_list(&bulk, list, &n);

	for (i = 0; targets && i < n; i++)
		if (!nb_write_object(call, targets[i].object, targets[i].body, whole) &&
		    !fail_call(&bulk, "id", targets[i].object->id))
			break;
	if (targets && (bulk.n_failed || bulk.aborted)) {
		finish_failed(&bulk, json_array_size(list), "could not be updated", false);
	} else if (targets) {
		sort_targets(
			call, targets,
			n); /* the update may have changed the fields that they are ordered by */
		call->answer->status = 200;
		call->answer->json = json_array();
		for (i = 0; i < n; i++)
			json_array_append_new(call->answer->json,
					      nb_output(call, targets[i].object));
	}
	free(targets);
	json_decref(bulk.errors);
}

static int depth_of(const struct nb_object *object)
{
	int depth = 0;

	while ((object = nb_ref(NULL, object, "parent")) && depth < 100)
		depth++;
	return depth;
}

static int children_first(const void *a, const void *b)
{
	const struct target *x = a, *y = b;

	return depth_of(y->object) - depth_of(x->object);
}

/* Delete a target that was not deleted with an earlier one; false when it cannot be deleted. */
static bool delete_target(struct nb_call *call, const struct target *target, uint32_t id)
{
	if (nb_find(call->table, id) != target->object)
		return true;
	nb_clear(call);
	return nb_message(call, target->body) && nb_delete_object(call, target->object, true) == 0;
}

void nb_bulk_delete(struct nb_call *call, const json_t *list)
{
	struct bulk bulk = {.call = call, .errors = json_array()};
	size_t n = 0, i;
	struct target *targets = open_list(&bulk, list, &n);
	bool nested = nb_field(call->table, "parent") >= 0;

	if (targets && nested)
		qsort(targets, n, sizeof(targets[0]), children_first);
	for (i = 0; targets && i < n; i++) {
		uint32_t id = targets[i].object->id;

		if (!delete_target(call, &targets[i], id) && !fail_call(&bulk, "id", id))
			break;
	}
	if (targets && (bulk.n_failed || bulk.aborted))
		finish_failed(&bulk, json_array_size(list), "could not be deleted", false);
	else if (targets)
		call->answer->status = 204;
	free(targets);
	json_decref(bulk.errors);
}
