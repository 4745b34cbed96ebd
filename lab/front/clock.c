/* SPDX-License-Identifier: Apache-2.0 */
/* The only timer of the lab: it resumes a paused connection when its delay is over or its client
 * has disconnected.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "front/exchange.h"
#include "front/hold.h"
#include "front/now.h"

enum { LATE_COMMIT_MS = 500, EVENTS = 16 };

static void unwatch_client(struct lab_clock *clock, struct lab_exchange *exchange)
{
	if (exchange->watched_fd >= 0)
		epoll_ctl(clock->epoll_fd, EPOLL_CTL_DEL, exchange->watched_fd, NULL);
	exchange->watched_fd = -1;
}

/* The listener does not poll a suspended connection, so the clock watches for its end. Readable
 * bytes are not watched: with TLS the closing message is among them. */
static void watch_client(struct lab_clock *clock, struct lab_exchange *exchange)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct epoll_event event = {.events = EPOLLRDHUP | EPOLLONESHOT};

	if (!info)
		return;
	event.data.u64 = exchange->serial;
	if (epoll_ctl(clock->epoll_fd, EPOLL_CTL_ADD, info->connect_fd, &event) == 0)
		exchange->watched_fd = info->connect_fd;
}

bool lab_clock_pause(struct lab_exchange *exchange, enum lab_pause pause, int64_t delay_ms)
{
	struct lab_clock *clock = &exchange->server->front->clock;
	uint64_t one = 1;
	bool stopping;

	pthread_mutex_lock(&clock->lock);
	stopping = clock->stopping;
	if (!stopping) {
		MHD_suspend_connection(exchange->connection);
		exchange->just_paused = true;
		exchange->pause = pause;
		exchange->due_ms = delay_ms < 0 ? INT64_MAX : lab_now_ms() + delay_ms;
		exchange->serial = ++clock->serial;
		exchange->next_paused = clock->paused;
		clock->paused = exchange;
		if (pause == LAB_PAUSE_HELD)
			watch_client(clock, exchange);
	}
	pthread_mutex_unlock(&clock->lock);
	if (!stopping && write(clock->wake_fd, &one, sizeof(one)) < 0)
		return true; /* the counter is full, so the thread wakes up anyway */
	return !stopping;
}

/* Move the exchanges that `pick` accepts out of the list of paused ones. */
static struct lab_exchange *take_paused(struct lab_clock *clock,
					bool (*pick)(const struct lab_exchange *, int64_t),
					int64_t now_ms)
{
	struct lab_exchange **link = &clock->paused, *taken = NULL;

	while (*link) {
		struct lab_exchange *exchange = *link;

		if (!pick(exchange, now_ms)) {
			link = &exchange->next_paused;
			continue;
		}
		*link = exchange->next_paused;
		unwatch_client(clock, exchange);
		exchange->next_paused = taken;
		taken = exchange;
	}
	return taken;
}

static bool is_due(const struct lab_exchange *exchange, int64_t now_ms)
{
	return exchange->due_ms <= now_ms;
}

static bool is_paused_by_fault(const struct lab_exchange *exchange, int64_t now_ms)
{
	(void)now_ms;
	return exchange->pause != LAB_PAUSE_DELAY;
}

static bool is_paused(const struct lab_exchange *exchange, int64_t now_ms)
{
	(void)exchange;
	(void)now_ms;
	return true;
}

static void note_client_gone(struct lab_clock *clock, uint64_t serial)
{
	struct lab_exchange *exchange;

	for (exchange = clock->paused; exchange; exchange = exchange->next_paused) {
		if (exchange->serial == serial) {
			exchange->client_gone = true;
			exchange->due_ms = lab_now_ms() + LATE_COMMIT_MS;
			return;
		}
	}
}

/* Timeout of epoll_wait in milliseconds: until the next exchange is due, -1 without one. */
static int next_timeout(const struct lab_clock *clock)
{
	int64_t first = INT64_MAX, now_ms = lab_now_ms();
	const struct lab_exchange *exchange;

	for (exchange = clock->paused; exchange; exchange = exchange->next_paused)
		first = exchange->due_ms < first ? exchange->due_ms : first;
	if (first == INT64_MAX)
		return -1;
	if (first <= now_ms)
		return 0;
	return first - now_ms > 60000 ? 60000 : (int)(first - now_ms);
}

/* From here on the exchange belongs to its listener again. */
static void resume_connection(struct lab_exchange *exchange)
{
	MHD_resume_connection(exchange->connection);
}

static void *run_clock(void *arg)
{
	struct lab_clock *clock = arg;

	pthread_mutex_lock(&clock->lock);
	while (!clock->stopping) {
		struct epoll_event events[EVENTS];
		int i, n, timeout = next_timeout(clock);
		struct lab_exchange *due, *next;
		uint64_t count;

		pthread_mutex_unlock(&clock->lock);
		n = epoll_wait(clock->epoll_fd, events, EVENTS, timeout);
		pthread_mutex_lock(&clock->lock);
		for (i = 0; i < n; i++) {
			if (events[i].data.u64)
				note_client_gone(clock, events[i].data.u64);
			else if (read(clock->wake_fd, &count, sizeof(count)) < 0)
				continue;
		}
		due = take_paused(clock, is_due, lab_now_ms());
		pthread_mutex_unlock(&clock->lock);
		for (; due; due = next) {
			next = due->next_paused;
			if (due->pause == LAB_PAUSE_HELD)
				lab_hold_conclude(due);
			resume_connection(due);
		}
		pthread_mutex_lock(&clock->lock);
	}
	pthread_mutex_unlock(&clock->lock);
	return NULL;
}

int lab_clock_start(struct lab_front *front)
{
	struct lab_clock *clock = &front->clock;
	struct epoll_event event = {.events = EPOLLIN};

	pthread_mutex_init(&clock->lock, NULL);
	clock->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	clock->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (clock->epoll_fd < 0 || clock->wake_fd < 0)
		return -1;
	event.data.u64 = 0; /* serials start at 1 */
	if (epoll_ctl(clock->epoll_fd, EPOLL_CTL_ADD, clock->wake_fd, &event) < 0)
		return -1;
	if (pthread_create(&clock->thread, NULL, run_clock, clock) != 0)
		return -1;
	clock->is_running = true;
	return 0;
}

void lab_clock_stop(struct lab_front *front)
{
	struct lab_clock *clock = &front->clock;
	struct lab_exchange *exchange, *next;
	uint64_t one = 1;

	if (!clock->is_running)
		return;
	pthread_mutex_lock(&clock->lock);
	clock->stopping = true;
	pthread_mutex_unlock(&clock->lock);
	if (write(clock->wake_fd, &one, sizeof(one)) < 0)
		return;
	pthread_join(clock->thread, NULL);
	for (exchange = take_paused(clock, is_paused, 0); exchange; exchange = next) {
		next = exchange->next_paused;
		exchange->stage = LAB_STAGE_DROP;
		resume_connection(exchange);
	}
	close(clock->epoll_fd);
	close(clock->wake_fd);
	clock->is_running = false;
}

void lab_clock_release(struct lab_front *front)
{
	struct lab_clock *clock = &front->clock;
	struct lab_exchange *exchange, *next;

	pthread_mutex_lock(&clock->lock);
	exchange = take_paused(clock, is_paused_by_fault, 0);
	pthread_mutex_unlock(&clock->lock);
	for (; exchange; exchange = next) {
		next = exchange->next_paused;
		if (exchange->pause == LAB_PAUSE_HELD && exchange->client_gone)
			lab_hold_conclude(exchange);
		else if (exchange->pause == LAB_PAUSE_HELD)
			lab_exchange_handle(exchange);
		resume_connection(exchange);
	}
}
