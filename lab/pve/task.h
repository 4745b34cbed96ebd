/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks of an endpoint: a write begins one, and the guest changes when it ends. */
#pragma once

#include "pve/state.h"

/* The work of a task. */
enum pve_action {
	PVE_START,
	PVE_SHUTDOWN,
	PVE_STOP,
	PVE_REBOOT,
	PVE_RESET,
	PVE_PAUSE,
	PVE_HIBERNATE,
	PVE_RESUME,
	PVE_HA_START, /* passes the request to the HA manager; takes no lock of the guest */
	PVE_HA_STOP,
	PVE_HA_SHUTDOWN,
};

/* The members of a task that are known when it begins. */
struct pve_order {
	enum pve_action action;
	const char *type; /* "qmstart"; static */
	struct pve_node *node;
	uint32_t vmid;
	bool is_container;
	const char *user, *token_name; /* borrowed; token_name may be NULL */
	int64_t timeout_s;             /* of a shutdown; negative = the default */
	bool is_forced;                /* stop a guest that does not shut down in time */
	bool overrules;                /* end the running shutdowns of the guest first */
};

/* One task; the members of order that are borrowed belong to the task. */
struct pve_task {
	struct pve_order order;
	char *upid;
	uint32_t pid;
	uint64_t pstart;           /* jiffies since the node was started */
	int64_t start_ms, end_ms;  /* end_ms is 0 while it runs */
	char *exit;                /* "OK" or an error; NULL while it runs */
	json_t *log;               /* array of lines */
	unsigned n_warnings;       /* lines of the log that are warnings */
	bool is_history;           /* it ended before the lab began */
	bool has_lock;             /* of the guest; without it the task waits */
	int64_t due_ms;            /* of its end, or of the end of the wait for the lock */
	struct pve_task_plan plan; /* its texts belong to the task */
};

/** Begin a task now (pve->clock_ms). Borrowed; NULL = out of memory. */
struct pve_task *pve_task_begin(struct lab_pve *pve, const struct pve_order *order);

/** Add a task of the past, which ended with OK. False when out of memory. */
bool pve_task_record(struct lab_pve *pve, const struct pve_order *order, int64_t start_s);

/** The task of a UPID. Borrowed or NULL. */
struct pve_task *pve_task_find(const struct lab_pve *pve, const char *upid);

/** End a running task as its worker process ends on a signal; nothing for an ended one. */
void pve_task_kill(struct lab_pve *pve, struct pve_task *task);

static inline bool pve_task_runs(const struct pve_task *task)
{
	return !task->exit;
}

/** Add a line to the log of a task. */
void pve_task_print(struct pve_task *task, const char *fmt, ...) SB_PRINTF(2, 3);

/** Fail a task: returns the text of its error. New text. */
char *pve_task_error(const char *fmt, ...) SB_PRINTF(1, 2);

/** Forget the plan of the next tasks. */
void pve_task_plan_finish(struct pve_task_plan *plan);

/** Release all tasks of an endpoint. */
void pve_task_finish(struct lab_pve *pve);

/* task_effect.c */

/** Duration of the work of a task that has the lock of its guest. */
int64_t pve_task_length_ms(const struct lab_pve *pve, const struct pve_task *task);

/** Change the guest as the task does at its end. New text of the error; NULL = done. */
char *pve_task_effect(struct lab_pve *pve, struct pve_task *task);
