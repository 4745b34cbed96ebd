/* SPDX-License-Identifier: Apache-2.0 */
/* The callbacks of the stages of this module. */
#pragma once

#include "stagebox/conf.h"
#include "stagebox/json.h"
#include "stagebox/pve.h"
#include "stagebox/reconcile.h"

int cluster_fetch(struct sb_run *run, struct sb_error *err);
int cluster_diff(struct sb_run *run, struct sb_error *err);
int cluster_nodes_diff(struct sb_run *run, struct sb_error *err);
int cluster_interfaces_fetch(struct sb_run *run, struct sb_error *err);
int cluster_interfaces_diff(struct sb_run *run, struct sb_error *err);

/** Name and slug of a shared object as its fields; NULL = out of memory. */
json_t *cluster_named(const char *name);

/** Demand the site of the endpoint; *ret_key is its key. */
int cluster_demand_site(struct sb_run *run, const char **ret_key, struct sb_error *err);

/** "<endpoint><tail>"; caller frees, NULL = out of memory. */
char *cluster_key(const struct sb_run *run, const char *tail);
