/* SPDX-License-Identifier: Apache-2.0 */
/* One Proxmox VE under two slugs: by the names of its cluster and nodes, and by its guests. */
#pragma once

#include "run/run.h"

/**
 * Note which other endpoint had the same cluster name and nodes in its last run, before the diff:
 * the diff then compares the guests of both.
 *
 * @identity  of the cluster that answers
 * @clusters  {"<slug>": identity} of the endpoints before this one in the configuration; borrowed,
 *            and must outlive the run; NULL = none
 */
void sb_alike_note(struct sb_run *run, const char *identity, const json_t *clusters);

/** After the diff: refuse the endpoint when most of its guests are those of the other one, with the
 * same VMID and instance id. Separate sites may have equal names, but not equal guests. Returns 0,
 * or SB_E_CONFIG. */
int sb_alike_check(const struct sb_run *run, const char *identity, struct sb_error *err);
