/* SPDX-License-Identifier: Apache-2.0 */
/* Functions that fill a new endpoint; later changes use some of them. */
#pragma once

#include "pve/state.h"

/* The place of a NIC in the address plan: 10.octet.slot*8.host and 2001:db8:octet:100+slot::host.
 */
struct pve_place {
	unsigned slot, host;
};

/** Slot of a VLAN id in the address plan, 0 without one. */
unsigned pve_vlan_slot(unsigned vlan);

/** The n-th VLAN id that guests use (any n). */
unsigned pve_vlan(uint64_t n);

/** Take a free place in the slot or, when it is full, in another one. */
struct pve_place pve_place_take(struct lab_pve *pve, unsigned slot);

/** Addresses of a place, "10.20.8.50/24", "2001:db8:14:101::32/64", and the gateway of a slot,
 * without a prefix. */
json_t *pve_place_v4(const struct lab_pve *pve, struct pve_place place);
json_t *pve_place_v6(const struct lab_pve *pve, struct pve_place place);
json_t *pve_gateway_v4(const struct lab_pve *pve, unsigned slot);

/** Take the next MAC address of the endpoint: "BC:24:11:14:00:01". */
json_t *pve_mac_take(struct lab_pve *pve);

/** Create a random UUID. */
json_t *pve_uuid(struct lab_random *random);

/** Second octet of an endpoint's addresses. */
unsigned pve_slug_octet(const char *slug);

bool pve_seed_nodes(struct lab_pve *pve, unsigned n_nodes);
bool pve_seed_cluster(struct lab_pve *pve);
bool pve_seed_guests(struct lab_pve *pve, unsigned n_guests);
bool pve_seed_tasks(struct lab_pve *pve);

/* A guest that is being created. */
struct pve_draft {
	struct lab_pve *pve;
	struct pve_guest *guest;
	unsigned i; /* index, which decides its properties */
	struct lab_random random;
	unsigned n_volumes;
};

void pve_seed_nics(struct pve_draft *draft);
void pve_seed_disks(struct pve_draft *draft);
