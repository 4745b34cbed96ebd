/* SPDX-License-Identifier: Apache-2.0 */
/* The schedule of requests to NetBox: which ready ops are sent next, and in which batch. */
#pragma once

#include "apply/state.h"

/** Send the next batch. False = none can be sent now. */
bool sb_schedule_start(struct sb_apply *apply);
