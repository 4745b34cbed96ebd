/* SPDX-License-Identifier: Apache-2.0 */
/* The process of a job. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "stagebox/error.h"

/* What a job may use; 0 = no limit. */
struct sb_job_limits {
	uint64_t memory_bytes, cpu_s;
};

int sb_parent_spawn(const char *program, char *const environment[],
		    const struct sb_job_limits *limits, pid_t *ret_pid, int *ret_in_fd,
		    int *ret_out_fd, struct sb_error *err);
