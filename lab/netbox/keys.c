/* SPDX-License-Identifier: Apache-2.0 */
/* Hash index of the keys of all objects, for unique rules and lookups. */
#include "state.h"

#include <ctype.h>
#include <string.h>

#define KEY_MAX_BYTES 4096

struct nb_entry {
	struct nb_entry *next;
	struct nb_object *object;
	uint64_t hash;
	size_t key;
	char *text;
};

static uint64_t hash_text(const char *text, size_t len, uint64_t seed)
{
	uint64_t hash = 14695981039346656037u ^ seed;
	size_t i;

	for (i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)text[i]) * 1099511628211u;
	return hash ^ (hash >> 29);
}

static void add_value(struct sb_buf *buf, const json_t *value, bool fold)
{
	const char *text = json_string_value(value);

	if (!text) {
		sb_buf_add_json(buf, value);
	} else if (fold) {
		for (; *text; text++) {
			char c = (char)tolower((unsigned char)*text);

			sb_buf_add_mem(buf, &c, 1);
		}
	} else {
		sb_buf_add(buf, text);
	}
	sb_buf_add(buf, "\x1f");
}

/* Write the key of an object as text; false when the object does not have this key. */
static bool key_text(const struct nb_object *object, size_t key, struct sb_buf *buf)
{
	const struct nb_table_key *rule = &object->table->keys[key];
	size_t i;

	for (i = 0; i < rule->n; i++) {
		const json_t *value = object->values[rule->fields[i]];
		bool is_null = json_is_null(value);

		if (rule->modes[i] == '!') {
			if (!is_null)
				return false;
			continue;
		}
		if (is_null && rule->modes[i] != '?')
			return false;
		if (rule->modes[i] != '+')
			add_value(buf, value, rule->modes[i] == '~');
	}
	return !buf->failed;
}

static uint64_t key_seed(const struct nb_table *table, size_t key)
{
	return (uint64_t)(uintptr_t)table * 31 + key;
}

static void grow_index(struct lab_netbox *nb)
{
	size_t n = nb->n_buckets * 2, i;
	struct nb_entry **buckets = calloc(n, sizeof(buckets[0]));

	if (!buckets)
		return;
	for (i = 0; i < nb->n_buckets; i++) {
		struct nb_entry *entry = nb->buckets[i], *next;

		for (; entry; entry = next) {
			next = entry->next;
			entry->next = buckets[entry->hash & (n - 1)];
			buckets[entry->hash & (n - 1)] = entry;
		}
	}
	free(nb->buckets);
	nb->buckets = buckets;
	nb->n_buckets = n;
}

int nb_keys_create(struct lab_netbox *nb)
{
	nb->n_buckets = 1024;
	nb->buckets = calloc(nb->n_buckets, sizeof(nb->buckets[0]));
	return nb->buckets ? 0 : -1;
}

void nb_keys_destroy(struct lab_netbox *nb)
{
	free(nb->buckets);
	nb->buckets = NULL;
}

void nb_keys_add(struct lab_netbox *nb, struct nb_object *object, size_t key)
{
	sb_autobuf buf = SB_BUF_INIT(KEY_MAX_BYTES);
	struct nb_entry *entry;

	if (!key_text(object, key, &buf))
		return;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return;
	entry->hash = hash_text(buf.text, buf.len, key_seed(object->table, key));
	entry->text = sb_buf_take(&buf);
	entry->object = object;
	entry->key = key;
	if (!entry->text) {
		free(entry);
		return;
	}
	if (nb->n_entries > nb->n_buckets)
		grow_index(nb);
	entry->next = nb->buckets[entry->hash & (nb->n_buckets - 1)];
	nb->buckets[entry->hash & (nb->n_buckets - 1)] = entry;
	nb->n_entries++;
	object->entries[key] = entry;
}

void nb_keys_drop(struct lab_netbox *nb, struct nb_object *object, size_t key)
{
	struct nb_entry *entry = object->entries[key], **at;

	if (!entry)
		return;
	for (at = &nb->buckets[entry->hash & (nb->n_buckets - 1)]; *at != entry; at = &(*at)->next)
		;
	*at = entry->next;
	free(entry->text);
	free(entry);
	object->entries[key] = NULL;
	nb->n_entries--;
}

struct nb_object *nb_keys_next(const struct lab_netbox *nb, const struct nb_object *object,
			       size_t key, const struct nb_entry **entry)
{
	const struct nb_entry *own = object->entries[key], *at;

	if (!own)
		return NULL;
	at = *entry ? (*entry)->next : nb->buckets[own->hash & (nb->n_buckets - 1)];
	for (; at; at = at->next) {
		if (at == own || at->hash != own->hash || at->key != key ||
		    at->object->table != object->table || !sb_streq(at->text, own->text))
			continue;
		*entry = at;
		return at->object;
	}
	return NULL;
}

/* The key that consists of this field alone; n_keys when there is none. */
static size_t key_of(const struct nb_table *table, const char *field)
{
	int index = nb_field(table, field);
	size_t i;

	for (i = 0; i < table->n_keys; i++)
		if (table->keys[i].n == 1 && table->keys[i].fields[0] == index &&
		    !table->keys[i].modes[0])
			break;
	return i;
}

struct nb_object *nb_keys_find(const struct lab_netbox *nb, const struct nb_table *table,
			       const char *field, const char *text, const struct nb_entry **entry)
{
	size_t key = key_of(table, field);
	sb_autobuf buf = SB_BUF_INIT(KEY_MAX_BYTES);
	const struct nb_entry *at;
	uint64_t hash;

	if (key == table->n_keys)
		abort(); /* the caller names a key of the model */
	sb_buf_addf(&buf, "%s\x1f", text);
	hash = hash_text(sb_buf_str(&buf), buf.len, key_seed(table, key));
	at = *entry ? (*entry)->next : nb->buckets[hash & (nb->n_buckets - 1)];
	for (; at; at = at->next) {
		if (at->hash != hash || at->key != key || at->object->table != table ||
		    !sb_streq(at->text, sb_buf_str(&buf)))
			continue;
		*entry = at;
		return at->object;
	}
	return NULL;
}
