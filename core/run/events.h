/* SPDX-License-Identifier: Apache-2.0 */
/* The job's ends of its two pipes: events out, acknowledgements in. */
#pragma once

#include "net/io.h"

struct sb_events;

/** fds are borrowed. sb_events_attach() lets io watch in_fd. */
int sb_events_create(int in_fd, int out_fd, struct sb_events **ret_events, struct sb_error *err);
void sb_events_destroy(struct sb_events *events);

/** Read lines of the task until {"go": true}; each is handed to on_line. Blocks. */
int sb_events_task(struct sb_events *events,
		   int (*on_line)(void *arg, json_t *line, struct sb_error *err), void *arg,
		   struct sb_error *err);

/** Read acknowledgements whenever io waits. */
void sb_events_attach(struct sb_events *events, struct sb_io *io);

/** Send one event; taken. Ends the process when the parent is gone, so that no write goes
 * unrecorded. */
void sb_event_send(struct sb_events *events, json_t *event_take);

/** Keep events back until sb_events_release(), which sends them with one write(). Not across code
 * that waits for the parent or the network. */
void sb_events_hold(struct sb_events *events);
void sb_events_release(struct sb_events *events);

/** Ask the parent to make the journal row of a write request durable; on_ack is called from a later
 * wait. */
void sb_event_journal(struct sb_events *events, json_t *event_take, uint64_t id,
		      void (*on_ack)(void *arg), void *arg);
