/* SPDX-License-Identifier: Apache-2.0 */
/* The host of a job: the process that it is not. Takes the place of fork, pipes and clock. */
#pragma once

#include "world.h"

/** The world that the engine sees from now on; NULL = none. */
void sim_host_enter(struct sim_world *world);

/** Exchange messages between job and parent. Returns whether the job has something to read. */
bool sim_host_turn(struct sim_world *world);

/** Kill the job; with_parent: nothing that the parent has not committed yet is kept. */
void sim_host_kill(struct sim_world *world);
