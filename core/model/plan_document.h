/* SPDX-License-Identifier: Apache-2.0 */
/* The plan document: what the jobs of several endpoints planned, as one JSON object, and back. */
#pragma once

#include "stagebox/error.h"

/*
 * The document (docs/CLI-JSON.md, "Plan"):
 *   {"version": 1, "netbox": "<instance id of NetBox>", "shared": [op, ...],
 *    "endpoints": [{"slug", "ops", "stages", "conflicts", "kept"?, "similar"?,
 *     "names"?, "refs"?}, ...]}
 * It holds no time, no path and no run id: equal states give equal bytes.
 */

enum { SB_PLAN_DOCUMENT_HASH_CHARS = 64 };

/**
 * Merge the parts of several endpoints into one document: endpoints in the order of their slugs,
 * equal shared ops once, times left out. A shared object that two endpoints define differently
 * becomes a conflict of the later endpoint.
 *
 * @parts    {"<slug>": {"netbox", "ops", "shared", "stages", "conflicts", ...}}; borrowed
 * @ret_doc  new reference, set on success only
 *
 * Returns 0; SB_E_REFUSED when the parts are for different instances of NetBox; SB_E_NOMEM.
 */
SB_API int sb_plan_document_create(const json_t *parts, json_t **ret_doc, struct sb_error *err);

/** Write the SHA-256 of the document (compact JSON, sorted keys) in lower-case hex; the order of
 * members does not change it. Returns 0, or SB_E_NOMEM. */
SB_API int sb_plan_document_hash(const json_t *doc, char ret_hash[SB_PLAN_DOCUMENT_HASH_CHARS + 1],
				 struct sb_error *err);

/** Write compact JSON with sorted keys and a newline to a temporary file beside path, then rename
 * it: path holds the old file or the whole new one. Returns 0, or SB_E_STATE. */
SB_API int sb_plan_document_write(const json_t *doc, const char *path, struct sb_error *err);

/** Read a file and check its shape. *ret_doc: new reference, set on success only. Returns 0, or
 * SB_E_ARG when the file cannot be read, is not a plan, or has another version. */
SB_API int sb_plan_document_read(const char *path, json_t **ret_doc, struct sb_error *err);

/** The part of one endpoint, as a job takes it: {"endpoint", "netbox", "ops", "shared", ...}. New
 * reference to a shallow copy; NULL when the document does not have this endpoint. */
SB_API json_t *sb_plan_document_part(const json_t *doc, const char *slug);

/** Count ops and stages: {"create", "update", "delete", "conflicts", "skipped", "unknown"}. New
 * reference; NULL when out of memory. */
SB_API json_t *sb_plan_document_summary(const json_t *doc);

/** The exit code of a plan by its summary: SB_EXIT_CONFLICTS before SB_EXIT_CHANGES, because people
 * must decide conflicts; else SB_EXIT_OK. */
SB_API int sb_plan_document_exit(const json_t *summary);

/** The answer to a request for a plan: {"hash", "summary", "plan"}, where "plan" is doc itself. New
 * reference, set on success only. Returns 0, or SB_E_NOMEM. */
SB_API int sb_plan_document_answer(json_t *doc, json_t **ret_answer, struct sb_error *err);
