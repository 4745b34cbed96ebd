/* SPDX-License-Identifier: Apache-2.0 */
/* The order of stages. */
#pragma once

#include "load/registry.h"

/** After the last module: kinds checked, stages ordered (Kahn, ties by name). A cycle is printed.
 */
SB_API int sb_registry_seal(struct sb_registry *registry, struct sb_error *err);

void sb_stage_entry_finish(struct sb_stage_entry *entry);
