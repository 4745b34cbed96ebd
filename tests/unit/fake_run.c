/* SPDX-License-Identifier: Apache-2.0 */
/* A fake of the engine's functions for modules, which needs jansson only. */
#include "fake_run.h"

#include "stagebox/conf.h"
#include "stagebox/json.h"

#undef NDEBUG /* these checks are the test */
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* A weak symbol, so that the real function is used when it is linked too. */
#define FAKE __attribute__((weak))

struct fake_ask {
	struct fake_ask *next;
	sb_answer_fn *on_answer;
	void *arg;
	char *key, *path;
};

/* Return the member with this name; create an empty object if it is missing. */
static json_t *get_member(json_t *object, const char *name)
{
	if (!json_object_get(object, name))
		json_object_set_new(object, name, json_object());
	return json_object_get(object, name);
}

static json_t *parse_json(const char *text)
{
	char *copy = strdup(text), *c;
	json_error_t error;
	json_t *json;

	for (c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	json = json_loads(copy, JSON_DECODE_ANY, &error);
	if (!json)
		fprintf(stderr, "test data: %s in %s\n", error.text, copy);
	assert(json);
	free(copy);
	return json;
}

struct sb_stage_run *fake_run_create(void)
{
	struct sb_stage_run *run = calloc(1, sizeof(*run));

	run->endpoint = "lab";
	run->site = "dc1";
	run->name = "prod1";
	run->vlan_group = "lab";
	run->device_name = "{node}";
	run->cluster_name = "{cluster}";
	run->is_cluster = true;
	run->may = parse_json("{'/vms VM.Audit': 1, '/sdn/zones/localnetwork SDN.Audit': 1}");
	run->opts = parse_json("{'templates': true, 'notes_metadata': true, 'agent': true, "
			       "'agent_hostname': false, "
			       "'agent_osinfo': false, "
			       "'device_type': 'generic'}");
	json_object_update_new(run->opts, parse_json("{'max_nic_addresses': 64, 'max_disks': 64, "
						     "'max_addresses': 128, 'max_tags': 64}"));
	run->answers = json_object();
	run->rows = json_object();
	run->unknown = json_object();
	run->limited = json_object();
	run->keep = json_object();
	run->asked = json_array();
	run->wants = json_object();
	run->shared = json_object();
	run->noted = json_object();
	run->turns = json_object();
	run->agents = json_object();
	run->marks = json_object();
	run->gone = json_object();
	run->there = json_object();
	run->last_ask = &run->asks;
	return run;
}

void fake_run_destroy(struct sb_stage_run *run)
{
	json_t *const members[] = {run->may,     run->opts,    run->answers, run->rows,
				   run->unknown, run->limited, run->keep,    run->asked,
				   run->wants,   run->shared,  run->noted,   run->turns,
				   run->agents,  run->marks,   run->gone,    run->there};
	struct fake_ask *ask;
	size_t i;

	for (i = 0; i < run->n_stages; i++)
		free((char *)(uintptr_t)run->stages[i].name);
	while ((ask = run->asks)) {
		run->asks = ask->next;
		free(ask->key);
		free(ask->path);
		free(ask);
	}
	for (i = 0; i < SB_ARRAY_LEN(members); i++)
		json_decref(members[i]);
	free(run);
}

void fake_answer(struct sb_stage_run *run, const char *path, const char *data)
{
	json_object_set_new(run->answers, path, parse_json(data));
}

void fake_refuse(struct sb_stage_run *run, const char *path, const char *text)
{
	json_object_set_new(run->answers, path, json_pack("{s:s}", "!", text));
}

void fake_row(struct sb_stage_run *run, const char *source, const char *key, const char *row)
{
	json_object_set_new(get_member(run->rows, source), key, parse_json(row));
}

void fake_option(struct sb_stage_run *run, const char *name, bool value)
{
	json_object_set_new(run->opts, name, json_boolean(value));
}

int fake_deliver(struct sb_stage_run *run, struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;
	struct fake_ask *ask;
	const char *text;
	json_t *answer;
	int rc = 0;

	while (rc >= 0 && (ask = run->asks)) {
		run->asks = ask->next;
		if (!run->asks)
			run->last_ask = &run->asks;
		answer = json_object_get(run->answers, ask->path);
		text = answer ? sb_json_str(answer, "!") : "HTTP 595 No route to host";
		if (text)
			sb_fail(&why, sb_starts_with(text, "HTTP 403") ? SB_E_FORBIDDEN : SB_E_HTTP,
				"%s", text);
		rc = ask->on_answer(run, ask->key, text ? NULL : answer, text ? &why : NULL,
				    ask->arg, err);
		free(ask->key);
		free(ask->path);
		free(ask);
	}
	return rc;
}

const json_t *fake_get_row(const struct sb_stage_run *run, const char *source, const char *key)
{
	return json_object_get(json_object_get(run->rows, source), key);
}

const json_t *fake_want(const struct sb_stage_run *run, const char *kind, const char *key)
{
	return json_object_get(json_object_get(run->wants, kind), key);
}

const char *fake_field(const struct sb_stage_run *run, const char *kind, const char *key,
		       const char *field)
{
	static char text[9000];
	const json_t *value = json_object_get(fake_want(run, kind, key), field);
	size_t len;

	if (!value)
		return "";
	if (json_is_string(value))
		return json_string_value(value);
	len = json_dumpb(value, text, sizeof(text) - 1,
			 JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
	assert(len < sizeof(text));
	text[len] = '\0';
	return text;
}

bool fake_is_unknown(const struct sb_stage_run *run, const char *source, const char *prefix)
{
	return json_object_get(json_object_get(run->unknown, source), prefix) != NULL;
}

bool fake_is_kept(const struct sb_stage_run *run, const char *source, const char *prefix)
{
	return json_object_get(json_object_get(run->keep, source), prefix) != NULL;
}

bool fake_was_asked(const struct sb_stage_run *run, const char *path)
{
	const json_t *item;
	size_t i;

	json_array_foreach (run->asked, i, item)
		if (sb_streq(json_string_value(item), path))
			return true;
	return false;
}

struct sb_ctx {
	struct sb_stage_run *run;
};

int sb_stage_add(struct sb_ctx *ctx, const struct sb_stage *stage, struct sb_error *err)
{
	(void)err;
	assert(stage->size == sizeof(*stage) && stage->name && stage->diff && stage->reads);
	assert(ctx->run->n_stages < SB_ARRAY_LEN(ctx->run->stages));
	ctx->run->stages[ctx->run->n_stages] = *stage;
	ctx->run->stages[ctx->run->n_stages++].name = strdup(stage->name);
	return 0;
}

void fake_load(struct sb_stage_run *run, sb_module_entry_fn *entry)
{
	struct sb_ctx ctx = {.run = run};
	const struct sb_module *module = entry();
	void *state = NULL;

	assert(module->magic == SB_MODULE_MAGIC && module->name && module->summary);
	assert(module->start(&ctx, &state, NULL) == 0 && !state);
}

const struct sb_stage *fake_stage(const struct sb_stage_run *run, const char *name)
{
	size_t i;

	for (i = 0; i < run->n_stages; i++)
		if (sb_streq(run->stages[i].name, name))
			return &run->stages[i];
	return NULL;
}

static void assert_ok(const char *what, int rc, const struct sb_error *err)
{
	if (rc < 0)
		fprintf(stderr, "%s: %s\n", what, err->text);
	assert(rc >= 0);
}

void fake_fetch(struct sb_stage_run *run, const char *stage)
{
	struct sb_error err = SB_ERROR_INIT;
	const struct sb_stage *found = fake_stage(run, stage);
	int rc = found->fetch(run, found->arg, &err);

	assert_ok(stage, rc < 0 ? rc : fake_deliver(run, &err), &err);
}

void fake_diff(struct sb_stage_run *run, const char *stage)
{
	const struct sb_stage *found = fake_stage(run, stage);
	struct sb_error err = SB_ERROR_INIT;

	assert_ok(stage, found->diff(run, found->arg, &err), &err);
}

/* Functions of conf.h */

const char *sb_opt_str(const struct sb_stage_run *run, const char *name)
{
	return sb_json_str(run->opts, name);
}

bool sb_opt_bool(const struct sb_stage_run *run, const char *name)
{
	assert(json_object_get(run->opts, name));
	return json_is_true(json_object_get(run->opts, name));
}

int64_t sb_opt_int(const struct sb_stage_run *run, const char *name)
{
	assert(json_object_get(run->opts, name));
	return json_integer_value(json_object_get(run->opts, name));
}

/* Functions of pve.h */

int sb_pve_ask(struct sb_stage_run *run, sb_answer_fn *on_answer, void *arg, const char *key,
	       enum sb_pve_class cost, struct sb_error *err, const char *path, ...)
{
	struct fake_ask *ask = calloc(1, sizeof(*ask));
	char text[512];
	va_list ap;

	(void)err;
	assert(cost <= SB_PVE_AGENT);
	va_start(ap, path);
	vsnprintf(text, sizeof(text), path, ap);
	va_end(ap);
	json_array_append_new(run->asked, json_string(text));
	ask->on_answer = on_answer;
	ask->arg = arg;
	ask->key = strdup(key);
	ask->path = strdup(text);
	*run->last_ask = ask;
	run->last_ask = &ask->next;
	return 0;
}

/* A privilege holds for the paths below its own; the value 0 takes it away there. */
int sb_pve_may(const struct sb_stage_run *run, const char *path, const char *privilege)
{
	char name[160], stem[128];
	const json_t *value;

	snprintf(stem, sizeof(stem), "%s", path);
	while (*stem) {
		snprintf(name, sizeof(name), "%s %s", stem, privilege);
		value = json_object_get(run->may, name);
		if (value)
			return (int)json_integer_value(value);
		*strrchr(stem, '/') = '\0';
	}
	return 0;
}

int sb_pve_major(const struct sb_stage_run *run)
{
	return run->major ? run->major : 9;
}

bool sb_pve_is_cluster(const struct sb_stage_run *run)
{
	return run->is_cluster;
}

const char *sb_pve_name(const struct sb_stage_run *run)
{
	return run->name;
}

/* Functions of snap.h */

int sb_row_put(struct sb_stage_run *run, const char *source, json_t *row_take, struct sb_error *err,
	       const char *key, ...)
{
	char text[512];
	va_list ap;

	if (!json_is_object(row_take)) {
		json_decref(row_take);
		return sb_fail(err, SB_E_NOMEM, "a row of %s", source);
	}
	va_start(ap, key);
	vsnprintf(text, sizeof(text), key, ap);
	va_end(ap);
	assert(sb_starts_with(text, run->endpoint)); /* as core requires */
	json_object_set_new(get_member(run->rows, source), text, row_take);
	return 0;
}

json_t *sb_row_get(const struct sb_stage_run *run, const char *source, const char *key)
{
	return json_deep_copy(fake_get_row(run, source, key));
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int sb_rows_each(struct sb_stage_run *run, const char *source, const char *prefix, sb_row_fn *fn,
		 void *arg, struct sb_error *err)
{
	json_t *rows = json_object_get(run->rows, source), *row;
	size_t n = 0, i;
	char **keys = calloc(json_object_size(rows) + 1, sizeof(*keys));
	const char *key;
	int rc = 0;

	json_object_foreach (rows, key, row)
		if (sb_starts_with(key, prefix))
			keys[n++] = strdup(key);
	if (n)
		qsort(keys, n, sizeof(*keys), compare_keys);
	for (i = 0; i < n && rc >= 0; i++) {
		row = json_deep_copy(json_object_get(json_object_get(run->rows, source), keys[i]));
		rc = fn(run, keys[i], row, arg, err);
		json_decref(row);
	}
	for (i = 0; i < n; i++)
		free(keys[i]);
	free(keys);
	return rc < 0 ? rc : 0;
}

size_t sb_rows_count(const struct sb_stage_run *run, const char *source, const char *prefix)
{
	const char *key;
	json_t *row;
	size_t n = 0;

	json_object_foreach (json_object_get(run->rows, source), key, row)
		n += sb_starts_with(key, prefix);
	return n;
}

int sb_rows_unknown(struct sb_stage_run *run, const char *source, const char *prefix,
		    const struct sb_error *why)
{
	assert(why->text[0]);
	json_object_set_new(get_member(run->unknown, source), prefix, json_string(why->text));
	return 0;
}

int sb_rows_limited(struct sb_stage_run *run, const char *source, const char *prefix,
		    const struct sb_error *why)
{
	assert(why->text[0]);
	json_object_set_new(get_member(run->limited, source), prefix, json_string(why->text));
	return 0;
}

int sb_rows_read(struct sb_stage_run *run, const char *source)
{
	get_member(run->rows, source);
	return 0;
}

int sb_rows_keep(struct sb_stage_run *run, const char *source, const char *prefix)
{
	json_object_set_new(get_member(run->keep, source), prefix, json_true());
	return 0;
}

int sb_rows_reported(struct sb_stage_run *run, const char *source, const char *prefix)
{
	(void)run;
	(void)source;
	(void)prefix;
	return 0;
}

int sb_gone(struct sb_stage_run *run, const char *key, bool is_gone)
{
	json_object_set_new(run->gone, key, json_boolean(is_gone));
	return 0;
}

/* Functions of kind.h and reconcile.h */

size_t sb_owned_count(const struct sb_stage_run *run, const char *kind, const char *prefix)
{
	const char *key;
	json_t *value;
	size_t n = 0;

	(void)kind;
	json_object_foreach (run->there, key, value)
		n += sb_streq(key, prefix) ||
		     (sb_starts_with(key, prefix) && prefix[strlen(prefix) - 1] == '/');
	return n;
}

char *sb_owned_text(const struct sb_stage_run *run, const char *kind, const char *key,
		    const char *field)
{
	const char *text = sb_json_str(json_object_get(run->there, key), field);

	(void)kind;
	return text ? strdup(text) : NULL;
}

bool sb_kind_available(const struct sb_stage_run *run, const char *kind)
{
	return !sb_streq(kind, "vm-type") || !run->no_vm_type;
}

bool sb_field_writable(const struct sb_stage_run *run, const char *kind, const char *field)
{
	(void)kind;
	return !run->no_custom_fields || !sb_starts_with(field, "stagebox_");
}

int sb_reconcile(struct sb_stage_run *run, const struct sb_reconcile *reconcile,
		 struct sb_error *err)
{
	json_t *rows = json_object_get(run->rows, reconcile->source), *row;
	const char *key;
	int rc;

	json_object_foreach (rows, key, row) {
		struct sb_want want;
		json_t *copy;

		if (!sb_starts_with(key, reconcile->prefix))
			continue;
		want.run = run;
		want.key = key;
		want.fields = get_member(get_member(run->wants, reconcile->kind), key);
		copy = json_deep_copy(row);
		rc = reconcile->want(run, key, copy, &want, reconcile->arg, err);
		json_decref(copy);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* The key is the natural key of the object, so that equal requests have the same key. */
int sb_shared(struct sb_stage_run *run, const char *kind, json_t *fields_take, const char **ret_key,
	      struct sb_error *err)
{
	json_t *of_kind = get_member(run->shared, kind), *old;
	const char *slug = sb_json_str(fields_take, "slug"), *name;
	char key[128];
	int64_t vid;

	if (!sb_json_int(fields_take, "vid", &vid))
		snprintf(key, sizeof(key), "%lld", (long long)vid);
	else
		snprintf(key, sizeof(key), "%s", slug);
	old = json_object_get(of_kind, key);
	if (old && !json_equal(old, fields_take)) {
		json_decref(fields_take);
		return sb_fail(err, SB_E_CONFLICT, "%s %s is requested with different fields", kind,
			       key);
	}
	if (old)
		json_decref(fields_take);
	else
		json_object_set_new(of_kind, key, fields_take);
	json_object_foreach (of_kind, name, old)
		if (sb_streq(name, key) && ret_key)
			*ret_key = name;
	return 0;
}

/* The functions of json.h that the tests need. */

FAKE const char *sb_json_str(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

FAKE int sb_json_real(const json_t *object, const char *name, double *ret_value)
{
	const json_t *value = json_object_get(object, name);
	const char *text = json_string_value(value);
	char *end;
	double number;

	if (!value || json_is_null(value) || (text && !*text))
		return SB_E_NOTFOUND;
	number = text ? strtod(text, &end) : json_number_value(value);
	if (json_is_boolean(value))
		number = json_is_true(value);
	else if (text ? *end != '\0' : !json_is_number(value))
		return SB_E_SHAPE;
	*ret_value = number;
	return 0;
}

FAKE int sb_json_int(const json_t *object, const char *name, int64_t *ret_value)
{
	double number;
	int rc = sb_json_real(object, name, &number);

	if (rc < 0)
		return rc;
	if (number != (double)(int64_t)number)
		return SB_E_SHAPE;
	*ret_value = (int64_t)number;
	return 0;
}

FAKE bool sb_json_bool(const json_t *object, const char *name, bool dflt)
{
	const json_t *value = json_object_get(object, name);
	const char *text = json_string_value(value);

	if (text && (sb_streq(text, "1") || sb_streq(text, "yes") || sb_streq(text, "on") ||
		     sb_streq(text, "true")))
		return true;
	if (text)
		return dflt && !sb_streq(text, "0") && !sb_streq(text, "no") &&
		       !sb_streq(text, "off") && !sb_streq(text, "false");
	if (json_is_integer(value))
		return json_integer_value(value) != 0;
	return json_is_boolean(value) ? json_is_true(value) : dflt;
}

FAKE json_t *sb_json_text(const char *text, size_t max_chars)
{
	char *copy = malloc(strlen(text) + 1);
	size_t len = 0;
	json_t *json;

	for (; *text; text++) {
		if (((unsigned char)*text & 0xc0) != 0x80 && !max_chars--)
			break;
		copy[len++] = *text;
	}
	json = json_stringn(copy, len);
	free(copy);
	return json;
}
