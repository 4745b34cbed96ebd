/* SPDX-License-Identifier: Apache-2.0 */
/* A base URL that dies in the middle of a run is left for the next that answers for the same
 * cluster. */
#include <string.h>

#include "pve/client_priv.h"
#include "stagebox/log.h"

/* When all were dead, the asks that follow fail at once for this long. */
enum { REST_MS = 30000 };

/* The one we asked is gone, as opposed to what it was asked for. A read that takes too long says
 * nothing of the kind. */
static bool is_death(const struct sb_io_answer *answer)
{
	/* pmxcfs of the node that we ask is down: every call ends like this. */
	if (answer->status == 500 &&
	    sb_starts_with(answer->reason, "RPCEnvironment init request failed"))
		return true;
	return answer->err.code == SB_E_NET ||
	       (answer->err.code == SB_E_TIMEOUT && answer->not_sent);
}

static void park(struct pve_ask *ask, const struct sb_io_answer *answer)
{
	struct pve_move *move = &ask->pve->move;
	json_t *nothing = NULL;

	sb_pve_read_answer(ask->path, answer, &nothing, &ask->why);
	ask->next_parked = NULL;
	if (!move->parked)
		move->end = &move->parked;
	*move->end = ask;
	move->end = &ask->next_parked;
}

/* Those that wait, taken out: who is told may ask again and be parked anew. */
static struct pve_ask *take_parked(struct sb_pve *pve)
{
	struct pve_ask *parked = pve->move.parked;

	pve->move.parked = NULL;
	return parked;
}

static void give_up(struct sb_pve *pve)
{
	struct pve_ask *ask = take_parked(pve), *next;
	struct sb_io *io = sb_http_io(pve->http);

	pve->move.not_before_ms = io->ops->now_ms(io) + REST_MS;
	for (; ask; ask = next) {
		struct sb_error why = ask->why;

		next = ask->next_parked;
		sb_pve_ask_fail(ask, &why);
	}
}

static void arrive(struct sb_pve *pve)
{
	struct pve_ask *ask = take_parked(pve), *next;

	sb_log(SB_LOG_WARN, "endpoint %s: URL %u of %u is left for URL %u: %s", pve->slug,
	       pve->url + 1, pve->n_urls, pve->move.candidate + 1, ask ? ask->why.text : "");
	pve->url = pve->move.candidate;
	pve->serial++;
	sb_http_use_url(pve->http, pve->server, pve->url);
	for (; ask; ask = next) {
		next = ask->next_parked;
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
	rc = sb_pve_read_answer(probe->path, answer, &data, &why);
	sb_pve_ask_destroy(probe);
	if (!rc)
		rc = sb_pve_identity_read(data, &found, &why);
	if (!rc)
		rc = sb_pve_identity_check(found.text, pve->identity.text, &why);
	sb_pve_identity_finish(&found);
	if (!rc) {
		arrive(pve);
		return;
	}
	sb_log(SB_LOG_WARN, "endpoint %s: URL %u of %u is no way out: %s", pve->slug,
	       pve->move.candidate + 1, pve->n_urls, why.text);
	try_next(pve);
}

/* Nothing else goes to a URL before it has said who it is. */
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
	give_up(pve);
}

bool sb_pve_move(struct pve_ask *ask, const struct sb_io_answer *answer)
{
	struct sb_pve *pve = ask->pve;
	struct sb_io *io = sb_http_io(pve->http);

	if (!pve->is_open || pve->n_urls < 2 || ask->moves >= pve->n_urls || !is_death(answer))
		return false;
	if (!pve->move.probe && ask->serial == pve->serial &&
	    io->ops->now_ms(io) < pve->move.not_before_ms)
		return false;
	ask->moves++;
	if (!pve->move.probe && ask->serial != pve->serial) {
		sb_pve_ask_again(ask);
		return true;
	}
	park(ask, answer);
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
	pve->move.parked = NULL;
}
