/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of JSON values. */
#pragma once

#include <jansson.h>

#include "stagebox/types.h"

/** Is value a member of list? NULL is an empty list. */
SB_API bool sb_list_holds(const json_t *list, const json_t *value);
