/* SPDX-License-Identifier: Apache-2.0 */
/* The time in which code of a module runs. */
#pragma once

#include "run/run.h"

/** Before a callback of a stage: note its phase, report the stage to the parent, which names it
 * when the job dies, and let the process die when the callback does not return within limits.stage.
 */
void sb_callback_begin(struct sb_stage_run *stage, enum sb_phase phase);

/** After the callback. */
void sb_callback_end(struct sb_stage_run *stage);
