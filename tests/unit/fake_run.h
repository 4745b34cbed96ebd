/* SPDX-License-Identifier: Apache-2.0 */
/* A run without engine: answers come from a map, rows and wants are JSON that a test reads. */
#pragma once

#include "stagebox/guest.h"

struct fake_ask;

struct sb_run {
	const char *endpoint, *site, *name, *vlan_group, *device_name;
	bool is_cluster, no_vm_type;
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
	json_t *there;   /* {"key": true}: NetBox has the object */
	json_t *gone;    /* {"key": bool} */
	struct fake_ask *asks, **last_ask;
	struct sb_stage stages[16];
	size_t n_stages;
};

/* One desired object, as a module fills it. */
struct sb_want {
	struct sb_run *run;
	const char *key;
	json_t *fields;
};

/* Wants: a reference is "kind:key", an unknown field {"!": why}; members "$skip", "$leave" and
 * "$birth" hold values that are not fields. */

/** A cluster with all rights, all options of the modules at their defaults. */
struct sb_run *fake_run_create(void);
void fake_run_destroy(struct sb_run *run);

/** The answer to a path; data as JSON text with ' for ". */
void fake_answer(struct sb_run *run, const char *path, const char *data);
void fake_refuse(struct sb_run *run, const char *path, const char *text);

/** Put a row; as above. */
void fake_row(struct sb_run *run, const char *source, const char *key, const char *row);

void fake_option(struct sb_run *run, const char *name, bool value);

/** Load a module: its stages are known by name from then on. */
void fake_load(struct sb_run *run, sb_module_entry_fn *entry);
const struct sb_stage *fake_stage(const struct sb_run *run, const char *name);

/** Fetch one stage with all answers; diff one. They fail the test when the stage does. */
void fake_fetch(struct sb_run *run, const char *stage);
void fake_diff(struct sb_run *run, const char *stage);

/** Deliver all answers, in the order of asking, until nothing is outstanding. */
int fake_deliver(struct sb_run *run, struct sb_error *err);

/** Borrowed; NULL = there is none. */
const json_t *fake_get_row(const struct sb_run *run, const char *source, const char *key);
const json_t *fake_want(const struct sb_run *run, const char *kind, const char *key);

/** Text of one field of a want, "" when there is none; of anything but text its JSON. Borrowed
 * until the next call. */
const char *fake_field(const struct sb_run *run, const char *kind, const char *key,
		       const char *field);

bool fake_is_unknown(const struct sb_run *run, const char *source, const char *prefix);
bool fake_is_kept(const struct sb_run *run, const char *source, const char *prefix);
bool fake_was_asked(const struct sb_run *run, const char *path);
