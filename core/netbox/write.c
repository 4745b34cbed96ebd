/* SPDX-License-Identifier: Apache-2.0 */
/* One bulk write: sent once; its outcome is never better than the answer proves. */
#include <stdio.h>
#include <string.h>

#include "netbox/client_priv.h"
#include "stagebox/json.h"

/* The server itself aborts a request after 120 s. */
enum { WRITE_TIMEOUT_MS = 125000, MAX_ANSWER_BYTES = 256 << 20, OBJECT_BYTES = 1024 };

struct netbox_write {
	struct netbox_write *next;
	struct sb_netbox *netbox;
	char *method, *path;
	char *where;  /* the path without its query, for messages */
	int64_t *ids; /* NULL for POST */
	size_t n;
	bool is_document;
	sb_netbox_written_fn *done;
	void *arg;
};

static void write_destroy(struct netbox_write *write)
{
	free(write->method);
	free(write->path);
	free(write->where);
	free(write->ids);
	free(write);
}

void sb_netbox_drop_writes(struct sb_netbox *netbox)
{
	while (netbox->writes) {
		struct netbox_write *write = netbox->writes;

		netbox->writes = write->next;
		sb_http_cancel(netbox->http, write);
		write_destroy(write);
	}
}

static bool has_method(const struct netbox_write *write, const char *method)
{
	return sb_streq(write->method, method);
}

/* 2xx: done only if the answer proves it row by row. */
static enum sb_netbox_outcome judge_success(const struct netbox_write *write,
					    const struct sb_io_answer *answer, int64_t *ret_ids,
					    struct sb_netbox_written *written)
{
	int n = SB_E_SHAPE;

	if (has_method(write, "DELETE") && answer->status == 204)
		return SB_NETBOX_DONE;
	if (write->is_document && answer->status == 200)
		return SB_NETBOX_DONE;
	if (!has_method(write, "DELETE"))
		n = sb_netbox_row_ids(answer->body, answer->len, ret_ids, write->n);
	written->ids = ret_ids;
	written->n_ids = n < 0 ? 0 : (size_t)n;
	if (has_method(write, "POST") && answer->status == 201 && written->n_ids == write->n)
		return SB_NETBOX_DONE;
	/* Up to 4.6 the ids of deleted objects are left out silently. */
	if (has_method(write, "PATCH") && answer->status == 200 && n >= 0)
		return SB_NETBOX_DONE;
	sb_fail(&written->why, SB_E_SHAPE,
		"%s %.150s: HTTP %d without a list of the %zu objects: NetBox may or may not have "
		"written them",
		write->method, write->where, answer->status, write->n);
	written->why.http_status = answer->status;
	return SB_NETBOX_UNSETTLED;
}

/* NetBox turned an exception of its database into JSON: the transaction was rolled back. */
static enum sb_netbox_outcome judge_exception(const json_t *root)
{
	const char *exception = sb_json_str(root, "exception");

	if (!exception)
		return SB_NETBOX_UNSETTLED;
	if (sb_streq(exception, "IntegrityError"))
		return SB_NETBOX_CONFLICT;
	if (sb_streq(exception, "OperationalError") || sb_streq(exception, "InterfaceError"))
		return SB_NETBOX_RETRY;
	return SB_NETBOX_REJECTED;
}

/* Judges a complete answer that is not a success. */
static enum sb_netbox_outcome judge_status(const struct netbox_write *write,
					   const struct sb_io_answer *answer, const json_t *root)
{
	if (sb_netbox_is_blocked(write->method, answer, root))
		return SB_NETBOX_BLOCKED;
	switch (answer->status) {
	case 401: return SB_NETBOX_DENIED;
	/* 4.7 names the items outside our permissions; else the token is refused. */
	case 403:
		return json_is_array(json_object_get(root, "errors")) ? SB_NETBOX_REJECTED
								      : SB_NETBOX_DENIED;
	case 405:
	case 406:
	case 415: return SB_NETBOX_BLOCKED; /* the method or the form, and no value */
	case 408: return SB_NETBOX_UNSETTLED;
	case 412: return SB_NETBOX_CONFLICT;
	case 413:
	case 414:
	case 431: /* of a web server: half of the batch may fit */
		return root || write->n > 1 ? SB_NETBOX_REJECTED : SB_NETBOX_BLOCKED;
	case 429: return SB_NETBOX_RETRY;
	case 500: return judge_exception(root);
	case 503:
		/* Both prove that NetBox did not begin the write. */
		return json_is_object(root) || answer->retry_after_ms ? SB_NETBOX_RETRY
								      : SB_NETBOX_UNSETTLED;
	default: return answer->status < 500 ? SB_NETBOX_REJECTED : SB_NETBOX_UNSETTLED;
	}
}

static enum sb_netbox_outcome judge_failure(const struct netbox_write *write,
					    const struct sb_io_answer *answer, const json_t *root,
					    struct sb_error *why)
{
	enum sb_netbox_outcome outcome;

	if (sb_netbox_check_branch(write->netbox, answer, why) < 0)
		return SB_NETBOX_DENIED;
	sb_netbox_fail(write->method, write->where, answer, root, why);
	if (!answer->err.code) {
		outcome = judge_status(write, answer, root);
		if (outcome == SB_NETBOX_BLOCKED)
			why->code = SB_E_NET; /* as a NetBox that cannot be reached */
		return outcome;
	}
	if (answer->not_sent)
		return answer->err.retryable ? SB_NETBOX_RETRY : SB_NETBOX_DENIED;
	/* A redirect: nothing was written, and no write succeeds with this configuration. */
	if (answer->status >= 300 && answer->status <= 399)
		return SB_NETBOX_DENIED;
	return SB_NETBOX_UNSETTLED;
}

/* When NetBox names no item, a single object is the refused one. */
static int name_items(const struct netbox_write *write, const struct sb_io_answer *answer,
		      const json_t *root, const struct sb_error *why,
		      struct sb_netbox_item_error **ret_items)
{
	struct netbox_batch batch = {.ids = write->ids, .n = write->n};
	int n = 0;

	*ret_items = NULL;
	if (answer->status != 500)
		n = sb_netbox_item_errors(root, &batch, ret_items);
	if (n != 0 || write->n != 1)
		return n;
	*ret_items = calloc(1, sizeof(**ret_items));
	if (!*ret_items)
		return SB_E_NOMEM;
	snprintf((*ret_items)->text, sizeof((*ret_items)->text), "%.255s", why->text);
	return 1;
}

static void remove_write(struct netbox_write *write)
{
	struct netbox_write **link = &write->netbox->writes;

	while (*link != write)
		link = &(*link)->next;
	*link = write->next;
}

static void on_success(struct netbox_write *write, const struct sb_io_answer *answer)
{
	struct sb_netbox_written written = {.status = answer->status};
	sb_autofree int64_t *ids = calloc(write->n, sizeof(*ids));

	if (ids)
		written.outcome = judge_success(write, answer, ids, &written);
	else {
		written.outcome = SB_NETBOX_UNSETTLED;
		sb_fail(&written.why, SB_E_NOMEM, "out of memory");
	}
	write->done(write->arg, &written);
}

static void on_failure(struct netbox_write *write, const struct sb_io_answer *answer)
{
	struct sb_netbox_written written = {.status = answer->status};
	struct sb_netbox_item_error *items = NULL;
	sb_autojson *root = json_loadb(answer->body, answer->len, 0, NULL);
	int n;

	written.outcome = judge_failure(write, answer, root, &written.why);
	if (written.outcome == SB_NETBOX_REJECTED) {
		n = name_items(write, answer, root, &written.why, &items);
		written.items = items;
		written.n_items = n > 0 ? (size_t)n : 0;
	}
	write->done(write->arg, &written);
	sb_netbox_free_items(items, written.n_items);
}

static void on_answer(void *arg, const struct sb_io_answer *answer)
{
	struct netbox_write *write = arg;

	remove_write(write);
	if (!answer->err.code && answer->status >= 200 && answer->status <= 299)
		on_success(write, answer);
	else
		on_failure(write, answer);
	write_destroy(write);
}

static int take_ids(struct netbox_write *write, const json_t *body, struct sb_error *err)
{
	const json_t *item;
	size_t i;

	if (has_method(write, "POST"))
		return 0;
	write->ids = calloc(write->n, sizeof(*write->ids));
	if (!write->ids)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	json_array_foreach ((json_t *)body, i, item) {
		const json_t *id = json_object_get(item, "id");

		if (!json_is_integer(id))
			return sb_fail(err, SB_E_ARG, "%s %s: item %zu has no id", write->method,
				       write->where, i);
		write->ids[i] = json_integer_value(id);
	}
	return 0;
}

static char *path_of(const struct sb_netbox *netbox, const char *path, const char *fields)
{
	sb_autobuf text = SB_BUF_INIT(NETBOX_MAX_PATH);

	sb_buf_addf(&text, "/api/%s/", path);
	if (*fields)
		sb_buf_addf(&text, "?%sfields=%s", sb_netbox_query_start(netbox, path), fields);
	return sb_buf_take(&text);
}

static int send_write(struct netbox_write *write, const json_t *body, struct sb_error *err)
{
	sb_autobuf text = SB_BUF_INIT(NETBOX_MAX_BODY);
	struct sb_http_request request = {
		.server = NETBOX_SERVER,
		.method = write->method,
		.path = write->path,
		.headers = sb_netbox_headers(write->netbox, write->path),
		.cost = NETBOX_WRITE_CLASS,
		.timeout_ms = WRITE_TIMEOUT_MS,
		.max_bytes = MAX_ANSWER_BYTES,
	};

	if (write->n < NETBOX_MAX_BODY / OBJECT_BYTES)
		sb_buf_reserve(&text, write->n * OBJECT_BYTES);
	sb_buf_add_json_unsorted(&text, body);
	if (text.failed)
		return sb_fail(err, text.failed == SB_E_ARG ? SB_E_ARG : SB_E_NOMEM,
			       "%s %.150s: the body of %zu objects is over %d bytes: send it in "
			       "parts",
			       write->method, write->where, write->n, NETBOX_MAX_BODY);
	request.body = sb_buf_str(&text);
	request.body_len = text.len;
	return sb_http_send(write->netbox->http, &request, on_answer, write, err);
}

static struct netbox_write *create_write(struct sb_netbox *netbox, const char *method,
					 const char *path, const char *fields)
{
	struct netbox_write *write = calloc(1, sizeof(*write));

	if (!write)
		return NULL;
	write->netbox = netbox;
	write->method = strdup(method);
	write->path = path_of(netbox, path, fields);
	write->where = path_of(netbox, path, "");
	return write;
}

/* Takes write, also on failure. */
static int begin_write(struct netbox_write *write, const json_t *body, struct sb_error *err)
{
	int rc = write->method && write->path && write->where
			 ? 0
			 : sb_fail(err, SB_E_NOMEM, "out of memory");

	if (!rc && !write->is_document)
		rc = take_ids(write, body, err);
	if (!rc)
		rc = send_write(write, body, err);
	if (rc < 0) {
		write_destroy(write);
		return rc;
	}
	write->next = write->netbox->writes;
	write->netbox->writes = write;
	return 0;
}

int sb_netbox_write_table(struct sb_netbox *netbox, const char *method, const char *path,
			  const char *fields, const json_t *body, sb_netbox_written_fn *done,
			  void *arg, struct sb_error *err)
{
	struct netbox_write *write;

	if (!json_is_array(body) || !json_array_size(body) ||
	    (!sb_streq(method, "POST") && !sb_streq(method, "PATCH") &&
	     !sb_streq(method, "DELETE")))
		return sb_fail(err, SB_E_ARG,
			       "%s %s: the body of a bulk write must be a list of objects", method,
			       path);
	if (strlen(fields) >= NETBOX_MAX_PATH - 100)
		return sb_fail(err, SB_E_ARG, "%s %s: the request line is too long", method, path);
	write = create_write(netbox, method, path, fields);
	if (!write)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	write->n = json_array_size(body);
	write->done = done;
	write->arg = arg;
	return begin_write(write, body, err);
}

int sb_netbox_write_document(struct sb_netbox *netbox, const char *path, const json_t *document,
			     size_t n, sb_netbox_written_fn *done, void *arg, struct sb_error *err)
{
	struct netbox_write *write = create_write(netbox, "POST", path, "");

	if (!write)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	write->is_document = true;
	write->n = n;
	write->done = done;
	write->arg = arg;
	return begin_write(write, document, err);
}
