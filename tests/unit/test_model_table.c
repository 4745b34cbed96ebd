/* SPDX-License-Identifier: Apache-2.0 */
/* Rows by key: found, replaced, and walked in key order, in whatever order they were put. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/table.h"

#define MANY 10000u

static int setup(void **state)
{
	*state = sb_table_create();
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	sb_table_destroy(*state);
	return 0;
}

static void put_row(struct sb_table *table, const char *key, const char *text)
{
	assert_int_equal(sb_table_put(table, key, text), 0);
}

static void an_empty_table_finds_nothing(void **state)
{
	assert_int_equal(sb_table_count(*state), 0);
	assert_null(sb_table_get(*state, "a"));
	assert_null(sb_table_get_json(*state, "a"));
	assert_int_equal(sb_table_lower(*state, ""), 0);
	assert_int_equal(sb_table_lower(*state, "a"), 0);
	sb_table_destroy(NULL);
}

static void a_second_put_of_a_key_replaces_the_row(void **state)
{
	put_row(*state, "a", "first");
	put_row(*state, "b", "other");
	put_row(*state, "a", "a longer second text");
	assert_int_equal(sb_table_count(*state), 2);
	assert_string_equal(sb_table_get(*state, "a"), "a longer second text");
	assert_string_equal(sb_table_text_at(*state, 0), "a longer second text");
	assert_string_equal(sb_table_get(*state, "b"), "other");
}

static void a_key_that_its_owner_keeps_is_not_copied(void **state)
{
	static const char key[] = "lab/qemu/101";

	assert_int_equal(sb_table_put_kept(*state, key, "first"), 0);
	assert_int_equal(sb_table_put(*state, "lab/qemu/101", "second"), 0);
	assert_int_equal(sb_table_count(*state), 1);
	assert_ptr_equal(sb_table_key_at(*state, 0), key);
	assert_string_equal(sb_table_get(*state, key), "second");
}

static void assert_member(const struct sb_table *table, const char *member, const char *expected)
{
	char *text = sb_table_get_str(table, "row", member);

	if (expected)
		assert_string_equal(text, expected);
	else
		assert_null(text);
	free(text);
}

static void a_member_is_read_without_a_tree(void **state)
{
	put_row(*state, "row",
		"{\"id\":7,\"in\":{\"name\":\"not this\"},\"name\":\"web\",\"none\":null,"
		"\"list\":[\"name\",\"x\"],\"quoted\":\"a \\\"b\\\" "
		"\\u00e9\",\"empty\":\"\",\"last\":\"z\"}");
	assert_member(*state, "name", "web");
	assert_member(*state, "quoted", "a \"b\" \xc3\xa9");
	assert_member(*state, "empty", "");
	assert_member(*state, "last", "z");
	assert_member(*state, "id", NULL);
	assert_member(*state, "in", NULL);
	assert_member(*state, "list", NULL);
	assert_member(*state, "none", NULL);
	assert_member(*state, "nam", NULL);
	assert_member(*state, "missing", NULL);
	put_row(*state, "row", "{}");
	assert_member(*state, "name", NULL);
	put_row(*state, "row", "");
	assert_member(*state, "name", NULL);
}

static void an_equal_put_costs_no_memory(void **state)
{
	size_t bytes;
	unsigned i;

	put_row(*state, "a", "text");
	bytes = sb_table_bytes(*state);
	for (i = 0; i < 5000; i++)
		put_row(*state, "a", "text");
	assert_int_equal(sb_table_bytes(*state), bytes);
}

static void keys_and_texts_are_copied(void **state)
{
	char key[] = "key", text[] = "text";

	put_row(*state, key, text);
	key[0] = text[0] = 'X';
	assert_string_equal(sb_table_get(*state, "key"), "text");
	assert_null(sb_table_get(*state, "Xey"));
}

static void an_empty_key_and_an_empty_text_are_rows(void **state)
{
	put_row(*state, "", "whole");
	put_row(*state, "a", "");
	assert_string_equal(sb_table_get(*state, ""), "whole");
	assert_string_equal(sb_table_get(*state, "a"), "");
	assert_string_equal(sb_table_key_at(*state, 0), "");
}

static void a_text_larger_than_a_block_is_kept_whole(void **state)
{
	size_t len = 300000;
	char *text = test_malloc(len + 1);

	memset(text, 'x', len);
	text[len] = '\0';
	put_row(*state, "big", text);
	put_row(*state, "small", "s");
	assert_int_equal(strlen(sb_table_get(*state, "big")), len);
	assert_string_equal(sb_table_get(*state, "small"), "s");
	test_free(text);
}

/* A full cycle through 0..MANY-1: 7919 has no factor in common with 10,000. */
static unsigned shuffled_position(unsigned i)
{
	return i * 7919u % MANY;
}

static void ten_thousand_keys_are_found_and_walked_in_order(void **state)
{
	char key[32], text[32];
	unsigned i;

	for (i = 0; i < MANY; i++) {
		snprintf(key, sizeof(key), "lab/%05u", shuffled_position(i));
		snprintf(text, sizeof(text), "%u", shuffled_position(i));
		put_row(*state, key, text);
	}
	assert_int_equal(sb_table_count(*state), MANY);
	for (i = 0; i < MANY; i++) {
		snprintf(key, sizeof(key), "lab/%05u", i);
		snprintf(text, sizeof(text), "%u", i);
		assert_string_equal(sb_table_get(*state, key), text);
		assert_string_equal(sb_table_key_at(*state, i), key);
		assert_string_equal(sb_table_text_at(*state, i), text);
	}
	assert_null(sb_table_get(*state, "lab/10000"));
}

static void order_holds_for_keys_put_after_a_walk(void **state)
{
	put_row(*state, "m", "");
	put_row(*state, "z", "");
	assert_string_equal(sb_table_key_at(*state, 0), "m");
	put_row(*state, "a", "");
	put_row(*state, "n", "");
	assert_string_equal(sb_table_key_at(*state, 0), "a");
	assert_string_equal(sb_table_key_at(*state, 1), "m");
	assert_string_equal(sb_table_key_at(*state, 2), "n");
	assert_string_equal(sb_table_key_at(*state, 3), "z");
}

static void lower_is_the_first_key_of_a_prefix(void **state)
{
	put_row(*state, "lab/qemu/10", "");
	put_row(*state, "lab/qemu/101", "");
	put_row(*state, "lab/qemu/101/net0", "");
	put_row(*state, "lab/qemu/102", "");
	put_row(*state, "lab2/qemu/1", "");
	assert_int_equal(sb_table_lower(*state, ""), 0);
	assert_int_equal(sb_table_lower(*state, "lab/"), 0);
	assert_int_equal(sb_table_lower(*state, "lab/qemu/101/"), 2);
	assert_int_equal(sb_table_lower(*state, "lab/qemu/102"), 3);
	assert_int_equal(sb_table_lower(*state, "lab2/"), 4);
	assert_int_equal(sb_table_lower(*state, "zzz"), 5);
}

static void equal_trees_make_equal_text(void **state)
{
	sb_autojson *one = json_pack("{s:i, s:{s:s, s:b}}", "z", 1, "a", "y", "text", "x", 1);
	sb_autojson *two = json_pack("{s:{s:b, s:s}, s:i}", "a", "x", 1, "y", "text", "z", 1);
	sb_autojson *back = NULL;

	assert_int_equal(sb_table_put_json(*state, "one", one), 0);
	assert_int_equal(sb_table_put_json(*state, "two", two), 0);
	assert_string_equal(sb_table_get(*state, "one"), sb_table_get(*state, "two"));
	back = sb_table_get_json(*state, "one");
	assert_true(json_equal(back, one));
}

static void rows_are_kept_compact(void **state)
{
	char key[32];
	unsigned i;

	for (i = 0; i < MANY; i++) {
		snprintf(key, sizeof(key), "lab/qemu/%05u", i);
		put_row(*state, key, "{\"name\":\"guest\",\"status\":\"active\"}");
	}
	/* Key and text are 51 bytes; index and row may cost as much again. */
	assert_in_range(sb_table_bytes(*state), MANY * 51, MANY * 130);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(an_empty_table_finds_nothing),
		T(a_second_put_of_a_key_replaces_the_row),
		T(a_key_that_its_owner_keeps_is_not_copied),
		T(a_member_is_read_without_a_tree),
		T(an_equal_put_costs_no_memory),
		T(keys_and_texts_are_copied),
		T(an_empty_key_and_an_empty_text_are_rows),
		T(a_text_larger_than_a_block_is_kept_whole),
		T(ten_thousand_keys_are_found_and_walked_in_order),
		T(order_holds_for_keys_put_after_a_walk),
		T(lower_is_the_first_key_of_a_prefix),
		T(equal_trees_make_equal_text),
		T(rows_are_kept_compact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
