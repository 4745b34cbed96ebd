/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of a list: by offset with a count, or by cursor without one. */
#include "call.h"

#include <string.h>

#define DEFAULT_LIMIT 50
#define MAX_LIMIT     1000

/* The number in a parameter, or `other` when it is missing or not a number. */
static int64_t number_param(const struct nb_call *call, const char *key, int64_t other)
{
	const char *text = lab_param(&call->params, key);
	char *end;
	long long value;

	if (!text || !*text)
		return other;
	value = strtoll(text, &end, 10);
	return *end || value < 0 ? other : value;
}

static size_t page_limit(const struct nb_call *call)
{
	int64_t limit = number_param(call, "limit", DEFAULT_LIMIT);

	return limit == 0 || limit > MAX_LIMIT ? MAX_LIMIT : (size_t)limit;
}

/* The link to another page: the query of this one with another place; key NULL = the first page,
 * whose link has no place. */
static json_t *link_to(const struct nb_call *call, const char *key, uint64_t place, size_t limit)
{
	sb_autobuf text = SB_BUF_INIT(1 << 16);
	size_t i;

	sb_buf_addf(&text, "%s/api/%s/?limit=%zu", call->nb->base, call->table->model->path, limit);
	if (key)
		sb_buf_addf(&text, "&%s=%llu", key, (unsigned long long)place);
	for (i = 0; i < call->params.n; i++) {
		const struct lab_param *param = &call->params.list[i];

		if (sb_streq(param->key, "limit") || sb_streq(param->key, key ? key : "offset"))
			continue;
		sb_buf_add(&text, "&");
		sb_buf_add_url(&text, param->key);
		sb_buf_add(&text, "=");
		sb_buf_add_url(&text, param->value);
	}
	return json_string(sb_buf_str(&text));
}

static json_t *rows_output(struct nb_call *call, struct nb_object **rows, size_t n)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(list, nb_output(call, rows[i]));
	return list;
}

static void answer_page(struct nb_call *call, json_t *count, json_t *next, json_t *previous,
			json_t *results)
{
	json_t *page = json_object();

	json_object_set_new(page, "count", count);
	json_object_set_new(page, "next", next);
	json_object_set_new(page, "previous", previous);
	json_object_set_new(page, "results", results);
	call->answer->status = 200;
	call->answer->json = page;
}

/* Apply the fault "short-page": the page ends early and has no next page. */
static bool cut_short(const struct nb_call *call, size_t *n)
{
	if (!*n || !call->nb->short_page || !strstr(call->table->model->path, call->nb->short_page))
		return false;
	*n -= (*n + 1) / 2;
	return true;
}

static void offset_page(struct nb_call *call, struct nb_object **rows, size_t n)
{
	const char *ordering = lab_param(&call->params, "ordering");
	size_t limit = page_limit(call), offset = (size_t)number_param(call, "offset", 0), len;
	bool more, is_short;
	json_t *next, *previous;

	if (!ordering || !nb_orderable(call->table, ordering))
		ordering = call->table->model->ordering;
	nb_sort(call, rows, n, ordering);
	if (offset > n)
		len = 0;
	else
		len = n - offset < limit ? n - offset : limit;
	more = offset + len < n;
	is_short = cut_short(call, &len);
	next = more && !is_short ? link_to(call, "offset", offset + limit, limit) : json_null();
	previous = offset ? link_to(call, offset > limit ? "offset" : NULL, offset - limit, limit)
			  : json_null();
	answer_page(call, json_integer((json_int_t)n), next, previous,
		    rows_output(call, rows + (len ? offset : 0), len));
}

static void cursor_page(struct nb_call *call, struct nb_object **rows, size_t n)
{
	int64_t start = number_param(call, "start", 0);
	size_t limit = page_limit(call), first = 0, len;
	bool full, is_short;

	while (first < n && rows[first]->id < start)
		first++;
	len = n - first < limit ? n - first : limit;
	full = len == limit;
	is_short = cut_short(call, &len);
	answer_page(call, json_null(),
		    full && !is_short
			    ? link_to(call, "start", rows[first + len - 1]->id + 1u, limit)
			    : json_null(),
		    json_null(), rows_output(call, rows + first, len));
}

static void refuse_page(struct nb_call *call, const char *text)
{
	call->answer->status = 400;
	call->answer->json = json_pack("[s]", text);
}

static bool bad_cursor(struct nb_call *call)
{
	const char *start = lab_param(&call->params, "start");
	char *end;

	if (lab_param(&call->params, "offset")) {
		refuse_page(call, "'start' and 'offset' are mutually exclusive.");
		return true;
	}
	if (lab_param(&call->params, "ordering")) {
		refuse_page(call, "'start' and 'ordering' are mutually exclusive.");
		return true;
	}
	if (strtoll(start, &end, 10) < 0 || *end || !*start) {
		refuse_page(call, "Invalid 'start' parameter: must be a non-negative integer.");
		return true;
	}
	return false;
}

void nb_list(struct nb_call *call)
{
	bool cursor = lab_param(&call->params, "start") && nb_has(call->nb, NB_CURSOR);
	struct nb_object **rows;
	size_t n;

	if (cursor && bad_cursor(call))
		return;
	rows = nb_filter(call, &n);
	if (!rows)
		return;
	n = nb_visible(call, rows, n);
	if (cursor)
		cursor_page(call, rows, n);
	else
		offset_page(call, rows, n);
	free(rows);
}
