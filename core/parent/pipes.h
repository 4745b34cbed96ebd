/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes between parent and job, and the end of the job by deadline, stop flag or kill. */
#pragma once

#include "parent/state.h"

enum {
	SB_PARENT_STOP_GRACE_MS = 5000, /* between SIGTERM and SIGKILL */
	SB_PARENT_TICK_MS = 200,        /* longest poll(): a signal may arrive just before it */
	SB_PARENT_TURN_BYTES = 4 << 20, /* bytes to read before events are handled */
};

/** Queue one line (borrowed) for the job; sb_parent_turn() sends it. Does nothing when the job no
 * longer reads. Returns 0, or the error of sb_buf_check(). */
int sb_parent_send(struct sb_parent *parent, const json_t *line, struct sb_error *err);

/** Watch the deadline and the stop flag, send and receive bytes, wait at most timeout_ms. */
void sb_parent_turn(struct sb_parent *parent, int timeout_ms);

/** Kill the job and note why in parent->cause; an earlier cause is kept. */
void sb_parent_kill(struct sb_parent *parent, const struct sb_error *why);

/** Read once from the job. Returns false when nothing more can be read now. */
bool sb_parent_read(struct sb_parent *parent);

/** Close a descriptor and set it to -1. */
void sb_parent_close(int *fd);
