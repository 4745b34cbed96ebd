/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens that order ops of one object, beside those of natural keys. */
#include "diff/token.h"

#include <stdio.h>

void sb_token_child(const json_t *id, char *ret_text, size_t room)
{
	snprintf(ret_text, room, "child|%" JSON_INTEGER_FORMAT, json_integer_value(id));
}

void sb_token_released(const json_t *id, char *ret_text, size_t room)
{
	snprintf(ret_text, room, "released|%" JSON_INTEGER_FORMAT, json_integer_value(id));
}
