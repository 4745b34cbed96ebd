/* SPDX-License-Identifier: Apache-2.0 */
/* Authentication: API tokens, tickets with their CSRF token, and the login call. */
#include "pve/answer.h"

#include "base/buf.h"
#include "pve/property.h"

#include <inttypes.h>
#include <strings.h>

#define PVE_PASSWORD        "stagebox-lab"
#define PVE_TICKET_LIFE_S   7200
#define PVE_CLOCK_SKEW_S    300
#define PVE_REFUSAL_WAIT_MS 3000

static void refuse_login(struct pve_call *call, const char *reason)
{
	pve_refuse_empty(call, 401, reason);
	call->answer->delay_ms = PVE_REFUSAL_WAIT_MS;
}

/* Sign a purpose, the user and a time with a secret of this endpoint. */
static json_t *sign_text(const struct lab_pve *pve, const char *purpose, int64_t time_s)
{
	sb_autojson *tree = json_pack("[sssIs]", purpose, pve->user, pve->secret,
				      (json_int_t)time_s, pve->slug);

	return pve_digest(tree);
}

static json_t *make_ticket(const struct lab_pve *pve, int64_t time_s)
{
	sb_autojson *signature = sign_text(pve, "ticket", time_s);

	return json_sprintf("PVE:%s:%08" PRIX64 "::%s", pve->user, (uint64_t)time_s,
			    json_string_value(signature));
}

static json_t *make_csrf(const struct lab_pve *pve, int64_t time_s)
{
	sb_autojson *signature = sign_text(pve, "csrf", time_s);

	return json_sprintf("%08" PRIX64 ":%s", (uint64_t)time_s, json_string_value(signature));
}

static bool is_fresh(int64_t time_s, int64_t now_s)
{
	return time_s <= now_s + PVE_CLOCK_SKEW_S && now_s - time_s <= PVE_TICKET_LIFE_S;
}

static bool ticket_is_valid(const struct pve_call *call, const char *ticket)
{
	const char *user = call->pve->user;
	size_t len = strlen(user);

	if (!sb_starts_with(ticket, "PVE:") || strncmp(ticket + 4, user, len) != 0 ||
	    ticket[4 + len] != ':')
		return false;

	int64_t time_s = (int64_t)strtoull(ticket + 5 + len, NULL, 16);
	sb_autojson *expected = make_ticket(call->pve, time_s);

	return expected && sb_streq(json_string_value(expected), ticket) &&
	       is_fresh(time_s, call->now_s);
}

static bool csrf_is_valid(const struct pve_call *call, const char *csrf)
{
	int64_t time_s = (int64_t)strtoull(csrf, NULL, 16);
	sb_autojson *expected = make_csrf(call->pve, time_s);

	return expected && sb_streq(json_string_value(expected), csrf) &&
	       is_fresh(time_s, call->now_s);
}

/* Decode percent escapes, but not '+', of a header value. New text. */
static char *decode_percent(const char *text, size_t len)
{
	sb_autobuf buf = SB_BUF_INIT(16 << 10);

	for (size_t i = 0; i < len; i++) {
		char hex[3] = {0};

		if (text[i] == '%' && i + 2 < len) {
			memcpy(hex, text + i + 1, 2);
			if (strspn(hex, "0123456789abcdefABCDEF") == 2) {
				char byte = (char)strtoul(hex, NULL, 16);

				sb_buf_add_mem(&buf, &byte, 1);
				i += 2;
				continue;
			}
		}
		sb_buf_add_mem(&buf, text + i, 1);
	}
	return sb_buf_take(&buf);
}

/* Read the ticket in the Cookie header. New text, or NULL without one. */
static char *cookie_ticket(const char *cookie)
{
	static const char name[] = "PVEAuthCookie=";

	while (cookie && *cookie) {
		cookie += strspn(cookie, "; ");
		if (sb_starts_with(cookie, name))
			return decode_percent(cookie + sizeof(name) - 1,
					      strcspn(cookie + sizeof(name) - 1, ";"));
		cookie += strcspn(cookie, ";");
	}
	return NULL;
}

static bool is_token(const char *text, const char *user, const char *name, const char *secret)
{
	sb_autobuf expected = SB_BUF_INIT(4 << 10);

	if (!user)
		return false;
	sb_buf_addf(&expected, "%s!%s=%s", user, name, secret);
	return sb_streq(text, sb_buf_str(&expected));
}

static bool token_is_valid(struct pve_call *call)
{
	static const char scheme[] = "PVEAPIToken=";
	const char *value = call->request->authorization + sizeof(scheme) - 1;
	const struct lab_pve *pve = call->pve;
	/* Proxmox VE cuts the header at the first ';'. */
	sb_autofree char *token = decode_percent(value, strcspn(value, ";"));

	if (!token)
		return false;
	call->is_writer = is_token(token, pve->writer, pve->writer_name, pve->writer_secret);
	call->user = call->is_writer ? pve->writer : pve->user;
	call->token_name = call->is_writer ? pve->writer_name : pve->token_name;
	if (call->is_writer)
		return !pve->writer_expired;
	return is_token(token, pve->user, pve->token_name, pve->secret) && !pve->token_expired;
}

static bool authenticate_ticket(struct pve_call *call, const char *ticket)
{
	if (!ticket_is_valid(call, ticket)) {
		refuse_login(call, "Authentication failed!");
		return false;
	}
	call->is_ticket = true;
	if (!sb_streq(call->request->method, "GET") &&
	    (!call->request->csrf || !csrf_is_valid(call, call->request->csrf))) {
		refuse_login(call, "Permission denied - invalid csrf token");
		return false;
	}
	return true;
}

bool pve_authenticate(struct pve_call *call)
{
	const char *header = call->request->authorization;
	sb_autofree char *ticket = cookie_ticket(call->request->cookie);

	call->user = call->pve->user;
	/* The cookie takes precedence over a token. */
	if (ticket)
		return authenticate_ticket(call, ticket);
	if (!header || !sb_starts_with(header, "PVEAPIToken=")) {
		refuse_login(call, "No ticket");
		return false;
	}
	if (!token_is_valid(call)) {
		refuse_login(call, "Authentication failed!");
		return false;
	}
	return true;
}

static bool names_user(const struct pve_call *call)
{
	const char *name = pve_param(call, "username"), *realm = pve_param(call, "realm");
	size_t len = strlen(name);

	if (!realm)
		return sb_streq(name, call->pve->user);
	return strncmp(name, call->pve->user, len) == 0 && call->pve->user[len] == '@' &&
	       sb_streq(call->pve->user + len + 1, realm);
}

static json_t *ticket_data(const struct pve_call *call)
{
	json_t *vms =
		pve_holds(call, "VM.Audit") ? json_pack("{si}", "VM.Audit", 1) : json_object();
	json_t *cap =
		json_pack("{sos{si}s{si}s{sisi}s{}s{si}s{si}}", "vms", vms, "nodes", "Sys.Audit", 1,
			  "storage", "Datastore.Audit", 1, "dc", "Sys.Audit", 1, "SDN.Audit", 1,
			  "access", "sdn", "SDN.Audit", 1, "mapping", "Mapping.Audit", 1);
	json_t *data = json_pack("{sssososo}", "username", call->pve->user, "ticket",
				 make_ticket(call->pve, call->now_s), "CSRFPreventionToken",
				 make_csrf(call->pve, call->now_s), "cap", cap);

	if (call->pve->n_nodes > 1)
		json_object_set_new(data, "clustername", json_string(call->pve->slug));
	return data;
}

/* The first half of a login with a second factor: a ticket without any permission. */
static json_t *challenge_data(const struct pve_call *call)
{
	return json_pack(
		"{ss so so si}", "username", call->pve->user, "ticket",
		json_sprintf("PVE:!tfa!{\"totp\":true}:%08" PRIX64 "::none", (uint64_t)call->now_s),
		"CSRFPreventionToken", make_csrf(call->pve, call->now_s), "NeedTFA", 1);
}

void pve_answer_ticket(struct pve_call *call)
{
	static const char *const required[] = {"username", "password"};

	if (call->request->authorization && !call->request->cookie) {
		if (!pve_authenticate(call))
			return;
		pve_refuse(call, 403,
			   "Permission check failed (URI '/access/ticket' not available with API "
			   "token, need proper ticket.\n)");
		return;
	}
	for (size_t i = 0; i < SB_ARRAY_LEN(required); i++) {
		if (!pve_param(call, required[i])) {
			pve_refuse_param(call, required[i],
					 "property is missing and it is not optional");
			return;
		}
	}

	const char *password = pve_param(call, "password");

	if (!names_user(call) ||
	    (!sb_streq(password, PVE_PASSWORD) && !ticket_is_valid(call, password))) {
		pve_refuse(call, 401, "authentication failure");
		call->answer->delay_ms = PVE_REFUSAL_WAIT_MS;
		return;
	}
	if (call->pve->needs_tfa)
		pve_ok(call, challenge_data(call));
	else
		pve_ok(call, ticket_data(call));
}
