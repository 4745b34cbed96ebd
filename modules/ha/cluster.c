/* SPDX-License-Identifier: Apache-2.0 */
/* Stage ha.cluster: the state of high availability in a cluster, in one JSON custom field. */
#include "ha.h"

#include <stdio.h>

#include "stagebox/conf.h"
#include "stagebox/reconcile.h"

/* Add the members of a document to the value; false = it is not known, and why. */
static bool add_document(struct sb_stage_run *stage, const char *source, json_t *value,
			 struct sb_want *want)
{
	struct sb_error why = SB_ERROR_INIT;
	enum sb_rows_known known = sb_rows_state(stage, source, "", &why);
	sb_autojson *document = NULL;
	char key[128];

	if (known == SB_ROWS_COMPLETE) {
		snprintf(key, sizeof(key), "%s/ha", sb_run_endpoint(stage));
		document = sb_row_get(stage, source, key);
		return document && json_object_update(value, document) == 0;
	}
	sb_want_unknown(want, HA_FIELD, &why);
	return false;
}

static int want_cluster(struct sb_stage_run *stage, const char *key, const json_t *row,
			struct sb_want *want, void *arg, struct sb_error *err)
{
	sb_autojson *value = json_object();

	(void)key, (void)row, (void)arg;
	if (!value)
		return sb_fail(err, SB_E_NOMEM, "HA of the cluster: out of memory");
	/* The manager, who decides about the master, comes after the status. */
	if (add_document(stage, HA_STATUS, value, want) &&
	    add_document(stage, HA_MANAGER, value, want) &&
	    add_document(stage, HA_OPTIONS, value, want))
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
