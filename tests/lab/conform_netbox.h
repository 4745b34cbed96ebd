/* SPDX-License-Identifier: Apache-2.0 */
/* Send the recorded cases of NetBox to the simulated one and check answers and effects. */
#pragma once

#include "conform.h"
#include "netbox.h"

/* A simulated NetBox and the state of the replay. */
struct replay {
	struct lab_netbox *nb;
	int64_t now_us;
	json_t *data;        /* the recording */
	json_t *names;       /* "vm1" -> id */
	size_t next;         /* index of the next case */
	json_t *want, *have; /* of the last case: {"status", "answer"} */
	json_t *state;       /* of the server, when the last case did not change it */
	bool answers_only;   /* effects are not checked */
	/* Called between a case and the check of its effect; for tests of this check. */
	void (*between)(struct replay *replay);
};

/** Create a NetBox with the objects that exist before the first case. used: all objects were
 * created and deleted once before, so that all ids differ from the recording. Fails the test on an
 * error. */
void replay_begin(struct replay *replay, const char *version, bool used);
void replay_end(struct replay *replay);

/** The rules of the comparison of two answers. */
struct conform_rules replay_rules(struct replay *replay);

/** Send one request; path and body contain names as in the recording. body may be NULL. Returns the
 * status. */
int replay_ask(struct replay *replay, const char *method, const char *path, const json_t *body,
	       const char *if_match, json_t **ret_answer);

/**
 * Send one case and compare status, answer and effect: a refused case changes nothing; a created or
 * changed object reads as the answer, a deleted one is not found, and the length of the list
 * matches.
 *
 * Returns the number of differences and writes a line to out for each.
 */
size_t replay_case(struct replay *replay, const json_t *item, struct sb_buf *out);

/** A case by its name; borrowed. */
const json_t *replay_find(const struct replay *replay, const char *name);
