/* SPDX-License-Identifier: Apache-2.0 */
/* The clock: the only place where the program asks the system for the time. */
#pragma once

#include <stdint.h>

#include "stagebox/types.h"

/** Milliseconds of CLOCK_MONOTONIC, for durations and deadlines. */
SB_API int64_t sb_clock_ms(void);

/** Seconds since 1970, UTC: for times that are stored or compared with those of others. */
SB_API int64_t sb_clock_wall_s(void);
