/* SPDX-License-Identifier: Apache-2.0 */
/* Logging: one line to stderr; the engine adds endpoint, module and stage. */
#pragma once

#include "stagebox/types.h"

#ifdef __cplusplus
extern "C" {
#endif

enum sb_log_level {
	SB_LOG_ERROR,  /* an op or a stage failed */
	SB_LOG_WARN,   /* the run continues, but somebody should check */
	SB_LOG_NOTICE, /* start and end of a run */
	SB_LOG_INFO,   /* per stage */
	SB_LOG_DEBUG,  /* per request */
};

/** Write a line to the log: "a sentence: key=value key=value"; values whose names mean a secret are
 * masked. */
SB_API void sb_log(enum sb_log_level level, const char *fmt, ...) SB_PRINTF(2, 3);

#ifdef __cplusplus
}
#endif
