/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean": the candidate that is closest to a word. */
#pragma once

#include <stddef.h>

/* "Did you mean": try every candidate, then read hint ("" or a sentence in parentheses). */
struct sb_guess {
	const char *word;
	size_t distance;
	char hint[96];
};
void sb_guess_start(struct sb_guess *guess, const char *word);
void sb_guess_try(struct sb_guess *guess, const char *candidate);
