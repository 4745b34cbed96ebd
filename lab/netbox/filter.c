/* SPDX-License-Identifier: Apache-2.0 */
/* The rows that fulfil all conditions of a list query, in ascending order of id. */
#include "filter.h"

#include <stdio.h>
#include <string.h>

static bool is_reserved(const char *key)
{
	static const char *const words[] = {"limit", "offset", "start",   "ordering", "fields",
					    "omit",  "brief",  "exclude", "format",   "background"};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(words); i++)
		if (sb_streq(words[i], key))
			return true;
	return false;
}

/* All values of a repeated parameter belong to one condition. */
static bool gather_values(const struct nb_call *call, struct nb_cond *cond, const char *key)
{
	size_t i;

	cond->values = calloc(call->params.n, sizeof(cond->values[0]));
	cond->numbers = calloc(call->params.n, sizeof(cond->numbers[0]));
	if (!cond->values || !cond->numbers)
		return false;
	for (i = 0; i < call->params.n; i++)
		if (sb_streq(call->params.list[i].key, key))
			cond->values[cond->n++] = call->params.list[i].value;
	return true;
}

static bool seen_before(const struct nb_call *call, size_t at)
{
	size_t i;

	for (i = 0; i < at; i++)
		if (sb_streq(call->params.list[i].key, call->params.list[at].key))
			return true;
	return false;
}

/* Returns the number of conditions, or -1 with an answer. */
static int build_conditions(struct nb_call *call, struct nb_cond *conds)
{
	size_t i;
	int n = 0;

	for (i = 0; i < call->params.n; i++) {
		const char *key = call->params.list[i].key;
		struct nb_cond *cond = &conds[n];

		if (is_reserved(key) || seen_before(call, i))
			continue;
		n++;
		if (!gather_values(call, cond, key) || !nb_cond_init(call, cond, key))
			return -n - 1;
	}
	return n;
}

static bool condition_holds(const struct nb_call *call, const struct nb_cond *cond,
			    const struct nb_object *object)
{
	size_t i;

	if (cond->ignore)
		return true;
	for (i = 0; i < cond->n; i++) {
		bool match = cond->match(call, cond, object, i);

		if (match && cond->negate)
			return false;
		if (match && !cond->all)
			return true;
		if (!match && cond->all)
			return false;
	}
	return cond->negate || cond->all;
}

static bool all_hold(const struct nb_call *call, const struct nb_cond *conds, int n,
		     const struct nb_object *object)
{
	int i;

	for (i = 0; i < n; i++)
		if (!condition_holds(call, &conds[i], object))
			return false;
	return true;
}

static int id_cmp(const void *a, const void *b)
{
	const struct nb_object *x = *(struct nb_object *const *)a;
	const struct nb_object *y = *(struct nb_object *const *)b;

	return (x->id > y->id) - (x->id < y->id);
}

static size_t rows_by_id(const struct nb_call *call, const struct nb_cond *cond,
			 struct nb_object **rows)
{
	size_t n = 0, i;

	for (i = 0; i < cond->n; i++) {
		struct nb_object *row = nb_find(call->table, cond->numbers[i]);

		if (row)
			rows[n++] = row;
	}
	return n;
}

/* The rows of stored values, which are sorted: those of one address with several masks, which have
 * the same rows, follow each other. */
static size_t rows_by_key(const struct nb_call *call, const struct nb_cond *cond,
			  struct nb_object **rows)
{
	char last[sizeof(cond->stored[0])] = "", host[sizeof(last)];
	size_t n = 0, i;

	for (i = 0; i < cond->n_stored; i++) {
		const struct nb_entry *entry = NULL;
		struct nb_object *row;

		snprintf(host, sizeof(host), "%.*s", (int)strcspn(cond->stored[i], "/"),
			 cond->stored[i]);
		if (sb_streq(host, last))
			continue;
		memcpy(last, host, sizeof(last));
		while ((row = nb_keys_find(call->nb, call->table, cond->key, host, &entry)))
			rows[n++] = row;
	}
	return n;
}

/* Reduce the search to the rows of a condition that names them, sorted and without repeats. False
 * without such a condition. */
static bool by_name(const struct nb_call *call, const struct nb_cond *conds, int n_conds,
		    struct nb_object **rows, size_t *ret_n)
{
	const struct nb_cond *cond = NULL;
	size_t n, i, k;
	int c;

	for (c = 0; c < n_conds; c++)
		if ((conds[c].names_rows || (conds[c].key && conds[c].stored)) &&
		    !conds[c].negate && conds[c].lookup == NB_EXACT)
			cond = &conds[c];
	if (!cond)
		return false;
	n = cond->names_rows ? rows_by_id(call, cond, rows) : rows_by_key(call, cond, rows);
	qsort(rows, n, sizeof(rows[0]), id_cmp);
	for (i = k = 0; i < n; i++)
		if (!k || rows[k - 1] != rows[i])
			rows[k++] = rows[i];
	*ret_n = k;
	return true;
}

struct nb_object **nb_filter(struct nb_call *call, size_t *ret_n)
{
	struct nb_cond *conds = calloc(call->params.n + 1, sizeof(conds[0]));
	struct nb_object **rows;
	size_t room = call->table->n_objects + call->params.n + 1, n = 0, kept = 0, i;
	int n_conds = conds ? build_conditions(call, conds) : -1, c, used;
	uint32_t id;

	used = n_conds < 0 ? -n_conds - 1 : n_conds;
	rows = n_conds < 0 ? NULL : malloc(room * sizeof(rows[0]));
	if (rows && !by_name(call, conds, n_conds, rows, &n))
		for (id = 1; id < call->table->next_id; id++)
			if (call->table->rows[id])
				rows[n++] = call->table->rows[id];
	for (i = 0; rows && i < n; i++)
		if (all_hold(call, conds, n_conds, rows[i]))
			rows[kept++] = rows[i];
	for (c = 0; c < used; c++)
		nb_cond_finish(&conds[c]);
	free(conds);
	*ret_n = kept;
	return rows;
}
