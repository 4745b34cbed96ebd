/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean": the nearest known word by edit distance. */
#include "base/guess.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define MAX_CHARS 40

static size_t min_of_three(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Optimal string alignment: a swap of neighbours counts as one. Only three rows are kept. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t rows[3][MAX_CHARS + 1];
	size_t len_a = strlen(a), len_b = strlen(b), i, j;

	if (len_a > MAX_CHARS || len_b > MAX_CHARS)
		return SIZE_MAX;
	for (j = 0; j <= len_b; j++)
		rows[0][j] = j;
	for (i = 1; i <= len_a; i++) {
		size_t *now = rows[i % 3], *before = rows[(i + 2) % 3], *two = rows[(i + 1) % 3];

		now[0] = i;
		for (j = 1; j <= len_b; j++) {
			size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;

			now[j] = min_of_three(before[j] + 1, now[j - 1] + 1, before[j - 1] + cost);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    two[j - 2] + 1 < now[j])
				now[j] = two[j - 2] + 1;
		}
	}
	return rows[len_a % 3][len_b];
}

void sb_guess_start(struct sb_guess *guess, const char *word)
{
	size_t len = strlen(word);

	guess->word = word;
	guess->distance = len / 3 + 2; /* a larger one is not a typing error */
	guess->hint[0] = '\0';
}

void sb_guess_try(struct sb_guess *guess, const char *candidate)
{
	size_t far = edit_distance(guess->word, candidate);

	if (!candidate[0] || far >= guess->distance)
		return;
	guess->distance = far;
	snprintf(guess->hint, sizeof(guess->hint), " (did you mean \"%s\"?)", candidate);
}
