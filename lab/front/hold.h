/* SPDX-License-Identifier: Apache-2.0 */
/* Writes to NetBox that are frozen before they are carried out. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct lab_exchange;
struct lab_front;

enum lab_hold { LAB_HOLD_COMMIT, LAB_HOLD_DROP };

/* A write to NetBox that `ctl hold-write` waits for. */
struct lab_armed {
	struct lab_armed *next;
	uint64_t nth; /* by front->n_writes */
	enum lab_hold hold;
};

/** Freeze the nth write to NetBox from now, n >= 1. */
int lab_hold_arm(struct lab_front *front, uint64_t nth, enum lab_hold hold);
void lab_hold_clear(struct lab_front *front);

/** Count this exchange when it is a write; true when it is one to freeze. */
bool lab_hold_take(struct lab_exchange *exchange);

/** The client of a frozen write has gone: commit late or never, in any case no answer. */
void lab_hold_conclude(struct lab_exchange *exchange);
