/* SPDX-License-Identifier: Apache-2.0 */
/* Reads one list, and proves that it is complete. */
#include <inttypes.h>
#include <string.h>

#include "netbox/client_priv.h"
#include "netbox/idset.h"
#include "stagebox/json.h"

/* The first page is short: the rest is read in two ranges, so that both workers of a small NetBox
 * have work, and their share of it is more equal. */
enum { READ_TIMEOUT_MS = 60000, MAX_PAGE_BYTES = 256 << 20, FIRST_PAGE = 100, PAGE = 1000 };

enum form {
	FIRST,   /* offset form, which returns the count */
	CURSOR,  /* start=<id>: half the cost of an offset, and no row is missed when others are
		    deleted */
	OFFSETS, /* the server does not support start */
};

/* Pages that are read one after the other. A long list is read in two such ranges of ids at once:
 * NetBox spends the time on building rows, and one worker serves one request. */
struct range {
	struct netbox_list *list;
	char *request;   /* path in flight */
	int64_t last_id; /* of its pages */
	int64_t below;   /* its ids are smaller; 0 = no bound */
	bool is_open;    /* has pages to come */
};

struct netbox_list {
	struct netbox_list *next;
	struct sb_netbox *netbox;
	char *base; /* "/api/virtualization/clusters/?" with filter and fields, ends with & or ? */
	sb_netbox_row *on_row;
	void (*on_restart)(void *arg);
	sb_netbox_listed *on_listed;
	void *arg;
	/* one reading */
	struct range ranges[2];
	enum form form;
	bool is_second;
	int64_t count;
	size_t received; /* rows received, duplicates included: the next offset */
	struct idset seen;
};

static void list_destroy(struct netbox_list *list)
{
	size_t i;

	sb_idset_finish(&list->seen);
	for (i = 0; i < SB_ARRAY_LEN(list->ranges); i++)
		free(list->ranges[i].request);
	free(list->base);
	free(list);
}

/* Cancels the pages in flight. */
static void cancel_pages(struct netbox_list *list)
{
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(list->ranges); i++) {
		sb_http_cancel(list->netbox->http, &list->ranges[i]);
		list->ranges[i].is_open = false;
	}
}

void sb_netbox_drop_lists(struct sb_netbox *netbox)
{
	while (netbox->lists) {
		struct netbox_list *list = netbox->lists;

		netbox->lists = list->next;
		cancel_pages(list);
		list_destroy(list);
	}
}

static void finish_list(struct netbox_list *list, enum sb_netbox_list_state state,
			const struct sb_error *why)
{
	struct netbox_list **link = &list->netbox->lists;

	cancel_pages(list);
	while (*link != list)
		link = &(*link)->next;
	*link = list->next;
	list->on_listed(list->arg, state, why);
	list_destroy(list);
}

static void on_page(void *arg, const struct sb_io_answer *answer);

/* Without a cursor pages are read by offset, and a row that is deleted meanwhile moves another one
 * out of sight: the fewer pages, the better. NetBox has the cursor since 4.6. */
static int first_page_of(const struct sb_netbox *netbox)
{
	const char *version = netbox->caps.version;

	return *version && !sb_netbox_version_at_least(version, 4, 6) ? PAGE : FIRST_PAGE;
}

static int send_page(struct range *range, struct sb_error *err)
{
	const struct netbox_list *list = range->list;
	sb_autobuf path = SB_BUF_INIT(NETBOX_MAX_PATH);
	struct sb_http_request request = {
		.server = NETBOX_SERVER,
		.method = "GET",
		.cost = NETBOX_READ_CLASS,
		.timeout_ms = READ_TIMEOUT_MS,
		.max_bytes = MAX_PAGE_BYTES,
		.repeatable = true,
		/* Long lists end last: their pages do not wait for short lists. */
		.ahead = list->form != FIRST,
	};

	sb_buf_addf(&path, "%slimit=%d", list->base,
		    list->form == FIRST ? first_page_of(list->netbox) : PAGE);
	if (list->form == CURSOR)
		sb_buf_addf(&path, "&start=%" PRId64, range->last_id + 1);
	else
		sb_buf_add(&path, "&ordering=id");
	if (list->form == CURSOR && range->below)
		sb_buf_addf(&path, "&id__lt=%" PRId64, range->below);
	if (list->form == OFFSETS)
		sb_buf_addf(&path, "&offset=%zu", list->received);
	free(range->request);
	range->request = sb_buf_take(&path);
	if (!range->request)
		return sb_fail(err, path.failed == SB_E_NOMEM ? SB_E_NOMEM : SB_E_ARG,
			       "GET %.150s...: the request line is too long: split the query",
			       list->base);
	request.path = range->request;
	request.headers = sb_netbox_headers(list->netbox, range->request);
	range->is_open = true;
	return sb_http_send(list->netbox->http, &request, on_page, range, err);
}

static bool send_or_finish(struct range *range)
{
	struct sb_error why = SB_ERROR_INIT;

	if (send_page(range, &why) == 0)
		return true;
	finish_list(range->list, SB_NETBOX_UNREAD, &why);
	return false;
}

/* Reads from the beginning in one form. */
static void begin_reading(struct netbox_list *list, enum form form)
{
	cancel_pages(list);
	list->form = form;
	list->ranges[0].last_id = list->ranges[0].below = 0;
	send_or_finish(&list->ranges[0]);
}

/* Rows and count differ: the list is read once more, then it is partial. */
static void handle_mismatch(struct netbox_list *list)
{
	struct sb_error why = SB_ERROR_INIT;

	if (list->is_second) {
		sb_fail(&why, SB_E_SHAPE,
			"GET %.150s: NetBox counts %lld rows but returned %zu, twice: rows changed "
			"while they were read, or are hidden from the token",
			list->base, (long long)list->count, list->seen.n);
		finish_list(list, SB_NETBOX_PARTIAL, &why);
		return;
	}
	list->is_second = true;
	list->count = 0;
	list->received = 0;
	sb_idset_clear(&list->seen);
	if (list->on_restart)
		list->on_restart(list->arg);
	begin_reading(list, FIRST);
}

/* New ids of a page, or a negative code. */
static int64_t take_rows(struct range *range, const json_t *rows, struct sb_error *err)
{
	struct netbox_list *list = range->list;
	int64_t fresh = 0, id;
	json_t *row;
	size_t i;

	json_array_foreach ((json_t *)rows, i, row) {
		int rc;

		/* The next page starts behind the largest id. */
		if (sb_json_int(row, "id", &id) < 0 || id <= 0 || id == INT64_MAX)
			return sb_fail(err, SB_E_SHAPE,
				       "GET %.150s: row %zu has no id, or one that no database "
				       "gives",
				       range->request, i);
		rc = sb_idset_add(&list->seen, id);
		if (rc < 0)
			return sb_fail(err, rc, "out of memory");
		list->received++;
		if (id > range->last_id)
			range->last_id = id;
		if (!rc)
			continue; /* an earlier page has this row, too */
		fresh++;
		list->on_row(list->arg, row);
	}
	return fresh;
}

/* After the first page the rest is read in two ranges when it is longer than that. The start of the
 * second range is estimated from the density of ids; a bad estimate costs time, not rows. */
static void read_rest(struct netbox_list *list, int64_t first_id)
{
	struct range *low = &list->ranges[0], *high = &list->ranges[1];
	int64_t left = list->count - (int64_t)list->seen.n, per_row;

	list->form = CURSOR;
	if (left > FIRST_PAGE && !list->is_second) {
		per_row = (low->last_id - first_id) / (int64_t)list->seen.n + 1;
		if (per_row <= (INT64_MAX - low->last_id) / left) {
			low->below = low->last_id + 1 + left / 2 * per_row;
			high->last_id = low->below - 1;
			if (!send_or_finish(high))
				return;
		}
	}
	send_or_finish(low);
}

static bool are_all_read(const struct netbox_list *list)
{
	return !list->ranges[0].is_open && !list->ranges[1].is_open;
}

static void use_page(struct range *range, const json_t *page)
{
	struct netbox_list *list = range->list;
	const json_t *rows = json_object_get(page, "results"),
		     *count = json_object_get(page, "count");
	bool has_next = json_is_string(json_object_get(page, "next"));
	struct sb_error why = SB_ERROR_INIT;
	int64_t fresh, first_id = 0;

	if (!json_is_array(rows) ||
	    (list->form == FIRST && (!json_is_integer(count) || json_integer_value(count) < 0))) {
		sb_fail(&why, SB_E_SHAPE, "GET %.150s: no count or no results in the answer",
			range->request);
		finish_list(list, SB_NETBOX_UNREAD, &why);
		return;
	}
	if (list->form == FIRST)
		list->count = json_integer_value(count);
	if (list->form == CURSOR && json_is_integer(count)) {
		/* The server ignored start= and returned the beginning again. */
		begin_reading(list, OFFSETS);
		return;
	}
	fresh = take_rows(range, rows, &why);
	if (fresh < 0) {
		finish_list(list, SB_NETBOX_UNREAD, &why);
		return;
	}
	range->is_open = false;
	if (has_next && fresh && list->form == FIRST) {
		sb_json_int(json_array_get(rows, 0), "id", &first_id);
		read_rest(list, first_id);
	} else if (has_next && fresh)
		send_or_finish(range);
	else if (has_next || (are_all_read(list) && (int64_t)list->seen.n != list->count))
		handle_mismatch(list);
	else if (are_all_read(list))
		finish_list(list, SB_NETBOX_COMPLETE, NULL);
}

static void on_page(void *arg, const struct sb_io_answer *answer)
{
	struct range *range = arg;
	struct sb_io_answer stripped = *answer;
	sb_autobuf text = SB_BUF_INIT(MAX_PAGE_BYTES);
	struct sb_error why = SB_ERROR_INIT;
	sb_autojson *page = NULL;

	if (!answer->err.code && sb_netbox_strip_list(answer->body, answer->len, &text)) {
		stripped.body = sb_buf_str(&text);
		stripped.len = text.len;
	}
	if (sb_netbox_check_branch(range->list->netbox, answer, &why) < 0 ||
	    sb_netbox_read_answer("GET", range->request, &stripped, &page, &why) < 0)
		finish_list(range->list, SB_NETBOX_UNREAD, &why);
	else
		use_page(range, page);
}

static bool has_id(const char *fields)
{
	while (*fields) {
		size_t n = strcspn(fields, ",");

		if (n == 2 && !memcmp(fields, "id", 2))
			return true;
		fields += n + (fields[n] == ',');
	}
	return false;
}

static char *base_of(const struct sb_netbox *netbox, const char *path, const char *query,
		     const char *fields)
{
	sb_autobuf base = SB_BUF_INIT(16384);

	sb_buf_addf(&base, "/api/%s/?%s", path, sb_netbox_query_start(netbox, path));
	if (*query)
		sb_buf_addf(&base, "%s&", query);
	if (*fields)
		sb_buf_addf(&base, "fields=%s%s&", has_id(fields) ? "" : "id,", fields);
	return sb_buf_take(&base);
}

int sb_netbox_list_table(struct sb_netbox *netbox, const char *path, const char *query,
			 const char *fields, sb_netbox_row *on_row, void (*on_restart)(void *arg),
			 sb_netbox_listed *on_listed, void *arg, struct sb_error *err)
{
	struct netbox_list *list = calloc(1, sizeof(*list));
	int rc;

	if (!list)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	list->netbox = netbox;
	list->on_row = on_row;
	list->on_restart = on_restart;
	list->on_listed = on_listed;
	list->arg = arg;
	list->ranges[0].list = list->ranges[1].list = list;
	list->base = base_of(netbox, path, query, fields);
	/* Room for the longest tail, so that a later page cannot fail on it. */
	if (!list->base)
		rc = sb_fail(err, SB_E_NOMEM, "out of memory");
	else if (strlen(list->base) > NETBOX_MAX_PATH - 100)
		rc = sb_fail(err, SB_E_ARG,
			     "GET %.150s...: the request line is too long: split the query",
			     list->base);
	else
		rc = send_page(&list->ranges[0], err);
	if (rc < 0) {
		list_destroy(list);
		return rc;
	}
	list->next = netbox->lists;
	netbox->lists = list;
	return 0;
}
