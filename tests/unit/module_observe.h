/* SPDX-License-Identifier: Apache-2.0 */
/* Watches calls of the engine: the functions are the real ones, and the linker (--wrap) puts an
 * observer before each. */
#pragma once

#include "module_run.h"

/** From now on what a module wants, and what it reports of agents, is noted in run; NULL =
 * nowhere. */
void module_observe(struct module_run *run);
