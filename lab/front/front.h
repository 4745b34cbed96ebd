/* SPDX-License-Identifier: Apache-2.0 */
/* The process behind one `up`: what it was asked for, its servers, and its commands. */
#pragma once

#include <pthread.h>

#include <microhttpd.h>

#include "base/buf.h"
#include "lab.h"
#include "netbox.h"
#include "pve.h"

struct lab_exchange;
struct lab_front;

/* A fault that `ctl fault` switched on. */
struct lab_fault {
	struct lab_fault *next;
	char *kind, *arg; /* arg may be NULL */
	char *path;       /* only requests whose path holds this; NULL = all */
	unsigned left;    /* uses left; 0 = until `clear` */
	bool in_handler;  /* the simulator does it, the front only counts */
};

/* One simulated server with its listener. */
struct lab_server {
	struct lab_front *front;
	char *name;                /* "netbox" or "pve:lab", as in the log */
	char *slug;                /* "netbox" or "lab" */
	struct lab_netbox *netbox; /* one of the two is set */
	struct lab_pve *pve;
	pthread_mutex_t lock; /* guards the state above and the faults */
	struct lab_fault *faults;
	struct MHD_Daemon *daemon;
	char *url; /* "https://127.0.0.1:40001" */
};

/* What one endpoint of `up` is to be. */
struct lab_site {
	char slug[16], site[24];
	unsigned nodes, guests;
	char token[96];
};

/* What `up` was asked for. */
struct lab_plan {
	char *dir; /* absolute */
	uint64_t seed;
	unsigned pve_major;
	const char *netbox_version;
	const char *legacy; /* the tool that was here before; NULL = none */
	bool tls;
	char netbox_token[96], person_token[96];
	size_t n_sites;
	struct lab_site *sites;
};

/* Certificates for fronts of one's own, with which something is wrong. */
enum {
	LAB_CERT_EXPIRED,
	LAB_CERT_FUTURE,
	LAB_CERT_OTHER_HOST,
	LAB_CERT_SELF_SIGNED,
	LAB_CERT_FORMS
};

/* PEM texts; all NULL without TLS. */
struct lab_certs {
	char *ca, *certificate, *key;
	char *others[LAB_CERT_FORMS]; /* certificate and key in one */
};

enum lab_hold { LAB_HOLD_COMMIT, LAB_HOLD_DROP };

/* A write to NetBox that `ctl hold-write` waits for. */
struct lab_armed {
	struct lab_armed *next;
	uint64_t nth; /* by front->n_writes */
	enum lab_hold hold;
};

struct lab_clock {
	pthread_t thread;
	pthread_mutex_t lock;
	bool is_running, stopping;
	int epoll_fd, wake_fd;
	struct lab_exchange *paused;
	uint64_t serial;
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

/* tls.c */
int lab_certs_create(struct lab_certs *certs, struct sb_error *err);
void lab_certs_finish(struct lab_certs *certs);

/** Name of the file of one of the others, "expired.pem". */
const char *lab_cert_name(unsigned form);

/* commands.c */

/** Carry out one control request and describe what happened. New reference or NULL. */
json_t *lab_command_run(struct lab_front *front, json_t *request);

/** What runs where. New reference or NULL. */
json_t *lab_command_status(struct lab_front *front);

/* config.c */

/** Write token files, ca.pem and stagebox.cfg of the servers that listen. */
int lab_config_write(const struct lab_front *front, struct sb_error *err);

/* tokens.c */

/** Fill the tokens of a plan with fresh random ones. */
int lab_tokens_fill(struct lab_plan *plan);

/* plan.c */

/** Endpoints of a plan; guests < 0 = the default of each. Returns 0 or -1 (memory). */
int lab_plan_fill(struct lab_plan *plan, unsigned n_endpoints, long guests);
void lab_plan_finish(struct lab_plan *plan);

/* serve.c */

/** The life of the background process; says on ready_fd when all listen or why not. */
int lab_serve(struct lab_plan *plan, int ready_fd);

/* legacy_fill.c */

/** Fill NetBox as the tool of the plan leaves it after a run on the endpoints, defects included. */
int lab_legacy_fill(struct lab_front *front, struct sb_error *err);

/* up.c, down.c, print.c: commands; each returns an exit code */
int lab_up(struct lab_plan *plan, bool as_json);
int lab_down(const char *dir);
void lab_print_status(json_t *status, bool as_json);
