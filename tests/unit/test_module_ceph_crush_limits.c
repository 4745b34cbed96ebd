/* SPDX-License-Identifier: Apache-2.0 */
/* The limits of the reader of CRUSH maps: texts that are refused, and those made to be slow or
 * large. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../../modules/ceph/crush.h"

/* How many rules a text has that is not refused. */
static size_t count_rules(const char *text, size_t len)
{
	json_t *map = ceph_crush_read(text, len, NULL);
	size_t n = json_array_size(json_object_get(map, "rules"));

	assert_non_null(map);
	json_decref(map);
	return n;
}

static void refuse_bytes(const char *text, size_t len, const char *why)
{
	struct sb_error err = SB_ERROR_INIT;

	assert_null(ceph_crush_read(text, len, &err));
	assert_int_equal(err.code, SB_E_SHAPE);
	assert_non_null(strstr(err.text, why));
}

static void a_text_that_json_cannot_have_is_refused(void **state)
{
	(void)state;
	refuse_bytes("rule a {\n\0}\n", 12, "NUL");
	refuse_bytes("rule \xff {\n}\n", 11, "UTF-8");
	refuse_bytes("# \xc3", 3, "UTF-8");
	assert_null(ceph_crush_read("\xff", 1, NULL));
}

static void a_map_above_the_limit_is_refused(void **state)
{
	size_t len = CEPH_CRUSH_MAX + 1;
	char *text = malloc(len);

	(void)state;
	memset(text, '\n', len);
	refuse_bytes(text, len, "4194305 bytes");
	assert_int_equal(count_rules(text, len - 1), 0);
	free(text);
}

/* A text of so many bytes: a head, then a piece again and again. */
static char *repeat_text(const char *head, const char *piece, size_t len)
{
	char *text = malloc(len);
	size_t i, head_len = strlen(head), piece_len = strlen(piece);

	for (i = 0; i < len; i++)
		text[i] = i < head_len ? head[i] : piece[(i - head_len) % piece_len];
	return text;
}

static void more_rules_than_ceph_can_have_are_refused(void **state)
{
	size_t len = sizeof("rule{}\n") - 1;
	char *text = repeat_text("", "rule{}\n", (CEPH_CRUSH_MAX_RULES + 1) * len);

	(void)state;
	assert_int_equal(count_rules(text, CEPH_CRUSH_MAX_RULES * len), CEPH_CRUSH_MAX_RULES);
	refuse_bytes(text, (CEPH_CRUSH_MAX_RULES + 1) * len, "more than 256 rules");
	free(text);
}

/* Texts that a reader with a square in its time does not finish. */
static const struct {
	const char *head, *piece;
} hostile_texts[] = {
	{"", "x"},
	{"", "x\n"},
	{"", "{"},
	{"", "}"},
	{"", "#"},
	{"", "x#\n"},
	{"", "x {\n"},
	{"x", "\n"},
	{"x", "\n#"},
	{"", "x\n\n"},
	{"", "x "},
	{"rule ", "x "},
	{"rule a {", "{"},
	{"rule a {", "step "},
	{"rule a {", "id "},
	{"rule a {", "\n"},
	{"rule a {", "id 1 "},
	{"rule a {", "step emit "},
	{"rule a {", "x\n"},
	{"rule a {\nstep ", "x "},
	{"rule a {\nstep x", "\t "},
	{"rule a {\n", "step take a class b\n"},
};

static void a_large_hostile_text_is_read(void **state)
{
	size_t i, len = 1 << 18;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(hostile_texts); i++) {
		char *text = repeat_text(hostile_texts[i].head, hostile_texts[i].piece, len);

		count_rules(text, len);
		free(text);
	}
}

static size_t n_bytes, n_calls; /* of jansson's allocations, since read_counted() began */
static size_t failing_call;     /* 0 = none fails */

static void *count_malloc(size_t size)
{
	n_bytes += size;
	return ++n_calls == failing_call ? NULL : malloc(size);
}

/* Read a text and count jansson's allocations. Returns the code of the error. */
static int read_counted(const char *text, size_t len)
{
	struct sb_error err = SB_ERROR_INIT;
	json_malloc_t former_malloc;
	json_free_t former_free;
	json_t *map;

	json_get_alloc_funcs(&former_malloc, &former_free);
	json_set_alloc_funcs(count_malloc, free);
	n_bytes = n_calls = 0;
	map = ceph_crush_read(text, len, &err);
	assert_int_equal(!map, err.code < 0);
	json_decref(map);
	json_set_alloc_funcs(former_malloc, former_free);
	return err.code;
}

static void memory_is_linear_in_the_text(void **state)
{
	size_t i, len = 1 << 16;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(hostile_texts); i++) {
		char *text = repeat_text(hostile_texts[i].head, hostile_texts[i].piece, 2 * len);
		size_t once;

		read_counted(text, len);
		once = n_bytes;
		read_counted(text, 2 * len);
		free(text);
		assert_true(once <= len * 40);
		assert_true(n_bytes <= once * 5 / 2 + 4096);
	}
}

static void each_failed_allocation_is_an_error(void **state)
{
	static const char text[] =
		"odd\nrule a {\nid 1\ntype x\nstep take b class c\nodd\n}\nrule a {\n";

	(void)state;
	for (failing_call = 1; read_counted(text, strlen(text)) < 0; failing_call++)
		assert_true(n_calls >= failing_call);
	assert_true(failing_call > 30);
	failing_call = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_that_json_cannot_have_is_refused),
		cmocka_unit_test(a_map_above_the_limit_is_refused),
		cmocka_unit_test(more_rules_than_ceph_can_have_are_refused),
		cmocka_unit_test(a_large_hostile_text_is_read),
		cmocka_unit_test(memory_is_linear_in_the_text),
		cmocka_unit_test(each_failed_allocation_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
