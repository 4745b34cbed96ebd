/* SPDX-License-Identifier: Apache-2.0 */
/* The source side of a snapshot: rows by key, and what could not be read. */
#pragma once

#include "stagebox/module.h"

/**
 * Put one row. A second row of one key replaces the first.
 *
 * @source  name of the collection, made by its module: "node", "guest-disk"
 * @row     object, taken also on failure
 * @key     printf template of the key; by custom "<endpoint>/...", as in NetBox
 */
SB_API int sb_row_put(struct sb_run *run, const char *source, json_t *row_take,
		      struct sb_error *err, const char *key, ...) SB_PRINTF(5, 6);

/** A copy of one row (new reference), or NULL when there is none. */
SB_API json_t *sb_row_get(const struct sb_run *run, const char *source, const char *key);

typedef int sb_row_fn(struct sb_run *run, const char *key, const json_t *row, void *arg,
		      struct sb_error *err);

/** Call fn for each row whose key starts with prefix, in key order; a negative return stops and is
 * returned. fn may put rows, also of this source (they are not visited). */
SB_API int sb_rows_each(struct sb_run *run, const char *source, const char *prefix, sb_row_fn *fn,
			void *arg, struct sb_error *err);

/** The number of rows whose keys start with prefix. */
SB_API size_t sb_rows_count(const struct sb_run *run, const char *source, const char *prefix);

/**
 * The part of a collection below prefix could not be read whole: rows that were put count, the
 * absence of a row there means nothing. What NetBox has there is kept and counted unknown.
 *
 * @prefix  "" = the whole collection; else "<key of the parent>/" or a full key
 * @why     copied into the record
 *
 * Returns 0, or SB_E_NOMEM.
 */
SB_API int sb_rows_unknown(struct sb_run *run, const char *source, const char *prefix,
			   const struct sb_error *why);

/**
 * The token may not read the part below prefix, and Proxmox VE says so where it lists the token's
 * rights: a limit that somebody set, not a failure. What NetBox has there is kept and counted
 * unknown, as by sb_rows_unknown(), but the stage is not partial for it: its record names each
 * limit once ("limits"), with how many parts it is about.
 *
 * @why  the same text for all parts of one limit: what is missing, and what to do
 *
 * Returns 0, or SB_E_NOMEM.
 */
SB_API int sb_rows_limited(struct sb_run *run, const char *source, const char *prefix,
			   const struct sb_error *why);

/**
 * Declare that a collection was read, even if it turns out to have no row. A collection of which
 * nothing was ever put or declared is unknown, not empty.
 */
SB_API int sb_rows_read(struct sb_run *run, const char *source);

/**
 * Below prefix nothing is to be expected now and that is no reason for alarm (addresses of a
 * guest that does not run): what NetBox has there is kept and counted same.
 */
SB_API int sb_rows_keep(struct sb_run *run, const char *source, const char *prefix);

/** The answer of prove_gone: is key gone at the source, beyond doubt? */
SB_API int sb_gone(struct sb_run *run, const char *key, bool is_gone);
