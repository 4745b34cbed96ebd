/* SPDX-License-Identifier: Apache-2.0 */
/* One history: rounds of changes in Proxmox VE and NetBox, each followed by a run, in two worlds:
 * the runs of one are disturbed, those of the other are not. */
#pragma once

#include "base/buf.h"
#include "world.h"

enum { SIM_WORLDS = 2, SIM_DISTURBED = 0, SIM_CALM = 1 };

struct sim_history {
	uint64_t seed;
	struct sim_setup setup;
	struct sim_world worlds[SIM_WORLDS];
	struct lab_random random; /* of events; independent of what the engine does */
	json_t *added;            /* key of a guest -> when it was added last, in ms */
	json_t *ledger;           /* what people did and must not be lost */
	unsigned n_people;
	bool people_deleted;   /* a guest's object */
	char offline[16];      /* the node that is offline by a fault; "" = none */
	unsigned fault_rounds; /* for how many more rounds servers have their faults */
	struct sb_buf story;   /* a line per event */
	uint64_t hash;         /* of everything that happened */
	bool shows_trace;
	char failure[400]; /* "" = every property holds */
};

/** Play the history of a seed in folders below dir. Returns whether all properties hold; the story
 * and the failure are in the history. */
bool sim_history_play(struct sim_history *history, uint64_t seed, const char *dir,
		      bool shows_trace);
void sim_history_finish(struct sim_history *history);

/** A number from 0 to below - 1. */
unsigned sim_draw(struct sim_history *history, unsigned below);

/** Append a line to the story. */
void sim_note(struct sim_history *history, const char *fmt, ...) SB_PRINTF(2, 3);

/** Note the first property that does not hold. */
void sim_fail(struct sim_history *history, const char *fmt, ...) SB_PRINTF(2, 3);

/* churn.c */

/** Change some guests of Proxmox VE, equally in both worlds. */
void sim_churn(struct sim_history *history);

/** Give the first card of each container another name, which NetBox takes for another interface:
 * who does not find it in an incomplete list, and trusts that, makes it once more. */
void sim_churn_cards(struct sim_history *history);

/** Note the guests of the begin. */
void sim_churn_begin(struct sim_history *history);

/** Restart all guests: which addresses a stopped guest has had depends on who saw it run, and an
 * agent that was silent for long is asked again when its guest has restarted. */
void sim_churn_end(struct sim_history *history);

/** Set a field of an object in the Proxmox VE of both worlds. Returns whether it applies, which is
 * the same in both. */
bool sim_set(struct sim_history *history, const char *key, const char *field, const char *value);

/** "lab/qemu/101" of a drawn guest; false when there is none. */
bool sim_draw_guest(struct sim_history *history, char ret_key[40]);

/* people.c */

/** People prepare NetBox before stagebox does. */
void sim_people_begin(struct sim_history *history);

/** People change some objects in NetBox, equally in both worlds. */
void sim_people(struct sim_history *history);

/** Compare with the ledger what people have in a world. */
void sim_people_check(struct sim_history *history, size_t world);

/* weather.c */

/** Draw how the next run is disturbed, and switch faults of the simulators on. */
void sim_weather_draw(struct sim_history *history, struct sim_plan *ret_plan);

/** Let the node that is offline by a fault be so, or not for the moment. */
void sim_weather_node(struct sim_history *history, bool is_offline);

/** Switch all faults of the simulators off. */
void sim_weather_clear(struct sim_history *history);

/* check.c */

/** Watch the deletions of a world. */
void sim_check_watch(struct sim_history *history, size_t world);

/** The properties of a run that has ended. */
void sim_check_run(struct sim_history *history, size_t world);

/** No two objects of a world have one key. */
void sim_check_duplicates(struct sim_history *history, size_t world);

/** The properties of the end: no duplicates, and both worlds are equal. */
void sim_check_end(struct sim_history *history);
