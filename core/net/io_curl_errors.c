/* SPDX-License-Identifier: Apache-2.0 */
/* How a transfer of the real transport ended, in words that name the hop and the fix. */
#include <errno.h>
#include <string.h>

#include "net/io_curl_priv.h"

static bool is_https(const struct transfer *transfer)
{
	return !strncmp(transfer->base, "https:", 6);
}

/* "https://user:pw@host:443/x" -> "https://host:443": nothing else of a Location may be shown. */
static void origin_of(const char *url, char *to, size_t room)
{
	const char *host = strstr(url, "://"), *at;
	size_t scheme, len;

	if (!host) {
		snprintf(to, room, "the same host");
		return;
	}
	scheme = (size_t)(host - url) + 3;
	host += 3;
	len = strcspn(host, "/?#");
	at = memchr(host, '@', len);
	if (at) {
		len -= (size_t)(at + 1 - host);
		host = at + 1;
	}
	snprintf(to, room, "%.*s%.*s", (int)(scheme < 16 ? scheme : 16), url,
		 (int)(len < 200 ? len : 200), host);
}

static void fail_redirect(const struct transfer *transfer, int status, struct sb_error *err)
{
	char origin[256];

	origin_of(transfer->location, origin, sizeof(origin));
	if (!is_https(transfer) && !strncmp(origin, "https:", 6))
		sb_fail(err, SB_E_HTTP,
			"%s redirects to %s (HTTP %d): it wants TLS, set use_https = true and a "
			"https URL",
			transfer->base, origin, status);
	else if (!strcmp(origin, "the same host"))
		sb_fail(err, SB_E_HTTP,
			"%s redirects to another path (HTTP %d), which is not followed: is a proxy "
			"or a login page in front of the API?",
			transfer->base, status);
	else
		sb_fail(err, SB_E_HTTP,
			"%s redirects to %s (HTTP %d), which is not followed: put that URL into "
			"the "
			"configuration if it is the right one",
			transfer->base, origin, status);
}

static bool says(const struct transfer *transfer, const char *words)
{
	return strstr(transfer->error_text, words) != NULL;
}

static void fail_certificate(const struct transfer *transfer, struct sb_error *err)
{
	const char *url = transfer->base;
	long verify = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_SSL_VERIFYRESULT, &verify);
	if (says(transfer, "subject name") || says(transfer, "does not match"))
		sb_fail(err, SB_E_NET,
			"%s: the certificate is for another name: use a name that it lists as URL, "
			"or set verify_ssl = false",
			url);
	else if (verify == 10 || says(transfer, "expired"))
		sb_fail(err, SB_E_NET, "%s: the certificate has expired: renew it", url);
	else if (verify == 18 || says(transfer, "self-signed") || says(transfer, "self signed"))
		sb_fail(err, SB_E_NET,
			"%s: the certificate is self-signed: set ca_file to the certificate that "
			"signed it, or verify_ssl = false",
			url);
	else
		sb_fail(err, SB_E_NET,
			"%s: the certificate is not trusted (%.120s): set ca_file to the authority "
			"that signed it, or verify_ssl = false",
			url, transfer->error_text);
}

static void fail_handshake(const struct transfer *transfer, struct sb_error *err)
{
	if (says(transfer, "wrong version number") || says(transfer, "packet length too long") ||
	    says(transfer, "http request") || says(transfer, "unexpected TLS packet"))
		sb_fail(err, SB_E_NET,
			"%s: the port speaks plain HTTP, not TLS: set use_https = false and a http "
			"URL, or use the TLS port",
			transfer->base);
	else {
		sb_fail(err, SB_E_NET,
			"%s: the TLS handshake failed (%.160s): is this the TLS port, and are we "
			"allowed to connect?",
			transfer->base, transfer->error_text);
		err->retryable = true;
	}
}

/* The connection ended before one byte of the answer. */
static void fail_empty(const struct transfer *transfer, struct sb_error *err)
{
	sb_fail(err, SB_E_NET, "%s closed the connection before one byte of an answer%s",
		transfer->base,
		is_https(transfer) ? ""
				   : ": if the port speaks TLS, set use_https = true and a https "
				     "URL");
	err->retryable = true;
}

static void fail_timeout(const struct transfer *transfer, struct sb_error *err)
{
	curl_off_t connected = 0;
	long port = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_CONNECT_TIME_T, &connected);
	curl_easy_getinfo(transfer->easy, CURLINFO_LOCAL_PORT, &port);
	if (!connected && port)
		sb_fail(err, SB_E_TIMEOUT,
			"%s: connected, but no TLS handshake within 5 s: if the port speaks plain "
			"HTTP, set use_https = false and a http URL",
			transfer->base);
	else if (!connected)
		sb_fail(err, SB_E_TIMEOUT,
			"%s: no connection within 5 s: is the host up, and does a firewall drop "
			"us?",
			transfer->base);
	else
		sb_fail(err, SB_E_TIMEOUT, "%s: no whole answer within %u ms", transfer->base,
			transfer->timeout_ms);
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

static void fail_connect(const struct transfer *transfer, struct sb_error *err)
{
	long number = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &number);
	if (number == ECONNREFUSED)
		fail_net(transfer, true, "connection refused: is the service running on this port?",
			 err);
	else if (number == EHOSTUNREACH || number == ENETUNREACH)
		fail_net(transfer, true, "no route to the host", err);
	else
		fail_net(transfer, true, "no connection: is the host up and the port right?", err);
}

static void fail_code(const struct transfer *transfer, CURLcode code, struct sb_error *err)
{
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		fail_net(transfer, true, "the name of the host is not known to DNS", err);
		break;
	case CURLE_COULDNT_RESOLVE_PROXY:
		fail_net(transfer, true, "the name of the proxy in the environment is not known",
			 err);
		break;
	case CURLE_COULDNT_CONNECT: fail_connect(transfer, err); break;
	case CURLE_OPERATION_TIMEDOUT: fail_timeout(transfer, err); break;
	case CURLE_PEER_FAILED_VERIFICATION: fail_certificate(transfer, err); break;
	case CURLE_SSL_CACERT_BADFILE:
		fail_net(transfer, false, "the ca_file cannot be read or holds no certificate",
			 err);
		break;
	case CURLE_SSL_CONNECT_ERROR: fail_handshake(transfer, err); break;
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_WEIRD_SERVER_REPLY:
		fail_net(
			transfer, false,
			is_https(transfer)
				? "the answer is not HTTP"
				: "the answer is not HTTP: if the port speaks TLS, set use_https = "
				  "true and a https URL",
			err);
		break;
	case CURLE_GOT_NOTHING: fail_empty(transfer, err); break;
	case CURLE_PARTIAL_FILE:
		sb_fail(err, SB_E_HTTP, "%s: the answer was cut short", transfer->base);
		err->retryable = true;
		break;
	case CURLE_WRITE_ERROR: fail_too_long(transfer, err); break;
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
		if (!transfer->saw_header)
			fail_empty(transfer, err);
		else {
			sb_fail(err, SB_E_HTTP, "%s: the connection broke inside the answer",
				transfer->base);
			err->retryable = true;
		}
		break;
	default: fail_other(transfer, code, err); break;
	}
}

void sb_transfer_judge(const struct transfer *transfer, CURLcode code, struct sb_io_answer *answer)
{
	long status = 0, request_bytes = 0, connects = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(transfer->easy, CURLINFO_REQUEST_SIZE, &request_bytes);
	curl_easy_getinfo(transfer->easy, CURLINFO_NUM_CONNECTS, &connects);
	answer->status = (int)status;
	if (code == CURLE_OK && status >= 300 && status < 400 && transfer->location[0]) {
		fail_redirect(transfer, (int)status, &answer->err);
		answer->err.http_status = (int)status;
		return;
	}
	if (code == CURLE_OK)
		return;
	fail_code(transfer, code, &answer->err);
	/* No whole answer: what came of it is nobody's business. */
	answer->err.http_status = (int)status;
	answer->status = 0;
	answer->body = "";
	answer->len = 0;
	answer->not_sent = request_bytes == 0;
	answer->reused_dead = !transfer->saw_header && connects == 0 && request_bytes > 0 &&
			      code != CURLE_OPERATION_TIMEDOUT;
}
