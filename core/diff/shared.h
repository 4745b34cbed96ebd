/* SPDX-License-Identifier: Apache-2.0 */
/* Shared objects: how one is found in NetBox. */
#pragma once

#include "run/run.h"

/** The row of the shared object that has the natural key of these values, whose references are ids;
 * its key is another one where the object that it refers to has another slug. New reference, or
 * NULL. */
json_t *sb_shared_find_placed(const struct sb_nb_list *list, const json_t *fields);
