/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers from a seed: splitmix64. */
#include "lab.h"

uint64_t lab_random_next(struct lab_random *random)
{
	uint64_t z = (random->state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

uint64_t lab_random_below(struct lab_random *random, uint64_t n)
{
	uint64_t limit, value;

	if (n < 2)
		return 0;
	/* Values of the incomplete last interval are drawn again, so that all results are equally
	 * likely. */
	limit = UINT64_MAX - UINT64_MAX % n;
	do {
		value = lab_random_next(random);
	} while (value >= limit);
	return value % n;
}
