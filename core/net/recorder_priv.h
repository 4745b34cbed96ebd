/* SPDX-License-Identifier: Apache-2.0 */
/* The identity of a request, shared by recorder and replay. */
#pragma once

#include "base/buf.h"
#include "net/io.h"

/** "server method path sha256-of-body" of a request, "-" without a body. Caller frees. */
char *sb_record_key(const char *server, const char *method, const char *path,
		    const char *body_sha256);

enum { SB_RECORD_HASH_CHARS = 65 };

/** Hex of the body's sha256, "" without a body. */
void sb_record_hash(const char *body, size_t len, char hex[SB_RECORD_HASH_CHARS]);
