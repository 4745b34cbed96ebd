/* SPDX-License-Identifier: Apache-2.0 */
/* The source side of a snapshot: rows by key, and which parts could not be read. A key or prefix
 * that is not UTF-8 is SB_E_ARG and fails the stage. */
#pragma once

#include "stagebox/module.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Put one row. A second row with the same key replaces the first.
 *
 * @source  name of the collection, made by its module: "node", "guest-disk"
 * @row     object, taken also on failure
 * @key     printf template of the key; by convention "<endpoint>/...", as in NetBox
 *
 * Returns 0, SB_E_NOMEM, or SB_E_ARG for a key that is too long, not UTF-8 or of another endpoint,
 * and for a row that is not an object; SB_E_REFUSED for a row above limits.stage_rows or
 * limits.stage_mib, which fails the stage. A row above 1 MiB is not put: its key is unknown then,
 * as by sb_rows_unknown().
 */
SB_API int sb_row_put(struct sb_stage_run *stage, const char *source, json_t *row_take,
		      struct sb_error *err, const char *key, ...) SB_PRINTF(5, 6);

/** The time at which the run began, in unix seconds: the snapshot is of then. */
SB_API int64_t sb_run_time(const struct sb_stage_run *stage);

/** A copy of one row (new reference), or NULL when the row does not exist. */
SB_API json_t *sb_row_get(const struct sb_stage_run *stage, const char *source, const char *key);

typedef int sb_row_fn(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
		      struct sb_error *err);

/** Call fn for each row whose key starts with prefix, in key order; a negative return value of fn
 * stops the loop and is returned. fn may put rows; new rows of this source are not visited. */
SB_API int sb_rows_each(struct sb_stage_run *stage, const char *source, const char *prefix,
			sb_row_fn *fn, void *arg, struct sb_error *err);

/** The number of rows whose keys start with prefix. */
SB_API size_t sb_rows_count(const struct sb_stage_run *stage, const char *source,
			    const char *prefix);

/**
 * Declare that the part of a collection below prefix is incomplete: rows that were put are used,
 * but a missing row there does not mean a vanished object. NetBox's objects there are kept and
 * counted unknown.
 *
 * @prefix  "" = the whole collection; else "<key of the parent>/" or a full key
 * @why     copied into the record as a cause of the object that prefix names; without its key and
 * what else differs between objects, because equal causes are one with the number of objects
 *
 * Returns 0, or SB_E_NOMEM.
 */
SB_API int sb_rows_unknown(struct sb_stage_run *stage, const char *source, const char *prefix,
			   const struct sb_error *why);

/**
 * Declare that the part below prefix is not read for a lasting reason that a person chose or
 * already knows, so that this is not a failure: the token may not read it, according to Proxmox
 * VE's own list of the token's privileges, or a guest agent has been silent for long. NetBox's
 * objects there are kept and counted unknown, as by sb_rows_unknown(), but the stage does not
 * become partial: its record lists each limit once ("limits"), with the number of affected parts.
 *
 * @why  the same text for all parts of one limit: the cause, and what to do
 *
 * Returns 0, or SB_E_NOMEM.
 */
SB_API int sb_rows_limited(struct sb_stage_run *stage, const char *source, const char *prefix,
			   const struct sb_error *why);

/* How much of a part of a collection is known. */
enum sb_rows_known {
	SB_ROWS_COMPLETE, /* a missing row is a missing object */
	SB_ROWS_PARTIAL,  /* parts of it are unknown or limited */
	SB_ROWS_UNKNOWN,  /* it could not be read, or was never declared read */
	SB_ROWS_KEPT,     /* no rows are expected: sb_rows_keep() */
	SB_ROWS_LIMITED,  /* it is not read for a lasting reason: sb_rows_limited() */
};

/**
 * How much is known of a collection, also of one that another stage put: call it after the stages
 * in after have fetched, from an answer or from diff.
 *
 * @prefix   "" = the whole collection; else "<key of the parent>/" or a full key
 * @ret_why  the reason unless it is complete or kept; of several that of the smallest key
 */
SB_API enum sb_rows_known sb_rows_state(const struct sb_stage_run *stage, const char *source,
					const char *prefix, struct sb_error *ret_why);

/**
 * Declare that a collection was read, even if it has no row. A collection is unknown, not empty,
 * when no row was ever put and nothing was declared.
 */
SB_API int sb_rows_read(struct sb_stage_run *stage, const char *source);

/**
 * Declare that no rows can be expected below prefix now, which is normal (addresses of a guest that
 * does not run): NetBox's objects there are kept and counted same.
 */
SB_API int sb_rows_keep(struct sb_stage_run *stage, const char *source, const char *prefix);

/**
 * Declare that the rows below prefix are what the object itself reported about its addresses, which
 * is incomplete while it starts: an interface that reports no address of an IP version any more is
 * believed after prune.address_runs complete runs and prune.address_grace only. Until then NetBox's
 * objects there are kept and counted same. Returns 0, or SB_E_NOMEM.
 */
SB_API int sb_rows_reported(struct sb_stage_run *stage, const char *source, const char *prefix);

/** The answer of prove_gone: is it proven that key does not exist at the source any more? */
SB_API int sb_gone(struct sb_stage_run *stage, const char *key, bool is_gone);

#ifdef __cplusplus
}
#endif
