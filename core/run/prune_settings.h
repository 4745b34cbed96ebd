/* SPDX-License-Identifier: Apache-2.0 */
/* The group prune of the configuration, read in one place. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

/* conf: the checked configuration, borrowed. */

/** Are vanished clusters, nodes and guests deleted at all (prune.enabled)? */
bool sb_prune_is_enabled(const json_t *conf);

/** Are adopted objects deleted like our own, instead of released (prune.adopted)? */
bool sb_prune_deletes_adopted(const json_t *conf);

/** Is the object of this flat row of NetBox marked as adopted, so that it is released when it
 * vanishes? */
bool sb_prune_releases(const json_t *conf, const json_t *row);

/** A number of the group, such as "runs", or "grace" in seconds. */
int64_t sb_prune_number(const json_t *conf, const char *name);
