/* SPDX-License-Identifier: Apache-2.0 */
/* One GET in flight and its waiters. */
#include "pve/ask.h"

#include <string.h>

enum { AGENT_TIMEOUT_MS = 12000, READ_TIMEOUT_MS = 35000 };

struct pve_ask *sb_pve_ask_create(struct sb_pve *pve, const char *path, enum sb_pve_class cost)
{
	struct pve_ask *ask = calloc(1, sizeof(*ask));

	if (!ask)
		return NULL;
	ask->pve = pve;
	ask->cost = cost;
	ask->end = &ask->waiters;
	ask->path = strdup(path);
	if (!ask->path) {
		free(ask);
		return NULL;
	}
	return ask;
}

void sb_pve_ask_destroy(struct pve_ask *ask)
{
	if (!ask)
		return;
	while (ask->waiters) {
		struct pve_waiter *waiter = ask->waiters;

		ask->waiters = waiter->next;
		free(waiter);
	}
	free(ask->path);
	free(ask);
}

struct pve_ask **sb_pve_ask_chain(struct sb_pve *pve, const char *path)
{
	uint32_t hash = 2166136261u;

	for (; *path; path++)
		hash = (hash ^ (unsigned char)*path) * 16777619u;
	return &pve->asks[hash % PVE_CHAINS];
}

static void remove_ask(struct pve_ask *ask)
{
	struct pve_ask **link = sb_pve_ask_chain(ask->pve, ask->path);

	while (*link != ask)
		link = &(*link)->next;
	*link = ask->next;
	ask->pve->n_asks--;
}

/* Removed from the chain first: an equal ask that done sends needs a new answer. */
void sb_pve_ask_deliver(struct pve_ask *ask, const json_t *data, const struct sb_error *why)
{
	const struct pve_waiter *waiter;

	remove_ask(ask);
	for (waiter = ask->waiters; waiter; waiter = waiter->next)
		waiter->done(waiter->arg, data, why);
	sb_pve_ask_destroy(ask);
}

void sb_pve_ask_fail(struct pve_ask *ask, const struct sb_error *why)
{
	sb_pve_ask_deliver(ask, NULL, why);
}

/* The node that a path is forwarded to, for its queue; "" = answered by the contacted node. */
static char *node_of_path(const char *path)
{
	static const char prefix[] = "/nodes/";
	const char *node = path + sizeof(prefix) - 1;

	if (!sb_starts_with(path, prefix))
		return strdup("");
	return strndup(node, strcspn(node, "/?"));
}

static unsigned timeout_of(const struct pve_ask *ask)
{
	if (ask->timeout_ms)
		return ask->timeout_ms;
	return ask->cost == SB_PVE_AGENT ? AGENT_TIMEOUT_MS : READ_TIMEOUT_MS;
}

int sb_pve_ask_send(struct pve_ask *ask, unsigned to, sb_http_done *done, struct sb_error *err)
{
	sb_autobuf url = SB_BUF_INIT(16384);
	sb_autofree char *node = node_of_path(ask->path);
	struct sb_http_request request = {
		.server = ask->pve->server,
		.method = "GET",
		.node = node,
		.cost = ask->cost,
		.timeout_ms = timeout_of(ask),
		.repeatable = true,
		.once = ask->once,
		.url = to,
	};
	int rc;

	sb_buf_addf(&url, "/api2/json%s", ask->path);
	rc = sb_buf_check(&url, err);
	if (rc < 0)
		return rc;
	if (!node)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	request.path = sb_buf_str(&url);
	ask->serial = ask->pve->serial;
	ask->done = done;
	return sb_http_send(ask->pve->http, &request, done, ask, err);
}

void sb_pve_ask_again(struct pve_ask *ask)
{
	struct sb_error err = SB_ERROR_INIT;

	if (sb_pve_ask_send(ask, 0, ask->done, &err) < 0)
		sb_pve_ask_deliver(ask, NULL, &err);
}
