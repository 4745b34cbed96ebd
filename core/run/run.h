/* SPDX-License-Identifier: Apache-2.0 */
/* The state of one job: sessions, snapshot, stages, and the result of diffing. */
#pragma once

#include "base/branch_schema.h"
#include "run/causes.h"
#include "run/diff_state.h"
#include "load/registry.h"
#include "model/home.h"
#include "model/plan.h"
#include "model/snapshot.h"
#include "netbox/client.h"
#include "pve/client.h"
#include "stagebox/reconcile.h"

/* The result of a stage, in the words of the record. */
enum sb_stage_status {
	SB_STAGE_OK,
	SB_STAGE_PARTIAL,
	SB_STAGE_FAILED,
	SB_STAGE_SKIPPED,
};

/* The callback of a stage that runs now. */
enum sb_phase {
	SB_PHASE_NONE,
	SB_PHASE_FETCH,
	SB_PHASE_ANSWER,
	SB_PHASE_GONE,
	SB_PHASE_DIFF,
	SB_PHASE_WANT,
	SB_PHASE_APPLY,
	SB_PHASE_SHOW,
};

/* One stage in a run: its callbacks get it as their handle. */
struct sb_stage_run {
	struct sb_run *run;
	size_t at; /* position in the registry; SB_STAGE_SHARED */
	enum sb_phase phase;
	bool selected, needed;
	bool fetch_started, fetch_done;
	size_t asks;              /* outstanding */
	uint64_t requests;        /* that it sent */
	unsigned depth;           /* of the answer whose callback runs, see struct ask */
	uint64_t rows, row_bytes; /* that it put */
	enum sb_stage_status status;
	struct sb_error why; /* of FAILED, PARTIAL (the smallest key), SKIPPED */
	char why_key[512];   /* of PARTIAL; "" = no single object */
	uint64_t n_reasons;  /* how many reasons made it partial */
	bool is_left_out;    /* why is a left-out field, which any other reason replaces */
	bool is_absent;      /* SKIPPED, because the family does not exist at this endpoint */
	int64_t began_ms, ended_ms;
	bool announced;
	struct sb_scoped *scoped; /* one per row of reads (scoped.h); NULL = not read */
	size_t n_scoped;
};

struct sb_agents;
struct sb_scoped;
struct sb_write_grant;

struct sb_run {
	struct sb_registry *registry; /* borrowed, sealed */
	json_t *conf;                 /* resolved; borrowed */
	json_t *endpoint;             /* borrowed from conf; NULL = NetBox alone */
	const char *slug;             /* of the endpoint; "" = NetBox alone */
	int64_t now_s;                /* unix time */
	int64_t number;               /* of the run in the store, for NetBox's change log */

	/* Borrowed from the session of the job, which sets them after sb_run_create(). */
	struct sb_http *http;
	struct sb_pve *pve; /* NULL = NetBox alone */
	struct sb_netbox *netbox;
	char schema[SB_BRANCH_SCHEMA +
		    1];             /* id of NetBox's branch that the run writes into; "" = main */
	struct sb_error netbox_why; /* why NetBox cannot be read, in the job of a view; code 0 = it
				     * can */
	const char *view_word;      /* of a view; borrowed; NULL = no view */
	char *netbox_instance;      /* the instance id that bootstrap wrote; NULL = not prepared */
	json_t *custom_types; /* name of a custom field of ours -> the object types that carry it
				 in NetBox; NULL = not read, as in tests: all */
	char *netbox_user;
	char inventory_noted[32];  /* the home that bootstrap chose; "" = none */
	char inventory_former[32]; /* the one before, which a move has not removed yet; "" = none */
	enum sb_inventory inventory; /* the home of kinds without a model (model/home.h) */
	char inventory_why[256];     /* why there is none; "" = there is one */
	json_t *home_faults; /* kind -> why its part of the home cannot be used; NULL = {} */
	json_t *home_types;  /* kind -> the object type of its custom objects; NULL = {} */

	struct sb_snapshot *snap;
	struct sb_stage_run *stages; /* one per stage of the registry */
	struct sb_stage_run shared_stage;
	struct sb_diff *diff;
	json_t *sent; /* key -> flat values of updates whose answer an earlier run did not get; NULL
			 = none */
	json_t *refusals; /* what NetBox refused, by kind, key, field, value (refusal.c); NULL = {}
			   */
	json_t *limits;   /* stage -> [{"code","text","parts"}]: sources that our token may not read
			   */
	int64_t shared_limit;      /* shared objects of a kind that may be created today; 0 = no
				    * limit */
	const json_t *shared_made; /* {"<kind>": n}: created today by earlier runs; borrowed */
	const struct sb_write_grant *grant; /* to write to Proxmox VE (grant.h); borrowed; NULL =
					     * this job may not */
	json_t *acted;  /* stage -> what became of its actions: [{"key", "verb", "state", "words",
			 * "calls"}] */
	json_t *dead;   /* modules of which no code runs (dead.h) */
	json_t *causes; /* stage -> causes noted outside of a diff pass; see sb_run_note() */
	json_t *notes;  /* stage -> lines and numbers noted there (notes.c) */
	uint64_t max_rows, max_row_bytes, max_requests; /* of a stage; 0 = no limit */
	struct sb_agents *agents;                       /* questions to guest agents (agents.h) */
	bool in_pass;      /* a diff pass runs: its causes are part of its result */
	int failed_rc;     /* out of memory in a callback that cannot return it */
	size_t reads_open; /* NetBox lists not finished */
	bool looked_hidden;
	struct sb_policy_row *policies; /* policies.c */
	size_t n_policies;
	struct sb_error
		write_blocked;    /* something in front of NetBox refuses writes; code 0 = no */
	uint64_t last_request;    /* the number of the last write to NetBox that the run began */
	unsigned in_flight;       /* level of core/apply/pace.h after applying; 0 = no sb_apply() */
	struct sb_events *events; /* borrowed; NULL in tests */
	size_t announced;         /* the stage of the last event stage_begin */
};

/** Does this NetBox support the kind? See sb_kind_available(). */
bool sb_run_has_kind(const struct sb_run *run, const char *kind);

/** Why NetBox has no home for a kind (model/home.h); NULL = it has one, or the kind needs none. */
const char *sb_run_lacks_home(const struct sb_run *run, const char *kind);

/** The object type of the kind's objects in this NetBox, as in its change log: "dcim.device". NULL
 * = they are in a field of their parents, and in no change log of their own. */
const char *sb_run_object_type(const struct sb_run *run, const struct sb_kind *kind);

/** Can this field of the kind be written in this NetBox? See sb_field_writable(). */
bool sb_run_takes_field(const struct sb_run *run, const char *kind, const char *field);

/** Does this NetBox have a custom field of ours on a kind? */
bool sb_run_has_custom(const struct sb_run *run, const char *name, const struct sb_kind *kind);

/** Note what the updates among the open requests of earlier runs sent (an array of the task;
 * borrowed). */
void sb_run_note_sent(struct sb_run *run, const json_t *open_requests);

/** Did such an update send this value? NetBox may have committed it, and then no person did. */
bool sb_run_has_sent(const struct sb_run *run, const char *key, const struct sb_kind_field *field,
		     const json_t *value);

/** Name of a stage position, "shared" for SB_STAGE_SHARED. Borrowed from the registry. */
const char *sb_run_stage_name(const struct sb_run *run, size_t stage);

/** The position of the stage with this name; SB_STAGE_SHARED for "shared", and for a name that is
 * not one of the registry. */
size_t sb_run_find_stage(const struct sb_run *run, const char *name);

/** State of a stage position, also of SB_STAGE_SHARED. Valid until the run is destroyed. */
struct sb_stage_run *sb_run_stage(struct sb_run *run, size_t stage);

/** Note why the result of a stage is incomplete: it becomes partial, unless it is already worse.
 * The reason of the smallest key is kept (copied), those without a key first; all are counted and
 * listed as causes. */
void sb_run_partial(struct sb_run *run, size_t stage, const struct sb_error *why);

/** As sb_run_partial() for one object, or the part of a collection below it.
 * @why  without the key, see sb_cause_note() */
void sb_run_partial_object(struct sb_run *run, size_t stage, enum sb_effect effect, const char *key,
			   const struct sb_error *why);

/** Note why an object was left out, without a consequence for the status of its stage. */
void sb_run_note(struct sb_run *run, size_t stage, enum sb_effect effect, const char *key,
		 const struct sb_error *why);

/** The causes of a stage, see sb_causes_list(). New reference. */
json_t *sb_run_causes(struct sb_run *run, size_t stage);

/** Skip the stage at a position when one of its hard predecessors has no result. True = skipped. */
bool sb_run_skip_after_broken(struct sb_run *run, size_t i);

/** Note why a stage failed (copied), unless it was skipped before. Of several reasons the first in
 * the order of their texts is kept. */
void sb_run_fail_stage(struct sb_run *run, size_t stage, const struct sb_error *why);

/** Report to the parent that the job waits until a time (unix seconds), and for what; nothing when
 * that time has passed. */
void sb_run_announce_wait(struct sb_run *run, int64_t until_s, const char *what);

/** Report to the parent which stage's code runs next, so that it can name the stage of a crash. */
void sb_run_announce(struct sb_run *run, size_t stage);
