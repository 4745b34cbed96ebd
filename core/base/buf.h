/* SPDX-License-Identifier: Apache-2.0 */
/* The string builder: bounded, with a sticky error that is checked once at the end. */
#pragma once

#include "stagebox/error.h"

/*
 * Invariants: text is NULL or zero-terminated at len; a failed add (out of memory, longer than
 * max_bytes) sets failed, frees the text, and every later add does nothing.
 */
struct sb_buf {
	char *text;
	size_t len, room, max_bytes;
	int failed; /* 0 or enum sb_rc */
};

#define SB_BUF_INIT(max)                                                                           \
	{                                                                                          \
		.max_bytes = (max)                                                                 \
	}
#define sb_autobuf SB_CLEANUP(sb_buf_finish) struct sb_buf

/** Start empty; max_bytes without the final zero. */
SB_API void sb_buf_init(struct sb_buf *buf, size_t max_bytes);

/** Release the text. A zeroed or finished buffer is accepted. */
SB_API void sb_buf_finish(struct sb_buf *buf);

/** Forget the text, keep the memory; clears a failure. */
SB_API void sb_buf_reset(struct sb_buf *buf);

SB_API void sb_buf_add(struct sb_buf *buf, const char *text);
/** Append an item of a list: with ", " before it, unless it is the first. */
SB_API void sb_buf_add_item(struct sb_buf *buf, const char *text);
SB_API void sb_buf_add_mem(struct sb_buf *buf, const void *data, size_t len);
SB_API void sb_buf_addf(struct sb_buf *buf, const char *fmt, ...) SB_PRINTF(2, 3);
SB_API void sb_buf_addv(struct sb_buf *buf, const char *fmt, va_list ap) SB_PRINTF(2, 0);

/** Reserve room for more bytes when their number is known in advance. */
SB_API void sb_buf_reserve(struct sb_buf *buf, size_t more);

/** Append compact JSON with sorted keys: equal trees give equal texts. json is borrowed. */
SB_API void sb_buf_add_json(struct sb_buf *buf, const json_t *json);

/** The same with the keys in the order of insertion, at half the cost: for texts that are never
 * compared. */
SB_API void sb_buf_add_json_unsorted(struct sb_buf *buf, const json_t *json);

/** Append text percent-encoded: everything but A-Z a-z 0-9 - . _ ~ */
SB_API void sb_buf_add_url(struct sb_buf *buf, const char *text);

/** The text, never NULL ("" when empty or failed); borrowed until the next change. */
SB_API const char *sb_buf_str(const struct sb_buf *buf);

/** Move the text out (caller frees); NULL when the buffer failed. An empty buffer gives "". */
SB_API char *sb_buf_take(struct sb_buf *buf);

/** 0, or the code of the first failed add, with err filled. */
SB_API int sb_buf_check(const struct sb_buf *buf, struct sb_error *err);
