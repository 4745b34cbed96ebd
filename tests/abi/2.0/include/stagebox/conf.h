/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the configuration that a module may read: its endpoint and its own options. */
#pragma once

#include "stagebox/module.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Slug of the endpoint, which is the first part of every key. Borrowed for the run. */
SB_API const char *sb_run_endpoint(const struct sb_stage_run *stage);

/** The configured site name of the endpoint, or "" when none is set. */
SB_API const char *sb_run_site(const struct sb_stage_run *stage);

/** Name of the VLAN group that holds the endpoint's VLANs: the configured one, else its slug. */
SB_API const char *sb_run_vlan_group(const struct sb_stage_run *stage);

/** The name template of the cluster: {cluster} unless the endpoint has cluster_name;
 * further placeholders are {cluster_slug} and {endpoint}. */
SB_API const char *sb_run_cluster_name(const struct sb_stage_run *stage);

/** The name template of node devices: the endpoint's device_name, else the global one. It contains
 * "{node}"; the only other placeholders are {cluster}, {cluster_slug} and {endpoint}. */
SB_API const char *sb_run_device_name(const struct sb_stage_run *stage);

/* Options of the module whose stage runs, by the names in its table, as they hold for the endpoint
 * of the run. Asking for a name that is not in the table is a programming error: debug builds
 * abort, release builds return "", 0, false or NULL. The text of a secret is "" here: core gives it
 * to its transports. */
SB_API const char *sb_opt_str(const struct sb_stage_run *stage, const char *name);
SB_API bool sb_opt_bool(const struct sb_stage_run *stage, const char *name);
SB_API int64_t sb_opt_int(const struct sb_stage_run *stage, const char *name); /* INT and SECS */
SB_API const json_t *sb_opt_list(const struct sb_stage_run *stage, const char *name); /* borrowed */

#ifdef __cplusplus
}
#endif
