/* SPDX-License-Identifier: Apache-2.0 */
/* The plan document: parts of several endpoints as one file, and back. */
#pragma once

#include "out.h"

enum { PLANDOC_HASH_CHARS = 64 };

/**
 * One document of the parts of several endpoints: in the order of their names, shared ops once,
 * times left out. A shared object that two endpoints want differently is a conflict.
 *
 * @parts  {"<slug>": what its job planned}
 */
int plandoc_create(const json_t *parts, json_t **ret_doc, struct sb_error *err);

/** sha256 of the canonical compact text, in hex. */
int plandoc_hash(const json_t *doc, char ret_hash[PLANDOC_HASH_CHARS + 1], struct sb_error *err);

/** Canonical compact text and a newline, to a temporary name, then renamed. */
int plandoc_write(const json_t *doc, const char *path, struct sb_error *err);

/** Read and check: SB_E_ARG when it is no plan of ours. */
int plandoc_read(const char *path, json_t **ret_doc, struct sb_error *err);

/** What a job is given of it: {"endpoint","netbox","ops","shared",...} of this endpoint. NULL = it
 * has none. */
json_t *plandoc_part(const json_t *doc, const char *slug);

/** {"create","update","delete","conflicts","skipped","unknown"} */
json_t *plandoc_summary(const json_t *doc);

/** For people: grouped, with signs, counts at the end. */
void plandoc_text(struct out *out, const json_t *doc);
