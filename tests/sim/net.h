/* SPDX-License-Identifier: Apache-2.0 */
/* The network of a world: requests under way, in virtual time, and their faults. */
#pragma once

#include "lab.h"
#include "net/io.h"

struct sim_world;

/* The faults of a request. */
enum sim_fault {
	SIM_NONE,
	SIM_REFUSED,     /* no connection */
	SIM_LOST,        /* it never arrives, the connection breaks */
	SIM_UNHEARD,     /* it is carried out, the connection breaks before the answer */
	SIM_TRUNCATED,   /* it is carried out, the answer breaks off */
	SIM_STALLED,     /* it arrives so late that the client may be gone */
	SIM_GARBAGE,     /* it is not carried out, the answer is not JSON */
	SIM_TOO_MANY,    /* 429 */
	SIM_FAILED,      /* 500 */
	SIM_BAD_GATEWAY, /* 502, of a proxy before the server */
	SIM_LATE_PROXY,  /* carried out, then 504 or 596 of a proxy that has not waited */
	SIM_FAULTS,
};

/* How likely each fault is, in thousandths, for one server. */
struct sim_weather {
	unsigned netbox[SIM_FAULTS], pve[SIM_FAULTS];
};

/* A request under way. */
struct sim_flight {
	struct sim_flight *next;
	uint64_t number;
	int64_t at_ms; /* when it arrives, then when its answer does */
	int64_t give_up_ms;
	bool has_arrived, to_netbox, is_write;
	bool is_orphan; /* of a job that died */
	enum sim_fault fault;
	unsigned timeout_ms;
	char *method, *path, *query, *body, *if_match, *authorization;
	size_t body_len;
	struct lab_answer answer;
	sb_io_done *done; /* NULL = the client is gone */
	void *arg;
};

struct sim_net {
	struct sim_flight *flights;
	uint64_t number;
	struct lab_random random; /* of latencies and faults */
	struct lab_random engine; /* what the engine draws */
	struct sim_weather weather;
	char broken[64]; /* paths of Proxmox VE that end so answer 500; "" = none */
	unsigned death_at, counted;
	bool counts_writes;
	bool handles_orphan; /* the request that arrives is of a job that died */
	bool is_dead;        /* the process of the job has ended */
	unsigned dead_calls;
	/* Called for each request that arrives, and when the job dies. */
	void (*trace)(void *arg, const char *line);
	void *trace_arg;
};

/** The transport of the current world, which takes the place of curl. */
struct sb_io *sim_io_create(struct sim_world *world, const struct sb_io_server *servers, size_t n);

/** Let time pass until then without a client. */
void sim_net_pass(struct sim_world *world, int64_t until_ms);

/** The process of the client has ended: what is under way arrives late, or not at all. */
void sim_net_die(struct sim_world *world);

/** Forget all requests under way. */
void sim_net_finish(struct sim_net *net);
