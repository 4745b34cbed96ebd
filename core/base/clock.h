/* SPDX-License-Identifier: Apache-2.0 */
/* Monotonic time. */
#pragma once

#include <stdint.h>

#include "stagebox/types.h"

/** Milliseconds of CLOCK_MONOTONIC, for durations and deadlines. */
SB_API int64_t sb_clock_ms(void);
