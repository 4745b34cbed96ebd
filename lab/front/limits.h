/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of gunicorn and pveproxy. */
#pragma once

#include <stdbool.h>

struct lab_exchange;

/** Refuse requests that the real HTTP server refuses before its application sees them. True when
 * refused; then the answer is filled or the stage is LAB_STAGE_DROP. */
bool lab_limits_refuse(struct lab_exchange *exchange);
