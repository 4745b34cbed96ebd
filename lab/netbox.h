/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated NetBox. */
#pragma once

#include "lab.h"

struct lab_netbox;

/**
 * Create an empty NetBox, as it is after its migrations, with one superuser.
 *
 * @version  "4.7" (also "4.5", "4.6"); "4.7+proxbox": with the plugins netbox-proxbox and
 *           netbox-ceph
 * @token    the v1 or v2 ("nbt_....") token of the superuser
 *
 * NULL when out of memory or the version is not known.
 */
struct lab_netbox *lab_netbox_create(const char *version, const char *token);
void lab_netbox_destroy(struct lab_netbox *netbox);

/** Add a second superuser, "person", with its own token: the change log attributes its writes to a
 * user that is not stagebox. Returns 0, or -1 out of memory. */
int lab_netbox_person(struct lab_netbox *netbox, const char *token);

/**
 * Answer one request and, for a write, change the state.
 *
 * @now_us  wall time in microseconds since 1970, UTC: stamps created and last_updated
 */
void lab_netbox_handle(struct lab_netbox *netbox, const struct lab_request *request, int64_t now_us,
		       struct lab_answer *ret_answer);

/** Connect a cable to the device interface with this stagebox_key. False = there is none. */
bool lab_netbox_plug(struct lab_netbox *netbox, const char *key);

/** Install a plugin, "custom-objects" or "branching", in a version; version NULL = the newest, "" =
 * remove it, while its data stays. Returns 0, or -1 with a static message. */
int lab_netbox_plugin(struct lab_netbox *netbox, const char *name, const char *version,
		      const char **ret_why);

/** Use up the numbers of n custom object types, so that equal types differ between servers. */
void lab_netbox_use_types(struct lab_netbox *netbox, unsigned n);

/** Order lists by this seed where NetBox does not guarantee an order; 0 = off.
 */
void lab_netbox_shuffle(struct lab_netbox *netbox, uint64_t seed);

/** Faults of this server (names as in `lab ctl fault`): "reject-name" NAME, "short-page" [WORD of
 * the path], "token-expired", "read-only" (the token), "choices" TYPE.FIELD=VALUE,...
 * and "refuse" TYPE.FIELD=VALUE:HOW (lab/netbox/validators.c), "deny" PERMISSION, "hide"
 * TYPE=PART-OF-THE-NAME; with the plugin for branches "no-worker", "slow-worker" MS, "worker-dies"
 * (once), "provision-fails", and "exempt" and "not-apart" TYPE, whose objects are those of main in
 * every branch; arg NULL switches the fault off. Returns -1 for a fault that this
 * server does not have. */
int lab_netbox_fault(struct lab_netbox *netbox, const char *kind, const char *arg, bool on);

/** Those faults, each with its argument: "reject-name NAME"; ended by NULL. */
extern const char *const lab_netbox_faults[];

/** Take a permission, "dcim.view_device", from the users of this server, or give it back. Returns
 * 0, or -1 with a static message. */
int lab_netbox_grant(struct lab_netbox *netbox, const char *permission, bool on,
		     const char **ret_why);

/**
 * The whole state as JSON: {"dcim/devices": [ ... ], ...}, each list sorted by natural key.
 *
 * @no_ids  without ids, times and change log; references appear as natural keys, so that
 *          two states with equal contents give the same text
 *
 * New reference or NULL.
 */
json_t *lab_netbox_dump(const struct lab_netbox *netbox, bool no_ids);

/** The same of a branch, by its name; NULL also when NetBox has no such branch with tables. */
json_t *lab_netbox_dump_branch(const struct lab_netbox *netbox, const char *name, bool no_ids);

/** Set the base of every url and link, "http://127.0.0.1:8001". Returns 0,
 * or -1 out of memory. */
int lab_netbox_base(struct lab_netbox *netbox, const char *base);
