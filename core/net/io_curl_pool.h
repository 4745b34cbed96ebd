/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies and curl handles that later requests use again. */
#pragma once

#include <curl/curl.h>

#include "base/buf.h"

struct io_curl;

/* Spare bodies and handles. */
struct curl_pool {
	struct sb_buf bodies[4];
	size_t n_bodies;
	CURL *handles[16];
	size_t n_handles;
};

/** Reserve room for a body of the announced length. */
void sb_body_prepare(struct io_curl *owner, struct sb_buf *body, size_t expected);
/** Keep the memory of a body for a later one, or free it; the body is empty afterwards. */
void sb_body_give(struct io_curl *owner, struct sb_buf *body);
void sb_pool_finish(struct curl_pool *pool);

/** A handle without options: one that was given back, or a new one; NULL = no memory. */
CURL *sb_handle_take(struct io_curl *owner);
/** Keep a handle for a later request, or free it. NULL is accepted. */
void sb_handle_give(struct io_curl *owner, CURL *easy);
