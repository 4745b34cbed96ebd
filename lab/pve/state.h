/* SPDX-License-Identifier: Apache-2.0 */
/* The state of one simulated endpoint: nodes, guests and the cluster's own settings. */
#pragma once

#include <string.h>

#include "pve.h"

#include "stagebox/types.h"

#define PVE_VLANS 32 /* networks of an endpoint; slot 0 is untagged, slot 31 is storage */

/*
 * In every JSON tree below, strings and numbers are replaced but never changed, because answers
 * share them after a shallow copy.
 */

struct pve_node {
	char *name;
	char *description; /* NULL = none */
	bool is_offline;   /* by lab_pve_set */
	bool is_cut_off;   /* by a fault */
	bool is_frozen;    /* by a fault: accepts connections but does not answer */
	unsigned id;       /* 1.. */
	unsigned cores, threads;
	int64_t mem_bytes, disk_bytes;
	int64_t booted_s;
	const char *cpu_model;
	json_t *ifaces; /* array of rows, as /nodes/N/network answers them */
};

/* The system inside a guest, for the answers of its agent. */
enum pve_inside {
	PVE_INSIDE_DOCKER = 1,
	PVE_INSIDE_BOND = 2,
	PVE_INSIDE_WINDOWS = 4,
	PVE_INSIDE_VLAN = 8,
};

/* How the next tasks differ from normal ones, by faults. */
struct pve_task_plan {
	bool hangs, dies; /* never ends; ends without its last line in the log */
	bool has_length;
	int64_t length_ms;
	char *error, *warning; /* NULL = none */
};

struct pve_task;
struct pve_ceph;

struct pve_guest {
	uint32_t vmid;
	bool is_container;
	bool agent_runs;
	bool agent_hangs;
	bool is_hidden;        /* from the token, by the role NoAccess on its path */
	bool ignores_shutdown; /* its system does not react to the request */
	unsigned inside;       /* enum pve_inside */
	struct pve_node *node;
	const char *status;   /* static */
	const char *ha_state; /* static; NULL = not managed */
	json_t *ha;           /* what its resource sets; NULL = not managed */
	char *pool;           /* NULL = none */
	int64_t started_s;
	json_t *config;    /* current configuration, without digest */
	json_t *pending;   /* key -> value or null (delete); NULL = no pending change */
	json_t *addresses; /* "net0" -> ["10.1.2.3/24", ...]: addresses in use */
	json_t *snapshots; /* array, oldest first; NULL = none */
};

struct lab_pve {
	char *slug, *user, *token_name, *secret;
	char *writer, *writer_name, *writer_secret; /* the token that may write; NULL = none */
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
	json_t *ha_rules,
		*ha_groups;    /* name -> its members; rules since release 9, groups before */
	json_t *zones, *vnets; /* of SDN: name -> its other members */
	struct pve_ceph *ceph;
	/* pvestatd is stopped: vmid -> the members that it broadcast before; NULL = it runs */
	json_t *old_rows;
	bool is_expired; /* what pvestatd broadcast is older than 300 s */
	int64_t clock_s; /* wall time of the last request */
	int64_t clock_ms;
	struct pve_task **tasks; /* in the order of their begin */
	size_t n_tasks, room_tasks, n_running;
	uint32_t n_pids;
	uint64_t n_begun;          /* tasks that requests began */
	struct pve_task_plan plan; /* of the next tasks */
	unsigned octet;            /* addresses are 10.octet.x.y */
	unsigned host_bits;
	uint32_t n_macs;
	uint32_t n_hosts[PVE_VLANS];
	bool no_guest_audit, empty_resources, token_expired;
	bool needs_tfa, no_quorum, is_old, may_write;
	bool writer_expired; /* of the token that may write */
	bool no_crm;         /* the HA manager does not run: it only stores requests */
	bool no_sys_audit;   /* the token has no role on / */
	bool no_sdn_audit;   /* nor one on /sdn: bridges and vnets are hidden */
	bool active_flaps;   /* answers about interfaces differ in what is active */
	unsigned n_networks;
	bool no_daemon; /* pvedaemon is stopped: calls that need root fail */
	bool no_files;  /* pmxcfs is stopped: every call fails, because users are unknown */
	json_t *held,
		*writer_held; /* privileges of the token, and of the one that may write: set */
	char *why;            /* message of the last refused change */
};

/** Borrowed; NULL when there is none. */
struct pve_node *pve_node_find(const struct lab_pve *pve, const char *name);
struct pve_guest *pve_guest_find(const struct lab_pve *pve, uint32_t vmid);

/** The node that answers: the first online node, else the first node. */
struct pve_node *pve_node_local(const struct lab_pve *pve);

static inline bool pve_node_is_up(const struct pve_node *node)
{
	return !node->is_offline && !node->is_cut_off;
}

/** Insert an empty, stopped guest. Borrowed; NULL when the id is in use or out of memory. */
struct pve_guest *pve_guest_insert(struct lab_pve *pve, uint32_t vmid, bool is_container,
				   struct pve_node *node);
void pve_guest_remove(struct lab_pve *pve, struct pve_guest *guest);

/** The text of a config key; NULL when unset or not a text. Borrowed. */
const char *pve_guest_text(const struct pve_guest *guest, const char *key);

/** The number of a config key, also when it is stored as text. */
int64_t pve_guest_number(const struct pve_guest *guest, const char *key, int64_t otherwise);

/** The name as lists show it ("VM 103" when unset). New reference. */
json_t *pve_guest_name(const struct pve_guest *guest);

/** Set the status and the start time. status is static. */
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

/** A hash of a JSON tree, 40 hex digits. New reference. */
json_t *pve_digest(const json_t *tree);

/** A status as static text; NULL when a VM (or container) cannot have it. */
const char *pve_status_word(bool is_container, const char *text);

/** The privilege to query agents, which release 9 has renamed. */
const char *pve_agent_privilege(const struct lab_pve *pve);

/** Give the tokens the privileges of their roles. */
bool pve_seed_access(struct lab_pve *pve);

/** Release what an endpoint holds, not the struct. */
void pve_state_finish(struct lab_pve *pve);
