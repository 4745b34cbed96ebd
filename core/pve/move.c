/* SPDX-License-Identifier: Apache-2.0 */
/* Moves a session from a base URL that dies during a run to the next one that answers for the same
 * cluster. */
#include "pve/move.h"

#include <string.h>

#include "pve/ask.h"
#include "stagebox/log.h"

/* When all URLs were dead, further asks fail at once for this long. */
enum { REST_MS = 30000 };

/* Is the contacted node dead, as opposed to the target of the request? A read that times out does
 * not prove it. */
static bool proves_death(const struct sb_io_answer *answer)
{
	/* While pmxcfs of the contacted node is down, every call ends like this. */
	if (answer->status == 500 &&
	    sb_starts_with(answer->reason, "RPCEnvironment init request failed"))
		return true;
	return answer->err.code == SB_E_NET ||
	       (answer->err.code == SB_E_TIMEOUT && answer->not_sent);
}

static void defer_ask(struct pve_ask *ask, const struct sb_io_answer *answer)
{
	struct pve_move *move = &ask->pve->move;
	json_t *nothing = NULL;

	sb_pve_read_answer("GET", ask->path, answer, &nothing, &ask->why);
	ask->next_deferred = NULL;
	if (!move->deferred)
		move->end = &move->deferred;
	*move->end = ask;
	move->end = &ask->next_deferred;
}

/* Detaches the deferred asks: a waiter may ask again and be deferred anew. */
static struct pve_ask *take_deferred(struct sb_pve *pve)
{
	struct pve_ask *deferred = pve->move.deferred;

	pve->move.deferred = NULL;
	return deferred;
}

static void fail_deferred(struct sb_pve *pve)
{
	struct pve_ask *ask = take_deferred(pve), *next;
	struct sb_io *io = sb_http_io(pve->http);

	pve->move.not_before_ms = io->ops->now_ms(io) + REST_MS;
	for (; ask; ask = next) {
		struct sb_error why = ask->why;

		next = ask->next_deferred;
		sb_pve_ask_fail(ask, &why);
	}
}

static void finish_move(struct sb_pve *pve)
{
	struct pve_ask *ask = take_deferred(pve), *next;

	sb_log(SB_LOG_WARN, "endpoint %s: URL %u of %u failed, using URL %u: %s", pve->slug,
	       pve->url + 1, pve->n_urls, pve->move.candidate + 1, ask ? ask->why.text : "");
	pve->url = pve->move.candidate;
	pve->serial++;
	sb_http_use_url(pve->http, pve->server, pve->url);
	for (; ask; ask = next) {
		next = ask->next_deferred;
		sb_pve_ask_again(ask);
	}
}

static void try_next(struct sb_pve *pve);

static void on_probe(void *arg, const struct sb_io_answer *answer)
{
	struct pve_ask *probe = arg;
	struct sb_pve *pve = probe->pve;
	struct pve_identity found = {0};
	struct sb_error why = SB_ERROR_INIT;
	sb_autojson *data = NULL;
	int rc;

	pve->move.probe = NULL;
	rc = sb_pve_read_answer("GET", probe->path, answer, &data, &why);
	sb_pve_ask_destroy(probe);
	if (!rc)
		rc = sb_pve_identity_read(data, &found, &why);
	if (!rc)
		rc = sb_pve_identity_check(found.text, pve->identity.text, &why);
	sb_pve_identity_finish(&found);
	if (!rc) {
		finish_move(pve);
		return;
	}
	sb_log(SB_LOG_WARN, "endpoint %s: URL %u of %u cannot be used: %s", pve->slug,
	       pve->move.candidate + 1, pve->n_urls, why.text);
	try_next(pve);
}

/* The identity of a URL is checked before anything else is sent to it. */
static void try_next(struct sb_pve *pve)
{
	struct pve_move *move = &pve->move;

	while (++move->tried < pve->n_urls) {
		move->candidate = (pve->url + move->tried) % pve->n_urls;
		move->probe = sb_pve_ask_create(pve, "/cluster/status", SB_PVE_PROTECTED);
		if (!move->probe)
			break;
		move->probe->once = true;
		if (sb_pve_ask_send(move->probe, move->candidate + 1, on_probe, NULL) == 0)
			return;
		sb_pve_ask_destroy(sb_steal(move->probe));
	}
	fail_deferred(pve);
}

bool sb_pve_move(struct pve_ask *ask, const struct sb_io_answer *answer)
{
	struct sb_pve *pve = ask->pve;
	struct sb_io *io = sb_http_io(pve->http);

	if (!pve->is_open || pve->n_urls < 2 || ask->moves >= pve->n_urls || !proves_death(answer))
		return false;
	if (!pve->move.probe && ask->serial == pve->serial &&
	    io->ops->now_ms(io) < pve->move.not_before_ms)
		return false;
	ask->moves++;
	if (!pve->move.probe && ask->serial != pve->serial) {
		sb_pve_ask_again(ask);
		return true;
	}
	defer_ask(ask, answer);
	if (!pve->move.probe) {
		pve->move.tried = 0;
		try_next(pve);
	}
	return true;
}

void sb_pve_move_drop(struct sb_pve *pve)
{
	if (pve->move.probe)
		sb_http_cancel(pve->http, pve->move.probe);
	sb_pve_ask_destroy(sb_steal(pve->move.probe));
	pve->move.deferred = NULL;
}
