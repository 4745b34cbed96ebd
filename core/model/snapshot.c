/* SPDX-License-Identifier: Apache-2.0 */
/* Source rows and NetBox rows of a run. */
#include "model/snapshot.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "model/key.h"
#include "stagebox/json.h"

static void list_finish(struct sb_nb_list *list)
{
	sb_table_destroy(list->rows);
	sb_table_destroy(list->names);
	sb_table_destroy(list->places);
	sb_table_destroy(list->unowned);
	json_decref(list->duplicates);
	json_decref(list->bad_keys);
	list->rows = list->names = list->places = list->unowned = NULL;
	list->duplicates = list->bad_keys = NULL;
}

int sb_nb_list_reset(struct sb_nb_list *list)
{
	list_finish(list);
	list->rows = sb_table_create();
	list->names = sb_table_create();
	list->places = sb_table_create();
	list->unowned = sb_table_create();
	list->duplicates = json_array();
	list->bad_keys = json_array();
	return list->rows && list->names && list->places && list->unowned && list->duplicates &&
			       list->bad_keys
		       ? 0
		       : SB_E_NOMEM;
}

struct sb_snapshot *sb_snapshot_create(const struct sb_kinds *kinds, int64_t now_s)
{
	struct sb_snapshot *snapshot = calloc(1, sizeof(*snapshot));
	bool ok;
	size_t i;

	if (!snapshot)
		return NULL;
	snapshot->now_s = now_s;
	snapshot->n_lists = sb_kinds_count(kinds);
	snapshot->lists = calloc(snapshot->n_lists, sizeof(*snapshot->lists));
	snapshot->applied = sb_table_create();
	snapshot->base = sb_table_create();
	snapshot->gone = sb_table_create();
	snapshot->asked = sb_table_create();
	snapshot->taken = sb_table_create();
	snapshot->log = sb_table_create();
	snapshot->made = sb_table_create();
	snapshot->released = sb_map_create();
	snapshot->pruned = sb_map_create();
	snapshot->blocked = sb_table_create();
	snapshot->origins = sb_table_create();
	snapshot->moves = sb_table_create();
	snapshot->origin_keys = sb_table_create();
	snapshot->instances = sb_table_create();
	snapshot->followers = sb_table_create();
	snapshot->contested = sb_table_create();
	snapshot->yields = sb_table_create();
	snapshot->misses = json_object();
	snapshot->held_members = json_object();
	ok = snapshot->lists && snapshot->applied && snapshot->base && snapshot->gone &&
	     snapshot->asked && snapshot->taken && snapshot->log && snapshot->made &&
	     snapshot->released && snapshot->pruned && snapshot->blocked && snapshot->misses &&
	     snapshot->origins && snapshot->moves && snapshot->origin_keys && snapshot->instances &&
	     snapshot->followers && snapshot->contested && snapshot->yields &&
	     snapshot->held_members;
	for (i = 0; ok && i < snapshot->n_lists; i++) {
		snapshot->lists[i].kind = sb_kinds_at(kinds, i);
		snapshot->lists[i].known = SB_KNOWN_NOT;
		ok = sb_nb_list_reset(&snapshot->lists[i]) == 0;
	}
	if (!ok) {
		sb_snapshot_destroy(snapshot);
		return NULL;
	}
	return snapshot;
}

void sb_snapshot_destroy(struct sb_snapshot *snapshot)
{
	size_t i;

	if (!snapshot)
		return;
	for (i = 0; i < snapshot->n_sources; i++) {
		free(snapshot->sources[i].name);
		sb_table_destroy(snapshot->sources[i].rows);
		sb_table_destroy(snapshot->sources[i].unknown);
		sb_table_destroy(snapshot->sources[i].keep);
		sb_table_destroy(snapshot->sources[i].reported);
	}
	free(snapshot->sources);
	for (i = 0; snapshot->lists && i < snapshot->n_lists; i++)
		list_finish(&snapshot->lists[i]);
	free(snapshot->lists);
	sb_table_destroy(snapshot->applied);
	sb_table_destroy(snapshot->base);
	sb_table_destroy(snapshot->gone);
	sb_table_destroy(snapshot->asked);
	sb_table_destroy(snapshot->taken);
	sb_table_destroy(snapshot->log);
	sb_table_destroy(snapshot->made);
	sb_map_destroy(snapshot->released);
	sb_map_destroy(snapshot->pruned);
	sb_table_destroy(snapshot->blocked);
	sb_table_destroy(snapshot->origins);
	sb_table_destroy(snapshot->moves);
	sb_table_destroy(snapshot->origin_keys);
	sb_table_destroy(snapshot->instances);
	sb_table_destroy(snapshot->followers);
	sb_table_destroy(snapshot->contested);
	sb_table_destroy(snapshot->yields);
	json_decref(snapshot->defaults);
	json_decref(snapshot->vanished);
	json_decref(snapshot->tools);
	json_decref(snapshot->choices);
	json_decref(snapshot->required);
	json_decref(snapshot->misses);
	json_decref(snapshot->held_members);
	free(snapshot);
}

struct sb_source *sb_snapshot_find_source(const struct sb_snapshot *snapshot, const char *name)
{
	size_t i;

	for (i = 0; i < snapshot->n_sources; i++) {
		if (sb_streq(snapshot->sources[i].name, name))
			return &snapshot->sources[i];
	}
	return NULL;
}

struct sb_source *sb_snapshot_source(struct sb_snapshot *snapshot, const char *name)
{
	struct sb_source *source = sb_snapshot_find_source(snapshot, name), *sources;

	if (source)
		return source;
	sources = realloc(snapshot->sources, (snapshot->n_sources + 1) * sizeof(*sources));
	if (!sources)
		return NULL;
	snapshot->sources = sources;
	source = &sources[snapshot->n_sources];
	source->name = strdup(name);
	source->rows = sb_table_create();
	source->unknown = sb_table_create();
	source->keep = sb_table_create();
	source->reported = sb_table_create();
	snapshot->n_sources++; /* destroy() accepts NULL members */
	return source->name && source->rows && source->unknown && source->keep && source->reported
		       ? source
		       : NULL;
}

struct sb_nb_list *sb_snapshot_list(const struct sb_snapshot *snapshot, const char *kind)
{
	size_t i;

	for (i = 0; i < snapshot->n_lists; i++) {
		if (sb_streq(snapshot->lists[i].kind->name, kind))
			return &snapshot->lists[i];
	}
	return NULL;
}

/* The entry of the longest mark that covers key: the whole collection, "a/", "a/b/", the key. */
static const char *find_covering_mark(const struct sb_table *marks, const char *key)
{
	char prefix[512];
	const char *text, *found;
	size_t len = strlen(key), i;

	if (!sb_table_count(marks))
		return NULL;
	if (len >= sizeof(prefix)) /* longer than any key of ours: unknown */
		return "{}";
	found = sb_table_get(marks, "");
	for (i = 0; i < len; i++) {
		if (key[i] != '/')
			continue;
		memcpy(prefix, key, i + 1);
		prefix[i + 1] = '\0';
		text = sb_table_get(marks, prefix);
		if (text)
			found = text;
	}
	text = sb_table_get(marks, key);
	return text ? text : found;
}

const char *sb_source_unknown(const struct sb_source *source, const char *key)
{
	return source ? find_covering_mark(source->unknown, key) : NULL;
}

bool sb_source_kept(const struct sb_source *source, const char *key)
{
	return source && find_covering_mark(source->keep, key);
}

bool sb_source_reported(const struct sb_source *source, const char *key)
{
	return source && find_covering_mark(source->reported, key);
}

static int take_duplicate(struct sb_nb_list *list, const char *key, const json_t *flat)
{
	sb_autojson *first = sb_table_get_json(list->rows, key);
	json_int_t old = json_integer_value(json_object_get(first, "id"));
	json_int_t new = json_integer_value(json_object_get(flat, "id"));
	json_t *entry;

	if (!first || old == new)
		return sb_table_put_json_unsorted(list->rows, key, flat);
	/* The lowest id stays. Of an owned kind the diff decides which one is ours (diff/owner.c);
	 * of a shared kind the other one is reported. */
	entry = json_pack("[s, O]", key, old < new ? flat : first);
	if (!entry || json_array_append_new(list->duplicates, entry) < 0)
		return SB_E_NOMEM;
	return old < new ? 0 : sb_table_put_json_unsorted(list->rows, key, flat);
}

bool sb_nb_list_duplicate(const struct sb_nb_list *list, size_t i, const char **ret_key,
			  const json_t **ret_row)
{
	const json_t *entry = json_array_get(list->duplicates, i);

	*ret_key = json_string_value(json_array_get(entry, 0));
	*ret_row = json_array_get(entry, 1);
	return entry != NULL;
}

bool sb_nb_list_has_duplicate(const struct sb_nb_list *list, const char *key, int64_t id)
{
	const char *other;
	const json_t *row;
	size_t i;

	for (i = 0; sb_nb_list_duplicate(list, i, &other, &row); i++) {
		if (sb_streq(other, key) && json_integer_value(json_object_get(row, "id")) == id)
			return true;
	}
	return false;
}

int sb_nb_list_swap_duplicate(struct sb_nb_list *list, size_t i)
{
	json_t *entry = json_array_get(list->duplicates, i);
	const char *key = json_string_value(json_array_get(entry, 0));
	sb_autojson *first = sb_table_get_json(list->rows, key);

	if (!first || sb_table_put_json(list->rows, key, json_array_get(entry, 1)) < 0)
		return SB_E_NOMEM;
	return json_array_set(entry, 1, first) < 0 ? SB_E_NOMEM : 0;
}

static int take_shared(struct sb_nb_list *list, const json_t *row, const json_t *flat)
{
	sb_autofree char *key = sb_shared_key_of_row(list->kind, row);
	sb_autofree char *name = sb_shared_name(list->kind, flat);
	sb_autofree char *place = sb_natural_text(list->kind, flat);
	int rc;

	if (!key)
		return 0; /* cannot be ours: a VLAN without group, a type without slug */
	rc = sb_table_get(list->rows, key) ? take_duplicate(list, key, flat)
					   : sb_table_put_json_unsorted(list->rows, key, flat);
	if (!rc && name)
		rc = sb_table_put(list->names, name, key);
	if (!rc && place)
		rc = sb_table_put(list->places, place, key);
	return rc;
}

/* An object that anybody may have given this key: it is not used as ours. */
static int take_bad_key(struct sb_nb_list *list, const char *key, const json_t *flat)
{
	return json_array_append_new(list->bad_keys, json_pack("[s, O]", key, flat)) < 0
		       ? SB_E_NOMEM
		       : 0;
}

int sb_nb_list_take(struct sb_nb_list *list, const char *endpoint, const json_t *row)
{
	sb_autojson *flat = sb_value_flatten(list->kind, row);
	const char *key = sb_json_str(flat, "stagebox_key");
	size_t len = strlen(endpoint);

	if (!flat)
		return SB_E_SHAPE;
	if (list->kind->flags & SB_KIND_SHARED)
		return take_shared(list, row, flat);
	if (!key || strncmp(key, endpoint, len) != 0 || key[len] != '/')
		return 0;
	if (!sb_key_is_valid(key))
		return take_bad_key(list, key, flat);
	if (sb_table_get(list->rows, key))
		return take_duplicate(list, key, flat);
	return sb_table_put_json_unsorted(list->rows, key, flat);
}

int sb_nb_list_take_unowned(struct sb_nb_list *list, const char *natural, const json_t *row)
{
	sb_autojson *flat = sb_value_flatten_whole(list->kind, row);
	sb_autojson *all = sb_table_get_json(list->unowned, natural);
	const json_t *other;
	size_t i;

	if (!flat)
		return SB_E_SHAPE;
	if (!all)
		all = json_array();
	json_array_foreach (all, i, other) {
		if (json_equal(json_object_get(other, "id"), json_object_get(flat, "id")))
			return 0;
	}
	if (json_array_append(all, flat) < 0)
		return SB_E_NOMEM;
	return sb_table_put_json(list->unowned, natural, all);
}

static bool add_natural(struct sb_buf *text, const struct sb_kind_field *field, const json_t *value)
{
	const char *plain = json_string_value(value);
	const char *c;

	if (field->type == SB_FIELD_OBJECT) {
		const char *type = sb_json_str(value, "type");
		const json_t *id = json_object_get(value, "id");

		if (!type || !json_is_integer(id))
			return false;
		sb_buf_addf(text, "%s:%" JSON_INTEGER_FORMAT "|", type, json_integer_value(id));
		return true;
	}
	if (json_is_integer(value)) {
		sb_buf_addf(text, "%" JSON_INTEGER_FORMAT "|", json_integer_value(value));
		return true;
	}
	if (!plain)
		return false;
	if (field->type == SB_FIELD_ADDRESS) {
		sb_buf_add_mem(text, plain, strcspn(plain, "/"));
	} else if (field->type == SB_FIELD_NAME) {
		for (c = plain; *c; c++)
			sb_buf_addf(text, "%c", tolower((unsigned char)*c));
	} else {
		sb_buf_add(text, plain);
	}
	sb_buf_add(text, "|");
	return true;
}

char *sb_natural_text(const struct sb_kind *kind, const json_t *flat)
{
	return sb_kind_has_home(kind) ? NULL : sb_likeness_text(kind, flat);
}

char *sb_likeness_text(const struct sb_kind *kind, const json_t *flat)
{
	sb_autobuf text = SB_BUF_INIT(1024);
	size_t i;

	for (i = 0; kind->natural[i]; i++) {
		if (!add_natural(&text, sb_kind_field(kind, kind->natural[i]),
				 json_object_get(flat, kind->natural[i])))
			return NULL;
	}
	return sb_buf_take(&text);
}

static json_t *reason_of(const struct sb_error *why)
{
	return json_pack("{s:i, s:i, s:s}", "code", why ? why->code : 0, "http",
			 why ? why->http_status : 0, "text", why ? why->text : "");
}

int sb_reason_put(struct sb_table *table, const char *key, const struct sb_error *why)
{
	sb_autojson *reason = reason_of(why);

	return reason ? sb_table_put_json(table, key, reason) : SB_E_NOMEM;
}

int sb_reason_put_limit(struct sb_table *table, const char *key, const struct sb_error *why)
{
	sb_autojson *reason = reason_of(why);

	if (!reason || json_object_set_new(reason, "limit", json_true()) < 0)
		return SB_E_NOMEM;
	return sb_table_put_json(table, key, reason);
}

bool sb_reason_is_limit(const char *text)
{
	sb_autojson *reason = json_loads(text, 0, NULL);

	return json_is_true(json_object_get(reason, "limit"));
}

void sb_reason_get(const char *text, struct sb_error *ret_why)
{
	sb_autojson *reason = json_loads(text, 0, NULL);
	const char *words = sb_json_str(reason, "text");

	sb_fail(ret_why, (int)json_integer_value(json_object_get(reason, "code")), "%s",
		words ? words : "");
	if (ret_why)
		ret_why->http_status = (int)json_integer_value(json_object_get(reason, "http"));
}
