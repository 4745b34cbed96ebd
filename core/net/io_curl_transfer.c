/* SPDX-License-Identifier: Apache-2.0 */
/* One request of the real transport: its easy handle and the answer as it arrives. */
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/io_curl_priv.h"
#include "net/url.h"

#define CONNECT_TIMEOUT_MS 5000L

enum { MAX_URL_BYTES = 16384 };

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
	struct transfer *transfer = arg;
	curl_off_t announced = -1;

	if (!transfer->body.text &&
	    curl_easy_getinfo(transfer->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced) ==
		    CURLE_OK &&
	    announced > 0)
		sb_body_prepare(transfer->owner, &transfer->body, (size_t)announced);
	sb_buf_add_mem(&transfer->body, data, size * n);
	if (!transfer->body.failed)
		return size * n;
	transfer->too_long = transfer->body.failed == SB_E_ARG;
	return 0;
}

/* The value of a header when the line is of that name; else NULL. */
static const char *value_of(const char *line, size_t len, const char *name, size_t *ret_len)
{
	size_t n = strlen(name);

	if (len <= n || strncasecmp(line, name, n) || line[n] != ':')
		return NULL;
	for (n++; n < len && (line[n] == ' ' || line[n] == '\t'); n++)
		;
	while (len > n && strchr(" \t\r\n", line[len - 1]))
		len--;
	*ret_len = len - n;
	return line + n;
}

static void copy_bounded(char *to, size_t room, const char *from, size_t len)
{
	if (len >= room)
		len = room - 1;
	memcpy(to, from, len);
	to[len] = '\0';
}

/* "HTTP/1.1 401 No ticket": older versions of Proxmox VE report errors in the phrase only. */
static void keep_reason(struct transfer *transfer, const char *line, size_t len)
{
	const char *c = memchr(line, ' ', len), *end = line + len;

	transfer->content_type[0] = transfer->api_version[0] = transfer->location[0] = '\0';
	transfer->date[0] = '\0';
	transfer->retry_after_ms = 0;
	while (c && c < end && *c == ' ')
		c++;
	c = c ? memchr(c, ' ', (size_t)(end - c)) : NULL;
	if (!c) {
		transfer->reason[0] = '\0';
		return;
	}
	while (end > c && strchr(" \r\n", end[-1]))
		end--;
	while (c < end && *c == ' ')
		c++;
	copy_bounded(transfer->reason, sizeof(transfer->reason), c, (size_t)(end - c));
}

/* Retry-After holds seconds or a date. */
static unsigned retry_after_ms(const char *text)
{
	char *end;
	long seconds = strtol(text, &end, 10);

	if (*end) {
		time_t when = curl_getdate(text, NULL);

		seconds = when < 0 ? 0 : (long)(when - sb_clock_wall_s());
	}
	if (seconds < 0)
		return 0;
	return seconds > 86400 ? 86400000u : (unsigned)seconds * 1000u;
}

static void take_header(struct transfer *transfer, const char *line, size_t all)
{
	const char *value;
	char text[64];
	size_t len;

	transfer->saw_header = true;
	if (all >= 5 && !memcmp(line, "HTTP/", 5))
		keep_reason(transfer, line, all);
	else if ((value = value_of(line, all, "Content-Type", &len)))
		copy_bounded(transfer->content_type, sizeof(transfer->content_type), value, len);
	else if ((value = value_of(line, all, "API-Version", &len)))
		copy_bounded(transfer->api_version, sizeof(transfer->api_version), value, len);
	else if ((value = value_of(line, all, "Date", &len)))
		copy_bounded(transfer->date, sizeof(transfer->date), value, len);
	else if ((value = value_of(line, all, "Location", &len)))
		copy_bounded(transfer->location, sizeof(transfer->location), value, len);
	else if ((value = value_of(line, all, "Retry-After", &len))) {
		copy_bounded(text, sizeof(text), value, len);
		transfer->retry_after_ms = retry_after_ms(text);
	}
}

/* Masks secrets before a value is cut: a partial secret would not be recognised. */
static size_t on_header(char *line, size_t size, size_t n, void *arg)
{
	struct transfer *transfer = arg;
	size_t all = size * n;
	sb_autofree char *copy = malloc(all + 1);

	if (!copy)
		return 0;
	memcpy(copy, line, all);
	sb_secrets_mask(transfer->server->secrets, copy, all);
	take_header(transfer, copy, all);
	return all;
}

static bool add_line(struct curl_slist **list, const char *line)
{
	struct curl_slist *grown = curl_slist_append(*list, line);

	if (grown)
		*list = grown;
	return grown != NULL;
}

static bool add_header(struct transfer *transfer, const char *line)
{
	return add_line(&transfer->headers, line);
}

static bool add_lines(struct curl_slist **list, const char *lines)
{
	while (lines && *lines) {
		size_t len = strcspn(lines, "\n");
		sb_autofree char *line = strndup(lines, len);

		if (!line || (len && !add_line(list, line)))
			return false;
		lines += len + (lines[len] == '\n');
	}
	return true;
}

static bool has_content_type(const char *headers)
{
	return headers && !strncasecmp(headers, "Content-Type:", 13);
}

bool sb_transfer_is_read(const struct transfer *transfer)
{
	return sb_streq(transfer->method, "GET") || sb_streq(transfer->method, "OPTIONS");
}

static bool set_body(struct transfer *transfer, const struct sb_io_request *request)
{
	bool has_body = request->body && request->body_len;
	bool is_get = sb_streq(request->method, "GET");

	if (has_body) {
		transfer->sent_body = malloc(request->body_len);
		if (!transfer->sent_body)
			return false;
		memcpy(transfer->sent_body, request->body, request->body_len);
		if (!has_content_type(request->headers) &&
		    !add_header(transfer, "Content-Type: application/json"))
			return false;
	}
	/* With POSTFIELDS curl sends Content-Length for any method. */
	if (has_body || sb_streq(request->method, "POST") || sb_streq(request->method, "PUT") ||
	    sb_streq(request->method, "PATCH")) {
		curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDSIZE_LARGE,
				 (curl_off_t)(has_body ? request->body_len : 0));
		curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDS,
				 has_body ? transfer->sent_body : "");
	}
	if (!is_get || has_body)
		curl_easy_setopt(transfer->easy, CURLOPT_CUSTOMREQUEST, transfer->method);
	/* libcurl silently repeats a request, even a POST, when its kept-alive connection dies, and
	 * the server may have committed the first one: a write always uses a new connection. */
	if (!sb_transfer_is_read(transfer))
		curl_easy_setopt(transfer->easy, CURLOPT_FRESH_CONNECT, 1L);
	return true;
}

/* Keeps a duplicate of each new socket, which shows after a failure how far the connection came:
 * libcurl has closed its own by then. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *transfer = arg;
	int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol), copy;

	(void)purpose;
	if (fd < 0)
		return CURL_SOCKET_BAD;
	copy = transfer->n_sockets < IO_MAX_SOCKETS ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
	if (copy >= 0)
		transfer->sockets[transfer->n_sockets++] = copy;
	return fd;
}

static void close_sockets(struct transfer *transfer)
{
	while (transfer->n_sockets)
		close(transfer->sockets[--transfer->n_sockets]);
}

bool sb_transfer_has_tcp(const struct transfer *transfer)
{
	struct sockaddr_storage peer;
	unsigned i;

	for (i = 0; i < transfer->n_sockets; i++) {
		socklen_t len = sizeof(peer);

		if (getpeername(transfer->sockets[i], (struct sockaddr *)&peer, &len) == 0)
			return true;
	}
	return false;
}

static void set_limits(struct transfer *transfer)
{
	CURL *easy = transfer->easy;

	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)transfer->timeout_ms);
	curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, transfer->server->max_idle_s);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
	if (transfer->server->gzip)
		curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
}

/* A configured proxy overrides the environment. Without one libcurl reads http_proxy, https_proxy,
 * all_proxy and no_proxy, except for a URL of this machine. */
static void set_proxy(const struct transfer *transfer)
{
	const struct curl_server *server = transfer->server;
	CURL *easy = transfer->easy;

	/* The answer of a proxy to CONNECT is not the answer of the server. */
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	if (server->proxy) {
		curl_easy_setopt(easy, CURLOPT_PROXY, server->proxy);
		curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
		if (server->proxy_auth)
			curl_easy_setopt(easy, CURLOPT_PROXYUSERPWD, server->proxy_auth);
	} else if (sb_url_is_loopback(transfer->base)) {
		curl_easy_setopt(easy, CURLOPT_PROXY, "");
	}
}

static bool set_all(struct transfer *transfer, const struct sb_io_request *request, CURLSH *share)
{
	sb_autobuf url = SB_BUF_INIT(MAX_URL_BYTES);
	CURL *easy = transfer->easy;

	sb_buf_addf(&url, "%s%s", transfer->base, request->path);
	if (url.failed || curl_easy_setopt(easy, CURLOPT_URL, sb_buf_str(&url)) != CURLE_OK)
		return false;
	if (!set_body(transfer, request) || !add_header(transfer, "Expect:") ||
	    !add_header(transfer, "Accept: application/json") ||
	    !add_header(transfer, "User-Agent: stagebox") ||
	    (transfer->server->authorization &&
	     !add_header(transfer, transfer->server->authorization)) ||
	    !add_lines(&transfer->headers, request->headers))
		return false;
	set_limits(transfer);
	sb_transfer_set_tls(transfer);
	set_proxy(transfer);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
	curl_easy_setopt(easy, CURLOPT_SHARE, share);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error_text);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
	return true;
}

int sb_transfer_create(struct io_curl *owner, const struct curl_server *server,
		       const struct sb_io_request *request, CURLSH *share,
		       struct transfer **ret_transfer, struct sb_error *err)
{
	struct transfer *transfer = calloc(1, sizeof(*transfer));

	if (!transfer)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	transfer->owner = owner;
	transfer->server = server;
	transfer->base = server->urls[request->url % server->n_urls];
	transfer->url = request->url;
	transfer->timeout_ms = request->timeout_ms;
	transfer->max_bytes = request->max_bytes;
	sb_buf_init(&transfer->body, request->max_bytes);
	transfer->method = strdup(request->method);
	transfer->path = strdup(request->path);
	transfer->easy = sb_handle_take(owner);
	if (!transfer->method || !transfer->path || !transfer->easy ||
	    !set_all(transfer, request, share)) {
		sb_transfer_destroy(transfer);
		return sb_fail(err, SB_E_NOMEM, "%s: the request cannot be built", server->id);
	}
	*ret_transfer = transfer;
	return 0;
}

static bool copy_list(const struct curl_slist *from, struct curl_slist **to)
{
	for (; from; from = from->next) {
		if (!add_line(to, from->data))
			return false;
	}
	return true;
}

bool sb_transfer_grant(struct transfer *transfer, const struct sb_io_grant *grant)
{
	struct curl_slist *all = NULL;

	if (!copy_list(transfer->headers, &all) || !add_lines(&all, grant->headers) ||
	    (!sb_transfer_is_read(transfer) && !add_lines(&all, grant->write_headers))) {
		curl_slist_free_all(all);
		return false;
	}
	curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, all);
	curl_slist_free_all(transfer->granted);
	transfer->granted = all;
	return true;
}

void sb_transfer_rewind(struct transfer *transfer)
{
	close_sockets(transfer);
	sb_buf_reset(&transfer->body);
	transfer->too_long = transfer->saw_header = transfer->is_unpinned = false;
	transfer->reason[0] = transfer->error_text[0] = '\0';
}

void sb_transfer_destroy(struct transfer *transfer)
{
	if (!transfer)
		return;
	sb_handle_give(transfer->owner, transfer->easy);
	close_sockets(transfer);
	curl_slist_free_all(transfer->headers);
	curl_slist_free_all(transfer->granted);
	sb_body_give(transfer->owner, &transfer->body);
	free(transfer->sent_body);
	free(transfer->method);
	free(transfer->path);
	free(transfer);
}

int sb_transfer_start(struct transfer *transfer, struct sb_error *err)
{
	CURLMcode code = curl_multi_add_handle(transfer->owner->multi, transfer->easy);

	if (code == CURLM_OK)
		return 0;
	return sb_fail(err, SB_E_NOMEM, "starting a request: %s", curl_multi_strerror(code));
}

void sb_transfer_list(struct transfer *transfer)
{
	struct io_curl *self = transfer->owner;

	transfer->next = self->transfers;
	transfer->link = &self->transfers;
	if (transfer->next)
		transfer->next->link = &transfer->next;
	self->transfers = transfer;
}

/* Removes a transfer from the list and from the multi handle, which ignores a deferred one. */
static void unlist_transfer(struct transfer *transfer)
{
	*transfer->link = transfer->next;
	if (transfer->next)
		transfer->next->link = transfer->link;
	curl_multi_remove_handle(transfer->owner->multi, transfer->easy);
}

void sb_transfer_drop(struct transfer *transfer)
{
	if (transfer->server->login && transfer->server->login->asking == transfer)
		transfer->server->login->asking = NULL;
	unlist_transfer(transfer);
	sb_transfer_destroy(transfer);
}

void sb_transfer_finish(struct transfer *transfer, struct sb_io_answer *answer)
{
	/* Removed first: done may send or cancel. */
	unlist_transfer(transfer);
	transfer->done(transfer->arg, answer);
	sb_transfer_destroy(transfer);
}
