/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated NetBox. */
#pragma once

#include "lab.h"

struct lab_netbox;

/**
 * An empty NetBox as it is after its migrations, with one superuser.
 *
 * @version  "4.7" (also "4.5", "4.6"); "4.7+proxbox": with the plugin netbox-proxbox
 * @token    the v1 or v2 ("nbt_....") token of the superuser
 *
 * NULL when out of memory or the version is not known.
 */
struct lab_netbox *lab_netbox_create(const char *version, const char *token);
void lab_netbox_destroy(struct lab_netbox *netbox);

/** A second superuser, "person", with a token of its own: what it does is not ours in the change
 * log. Returns 0, or -1 out of memory. */
int lab_netbox_person(struct lab_netbox *netbox, const char *token);

/**
 * Answer one request and, for a write, change the state.
 *
 * @now_us  wall time in microseconds since 1970, UTC: stamps created and last_updated
 */
void lab_netbox_handle(struct lab_netbox *netbox, const struct lab_request *request, int64_t now_us,
		       struct lab_answer *ret_answer);

/** From now on lists come in an order that this seed decides where NetBox promises none; 0 = off.
 */
void lab_netbox_shuffle(struct lab_netbox *netbox, uint64_t seed);

/** Faults of this server (names as in `lab ctl fault`): "reject-name" NAME, "short-page" [WORD of
 * the path], "token-expired", "read-only" (the token), "deny" PERMISSION, "hide"
 * TYPE=PART-OF-THE-NAME; arg NULL switches off. Returns -1 for a fault that is not this
 * server's. */
int lab_netbox_fault(struct lab_netbox *netbox, const char *kind, const char *arg, bool on);

/**
 * The whole state as JSON: {"dcim/devices": [ ... ], ...}, each list sorted by natural key.
 *
 * @no_ids  without ids, times and change log; references appear as natural keys, so that two
 *          states that differ in nothing else give the same text
 *
 * New reference or NULL.
 */
json_t *lab_netbox_dump(const struct lab_netbox *netbox, bool no_ids);

/** Where the server is reached: start of every url and link, "http://127.0.0.1:8001". Returns 0,
 * or -1 out of memory. */
int lab_netbox_base(struct lab_netbox *netbox, const char *base);
