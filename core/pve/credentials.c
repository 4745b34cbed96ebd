/* SPDX-License-Identifier: Apache-2.0 */
/* Authentication: API token, or user and password for a ticket. */
#include "pve/credentials.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "pve/client_priv.h"
#include "stagebox/json.h"

/* A ticket is valid for two hours, and the clocks of a cluster may differ by five minutes. */
enum { TICKET_HOLD_MS = 90 * 60 * 1000 };

static bool is_uuid(const char *text)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	size_t i;

	for (i = 0; form[i]; i++)
		if (form[i] == '-' ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
	return !text[i];
}

int sb_pve_token_check(const char *token, struct sb_error *err)
{
	const char *mark = strchr(token, '!'), *at = strchr(token, '@');
	const char *sign = strchr(mark ? mark : token, '=');
	const char *wrong = NULL;

	if (sb_starts_with(token, "PVEAPIToken="))
		wrong = "remove \"PVEAPIToken=\" from it";
	else if (!mark && !sign && is_uuid(token))
		wrong = "this is only the secret: put user@realm!name= before it";
	else if (!mark)
		wrong = "there is no \"!\" between user@realm and the name of the token";
	else if (!at || at > mark)
		wrong = "the realm is missing: user@pam or user@pve, before the \"!\"";
	else if (!sign)
		wrong = "there is no \"=\" between the name of the token and its secret";
	else if (!sign[1])
		wrong = "nothing follows the \"=\": the secret is missing";
	if (!wrong)
		return 0;
	return sb_fail(err, SB_E_AUTH,
		       "the token has the wrong form: %s; it is written user@realm!name=uuid",
		       wrong);
}

static void add_login_form(const char *user, const char *secret, struct sb_buf *to)
{
	sb_buf_add(to, "username=");
	sb_buf_add_url(to, user);
	sb_buf_add(to, "&password=");
	sb_buf_add_url(to, secret);
}

static int fail_login(const char *user, const struct sb_error *why, struct sb_error *err)
{
	*err = *why;
	if (why->http_status != 401) {
		if (sb_starts_with(why->text, "GET "))
			snprintf(err->text, sizeof(err->text), "POST %s", why->text + 4);
		return why->code;
	}
	sb_fail(err, SB_E_AUTH,
		"POST /access/ticket: HTTP 401: the login of %.80s was refused: user, realm "
		"(@pam, @pve, ...) or password is wrong, or the user is disabled or expired",
		user);
	err->http_status = 401;
	return SB_E_AUTH;
}

static int read_login_answer(const char *user, const struct sb_io_answer *answer,
			     struct sb_io_grant *ret_grant, struct sb_error *err)
{
	sb_autobuf cookie = SB_BUF_INIT(16384), csrf = SB_BUF_INIT(4096);
	sb_autojson *data = NULL;
	struct sb_error why = SB_ERROR_INIT;
	const char *ticket, *prevention;

	if (sb_pve_read_answer("POST", "/access/ticket", answer, &data, &why) < 0)
		return fail_login(user, &why, err);
	ticket = sb_json_str(data, "ticket");
	prevention = sb_json_str(data, "CSRFPreventionToken");
	if (sb_json_bool(data, "NeedTFA", false) || (ticket && sb_starts_with(ticket, "PVE:!tfa!")))
		return sb_fail(
			err, SB_E_AUTH,
			"the user %.80s needs a second factor, which a service cannot provide: use "
			"an API token (Datacenter > Permissions > API Tokens), or a user "
			"without a second factor",
			user);
	if (!ticket || !prevention)
		return sb_fail(err, SB_E_SHAPE, "POST /access/ticket: no ticket in the answer");
	sb_buf_add(&cookie, "Cookie: PVEAuthCookie=");
	sb_buf_add_url(&cookie, ticket);
	sb_buf_addf(&csrf, "CSRFPreventionToken: %s", prevention);
	ret_grant->headers = sb_buf_take(&cookie);
	ret_grant->write_headers = sb_buf_take(&csrf);
	ret_grant->renewal = strdup(ticket);
	if (!ret_grant->headers || !ret_grant->write_headers || !ret_grant->renewal)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	return 0;
}

void sb_pve_login(const char *user, const char *password, struct sb_io_login *ret_login)
{
	*ret_login = (struct sb_io_login){
		.user = user,
		.password = password,
		.path = "/api2/json/access/ticket",
		.hold_ms = TICKET_HOLD_MS,
		.ask = add_login_form,
		.take = read_login_answer,
	};
}
