/* SPDX-License-Identifier: Apache-2.0 */
/* The session with one Proxmox VE endpoint. Equal asks in flight are one request. */
#include "pve/client.h"

#include <string.h>

#include "pve/ask.h"
#include "pve/client_priv.h"
#include "pve/move.h"

void sb_pve_drop_asks(struct sb_pve *pve)
{
	size_t i;

	sb_pve_move_drop(pve);
	for (i = 0; i < PVE_CHAINS; i++) {
		while (pve->asks[i]) {
			struct pve_ask *ask = pve->asks[i];

			pve->asks[i] = ask->next;
			sb_http_cancel(pve->http, ask);
			sb_pve_ask_destroy(ask);
		}
	}
	pve->n_asks = 0;
}

void sb_pve_destroy(struct sb_pve *pve)
{
	if (!pve)
		return;
	sb_pve_drop_asks(pve);
	json_decref(pve->permissions);
	free(pve->slug);
	free(pve->server);
	free(pve->pinned);
	free(pve->version);
	sb_pve_identity_finish(&pve->identity);
	free(pve);
}

int sb_pve_create(struct sb_http *http, const char *slug, const char *pinned, unsigned n_urls,
		  struct sb_pve **ret_pve, struct sb_error *err)
{
	struct sb_pve *pve = calloc(1, sizeof(*pve));
	sb_autobuf server = SB_BUF_INIT(1024);

	if (!pve)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	sb_buf_addf(&server, "pve:%s", slug);
	pve->http = http;
	pve->slug = strdup(slug);
	pve->server = sb_buf_take(&server);
	pve->pinned = strdup(pinned ? pinned : "");
	pve->n_urls = n_urls ? n_urls : 1;
	if (!pve->slug || !pve->server || !pve->pinned) {
		sb_pve_destroy(pve);
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	*ret_pve = pve;
	return 0;
}

static void on_answer(void *arg, const struct sb_io_answer *answer)
{
	struct pve_ask *ask = arg;
	struct sb_error why = SB_ERROR_INIT;
	sb_autojson *data = NULL;
	int rc;

	if (sb_pve_move(ask, answer))
		return;
	rc = sb_pve_read_answer("GET", ask->path, answer, &data, &why);
	sb_pve_ask_deliver(ask, rc < 0 ? NULL : data, rc < 0 ? &why : NULL);
}

static int add_waiter(struct pve_ask *ask, sb_pve_done *done, void *arg, struct sb_error *err)
{
	struct pve_waiter *waiter = calloc(1, sizeof(*waiter));

	if (!waiter)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	waiter->done = done;
	waiter->arg = arg;
	*ask->end = waiter;
	ask->end = &waiter->next;
	return 0;
}

int sb_pve_send(struct sb_pve *pve, enum sb_pve_class cost, const char *path, bool once,
		unsigned timeout_ms, sb_pve_done *done, void *arg, struct sb_error *err)
{
	struct pve_ask **chain = sb_pve_ask_chain(pve, path), *ask;
	int rc;

	for (ask = *chain; ask; ask = ask->next)
		if (sb_streq(ask->path, path))
			return add_waiter(ask, done, arg, err);
	ask = sb_pve_ask_create(pve, path, cost);
	if (!ask)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	ask->once = once;
	ask->timeout_ms = timeout_ms;
	rc = add_waiter(ask, done, arg, err);
	if (!rc)
		rc = sb_pve_ask_send(ask, 0, on_answer, err);
	if (rc < 0) {
		sb_pve_ask_destroy(ask);
		return rc;
	}
	ask->next = *chain;
	*chain = ask;
	pve->n_asks++;
	return 0;
}

int sb_pve_get_within(struct sb_pve *pve, enum sb_pve_class cost, const char *path,
		      unsigned timeout_ms, sb_pve_done *done, void *arg, struct sb_error *err)
{
	/* A hung agent occupies a slot of the node for seconds, so agent calls are not repeated. */
	return sb_pve_send(pve, cost, path, cost == SB_PVE_AGENT, timeout_ms, done, arg, err);
}

int sb_pve_get(struct sb_pve *pve, enum sb_pve_class cost, const char *path, sb_pve_done *done,
	       void *arg, struct sb_error *err)
{
	return sb_pve_get_within(pve, cost, path, 0, done, arg, err);
}

const char *sb_pve_identity(const struct sb_pve *pve)
{
	return pve->identity.text ? pve->identity.text : "";
}

int sb_pve_identity_fits(const struct sb_pve *pve, const char *identity, struct sb_error *err)
{
	return sb_pve_identity_check(identity, pve->pinned, err);
}

int sb_pve_version_major(const struct sb_pve *pve)
{
	return pve->version_major;
}

const char *sb_pve_version(const struct sb_pve *pve)
{
	return pve->version ? pve->version : "";
}

const char *sb_pve_cluster_name(const struct sb_pve *pve)
{
	return pve->identity.cluster_name ? pve->identity.cluster_name : "";
}

bool sb_pve_clustered(const struct sb_pve *pve)
{
	return pve->identity.clustered;
}

const char *sb_pve_server(const struct sb_pve *pve)
{
	return pve->server;
}

unsigned sb_pve_url(const struct sb_pve *pve)
{
	return pve->url;
}

bool sb_pve_has_quorum(const struct sb_pve *pve)
{
	return pve->identity.has_quorum;
}
