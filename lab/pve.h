/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated Proxmox VE: one endpoint, a cluster or a standalone node. */
#pragma once

#include "lab.h"

struct lab_pve;

struct lab_pve_seed {
	const char *slug;  /* "lab" */
	const char *token; /* "user@realm!name=uuid" with the role PVEAuditor on / */
	/* Of another user, with VM.Audit and VM.PowerMgmt on /vms only; NULL = there is none. */
	const char *write_token;
	int major;           /* 8 or 9 */
	unsigned nodes;      /* 1 = standalone */
	unsigned guests;     /* may be 0 */
	unsigned first_vmid; /* 101 */
	uint64_t seed;
	unsigned octet; /* addresses are 10.octet.x.y; 0 = derived from the slug ("site7": 103) */
};

/** Create an endpoint with guests; equal seeds give equal endpoints. NULL when out of memory. */
struct lab_pve *lab_pve_create(const struct lab_pve_seed *seed);
void lab_pve_destroy(struct lab_pve *pve);

/** Answer one request; now_ms is the wall time in milliseconds since 1970. */
void lab_pve_handle(struct lab_pve *pve, const struct lab_request *request, int64_t now_ms,
		    struct lab_answer *ret_answer);

/** Order every list by this seed. */
void lab_pve_shuffle(struct lab_pve *pve, uint64_t seed);

/** Faults of this server: node-offline NODE, permission-filter, empty-resources, agent-hang VMID,
 * no-access VMID,
 * token-expired, needs-tfa, no-quorum, old-version, may-write, no-sys-audit, node-frozen NODE,
 * daemon-stopped, pmxcfs-stopped, pvestatd-stopped [expired], no-sdn-audit, active-flaps,
 * crm-stopped, write-token-expired. Returns -1 for a fault that this server does not have, or a bad
 * argument. */
int lab_pve_fault(struct lab_pve *pve, const char *kind, const char *arg, bool on);

/** Change how the next tasks run: "task-slow" SECONDS, "task-hang" (until lab_pve_release()),
 * "task-fail" TEXT, "task-warn" TEXT, "task-die" (without a result). They add up; kind NULL forgets
 * them. Returns -1 for another kind or a bad argument. */
int lab_pve_plan_task(struct lab_pve *pve, const char *kind, const char *arg);

/** The number of tasks that requests have begun. */
uint64_t lab_pve_tasks(const struct lab_pve *pve);

/** Let the tasks go on that hang. */
void lab_pve_release(struct lab_pve *pve);

/** Let time pass: end the tasks that are due. Each request does so as well. */
void lab_pve_turn(struct lab_pve *pve, int64_t now_ms);

/** Grant or revoke any privilege of Proxmox VE: VM.PowerMgmt of the write token, others of the
 * token, on every path. Returns 0, or -1 with a static message. */
int lab_pve_grant(struct lab_pve *pve, const char *privilege, bool on, const char **ret_why);

/* Changes by key, for `lab ctl`: "lab/qemu/101", "lab/node/pve2". Each returns 0, or -1 with a
 * message in ret_why (static, or owned by pve until the next call). */
int lab_pve_set(struct lab_pve *pve, const char *key, const char *field, const char *value,
		const char **ret_why);
int lab_pve_add(struct lab_pve *pve, const char *key, const char **ret_why);
int lab_pve_rm(struct lab_pve *pve, const char *key, const char **ret_why);
int lab_pve_move(struct lab_pve *pve, const char *key, const char *node, const char **ret_why);

/** The keys and their fields: {"qemu/VMID": ["status", ...], ...}. New reference. */
json_t *lab_pve_keys(void);

/** The faults of lab_pve_fault() and those of lab_pve_plan_task(), each with its argument:
 * "node-offline NODE"; ended by NULL. */
extern const char *const lab_pve_faults[], *const lab_pve_task_faults[];

/** Apply everyday changes to this percentage of the guests, and one to Ceph. Returns the number of
 * changed guests.
 */
unsigned lab_pve_churn(struct lab_pve *pve, unsigned percent);

/** The guests and nodes as a JSON object by key. New reference. */
json_t *lab_pve_dump(const struct lab_pve *pve);
