/* SPDX-License-Identifier: Apache-2.0 */
/* The environment of a job. */
#pragma once

#include "stagebox/types.h"

/** The environment without the variables that hold a secret of the resolved configuration. The
 * array is the caller's, the texts are not. NULL = out of memory. */
char **sb_parent_environment(const json_t *conf);
