/* SPDX-License-Identifier: Apache-2.0 */
/* Checking and sorting the stages of a registry. */
#pragma once

#include "load/registry.h"

/** Call after the last module: check kinds and reads, sort stages (Kahn, ties by name), refuse
 * further ones. Returns 0, or SB_E_CONFIG with the module and the reason (a cycle is printed), or
 * SB_E_NOMEM. */
SB_API int sb_registry_seal(struct sb_registry *registry, struct sb_error *err);

/** Release the positions of an entry. */
void sb_stage_entry_finish(struct sb_stage_entry *entry);
