/* SPDX-License-Identifier: Apache-2.0 */
#include "base/abi_table.h"

#include <stdlib.h>
#include <string.h>

void sb_abi_copy(void *ret_ours, size_t our_size, const void *theirs, size_t their_size)
{
	memset(ret_ours, 0, our_size);
	memcpy(ret_ours, theirs, their_size < our_size ? their_size : our_size);
}

/* The first member of a row, which says whether the table ends there. */
static const void *first_of(const char *row)
{
	const void *first;

	memcpy(&first, row, sizeof(first));
	return first;
}

void *sb_abi_table(const void *rows, size_t row_size, size_t our_size)
{
	const char *from = rows;
	size_t n = 1, i; /* with the last row */
	char *copy;

	if (!rows)
		return NULL;
	while (first_of(from + (n - 1) * row_size))
		n++;
	copy = calloc(n, our_size);
	for (i = 0; copy && i + 1 < n; i++)
		sb_abi_copy(copy + i * our_size, our_size, from + i * row_size, row_size);
	return copy;
}
