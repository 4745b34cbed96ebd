/* SPDX-License-Identifier: Apache-2.0 */
/* One world: a NetBox, its Proxmox VE, the store of a stagebox between them, and a virtual clock.
 */
#pragma once

#include "net.h"
#include "netbox.h"
#include "parent/parent.h"
#include "pve.h"

#define SIM_TOKEN  "0123456789abcdef0123456789abcdef01234567" /* of stagebox */
#define SIM_PERSON "89abcdef0123456789abcdef0123456789abcdef"
#define SIM_SLUG   "lab"

/* The settings that all worlds of one history have in common. */
struct sim_setup {
	uint64_t seed;
	int pve_major;
	const char *netbox_version;
	unsigned nodes, guests;
	bool prunes;
	bool has_families; /* the modules ha and ceph, and what happens to them */
	unsigned prune_runs, grace_s, max_percent;
};

/* The end of a job before its last event. */
enum sim_death {
	SIM_LIVES,
	SIM_JOB_DIES, /* the parent records it */
	SIM_BOTH_DIE, /* nobody does, and what the store has not committed is lost */
};

/* How one run is disturbed. */
struct sim_plan {
	struct sim_weather weather;
	enum sim_death death;
	unsigned death_at;    /* the request, counted from 1, at whose arrival the process dies */
	unsigned writes_only; /* 1 = only writes to NetBox are counted */
};

/* The outcome of the last run. */
struct sim_result {
	char status[16];
	int exit_code;
	char why[300];
	unsigned requests, writes; /* that arrived */
	bool has_died, is_balanced;
};

struct sim_world {
	const char *name; /* in messages */
	struct sim_setup setup;
	struct lab_netbox *netbox;
	struct lab_pve *pve;
	int64_t now_ms; /* since 1970 */
	struct sim_net net;
	struct sb_store *store;
	json_t *conf;
	char *dir;
	struct sim_result result;
	enum sim_death death; /* of the current run */
	void (*on_write)(struct sim_world *world, const struct lab_request *request);
	void *arg;
};

/** Create a world; dir is a folder of its own. A failure ends the program. */
void sim_world_create(struct sim_world *world, const char *name, const struct sim_setup *setup,
		      const char *dir);
void sim_world_destroy(struct sim_world *world);

/** Execute one job with the engine: fills world->result, moves the clock. */
void sim_world_run(struct sim_world *world, enum sb_job_mode mode, const struct sim_plan *plan);

/** The processes of the current run die as planned. */
void sim_world_die(struct sim_world *world);

/** Let time pass; requests whose client is gone arrive in it. */
void sim_world_sleep(struct sim_world *world, int64_t until_ms);

/** A request of a person to NetBox: path below /api/, body borrowed or NULL. Returns the status;
 * *ret_answer: new reference or NULL; may be NULL itself. */
int sim_world_ask(struct sim_world *world, const char *method, const char *path, const json_t *body,
		  json_t **ret_answer);

/** End the program with a message: the simulation itself is wrong. */
_Noreturn void sim_broken(const char *text, const char *about);
