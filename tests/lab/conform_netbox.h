/* SPDX-License-Identifier: Apache-2.0 */
/* The recorded cases of NetBox, sent to the simulated one, and what each of them leaves behind. */
#pragma once

#include "conform.h"
#include "netbox.h"

/* A simulated NetBox on its way through the cases. */
struct replay {
	struct lab_netbox *nb;
	int64_t now_us;
	json_t *data;        /* the recording */
	json_t *names;       /* "vm1" -> id */
	size_t next;         /* case */
	json_t *want, *have; /* of the last case: {"status", "answer"} */
	json_t *state;       /* of the server, when the last case left it alone */
	bool answers_only;   /* effects are not looked at */
	/* Called between a case and the look at what it left behind; for tests of that look. */
	void (*between)(struct replay *replay);
};

/** A NetBox filled as before the first case. @used: everything was made and deleted before, so
 * that no id is as in the recording. Fails the test when that does not work. */
void replay_begin(struct replay *replay, const char *version, bool used);
void replay_end(struct replay *replay);

/** What two answers are compared by. */
struct conform_rules replay_rules(struct replay *replay);

/** One request: path as in the recording, names included. Body may be NULL. Returns the status. */
int replay_ask(struct replay *replay, const char *method, const char *path, const json_t *body,
	       const char *if_match, json_t **ret_answer);

/**
 * Send one case and compare status, answer and effect:
 * a refused case changes nothing at all; what was made or changed reads as it was answered, what
 * was deleted is not found, and the list has as many more or fewer.
 *
 * Returns the number of differences, with one line into out for each.
 */
size_t replay_case(struct replay *replay, const json_t *item, struct sb_buf *out);

/** A case by its name; borrowed. */
const json_t *replay_find(const struct replay *replay, const char *name);
