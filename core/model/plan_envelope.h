/* SPDX-License-Identifier: Apache-2.0 */
/* The envelope of a plan document: when and by what a plan was made; and the two hashes. */
#pragma once

#include "base/json_hash.h"

/*
 * A plan document (docs/CLI-JSON.md, "Plan") is a pure part with two members beside it:
 *   "envelope": {"target": "main" or {"branch": "<prefix of its name>", "on_conflict", "merge",
 * "keep_days", "wait_s"}, "created": s, "expires": s, "program": "0.2.0", "store"?:
 * "<id>", "run"?: id, "modules": {"<module>": "<SHA-256 of its file>"}, "fingerprints":
 * {"configuration"?:
 * "<SHA-256>"}} "hashes":   {"plan": "<SHA-256>", "document": "<SHA-256>"} The hash "plan" covers
 * the document without these two members: equal states give equal ones. The hash "document" covers
 * {"envelope": ..., "plan": "<hash>"}: it names one document, for an apply, its record, and people
 * who approve it. Anybody can compute both: they show that a file was changed, not who made it.
 */

/* The origin of a plan: its envelope is made from this. */
struct sb_plan_origin {
	int64_t created_s;     /* Unix time at which reading began */
	int64_t lasts_s;       /* how long the plan may be applied */
	const char *program;   /* version of the program */
	const char *conf_hash; /* sb_conf_fingerprint(); NULL or "" = unknown */
	const char *store;     /* its fact SB_STORE_ID; NULL = none, as for a replay */
	int64_t last_run;      /* the newest run of the store before reading began; 0 = none */
	const json_t *branch;  /* the options "branching" of a plan for a branch of NetBox; NULL =
				* for main */
	const json_t *modules; /* {"<module>": SHA-256 of its file}; NULL = none */
};

/** Give a document its envelope and its hashes; those it had are replaced. Returns 0, or
 * SB_E_NOMEM. */
SB_API int sb_plan_document_seal(json_t *doc, const struct sb_plan_origin *origin,
				 struct sb_error *err);

/** Compute both hashes of a document. Returns 0, or SB_E_NOMEM. */
SB_API int sb_plan_document_hashes(const json_t *doc, char ret_plan[SB_JSON_HASH_CHARS + 1],
				   char ret_document[SB_JSON_HASH_CHARS + 1], struct sb_error *err);

/** Check envelope and hashes of a document that was read: types, the target, that there is no
 * floating-point number, and that both hashes are those of the content. Returns 0, SB_E_ARG, or
 * SB_E_NOMEM. */
int sb_plan_envelope_check(const json_t *doc, struct sb_error *err);

/** May the document be applied at this time (Unix, seconds)? Returns 0, or SB_E_REFUSED when it has
 * expired. */
int sb_plan_envelope_check_time(const json_t *doc, int64_t now_s, struct sb_error *err);

/**
 * Check the modules that an apply has loaded: a plan is applied by what made it.
 *
 * @envelope  of the document
 * @loaded    {"<module>": SHA-256 of its file}
 *
 * Returns 0, or SB_E_REFUSED naming the first module that is missing, additional or another file.
 */
int sb_plan_envelope_check_modules(const json_t *envelope, const json_t *loaded,
				   struct sb_error *err);

/**
 * Check the store of a document that has actions on Proxmox VE: which of them were carried out is
 * in the store alone, so that an apply with another one could carry them out twice.
 *
 * @store  id of the store that the apply has; NULL = none
 *
 * Returns 0, or SB_E_REFUSED.
 */
int sb_plan_envelope_check_store(const json_t *envelope, const char *store, struct sb_error *err);

/** Name what differs from when the document was made: array of "program" and "configuration", empty
 * = nothing. New reference; NULL = no memory. origin: program and conf_hash of now. */
json_t *sb_plan_envelope_changes(const json_t *doc, const struct sb_plan_origin *origin);

/** The options "branching" by which a document is applied: those of its envelope. New reference;
 * NULL = it is for main. @envelope: checked */
SB_API json_t *sb_plan_envelope_branch(const json_t *envelope);
