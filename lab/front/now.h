/* SPDX-License-Identifier: Apache-2.0 */
/* The two clocks of the system. */
#pragma once

#include <stdint.h>

/** Monotonic time. */
int64_t lab_now_ms(void);

/** Wall time since 1970. */
int64_t lab_now_wall_us(void);
