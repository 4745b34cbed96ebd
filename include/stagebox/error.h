/* SPDX-License-Identifier: Apache-2.0 */
/* The error that a caller allocates on its stack: code, HTTP status, text. */
#pragma once

#include <stdarg.h>

#include "stagebox/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Results of functions that can fail: 0 or a documented count is success. */
enum sb_rc {
	SB_OK = 0,
	SB_E_NOMEM = -1,
	SB_E_ARG = -2,
	SB_E_CONFIG = -3,
	SB_E_NET = -4,
	SB_E_TIMEOUT = -5,
	SB_E_AUTH = -6,
	SB_E_FORBIDDEN = -7,
	SB_E_NOTFOUND = -8,
	SB_E_CONFLICT = -9, /* the remote object changed since it was read */
	SB_E_HTTP = -10,
	SB_E_JSON = -11,
	SB_E_SHAPE = -12, /* valid JSON of the wrong structure */
	SB_E_STATE = -13,
	SB_E_REFUSED = -14, /* a safety gate refused it */
	SB_E_CANCELLED = -15,
	SB_E_UNSUPPORTED = -16,
	SB_E_BUSY = -17, /* another process holds the lease */
};

#ifdef __cplusplus
#define SB_ERROR_INIT                                                                              \
	{                                                                                          \
	}
#else
#define SB_ERROR_INIT                                                                              \
	{                                                                                          \
		0                                                                                  \
	}
#endif

struct sb_error {
	int code;        /* enum sb_rc */
	int http_status; /* 0 when there was no HTTP answer */
	bool retryable;
	unsigned retry_after_ms;
	char text[512];
};

/**
 * Fill an error.
 *
 * @err   may be NULL
 * @code  enum sb_rc
 * @fmt   what was attempted, on which object, what came back, what to do; no secrets
 *
 * Returns code, so that the call fits into a return statement.
 */
SB_API int sb_fail(struct sb_error *err, int code, const char *fmt, ...) SB_PRINTF(3, 4);

/**
 * Prepend one frame of context to the text: "reading SDN zones: HTTP 403 ...". When the buffer is
 * full the new frame is dropped, not the root cause.
 *
 * @rc  returned unchanged
 */
SB_API int sb_context(struct sb_error *err, int rc, const char *fmt, ...) SB_PRINTF(3, 4);

/** The lower-case word for a code in records: "forbidden", "timeout", ... Never NULL. */
SB_API const char *sb_rc_name(int code);

#ifdef __cplusplus
}
#endif
