/* SPDX-License-Identifier: Apache-2.0 */
/* What a module may know of the configuration: its endpoint and its own options. */
#pragma once

#include "stagebox/module.h"

/** Slug of the endpoint: first part of every key. Borrowed for the run. */
SB_API const char *sb_run_endpoint(const struct sb_run *run);

/** The configured site name of the endpoint, or "" when none is set. */
SB_API const char *sb_run_site(const struct sb_run *run);

/** The VLAN group of the endpoint's VLANs: the configured name, else its slug. */
SB_API const char *sb_run_vlan_group(const struct sb_run *run);

/** The template of the names of node devices: the endpoint's, else the one for all. It holds
 * "{node}", and of other words in braces only {cluster}, {cluster_slug} and {endpoint}. */
SB_API const char *sb_run_device_name(const struct sb_run *run);

/* Options of the module whose stage runs, by the names of its table. A name that is not in the
 * table is a programming error and aborts in debug builds; in release it reads as "", 0, false. */
SB_API const char *sb_opt_str(const struct sb_run *run, const char *name);
SB_API bool sb_opt_bool(const struct sb_run *run, const char *name);
SB_API int64_t sb_opt_int(const struct sb_run *run, const char *name);        /* INT and SECS */
SB_API const json_t *sb_opt_list(const struct sb_run *run, const char *name); /* borrowed */
