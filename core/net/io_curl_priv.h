/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the real transport share: servers, transfers, error words. */
#pragma once

#include <curl/curl.h>

#include "base/buf.h"
#include "net/io.h"

/* Texts that no answer may hold. */
struct io_secrets {
	char **list;
	size_t n;
};

struct curl_server {
	char *id;
	char **urls;
	size_t n_urls;
	char *authorization;              /* whole header line */
	char *ca_file;                    /* NULL = system */
	const struct io_secrets *secrets; /* of all servers */
	bool verify_ssl, gzip;
	long max_idle_s;
};

/* One request under way. */
struct transfer {
	struct transfer *next, **link;
	struct io_curl *owner;
	const struct curl_server *server;
	const char *base; /* the base URL that was taken */
	CURL *easy;
	struct curl_slist *headers;
	char *method, *path, *sent_body;
	unsigned timeout_ms;
	size_t max_bytes;
	sb_io_done *done;
	void *arg;
	/* the answer as it arrives */
	struct sb_buf body;
	bool too_long, saw_header;
	char reason[256], content_type[128], api_version[32], location[1024];
	unsigned retry_after_ms;
	char error_text[CURL_ERROR_SIZE]; /* lives as long as the handle */
};

/** Keep what is secret of an authorization value ("Token x"). False: out of memory. */
bool sb_secrets_add(struct io_secrets *secrets, const char *authorization);

/** Overwrite each secret in a text with stars. */
void sb_secrets_mask(const struct io_secrets *secrets, char *text, size_t len);
void sb_secrets_finish(struct io_secrets *secrets);

/** Room for a body of which so many bytes are announced. */
void sb_body_prepare(struct io_curl *owner, struct sb_buf *body, size_t expected);

/** A handle without options: one that was given back, or a new one; NULL = no memory. */
CURL *sb_handle_take(struct io_curl *owner);
/** Keep a handle for a next request, or end it. NULL is accepted. */
void sb_handle_give(struct io_curl *owner, CURL *easy);

/** A transfer with an easy handle that is ready for the multi handle. */
int sb_transfer_create(struct io_curl *owner, const struct curl_server *server,
		       const struct sb_io_request *request, CURLSH *share,
		       struct transfer **ret_transfer, struct sb_error *err);
void sb_transfer_destroy(struct transfer *transfer);

/** Fill the error, not_sent and reused_dead of an answer from how the transfer ended. */
void sb_transfer_judge(const struct transfer *transfer, CURLcode code, struct sb_io_answer *answer);
