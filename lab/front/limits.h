/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of the HTTP servers before the applications. */
#pragma once

#include <stdbool.h>

struct lab_exchange;

/** Refuse what the real server would refuse before its application sees it. True when refused:
 * answer, or drop stage, is filled. */
bool lab_limits_refuse(struct lab_exchange *exchange);
