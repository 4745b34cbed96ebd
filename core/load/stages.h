/* SPDX-License-Identifier: Apache-2.0 */
/* Checking and sorting the stages of a registry. */
#pragma once

#include "load/registry.h"

/** Are the kinds, reads, writes and actions of all stages possible? Kinds of modules that are not
 * in the registry are not known. Returns 0, or SB_E_CONFIG with module, stage and what is wrong. */
int sb_stages_check(const struct sb_registry *registry, struct sb_error *err);

/** Are the kinds, reads, writes and actions of all stages possible? Kinds of modules that are not
 * in the registry are not known. SB_E_CONFIG names module, stage and what is wrong. */
int sb_stages_check(const struct sb_registry *registry, struct sb_error *err);

/** Call once, after the last module was started: check kinds and reads, sort stages (Kahn, ties by
 * name), refuse further ones. Returns 0; SB_E_CONFIG with the module and the reason (a cycle is
 * printed); or SB_E_NOMEM. After a failure the registry can only be destroyed. */
SB_API int sb_registry_seal(struct sb_registry *registry, struct sb_error *err);
