/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the certificate of a server without sending a request. */
#include "net/certificate.h"

#include <string.h>

#include "net/io_curl_priv.h"

enum { PROBE_TIMEOUT_MS = 10000 };

static void copy_line(char *to, size_t room, const char *from)
{
	snprintf(to, room, "%.*s", (int)strcspn(from, "\r\n"), from);
}

/* libcurl describes the server's own certificate first, in lines "Name:value". */
static bool describe_certificate(CURL *easy, struct sb_certificate *ret_certificate)
{
	const struct curl_certinfo *chain = NULL;
	const struct curl_slist *line;

	curl_easy_getinfo(easy, CURLINFO_CERTINFO, &chain);
	if (!chain || chain->num_of_certs < 1)
		return false;
	for (line = chain->certinfo[0]; line; line = line->next) {
		if (sb_starts_with(line->data, "Subject:"))
			copy_line(ret_certificate->subject, sizeof(ret_certificate->subject),
				  line->data + 8);
		else if (sb_starts_with(line->data, "Issuer:"))
			copy_line(ret_certificate->issuer, sizeof(ret_certificate->issuer),
				  line->data + 7);
		else if (sb_starts_with(line->data, "Expire date:"))
			copy_line(ret_certificate->ends, sizeof(ret_certificate->ends),
				  line->data + 12);
	}
	return sb_transfer_fingerprint(easy, ret_certificate->fingerprint);
}

/* Connect once. Without the checks, any certificate can be read, but nothing is sent to its
 * server. */
static CURLcode connect_once(struct io_curl *io, bool verifies, struct sb_certificate *certificate,
			     struct sb_error *ret_why)
{
	const struct sb_io_request request = {.server = io->servers[0].id,
					      .method = "GET",
					      .path = "/",
					      .timeout_ms = PROBE_TIMEOUT_MS,
					      .max_bytes = 1};
	struct sb_io_answer answer = {0};
	struct transfer *transfer;
	CURLcode code = CURLE_OUT_OF_MEMORY;

	if (sb_transfer_create(io, &io->servers[0], &request, NULL, &transfer, ret_why) < 0)
		return code;
	curl_easy_setopt(transfer->easy, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(transfer->easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(transfer->easy, CURLOPT_CERTINFO, 1L);
	curl_easy_setopt(transfer->easy, CURLOPT_SSL_VERIFYPEER, verifies ? 1L : 0L);
	curl_easy_setopt(transfer->easy, CURLOPT_SSL_VERIFYHOST, verifies ? 2L : 0L);
	code = curl_easy_perform(transfer->easy);
	if (code != CURLE_OK)
		sb_transfer_judge(transfer, code, &answer);
	else if (!describe_certificate(transfer->easy, certificate))
		sb_fail(&answer.err, SB_E_NET, "%s: the server sent no certificate",
			transfer->base);
	*ret_why = answer.err;
	sb_transfer_destroy(transfer);
	return code;
}

int sb_certificate_read(const struct sb_io_server *server, struct sb_certificate *ret_certificate,
			struct sb_error *err)
{
	const char *urls[] = {server->urls[0], NULL};
	struct sb_io_server entry = *server;
	struct sb_certificate certificate = {0};
	struct sb_error why = SB_ERROR_INIT;
	struct sb_io *io = NULL;
	int rc;

	if (!urls[0] || !sb_starts_with(urls[0], "https:"))
		return sb_fail(err, SB_E_UNSUPPORTED, "%s: plain HTTP has no certificate",
			       urls[0] ? urls[0] : "");
	entry.urls = urls;
	entry.authorization = NULL;
	entry.login = NULL;
	entry.verify_ssl = true;
	entry.fingerprints = "";
	rc = sb_io_curl_create(&entry, 1, &io, err);
	if (rc < 0)
		return rc;
	if (connect_once((struct io_curl *)io, true, &certificate, &why) ==
	    CURLE_PEER_FAILED_VERIFICATION) {
		certificate.refusal = why;
		connect_once((struct io_curl *)io, false, &certificate, &why);
	}
	sb_io_destroy(io);
	if (why.code) {
		if (err)
			*err = why;
		return why.code;
	}
	*ret_certificate = certificate;
	return 0;
}
