/* SPDX-License-Identifier: Apache-2.0 */
/* The file of --record and --replay: lines of JSON, no secrets. */
#pragma once

#include <stdio.h>

#include "stagebox/error.h"

/** Create the file with its first line. */
int recording_create(const char *path, const json_t *slugs, FILE **ret_file, struct sb_error *err);

/** One line of one endpoint: {"inputs": ...} or an answer. Failures show at the close. */
void recording_write(FILE *file, const char *slug, const json_t *line);
int recording_close(FILE *file, struct sb_error *err);

/** All of it: {"<slug>": {"inputs": {...}, "lines": [...]}} and the slugs in their order. */
int recording_read(const char *path, json_t **ret_slugs, json_t **ret_parts, struct sb_error *err);
