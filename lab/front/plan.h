/* SPDX-License-Identifier: Apache-2.0 */
/* The options of `up`, completed with endpoints and tokens. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One endpoint to simulate. */
struct lab_site {
	char slug[16], site[24];
	unsigned nodes, guests;
	char token[96];
	char write_token[96]; /* of a user who may start and stop guests */
};

/* The options of `up`. */
struct lab_plan {
	char *dir; /* absolute */
	uint64_t seed;
	unsigned pve_major;
	const char *netbox_version;
	const char *legacy;  /* tool whose objects NetBox contains at the start; NULL = none */
	const char *plugins; /* "custom-objects=0.6.0,branching"; NULL = none */
	bool tls;
	char netbox_token[96], person_token[96];
	size_t n_sites;
	struct lab_site *sites;
};

/* tokens.c */

/** Fill the tokens of a plan with new random ones. Returns 0 or -1. */
int lab_tokens_fill(struct lab_plan *plan);

/* plan.c */

/** Add the endpoints of a plan; guests < 0 = the default of each. Returns 0 or -1 (memory). */
int lab_plan_fill(struct lab_plan *plan, unsigned n_endpoints, long guests);
void lab_plan_finish(struct lab_plan *plan);
