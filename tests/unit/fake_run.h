/* SPDX-License-Identifier: Apache-2.0 */
/* A run without engine: answers come from a map, rows and wants are JSON that tests check. */
#pragma once

#include "stagebox/guest.h"

struct fake_ask;

struct sb_stage_run {
	const char *endpoint, *site, *name, *vlan_group, *device_name, *cluster_name;
	bool is_cluster, no_vm_type, no_custom_fields;
	json_t *may;     /* {"/vms VM.Audit": 1}; absent = 0 */
	int major;       /* of Proxmox VE; 0 = 9 */
	json_t *opts;    /* {"agent": true} */
	json_t *answers; /* {"/nodes/...": data, or {"!": text, "http": n}}; absent = 595 */
	json_t *rows;    /* {"source": {"key": row}} */
	json_t *unknown; /* {"source": {"prefix": why}} */
	json_t *limited; /* the same */
	json_t *keep;    /* {"source": {"prefix": true}} */
	json_t *asked;   /* ["/nodes/..."] */
	json_t *wants;   /* {"kind": {"key": fields}} */
	json_t *shared;  /* {"tag": {"prod": fields}} */
	json_t *noted;   /* {"VLAN 140 in VLAN group lab": ["lab/vnet/v140"]}: duplicates */
	json_t *there;   /* {"key": true or fields}: NetBox has the object */
	json_t *turns;   /* {"key": enum sb_agent_turn}; absent = ask */
	json_t *agents;  /* {"key": "answered", "absent" or "silent"}: what was reported */
	json_t *marks;   /* {"key": [uptime, config]}: with what a turn was asked for */
	bool silent_is_limit;
	json_t *gone; /* {"key": bool} */
	struct fake_ask *asks, **last_ask;
	struct sb_stage stages[16];
	size_t n_stages;
};

/* One desired object, filled by a module. */
struct sb_want {
	struct sb_stage_run *run;
	const char *key;
	json_t *fields;
};

/* In wants a reference is "kind:key", and an unknown field is {"!": why}; the members "$skip",
 * "$leave" and "$birth" have the values of the setters that do not set a field. */

/** A cluster whose token has all privileges; the options of the modules have their defaults. */
struct sb_stage_run *fake_run_create(void);
void fake_run_destroy(struct sb_stage_run *run);

/** Set the answer to a path; data is JSON text with ' instead of ". */
void fake_answer(struct sb_stage_run *run, const char *path, const char *data);
void fake_refuse(struct sb_stage_run *run, const char *path, const char *text);

/** Put a row; row is JSON text as in fake_answer(). */
void fake_row(struct sb_stage_run *run, const char *source, const char *key, const char *row);

void fake_option(struct sb_stage_run *run, const char *name, bool value);

/** Load a module; fake_stage() finds its stages by name. */
void fake_load(struct sb_stage_run *run, sb_module_entry_fn *entry);
const struct sb_stage *fake_stage(const struct sb_stage_run *run, const char *name);

/** Run the fetch of a stage and deliver all answers; run its diff. A failure of the stage fails the
 * test. */
void fake_fetch(struct sb_stage_run *run, const char *stage);
void fake_diff(struct sb_stage_run *run, const char *stage);

/** Deliver all answers, in the order of the requests, until no request is outstanding. */
int fake_deliver(struct sb_stage_run *run, struct sb_error *err);

/** Borrowed; NULL = it does not exist. */
const json_t *fake_get_row(const struct sb_stage_run *run, const char *source, const char *key);
const json_t *fake_want(const struct sb_stage_run *run, const char *kind, const char *key);

/** One field of a want as text, "" when it is not set; values other than strings as JSON. Borrowed
 * until the next call. */
const char *fake_field(const struct sb_stage_run *run, const char *kind, const char *key,
		       const char *field);

bool fake_is_unknown(const struct sb_stage_run *run, const char *source, const char *prefix);
bool fake_is_kept(const struct sb_stage_run *run, const char *source, const char *prefix);
bool fake_was_asked(const struct sb_stage_run *run, const char *path);
