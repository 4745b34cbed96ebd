/* SPDX-License-Identifier: Apache-2.0 */
/* A request to a simulated endpoint, and the routes of its API. */
#pragma once

#include "pve/state.h"

#define PVE_MAX_PIECES 10

/* Types of the query parameters of a path. */
enum pve_param_type {
	PVE_PARAM_TEXT,
	PVE_PARAM_BOOL,
	PVE_PARAM_INT,
	PVE_PARAM_VMID,
	PVE_PARAM_ENUM,
};

struct pve_param_rule {
	const char *name; /* NULL ends the list */
	enum pve_param_type type;
	const char *words; /* of an enumeration: "vm, storage, node, sdn" */
};

struct pve_call {
	struct lab_pve *pve;
	const struct lab_request *request;
	struct lab_answer *answer;
	const struct lab_params *params;
	int64_t now_s;
	const char *path;       /* below /api2/json, with the leading slash */
	const char *user;       /* of the token or ticket; borrowed */
	const char *token_name; /* NULL for a ticket; borrowed */
	bool is_ticket;         /* logged in by cookie */
	bool is_writer;         /* by the token that may write */
	const char *upid;       /* in the path; borrowed */
	const char *name;       /* of another object in the path, "" without one; borrowed */
	struct pve_node *node;
	struct pve_guest *guest;
	uint32_t vmid;
};

typedef void pve_answer_fn(struct pve_call *call);

enum pve_need {
	PVE_NEED_LOGIN,
	PVE_NEED_VM_AUDIT,
	PVE_NEED_AGENT,
	PVE_NEED_SYS_AUDIT,  /* on / */
	PVE_NEED_CEPH_AUDIT, /* Sys.Audit or Datastore.Audit on / */
	PVE_NEED_NODE_AUDIT, /* Sys.Audit on the node */
	PVE_NEED_POOL_AUDIT, /* Pool.Audit on the pool that is the last part of the path */
	PVE_NEED_POWER,      /* VM.PowerMgmt */
};

/* The kind of guest that a path names. */
enum pve_guest_need {
	PVE_GUEST_NONE,
	PVE_GUEST_QEMU,
	PVE_GUEST_LXC,
	PVE_GUEST_LXC_OR_NULL, /* the path decides what a missing guest means */
	PVE_GUEST_QEMU_OR_NULL,
};

struct pve_route {
	const char *path; /* "/nodes/{node}/qemu/{vmid}/config" */
	pve_answer_fn *fn;
	const struct pve_param_rule *params; /* NULL = none */
	enum pve_need need;
	enum pve_guest_need guest;
	int only_major;    /* 0 = every release */
	bool is_protected; /* pveproxy forwards it to pvedaemon, which runs as root */
};

/* Paths of writes, which the users of the lab are not permitted to call. */
struct pve_write {
	const char *method, *path;
	const char *object;    /* "/vms/{vmid}" in the refusal, NULL = the refusal names none */
	const char *privilege; /* "VM.PowerMgmt" */
};

/** All routes for GET, by subject; each list ends with path NULL. */
extern const struct pve_route pve_access_routes[];
extern const struct pve_route pve_ceph_routes[];
extern const struct pve_route pve_cluster_routes[];
extern const struct pve_route pve_node_routes[];
extern const struct pve_route pve_guest_routes[];
extern const struct pve_route pve_ha_routes[];
extern const struct pve_route pve_pool_routes[];
extern const struct pve_route pve_sdn_routes[];
extern const struct pve_route pve_storage_routes[];
extern const struct pve_route pve_task_routes[];

/** Routes for POST and for DELETE. */
extern const struct pve_route pve_power_routes[];
extern const struct pve_route pve_task_stop_routes[];

extern const struct pve_write pve_writes[];

/** Answer 200 with data; NULL data means out of memory. */
void pve_ok(struct pve_call *call, json_t *data_take);

/** Answer 200 with a list, ordered by the seed of the endpoint. */
void pve_ok_list(struct pve_call *call, json_t *list_take);

/** Give a list the order of the endpoint. */
void pve_shuffle(const struct pve_call *call, json_t *list);

/** Refuse: the message is the reason phrase and, with a newline, part of the body. */
void pve_refuse(struct pve_call *call, int status, const char *fmt, ...) SB_PRINTF(3, 4);

/** Refuse with 400 because of one parameter. */
void pve_refuse_param(struct pve_call *call, const char *name, const char *fmt, ...)
	SB_PRINTF(3, 4);

/** Refuse with 400 because of parameters: {name: message}; taken. */
void pve_refuse_params(struct pve_call *call, json_t *errors_take);

/** Refuse without a body. */
void pve_refuse_empty(struct pve_call *call, int status, const char *reason);

/** Refuse because a guest has no configuration file on the node of the path. */
void pve_refuse_no_guest(struct pve_call *call, bool is_container);

/** Read the parameters of the query and of a body, form or JSON. False after a refusal. */
bool pve_read_params(struct pve_call *call, struct lab_params *params);

/** Does the user have a privilege where Proxmox VE asks for it: VM.* on the guests, others on /? */
bool pve_holds(const struct pve_call *call, const char *privilege);

/** Has the user Sys.Audit on the nodes and on /access? The fault no-sys-audit takes the role on /
 * only. */
bool pve_audits_nodes(const struct pve_call *call);

/** Has the user Sys.Audit or Datastore.Audit on / itself? */
bool pve_audits_ceph(const struct pve_call *call);

/** Authenticate the request. False after a refusal. */
bool pve_authenticate(struct pve_call *call);

/** POST /access/ticket. */
void pve_answer_ticket(struct pve_call *call);

/** The message about a value that breaks a rule; NULL = it is valid. New reference. */
json_t *pve_param_error(const struct pve_param_rule *rule, const char *value);

/** Check the query against rules. False after a refusal. */
bool pve_check_params(struct pve_call *call, const struct pve_param_rule *rules);

/** Value of a query parameter or NULL. */
static inline const char *pve_param(const struct pve_call *call, const char *key)
{
	return lab_param(call->params, key);
}

/** Do the words, separated by "," ";" or spaces, contain the given one? */
bool pve_has_word(const char *words, const char *word);

/** The row of a guest in /cluster/resources, without tags, hastate and pool. New reference. */
json_t *pve_guest_row(const struct pve_call *call, const struct pve_guest *guest);

/** The measured values of a guest, with equal members for lists and status. */
json_t *pve_guest_status(const struct pve_call *call, const struct pve_guest *guest, bool is_full);

/** Size of the boot disk of a guest, 0 without one. */
int64_t pve_guest_boot_bytes(const struct pve_guest *guest);

/** Number of processors of a guest, as lists show it. */
int64_t pve_guest_cpus(const struct pve_guest *guest);

/** Add the rows of a family to /cluster/resources. */
void pve_add_guest_rows(const struct pve_call *call, json_t *list);
void pve_add_node_rows(const struct pve_call *call, json_t *list);
void pve_add_pool_rows(const struct pve_call *call, json_t *list);
void pve_add_storage_rows(const struct pve_call *call, json_t *list);
void pve_add_zone_rows(const struct pve_call *call, json_t *list);

/** Answers of the guest agent. */
void pve_answer_agent_interfaces(struct pve_call *call);
void pve_answer_agent_host_name(struct pve_call *call);
void pve_answer_agent_osinfo(struct pve_call *call);
void pve_answer_lxc_interfaces(struct pve_call *call);
