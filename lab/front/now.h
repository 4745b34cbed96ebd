/* SPDX-License-Identifier: Apache-2.0 */
/* The two clocks of the system. */
#pragma once

#include <stdint.h>

int64_t lab_clock_now_ms(void); /* monotonic */
int64_t lab_clock_wall_us(void);
