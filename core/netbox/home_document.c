/* SPDX-License-Identifier: Apache-2.0 */
#include "netbox/home_document.h"

#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "stagebox/json.h"

#define TRUNCATED "truncated"

/* Ids of NetBox's JSON are exact up to 2^53. FNV-1a over "<collection>\0<key>". */
int64_t sb_home_id(const char *collection, const char *key)
{
	uint64_t hash = UINT64_C(14695981039346656037);
	const char *texts[] = {collection, key};
	size_t i, j;

	for (i = 0; i < SB_ARRAY_LEN(texts); i++)
		for (j = 0; j <= strlen(texts[i]); j++)
			hash = (hash ^ (unsigned char)texts[i][j]) * UINT64_C(1099511628211);
	hash ^= hash >> 52;
	return (int64_t)(hash & ((UINT64_C(1) << 52) - 1)) + 1;
}

static json_t *objects_of(const json_t *document, const struct sb_netbox_home *home)
{
	return json_object_get(document, home->name);
}

static bool is_payload(const struct sb_netbox_home *home, const char *field)
{
	const char *const *name;

	for (name = home->payloads; name && *name; name++)
		if (sb_streq(*name, field))
			return true;
	return false;
}

static bool is_truncated(const json_t *document, const char *key)
{
	sb_autojson *text = json_string(key);

	return sb_list_holds(json_object_get(document, TRUNCATED), text);
}

static json_t *row_of(const json_t *document, const struct sb_netbox_home *home, const char *key,
		      const json_t *values)
{
	json_t *row = json_copy((json_t *)(uintptr_t)values);
	const char *const *name = is_truncated(document, key) ? home->payloads : NULL;

	json_object_set_new(row, "id", json_integer(sb_home_id(home->name, key)));
	json_object_set_new(row, "custom_fields",
			    json_pack("{s:s, s:b}", "stagebox_key", key, "stagebox_adopted", 0));
	for (; name && *name; name++)
		if (!json_object_get(row, *name))
			json_object_set_new(row, *name, json_pack("{s:b}", "$truncated", true));
	return row;
}

json_t *sb_home_rows(const json_t *document, const struct sb_netbox_home *home, int64_t parent,
		     const json_t *last_updated)
{
	json_t *rows = json_array(), *values;
	const char *key;

	json_object_foreach (objects_of(document, home), key, values) {
		json_t *row;

		if (!json_is_object(values)) /* of people: an object of this key replaces it */
			continue;
		row = row_of(document, home, key, values);
		json_object_set_new(row, home->parent, json_integer(parent));
		if (last_updated)
			json_object_set(row, "last_updated", (json_t *)(uintptr_t)last_updated);
		if (!row || json_array_append_new(rows, row) < 0) {
			json_decref(rows);
			return NULL;
		}
	}
	return rows;
}

const json_t *sb_home_get(const json_t *document, const struct sb_netbox_home *home,
			  const char *key)
{
	return json_object_get(objects_of(document, home), key);
}

/* The key is not, or no more, among those without room for their payloads. People may write
 * anything into the list. */
static void forget_truncated(json_t *document, const char *key)
{
	json_t *list = json_object_get(document, TRUNCATED), *member;
	size_t i;

	json_array_foreach (list, i, member)
		if (sb_streq(json_string_value(member), key)) {
			json_array_remove(list, i);
			break;
		}
	if (list && !json_array_size(list))
		json_object_del(document, TRUNCATED);
}

/* As null, it says that there is no value: the member is left out. */
static bool is_empty_text(const json_t *value)
{
	return json_is_string(value) && !json_string_length(value);
}

int sb_home_put(json_t *document, const struct sb_netbox_home *home, const char *key,
		const json_t *values)
{
	json_t *all = objects_of(document, home), *object, *value;
	const char *name;
	int rc = 0;

	if (!json_is_object(all)) { /* none, or what people wrote there */
		all = json_object();
		rc = json_object_set_new(document, home->name, all);
	}
	object = json_object_get(all, key);
	if (!rc && !json_is_object(object)) {
		object = json_object();
		rc = json_object_set_new(all, key, object);
	}
	json_object_foreach ((json_t *)(uintptr_t)values, name, value) {
		if (is_payload(home, name))
			forget_truncated(document, key);
		if (json_is_null(value) || is_empty_text(value))
			json_object_del(object, name);
		else if (!rc)
			rc = json_object_set(object, name, value);
	}
	return rc < 0 ? SB_E_NOMEM : 0;
}

json_t *sb_home_remove(json_t *document, const struct sb_netbox_home *home, const char *key)
{
	json_t *all = objects_of(document, home), *object = json_incref(json_object_get(all, key));

	json_object_del(all, key);
	if (all && !json_object_size(all))
		json_object_del(document, home->name);
	forget_truncated(document, key);
	return object;
}

struct payload {
	json_t *object;
	const char *key, *name;
	size_t bytes;
};

struct payloads {
	struct payload *list;
	size_t n, room;
};

static int add_payload(struct payloads *all, const struct payload *payload)
{
	struct payload *grown;

	if (all->n == all->room) {
		all->room = all->room ? 2 * all->room : 64;
		grown = realloc(all->list, all->room * sizeof(*grown));
		if (!grown)
			return SB_E_NOMEM;
		all->list = grown;
	}
	all->list[all->n++] = *payload;
	return 0;
}

static int collect_payloads(const json_t *document, const struct sb_netbox_home *home,
			    struct payloads *all)
{
	const char *const *name;
	const char *key;
	json_t *object;
	int rc = 0;

	json_object_foreach (objects_of(document, home), key, object) {
		for (name = home->payloads; !rc && name && *name; name++) {
			const json_t *value = json_object_get(object, *name);
			struct payload payload = {.object = object, .key = key, .name = *name};

			payload.bytes =
				value ? json_dumpb(value, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY)
				      : 0;
			if (payload.bytes)
				rc = add_payload(all, &payload);
		}
	}
	return rc;
}

/* The largest first; of equal ones in the order of keys, so that each run drops the same. */
static int compare_payloads(const void *a, const void *b)
{
	const struct payload *one = a, *other = b;
	int order = strcmp(one->key, other->key);

	if (one->bytes != other->bytes)
		return one->bytes > other->bytes ? -1 : 1;
	if (order)
		return order;
	return strcmp(one->name, other->name);
}

static int drop_payload(json_t *document, const struct payload *payload)
{
	json_t *list = json_object_get(document, TRUNCATED);

	if (!json_is_array(list) &&
	    json_object_set_new(document, TRUNCATED, list = json_array()) < 0)
		return SB_E_NOMEM;
	if (!is_truncated(document, payload->key) &&
	    json_array_append_new(list, json_string(payload->key)) < 0)
		return SB_E_NOMEM;
	json_object_del(payload->object, payload->name);
	return 0;
}

/* At most so much shorter is a document without a payload: "<name>":<value>, */
static size_t bytes_saved(const struct payload *payload)
{
	return payload->bytes + strlen(payload->name) + strlen("\"\":,");
}

/* Drop payloads until nothing is left or the document is short enough. It is measured only when it
 * may be, because that takes as long as writing it. */
static int drop_payloads(json_t *document, struct payloads *all, size_t *bytes)
{
	size_t i, saved = 0;
	int rc = 0;

	if (all->n)
		qsort(all->list, all->n, sizeof(*all->list), compare_payloads);
	for (i = 0; !rc && i < all->n; i++) {
		rc = drop_payload(document, &all->list[i]);
		saved += bytes_saved(&all->list[i]);
		if (i + 1 < all->n && *bytes > SB_HOME_BYTES + saved)
			continue;
		*bytes = json_dumpb(document, NULL, 0, JSON_COMPACT);
		saved = 0;
		if (*bytes <= SB_HOME_BYTES)
			break;
	}
	return rc;
}

int64_t sb_home_fit(json_t *document, const struct sb_netbox_home *homes, size_t n_homes,
		    struct sb_error *err)
{
	struct payloads all = {0};
	size_t bytes = json_dumpb(document, NULL, 0, JSON_COMPACT), i;
	int rc = 0;

	if (bytes > SB_HOME_BYTES) {
		for (i = 0; !rc && i < n_homes; i++)
			rc = collect_payloads(document, &homes[i], &all);
		if (!rc)
			rc = drop_payloads(document, &all, &bytes);
		free(all.list);
	}
	if (rc < 0 || !bytes)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	if (bytes > SB_HOME_BYTES)
		return sb_fail(err, SB_E_REFUSED,
			       "it has %zu bytes without payloads, and one object of NetBox keeps "
			       "%d",
			       bytes, SB_HOME_BYTES);
	return (int64_t)bytes;
}

bool sb_home_is_empty(const json_t *document)
{
	return !json_object_size(document);
}
