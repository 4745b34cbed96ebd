/* SPDX-License-Identifier: Apache-2.0 */
/* The timer that resumes paused connections. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct lab_exchange;
struct lab_front;

enum lab_pause {
	LAB_PAUSE_DELAY, /* the server is slow by itself */
	LAB_PAUSE_STALL, /* a fault makes it slow */
	LAB_PAUSE_HELD,  /* a write frozen before it is carried out */
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
