/* SPDX-License-Identifier: Apache-2.0 */
/* The real transport: servers, one curl multi handle, delivery. */
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include <sodium.h>

#include "net/io_curl_priv.h"

enum { MAX_CONNECTIONS = 64 };

enum {
	SPARES = 4,
	SPARE_MIN_BYTES = 64 << 10,
	SPARE_MAX_BYTES = 2 << 20,
	IDLE_HANDLES = 16,
};

struct io_curl {
	struct sb_io io;
	CURLM *multi;
	CURLSH *share; /* TLS sessions, so that a new connection is a short handshake */
	struct curl_server *servers;
	size_t n_servers;
	struct io_secrets secrets;
	struct transfer *transfers;
	/* Large bodies of answers that are done with, and handles, for the next requests: each
	 * large block that is freed and made again lets malloc sweep its small ones together. */
	struct sb_buf spares[SPARES];
	size_t n_spares;
	CURL *idle[IDLE_HANDLES];
	size_t n_idle;
};

void sb_body_prepare(struct io_curl *owner, struct sb_buf *body, size_t expected)
{
	size_t max_bytes = body->max_bytes;

	if (expected >= SPARE_MIN_BYTES && owner->n_spares) {
		*body = owner->spares[--owner->n_spares];
		body->max_bytes = max_bytes;
		sb_buf_reset(body);
	}
	if (expected <= max_bytes)
		sb_buf_reserve(body, expected);
}

static void keep_spare(struct io_curl *self, struct sb_buf *body)
{
	if (body->room >= SPARE_MIN_BYTES && body->room <= SPARE_MAX_BYTES &&
	    self->n_spares < SPARES) {
		self->spares[self->n_spares++] = *body;
		*body = (struct sb_buf){0};
	}
}

CURL *sb_handle_take(struct io_curl *owner)
{
	return owner->n_idle ? owner->idle[--owner->n_idle] : curl_easy_init();
}

void sb_handle_give(struct io_curl *owner, CURL *easy)
{
	if (easy && owner->n_idle < IDLE_HANDLES) {
		curl_easy_reset(easy);
		owner->idle[owner->n_idle++] = easy;
		return;
	}
	curl_easy_cleanup(easy);
}

static struct io_curl *self_of(struct sb_io *io)
{
	return (struct io_curl *)io;
}

static const struct curl_server *find_server(const struct io_curl *self, const char *id)
{
	size_t i;

	for (i = 0; i < self->n_servers; i++)
		if (!strcmp(self->servers[i].id, id))
			return &self->servers[i];
	return NULL;
}

static int curl_send(struct sb_io *io, const struct sb_io_request *request, sb_io_done *done,
		     void *arg, struct sb_error *err)
{
	struct io_curl *self = self_of(io);
	const struct curl_server *server = find_server(self, request->server);
	struct transfer *transfer;
	CURLMcode code;
	int rc;

	if (!server)
		return sb_fail(err, SB_E_ARG, "no server \"%s\" in the transport", request->server);
	rc = sb_transfer_create(self, server, request, self->share, &transfer, err);
	if (rc < 0)
		return rc;
	transfer->done = done;
	transfer->arg = arg;
	code = curl_multi_add_handle(self->multi, transfer->easy);
	if (code != CURLM_OK) {
		sb_transfer_destroy(transfer);
		return sb_fail(err, SB_E_NOMEM, "starting a request: %s",
			       curl_multi_strerror(code));
	}
	transfer->next = self->transfers;
	transfer->link = &self->transfers;
	if (transfer->next)
		transfer->next->link = &transfer->next;
	self->transfers = transfer;
	return 0;
}

static void drop_transfer(struct io_curl *self, struct transfer *transfer)
{
	*transfer->link = transfer->next;
	if (transfer->next)
		transfer->next->link = transfer->link;
	curl_multi_remove_handle(self->multi, transfer->easy);
	sb_transfer_destroy(transfer);
}

static void curl_cancel(struct sb_io *io, const void *arg)
{
	struct io_curl *self = self_of(io);
	struct transfer *transfer, *next;

	for (transfer = self->transfers; transfer; transfer = next) {
		next = transfer->next;
		if (transfer->arg == arg)
			drop_transfer(self, transfer);
	}
}

static void deliver(struct io_curl *self, struct transfer *transfer, CURLcode code)
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
		.retry_after_ms = transfer->retry_after_ms,
	};

	sb_transfer_judge(transfer, code, &answer);
	/* Out of the list first: done may send or cancel. */
	*transfer->link = transfer->next;
	if (transfer->next)
		transfer->next->link = transfer->link;
	curl_multi_remove_handle(self->multi, transfer->easy);
	transfer->done(transfer->arg, &answer);
	keep_spare(self, &transfer->body);
	sb_transfer_destroy(transfer);
}

/* Number of answers handed over. */
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
		deliver(self, transfer, code);
		delivered++;
	}
	return delivered;
}

static int64_t curl_now_ms(struct sb_io *io)
{
	struct timespec now;

	(void)io;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t curl_wall_s(struct sb_io *io)
{
	(void)io;
	return (int64_t)time(NULL);
}

static uint64_t curl_random(struct sb_io *io)
{
	uint64_t value = 0;

	/* It decides jitter only: without entropy it is the clock. */
	if (getrandom(&value, sizeof(value), GRND_NONBLOCK) != (ssize_t)sizeof(value))
		value = (uint64_t)curl_now_ms(io) * 0x9e3779b97f4a7c15u;
	return value;
}

static int run(struct io_curl *self, size_t *ret_delivered, struct sb_error *err)
{
	CURLMcode code;
	int running;

	code = curl_multi_perform(self->multi, &running);
	if (code != CURLM_OK)
		return sb_fail(err, SB_E_NET, "running requests: %s", curl_multi_strerror(code));
	*ret_delivered = deliver_all(self);
	return 0;
}

/* curl does not tell of a hang-up, which is to be read too. */
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

	rc = run(self, &delivered, err);
	while (rc == 0 && !delivered && !watched) {
		left = end - curl_now_ms(io);
		if (left < 0)
			left = 0;
		/* Also with no time left: the watched descriptor must be served. */
		rc = poll_once(self, left < 60000 ? left : 60000, &watched, err);
		if (rc == 0)
			rc = run(self, &delivered, err);
		if (left == 0)
			break;
	}
	return rc;
}

static void server_finish(struct curl_server *server)
{
	size_t i;

	for (i = 0; i < server->n_urls; i++)
		free(server->urls[i]);
	free(server->urls);
	free(server->id);
	free(server->ca_file);
	if (server->authorization) {
		sodium_memzero(server->authorization, strlen(server->authorization));
		free(server->authorization);
	}
}

static void curl_destroy(struct sb_io *io)
{
	struct io_curl *self = self_of(io);
	size_t i;

	while (self->transfers)
		drop_transfer(self, self->transfers);
	while (self->n_spares)
		sb_buf_finish(&self->spares[--self->n_spares]);
	while (self->n_idle)
		curl_easy_cleanup(self->idle[--self->n_idle]);
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

/* libcurl before 8.14 compares whole seconds with "greater than". */
static long idle_seconds(unsigned max_idle_ms)
{
	long seconds = (long)(max_idle_ms / 1000);

	if (curl_version_info(CURLVERSION_NOW)->version_num < 0x080e00 && seconds > 0)
		seconds--;
	return seconds;
}

/* A user and word in a URL would be told in every error. */
static int check_url(const char *id, const char *url, struct sb_error *err)
{
	const char *host = strstr(url, "://");

	if (!host || (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0))
		return sb_fail(err, SB_E_CONFIG,
			       "server \"%s\": a URL starts with http:// or https://", id);
	host += 3;
	if (memchr(host, '@', strcspn(host, "/?#")))
		return sb_fail(err, SB_E_CONFIG,
			       "server \"%s\": a URL holds no user or password: use the token", id);
	return 0;
}

static int check_urls(const struct sb_io_server *server, struct sb_error *err)
{
	const char *const *url;
	int rc = 0;

	if (!server->urls[0])
		return sb_fail(err, SB_E_CONFIG, "server \"%s\" has no URL", server->id);
	for (url = server->urls; rc == 0 && *url; url++)
		rc = check_url(server->id, *url, err);
	return rc;
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
	if (from->ca_file && *from->ca_file) {
		to->ca_file = strdup(from->ca_file);
		if (!to->ca_file)
			return false;
	}
	to->verify_ssl = from->verify_ssl;
	to->gzip = from->gzip;
	to->max_idle_s = idle_seconds(from->max_idle_ms);
	return true;
}

int sb_io_curl_create(const struct sb_io_server *servers, size_t n, struct sb_io **ret_io,
		      struct sb_error *err)
{
	struct io_curl *self;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < n; i++)
		rc = check_urls(&servers[i], err);
	if (rc < 0)
		return rc;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return sb_fail(err, SB_E_NOMEM, "libcurl does not start");
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
		/* Counted first, so that a half-made one is released too. */
		self->n_servers++;
		if (!server_init(&self->servers[i], &servers[i]) ||
		    !sb_secrets_add(&self->secrets, servers[i].authorization))
			goto nomem;
		self->servers[i].secrets = &self->secrets;
	}
	*ret_io = &self->io;
	return 0;
nomem:
	curl_destroy(&self->io);
	return sb_fail(err, SB_E_NOMEM, "out of memory");
}

void sb_io_destroy(struct sb_io *io)
{
	if (io)
		io->ops->destroy(io);
}
