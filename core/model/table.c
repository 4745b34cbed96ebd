/* SPDX-License-Identifier: Apache-2.0 */
/* Compact text rows by key. */
#include "model/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/scan.h"
#include "stagebox/json.h"

enum { ID_NOT_READ = -1 };

struct row {
	const char *key, *text;
	int64_t id; /* of a row of NetBox; ID_NOT_READ until sb_table_id() */
	uint32_t hash;
};

struct sb_table {
	struct sb_arena texts; /* a replaced text stays until the end: replacing is rare */
	struct row *rows;
	size_t n, room;
	uint32_t *index; /* position + 1; 0 = free */
	size_t index_size;
	uint32_t *order;       /* positions in key order */
	size_t ordered;        /* how many rows order covers; != n means it is stale */
	struct sb_buf scratch; /* the row that is being converted to text */
};

static uint32_t hash_text(const char *text)
{
	uint32_t hash = 2166136261u;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return hash;
}

struct sb_table *sb_table_create(void)
{
	struct sb_table *table = calloc(1, sizeof(*table));

	if (table)
		sb_buf_init(&table->scratch, 16u << 20);
	return table;
}

void sb_table_destroy(struct sb_table *table)
{
	if (!table)
		return;
	sb_arena_finish(&table->texts);
	free(table->rows);
	free(table->index);
	free(table->order);
	sb_buf_finish(&table->scratch);
	free(table);
}

static const char *copy_text(struct sb_table *table, const char *text)
{
	return sb_arena_copy(&table->texts, text, strlen(text) + 1);
}

static size_t slot_of(const struct sb_table *table, const char *key, uint32_t hash)
{
	size_t mask = table->index_size - 1;
	size_t slot = hash & mask;

	while (table->index[slot]) {
		const struct row *row = &table->rows[table->index[slot] - 1];

		if (row->hash == hash && sb_streq(row->key, key))
			break;
		slot = (slot + 1) & mask;
	}
	return slot;
}

static int index_grow(struct sb_table *table)
{
	size_t size = table->index_size ? 2 * table->index_size : 16;
	uint32_t *index = calloc(size, sizeof(*index));
	size_t i;

	if (!index)
		return SB_E_NOMEM;
	free(table->index);
	table->index = index;
	table->index_size = size;
	for (i = 0; i < table->n; i++)
		table->index[slot_of(table, table->rows[i].key, table->rows[i].hash)] =
			(uint32_t)i + 1;
	return 0;
}

static int rows_grow(struct sb_table *table)
{
	size_t room = table->room ? 2 * table->room : 8;
	struct row *rows = realloc(table->rows, room * sizeof(*rows));

	if (!rows)
		return SB_E_NOMEM;
	table->rows = rows;
	table->room = room;
	return 0;
}

/* key: copied, unless it is kept by somebody else. */
static int put_row(struct sb_table *table, const char *key, bool is_kept, const char *text,
		   int64_t id)
{
	uint32_t hash = hash_text(key);
	struct row *row;
	size_t slot;

	if (2 * (table->n + 1) > table->index_size && index_grow(table) < 0)
		return SB_E_NOMEM;
	slot = slot_of(table, key, hash);
	if (table->index[slot]) {
		row = &table->rows[table->index[slot] - 1];
		if (sb_streq(row->text, text))
			return 0;
		text = copy_text(table, text);
		if (!text)
			return SB_E_NOMEM;
		row->text = text;
		row->id = id;
		return 0;
	}
	if (table->n == table->room && rows_grow(table) < 0)
		return SB_E_NOMEM;
	row = &table->rows[table->n];
	row->hash = hash;
	row->id = id;
	row->key = is_kept ? key : copy_text(table, key);
	row->text = copy_text(table, text);
	if (!row->key || !row->text)
		return SB_E_NOMEM;
	table->index[slot] = (uint32_t)++table->n;
	return 0;
}

int sb_table_put(struct sb_table *table, const char *key, const char *text)
{
	return put_row(table, key, false, text, ID_NOT_READ);
}

int sb_table_put_kept(struct sb_table *table, const char *key, const char *text)
{
	return put_row(table, key, true, text, ID_NOT_READ);
}

static int put_scratch(struct sb_table *table, const char *key, const json_t *row)
{
	if (table->scratch.failed)
		return table->scratch.failed == SB_E_NOMEM ? SB_E_NOMEM : SB_E_SHAPE;
	return put_row(table, key, false, sb_buf_str(&table->scratch),
		       json_integer_value(json_object_get(row, "id")));
}

int sb_table_put_json_max(struct sb_table *table, const char *key, const json_t *row, size_t max)
{
	sb_buf_reset(&table->scratch);
	sb_buf_add_json(&table->scratch, row);
	if (!table->scratch.failed && table->scratch.len > max)
		return SB_E_SHAPE;
	return put_scratch(table, key, row);
}

int sb_table_put_json(struct sb_table *table, const char *key, const json_t *row)
{
	sb_buf_reset(&table->scratch);
	sb_buf_add_json(&table->scratch, row);
	return put_scratch(table, key, row);
}

int sb_table_put_json_unsorted(struct sb_table *table, const char *key, const json_t *row)
{
	sb_buf_reset(&table->scratch);
	sb_buf_add_json_unsorted(&table->scratch, row);
	return put_scratch(table, key, row);
}

const char *sb_table_intern(struct sb_table *table, const char *key)
{
	if (!sb_table_get(table, key) && sb_table_put(table, key, "") < 0)
		return NULL;
	return table->rows[table->index[slot_of(table, key, hash_text(key))] - 1].key;
}

const char *sb_table_get(const struct sb_table *table, const char *key)
{
	size_t slot;

	if (!table->n)
		return NULL;
	slot = slot_of(table, key, hash_text(key));
	return table->index[slot] ? table->rows[table->index[slot] - 1].text : NULL;
}

json_t *sb_table_get_json(const struct sb_table *table, const char *key)
{
	const char *text = sb_table_get(table, key);

	return text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
}

/* Passes the members of an object up to the value of this one. */
static bool find_member(struct sb_scan *scan, const char *member)
{
	if (!sb_scan_take(scan, '{'))
		return false;
	do {
		size_t len;
		const char *name = sb_scan_name(scan, &len);

		if (!name || sb_scan_is(name, len, member))
			return name != NULL;
	} while (sb_scan_value(scan) && sb_scan_take(scan, ','));
	return false;
}

char *sb_table_get_str(const struct sb_table *table, const char *key, const char *member)
{
	const char *text = sb_table_get(table, key), *start;
	struct sb_scan scan = {.at = text, .end = text ? text + strlen(text) : NULL};
	sb_autojson *value = NULL;

	if (!text || !find_member(&scan, member))
		return NULL;
	sb_scan_next(&scan);
	start = scan.at;
	if (!sb_scan_string(&scan))
		return NULL;
	if (!memchr(start, '\\', (size_t)(scan.at - start)))
		return strndup(start + 1, (size_t)(scan.at - start) - 2);
	value = json_loadb(start, (size_t)(scan.at - start), JSON_DECODE_ANY, NULL);
	return value ? strdup(json_string_value(value)) : NULL;
}

int64_t sb_table_id(struct sb_table *table, const char *key)
{
	size_t slot = table->n ? slot_of(table, key, hash_text(key)) : 0;
	struct row *row =
		table->n && table->index[slot] ? &table->rows[table->index[slot] - 1] : NULL;

	if (!row)
		return 0;
	if (row->id == ID_NOT_READ) {
		sb_autojson *tree = json_loads(row->text, JSON_DECODE_ANY, NULL);

		row->id = json_integer_value(json_object_get(tree, "id"));
	}
	return row->id;
}

size_t sb_table_count(const struct sb_table *table)
{
	return table->n;
}

/* Merge sort of positions by key: qsort has no argument for the table. */
static void merge_sort(const struct row *rows, uint32_t *order, uint32_t *spare, size_t n)
{
	size_t half = n / 2, left = 0, right = half, out = 0;

	if (n < 2)
		return;
	merge_sort(rows, order, spare, half);
	merge_sort(rows, order + half, spare, n - half);
	if (strcmp(rows[order[half - 1]].key, rows[order[half]].key) <= 0)
		return;
	memcpy(spare, order, half * sizeof(*order));
	while (left < half && right < n) {
		if (strcmp(rows[spare[left]].key, rows[order[right]].key) <= 0)
			order[out++] = spare[left++];
		else
			order[out++] = order[right++];
	}
	while (left < half)
		order[out++] = spare[left++];
}

static bool ensure_order(struct sb_table *table)
{
	uint32_t *order, *spare;
	size_t i;

	if (table->ordered == table->n)
		return true;
	order = realloc(table->order, table->n * sizeof(*order));
	if (!order)
		return false;
	table->order = order;
	spare = malloc(table->n * sizeof(*spare));
	if (!spare)
		return false;
	for (i = table->ordered; i < table->n; i++)
		order[i] = (uint32_t)i;
	merge_sort(table->rows, order, spare, table->n);
	free(spare);
	table->ordered = table->n;
	return true;
}

size_t sb_table_lower(struct sb_table *table, const char *prefix)
{
	size_t low = 0, high = table->n;

	if (!ensure_order(table))
		return table->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(table->rows[table->order[middle]].key, prefix) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const char *sb_table_key_at(struct sb_table *table, size_t i)
{
	return ensure_order(table) ? table->rows[table->order[i]].key : NULL;
}

const char *sb_table_text_at(struct sb_table *table, size_t i)
{
	return ensure_order(table) ? table->rows[table->order[i]].text : NULL;
}

size_t sb_table_count_from(struct sb_table *table, const char *prefix)
{
	size_t first = sb_table_lower(table, prefix), i = first, len = strlen(prefix);

	if (!len)
		return table->n;
	while (i < table->n && strncmp(sb_table_key_at(table, i), prefix, len) == 0)
		i++;
	return i - first;
}

int sb_table_span(struct sb_table *table, const char *prefix, struct sb_span *ret_span)
{
	size_t first = sb_table_lower(table, prefix), i;

	ret_span->n = sb_table_count_from(table, prefix);
	ret_span->texts = calloc(2 * ret_span->n + 1, sizeof(*ret_span->texts));
	if (!ret_span->texts)
		return SB_E_NOMEM;
	for (i = 0; i < ret_span->n; i++) {
		ret_span->texts[2 * i] = sb_table_key_at(table, first + i);
		ret_span->texts[2 * i + 1] = sb_table_text_at(table, first + i);
	}
	return 0;
}

size_t sb_table_bytes(const struct sb_table *table)
{
	return table->texts.bytes + table->room * sizeof(*table->rows) +
	       table->index_size * sizeof(*table->index) + table->ordered * sizeof(*table->order);
}
