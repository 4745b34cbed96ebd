/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of core's kinds. */
#pragma once

#include "stagebox/kind.h"

extern const struct sb_kind sb_core_kinds[]; /* ends with name == NULL */
