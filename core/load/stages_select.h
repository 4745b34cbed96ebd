/* SPDX-License-Identifier: Apache-2.0 */
/* Selecting stages by resource names. */
#pragma once

#include "load/registry.h"

/**
 * Select stages by resource names.
 *
 * @words      array of resource names, in any case: short or full name of a stage, "full",
 *             "<module>.full"; empty = all
 * @selected   one flag per stage: ops of this stage are selected
 * @needed     one flag per stage: fetched and diffed (selected and their predecessors)
 *
 * Returns 0, or SB_E_ARG with the unknown word and a suggestion or the valid words.
 */
SB_API int sb_registry_select(const struct sb_registry *registry, const json_t *words,
			      bool *selected, bool *needed, struct sb_error *err);

/** Unselect the stages of other modules than these (an array of their names), and find out anew
 * what is needed. */
void sb_registry_select_modules(const struct sb_registry *registry, const json_t *modules,
				bool *selected, bool *needed);
