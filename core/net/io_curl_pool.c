/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps large answer bodies and curl handles for later requests: each large block that is freed and
 * allocated again makes malloc consolidate its small blocks. */
#include "net/io_curl_priv.h"

enum { SPARE_MIN_BYTES = 64 << 10, SPARE_MAX_BYTES = 2 << 20 };

void sb_body_prepare(struct io_curl *owner, struct sb_buf *body, size_t expected)
{
	struct curl_pool *pool = &owner->pool;
	size_t max_bytes = body->max_bytes;

	if (expected >= SPARE_MIN_BYTES && pool->n_bodies) {
		*body = pool->bodies[--pool->n_bodies];
		body->max_bytes = max_bytes;
		sb_buf_reset(body);
	}
	if (expected <= max_bytes)
		sb_buf_reserve(body, expected);
}

void sb_body_give(struct io_curl *owner, struct sb_buf *body)
{
	struct curl_pool *pool = &owner->pool;

	if (body->room >= SPARE_MIN_BYTES && body->room <= SPARE_MAX_BYTES &&
	    pool->n_bodies < SB_ARRAY_LEN(pool->bodies))
		pool->bodies[pool->n_bodies++] = *body;
	else
		sb_buf_finish(body);
	*body = (struct sb_buf){0};
}

CURL *sb_handle_take(struct io_curl *owner)
{
	struct curl_pool *pool = &owner->pool;

	return pool->n_handles ? pool->handles[--pool->n_handles] : curl_easy_init();
}

void sb_handle_give(struct io_curl *owner, CURL *easy)
{
	struct curl_pool *pool = &owner->pool;

	if (!easy || pool->n_handles == SB_ARRAY_LEN(pool->handles)) {
		curl_easy_cleanup(easy);
		return;
	}
	curl_easy_reset(easy);
	pool->handles[pool->n_handles++] = easy;
}

void sb_pool_finish(struct curl_pool *pool)
{
	while (pool->n_bodies)
		sb_buf_finish(&pool->bodies[--pool->n_bodies]);
	while (pool->n_handles)
		curl_easy_cleanup(pool->handles[--pool->n_handles]);
}
