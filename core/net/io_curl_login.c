/* SPDX-License-Identifier: Apache-2.0 */
/* Logins of the real transport: requests wait for a grant, which is renewed before it expires. */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "net/io_curl_priv.h"

enum { LOGIN_TIMEOUT_MS = 35000, LOGIN_BYTES = 1 << 20, FORM_BYTES = 65536 };

static void wipe_text(char **text)
{
	if (*text)
		sodium_memzero(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

static void grant_finish(struct sb_io_grant *grant)
{
	wipe_text(&grant->headers);
	wipe_text(&grant->write_headers);
	wipe_text(&grant->renewal);
}

int sb_login_create(const struct sb_io_login *how, struct curl_login **ret_login,
		    struct sb_error *err)
{
	struct curl_login *login = calloc(1, sizeof(*login));

	if (!login)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	login->how = *how;
	login->how.user = strdup(how->user);
	login->how.password = strdup(how->password);
	login->how.path = strdup(how->path);
	if (!login->how.user || !login->how.password || !login->how.path) {
		sb_login_destroy(login);
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	*ret_login = login;
	return 0;
}

void sb_login_destroy(struct curl_login *login)
{
	if (!login)
		return;
	grant_finish(&login->grant);
	wipe_text((char **)&login->how.user);
	wipe_text((char **)&login->how.password);
	wipe_text((char **)&login->how.path);
	free(login);
}

static int64_t now_ms(const struct transfer *transfer)
{
	struct sb_io *io = &transfer->owner->io;

	return io->ops->now_ms(io);
}

static bool is_fresh(const struct curl_login *login, int64_t now)
{
	return login->is_granted && now - login->granted_ms < (int64_t)login->how.hold_ms;
}

static int start_granted(struct transfer *transfer, struct sb_error *err)
{
	const struct curl_login *login = transfer->server->login;

	transfer->is_deferred = false;
	transfer->grant_serial = login->serial;
	if (!sb_transfer_grant(transfer, &login->grant))
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	return sb_transfer_start(transfer, err);
}

/* Ends every deferred transfer with the error. A request that a callback sends waits for the next
 * login. */
static void refuse_deferred(struct io_curl *self, const struct curl_server *server,
			    const struct sb_error *why)
{
	struct transfer *transfer;
	bool any;

	for (transfer = self->transfers; transfer; transfer = transfer->next)
		if (transfer->server == server && transfer->is_deferred)
			transfer->is_refused = true;
	do {
		any = false;
		for (transfer = self->transfers; transfer; transfer = transfer->next) {
			struct sb_io_answer answer = {.reason = "",
						      .body = "",
						      .content_type = "",
						      .api_version = "",
						      .err = *why,
						      .not_sent = true};

			if (transfer->server != server || !transfer->is_refused)
				continue;
			sb_transfer_finish(transfer, &answer);
			any = true;
			break; /* the callback may have changed the list */
		}
	} while (any);
}

static void start_deferred(struct io_curl *self, const struct curl_server *server)
{
	struct transfer *transfer, *next;
	struct sb_error err = SB_ERROR_INIT;

	for (transfer = self->transfers; transfer; transfer = next) {
		next = transfer->next;
		if (transfer->server == server && transfer->is_deferred)
			if (start_granted(transfer, &err) < 0)
				transfer->is_deferred = true;
	}
	if (err.code)
		refuse_deferred(self, server, &err);
}

static int start_login(struct transfer *cause, struct sb_error *err);

/* When the renewal of a grant is refused, the next login uses the password again. */
static bool start_password_login(struct io_curl *self, const struct curl_server *server)
{
	struct transfer *transfer;

	grant_finish(&server->login->grant);
	server->login->is_granted = false;
	for (transfer = self->transfers; transfer; transfer = transfer->next)
		if (transfer->server == server && transfer->is_deferred)
			return start_login(transfer, NULL) == 0;
	return false;
}

static void on_login(void *arg, const struct sb_io_answer *answer)
{
	struct transfer *asking = arg;
	struct io_curl *self = asking->owner;
	const struct curl_server *server = asking->server;
	struct curl_login *login = server->login;
	struct sb_io_grant grant = {0};
	struct sb_error why = SB_ERROR_INIT;
	int rc;

	login->asking = NULL;
	rc = login->how.take(login->how.user, answer, &grant, &why);
	if (!rc && (!sb_secrets_add_text(&self->secrets, grant.renewal) ||
		    !sb_secrets_add_text(&self->secrets, grant.headers) ||
		    !sb_secrets_add_text(&self->secrets, grant.write_headers)))
		rc = sb_fail(&why, SB_E_NOMEM, "out of memory");
	if (rc < 0) {
		grant_finish(&grant);
		if (login->by_renewal && why.code == SB_E_AUTH &&
		    start_password_login(self, server))
			return;
		refuse_deferred(self, server, &why);
		return;
	}
	grant_finish(&login->grant);
	login->grant = grant;
	login->is_granted = true;
	login->granted_ms = now_ms(asking);
	login->serial++;
	start_deferred(self, server);
}

static int start_login(struct transfer *cause, struct sb_error *err)
{
	struct io_curl *self = cause->owner;
	const struct curl_server *server = cause->server;
	struct curl_login *login = server->login;
	sb_autobuf form = SB_BUF_INIT(FORM_BYTES);
	struct sb_io_request request = {
		.server = server->id,
		.url = cause->url,
		.method = "POST",
		.path = login->how.path,
		.headers = "Content-Type: application/x-www-form-urlencoded",
		.timeout_ms = LOGIN_TIMEOUT_MS,
		.max_bytes = LOGIN_BYTES,
	};
	struct transfer *asking;
	int rc;

	login->by_renewal = login->grant.renewal != NULL;
	login->how.ask(login->how.user,
		       login->by_renewal ? login->grant.renewal : login->how.password, &form);
	rc = sb_buf_check(&form, err);
	if (rc < 0)
		return rc;
	request.body = sb_buf_str(&form);
	request.body_len = form.len;
	rc = sb_transfer_create(self, server, &request, self->share, &asking, err);
	sodium_memzero(form.text, form.len);
	if (rc < 0)
		return rc;
	asking->done = on_login;
	asking->arg = asking;
	rc = sb_transfer_start(asking, err);
	if (rc < 0) {
		sb_transfer_destroy(asking);
		return rc;
	}
	sb_transfer_list(asking);
	login->asking = asking;
	return 0;
}

int sb_login_send(struct transfer *transfer, struct sb_error *err)
{
	struct curl_login *login = transfer->server->login;

	if (is_fresh(login, now_ms(transfer)) && !login->asking)
		return start_granted(transfer, err);
	transfer->is_deferred = true;
	return login->asking ? 0 : start_login(transfer, err);
}

bool sb_login_again(struct transfer *transfer)
{
	struct curl_login *login = transfer->server->login;

	if (!login || !transfer->granted || transfer->was_again)
		return false;
	transfer->was_again = true;
	/* Another transfer may have logged in since. */
	if (transfer->grant_serial == login->serial && !login->asking) {
		grant_finish(&login->grant);
		login->is_granted = false;
	}
	sb_transfer_rewind(transfer);
	if (sb_login_send(transfer, NULL) == 0)
		return true;
	transfer->is_deferred = false;
	return false;
}
