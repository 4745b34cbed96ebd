/* SPDX-License-Identifier: Apache-2.0 */
/* How an endpoint is filled: the parts of lab_pve_create, and what later changes reuse. */
#pragma once

#include "pve/state.h"

/* Where a NIC is in the address plan: 10.octet.slot*8.host and 2001:db8:octet:100+slot::host. */
struct pve_place {
	unsigned slot, host;
};

/** Slot of a VLAN id in the address plan, 0 when it has none. */
unsigned pve_vlan_slot(unsigned vlan);

/** The n-th VLAN id that guests use (any n). */
unsigned pve_vlan(uint64_t n);

/** A place that nobody has, in the slot or, when that is full, in another. */
struct pve_place pve_place_take(struct lab_pve *pve, unsigned slot);

/** "10.20.8.50/24", "2001:db8:14:101::32/64", and the gateway of a slot without prefix. */
json_t *pve_place_v4(const struct lab_pve *pve, struct pve_place place);
json_t *pve_place_v6(const struct lab_pve *pve, struct pve_place place);
json_t *pve_gateway_v4(const struct lab_pve *pve, unsigned slot);

/** The next hardware address of the endpoint: "BC:24:11:14:00:01". */
json_t *pve_mac_take(struct lab_pve *pve);

/** A UUID out of random numbers. */
json_t *pve_uuid(struct lab_random *random);

/** Second octet of an endpoint's addresses. */
unsigned pve_slug_octet(const char *slug);

bool pve_seed_nodes(struct lab_pve *pve, unsigned n_nodes);
bool pve_seed_cluster(struct lab_pve *pve);
bool pve_seed_guests(struct lab_pve *pve, unsigned n_guests);

/* A guest on the drawing board. */
struct pve_draft {
	struct lab_pve *pve;
	struct pve_guest *guest;
	unsigned i; /* which one: decides what it looks like */
	struct lab_random random;
	unsigned n_volumes;
};

void pve_seed_nics(struct pve_draft *draft);
void pve_seed_disks(struct pve_draft *draft);
