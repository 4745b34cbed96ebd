/* SPDX-License-Identifier: Apache-2.0 */
/* The state of one simulated endpoint: nodes, guests and the cluster's own settings. */
#pragma once

#include <string.h>

#include "pve.h"

#include "stagebox/types.h"

#define PVE_VLANS 32 /* networks of an endpoint; slot 0 is untagged, slot 31 is storage */

/*
 * Invariants of every JSON tree below: strings and numbers inside are replaced, never changed, so
 * that an answer may share them after a shallow copy.
 */

struct pve_node {
	char *name;
	char *description; /* NULL = none */
	bool is_offline;   /* by lab_pve_set */
	bool is_cut_off;   /* by a fault */
	bool is_frozen;    /* by a fault: takes connections and answers nothing */
	unsigned id;       /* 1.. */
	unsigned cores, threads;
	int64_t mem_bytes, disk_bytes;
	int64_t booted_s;
	const char *cpu_model;
	json_t *ifaces; /* array of rows, as /nodes/N/network answers them */
};

/* What runs inside a guest, for the answers of its agent. */
enum pve_inside {
	PVE_INSIDE_DOCKER = 1,
	PVE_INSIDE_BOND = 2,
	PVE_INSIDE_WINDOWS = 4,
	PVE_INSIDE_VLAN = 8,
};

struct pve_guest {
	uint32_t vmid;
	bool is_container;
	bool agent_runs;
	bool agent_hangs;
	unsigned inside; /* enum pve_inside */
	struct pve_node *node;
	const char *status;   /* static */
	const char *ha_state; /* static; NULL = not managed */
	char *pool;           /* NULL = none */
	int64_t started_s;
	json_t *config;    /* as it is now, without digest */
	json_t *pending;   /* key -> value or null (delete); NULL = nothing waits */
	json_t *addresses; /* "net0" -> ["10.1.2.3/24", ...]: what the guest really uses */
	json_t *snapshots; /* array, oldest first; NULL = none */
};

struct lab_pve {
	char *slug, *user, *token_name, *secret;
	int major;
	uint64_t seed;
	struct lab_random order;  /* of lists */
	struct lab_random change; /* of churn */
	struct pve_node *nodes;
	size_t n_nodes;
	struct pve_guest **guests; /* sorted by vmid */
	size_t n_guests, room_guests;
	uint32_t first_vmid;
	json_t *options;  /* as /cluster/options answers them, without the tag lists */
	json_t *storages; /* array as /storage answers it, without digest */
	json_t *pools;    /* poolid -> comment or null */
	int64_t clock_s;  /* wall time of the last request */
	unsigned octet;   /* addresses are 10.octet.x.y */
	unsigned host_bits;
	uint32_t n_macs;
	uint32_t n_hosts[PVE_VLANS];
	bool no_guest_audit, empty_resources, token_expired;
	bool needs_tfa, no_quorum, is_old, may_write;
	bool no_sys_audit; /* the token has no role on / */
	bool no_daemon;    /* pvedaemon is stopped: nobody does what needs root */
	bool no_files;     /* pmxcfs is stopped: no user is known, nothing is answered */
	bool has_agent;    /* the privilege to ask agents: not with PVEAuditor before 9 */
	char *why;         /* sentence of the last refused change */
};

/** Borrowed; NULL when there is none. */
struct pve_node *pve_node_find(const struct lab_pve *pve, const char *name);
struct pve_guest *pve_guest_find(const struct lab_pve *pve, uint32_t vmid);

/** The node that answers: the first that is online, or the first. */
struct pve_node *pve_node_local(const struct lab_pve *pve);

static inline bool pve_node_is_up(const struct pve_node *node)
{
	return !node->is_offline && !node->is_cut_off;
}

/** An empty guest, stopped, in the list. Borrowed; NULL when the id is taken or out of memory. */
struct pve_guest *pve_guest_insert(struct lab_pve *pve, uint32_t vmid, bool is_container,
				   struct pve_node *node);
void pve_guest_remove(struct lab_pve *pve, struct pve_guest *guest);

/** Text of a config key, NULL when unset or no text. Borrowed. */
const char *pve_guest_text(const struct pve_guest *guest, const char *key);

/** Number of a config key, also when stored as text. */
int64_t pve_guest_number(const struct pve_guest *guest, const char *key, int64_t otherwise);

/** Name as lists show it ("VM 103" when unset). New string. */
json_t *pve_guest_name(const struct pve_guest *guest);

/** Change the status and what goes with it (start time). status is static. */
void pve_guest_set_status(struct lab_pve *pve, struct pve_guest *guest, const char *status);

static inline bool pve_guest_is_active(const struct pve_guest *guest)
{
	return !sb_streq(guest->status, "stopped");
}

static inline bool pve_guest_is_template(const struct pve_guest *guest)
{
	return pve_guest_number(guest, "template", 0) == 1;
}

static inline const char *pve_guest_kind(const struct pve_guest *guest)
{
	return guest->is_container ? "lxc" : "qemu";
}

/** 40 hex digits over everything in a tree. New string. */
json_t *pve_digest(const json_t *tree);

/** A status word as static text; NULL when a guest of this kind cannot have it. */
const char *pve_status_word(bool is_container, const char *text);

/** The privilege to ask agents, which came by another name with release 9. */
const char *pve_agent_privilege(const struct lab_pve *pve);

/** Release what an endpoint holds, not the struct. */
void pve_state_finish(struct lab_pve *pve);
