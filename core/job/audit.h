/* SPDX-License-Identifier: Apache-2.0 */
/* Moving from another tool: finding the objects that it leaves behind. Nothing is written. */
#pragma once

#include "run/run.h"

/** After the diff: ask for the unowned guests and nodes of our cluster, unless the diff did. */
int sb_audit_ask(struct sb_run *run, struct sb_error *err);

/** The objects that stay unowned: [{"kind", "id", "name", "status"?, "of"?, "stale"}], new
 * reference. Stale objects were created by a tool, or marked by it as deleted. */
json_t *sb_audit_leftovers(const struct sb_run *run);
