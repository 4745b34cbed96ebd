/* SPDX-License-Identifier: Apache-2.0 */
#include "job/settled.h"

int sb_settled_send(const struct sb_run *run, struct sb_events *events)
{
	const struct sb_diff *diff = run->diff;
	struct sb_table *touched;
	const char *key;
	json_t *fields;
	size_t i;
	int rc = 0;

	if (!json_object_size(diff->settled))
		return 0;
	touched = sb_table_create();
	for (i = 0; touched && !rc && i < diff->plan.n; i++)
		rc = sb_table_put(touched, diff->plan.ops[i].key, "");
	if (!touched || rc < 0) {
		sb_table_destroy(touched);
		return SB_E_NOMEM;
	}
	json_object_foreach (diff->settled, key, fields) {
		if (!sb_table_get(touched, key))
			sb_event_send(events, json_pack("{s:s, s:s, s:O}", "ev", "applied", "key",
							key, "fields", fields));
	}
	sb_table_destroy(touched);
	return 0;
}
