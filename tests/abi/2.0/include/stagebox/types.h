/* SPDX-License-Identifier: Apache-2.0 */
/* Names for compiler attributes, and scope cleanup for owned local variables. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) || defined(__clang__)
#define SB_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define SB_MUST_CHECK        __attribute__((warn_unused_result))
#define SB_CLEANUP(fn)       __attribute__((cleanup(fn)))
#define SB_UNUSED            __attribute__((unused))
#else
#error "stagebox needs gcc or clang"
#endif

/* A function of the library that programs and modules may call. */
#define SB_API __attribute__((visibility("default")))

/* The one symbol that a module exports. */
#ifdef __cplusplus
#define SB_MODULE_API extern "C" __attribute__((visibility("default")))
#else
#define SB_MODULE_API __attribute__((visibility("default")))
#endif

#define SB_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static inline void sb_autofree_p(void *p)
{
	free(*(void **)p);
}

static inline void sb_autojson_p(json_t **p)
{
	json_decref(*p);
}

/* Are two texts equal? NULL, such as a member that an answer lacks, equals nothing. */
static inline bool sb_streq(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

/* Does a text begin with a prefix? NULL has none. */
static inline bool sb_starts_with(const char *text, const char *prefix)
{
	return text && prefix && strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Local variables that own their value, which is released when the scope ends. */
#define sb_autofree SB_CLEANUP(sb_autofree_p)
#define sb_autojson SB_CLEANUP(sb_autojson_p) json_t

/* Return an owned pointer and set its variable to NULL. */
#define sb_steal(ptr)                                                                              \
	__extension__({                                                                            \
		__typeof__(ptr) sb_stolen_ = (ptr);                                                \
		(ptr) = NULL;                                                                      \
		sb_stolen_;                                                                        \
	})

#ifdef __cplusplus
}
#endif
