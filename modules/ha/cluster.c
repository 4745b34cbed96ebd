/* SPDX-License-Identifier: Apache-2.0 */
/* Stage ha.cluster: the state of high availability in a cluster, in one JSON custom field. */
#include "ha.h"

#include <stdio.h>

#include "stagebox/conf.h"
#include "stagebox/reconcile.h"

bool ha_add_document(struct sb_stage_run *stage, const char *source, json_t *value,
		     struct sb_error *ret_why)
{
	sb_autojson *document = NULL;
	char key[128];

	if (sb_rows_state(stage, source, "", ret_why) != SB_ROWS_COMPLETE)
		return false;
	snprintf(key, sizeof(key), "%s/ha", sb_run_endpoint(stage));
	document = sb_row_get(stage, source, key);
	return document && json_object_update(value, document) == 0;
}

static int want_cluster(struct sb_stage_run *stage, const char *key, const json_t *row,
			struct sb_want *want, void *arg, struct sb_error *err)
{
	/* The manager, who decides about the master, comes after the status. */
	static const char *const sources[] = {HA_STATUS, HA_MANAGER, HA_OPTIONS};
	sb_autojson *value = json_object();
	struct sb_error why = SB_ERROR_INIT;
	size_t i;

	(void)key, (void)row, (void)arg;
	if (!value)
		return sb_fail(err, SB_E_NOMEM, "HA of the cluster: out of memory");
	for (i = 0; i < SB_ARRAY_LEN(sources); i++) {
		if (!ha_add_document(stage, sources[i], value, &why)) {
			sb_want_unknown(want, HA_FIELD, &why);
			return 0;
		}
	}
	sb_want_set(want, HA_FIELD, sb_steal(value));
	return 0;
}

int ha_diff_cluster(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	char prefix[128];
	const struct sb_reconcile reconcile = {
		.size = sizeof(reconcile),
		.kind = "cluster",
		.source = HA_CLUSTER,
		.prefix = prefix,
		.flags = SB_RECONCILE_FIELDS,
		.want = want_cluster,
	};

	(void)arg;
	snprintf(prefix, sizeof(prefix), "%s/cluster", sb_run_endpoint(stage));
	return sb_reconcile(stage, &reconcile, err);
}
