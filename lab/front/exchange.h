/* SPDX-License-Identifier: Apache-2.0 */
/* One request and its answer, and the state that all parts of the front share about it. */
#pragma once

#include "base/buf.h"
#include "front/front.h"
#include "front/hold.h"

enum lab_stage {
	LAB_STAGE_HEAD, /* only the request line was read */
	LAB_STAGE_BODY,
	LAB_STAGE_ANSWER, /* send the answer */
	LAB_STAGE_DROP,   /* close without an answer */
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
	bool is_lost;     /* handle the request, then close without an answer */
	bool is_late;     /* handle the request, then answer 596 as a proxy that has not waited */
	int64_t skew_s;   /* seconds that the clock of the server is ahead */
	bool just_paused; /* by the current call of its handler */
	bool logged;
	int64_t started_ms;

	/* Owned by the clock while the exchange is paused. */
	struct lab_exchange *next_paused;
	uint64_t serial;
	enum lab_pause pause;
	enum lab_hold hold;
	int64_t due_ms; /* INT64_MAX: until an event */
	int watched_fd; /* -1 when not watched */
	bool client_gone;
};

/** Let the simulator answer this exchange. May be called from any thread. */
void lab_exchange_handle(struct lab_exchange *exchange);
