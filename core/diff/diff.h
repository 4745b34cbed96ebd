/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over all needed stages, repeated while there are questions. */
#pragma once

#include "run/run.h"

int sb_diff_all(struct sb_run *run, struct sb_error *err);
