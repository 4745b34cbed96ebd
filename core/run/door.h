/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of what a module hands over: a wrong value fails its stage, it is never taken for "clear
 * the field". */
#pragma once

#include "stagebox/kind.h"

struct sb_run;
struct sb_stage_run;

/**
 * The result of a callback.
 *
 * @rc        as returned
 * @callback  its name: "fetch", "the answer callback for lab/node/pve1"
 *
 * Returns rc when it is 0 or negative, with an error when the callback set none; SB_E_STATE when it
 * is positive.
 */
int sb_door_result(int rc, const char *callback, struct sb_error *err);

/** May a row or an object of this run have the key: is it the slug of the endpoint, or below it? A
 * run of NetBox alone has no endpoint, and takes every key. */
bool sb_door_key(const struct sb_run *run, const char *key);

/** Keys and prefixes are part of records and events, which are UTF-8. Another one fails the stage,
 * whatever the module does with the result. Returns 0, or SB_E_ARG. @function: that got the text;
 * @text: NULL is allowed */
int sb_door_text(struct sb_stage_run *stage, const char *function, const char *text);

/** Find the fault of a value for a field, as the end of a sentence; NULL = it has the right type.
 * References may be in the form of rows. */
const char *sb_door_value(const struct sb_kind_field *field, const json_t *value);
