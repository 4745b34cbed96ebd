/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of Ceph: by hand, and everyday ones. */
#pragma once

#include "pve/ceph.h"
#include "pve/change.h"

/* Each of these returns 0, or -1 with the message stored. */

/** Refuse a change where Ceph was never set up. */
int pve_ceph_require(struct lab_pve *pve);

/** Set a number with a fraction from 0 on; "" removes the member. */
int pve_ceph_set_real(struct lab_pve *pve, json_t *object, const char *field, const char *value);

/** Set the name of a node. */
int pve_ceph_set_host(struct lab_pve *pve, json_t *object, const char *value);

/** Set the name of another object: of a pool, or of a rule. */
int pve_ceph_set_ref(struct lab_pve *pve, json_t *object, const char *field, const char *value,
		     const json_t *others);

/** One everyday change: a disk fails or returns, a pool grows, a flag or a check comes or goes.
 * Nothing without a working Ceph. */
void pve_churn_ceph(struct lab_pve *pve);
