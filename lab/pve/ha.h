/* SPDX-License-Identifier: Apache-2.0 */
/* Resources, rules and groups of the HA manager. */
#pragma once

#include "pve/state.h"

/** The name of a guest as a resource: "vm:101". New reference. */
json_t *pve_ha_sid(const struct pve_guest *guest);

/** The guest of a resource, whether managed or not; NULL when there is none. Borrowed. */
struct pve_guest *pve_ha_guest(const struct lab_pve *pve, const char *sid);

/** Make a guest a resource in this state (static text), or no longer one: NULL. */
void pve_ha_manage(struct lab_pve *pve, struct pve_guest *guest, const char *state);

/** A state that a guest can have as a resource, as static text; NULL = none. */
const char *pve_ha_word(const char *text);

/** The rules or groups of a new endpoint; its guests exist. */
bool pve_seed_ha(struct lab_pve *pve);
