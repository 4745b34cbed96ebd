/* SPDX-License-Identifier: Apache-2.0 */
/* A module on the real engine: the test scripts what the servers answer, lets the engine fetch or
 * diff one stage, and checks the rows and the wanted objects. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "stagebox/guest.h"
#include "stagebox/json.h"

/* Each fetch and each diff is a run of its own, which begins with these rows and leaves its own
 * here. Texts of JSON have ' instead of ". */
struct module_run {
	/* The input of the next run. */
	sb_module_entry_fn *entry;
	const char *site, *name, *vlan_group, *device_name, *cluster_name;
	bool is_cluster, no_vm_type, no_custom_fields;
	int major;          /* of Proxmox VE; 0 = 9 */
	const char *netbox; /* its version; NULL = 4.7.3 */
	int64_t now_s;      /* of the next runs */
	unsigned slow_ms;   /* what an answer that is an error takes */
	json_t *may;        /* {"/vms VM.Audit": 1}; 0 = not there, although it is held above */
	json_t *opts;       /* options that are set: {"agent": true} */
	json_t *answers;    /* {"/nodes/...": data, or {"!": text}}; absent = 595 */
	json_t *memory;     /* of agents (model/agent_turn.h) */
	json_t *objects;    /* {"vm": [row]}: what NetBox has */

	/* The snapshot: what a run leaves, the next one finds. */
	json_t *rows;    /* {"source": {"key": row}} */
	json_t *unknown; /* {"source": {"prefix": why}} */
	json_t *limited; /* the same */
	json_t *keep;    /* {"source": {"prefix": true}} */
	json_t *gone;    /* {"key": bool} */

	/* Results of all runs. */
	json_t *asked;  /* ["/nodes/..."] */
	json_t *agents; /* {"key": "answered", "absent" or "silent"}: what it reported */
	json_t *marks;  /* {"key": [uptime, config]}: with what it asked for a turn */
	json_t *wants;  /* {"kind": {"key": fields}} */
	json_t *shared; /* {"tag": {"prod": fields}}, by the last part of the key */
	json_t *noted;  /* {"VLAN 140 in vlan group lab": ["lab/vnet/v140", ...]}: duplicates */
};

/* In wants a reference is "kind:key", to a shared object "kind:last part", and an unknown field is
 * {"!": why}; "$skip", "$leave", "$partial" and "$birth" are what the setters without a field got,
 * "(was)" and "(evidence)" lists, "<field>$" the candidates for a field, a worse one with "!". */

/** A cluster "prod1" whose token has all privileges. */
struct module_run *module_create(sb_module_entry_fn *entry);
void module_destroy(struct module_run *run);

/** Set the answer to a path; data is JSON. */
void module_answer(struct module_run *run, const char *path, const char *data);

/** Let a path fail. @text: "HTTP 403 reason"; any other text is a failure of the network */
void module_refuse(struct module_run *run, const char *path, const char *text);

void module_row(struct module_run *run, const char *source, const char *key, const char *row);
void module_option(struct module_run *run, const char *name, bool value);

/** NetBox has an object. @key: of ours; "" = it is not ours; @row: as in NetBox's answers */
void module_object(struct module_run *run, const char *kind, const char *key, const char *row);

/** Let the engine fetch one stage; what it reads of other stages are the rows. A failure fails the
 * test. */
void module_fetch(struct module_run *run, const char *stage);

/** Let the engine diff the rows of all stages, those of the module cluster before those of another
 * one, with its questions to NetBox. A stage that fails or is skipped, and an account that does not
 * balance, fail the test. */
void module_diff(struct module_run *run);

/** The same when the stage may fail. Returns 0, or the code of its failure with err. */
int module_try_fetch(struct module_run *run, const char *stage, struct sb_error *err);
int module_try_diff(struct module_run *run, const char *stage, struct sb_error *err);

/** Let a stage prove for these keys (ends with NULL) whether their objects are gone. */
void module_prove(struct module_run *run, const char *stage, const char *const *keys);

/** Call fn with the handle of a stage, outside of its callbacks. */
void module_with(struct module_run *run, const char *stage,
		 void (*fn)(struct sb_stage_run *handle, void *arg), void *arg);

/** Borrowed; NULL = it does not exist. */
const json_t *module_get_row(const struct module_run *run, const char *source, const char *key);
const json_t *module_want(const struct module_run *run, const char *kind, const char *key);

/** One field of a wanted object as text, "" when it is not set; values other than strings as JSON.
 * Borrowed until the next call. */
const char *module_field(const struct module_run *run, const char *kind, const char *key,
			 const char *field);

bool module_is_unknown(const struct module_run *run, const char *source, const char *prefix);
bool module_is_kept(const struct module_run *run, const char *source, const char *prefix);
bool module_was_asked(const struct module_run *run, const char *path);

/** The member of an object; an empty object is made if there is none. Borrowed. */
json_t *module_member(json_t *object, const char *name);

/** Text of JSON with ' instead of ". New reference; a text that is not valid fails the test. */
json_t *module_parse(const char *text);
