/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a case, read whole. */
#pragma once

#include <stdio.h>

#include "base/buf.h"

enum { SB_KIT_MAX_MIB = 64 };

/** Read a regular file, no link, of at most SB_KIT_MAX_MIB. Returns 0, or SB_E_CONFIG naming the
 * file. */
int sb_kit_read_bytes(const char *path, struct sb_buf *ret_bytes, struct sb_error *err);

/** Read a file of JSON. A name that occurs twice in one object is an error. *ret_json: new
 * reference, set on success only. Returns 0, or SB_E_CONFIG naming file, line and column. */
int sb_kit_read_json(const char *path, json_t **ret_json, struct sb_error *err);

/** Write JSON for people, with sorted names, in place of the file. Returns 0, or SB_E_STATE. */
int sb_kit_write_json(const char *path, const json_t *json, struct sb_error *err);
