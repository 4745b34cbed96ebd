/* SPDX-License-Identifier: Apache-2.0 */
/* The answers of a case by method and path. */
#pragma once

#include "base/buf.h"
#include "kit/answer.h"

/*
 * A script is an object: "GET /pools" -> the line of the answer. Paths are compared decoded, so
 * that an author may write "a/b" for "a%2Fb".
 */

/** Put an answer under "[METHOD ]PATH"; without a method it is GET. value null takes the answer
 * back. Returns 0; SB_E_CONFIG for a key that is not such a pair or that was put twice in these
 * changes; or as sb_kit_answer(). */
int sb_kit_script_put(json_t *changes, enum sb_kit_server server, const char *folder,
		      const char *key, const json_t *value, struct sb_error *err);

/** Put changes over a script: null removes. */
void sb_kit_script_merge(json_t *script, const json_t *changes);

/** The line for a request, borrowed: of the path with its query, else of the path alone (a
 * NetBox only). NULL = none. used: the name of the line is put into it. */
json_t *sb_kit_script_find(const json_t *script, enum sb_kit_server server, const char *method,
			   const char *path, json_t *used);

/** Append a path or a part of it with its "%XX" decoded. */
void sb_kit_decode(struct sb_buf *to, const char *text, size_t len);
