/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of a server. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct lab_exchange;
struct lab_server;

/* A fault that `ctl fault` has switched on. */
struct lab_fault {
	struct lab_fault *next;
	char *kind, *arg; /* arg may be NULL */
	char *path;       /* only requests whose path contains this; NULL = all */
	unsigned left;    /* remaining requests; 0 = until `clear` */
	bool in_handler;  /* the simulator applies it, the front only counts */
	bool of_task;     /* it concerns the tasks that requests begin, and counts these */
};

/** The faults that the front applies, each with its argument: "stall [SECONDS]"; ended by NULL. */
extern const char *const lab_front_faults[];

/** Switch a fault on. Returns 0, or -1 with a static message in ret_why. */
int lab_fault_add(struct lab_server *server, const struct lab_fault *wanted, const char **ret_why);
void lab_fault_clear(struct lab_server *server);

/** Apply a fault of the front to an exchange that is about to be handled. True when the fault has
 * decided the answer, or that there is none; *ret_stall_ms is set when the answer must be delayed.
 */
bool lab_fault_apply(struct lab_exchange *exchange, int64_t *ret_stall_ms);

/** Replace the answer by that of a proxy which has not waited for it. */
void lab_fault_answer_late(struct lab_exchange *exchange);

/** Plan how a task will run that the request begins; server->lock is held. */
void lab_fault_plan_task(struct lab_server *server, const char *target);

/** Count a begun task against the faults that have planned it; server->lock is held. */
void lab_fault_count_task(struct lab_server *server, const char *target);

/** Count an answered request against the faults of the simulator; server->lock is held. */
void lab_fault_count(struct lab_server *server);
