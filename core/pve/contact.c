/* SPDX-License-Identifier: Apache-2.0 */
/* The first contact: version, identity and permissions, over the URLs in turn. */
#include <string.h>

#include "net/gather.h"
#include "pve/client_priv.h"
#include "stagebox/log.h"

static const char *const contact_paths[] = {"/version", "/cluster/status", "/access/permissions"};

enum { VERSION, STATUS, PERMISSIONS };

static int send_read(struct sb_pve *pve, struct sb_gather *contact, unsigned what,
		     struct sb_error *err)
{
	enum sb_pve_class cost = what == STATUS ? SB_PVE_PROTECTED : SB_PVE_INLINE;
	struct sb_reply *reply = sb_gather_expect(contact, what);
	int rc;

	rc = sb_pve_send(pve, cost, contact_paths[what], pve->n_urls > 1, 0, sb_gather_take, reply,
			 err);
	if (rc < 0)
		sb_gather_forget(contact);
	return rc;
}

static int use_replies(struct sb_pve *pve, const struct sb_gather *contact, struct sb_error *err)
{
	const struct sb_reply *replies = contact->replies;
	int rc;

	if (replies[STATUS].why.code) {
		*err = replies[STATUS].why;
		if (err->code == SB_E_FORBIDDEN)
			return sb_context(err, err->code,
					  "the token needs Sys.Audit on / (role PVEAuditor on /, "
					  "propagated, for user and token)");
		return err->code;
	}
	rc = sb_pve_set_version(pve, replies[VERSION].data, err);
	sb_pve_identity_finish(&pve->identity);
	if (!rc)
		rc = sb_pve_identity_read(replies[STATUS].data, &pve->identity, err);
	if (rc < 0)
		return rc;
	/* Permissions that cannot be read stay unknown, and the session opens all the same. */
	json_decref(pve->permissions);
	pve->permissions = NULL;
	if (json_is_object(replies[PERMISSIONS].data))
		pve->permissions = json_incref(replies[PERMISSIONS].data);
	return sb_pve_identity_check(pve->identity.text, pve->pinned, err);
}

/* Reads the version alone first: Proxmox VE delays each request with a refused token by 3 s. */
static int try_url(struct sb_pve *pve, struct sb_gather *contact, struct sb_error *err)
{
	int rc = send_read(pve, contact, VERSION, err);

	if (!rc)
		rc = sb_gather_wait(contact, err);
	if (!rc && contact->replies[VERSION].why.code) {
		*err = contact->replies[VERSION].why;
		rc = err->code;
	}
	if (!rc)
		rc = send_read(pve, contact, STATUS, err);
	if (!rc)
		rc = send_read(pve, contact, PERMISSIONS, err);
	if (!rc)
		rc = sb_gather_wait(contact, err);
	if (!rc)
		rc = use_replies(pve, contact, err);
	return rc;
}

/* Can another URL help? A wrong token is wrong there as well. */
static bool can_another_url_help(const struct sb_error *err)
{
	switch (err->code) {
	case SB_E_NET:
	case SB_E_TIMEOUT:
	case SB_E_HTTP:
	case SB_E_JSON:
	case SB_E_SHAPE:
	case SB_E_REFUSED: return true; /* that URL answers for another cluster */
	default: return false;
	}
}

/* Tries the URLs in turn; why is the most important error: another cluster, else the last one. */
static int try_urls(struct sb_pve *pve, struct sb_error *why)
{
	struct sb_error refused = SB_ERROR_INIT;
	struct sb_gather contact;
	int rc = SB_E_NET;

	sb_gather_init(&contact, pve->http);
	for (pve->url = 0; pve->url < pve->n_urls; pve->url++) {
		memset(why, 0, sizeof(*why));
		sb_http_use_url(pve->http, pve->server, pve->url);
		rc = try_url(pve, &contact, why);
		/* Requests in flight point into contact. */
		sb_pve_drop_asks(pve);
		sb_gather_finish(&contact);
		if (!rc || !can_another_url_help(why))
			break;
		if (rc == SB_E_REFUSED && !refused.code)
			refused = *why;
		if (pve->url + 1 < pve->n_urls)
			sb_log(SB_LOG_WARN, "endpoint %s: URL %u of %u was skipped: %s", pve->slug,
			       pve->url + 1, pve->n_urls, why->text);
	}
	if (rc < 0 && can_another_url_help(why) && refused.code)
		*why = refused;
	return rc < 0 ? why->code : 0;
}

int sb_pve_open(struct sb_pve *pve, struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;
	int rc;

	if (pve->is_open || pve->n_asks)
		return sb_fail(err, SB_E_STATE, "endpoint %s: opened twice", pve->slug);
	rc = try_urls(pve, &why);
	if (!rc) {
		pve->is_open = true;
		return 0;
	}
	rc = sb_http_as_unreachable(rc, &why);
	if (err)
		*err = why;
	if (pve->n_urls > 1 && pve->url == pve->n_urls && rc != SB_E_REFUSED)
		return sb_context(err, rc, "endpoint %s: none of its %u URLs answered; the last",
				  pve->slug, pve->n_urls);
	return sb_context(err, rc, "endpoint %s", pve->slug);
}
