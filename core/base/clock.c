/* SPDX-License-Identifier: Apache-2.0 */
/* The clock of the system. */
#include "base/clock.h"

#include <time.h>

int64_t sb_clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t sb_clock_wall_s(void)
{
	return (int64_t)time(NULL);
}
