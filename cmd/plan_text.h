/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a plan. */
#pragma once

#include "out.h"

/** Write a plan document for people: grouped, with a sign per op, counts at the end. */
void plan_text(struct out *out, const json_t *doc);
