/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens that order ops of one object, beside those of natural keys: one op frees a token, another
 * one claims it. id: of a row in NetBox. */
#pragma once

#include <stddef.h>

#include <jansson.h>

/** The token of an object with a parent of the same kind: freed when it leaves its parent, claimed
 * by the parent's delete. */
void sb_token_child(const json_t *id, char *ret_text, size_t room);

/** The token that the release of an object frees. */
void sb_token_released(const json_t *id, char *ret_text, size_t room);
