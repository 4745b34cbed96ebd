/* SPDX-License-Identifier: Apache-2.0 */
/* Many words searched in one text, ignoring case: a query may have hundreds of them, and a table
 * tens of thousands of texts. */
#include "filter.h"

#include <ctype.h>
#include <string.h>

enum {
	START = 4, /* characters of a word that are looked up first */
	N_BITS = 1 << 16
};

struct nb_search {
	size_t n;
	unsigned char starts[N_BITS / 8]; /* one bit for each start that a word has */
	char *words[];
};

/* The bit of the first characters of a folded text. */
static unsigned bit_of(const char *text)
{
	uint32_t start;

	memcpy(&start, text, START);
	return (start * 2654435761u) >> 16;
}

static char *fold_case(const char *text)
{
	char *folded = strdup(text), *at;

	for (at = folded; at && *at; at++)
		*at = (char)tolower((unsigned char)*at);
	return folded;
}

void nb_search_destroy(struct nb_search *search)
{
	size_t i;

	for (i = 0; search && i < search->n; i++)
		free(search->words[i]);
	free(search);
}

struct nb_search *nb_search_create(const char *const *words, size_t n)
{
	struct nb_search *search = calloc(1, sizeof(*search) + n * sizeof(search->words[0]));

	for (; search && search->n < n; search->n++) {
		char *word = strlen(words[search->n]) < START ? NULL : fold_case(words[search->n]);
		unsigned bit;

		if (!word) {
			nb_search_destroy(search);
			return NULL;
		}
		bit = bit_of(word);
		search->starts[bit / 8] |= (unsigned char)(1u << bit % 8);
		search->words[search->n] = word;
	}
	return search;
}

bool nb_search_finds(const struct nb_search *search, const char *text)
{
	sb_autofree char *folded = fold_case(text);
	size_t left = folded ? strlen(folded) : 0, i;
	const char *at = folded;

	if (!folded)
		abort(); /* an incomplete result would look like missing objects */
	for (; left >= START; at++, left--) {
		unsigned bit = bit_of(at);

		if (!(search->starts[bit / 8] & 1u << bit % 8))
			continue;
		for (i = 0; i < search->n; i++)
			if (sb_starts_with(at, search->words[i]))
				return true;
	}
	return false;
}
