/* SPDX-License-Identifier: Apache-2.0 */
/* Pass a request to its simulator. */
#include "front/exchange.h"
#include "front/faults.h"
#include "front/now.h"

void lab_exchange_handle(struct lab_exchange *exchange)
{
	struct lab_server *server = exchange->server;
	int64_t now_us = lab_now_wall_us();

	pthread_mutex_lock(&server->lock);
	if (server->netbox) {
		lab_netbox_handle(server->netbox, &exchange->request, now_us, &exchange->answer);
	} else {
		uint64_t n_tasks = lab_pve_tasks(server->pve);

		lab_fault_plan_task(server, exchange->target);
		lab_pve_handle(server->pve, &exchange->request, now_us / 1000, &exchange->answer);
		if (lab_pve_tasks(server->pve) > n_tasks)
			lab_fault_count_task(server, exchange->target);
	}
	lab_fault_count(server);
	pthread_mutex_unlock(&server->lock);
	if (exchange->answer.status < 100 || exchange->answer.status > 999)
		exchange->answer.status = 500;
}
