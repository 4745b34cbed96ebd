/* SPDX-License-Identifier: Apache-2.0 */
/* Order of lists: by the words of the model or of the request, then by id or seed. */
#include "call.h"

#include <ctype.h>
#include <string.h>

uint64_t nb_mix(uint64_t seed, uint64_t value)
{
	struct lab_random random = {.state = seed ^ (value * 0x9e3779b97f4a7c15u)};

	return lab_random_next(&random);
}

int nb_natural_cmp(const char *a, const char *b)
{
	const char *x = a, *y = b;

	while (*x && *y) {
		if (isdigit((unsigned char)*x) && isdigit((unsigned char)*y)) {
			size_t n = strspn(x, "0123456789"), m = strspn(y, "0123456789");

			while (n > 1 && *x == '0')
				x++, n--;
			while (m > 1 && *y == '0')
				y++, m--;
			if (n != m)
				return n < m ? -1 : 1;
			for (; n > 0; n--, x++, y++)
				if (*x != *y)
					return *x < *y ? -1 : 1;
			continue;
		}
		if (tolower((unsigned char)*x) != tolower((unsigned char)*y))
			return tolower((unsigned char)*x) < tolower((unsigned char)*y) ? -1 : 1;
		x++;
		y++;
	}
	if (*x || *y)
		return *x ? 1 : -1;
	return strcmp(a, b);
}

enum word_kind { BY_ID, BY_CREATED, BY_UPDATED, BY_PATH, BY_FIELD };

#define MAX_DEPTH 32

struct word {
	enum word_kind kind;
	int field;
	bool down;
};

struct order {
	struct lab_netbox *nb;
	struct word words[8];
	size_t n;
};

static size_t parse_words(const struct nb_table *table, const char *text, struct word *words,
			  size_t max)
{
	size_t n = 0;

	while (*text && n < max) {
		size_t len = strcspn(text, " ,");
		char name[64];
		bool down = *text == '-';
		struct word word = {.kind = BY_FIELD, .down = down};

		if (len - down < sizeof(name)) {
			memcpy(name, text + down, len - down);
			name[len - down] = '\0';
			if (sb_streq(name, "id") || sb_streq(name, "pk"))
				word.kind = BY_ID;
			else if (sb_streq(name, "created"))
				word.kind = BY_CREATED;
			else if (sb_streq(name, "last_updated"))
				word.kind = BY_UPDATED;
			else if (sb_streq(name, "path") && nb_field(table, "parent") >= 0)
				word.kind = BY_PATH;
			word.field = nb_field(table, name);
			if (word.kind != BY_FIELD || word.field >= 0)
				words[n++] = word;
		}
		text += len;
		text += strspn(text, " ,");
	}
	return n;
}

bool nb_orderable(const struct nb_table *table, const char *text)
{
	struct word word;

	return parse_words(table, text, &word, 1) == 1;
}

static int compare_words(struct lab_netbox *nb, const struct nb_object *a,
			 const struct nb_object *b, const struct word *words, size_t n);

static int compare_net(const char *a, const char *b)
{
	struct nb_net x, y;

	if (!nb_net_parse(a, &x, NULL) || !nb_net_parse(b, &y, NULL))
		return strcmp(a, b);
	return nb_net_cmp(&x, &y);
}

static int compare_refs(struct lab_netbox *nb, const struct nb_object *a, const struct nb_object *b)
{
	struct word words[8];
	size_t n;

	if (a == b)
		return 0;
	n = parse_words(a->table, a->table->model->ordering, words, SB_ARRAY_LEN(words));
	return compare_words(nb, a, b, words, n);
}

/* Write the objects from the root of a tree to this one into path. */
static size_t path_of(struct lab_netbox *nb, const struct nb_object *object,
		      const struct nb_object *path[MAX_DEPTH])
{
	size_t n = 0, i;

	for (; object && n < MAX_DEPTH; object = nb_ref(nb, object, "parent"))
		path[n++] = object;
	for (i = 0; i < n / 2; i++) {
		const struct nb_object *other = path[i];

		path[i] = path[n - 1 - i];
		path[n - 1 - i] = other;
	}
	return n;
}

/* NetBox lists a tree from its root: children follow their parent, siblings are sorted by name. */
static int compare_paths(struct lab_netbox *nb, const struct nb_object *a,
			 const struct nb_object *b)
{
	const struct nb_object *left[MAX_DEPTH], *right[MAX_DEPTH];
	size_t n = path_of(nb, a, left), m = path_of(nb, b, right), i;

	for (i = 0; i < n && i < m; i++) {
		int order;

		if (left[i] == right[i])
			continue;
		order = nb_natural_cmp(nb_text(left[i], "name"), nb_text(right[i], "name"));
		return order ? order : left[i]->id < right[i]->id ? -1 : 1;
	}
	return (n > m) - (n < m);
}

static int compare_field(struct lab_netbox *nb, const struct nb_object *a,
			 const struct nb_object *b, int field)
{
	const struct nb_field *rule = &a->table->fields[field];
	const json_t *x = a->values[field], *y = b->values[field];

	if (json_is_null(x) || json_is_null(y)) {
		/* PostgreSQL sorts null last; NetBox makes an exception for the VRF of prefixes. */
		int order = (int)json_is_null(x) - (int)json_is_null(y);

		return nb_is(a, "ipam.prefix") ? -order : order;
	}
	if (rule->kind == NB_FK)
		return compare_refs(nb, nb_ref_at(nb, a, field), nb_ref_at(nb, b, field));
	if (rule->kind == NB_ADDRESS || rule->kind == NB_PREFIX)
		return compare_net(json_string_value(x), json_string_value(y));
	if (json_is_string(x) && json_is_string(y))
		return nb_natural_cmp(json_string_value(x), json_string_value(y));
	if (json_is_number(x) && json_is_number(y)) {
		double left = json_number_value(x), right = json_number_value(y);

		return (left > right) - (left < right);
	}
	return (int)json_is_true(x) - (int)json_is_true(y);
}

static int compare_words(struct lab_netbox *nb, const struct nb_object *a,
			 const struct nb_object *b, const struct word *words, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		int order;

		if (words[i].kind == BY_ID)
			order = (a->id > b->id) - (a->id < b->id);
		else if (words[i].kind == BY_CREATED)
			order = (a->created_us > b->created_us) - (a->created_us < b->created_us);
		else if (words[i].kind == BY_UPDATED)
			order = (a->updated_us > b->updated_us) - (a->updated_us < b->updated_us);
		else if (words[i].kind == BY_PATH)
			order = compare_paths(nb, a, b);
		else
			order = compare_field(nb, a, b, words[i].field);
		if (order)
			return words[i].down ? -order : order;
	}
	return 0;
}

/* Rows that the words do not order are sorted by id or shuffled, as PostgreSQL may do. */
static int compare_rows(const struct order *order, const struct nb_object *a,
			const struct nb_object *b)
{
	int result = compare_words(order->nb, a, b, order->words, order->n);
	uint64_t x, y;

	if (result)
		return result;
	if (!order->nb->shuffle)
		return (a->id > b->id) - (a->id < b->id);
	x = nb_mix(order->nb->shuffle, a->id);
	y = nb_mix(order->nb->shuffle, b->id);
	return (x > y) - (x < y);
}

/* A merge sort, because qsort() passes no context to its comparison function. */
static void merge_sort(const struct order *order, struct nb_object **rows, struct nb_object **spare,
		       size_t n)
{
	size_t half = n / 2, left = 0, right = half, i;

	if (n < 2)
		return;
	merge_sort(order, rows, spare, half);
	merge_sort(order, rows + half, spare, n - half);
	if (compare_rows(order, rows[half - 1], rows[half]) <= 0)
		return;
	for (i = 0; i < n; i++) {
		if (right == n ||
		    (left < half && compare_rows(order, rows[left], rows[right]) <= 0))
			spare[i] = rows[left++];
		else
			spare[i] = rows[right++];
	}
	memcpy(rows, spare, n * sizeof(rows[0]));
}

void nb_sort(struct nb_call *call, struct nb_object **rows, size_t n, const char *ordering)
{
	struct order order = {.nb = call->nb};
	struct nb_object **spare;

	if (n < 2)
		return;
	order.n = parse_words(rows[0]->table, ordering, order.words, SB_ARRAY_LEN(order.words));
	if (order.n && order.words[0].kind == BY_ID && !order.words[0].down)
		order.n = 1;
	spare = malloc(n * sizeof(spare[0]));
	if (spare)
		merge_sort(&order, rows, spare, n);
	free(spare);
}
