/* SPDX-License-Identifier: Apache-2.0 */
/* Time that only moves forwards. */
#pragma once

#include <stdint.h>

#include "stagebox/types.h"

/** Milliseconds of CLOCK_MONOTONIC: for durations and deadlines of this process. */
SB_API int64_t sb_clock_ms(void);
