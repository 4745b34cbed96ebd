/* SPDX-License-Identifier: Apache-2.0 */
/* The timer thread, which resumes paused connections. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct lab_exchange;
struct lab_front;

enum lab_pause {
	LAB_PAUSE_DELAY, /* delay of the real server */
	LAB_PAUSE_STALL, /* delay by the fault "stall" */
	LAB_PAUSE_HELD,  /* a write that is frozen before the simulator handles it */
};

struct lab_clock {
	pthread_t thread;
	pthread_mutex_t lock;
	bool is_running, stopping;
	int epoll_fd, wake_fd;
	struct lab_exchange *paused;
	uint64_t serial;
};

int lab_clock_start(struct lab_front *front);

/** Drop all paused connections without an answer and end the thread. */
void lab_clock_stop(struct lab_front *front);

/**
 * Suspend a connection; only from its own handler, which then returns MHD_YES.
 *
 * @delay_ms  negative: until the client disconnects or `clear`
 *
 * Returns false when the lab is stopping; then the connection is not suspended.
 */
bool lab_clock_pause(struct lab_exchange *exchange, enum lab_pause pause, int64_t delay_ms);

/** Resume all stalled and held connections. */
void lab_clock_release(struct lab_front *front);
