/* SPDX-License-Identifier: Apache-2.0 */
/* Internals of the real transport, shared by its parts: servers and transfers. */
#pragma once

#include <curl/curl.h>

#include "base/buf.h"
#include "net/io.h"
#include "net/io_curl_login.h"
#include "net/io_curl_pool.h"
#include "net/io_curl_secrets.h"

enum { IO_MAX_SOCKETS = 4 };        /* of one transfer: one per address that is tried */
enum { IO_FINGERPRINT_CHARS = 96 }; /* 32 bytes as "AA:BB", with the final zero */

struct curl_server {
	char *id;
	char **urls;
	size_t n_urls;
	char *authorization; /* whole header line; NULL = none */
	struct curl_login *login;
	char *ca_file;                    /* NULL = system */
	char *fingerprints;               /* NULL = none */
	char *proxy;                      /* NULL = of the environment, "" = none */
	char *proxy_auth;                 /* NULL = none */
	const struct io_secrets *secrets; /* of all servers */
	bool verify_ssl, gzip;
	long max_idle_s;
};

/* One request in progress. */
struct transfer {
	struct transfer *next, **link;
	struct io_curl *owner;
	const struct curl_server *server;
	const char *base; /* the base URL in use */
	CURL *easy;
	int sockets[IO_MAX_SOCKETS]; /* duplicates of those that it opened */
	unsigned n_sockets;
	struct curl_slist *headers; /* without those of a login */
	struct curl_slist *granted; /* with those of a login; NULL = none */
	char *method, *path, *sent_body;
	unsigned url, timeout_ms;
	size_t max_bytes;
	sb_io_done *done;
	void *arg;
	/* of a login */
	bool is_deferred, is_refused; /* waits for a grant; its login failed */
	bool was_again;               /* its 401 was answered with a new login */
	unsigned grant_serial;
	/* the answer as it arrives */
	struct sb_buf body;
	bool too_long, saw_header, is_unpinned;
	char reason[256], content_type[128], api_version[32], date[40], location[1024];
	unsigned retry_after_ms;
	char fingerprint[IO_FINGERPRINT_CHARS];
	char error_text[CURL_ERROR_SIZE]; /* lives as long as the handle */
};

struct io_curl {
	struct sb_io io;
	CURLM *multi;
	CURLSH *share; /* TLS sessions, so that a new connection is a short handshake */
	struct curl_server *servers;
	size_t n_servers;
	struct io_secrets secrets;
	struct transfer *transfers;
	struct curl_pool pool;
};

/** A transfer with an easy handle that is ready for the multi handle. */
int sb_transfer_create(struct io_curl *owner, const struct curl_server *server,
		       const struct sb_io_request *request, CURLSH *share,
		       struct transfer **ret_transfer, struct sb_error *err);
void sb_transfer_destroy(struct transfer *transfer);

/** Add the headers of a grant to its own. False: out of memory. */
bool sb_transfer_grant(struct transfer *transfer, const struct sb_io_grant *grant);

/** Reset the answer, so that the transfer can be sent again. */
void sb_transfer_rewind(struct transfer *transfer);

/** Is one of the sockets that the transfer opened connected? */
bool sb_transfer_has_tcp(const struct transfer *transfer);

/** Is the request a read? */
bool sb_transfer_is_read(const struct transfer *transfer);

/** Set the certificate authorities and the pinned certificates. */
void sb_transfer_set_tls(struct transfer *transfer);

/** Write the SHA-256 of the server's certificate, "AA:BB:..."; needs CURLOPT_CERTINFO. False when
 * there is none. */
bool sb_transfer_fingerprint(CURL *easy, char to[IO_FINGERPRINT_CHARS]);

/** Fill the error, not_sent and reused_dead of an answer from how the transfer ended. */
void sb_transfer_judge(const struct transfer *transfer, CURLcode code, struct sb_io_answer *answer);

/** Fill the error of a redirect. */
void sb_transfer_fail_redirect(const struct transfer *transfer, int status, struct sb_error *err);

/** Hand a transfer to the multi handle. */
int sb_transfer_start(struct transfer *transfer, struct sb_error *err);

/** Add a transfer to its owner's list. */
void sb_transfer_list(struct transfer *transfer);

/** Deliver the answer and destroy the transfer. */
void sb_transfer_finish(struct transfer *transfer, struct sb_io_answer *answer);

/** Destroy a listed transfer without an answer. */
void sb_transfer_drop(struct transfer *transfer);
