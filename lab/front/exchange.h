/* SPDX-License-Identifier: Apache-2.0 */
/* One request and its answer: read, refused, frozen, broken, handled, delayed, sent and logged. */
#pragma once

#include "front/front.h"

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
	int64_t skew_s;   /* how far the clock of the server is ahead */
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

/* server.c */

/** Listen on 127.0.0.1 and start to answer. Returns 0 or SB_E_NET with err filled. */
int lab_server_start(struct lab_server *server, struct sb_error *err);

/** Stop answering; nobody may be paused any more. */
void lab_server_stop(struct lab_server *server);

/* exchange.c */

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

/* now.c */
int64_t lab_clock_now_ms(void); /* monotonic */
int64_t lab_clock_wall_us(void);

/* clock.c */
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
int lab_fault_add(struct lab_server *server, const struct lab_fault *wanted, const char **ret_why);
void lab_fault_clear(struct lab_server *server);

/** Apply a fault of the front to an exchange that is about to be handled. True when the answer (or
 * the lack of one) is decided; *ret_stall_ms is set when the answer has to wait. */
bool lab_fault_apply(struct lab_exchange *exchange, int64_t *ret_stall_ms);

/** Count an answered request against the faults of the simulator; server->lock is held. */
void lab_fault_count(struct lab_server *server);
