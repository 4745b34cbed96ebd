/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes to and from a job, its clock, its end. */
#pragma once

#include "parent/state.h"

enum {
	SB_PARENT_STOP_GRACE_MS = 5000, /* between SIGTERM and SIGKILL */
	SB_PARENT_TICK_MS = 200,        /* a signal may come just before poll() */
	SB_PARENT_TURN_BYTES = 4 << 20, /* read at most before events are handled */
};

/** One more line for the job. */
int sb_parent_say(struct sb_parent *parent, const json_t *line, struct sb_error *err);

/** Watch the clock and the stop flag, move bytes both ways, wait at most timeout_ms. */
void sb_parent_turn(struct sb_parent *parent, int timeout_ms);

/** Kill the job for a reason; the first reason stays. */
void sb_parent_doom(struct sb_parent *parent, const struct sb_error *why);

/** Read what the job has sent. False when there is nothing more now. */
bool sb_parent_read(struct sb_parent *parent);

/** Close a descriptor and set it to -1. */
void sb_parent_close(int *fd);
