/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of objects that an incomplete list of NetBox lacks. */
#pragma once

#include "run/run.h"

/**
 * The list of NetBox in which an object above a part may be missing: it is not complete, and has
 * none of them. Such an object may have vanished at the source and be kept, and then its parts are
 * kept, too.
 *
 * @row  of the part
 *
 * Returns the list, whose why says what is wrong with it; NULL = all objects above are known.
 */
const struct sb_nb_list *sb_unlisted_parent(const struct sb_run *run, const struct sb_kind *kind,
					    const char *key, const json_t *row);
