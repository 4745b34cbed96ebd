/* SPDX-License-Identifier: Apache-2.0 */
/* A module that ends its job before the job has written: the run goes on without the module. */
#pragma once

#include "parent/state.h"

/**
 * After a job has exited: must it be started once more, without the module whose stage ran last?
 *
 * Yes when it crashed, exited, used up memory, processor time or limits.stage, or sent what is no
 * event, while a stage was under way and before its first write. Then the module is added to
 * parent->dead with the cause, and the state of the job is reset. No when it ended by itself, was
 * stopped, killed from outside or late, and when its answers are recorded.
 */
bool sb_parent_go_without(struct sb_parent *parent);

/** After the last job of a run that ended by itself: forget the faults of modules that ran in it,
 * unless they are set aside. */
void sb_parent_note_sound(struct sb_parent *parent);
