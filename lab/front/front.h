/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP front of the lab: listeners, exchanges, faults, holds, log and control. */
#pragma once

#include <pthread.h>
#include <sys/types.h>

#include <microhttpd.h>

#include "base/buf.h"
#include "lab.h"
#include "netbox.h"
#include "pve.h"

struct lab_front;

/* A fault that `ctl fault` switched on. */
struct lab_fault {
	struct lab_fault *next;
	char *kind, *arg; /* arg may be NULL */
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

enum lab_stage {
	LAB_STAGE_HEAD, /* nothing but the request line was seen */
	LAB_STAGE_BODY,
	LAB_STAGE_ANSWER, /* send the answer */
	LAB_STAGE_DROP,   /* close without an answer */
};

enum lab_pause {
	LAB_PAUSE_DELAY, /* the server is slow by itself */
	LAB_PAUSE_STALL, /* a fault makes it slow */
	LAB_PAUSE_HELD,  /* a write frozen before it is carried out */
};

enum lab_hold { LAB_HOLD_COMMIT, LAB_HOLD_DROP };

/* One request and its answer, from the request line to the log line. */
struct lab_exchange {
	struct lab_server *server;
	struct MHD_Connection *connection;
	char *target;   /* as sent, with query */
	char *raw_path; /* the part before '?' */
	struct sb_buf body;
	struct lab_request request;
	struct lab_answer answer;
	enum lab_stage stage;
	bool truncate;    /* send half of the body */
	bool just_paused; /* in this call of its handler */
	bool logged;
	int64_t started_ms;

	/* While paused: owned by the clock. */
	struct lab_exchange *next_paused;
	uint64_t serial;
	enum lab_pause pause;
	enum lab_hold hold;
	int64_t due_ms; /* INT64_MAX: not before something happens */
	int watched_fd; /* -1 when not watched */
	bool client_gone;
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
	bool tls;
	char netbox_token[96];
	size_t n_sites;
	struct lab_site *sites;
};

/* PEM texts; all NULL without TLS. */
struct lab_certs {
	char *ca, *certificate, *key;
};

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

/* server.c */

/** Listen on 127.0.0.1 and start to answer. Returns 0 or SB_E_NET with err filled. */
int lab_server_start(struct lab_server *server, struct sb_error *err);

/** Stop answering; nobody may be paused any more. */
void lab_server_stop(struct lab_server *server);

/** Let the simulator answer this exchange. Any thread. */
void lab_exchange_handle(struct lab_exchange *exchange);

/* reply.c */

/** Log the answer of this exchange and hand it to the listener; MHD_NO closes the connection. */
enum MHD_Result lab_reply_send(struct lab_exchange *exchange);

/** Put a body that is no JSON and its status into the answer. */
void lab_reply_text(struct lab_answer *answer, int status, const char *type, const char *text);

/* limits.c */

/** Refuse what the real server would refuse before its application sees it. True when refused:
 * answer, or drop stage, is filled. */
bool lab_limits_refuse(struct lab_exchange *exchange);

/* log.c */
void lab_log_write(struct lab_exchange *exchange, int status, size_t bytes, bool held);

/** Objects in a JSON body: elements of a list, 1 for anything else, 0 for nothing. */
size_t lab_log_items(const char *body, size_t len);

/* clock.c */
int64_t lab_clock_now_ms(void); /* monotonic */
int64_t lab_clock_wall_us(void);
int lab_clock_start(struct lab_front *front);

/** Resume whoever waits, without an answer, and end the thread. */
void lab_clock_stop(struct lab_front *front);

/**
 * Suspend a connection; only from its own handler, which then returns MHD_YES.
 *
 * @delay_ms  negative: until the client is gone or `clear`
 *
 * False when the lab is stopping: nothing is suspended.
 */
bool lab_clock_pause(struct lab_exchange *exchange, enum lab_pause pause, int64_t delay_ms);

/** Answer now what stalls or is held. */
void lab_clock_release(struct lab_front *front);

/* hold.c */

/** Freeze the nth write to NetBox from now, n >= 1. */
int lab_hold_arm(struct lab_front *front, uint64_t nth, enum lab_hold hold);
void lab_hold_clear(struct lab_front *front);

/** Count this exchange when it is a write; true when it is one to freeze. */
bool lab_hold_take(struct lab_exchange *exchange);

/** The client of a frozen write has gone: commit late or never, in any case no answer. */
void lab_hold_conclude(struct lab_exchange *exchange);

/* faults.c */

/** Switch a fault on; times 0 = until cleared. Returns 0, or -1 with a sentence. */
int lab_fault_add(struct lab_server *server, const char *kind, const char *arg, unsigned times,
		  const char **ret_why);
void lab_fault_clear(struct lab_server *server);

/** Apply a fault of the front to an exchange that is about to be handled. True when the answer (or
 * the lack of one) is decided; *ret_stall_ms is set when the answer has to wait. */
bool lab_fault_apply(struct lab_exchange *exchange, int64_t *ret_stall_ms);

/** Count an answered request against the faults of the simulator; server->lock is held. */
void lab_fault_count(struct lab_server *server);

/* tls.c */
int lab_certs_create(struct lab_certs *certs, struct sb_error *err);
void lab_certs_finish(struct lab_certs *certs);

/* commands.c */

/** Carry out one control request and describe what happened. New reference or NULL. */
json_t *lab_command_run(struct lab_front *front, json_t *request);

/** What runs where. New reference or NULL. */
json_t *lab_command_status(struct lab_front *front);

/* control.c */

/** Listen on D/ctl. Returns a socket or -1 with errno. */
int lab_control_listen(const char *dir);

/** Answer control requests until a signal asks the process to end. */
void lab_control_serve(struct lab_front *front, int listen_fd);

/** Client: one request, one answer. NULL when nobody answers. New reference. */
json_t *lab_control_call(const char *dir, json_t *request);

/* pids.c */

/** Mark this process as the lab of dir. Returns 0, SB_E_BUSY or another code. */
int lab_pids_take(const char *dir, struct sb_error *err);

/** Pid of the running lab of dir, 0 when there is none. */
pid_t lab_pids_running(const char *dir);

/** Remove what only a running lab has. */
void lab_pids_remove(const char *dir);

/* files.c */

/** Path below the directory of the lab; caller frees. */
char *lab_file_path(const char *dir, const char *name);
int lab_file_write(const char *dir, const char *name, const char *text, mode_t mode,
		   struct sb_error *err);
int lab_file_make_dirs(const char *path);

/** Make dir the working directory. Returns its absolute path (caller frees), or NULL with errno. */
char *lab_file_enter(const char *dir);

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

/* up.c, down.c, print.c: commands; each returns an exit code */
int lab_up(struct lab_plan *plan, bool as_json);
int lab_down(const char *dir);
void lab_print_status(json_t *status, bool as_json);
