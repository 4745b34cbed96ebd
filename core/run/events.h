/* SPDX-License-Identifier: Apache-2.0 */
/* The job's ends of its two pipes: events out, acknowledgements in. */
#pragma once

#include "net/io.h"

struct sb_events;

/* "Ends the process" means _exit() without releasing anything: without a parent no write would be
 * recorded. The messages are those of core/model/protocol.h. */

/** fds are borrowed. sb_events_attach() lets io watch in_fd. Returns 0, or SB_E_NOMEM. */
int sb_events_create(int in_fd, int out_fd, struct sb_events **ret_events, struct sb_error *err);

/** Does not send events that are kept back. NULL is allowed. */
void sb_events_destroy(struct sb_events *events);

/** Read lines of the task until {"go": true}; each one is passed to on_line, which borrows it (null
 * for a line that is not JSON). Blocks. Returns 0, the first error of on_line, or SB_E_STATE when
 * the parent closed the pipe before. */
int sb_events_task(struct sb_events *events,
		   int (*on_line)(void *arg, json_t *line, struct sb_error *err), void *arg,
		   struct sb_error *err);

/** Read acknowledgements whenever io waits, from now on. Makes in_fd nonblocking; io borrows
 * events. Ends the process when the parent has closed the pipe. */
void sb_events_attach(struct sb_events *events, struct sb_io *io);

/** Ask the parent for the answers that a replay does not have, by events "ask", from now on. events
 * borrows replay, which must have come of sb_io_replay_create(). */
void sb_events_ask(struct sb_events *events, struct sb_io *replay);

/** Send one event; taken. Blocks until the pipe has taken it. Ends the process when the parent is
 * gone; with SB_JOB_NO_MEMORY when out of memory; with SB_JOB_BAD_EVENT for NULL, which is what
 * jansson makes of a text that is not UTF-8. */
void sb_event_send(struct sb_events *events, json_t *event_take);

/** End the process for lack of memory: the parent records the cause with the stage that ran. */
_Noreturn void sb_events_no_memory(void);

/** Keep events back until sb_events_release(), which sends them together and blocks like
 * sb_event_send(). Not across code that waits for the parent or the network. */
void sb_events_hold(struct sb_events *events);
void sb_events_release(struct sb_events *events);

/**
 * Ask the parent to make the journal row of a write request durable. Sends like sb_event_send().
 *
 * @id      the member "id" of the event; unique among the requests that wait
 * @on_ack  called once, from a later wait of io
 *
 * At most 64 requests may wait for their acknowledgement: on_ack of a further one is never called.
 */
void sb_event_journal(struct sb_events *events, json_t *event_take, uint64_t id,
		      void (*on_ack)(void *arg), void *arg);

/** Ask the parent for the lease of NetBox's shared objects: an event "lease", taken. on_lease is
 * called once, from a later wait of io, with the S of the answer (core/model/protocol.h). */
void sb_event_lease(struct sb_events *events, json_t *event_take,
		    void (*on_lease)(void *arg, int64_t since_s), void *arg);
