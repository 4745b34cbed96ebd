/* SPDX-License-Identifier: Apache-2.0 */
/* Modules that ended the jobs of runs: after two runs with one file a module is set aside, until
 * its file changes or `stagebox modules retry` forgets it. The store has a fact for each. */
#pragma once

#include "stagebox/types.h"

/* Runs that one file of a module may end. */
enum { SB_MODULE_FAULTS = 2, SB_MODULE_FAULT_NAME = 96 };

/** The name of the fact of a module, written into name. */
const char *sb_module_fault_name(const char *module, char name[SB_MODULE_FAULT_NAME]);

/** The value of a fact: {"sha256": of the file, "runs", "text": the last cause}. New reference;
 * NULL = nothing is known. @text: NULL is allowed. */
json_t *sb_module_fault_parse(const char *text);

/** The value after one more run that the module ended with this file; a run of another file counts
 * as the first. Caller frees; NULL = out of memory. */
char *sb_module_fault_next(const json_t *before, const char *sha256, const char *text);

/** Is a module set aside? @sha256: of its file now; "" = it is not known, and may be the same. */
bool sb_module_is_aside(const json_t *fault, const char *sha256);
