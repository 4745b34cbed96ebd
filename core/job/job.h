/* SPDX-License-Identifier: Apache-2.0 */
/* The job: the process that reads the servers, runs the modules and writes to NetBox; it is started
 * by core/parent. */
#pragma once

#include "stagebox/types.h"

/** The main function of the job process, for the internal command "job". Returns an exit code. */
SB_API int sb_job_main(int in_fd, int out_fd);
