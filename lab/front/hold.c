/* SPDX-License-Identifier: Apache-2.0 */
/* Frozen writes simulate a NetBox that has read a request, loses its client, and commits late or
 * never. */
#include "front/exchange.h"
#include "front/log.h"

static bool is_write(const struct lab_exchange *exchange)
{
	const struct lab_request *request = &exchange->request;

	if (!exchange->server->netbox || !sb_starts_with(request->path, "/api/"))
		return false;
	return sb_streq(request->method, "POST") || sb_streq(request->method, "PATCH") ||
	       sb_streq(request->method, "PUT") || sb_streq(request->method, "DELETE");
}

int lab_hold_arm(struct lab_front *front, uint64_t nth, enum lab_hold hold)
{
	struct lab_armed *armed = calloc(1, sizeof(*armed));

	if (!armed)
		return -1;
	pthread_mutex_lock(&front->hold_lock);
	armed->nth = front->n_writes + nth;
	armed->hold = hold;
	armed->next = front->armed;
	front->armed = armed;
	pthread_mutex_unlock(&front->hold_lock);
	return 0;
}

void lab_hold_clear(struct lab_front *front)
{
	struct lab_armed *armed, *next;

	pthread_mutex_lock(&front->hold_lock);
	for (armed = front->armed; armed; armed = next) {
		next = armed->next;
		free(armed);
	}
	front->armed = NULL;
	pthread_mutex_unlock(&front->hold_lock);
}

bool lab_hold_take(struct lab_exchange *exchange)
{
	struct lab_front *front = exchange->server->front;
	struct lab_armed **link, *found;

	if (!is_write(exchange))
		return false;
	pthread_mutex_lock(&front->hold_lock);
	front->n_writes++;
	for (link = &front->armed; *link && (*link)->nth != front->n_writes;)
		link = &(*link)->next;
	found = *link;
	if (found) {
		*link = found->next;
		exchange->hold = found->hold;
	}
	pthread_mutex_unlock(&front->hold_lock);
	free(found);
	return found != NULL;
}

void lab_hold_conclude(struct lab_exchange *exchange)
{
	int status = 0;

	if (exchange->hold == LAB_HOLD_COMMIT) {
		lab_exchange_handle(exchange);
		status = exchange->answer.status;
	}
	lab_log_write(exchange, status, 0, false);
	exchange->stage = LAB_STAGE_DROP;
}
