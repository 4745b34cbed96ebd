/* SPDX-License-Identifier: Apache-2.0 */
/* Compare recorded answers with those of a simulator, and test the comparison itself. */
#include "conform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define PATH_ROOM 256

json_t *conform_load(const char *file)
{
	char path[1024];
	json_error_t error;
	json_t *json;

	snprintf(path, sizeof(path), "%s/%s", CONFORM_DATA, file);
	json = json_load_file(path, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
	if (!json)
		fail_msg("%s:%d: %s", path, error.line, error.text);
	return json;
}

json_t *conform_wire(const json_t *json)
{
	sb_autofree char *text = json_dumps(json, JSON_ENCODE_ANY);

	return text ? json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL) : NULL;
}

static void add_difference(struct sb_buf *out, const char *path, const json_t *want,
			   const json_t *have)
{
	sb_buf_addf(out, "  %s: recorded ", *path ? path : "(all)");
	if (want)
		sb_buf_add_json(out, want);
	sb_buf_addf(out, "%s, answered ", want ? "" : "nothing");
	if (have)
		sb_buf_add_json(out, have);
	sb_buf_addf(out, "%s\n", have ? "" : "nothing");
}

static size_t compare_values(const struct conform_rules *rules, const char *path,
			     const json_t *want, const json_t *have, struct sb_buf *out);

static bool is_left_out(const struct conform_rules *rules, const char *key)
{
	const char *const *name;

	for (name = rules->left_out; name && *name; name++)
		if (sb_streq(*name, key))
			return true;
	return false;
}

static void path_below(char *out, const char *path, const char *key)
{
	snprintf(out, PATH_ROOM, "%s%s%s", path, *path ? "." : "", key);
}

static size_t compare_objects(const struct conform_rules *rules, const char *path,
			      const json_t *want, const json_t *have, struct sb_buf *out)
{
	char deeper[PATH_ROOM];
	const char *key;
	json_t *value;
	size_t n = 0;

	json_object_foreach ((json_t *)want, key, value) {
		path_below(deeper, path, key);
		n += compare_values(rules, deeper, value, json_object_get(have, key), out);
	}
	json_object_foreach ((json_t *)have, key, value) {
		if (json_object_get(want, key) || is_left_out(rules, key))
			continue;
		path_below(deeper, path, key);
		add_difference(out, deeper, NULL, value);
		n++;
	}
	return n;
}

static size_t compare_arrays(const struct conform_rules *rules, const char *path,
			     const json_t *want, const json_t *have, struct sb_buf *out)
{
	size_t n_want = json_array_size(want), n_have = json_array_size(have), i, n = 0;
	char deeper[PATH_ROOM], number[24];

	for (i = 0; i < n_want || i < n_have; i++) {
		snprintf(number, sizeof(number), "%zu", i);
		path_below(deeper, path, number);
		n += compare_values(rules, deeper, json_array_get(want, i), json_array_get(have, i),
				    out);
	}
	return n;
}

static size_t compare_values(const struct conform_rules *rules, const char *path,
			     const json_t *want, const json_t *have, struct sb_buf *out)
{
	if (json_is_object(want) && json_is_object(have))
		return compare_objects(rules, path, want, have, out);
	if (json_is_array(want) && json_is_array(have))
		return compare_arrays(rules, path, want, have, out);
	if (json_equal(want, have))
		return 0;
	if (json_is_string(want) && have && rules->text_fits &&
	    rules->text_fits(rules->arg, json_string_value(want), have))
		return 0;
	add_difference(out, path, want, have);
	return 1;
}

size_t conform_compare(const struct conform_rules *rules, const json_t *want, const json_t *have,
		       struct sb_buf *out)
{
	return compare_values(rules, "", want, have, out);
}

/* State of the test of a comparison: want is altered in one place at a time. */
struct mutation {
	const struct conform_rules *rules;
	const json_t *want, *have;
	size_t n_tried, n_unseen;
	struct sb_buf *out;
};

static void try_mutation(struct mutation *whole, const char *path, const char *what)
{
	sb_autobuf text = SB_BUF_INIT(1 << 22);

	whole->n_tried++;
	if (compare_values(whole->rules, "", whole->want, whole->have, &text))
		return;
	whole->n_unseen++;
	sb_buf_addf(whole->out, "  %s: not detected: %s\n", path, what);
}

/* Another value of the same type, NULL for objects and arrays. New reference. */
static json_t *other_value(const json_t *value)
{
	char text[4096];

	switch (json_typeof(value)) {
	case JSON_STRING:
		snprintf(text, sizeof(text), "%sx", json_string_value(value));
		return json_string(text);
	case JSON_INTEGER: return json_integer(json_integer_value(value) + 1);
	case JSON_REAL: return json_real(json_real_value(value) + 1);
	case JSON_TRUE: return json_false();
	case JSON_FALSE: return json_true();
	case JSON_NULL: return json_integer(0);
	default: return NULL;
	}
}

static json_t *other_type(const json_t *value)
{
	if (json_is_integer(value))
		return json_real((double)json_integer_value(value));
	return json_is_null(value) ? json_string("") : json_null();
}

static void mutate_value(struct mutation *whole, json_t *value, const char *path);

static void mutate_object(struct mutation *whole, json_t *object, const char *path)
{
	sb_autojson *keys = json_copy(object);
	char deeper[PATH_ROOM];
	const char *key;
	json_t *value;

	json_object_set_new(object, "a member of its own", json_null());
	try_mutation(whole, path, "an added member");
	json_object_del(object, "a member of its own");
	json_object_foreach (keys, key, value) {
		json_t *other = other_value(value);

		path_below(deeper, path, key);
		json_object_del(object, key);
		try_mutation(whole, deeper, "a removed member");
		json_object_set_new(object, key, other_type(value));
		try_mutation(whole, deeper, "another type");
		if (other) {
			json_object_set_new(object, key, other);
			try_mutation(whole, deeper, "another value");
		}
		json_object_set(object, key, value);
		mutate_value(whole, value, deeper);
	}
}

static void mutate_array(struct mutation *whole, json_t *array, const char *path)
{
	sb_autojson *elements = json_copy(array);
	char deeper[PATH_ROOM], number[24];
	json_t *value;
	size_t i;

	json_array_append_new(array, json_null());
	try_mutation(whole, path, "an added element");
	json_array_remove(array, json_array_size(array) - 1);
	json_array_foreach (elements, i, value) {
		json_t *other = other_value(value);

		snprintf(number, sizeof(number), "%zu", i);
		path_below(deeper, path, number);
		json_array_remove(array, i);
		try_mutation(whole, deeper, "a removed element");
		json_array_insert_new(array, i, other_type(value));
		try_mutation(whole, deeper, "another type");
		if (other) {
			json_array_set_new(array, i, other);
			try_mutation(whole, deeper, "another value");
		}
		json_array_set(array, i, value);
		mutate_value(whole, value, deeper);
	}
}

static void mutate_value(struct mutation *whole, json_t *value, const char *path)
{
	if (json_is_object(value))
		mutate_object(whole, value, path);
	if (json_is_array(value))
		mutate_array(whole, value, path);
}

size_t conform_mutate(const struct conform_rules *rules, json_t *want, const json_t *have,
		      size_t *ret_tried, struct sb_buf *out)
{
	struct mutation whole = {.rules = rules, .want = want, .have = have, .out = out};

	mutate_value(&whole, want, "");
	*ret_tried += whole.n_tried;
	return whole.n_unseen;
}
