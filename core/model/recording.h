/* SPDX-License-Identifier: Apache-2.0 */
/* The file of --record and --replay: lines of JSON without secrets. */
#pragma once

#include <stdio.h>

#include "stagebox/error.h"

/*
 * The file (docs/CLI-JSON.md, "Recording"):
 *   {"stagebox_record": 1, "endpoints": [slug, ...]}          the first line
 *   {"endpoint": slug, "inputs": {...}}                       once for each endpoint
 *   {"endpoint": slug, "line": {...}}                         one for each answer
 */

/** Create the file and write its first line. slugs: array of strings, borrowed. *ret_file is closed
 * by sb_recording_close(). Returns 0, or SB_E_STATE when the file cannot be created. */
SB_API int sb_recording_create(const char *path, const json_t *slugs, FILE **ret_file,
			       struct sb_error *err);

/** Write one line of one endpoint: line is {"inputs": ...} or an answer, borrowed. A failed write
 * is reported by sb_recording_close(). */
SB_API void sb_recording_write(FILE *file, const char *slug, const json_t *line);

/** Close the file. Returns 0, or SB_E_STATE when any write failed; file is closed either way. */
SB_API int sb_recording_close(FILE *file, struct sb_error *err);

/**
 * Read a recording.
 *
 * @ret_slugs  slugs in the order of the first line; new reference, set on success only
 * @ret_parts  {"<slug>": {"inputs": {...}, "lines": [...]}}; new reference, set on success only
 *
 * Returns 0, or SB_E_ARG with the number of the line that is not part of a recording.
 */
SB_API int sb_recording_read(const char *path, json_t **ret_slugs, json_t **ret_parts,
			     struct sb_error *err);
