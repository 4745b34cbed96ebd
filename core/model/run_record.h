/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a run's record, and the outcome of a run as JSON. */
#pragma once

#include "stagebox/error.h"

/*
 * A record (docs/STATUS-JSON.md) has one member "<module>_sync" per module:
 *   {"response": {"stages": [{"resource", "status", "runtime_seconds", "error"?, "limits"?,
 *                             "response": {"counts", "kinds", "quarantine"}}, ...]}}
 * A record that is NULL or has none of these has no stages.
 */

enum { SB_RUN_RECORD_NAME_CHARS = 128 };

/** Receives one stage entry, borrowed, and the name of its module. */
typedef void sb_run_record_fn(void *arg, const char *module, const json_t *entry);

/** Call fn for each stage entry of each module, in the order of the record. */
SB_API void sb_run_record_each(const json_t *record, sb_run_record_fn *fn, void *arg);

/**
 * The stages of a module in a record that is being made; its member is added at the first one.
 *
 * @select  the stages that the user asked for; NULL or empty = all
 * @schema  schema id of the branch that the run writes into; "" = main
 * Borrowed; NULL = out of memory.
 */
json_t *sb_run_record_stages(json_t *record, const char *module, const json_t *select,
			     const char *schema, double seconds);

/** Write the full name of a stage entry, "<module>.<resource>"; "shared" has no module. */
SB_API void sb_run_record_name(char *ret_name, size_t size, const char *module,
			       const json_t *entry);

/** One row per stage: {"stage", "status", "create", "update", "same", "delete", "skipped",
 * "failed", "unknown", "seconds"}. New reference. */
SB_API json_t *sb_run_record_rows(const json_t *record);

/** The sums of a record: {"ok", "changed", "create", "update", "delete", "release", "failed",
 * "skipped", "unknown", "kept", "seconds"}; ok = unchanged objects, kept = gone at the source. The
 * writes of a record with "written" (a job that was stopped) are those of its journal. New
 * reference. */
SB_API json_t *sb_run_record_totals(const json_t *record);

/** Add what rows of the request journal have written to sum: {"create", "update", "delete",
 * "unsettled"} in objects, each once; unsettled = without a known answer. @requests: as in
 * sb_store_run_get(). New reference. */
SB_API json_t *sb_run_record_written(const json_t *requests);

/** The causes of all stages, equal texts merged, most objects first; see docs/STATUS-JSON.md. New
 * reference. */
SB_API json_t *sb_run_record_causes(const json_t *record);

/** Add the counts of all stages to sum, {"create": n, ...}. */
SB_API void sb_run_record_add_counts(const json_t *record, json_t *sum);

/** Add the number of objects by kind to sum, {"vm": n, ...}; kinds with none are left out. @verb:
 * the counter, "create", "update", "delete" or "release". */
SB_API void sb_run_record_add_kinds(const json_t *record, const char *verb, json_t *sum);

/** The error of the run itself; NULL when there is none or a stage reports the same text. Borrowed
 * from record. */
SB_API const char *sb_run_record_error(const json_t *record);

/** {"what": "address", "MAC address", "name" or a module's word, "kind"?, "value", "keys"}: objects
 * that have the same value. @text: "address|10.0.0.10"; for a name its kind: "vm|web01"; a word of
 * a module has a capital letter. New reference, or NULL. */
SB_API json_t *sb_run_record_duplicate(const char *text, json_t *keys);

/* The outcome of a run. */
struct sb_run_outcome {
	int64_t id; /* 0 = no run was begun */
	const char *endpoint, *status;
	int exit_code;
	const json_t *record;       /* NULL = none */
	const struct sb_error *err; /* code 0 = no error */
};

/** {"id", "endpoint", "status", "exit", "totals", "record", "error"?: {"code", "text"}}. New
 * reference. */
SB_API json_t *sb_run_outcome_json(const struct sb_run_outcome *outcome);
