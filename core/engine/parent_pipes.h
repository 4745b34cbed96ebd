/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes to and from a job, its clock, its end. */
#pragma once

#include "engine/parent_state.h"

/** One more line for the job. */
int sb_parent_say(struct sb_parent *parent, const json_t *line, struct sb_error *err);

/** Watch the clock and the stop flag, move bytes both ways, wait at most timeout_ms. */
void sb_parent_turn(struct sb_parent *parent, int timeout_ms);

/** Kill the job for a reason; the first reason stays. */
void sb_parent_doom(struct sb_parent *parent, const struct sb_error *why);
