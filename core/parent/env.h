/* SPDX-License-Identifier: Apache-2.0 */
/* The environment of a job: that of the command, without secrets. */
#pragma once

#include "stagebox/types.h"

/** Build the environment of a job: our own without the variables that contain a secret of the
 * resolved configuration. The caller frees the array, not its texts. NULL when out of memory. */
char **sb_parent_environment(const json_t *conf);
