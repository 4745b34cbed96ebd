/* SPDX-License-Identifier: Apache-2.0 */
/* Values that NetBox does not take: notes of this run, and the memory of earlier ones. */
#include "run/refusal.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "model/key.h"
#include "stagebox/json.h"

#define IN_FORCE_S  86400 /* a setting of NetBox that forbids a value may be changed any day */
#define VALUE_CHARS 120   /* longer values are remembered by their hash */
#define SEPARATOR   "\x1f"

/* Values that this run leaves out */

/* Another reason than a left-out field says more about the stage: sb_run_partial() replaces this
 * one. The record lists the left-out fields apart from the causes. */
static void mark_partial(struct sb_run *run, size_t stage, const struct sb_kind *kind,
			 const char *key, const char *field, const char *value, const char *words)
{
	struct sb_stage_run *state = sb_run_stage(run, stage);
	struct sb_error why;

	sb_fail(&why, SB_E_STATE, "left out: %s%s%s%s of %s %s: %s", field, value ? " \"" : "",
		value ? value : "", value ? "\"" : "", kind->name, key, words);
	state->n_reasons++;
	if (state->status != SB_STAGE_OK &&
	    !(state->is_left_out && strcmp(why.text, state->why.text) < 0))
		return;
	state->status = SB_STAGE_PARTIAL;
	state->is_left_out = true;
	state->why = why;
}

int sb_left_out_note(struct sb_run *run, const char *stage, const struct sb_kind *kind,
		     const char *key, const char *field, const char *value, const char *words)
{
	sb_autobuf name = SB_BUF_INIT(4096);
	json_t *entry;

	if (!run->diff->left_out)
		run->diff->left_out = json_object();
	sb_buf_addf(&name,
		    "%s" SEPARATOR "%s" SEPARATOR "%s" SEPARATOR "%.200s" SEPARATOR "%.2000s",
		    stage, kind->name, field, value ? value : "", words);
	entry = json_object_get(run->diff->left_out, sb_buf_str(&name));
	if (!entry) {
		entry = json_pack("{s:s, s:s, s:s, s:s*, s:o, s:{}}", "stage", stage, "kind",
				  kind->name, "field", field, "value", value, "words",
				  sb_json_text(words, 500), "objects");
		if (json_object_set_new(run->diff->left_out, sb_buf_str(&name), entry) < 0)
			return SB_E_NOMEM;
		mark_partial(run, sb_run_find_stage(run, stage), kind, key, field, value, words);
	}
	return json_object_set_new(json_object_get(entry, "objects"), key, json_true()) < 0
		       ? SB_E_NOMEM
		       : 0;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of the members of an object, sorted; new reference. */
static json_t *sorted_names(const json_t *object)
{
	const char **names = calloc(json_object_size(object) + 1, sizeof(*names)), *name;
	json_t *list = json_array(), *value;
	size_t n = 0, i;

	json_object_foreach ((json_t *)(uintptr_t)object, name, value)
		if (names)
			names[n++] = name;
	if (n)
		qsort(names, n, sizeof(*names), compare_texts);
	for (i = 0; i < n; i++)
		json_array_append_new(list, json_string(names[i]));
	free(names);
	return list;
}

/* The keys of the objects that could not be created: their own cause says more than the values that
 * were left out before. New reference. */
static json_t *failed_creates(const struct sb_run *run)
{
	json_t *keys = json_object();
	size_t i;

	for (i = 0; i < run->diff->plan.n; i++) {
		const struct sb_op *op = &run->diff->plan.ops[i];

		if (op->verb == SB_CREATE &&
		    (op->state == SB_OP_FAILED || op->state == SB_OP_SKIPPED))
			json_object_set_new(keys, op->key, json_true());
	}
	return keys;
}

/* The objects of an entry, sorted, without the keys in without. New reference. */
static json_t *sorted_objects(const json_t *entry, const json_t *without)
{
	sb_autojson *names = sorted_names(json_object_get(entry, "objects"));
	json_t *list = json_array(), *name;
	size_t i;

	json_array_foreach (names, i, name)
		if (!json_object_get(without, json_string_value(name)))
			json_array_append(list, name);
	return list;
}

json_t *sb_left_out_entries(const struct sb_run *run, const char *stage)
{
	bool has_any = run->diff && json_object_size(run->diff->left_out);
	sb_autojson *names = has_any ? sorted_names(run->diff->left_out) : NULL;
	sb_autojson *failed = has_any ? failed_creates(run) : NULL;
	json_t *list = json_array();
	const json_t *name;
	size_t i;

	json_array_foreach (names, i, name) {
		const json_t *entry = json_object_get(run->diff->left_out, json_string_value(name));
		sb_autojson *objects = sorted_objects(entry, failed);

		if (sb_streq(sb_json_str(entry, "stage"), stage) && json_array_size(objects))
			json_array_append_new(
				list,
				json_pack("{s:O, s:O, s:O*, s:O, s:O}", "kind",
					  json_object_get(entry, "kind"), "field",
					  json_object_get(entry, "field"), "value",
					  json_object_get(entry, "value"), "words",
					  json_object_get(entry, "words"), "objects", objects));
	}
	if (json_array_size(list))
		return list;
	json_decref(list);
	return NULL;
}

/* The memory of refusals */

char *sb_refusal_value(const json_t *value)
{
	sb_autofree char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
	unsigned char hash[16];
	char hex[2 * sizeof(hash) + 2] = "#";

	if (!text || strlen(text) <= VALUE_CHARS)
		return sb_steal(text);
	crypto_generichash(hash, sizeof(hash), (const unsigned char *)text, strlen(text), NULL, 0);
	sodium_bin2hex(hex + 1, sizeof(hex) - 1, hash, sizeof(hash));
	return strdup(hex);
}

static char *make_index(const char *kind, const char *key, const char *field, const char *value)
{
	sb_autobuf text = SB_BUF_INIT(2048);

	sb_buf_addf(&text, "%s" SEPARATOR "%s" SEPARATOR "%s" SEPARATOR "%s", kind, key, field,
		    value);
	return sb_buf_take(&text);
}

static const char *netbox_version(const struct sb_run *run)
{
	return run->netbox ? sb_netbox_caps(run->netbox)->version : "";
}

int sb_refusals_take(struct sb_run *run, const json_t *rows)
{
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		const char *kind = sb_json_str(row, "kind"), *key = sb_json_str(row, "key");
		const char *field = sb_json_str(row, "field"), *value = sb_json_str(row, "value");
		const char *netbox = sb_json_str(row, "netbox");
		int64_t since = json_integer_value(json_object_get(row, "since"));
		sb_autofree char *index = NULL;

		/* Earlier versions have rows of a whole kind, with an empty key. */
		if (!kind || !key || !sb_key_is_valid(key) || !field || !value || !netbox ||
		    !sb_json_str(row, "words") || !sb_streq(netbox, netbox_version(run)) ||
		    since > run->now_s || run->now_s - since >= IN_FORCE_S)
			continue;
		index = make_index(kind, key, field, value);
		if (!run->refusals)
			run->refusals = json_object();
		if (!index || json_object_set(run->refusals, index, (json_t *)(uintptr_t)row) < 0)
			return SB_E_NOMEM;
	}
	return 0;
}

static const char *find_words(const struct sb_run *run, const char *kind, const char *key,
			      const char *field, const char *value)
{
	sb_autofree char *index = make_index(kind, key, field, value);

	return index ? sb_json_str(json_object_get(run->refusals, index), "words") : NULL;
}

const char *sb_refusal_words(const struct sb_run *run, const struct sb_kind *kind, const char *key,
			     const char *field, const json_t *value)
{
	sb_autofree char *text = NULL;

	if (!json_object_size(run->refusals))
		return NULL;
	text = sb_refusal_value(value);
	return text ? find_words(run, kind->name, key, field, text) : NULL;
}

int sb_refusal_add(struct sb_run *run, const struct sb_kind *kind, const char *key,
		   const char *field, const json_t *value, const char *words)
{
	sb_autofree char *text = sb_refusal_value(value);
	sb_autofree char *index = text ? make_index(kind->name, key, field, text) : NULL;

	if (!run->refusals)
		run->refusals = json_object();
	if (!index)
		return SB_E_NOMEM;
	return json_object_set_new(
		       run->refusals, index,
		       json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:I}", "kind", kind->name, "key",
				 key, "field", field, "value", text, "words",
				 sb_json_text(words, 500), "netbox", netbox_version(run), "since",
				 (json_int_t)run->now_s)) < 0
		       ? SB_E_NOMEM
		       : 0;
}

json_t *sb_refusal_object(const struct sb_kind *kind, const json_t *set, bool is_create)
{
	const struct sb_kind_field *state = sb_kind_trait(kind, SB_TRAIT_STATE);
	const struct sb_kind_field *sharing = sb_kind_sharing(kind);
	json_t *values = json_object(), *value;
	const char *name;

	json_object_foreach ((json_t *)(uintptr_t)set, name, value)
		if (!is_create || sb_kind_field_decides(kind, name) ||
		    (state && sb_streq(name, state->name)) ||
		    (sharing && sb_streq(name, sharing->name)))
			json_object_set(values, name, value);
	return values;
}

void sb_refusals_forget(struct sb_run *run, const char *key)
{
	size_t len = strlen(key);
	const char *name;
	json_t *row;
	void *next;

	json_object_foreach_safe (run->refusals, next, name, row) {
		const char *of = sb_json_str(row, "key");

		if (strncmp(of, key, len) == 0 && (!of[len] || of[len] == '/'))
			json_object_del(run->refusals, name);
	}
}

json_t *sb_refusals_after(const struct sb_run *run)
{
	sb_autojson *names = sorted_names(run->refusals);
	json_t *list = json_array();
	const json_t *name;
	size_t i;

	json_array_foreach (names, i, name)
		json_array_append(list, json_object_get(run->refusals, json_string_value(name)));
	return list;
}
