/* SPDX-License-Identifier: Apache-2.0 */
/* Reading one list whole, with the proof that it is whole. */
#include <string.h>

#include "netbox/client_priv.h"
#include "netbox/idset.h"
#include "stagebox/json.h"

#define PAGE_ROWS "1000"

enum { READ_TIMEOUT_MS = 60000, MAX_PAGE_BYTES = 256 << 20 };

enum form {
	FIRST,   /* offset form, which tells the count */
	CURSOR,  /* start=<id>: half the cost of an offset */
	OFFSETS, /* the server does not know start */
};

struct netbox_list {
	struct netbox_list *next;
	struct sb_netbox *netbox;
	char *base; /* "/api/virtualization/clusters/?" with filter and fields, ends with & or ? */
	char *request; /* path under way */
	sb_netbox_row *on_row;
	void (*on_restart)(void *arg);
	sb_netbox_listed *on_listed;
	void *arg;
	/* one reading */
	enum form form;
	bool is_second;
	int64_t count, last_id;
	size_t received; /* rows as they came, doubles too: the next offset */
	struct idset seen;
};

static void list_destroy(struct netbox_list *list)
{
	sb_idset_finish(&list->seen);
	free(list->base);
	free(list->request);
	free(list);
}

void sb_netbox_drop_lists(struct sb_netbox *netbox)
{
	while (netbox->lists) {
		struct netbox_list *list = netbox->lists;

		netbox->lists = list->next;
		sb_http_cancel(netbox->http, list);
		list_destroy(list);
	}
}

static void finish(struct netbox_list *list, enum sb_netbox_list_state state,
		   const struct sb_error *why)
{
	struct netbox_list **link = &list->netbox->lists;

	while (*link != list)
		link = &(*link)->next;
	*link = list->next;
	list->on_listed(list->arg, state, why);
	list_destroy(list);
}

static void on_page(void *arg, const struct sb_io_answer *answer);

static int send_page(struct netbox_list *list, struct sb_error *err)
{
	sb_autobuf path = SB_BUF_INIT(NETBOX_MAX_PATH);
	struct sb_http_request request = {
		.server = NETBOX_SERVER,
		.method = "GET",
		.cost = NETBOX_READ_CLASS,
		.timeout_ms = READ_TIMEOUT_MS,
		.max_bytes = MAX_PAGE_BYTES,
		.repeatable = true,
	};

	sb_buf_addf(&path, "%slimit=" PAGE_ROWS, list->base);
	if (list->form == CURSOR)
		sb_buf_addf(&path, "&start=%lld", (long long)list->last_id + 1);
	else
		sb_buf_add(&path, "&ordering=id");
	if (list->form == OFFSETS)
		sb_buf_addf(&path, "&offset=%zu", list->received);
	free(list->request);
	list->request = sb_buf_take(&path);
	if (!list->request)
		return sb_fail(err, path.failed == SB_E_NOMEM ? SB_E_NOMEM : SB_E_ARG,
			       "GET %.150s...: the request line is too long: ask in parts",
			       list->base);
	request.path = list->request;
	return sb_http_send(list->netbox->http, &request, on_page, list, err);
}

static void send_or_finish(struct netbox_list *list)
{
	struct sb_error why = SB_ERROR_INIT;

	if (send_page(list, &why) < 0)
		finish(list, SB_NETBOX_UNREAD, &why);
}

/* The rows do not add up: once more from the start, then it stays partial. */
static void mismatch(struct netbox_list *list)
{
	struct sb_error why = SB_ERROR_INIT;

	if (list->is_second) {
		sb_fail(&why, SB_E_SHAPE,
			"GET %.150s: NetBox counts %lld rows but gave %zu, twice: rows changed "
			"while "
			"they were read, or are hidden from us",
			list->base, (long long)list->count, list->seen.n);
		finish(list, SB_NETBOX_PARTIAL, &why);
		return;
	}
	list->is_second = true;
	list->form = FIRST;
	list->count = list->last_id = 0;
	list->received = 0;
	sb_idset_clear(&list->seen);
	if (list->on_restart)
		list->on_restart(list->arg);
	send_or_finish(list);
}

/* New ids of a page, or a negative code. */
static int64_t take_rows(struct netbox_list *list, const json_t *rows, struct sb_error *err)
{
	int64_t fresh = 0, id;
	json_t *row;
	size_t i;

	json_array_foreach ((json_t *)rows, i, row) {
		int rc;

		if (sb_json_int(row, "id", &id) < 0 || id <= 0)
			return sb_fail(err, SB_E_SHAPE, "GET %.150s: row %zu has no id",
				       list->request, i);
		rc = sb_idset_add(&list->seen, id);
		if (rc < 0)
			return sb_fail(err, rc, "out of memory");
		list->received++;
		if (id > list->last_id)
			list->last_id = id;
		if (!rc)
			continue; /* a second page holds it too */
		fresh++;
		list->on_row(list->arg, row);
	}
	return fresh;
}

static void use_page(struct netbox_list *list, const json_t *page)
{
	const json_t *rows = json_object_get(page, "results"),
		     *count = json_object_get(page, "count");
	bool has_next = json_is_string(json_object_get(page, "next"));
	struct sb_error why = SB_ERROR_INIT;
	int64_t fresh;

	if (!json_is_array(rows) || (list->form == FIRST && !json_is_integer(count))) {
		sb_fail(&why, SB_E_SHAPE, "GET %.150s: no count or no results in the answer",
			list->request);
		finish(list, SB_NETBOX_UNREAD, &why);
		return;
	}
	if (list->form == FIRST)
		list->count = json_integer_value(count);
	if (list->form == CURSOR && json_is_integer(count)) {
		/* It does not know start= and gave the beginning again. */
		list->form = OFFSETS;
		send_or_finish(list);
		return;
	}
	fresh = take_rows(list, rows, &why);
	if (fresh < 0)
		finish(list, SB_NETBOX_UNREAD, &why);
	else if (has_next && fresh) {
		if (list->form == FIRST)
			list->form = CURSOR;
		send_or_finish(list);
	} else if (has_next || (int64_t)list->seen.n != list->count)
		mismatch(list);
	else
		finish(list, SB_NETBOX_COMPLETE, NULL);
}

static void on_page(void *arg, const struct sb_io_answer *answer)
{
	struct netbox_list *list = arg;
	struct sb_error why = SB_ERROR_INIT;
	sb_autojson *page = NULL;

	if (sb_netbox_read_answer("GET", list->request, answer, &page, &why) < 0)
		finish(list, SB_NETBOX_UNREAD, &why);
	else
		use_page(list, page);
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

static char *base_of(const char *path, const char *query, const char *fields)
{
	sb_autobuf base = SB_BUF_INIT(16384);

	sb_buf_addf(&base, "/api/%s/?", path);
	if (*query)
		sb_buf_addf(&base, "%s&", query);
	if (*fields)
		sb_buf_addf(&base, "fields=%s%s&", has_id(fields) ? "" : "id,", fields);
	return sb_buf_take(&base);
}

int sb_netbox_list(struct sb_netbox *netbox, const char *path, const char *query,
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
	list->base = base_of(path, query, fields);
	/* Room for the longest tail, so that a later page cannot fail on it. */
	if (!list->base)
		rc = sb_fail(err, SB_E_NOMEM, "out of memory");
	else if (strlen(list->base) > NETBOX_MAX_PATH - 80)
		rc = sb_fail(err, SB_E_ARG,
			     "GET %.150s...: the request line is too long: ask in parts",
			     list->base);
	else
		rc = send_page(list, err);
	if (rc < 0) {
		list_destroy(list);
		return rc;
	}
	list->next = netbox->lists;
	netbox->lists = list;
	return 0;
}
