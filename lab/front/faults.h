/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of a server. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct lab_exchange;
struct lab_server;

/* A fault that `ctl fault` switched on. */
struct lab_fault {
	struct lab_fault *next;
	char *kind, *arg; /* arg may be NULL */
	char *path;       /* only requests whose path holds this; NULL = all */
	unsigned left;    /* uses left; 0 = until `clear` */
	bool in_handler;  /* the simulator does it, the front only counts */
};

/** Switch a fault on; times 0 = until cleared. Returns 0, or -1 with a sentence. */
int lab_fault_add(struct lab_server *server, const struct lab_fault *wanted, const char **ret_why);
void lab_fault_clear(struct lab_server *server);

/** Apply a fault of the front to an exchange that is about to be handled. True when the answer (or
 * the lack of one) is decided; *ret_stall_ms is set when the answer has to wait. */
bool lab_fault_apply(struct lab_exchange *exchange, int64_t *ret_stall_ms);

/** Count an answered request against the faults of the simulator; server->lock is held. */
void lab_fault_count(struct lab_server *server);
