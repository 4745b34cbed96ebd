/* SPDX-License-Identifier: Apache-2.0 */
/* Trust of the real transport: certificate authorities, or pinned certificates. */
#include <string.h>

#include <sodium.h>

#include "net/io_curl_priv.h"

enum { MAX_DER = 32768 };

/* Writes "AA:BB:..." of a certificate in PEM form; false when the text holds no certificate. */
static bool fingerprint_of(const char *pem, char to[IO_FINGERPRINT_CHARS])
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	static const char hex[] = "0123456789ABCDEF";
	unsigned char der[MAX_DER], hash[crypto_hash_sha256_BYTES];
	const char *from = strstr(pem, begin), *end;
	size_t len, i;

	if (!from)
		return false;
	from += sizeof(begin) - 1;
	end = strstr(from, "-----END");
	if (!end || sodium_base642bin(der, sizeof(der), from, (size_t)(end - from), "\r\n \t", &len,
				      NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
		return false;
	crypto_hash_sha256(hash, der, len);
	for (i = 0; i < sizeof(hash); i++) {
		to[3 * i] = hex[hash[i] >> 4];
		to[3 * i + 1] = hex[hash[i] & 15];
		to[3 * i + 2] = i + 1 < sizeof(hash) ? ':' : '\0';
	}
	return true;
}

/* The first certificate of the chain is the server's own. */
bool sb_transfer_fingerprint(CURL *easy, char to[IO_FINGERPRINT_CHARS])
{
	const struct curl_certinfo *chain = NULL;
	const struct curl_slist *line;

	curl_easy_getinfo(easy, CURLINFO_CERTINFO, &chain);
	if (!chain || chain->num_of_certs < 1)
		return false;
	for (line = chain->certinfo[0]; line; line = line->next)
		if (sb_starts_with(line->data, "Cert:"))
			return fingerprint_of(line->data + 5, to);
	return false;
}

/* curl calls this after the TLS handshake and before the request, so that the token is sent to a
 * pinned server only. A kept-alive connection was checked when it was new. */
static int before_request(void *arg, char *ip, char *local_ip, int port, int local_port)
{
	struct transfer *transfer = arg;
	long connects = 0;

	(void)ip;
	(void)local_ip;
	(void)port;
	(void)local_port;
	curl_easy_getinfo(transfer->easy, CURLINFO_NUM_CONNECTS, &connects);
	if (connects == 0)
		return CURL_PREREQFUNC_OK;
	if (sb_transfer_fingerprint(transfer->easy, transfer->fingerprint) &&
	    strstr(transfer->server->fingerprints, transfer->fingerprint))
		return CURL_PREREQFUNC_OK;
	transfer->is_unpinned = true;
	return CURL_PREREQFUNC_ABORT;
}

void sb_transfer_set_tls(struct transfer *transfer)
{
	const struct curl_server *server = transfer->server;
	CURL *easy = transfer->easy;
	bool verifies = server->verify_ssl && !server->fingerprints;

	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, verifies ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, verifies ? 2L : 0L);
	if (server->fingerprints) {
		/* A pin replaces the checks of name, date and authority. Sessions are not resumed,
		 * because a resumed session need not show its certificate. */
		curl_easy_setopt(easy, CURLOPT_CERTINFO, 1L);
		curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
		curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
		curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
	}
	if (!server->ca_file)
		return;
	/* Trust this authority and no other. */
	curl_easy_setopt(easy, CURLOPT_CAINFO, server->ca_file);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
}
