/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of JSON values. */
#pragma once

#include <jansson.h>

#include "stagebox/types.h"

/** Is value a member of list? NULL is an empty list. */
SB_API bool sb_list_holds(const json_t *list, const json_t *value);

/** The members of a list that another one does not have, in their order. New reference; NULL is an
 * empty list for both. */
SB_API json_t *sb_list_without(const json_t *list, const json_t *other);

/** The members of a list that another one has, too, in their order. New reference. */
SB_API json_t *sb_list_common(const json_t *list, const json_t *other);

/** Append the members of another list that this one does not have. */
SB_API void sb_list_add(json_t *list, const json_t *more);
