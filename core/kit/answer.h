/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of a server that a case has in words. */
#pragma once

#include "stagebox/error.h"

#define SB_KIT_API_VERSION "4.7"

enum sb_kit_server { SB_KIT_PVE, SB_KIT_NETBOX };

/*
 * An answer in a case is the data of a successful one, or an object with these members:
 *   "$status": 403        HTTP status; 200 without it
 *   "$reason": "text"     what the server says about it
 *   "$data": value        the data, when it is not in place of the object itself
 *   "$file": "files/x"    a file of the case that holds the data
 *   "$body": "text"       the whole body, which need not be JSON
 *   "$body_file": "files/x"   a file that holds the whole body: any bytes
 *   "$error": "timeout"   no answer: "timeout", "unreachable" or "cut"
 */

/**
 * Make the answer a line as recordings have it, without server, method and path.
 *
 * @folder    of the case, for files
 * @ret_line  new reference, set on success only
 *
 * Returns 0; SB_E_CONFIG naming what is wrong, or the file; or SB_E_NOMEM.
 */
int sb_kit_answer(enum sb_kit_server server, const char *folder, const json_t *value,
		  json_t **ret_line, struct sb_error *err);

/** The line of an answer with JSON as its body, which is not wrapped; NULL = an empty one. New
 * reference. */
json_t *sb_kit_line(enum sb_kit_server server, int status, const char *reason, const json_t *body);

/** The line of a request that nothing in the case answers. why: the NetBox of the case cannot
 * either, "" = it was not asked. New reference. */
json_t *sb_kit_no_answer(const char *why);
