/* SPDX-License-Identifier: Apache-2.0 */
/* The plan document: what the jobs of several endpoints planned, as one JSON object, and back. */
#pragma once

#include "model/plan_envelope.h"

/*
 * The document (docs/CLI-JSON.md, "Plan"):
 *   {"version": 2, "netbox": "<instance id of NetBox>", "shared": [op, ...],
 *    "endpoints": [{"slug", "identity"?, "ops", "stages", "conflicts", "kept"?, "similar"?,
 *     "names"?, "refs"?}, ...], "envelope": {...}, "hashes": {...}}
 * Its pure part, the document without "envelope" and "hashes" (plan_envelope.h), holds no time, no
 * path, no run id and no floating-point number: equal states give equal bytes.
 */

enum { SB_PLAN_DOCUMENT_VERSION = 2 };

/**
 * Merge the parts of several endpoints into the pure part of a document: endpoints in the order of
 * their slugs, equal shared ops once, times left out, decimals as texts. A shared object that two
 * endpoints define differently becomes a conflict of the later endpoint.
 *
 * @parts    {"<slug>": {"netbox", "ops", "shared", "stages", "conflicts", ...}}; borrowed
 * @ret_doc  new reference, set on success only
 *
 * Returns 0; SB_E_REFUSED when the parts are for different instances of NetBox; SB_E_NOMEM.
 */
SB_API int sb_plan_document_create(const json_t *parts, json_t **ret_doc, struct sb_error *err);

/** Write compact JSON with sorted keys and a newline to a temporary file beside path, then rename
 * it: path holds the old file or the whole new one. Returns 0, or SB_E_STATE. */
SB_API int sb_plan_document_write(const json_t *doc, const char *path, struct sb_error *err);

/** Read a file and check its shape, its target and its hashes. *ret_doc: new reference, set on
 * success only. Returns 0, SB_E_ARG when the file cannot be read, is not a plan, has another
 * version, is for another target, or was changed since it was made; or SB_E_NOMEM. */
SB_API int sb_plan_document_read(const char *path, json_t **ret_doc, struct sb_error *err);

/** The part of one endpoint, as a job takes it: {"endpoint", "netbox", "ops", "shared", "envelope",
 * "hashes", ...}. New reference to a shallow copy; NULL when the document does not have this
 * endpoint. */
SB_API json_t *sb_plan_document_part(const json_t *doc, const char *slug);

/** The modules whose stages have ops in the part of an endpoint: array of their names, each once.
 * New reference. */
SB_API json_t *sb_plan_document_modules(const json_t *part);

/** Has the part of an endpoint actions on Proxmox VE? NULL = no. */
SB_API bool sb_plan_document_acts(const json_t *part);

/** Count ops and stages: {"create", "update", "delete", "conflicts", "skipped", "unknown"}. New
 * reference; NULL when out of memory. */
SB_API json_t *sb_plan_document_summary(const json_t *doc);

/** The exit code of a plan by its summary: SB_EXIT_CONFLICTS before SB_EXIT_CHANGES, because people
 * must decide conflicts; else SB_EXIT_OK. */
SB_API int sb_plan_document_exit(const json_t *summary);

/** The answer to a request for a plan: {"hash", "hashes", "summary", "plan"}, where "plan" is doc
 * itself, which has its hashes, and "hash" that of its pure part. New reference, set on success
 * only. Returns 0, or SB_E_NOMEM. */
SB_API int sb_plan_document_answer(json_t *doc, json_t **ret_answer, struct sb_error *err);
