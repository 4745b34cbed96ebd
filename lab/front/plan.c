/* SPDX-License-Identifier: Apache-2.0 */
/* The number and size of the endpoints of a lab. */
#include "front/plan.h"

#include <stdio.h>
#include <stdlib.h>

#include <stagebox/types.h>

enum { LAB_GUESTS = 40, EDGE_GUESTS = 8, CLUSTER_NODES = 3, GUESTS_PER_EXTRA_NODE = 250 };

int lab_plan_fill(struct lab_plan *plan, unsigned n_endpoints, long guests)
{
	static const char *const slugs[] = {"lab", "edge"};
	unsigned i;

	plan->sites = calloc(n_endpoints, sizeof(*plan->sites));
	if (!plan->sites)
		return -1;
	plan->n_sites = n_endpoints;
	for (i = 0; i < n_endpoints; i++) {
		struct lab_site *site = &plan->sites[i];

		if (i < SB_ARRAY_LEN(slugs))
			snprintf(site->slug, sizeof(site->slug), "%s", slugs[i]);
		else
			snprintf(site->slug, sizeof(site->slug), "site%u", i + 1);
		snprintf(site->site, sizeof(site->site), "%s-dc1", site->slug);
		if (guests < 0)
			site->guests = i == 1 ? EDGE_GUESTS : LAB_GUESTS;
		else /* divided evenly; the first endpoints get the remainder */
			site->guests = (unsigned)(guests / n_endpoints) +
				       (i < (unsigned)(guests % n_endpoints));
		/* The second endpoint is a standalone node. */
		site->nodes = i == 1 ? 1 : CLUSTER_NODES + site->guests / GUESTS_PER_EXTRA_NODE;
	}
	return 0;
}

void lab_plan_finish(struct lab_plan *plan)
{
	free(plan->sites);
	free(plan->dir);
	*plan = (struct lab_plan){0};
}
