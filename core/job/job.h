/* SPDX-License-Identifier: Apache-2.0 */
/* The job's own process. */
#pragma once

#include "stagebox/types.h"

/** The job's own side; cmd/ calls it for the internal command "job". Returns an exit code. */
SB_API int sb_job_main(int in_fd, int out_fd);
