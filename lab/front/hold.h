/* SPDX-License-Identifier: Apache-2.0 */
/* Writes to NetBox that are frozen before the simulator handles them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct lab_exchange;
struct lab_front;

enum lab_hold { LAB_HOLD_COMMIT, LAB_HOLD_DROP };

/* A future write to NetBox that `ctl hold-write` has selected. */
struct lab_armed {
	struct lab_armed *next;
	uint64_t nth; /* compared with front->n_writes */
	enum lab_hold hold;
};

/** Freeze the nth write to NetBox from now, n >= 1. */
int lab_hold_arm(struct lab_front *front, uint64_t nth, enum lab_hold hold);
void lab_hold_clear(struct lab_front *front);

/** Count this exchange when it is a write; true when it must be frozen. */
bool lab_hold_take(struct lab_exchange *exchange);

/** Finish a frozen write whose client has disconnected: commit it or not, without an answer. */
void lab_hold_conclude(struct lab_exchange *exchange);
