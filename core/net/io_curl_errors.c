/* SPDX-License-Identifier: Apache-2.0 */
/* Error texts of the real transport: they name the hop and the fix. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net/io_curl_priv.h"
#include "net/url.h"

/* X509_V_ERR_... of OpenSSL, which libcurl passes on as numbers. */
enum { X509_NOT_YET = 9, X509_EXPIRED = 10, X509_SELF_SIGNED = 18 };

static bool is_https(const struct transfer *transfer)
{
	return sb_starts_with(transfer->base, "https:");
}

static bool error_contains(const struct transfer *transfer, const char *words)
{
	return strstr(transfer->error_text, words) != NULL;
}

static void fail_certificate(const struct transfer *transfer, struct sb_error *err)
{
	static const char pin[] = "or pin it with fingerprint";
	const char *url = transfer->base;
	long verify = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_SSL_VERIFYRESULT, &verify);
	if (error_contains(transfer, "subject name") || error_contains(transfer, "does not match"))
		sb_fail(err, SB_E_NET,
			"%s: the certificate is for another name: use a name that it lists in the "
			"URL, %s",
			url, pin);
	else if (verify == X509_EXPIRED || error_contains(transfer, "expired"))
		sb_fail(err, SB_E_NET,
			"%s: the certificate has expired: renew it, or correct the clock of this "
			"host",
			url);
	else if (verify == X509_NOT_YET || error_contains(transfer, "not yet valid"))
		sb_fail(err, SB_E_NET,
			"%s: the certificate is not valid yet: enable time synchronisation on both "
			"hosts",
			url);
	else if (verify == X509_SELF_SIGNED ||
		 error_contains(transfer, "self-signed certificate:") ||
		 error_contains(transfer, "self signed certificate:"))
		sb_fail(err, SB_E_NET, "%s: the certificate is self-signed: set ca_file to it, %s",
			url, pin);
	else
		sb_fail(err, SB_E_NET,
			"%s: the certificate is not trusted (%.120s): set ca_file to the authority "
			"that signed it (of a Proxmox VE: /etc/pve/pve-root-ca.pem), %s; `stagebox "
			"doctor` shows it",
			url, transfer->error_text, pin);
}

/* The certificate is none of the pinned ones; nothing of the request was sent. */
static void fail_unpinned(const struct transfer *transfer, struct sb_error *err)
{
	if (!transfer->fingerprint[0])
		sb_fail(err, SB_E_NET,
			"%s: the server sent no certificate, so that fingerprint cannot be checked",
			transfer->base);
	else
		sb_fail(err, SB_E_NET,
			"%s: the fingerprint of the certificate is %s, which is not configured: "
			"compare it with the fingerprint that the server itself shows; if the "
			"certificate was renewed, set the option fingerprint to the new one",
			transfer->base, transfer->fingerprint);
}

static void fail_handshake(const struct transfer *transfer, struct sb_error *err)
{
	if (error_contains(transfer, "wrong version number") ||
	    error_contains(transfer, "packet length too long") ||
	    error_contains(transfer, "http request") ||
	    error_contains(transfer, "unexpected TLS packet"))
		sb_fail(err, SB_E_NET,
			"%s: the port speaks plain HTTP, not TLS: set use_https = false and an "
			"http URL, or use the TLS port",
			transfer->base);
	else {
		sb_fail(err, SB_E_NET,
			"%s: the TLS handshake failed (%.160s): if the port speaks plain HTTP, not "
			"TLS, set use_https = false and an http URL; else check that this host may "
			"connect",
			transfer->base, transfer->error_text);
		err->retryable = true;
	}
}

/* The connection was closed before the first byte of the answer. */
static void fail_empty(const struct transfer *transfer, struct sb_error *err)
{
	sb_fail(err, SB_E_NET, "%s closed the connection before the first byte of an answer%s",
		transfer->base,
		is_https(transfer)
			? ""
			: ": if the port speaks TLS, set use_https = true and an https URL");
	err->retryable = true;
}

static void fail_too_long(const struct transfer *transfer, struct sb_error *err)
{
	if (transfer->too_long)
		sb_fail(err, SB_E_HTTP, "%s: the answer is larger than %zu bytes", transfer->base,
			transfer->max_bytes);
	else
		sb_fail(err, SB_E_NOMEM, "%s: no memory for the answer", transfer->base);
}

static void fail_net(const struct transfer *transfer, bool retryable, const char *what,
		     struct sb_error *err)
{
	sb_fail(err, SB_E_NET, "%s: %s", transfer->base, what);
	err->retryable = retryable;
}

static void fail_other(const struct transfer *transfer, CURLcode code, struct sb_error *err)
{
	sb_fail(err, SB_E_NET, "%s: %.200s", transfer->base,
		transfer->error_text[0] ? transfer->error_text : curl_easy_strerror(code));
	err->retryable = true;
}

/* The proxy that the environment or the configuration puts in between, or NULL: its URL as
 * configured, which may hold a password. */
static const char *proxy_of(const struct transfer *transfer)
{
	static const char *const tls[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
	static const char *const plain[] = {"http_proxy", "all_proxy", "ALL_PROXY"};
	const char *const *names = is_https(transfer) ? tls : plain;
	size_t i, n = is_https(transfer) ? SB_ARRAY_LEN(tls) : SB_ARRAY_LEN(plain);

	if (transfer->server->proxy)
		return *transfer->server->proxy ? transfer->server->proxy : NULL;
	for (i = 0; i < n && !sb_url_is_loopback(transfer->base); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return value;
	}
	return NULL;
}

/* Was it the connection to the proxy that failed? The error text of libcurl names the address. */
static bool is_proxy_hop(const struct transfer *transfer, const char *origin)
{
	const char *host = strstr(origin, "://"), *port;
	char words[300];

	host = host ? host + 3 : origin;
	host += *host == '[';
	port = strrchr(host, ':');
	if (port && !strchr(port, ']'))
		snprintf(words, sizeof(words), " to %.*s port %s", (int)strcspn(host, "]:"), host,
			 port + 1);
	else
		snprintf(words, sizeof(words), " to %.*s port 1080", (int)strcspn(host, "]:"),
			 host);
	return error_contains(transfer, words);
}

/* " through the proxy http://p:3128", or "". */
static const char *describe_proxy(const struct transfer *transfer, char *to, size_t room)
{
	const char *proxy = proxy_of(transfer);
	char origin[256];

	to[0] = '\0';
	if (proxy) {
		sb_url_origin(proxy, origin, sizeof(origin));
		snprintf(to, room, " through the proxy %s", origin);
	}
	return to;
}

/* The state that a connection had reached. The times and the port that libcurl reports for a failed
 * connection depend on its version, so that the sockets themselves are asked. */
enum reached { REACHED_NOTHING, REACHED_TCP, REACHED_HTTP };

static enum reached find_reached(const struct transfer *transfer)
{
	curl_off_t tls = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_APPCONNECT_TIME_T, &tls);
	if (!transfer->n_sockets || tls) /* a kept-alive connection opens no socket */
		return REACHED_HTTP;
	if (!sb_transfer_has_tcp(transfer))
		return REACHED_NOTHING;
	return is_https(transfer) ? REACHED_TCP : REACHED_HTTP;
}

static void fail_timeout(const struct transfer *transfer, struct sb_error *err)
{
	enum reached reached = find_reached(transfer);
	char via[320];

	if (reached == REACHED_TCP)
		sb_fail(err, SB_E_TIMEOUT,
			"%s: connected, but no TLS handshake within 5 s: if the port speaks plain "
			"HTTP, set use_https = false and an http URL",
			transfer->base);
	else if (reached == REACHED_NOTHING)
		sb_fail(err, SB_E_TIMEOUT,
			"%s: no connection within 5 s%s: check that the host is up and no firewall "
			"drops packets",
			transfer->base, describe_proxy(transfer, via, sizeof(via)));
	else
		sb_fail(err, SB_E_TIMEOUT, "%s: no complete answer within %u ms", transfer->base,
			transfer->timeout_ms);
	err->retryable = true;
}

static void fail_connect(const struct transfer *transfer, struct sb_error *err)
{
	const char *proxy = proxy_of(transfer);
	char origin[256];
	long number = 0;

	if (proxy)
		sb_url_origin(proxy, origin, sizeof(origin));
	if (proxy && is_proxy_hop(transfer, origin)) {
		sb_fail(err, SB_E_NET,
			"%s: the proxy %s cannot be reached: check that it is running, and the "
			"option proxy (or https_proxy and no_proxy of the environment)",
			transfer->base, origin);
		err->retryable = true;
		return;
	}
	curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &number);
	if (number == ECONNREFUSED)
		fail_net(transfer, true,
			 "connection refused: check that the service is running on this port", err);
	else if (number == EHOSTUNREACH || number == ENETUNREACH)
		fail_net(transfer, true, "no route to the host: check the address and the network",
			 err);
	else
		fail_net(transfer, true,
			 "no connection: check that the host is up and the port is right", err);
}

/* A proxy refused a tunnel or a plain request. */
static void fail_proxy(const struct transfer *transfer, int status, struct sb_error *err)
{
	char via[320];

	describe_proxy(transfer, via, sizeof(via));
	if (status == 407)
		sb_fail(err, SB_E_AUTH,
			"%s:%s: the proxy requires a user and a password (HTTP 407): set "
			"proxy_auth",
			transfer->base, via);
	else if (status >= 502 && status <= 504)
		sb_fail(err, SB_E_NET,
			"%s:%s: the proxy cannot reach the server (HTTP %d): check that the proxy "
			"resolves the host name; for a host of the local network set proxy = "
			"\"none\"",
			transfer->base, via, status);
	else
		sb_fail(err, SB_E_NET,
			"%s:%s: the proxy refuses the connection (HTTP %d): allow this host and "
			"port there, or set proxy = \"none\"",
			transfer->base, via, status);
	err->retryable = status >= 502 && status <= 504;
	err->http_status = status;
}

static void fail_code(const struct transfer *transfer, CURLcode code, struct sb_error *err)
{
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		fail_net(transfer, true,
			 "the host name cannot be resolved: check its spelling and the resolver of "
			 "this host",
			 err);
		break;
	case CURLE_COULDNT_RESOLVE_PROXY:
		fail_net(transfer, true,
			 "the name of the proxy cannot be resolved: check the option proxy, or "
			 "https_proxy and http_proxy of the environment",
			 err);
		break;
	case CURLE_COULDNT_CONNECT: fail_connect(transfer, err); break;
	case CURLE_OPERATION_TIMEDOUT: fail_timeout(transfer, err); break;
	case CURLE_PEER_FAILED_VERIFICATION: fail_certificate(transfer, err); break;
	case CURLE_SSL_CACERT_BADFILE:
		fail_net(transfer, false,
			 "ca_file cannot be read or contains no certificate: set it to a PEM file",
			 err);
		break;
	case CURLE_ABORTED_BY_CALLBACK: fail_unpinned(transfer, err); break;
	case CURLE_SSL_CONNECT_ERROR: fail_handshake(transfer, err); break;
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_WEIRD_SERVER_REPLY:
		fail_net(transfer, false,
			 is_https(transfer) ? "the answer is not HTTP"
					    : "the answer is not HTTP: if the port speaks TLS, set "
					      "use_https = true and an https URL",
			 err);
		break;
	case CURLE_GOT_NOTHING: fail_empty(transfer, err); break;
	case CURLE_PARTIAL_FILE:
		sb_fail(err, SB_E_HTTP, "%s: the answer is incomplete", transfer->base);
		err->retryable = true;
		break;
	case CURLE_WRITE_ERROR: fail_too_long(transfer, err); break;
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
		if (!transfer->saw_header)
			fail_empty(transfer, err);
		else {
			sb_fail(err, SB_E_HTTP, "%s: the connection broke during the answer",
				transfer->base);
			err->retryable = true;
		}
		break;
	default: fail_other(transfer, code, err); break;
	}
}

static void clear_answer(struct sb_io_answer *answer)
{
	answer->status = 0;
	answer->body = "";
	answer->len = 0;
}

void sb_transfer_judge(const struct transfer *transfer, CURLcode code, struct sb_io_answer *answer)
{
	long status = 0, request_bytes = 0, connects = 0, tunnel = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(transfer->easy, CURLINFO_REQUEST_SIZE, &request_bytes);
	curl_easy_getinfo(transfer->easy, CURLINFO_NUM_CONNECTS, &connects);
	curl_easy_getinfo(transfer->easy, CURLINFO_HTTP_CONNECTCODE, &tunnel);
	answer->status = (int)status;
	if (tunnel && (tunnel < 200 || tunnel > 299)) {
		fail_proxy(transfer, (int)tunnel, &answer->err);
		clear_answer(answer);
		answer->not_sent = true;
		return;
	}
	if (code == CURLE_OK && status == 407) {
		fail_proxy(transfer, 407, &answer->err);
		return;
	}
	if (code == CURLE_OK && status >= 300 && status < 400 && transfer->location[0]) {
		sb_transfer_fail_redirect(transfer, (int)status, &answer->err);
		answer->err.http_status = (int)status;
		return;
	}
	if (code == CURLE_OK)
		return;
	fail_code(transfer, code, &answer->err);
	/* Incomplete answer: discard the partial body. */
	answer->err.http_status = (int)status;
	clear_answer(answer);
	answer->not_sent = request_bytes == 0 || transfer->is_unpinned;
	answer->reused_dead = !transfer->saw_header && connects == 0 && request_bytes > 0 &&
			      code != CURLE_OPERATION_TIMEDOUT;
}
