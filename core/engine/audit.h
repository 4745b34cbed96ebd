/* SPDX-License-Identifier: Apache-2.0 */
/* Moving from another tool: what it leaves behind, and how it was set. Reads only. */
#pragma once

#include "engine/run.h"

/** After the diff: ask for the unowned guests and nodes of our cluster, where no plan did. */
int sb_audit_ask(struct sb_run *run, struct sb_error *err);

/** What stays without an owner: [{"kind", "id", "name", "status"?, "of"?, "stale"}], new reference.
 * Stale: a tool's own object, or one that it marked as gone. */
json_t *sb_audit_left(const struct sb_run *run);

/** The settings and endpoints of netbox-proxbox, as its API gives them without secrets:
 * {"settings": {...}, "endpoints": [...]}. SB_E_NOTFOUND when the plugin is not there. */
int sb_import_read(struct sb_run *run, json_t **ret_doc, struct sb_error *err);
