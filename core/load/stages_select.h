/* SPDX-License-Identifier: Apache-2.0 */
/* Stages that a selection of resources names. */
#pragma once

#include "load/registry.h"

/**
 * Which stages a selection of resources names.
 *
 * @words      array of resource names: short or full name of a stage, "full"; empty = all
 * @selected   one flag per stage: ops of this stage are wanted
 * @needed     one flag per stage: fetched and diffed (selected and their predecessors)
 *
 * SB_E_ARG names an unknown word and what there is ("did you mean").
 */
SB_API int sb_registry_select(const struct sb_registry *registry, const json_t *words,
			      bool *selected, bool *needed, struct sb_error *err);
