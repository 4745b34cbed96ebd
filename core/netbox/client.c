/* SPDX-License-Identifier: Apache-2.0 */
/* The session with NetBox: creating, destroying, and single reads. */
#include "netbox/client.h"

#include <string.h>

#include "net/gather.h"
#include "netbox/client_priv.h"

enum { READ_TIMEOUT_MS = 30000 };

/* One read in flight. */
struct netbox_call {
	struct netbox_call *next;
	struct sb_netbox *netbox;
	char *method, *path;
	sb_netbox_got *done;
	void *arg;
};

int sb_netbox_create(struct sb_http *http, struct sb_netbox **ret_netbox, struct sb_error *err)
{
	/* The sender of writes limits how many are in flight. */
	static const struct sb_http_limits limits = {.per_class = {[NETBOX_READ_CLASS] = 4}};
	struct sb_netbox *netbox = calloc(1, sizeof(*netbox));

	if (!netbox)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	netbox->http = http;
	if (sb_http_limit(http, NETBOX_SERVER, &limits, err) < 0) {
		free(netbox);
		return SB_E_NOMEM;
	}
	*ret_netbox = netbox;
	return 0;
}

static void call_destroy(struct netbox_call *call)
{
	free(call->method);
	free(call->path);
	free(call);
}

void sb_netbox_drop_calls(struct sb_netbox *netbox)
{
	while (netbox->calls) {
		struct netbox_call *call = netbox->calls;

		netbox->calls = call->next;
		sb_http_cancel(netbox->http, call);
		call_destroy(call);
	}
}

void sb_netbox_destroy(struct sb_netbox *netbox)
{
	if (!netbox)
		return;
	sb_netbox_drop_calls(netbox);
	sb_netbox_drop_lists(netbox);
	sb_netbox_drop_writes(netbox);
	sb_netbox_drop_homes(netbox);
	free(netbox);
}

static void remove_call(struct netbox_call *call)
{
	struct netbox_call **link = &call->netbox->calls;

	while (*link != call)
		link = &(*link)->next;
	*link = call->next;
}

static void on_answer(void *arg, const struct sb_io_answer *answer)
{
	struct netbox_call *call = arg;
	struct sb_netbox *netbox = call->netbox;
	struct sb_error why = SB_ERROR_INIT;
	sb_autojson *data = NULL;
	int rc;

	remove_call(call);
	if (*answer->api_version && !*netbox->caps.version)
		snprintf(netbox->caps.version, sizeof(netbox->caps.version), "%s",
			 answer->api_version);
	rc = sb_netbox_check_branch(netbox, answer, &why);
	if (!rc)
		rc = sb_netbox_read_answer(call->method, call->path, answer, &data, &why);
	call->done(call->arg, rc < 0 ? NULL : data, rc < 0 ? &why : NULL);
	call_destroy(call);
}

static struct netbox_call *create_call(struct sb_netbox *netbox, const char *method,
				       const char *path)
{
	struct netbox_call *call = calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	call->netbox = netbox;
	call->method = strdup(method);
	call->path = strdup(path);
	if (!call->method || !call->path) {
		call_destroy(call);
		return NULL;
	}
	return call;
}

int sb_netbox_call(struct sb_netbox *netbox, const char *method, const char *path,
		   sb_netbox_got *done, void *arg, struct sb_error *err)
{
	struct netbox_call *call;
	struct sb_http_request request = {
		.server = NETBOX_SERVER,
		.method = method,
		.path = path,
		.headers = sb_netbox_headers(netbox, path),
		.cost = NETBOX_READ_CLASS,
		.timeout_ms = READ_TIMEOUT_MS,
		.repeatable = true,
	};
	int rc;

	if (strlen(path) > NETBOX_MAX_PATH)
		return sb_fail(err, SB_E_ARG, "%s %.80s...: the request line is too long", method,
			       path);
	call = create_call(netbox, method, path);
	if (!call)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	call->done = done;
	call->arg = arg;
	rc = sb_http_send(netbox->http, &request, on_answer, call, err);
	if (rc < 0) {
		call_destroy(call);
		return rc;
	}
	call->next = netbox->calls;
	netbox->calls = call;
	return 0;
}

/* A path without /api/ is below it: "virtualization/clusters/?limit=1". */
static int call_below(struct sb_netbox *netbox, const char *method, const char *below,
		      sb_netbox_got *done, void *arg, struct sb_error *err)
{
	sb_autobuf path = SB_BUF_INIT(16384);
	int rc;

	if (sb_starts_with(below, "/api/"))
		sb_buf_add(&path, below);
	else
		sb_buf_addf(&path, "/api/%s", below + (*below == '/'));
	rc = sb_buf_check(&path, err);
	if (rc < 0)
		return rc;
	return sb_netbox_call(netbox, method, sb_buf_str(&path), done, arg, err);
}

int sb_netbox_get(struct sb_netbox *netbox, const char *path_and_query, sb_netbox_got *done,
		  void *arg, struct sb_error *err)
{
	return call_below(netbox, "GET", path_and_query, done, arg, err);
}

int sb_netbox_get_wait(struct sb_netbox *netbox, const char *path_and_query, json_t **ret_data,
		       struct sb_error *err)
{
	struct sb_gather got;
	struct sb_reply *reply;
	int rc;

	sb_gather_init(&got, netbox->http);
	reply = sb_gather_expect(&got, 0);
	rc = sb_netbox_get(netbox, path_and_query, sb_gather_take, reply, err);
	if (!rc)
		rc = sb_gather_wait(&got, err);
	if (!rc && reply->why.code) {
		if (err)
			*err = reply->why;
		rc = reply->why.code;
	}
	if (!rc)
		*ret_data = sb_steal(reply->data);
	sb_gather_finish(&got);
	return rc;
}

int sb_netbox_options(struct sb_netbox *netbox, const char *path, sb_netbox_got *done, void *arg,
		      struct sb_error *err)
{
	return call_below(netbox, "OPTIONS", path, done, arg, err);
}
