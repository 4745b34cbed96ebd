/* SPDX-License-Identifier: Apache-2.0 */
/* The parent's clock. */
#pragma once

#include <stdint.h>

int64_t sb_parent_now_ms(void);
