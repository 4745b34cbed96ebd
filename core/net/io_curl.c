/* SPDX-License-Identifier: Apache-2.0 */
/* The real transport: servers, one curl multi handle, delivery. */
#include <poll.h>
#include <string.h>
#include <sys/random.h>

#include <sodium.h>

#include "base/clock.h"
#include "net/io_curl_priv.h"

enum { MAX_CONNECTIONS = 64 };

static struct io_curl *self_of(struct sb_io *io)
{
	return (struct io_curl *)io;
}

static const struct curl_server *find_server(const struct io_curl *self, const char *id)
{
	size_t i;

	for (i = 0; i < self->n_servers; i++)
		if (sb_streq(self->servers[i].id, id))
			return &self->servers[i];
	return NULL;
}

static int curl_send(struct sb_io *io, const struct sb_io_request *request, sb_io_done *done,
		     void *arg, struct sb_error *err)
{
	struct io_curl *self = self_of(io);
	const struct curl_server *server = find_server(self, request->server);
	struct transfer *transfer;
	int rc;

	if (!server)
		return sb_fail(err, SB_E_ARG, "no server \"%s\" in the transport", request->server);
	rc = sb_transfer_create(self, server, request, self->share, &transfer, err);
	if (rc < 0)
		return rc;
	transfer->done = done;
	transfer->arg = arg;
	sb_transfer_list(transfer);
	rc = server->login ? sb_login_send(transfer, err) : sb_transfer_start(transfer, err);
	if (rc < 0)
		sb_transfer_drop(transfer);
	return rc;
}

static void curl_cancel(struct sb_io *io, const void *arg)
{
	struct io_curl *self = self_of(io);
	struct transfer *transfer, *next;

	for (transfer = self->transfers; transfer; transfer = next) {
		next = transfer->next;
		if (transfer->arg == arg)
			sb_transfer_drop(transfer);
	}
}

static void deliver_answer(struct io_curl *self, struct transfer *transfer, CURLcode code)
{
	struct sb_io_answer answer;

	if (transfer->body.text)
		sb_secrets_mask(&self->secrets, transfer->body.text, transfer->body.len);
	answer = (struct sb_io_answer){
		.reason = transfer->reason,
		.body = sb_buf_str(&transfer->body),
		.len = transfer->body.len,
		.content_type = transfer->content_type,
		.api_version = transfer->api_version,
		.date = transfer->date,
		.retry_after_ms = transfer->retry_after_ms,
	};

	sb_transfer_judge(transfer, code, &answer);
	if (answer.status == 401) {
		curl_multi_remove_handle(self->multi, transfer->easy);
		if (sb_login_again(transfer))
			return;
	}
	sb_transfer_finish(transfer, &answer);
}

/* Returns the number of delivered answers. */
static size_t deliver_all(struct io_curl *self)
{
	size_t delivered = 0;
	struct CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(self->multi, &left))) {
		struct transfer *transfer;
		CURLcode code = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
		deliver_answer(self, transfer, code);
		delivered++;
	}
	return delivered;
}

static int64_t curl_now_ms(struct sb_io *io)
{
	(void)io;
	return sb_clock_ms();
}

static int64_t curl_wall_s(struct sb_io *io)
{
	(void)io;
	return sb_clock_wall_s();
}

static uint64_t curl_random(struct sb_io *io)
{
	uint64_t value = 0;

	/* The value is only used for jitter, so that the clock may replace missing entropy. */
	if (getrandom(&value, sizeof(value), GRND_NONBLOCK) != (ssize_t)sizeof(value))
		value = (uint64_t)curl_now_ms(io) * 0x9e3779b97f4a7c15u;
	return value;
}

static int run_transfers(struct io_curl *self, size_t *ret_delivered, struct sb_error *err)
{
	CURLMcode code;
	int running;

	code = curl_multi_perform(self->multi, &running);
	if (code != CURLM_OK)
		return sb_fail(err, SB_E_NET, "running requests: %s", curl_multi_strerror(code));
	*ret_delivered = deliver_all(self);
	return 0;
}

/* curl_multi_poll() does not report a hang-up, which must be served as well. */
static bool is_readable(int fd)
{
	struct pollfd watch = {.fd = fd, .events = POLLIN};

	return fd >= 0 && poll(&watch, 1, 0) > 0;
}

/* Poll once; *ret_watched: the watched descriptor was served. */
static int poll_once(struct io_curl *self, int64_t timeout_ms, bool *ret_watched,
		     struct sb_error *err)
{
	struct curl_waitfd watch = {.fd = self->io.watch_fd, .events = CURL_WAIT_POLLIN};
	bool watching = self->io.watch_fd >= 0;
	CURLMcode code;

	code = curl_multi_poll(self->multi, watching ? &watch : NULL, watching ? 1 : 0,
			       (int)timeout_ms, NULL);
	if (code != CURLM_OK)
		return sb_fail(err, SB_E_NET, "waiting: %s", curl_multi_strerror(code));
	*ret_watched = is_readable(self->io.watch_fd);
	if (*ret_watched && self->io.on_readable)
		self->io.on_readable(self->io.watch_arg);
	return 0;
}

static int curl_wait(struct sb_io *io, int64_t timeout_ms, struct sb_error *err)
{
	struct io_curl *self = self_of(io);
	int64_t end = curl_now_ms(io) + timeout_ms, left;
	bool watched = false;
	size_t delivered;
	int rc;

	rc = run_transfers(self, &delivered, err);
	while (!rc && !delivered && !watched) {
		left = end - curl_now_ms(io);
		if (left < 0)
			left = 0;
		/* Poll even when no time is left: the watched descriptor must be served. */
		rc = poll_once(self, left < 60000 ? left : 60000, &watched, err);
		if (!rc)
			rc = run_transfers(self, &delivered, err);
		if (left == 0)
			break;
	}
	return rc;
}

static void wipe_text(char *secret)
{
	if (secret)
		sodium_memzero(secret, strlen(secret));
	free(secret);
}

static void server_finish(struct curl_server *server)
{
	size_t i;

	for (i = 0; i < server->n_urls; i++)
		free(server->urls[i]);
	free(server->urls);
	free(server->id);
	free(server->ca_file);
	free(server->fingerprints);
	free(server->proxy);
	wipe_text(server->proxy_auth);
	wipe_text(server->authorization);
	sb_login_destroy(server->login);
}

static void curl_destroy(struct sb_io *io)
{
	struct io_curl *self = self_of(io);
	size_t i;

	while (self->transfers)
		sb_transfer_drop(self->transfers);
	sb_pool_finish(&self->pool);
	if (self->multi)
		curl_multi_cleanup(self->multi);
	if (self->share)
		curl_share_cleanup(self->share);
	for (i = 0; i < self->n_servers; i++)
		server_finish(&self->servers[i]);
	free(self->servers);
	sb_secrets_finish(&self->secrets);
	free(self);
	curl_global_cleanup();
}

static const struct sb_io_ops curl_ops = {
	.send = curl_send,
	.cancel = curl_cancel,
	.wait = curl_wait,
	.now_ms = curl_now_ms,
	.wall_s = curl_wall_s,
	.random = curl_random,
	.destroy = curl_destroy,
};

/* libcurl before 8.14 compares whole seconds with "greater than", which adds one second. */
static long idle_seconds(unsigned max_idle_ms)
{
	long seconds = (long)(max_idle_ms / 1000);

	if (curl_version_info(CURLVERSION_NOW)->version_num < 0x080e00 && seconds > 0)
		seconds--;
	return seconds;
}

/* A user and password in a URL would be repeated in every error. */
static int check_url(const char *id, const char *url, struct sb_error *err)
{
	const char *host = strstr(url, "://");

	if (!host || (!sb_starts_with(url, "http://") && !sb_starts_with(url, "https://")))
		return sb_fail(err, SB_E_CONFIG,
			       "server \"%s\": the URL must start with http:// or https://", id);
	host += 3;
	if (memchr(host, '@', strcspn(host, "/?#")))
		return sb_fail(
			err, SB_E_CONFIG,
			"server \"%s\": the URL must not contain a user or password: use the token",
			id);
	return 0;
}

static int check_urls(const struct sb_io_server *server, struct sb_error *err)
{
	const char *const *url;
	int rc = 0;

	if (!server->urls[0])
		return sb_fail(err, SB_E_CONFIG, "server \"%s\" has no URL", server->id);
	for (url = server->urls; !rc && *url; url++)
		rc = check_url(server->id, *url, err);
	return rc;
}

/* NULL means none. */
static bool copy_text(char **to, const char *from)
{
	if (!from || !*from)
		return true;
	*to = strdup(from);
	return *to != NULL;
}

static bool server_init(struct curl_server *to, const struct sb_io_server *from)
{
	sb_autobuf line = SB_BUF_INIT(16384);
	size_t n = 0;

	while (from->urls[n])
		n++;
	to->id = strdup(from->id);
	to->urls = calloc(n ? n : 1, sizeof(*to->urls));
	if (!to->id || !to->urls)
		return false;
	for (; to->n_urls < n; to->n_urls++) {
		to->urls[to->n_urls] = strdup(from->urls[to->n_urls]);
		if (!to->urls[to->n_urls])
			return false;
	}
	if (from->authorization && *from->authorization) {
		sb_buf_addf(&line, "Authorization: %s", from->authorization);
		to->authorization = sb_buf_take(&line);
		if (!to->authorization)
			return false;
	}
	if (!copy_text(&to->ca_file, from->ca_file) ||
	    !copy_text(&to->fingerprints, from->fingerprints) ||
	    !copy_text(&to->proxy, from->proxy) || !copy_text(&to->proxy_auth, from->proxy_auth))
		return false;
	if (to->proxy && sb_streq(to->proxy, "none"))
		to->proxy[0] = '\0';
	if (from->login && sb_login_create(from->login, &to->login, NULL) < 0)
		return false;
	to->verify_ssl = from->verify_ssl;
	to->gzip = from->gzip;
	to->max_idle_s = idle_seconds(from->max_idle_ms);
	return true;
}

static bool add_secrets(struct io_secrets *secrets, const struct sb_io_server *server)
{
	const char *auth = server->proxy_auth, *word = auth ? strchr(auth, ':') : NULL;

	return sb_secrets_add(secrets, server->authorization) &&
	       sb_secrets_add_text(secrets, server->login ? server->login->password : NULL) &&
	       sb_secrets_add_text(secrets, word ? word + 1 : NULL);
}

int sb_io_curl_create(const struct sb_io_server *servers, size_t n, struct sb_io **ret_io,
		      struct sb_error *err)
{
	struct io_curl *self;
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < n; i++)
		rc = check_urls(&servers[i], err);
	if (rc < 0)
		return rc;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return sb_fail(err, SB_E_NOMEM, "libcurl failed to initialise");
	self = calloc(1, sizeof(*self));
	if (!self) {
		curl_global_cleanup();
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	self->io.ops = &curl_ops;
	self->io.watch_fd = -1;
	self->multi = curl_multi_init();
	self->share = curl_share_init();
	self->servers = calloc(n ? n : 1, sizeof(*self->servers));
	if (!self->multi || !self->share || !self->servers)
		goto nomem;
	curl_share_setopt(self->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
	curl_multi_setopt(self->multi, CURLMOPT_MAXCONNECTS, (long)MAX_CONNECTIONS);
	for (i = 0; i < n; i++) {
		/* Counted first, so that a partly initialised server is released, too. */
		self->n_servers++;
		if (!server_init(&self->servers[i], &servers[i]) ||
		    !add_secrets(&self->secrets, &servers[i]))
			goto nomem;
		self->servers[i].secrets = &self->secrets;
	}
	*ret_io = &self->io;
	return 0;
nomem:
	curl_destroy(&self->io);
	return sb_fail(err, SB_E_NOMEM, "out of memory");
}
