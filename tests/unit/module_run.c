/* SPDX-License-Identifier: Apache-2.0 */
/* The side of the test: answers, rows and objects to begin with, and the results. */
#include "module_run.h"

#include <stdlib.h>

enum { NOW_S = 100000 };

json_t *module_parse(const char *text)
{
	char *copy = strdup(text), *c;
	json_error_t error;
	json_t *json;

	for (c = copy; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	json = json_loads(copy, JSON_DECODE_ANY, &error);
	if (!json)
		fail_msg("test data: %s in %s", error.text, copy);
	free(copy);
	return json;
}

json_t *module_member(json_t *object, const char *name)
{
	if (!json_object_get(object, name))
		json_object_set_new(object, name, json_object());
	return json_object_get(object, name);
}

struct module_run *module_create(sb_module_entry_fn *entry)
{
	struct module_run *run = calloc(1, sizeof(*run));

	run->entry = entry;
	run->site = "dc1";
	run->name = "prod1";
	run->is_cluster = true;
	run->now_s = NOW_S;
	run->may = module_parse("{'/vms VM.Audit': 1, '/sdn/zones/localnetwork SDN.Audit': 1}");
	run->opts = json_object();
	run->answers = json_object();
	run->memory = json_object();
	run->objects = json_object();
	run->rows = json_object();
	run->unknown = json_object();
	run->limited = json_object();
	run->keep = json_object();
	run->gone = json_object();
	run->asked = json_array();
	run->agents = json_object();
	run->marks = json_object();
	run->wants = json_object();
	run->shared = json_object();
	run->noted = json_object();
	return run;
}

void module_destroy(struct module_run *run)
{
	json_t *const members[] = {run->may,     run->opts,  run->answers, run->memory,
				   run->objects, run->rows,  run->unknown, run->limited,
				   run->keep,    run->gone,  run->asked,   run->agents,
				   run->marks,   run->wants, run->shared,  run->noted};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(members); i++)
		json_decref(members[i]);
	free(run);
}

void module_answer(struct module_run *run, const char *path, const char *data)
{
	json_object_set_new(run->answers, path, module_parse(data));
}

void module_refuse(struct module_run *run, const char *path, const char *text)
{
	json_object_set_new(run->answers, path, json_pack("{s:s}", "!", text));
}

void module_row(struct module_run *run, const char *source, const char *key, const char *row)
{
	json_object_set_new(module_member(run->rows, source), key, module_parse(row));
}

void module_object(struct module_run *run, const char *kind, const char *key, const char *row)
{
	json_t *rows = json_object_get(run->objects, kind), *object = module_parse(row);

	if (!rows) {
		rows = json_array();
		json_object_set_new(run->objects, kind, rows);
	}
	if (!json_object_get(object, "id"))
		json_object_set_new(object, "id",
				    json_integer((json_int_t)json_array_size(rows) + 1000));
	if (*key)
		json_object_set_new(
			object, "custom_fields",
			json_pack("{s:s, s:b}", "stagebox_key", key, "stagebox_adopted", 0));
	json_array_append_new(rows, object);
}

void module_option(struct module_run *run, const char *name, bool value)
{
	json_object_set_new(run->opts, name, json_boolean(value));
}

const json_t *module_get_row(const struct module_run *run, const char *source, const char *key)
{
	return json_object_get(json_object_get(run->rows, source), key);
}

const json_t *module_want(const struct module_run *run, const char *kind, const char *key)
{
	return json_object_get(json_object_get(run->wants, kind), key);
}

const char *module_field(const struct module_run *run, const char *kind, const char *key,
			 const char *field)
{
	static char text[9000];
	const json_t *value = json_object_get(module_want(run, kind, key), field);
	size_t len;

	if (!value)
		return "";
	if (json_is_string(value))
		return json_string_value(value);
	len = json_dumpb(value, text, sizeof(text) - 1,
			 JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
	assert_true(len < sizeof(text));
	text[len] = '\0';
	return text;
}

bool module_is_unknown(const struct module_run *run, const char *source, const char *prefix)
{
	return json_object_get(json_object_get(run->unknown, source), prefix) != NULL;
}

bool module_is_kept(const struct module_run *run, const char *source, const char *prefix)
{
	return json_object_get(json_object_get(run->keep, source), prefix) != NULL;
}

bool module_was_asked(const struct module_run *run, const char *path)
{
	const json_t *item;
	size_t i;

	json_array_foreach (run->asked, i, item)
		if (sb_streq(json_string_value(item), path))
			return true;
	return false;
}
