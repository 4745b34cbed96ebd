/* SPDX-License-Identifier: Apache-2.0 */
/* One write request to Proxmox VE: journaled, sent once, its task polled to the end. A request
 * whose answer was lost, or whose job died, is looked for among the tasks of its node. */
#pragma once

#include "apply/state.h"
#include "pve/write.h"

/* The calls of a run that have not ended, and what they have in common. */
struct sb_calls {
	struct sb_apply *apply;
	struct sb_call *first;
	const char *user;  /* of the write token, without its secret; borrowed */
	json_t *tasks;     /* "<UPID>" -> true: of known calls; borrowed */
	int64_t settle_ms; /* how long a call that nobody waits for may still arrive */
};

enum sb_call_outcome {
	SB_CALL_OPEN,
	SB_CALL_DONE,     /* its task ended well, or it needed none */
	SB_CALL_FAILED,   /* its task ended with an error */
	SB_CALL_REJECTED, /* the server refused it */
	SB_CALL_DROPPED,  /* the server never got it */
	SB_CALL_UNKNOWN,  /* not found out now: it stays open in the journal */
};

enum sb_call_state {
	SB_CALL_UNSENT, /* waits for its journal row */
	SB_CALL_SENT,   /* waits for the answer */
	SB_CALL_RUNS,   /* its task is polled */
	SB_CALL_LOST,   /* its task is looked for */
	SB_CALL_NOTED,  /* waits for the journal to have what it became */
	SB_CALL_ENDED,
};

struct sb_call {
	struct sb_call *next;
	struct sb_calls *calls;
	char *document;    /* hash of the plan document that it belongs to */
	size_t op, n;      /* position of the action there; number of the call of it, from 1 */
	char *key, *name;  /* of the object; "start" */
	char *node, *type; /* where it was sent: "pve1", the second part of the key */
	uint32_t vmid;
	json_t *params;      /* NULL = none */
	json_t *older;       /* {"<UPID>": true}: tasks like its own from before it was sent */
	char *task;          /* UPID; NULL = not known */
	char *exit;          /* how the task ended; NULL = it did not */
	struct sb_error why; /* of an outcome that is not DONE */
	enum sb_call_state state;
	enum sb_call_outcome outcome;
	int64_t begun_s;          /* wall clock, when it was journaled */
	int64_t lost_ms;          /* LOST: from when on nobody waits for it */
	int64_t due_ms, delay_ms; /* of the next read */
	int64_t failing_since_ms; /* reads of its task fail since; 0 = they do not */
	bool is_reading;
	bool searches_last; /* this search began when it could not arrive any more */
	/* Called once when the outcome is known (or UNKNOWN), and durable; then the call is
	 * released. */
	void (*done)(void *arg, const struct sb_call *call);
	void *arg;
};

/** The word of an outcome in journal and record; "open" for OPEN and UNKNOWN. */
const char *sb_call_word(enum sb_call_outcome outcome);

/**
 * A call that sb_call_start() journals and sends, or sb_call_resume() looks for.
 *
 * @document, @key, @name, @node  copied; the type and the VMID are those of the key
 *
 * Returns NULL with err: SB_E_ARG when the key is not that of a guest, or node no name of one.
 */
struct sb_call *sb_call_create(struct sb_calls *calls, const char *document, size_t op, size_t n,
			       const char *key, const char *name, const char *node,
			       struct sb_error *err);

/** Read the tasks like that of a call, before it is started: none of them is its own. done gets the
 * list for sb_call_take_older(). Returns 0, or an error of the request. */
int sb_call_list_older(struct sb_call *call, sb_pve_done *done, void *arg, struct sb_error *err);

/** Returns 0; SB_E_SHAPE when it is not a whole list of tasks; SB_E_NOMEM. */
int sb_call_take_older(struct sb_call *call, const json_t *list, struct sb_error *err);

/** Journal the call, then send it. @params taken; NULL = none. */
void sb_call_start(struct sb_call *call, json_t *params_take);

/** Go on with a call of an earlier run: begun then (unix seconds), with this task (NULL = none is
 * known) and these older ones (an array). Returns 0, or SB_E_NOMEM. */
int sb_call_resume(struct sb_call *call, int64_t begun_s, const char *task, const json_t *older);

/** Read what is due of all calls. Returns the milliseconds until the next one is, at most 1000. */
int64_t sb_calls_tick(struct sb_calls *calls);

/** Release a call that was not started, or has ended. */
void sb_call_destroy(struct sb_call *call);
