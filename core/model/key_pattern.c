/* SPDX-License-Identifier: Apache-2.0 */
#include "model/key_pattern.h"

#include <string.h>

/* The length of the component at which text begins. */
static size_t component_length(const char *text)
{
	return strcspn(text, "/");
}

static bool is_any(const char *component, size_t len)
{
	return len == 1 && *component == '*';
}

bool sb_key_pattern_is_valid(const char *pattern)
{
	const char *at = pattern;

	while (*at) {
		size_t len = component_length(at);

		if (!len || (memchr(at, '*', len) && !is_any(at, len)))
			return false;
		at += len + (at[len] == '/');
	}
	return *pattern != '\0';
}

/* Compare the components at which both begin, of which the last one of a text may be the beginning
 * of a longer one. *ret_ends: is one of the texts at its end? */
static bool components_meet(const char **a, const char **b, bool *ret_ends)
{
	size_t a_len = component_length(*a), b_len = component_length(*b);
	bool a_is_last = !(*a)[a_len], b_is_last = !(*b)[b_len];
	size_t shorter = a_len < b_len ? a_len : b_len;
	bool is_same = is_any(*a, a_len) || is_any(*b, b_len) ||
		       (strncmp(*a, *b, shorter) == 0 &&
			(a_len == b_len || (a_len < b_len ? a_is_last : b_is_last)));

	*ret_ends = a_is_last || b_is_last;
	*a += a_len + !a_is_last;
	*b += b_len + !b_is_last;
	return is_same;
}

bool sb_key_pattern_covers(const char *pattern, const char *prefix)
{
	while (*pattern) {
		size_t len = component_length(pattern), other = component_length(prefix);
		bool is_last = !pattern[len];

		if (!other || (!is_last && !prefix[other]))
			return false; /* the prefix is shorter than the pattern */
		if (!is_any(pattern, len) &&
		    (strncmp(pattern, prefix, len) != 0 || (is_last ? other < len : other != len)))
			return false;
		if (is_last)
			return true;
		pattern += len + 1;
		prefix += other + 1;
	}
	return true;
}

bool sb_key_patterns_meet(const char *a, const char *b)
{
	bool ends = false;

	while (!ends && *a && *b)
		if (!components_meet(&a, &b, &ends))
			return false;
	return true;
}
