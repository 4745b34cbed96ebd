/* SPDX-License-Identifier: Apache-2.0 */
/* Changing a guest by hand: the known configuration keys and their values. */
#pragma once

#include "pve/state.h"

/* One change of a guest. */
struct pve_change {
	struct lab_pve *pve;
	struct pve_guest *guest;
	const char *key; /* of the configuration */
};

/** Refuse a change: stores the message for the caller of lab_pve_set(). Always returns -1. */
int pve_change_refuse(struct lab_pve *pve, const char *fmt, ...) SB_PRINTF(2, 3);

/**
 * Read a value for a configuration key.
 *
 * @ret_value  new reference: text or number, as the key requires; unchanged on failure
 *
 * Returns 0, or -1 with the message stored.
 */
int pve_change_read(const struct pve_change *change, const char *text, json_t **ret_value);

/** Read "10.1.2.3/24,2001:db8::5/64" as a list of texts; "" gives an empty list. Returns 0 or -1.
 */
int pve_change_addresses(struct lab_pve *pve, const char *text, json_t **ret_list);
