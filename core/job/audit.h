/* SPDX-License-Identifier: Apache-2.0 */
/* Moving from another tool: what it leaves behind. Reads only. */
#pragma once

#include "run/run.h"

/** After the diff: ask for the unowned guests and nodes of our cluster, where no plan did. */
int sb_audit_ask(struct sb_run *run, struct sb_error *err);

/** What stays without an owner: [{"kind", "id", "name", "status"?, "of"?, "stale"}], new reference.
 * Stale: a tool's own object, or one that it marked as gone. */
json_t *sb_audit_left(const struct sb_run *run);
