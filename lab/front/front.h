/* SPDX-License-Identifier: Apache-2.0 */
/* The process behind one `up`: its servers and its commands. */
#pragma once

#include <pthread.h>

#include <microhttpd.h>

#include "front/clock.h"
#include "front/plan.h"
#include "front/tls.h"
#include "netbox.h"
#include "pve.h"

struct lab_armed;
struct lab_fault;
struct lab_script;

/* One simulated server with its listener. */
struct lab_server {
	struct lab_front *front;
	char *name;                /* "netbox" or "pve:lab", as in the log */
	char *slug;                /* "netbox" or "lab" */
	struct lab_netbox *netbox; /* either netbox or pve is set */
	struct lab_pve *pve;
	pthread_mutex_t lock; /* guards netbox or pve, the faults and the scripted answers */
	struct lab_fault *faults;
	struct lab_script *scripts;
	struct MHD_Daemon *daemon;
	char *url; /* "https://127.0.0.1:40001" */
};

/* The process behind one `up`. */
struct lab_front {
	const struct lab_plan *plan;
	struct lab_certs certs;
	int log_fd;
	struct lab_clock clock;
	pthread_mutex_t hold_lock; /* guards armed and n_writes */
	struct lab_armed *armed;
	uint64_t n_writes;
	size_t n_servers;
	struct lab_server *servers; /* [0] is NetBox */
};

/* commands.c */

/** Carry out one control request; returns its answer. New reference or NULL. */
json_t *lab_command_run(struct lab_front *front, json_t *request);

/** Print the words of `ctl`, one a line: commands, keys with their fields, faults by server. */
void lab_command_words(void);

/** The answer of `status`: addresses and files of the servers. New reference or NULL. */
json_t *lab_command_status(struct lab_front *front);

/* config.c */

/** Write tokens, certificates and stagebox.cfg; all servers must listen. */
int lab_config_write(const struct lab_front *front, struct sb_error *err);

/* serve.c */

/** Run the background process; writes its status or the error to ready_fd once all servers listen.
 * Returns an exit code. */
int lab_serve(struct lab_plan *plan, int ready_fd);

/* up.c, down.c, print.c: commands; up and down return an exit code */
int lab_up(struct lab_plan *plan, bool as_json);
int lab_down(const char *dir);
void lab_print_status(json_t *status, bool as_json);
