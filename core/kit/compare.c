/* SPDX-License-Identifier: Apache-2.0 */
/* The differences of two JSON values. */
#include "kit/compare.h"

#include <string.h>

#include "base/buf.h"

enum { MAX_VALUE = 160, MAX_WHERE = 400 };

struct found {
	json_t *lines;
	size_t n;
};

/* A value on one line, shortened. */
static void add_value(struct sb_buf *to, const json_t *value)
{
	sb_autofree char *text = NULL;
	size_t len;

	if (!value) {
		sb_buf_add(to, "nothing");
		return;
	}
	text = json_dumps(value,
			  JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_ENSURE_ASCII);
	len = text ? strlen(text) : 0;
	sb_buf_add_mem(to, text ? text : "", len > MAX_VALUE ? MAX_VALUE : len);
	if (len > MAX_VALUE)
		sb_buf_add(to, "...");
}

static void add_difference(struct found *found, const char *where, const json_t *expected,
			   const json_t *given)
{
	sb_autobuf line = SB_BUF_INIT(4096);

	if (found->n++ >= SB_KIT_MAX_DIFFERENCES)
		return;
	sb_buf_addf(&line, "%s: expected ", where[0] == '.' ? where + 1 : where);
	add_value(&line, expected);
	sb_buf_add(&line, ", is ");
	add_value(&line, given);
	json_array_append_new(found->lines, json_string(sb_buf_str(&line)));
}

/* The length of the longest beginning of at most max bytes that ends between two characters. */
static int whole_chars(const char *text, size_t max)
{
	size_t len = strnlen(text, max + 1);

	if (len <= max)
		return (int)len;
	for (len = max; len && ((unsigned char)text[len] & 0xc0) == 0x80; len--)
		;
	return (int)len;
}

static void compare_values(struct found *found, const char *where, const json_t *expected,
			   const json_t *given);

/* Compare two members, of which one may be missing. */
static void compare_member(struct found *found, const char *where, const char *name, size_t at,
			   const json_t *expected, const json_t *given)
{
	sb_autobuf inner = SB_BUF_INIT(2 * MAX_WHERE + 32);

	sb_buf_add_mem(&inner, where, (size_t)whole_chars(where, MAX_WHERE));
	if (name)
		sb_buf_addf(&inner, ".%.*s", whole_chars(name, MAX_WHERE), name);
	else
		sb_buf_addf(&inner, "[%zu]", at);
	compare_values(found, sb_buf_str(&inner), expected, given);
}

static void compare_objects(struct found *found, const char *where, const json_t *expected,
			    const json_t *given)
{
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)expected, name, value)
		compare_member(found, where, name, 0, value, json_object_get(given, name));
	json_object_foreach ((json_t *)(uintptr_t)given, name, value)
		if (!json_object_get(expected, name))
			compare_member(found, where, name, 0, NULL, value);
}

/* How many members at the end of two lists are equal, beside the first ones. */
static size_t count_equal_last(const json_t *expected, const json_t *given, size_t first)
{
	size_t n = json_array_size(expected), m = json_array_size(given), last = 0;

	while (first + last < n && first + last < m &&
	       json_equal(json_array_get(expected, n - 1 - last),
			  json_array_get(given, m - 1 - last)))
		last++;
	return last;
}

/* Members that are equal at both ends are passed over, so that one that is missing in the middle is
 * one difference. */
static void compare_arrays(struct found *found, const char *where, const json_t *expected,
			   const json_t *given)
{
	size_t n = json_array_size(expected), m = json_array_size(given), first = 0, last, i;

	while (first < n && first < m &&
	       json_equal(json_array_get(expected, first), json_array_get(given, first)))
		first++;
	last = count_equal_last(expected, given, first);
	for (i = first; i < n - last || i < m - last; i++)
		compare_member(found, where, NULL, i,
			       i < n - last ? json_array_get(expected, i) : NULL,
			       i < m - last ? json_array_get(given, i) : NULL);
}

static void compare_values(struct found *found, const char *where, const json_t *expected,
			   const json_t *given)
{
	if (json_is_object(expected) && json_is_object(given)) {
		compare_objects(found, where, expected, given);
	} else if (json_is_array(expected) && json_is_array(given)) {
		compare_arrays(found, where, expected, given);
	} else if (!json_equal(expected, given)) {
		add_difference(found, where, expected, given);
	}
}

json_t *sb_kit_differences(const json_t *expected, const json_t *given)
{
	struct found found = {.lines = json_array()};

	compare_values(&found, "", expected, given);
	if (found.n > SB_KIT_MAX_DIFFERENCES)
		json_array_append_new(found.lines, json_sprintf("and %zu more differences",
								found.n - SB_KIT_MAX_DIFFERENCES));
	return found.lines;
}
