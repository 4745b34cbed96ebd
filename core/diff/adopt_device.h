/* SPDX-License-Identifier: Apache-2.0 */
/* Devices of people that may be a node. */
#pragma once

#include "diff/adopt_verdict.h"

/**
 * Decide about the devices with the name of a node, in any site, which the rules did not find in
 * our cluster: one in no cluster is adopted when it is alone and has a second witness, else it is a
 * conflict; one in another cluster is noted as similar.
 */
int sb_adopt_device(struct sb_pass *pass, const struct sb_want *want, struct sb_adopt *ret_adopt);

/** The same about one device that was found by name and site. */
int sb_adopt_device_check(struct sb_pass *pass, const struct sb_want *want, const json_t *row,
			  struct sb_adopt *ret_adopt);
