/* SPDX-License-Identifier: Apache-2.0 */
/* The two clocks of the system. */
#pragma once

#include <stdint.h>

int64_t lab_now_ms(void); /* monotonic */
int64_t lab_now_wall_us(void);
