/* SPDX-License-Identifier: Apache-2.0 */
/* The first contact: who answers, who it is, what we may; over the URLs in turn. */
#include <string.h>

#include "pve/client_priv.h"

static const char *const contact_paths[] = {"/version", "/cluster/status", "/access/permissions"};

enum { VERSION, STATUS, PERMISSIONS, N_CONTACT };

/* One try of one URL. Answers are kept until all are in. */
struct contact {
	unsigned outstanding;
	struct reply {
		struct contact *contact;
		json_t *data;
		struct sb_error why;
	} replies[N_CONTACT];
};

static void on_reply(void *arg, const json_t *data, const struct sb_error *why)
{
	struct reply *reply = arg;

	reply->contact->outstanding--;
	if (data)
		reply->data = json_deep_copy(data);
	if (why)
		reply->why = *why;
	else if (!reply->data)
		sb_fail(&reply->why, SB_E_NOMEM, "out of memory");
}

static int ask(struct sb_pve *pve, struct contact *contact, size_t what, struct sb_error *err)
{
	enum sb_pve_class cost = what == STATUS ? SB_PVE_PROTECTED : SB_PVE_INLINE;
	int rc;

	contact->replies[what].contact = contact;
	rc = sb_pve_send(pve, cost, contact_paths[what], pve->n_urls > 1, on_reply,
			 &contact->replies[what], err);
	if (rc == 0)
		contact->outstanding++;
	return rc;
}

static int run(struct sb_pve *pve, const struct contact *contact, struct sb_error *err)
{
	int rc = 0;

	while (rc == 0 && contact->outstanding)
		rc = sb_http_turn(pve->http, 1000, err);
	return rc;
}

static int use_replies(struct sb_pve *pve, struct contact *contact, struct sb_error *err)
{
	const struct reply *replies = contact->replies;
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
	if (rc == 0)
		rc = sb_pve_set_identity(pve, replies[STATUS].data, err);
	if (rc < 0)
		return rc;
	/* Rights that cannot be read are not known, which is no reason to stop. */
	json_decref(pve->permissions);
	pve->permissions = NULL;
	if (json_is_object(replies[PERMISSIONS].data))
		pve->permissions = json_incref(replies[PERMISSIONS].data);
	return 0;
}

/* The version alone first: a refused token costs 3 s per request. */
static int try_url(struct sb_pve *pve, struct contact *contact, struct sb_error *err)
{
	int rc = ask(pve, contact, VERSION, err);

	if (rc == 0)
		rc = run(pve, contact, err);
	if (rc == 0 && contact->replies[VERSION].why.code) {
		*err = contact->replies[VERSION].why;
		rc = err->code;
	}
	if (rc == 0)
		rc = ask(pve, contact, STATUS, err);
	if (rc == 0)
		rc = ask(pve, contact, PERMISSIONS, err);
	if (rc == 0)
		rc = run(pve, contact, err);
	if (rc == 0)
		rc = use_replies(pve, contact, err);
	return rc;
}

/* Does another URL help? A wrong token is as wrong there. */
static bool is_unreachable(const struct sb_error *err)
{
	switch (err->code) {
	case SB_E_NET:
	case SB_E_TIMEOUT:
	case SB_E_HTTP:
	case SB_E_JSON:
	case SB_E_SHAPE: return true;
	default: return false;
	}
}

/* Whatever is still under way points into the contact. */
static void contact_finish(struct sb_pve *pve, struct contact *contact)
{
	size_t i;

	sb_pve_drop_asks(pve);
	for (i = 0; i < N_CONTACT; i++)
		json_decref(contact->replies[i].data);
}

int sb_pve_open(struct sb_pve *pve, struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;
	unsigned url;
	int rc = 0;

	if (pve->is_open || pve->n_asks)
		return sb_fail(err, SB_E_STATE, "endpoint %s: opened twice", pve->slug);
	for (url = 0; url < pve->n_urls; url++) {
		struct contact contact = {.outstanding = 0};

		memset(&why, 0, sizeof(why));
		rc = try_url(pve, &contact, &why);
		contact_finish(pve, &contact);
		if (rc == 0 || !is_unreachable(&why))
			break;
		if (url + 1 < pve->n_urls)
			sb_http_next_url(pve->http, pve->server);
	}
	if (rc == 0)
		rc = sb_pve_check_pinned(pve, &why);
	if (rc == 0) {
		pve->is_open = true;
		return 0;
	}
	if (err)
		*err = why;
	if (pve->n_urls > 1 && url == pve->n_urls)
		return sb_context(err, rc, "endpoint %s: none of its %u URLs answered; the last",
				  pve->slug, pve->n_urls);
	return sb_context(err, rc, "endpoint %s", pve->slug);
}
