/* SPDX-License-Identifier: Apache-2.0 */
#include "job/misses.h"

#include "model/key.h"
#include "stagebox/json.h"

json_t *sb_misses_after(const struct sb_run *run)
{
	json_t *misses = json_deep_copy(run->diff->misses), *old;
	const char *key;
	size_t i;

	json_object_foreach (run->snap->misses, key, old) {
		if (!json_object_get(misses, key) && !json_object_get(run->diff->returned, key))
			json_object_set(misses, key, old);
	}
	for (i = 0; i < run->diff->plan.n; i++) {
		const struct sb_op *op = &run->diff->plan.ops[i];

		if ((op->verb == SB_DELETE || op->releases) && op->state == SB_OP_DONE)
			json_object_del(misses, op->key);
	}
	sb_keys_drop_invalid(misses);                     /* of earlier versions */
	json_object_foreach (run->diff->gone, key, old) { /* for `stagebox stale` */
		json_t *miss = json_object_get(misses, key);

		if (miss)
			json_object_update(miss, old);
	}
	return misses;
}
