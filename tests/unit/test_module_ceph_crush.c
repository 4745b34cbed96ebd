/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of a CRUSH map, from the text that crushtool writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../../modules/ceph/crush.h"
#include "stagebox/json.h"

static const char small_map[] =
	"# begin crush map\n"
	"tunable choose_total_tries 50\n"
	"tunable chooseleaf_stable 1\n"
	"\n"
	"# devices\n"
	"device 0 osd.0 class nvme\n"
	"device 1 osd.1\n"
	"\n"
	"# types\n"
	"type 0 osd\n"
	"type 1 host\n"
	"type 11 root\n"
	"\n"
	"# buckets\n"
	"host alpha {\n"
	"\tid -3\t\t# do not change unnecessarily\n"
	"\tid -4 class nvme\t\t# do not change unnecessarily\n"
	"\t# weight 1.746\n"
	"\talg straw2\n"
	"\thash 0\t# rjenkins1\n"
	"\titem osd.0 weight 0.873\n"
	"\titem osd.1 weight 0.873\n"
	"}\n"
	"root default {\n"
	"\tid -1\t\t# do not change unnecessarily\n"
	"\talg uniform\t# do not change bucket size (1) unnecessarily\n"
	"\thash 0\t# rjenkins1\n"
	"\titem alpha weight 1.746 pos 0\n"
	"}\n"
	"\n"
	"# rules\n"
	"rule replicated_rule {\n"
	"\tid 0\n"
	"\ttype replicated\n"
	"\tstep take default\n"
	"\tstep chooseleaf firstn 0 type host\n"
	"\tstep emit\n"
	"}\n"
	"rule fast-4.2 {\n"
	"\tid 7\n"
	"\t# WARNING: ruleset 3 != id 7; this will not recompile to the same map\n"
	"\ttype erasure\n"
	"\tmin_size 3\n"
	"\tmax_size 6\n"
	"\tstep set_chooseleaf_tries 5\n"
	"\tstep set_choose_tries 100\n"
	"\tstep take default class nvme\n"
	"\tstep choose indep -1 type host\n"
	"\tstep emit\n"
	"}\n"
	"\n"
	"# choose_args\n"
	"choose_args 18446744073709551615 {\n"
	"  {\n"
	"    bucket_id -1\n"
	"    weight_set [\n"
	"      [ 1.746 ]\n"
	"      [ 1.700 ]\n"
	"    ]\n"
	"    ids [ -3 ]\n"
	"  }\n"
	"}\n"
	"\n"
	"# end crush map\n";

/* The map of the test, which teardown() releases. */
static json_t *map;

static int teardown(void **state)
{
	(void)state;
	json_decref(map);
	map = NULL;
	return 0;
}

/* Read a copy that ends where its memory ends. */
static void read_bytes(const char *text, size_t len)
{
	struct sb_error err = SB_ERROR_INIT;
	char *copy = malloc(len ? len : 1);

	json_decref(map);
	memcpy(copy, text, len);
	map = ceph_crush_read(copy, len, &err);
	free(copy);
	if (!map)
		fail_msg("%s", err.text);
}

static void read_map(const char *text)
{
	read_bytes(text, strlen(text));
}

static size_t n_rules(void)
{
	return json_array_size(json_object_get(map, "rules"));
}

static const json_t *get_rule(size_t i)
{
	assert_true(i < n_rules());
	return json_array_get(json_object_get(map, "rules"), i);
}

/* The lines or steps of a list, with '|' between them; "" without a list. */
static const char *join_list(const json_t *object, const char *name)
{
	static char text[8192];
	const json_t *list = json_object_get(object, name), *item;
	size_t i, len = 0;

	text[0] = '\0';
	json_array_foreach (list, i, item)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i ? "|" : "",
					json_string_value(item));
	assert_true(len < sizeof(text));
	return text;
}

static const char *get_text(size_t i, const char *name)
{
	const char *text = sb_json_str(get_rule(i), name);

	return text ? text : "(none)";
}

static int64_t get_id(size_t i)
{
	int64_t id = -1;

	sb_json_int(get_rule(i), "id", &id);
	return id;
}

#define assert_list(object, name, expected) assert_string_equal(join_list(object, name), expected)

/* --- what crushtool writes --- */

static void rules_have_ids_types_classes_and_steps(void **state)
{
	(void)state;
	read_map(small_map);
	assert_int_equal(n_rules(), 2);
	assert_string_equal(get_text(0, "name"), "replicated_rule");
	assert_int_equal(get_id(0), 0);
	assert_string_equal(get_text(0, "type"), "replicated");
	assert_string_equal(get_text(0, "device_class"), "(none)");
	assert_list(get_rule(0), "steps", "take default|chooseleaf firstn 0 type host|emit");
	assert_string_equal(get_text(1, "name"), "fast-4.2");
	assert_int_equal(get_id(1), 7);
	assert_string_equal(get_text(1, "type"), "erasure");
	assert_string_equal(get_text(1, "device_class"), "nvme");
	assert_list(get_rule(1), "steps",
		    "set_chooseleaf_tries 5|set_choose_tries 100|take default class nvme|"
		    "choose indep -1 type host|emit");
}

static void a_map_of_crushtool_has_no_unknown_lines(void **state)
{
	(void)state;
	read_map(small_map);
	assert_int_equal(json_object_size(map), 1);
	assert_null(json_object_get(get_rule(0), "unknown"));
	assert_null(json_object_get(get_rule(1), "unknown"));
}

static void the_text_of_a_rule_is_unchanged(void **state)
{
	const char *begin = strstr(small_map, "rule fast-4.2"), *end = strchr(begin, '}') + 1;

	(void)state;
	read_map(small_map);
	assert_int_equal(strlen(get_text(1, "text")), end - begin);
	assert_memory_equal(get_text(1, "text"), begin, end - begin);
}

static void each_step_of_ceph_is_known(void **state)
{
	(void)state;
	read_map("rule all {\n\tid 1\n\ttype msr_indep\n\tstep noop\n\tstep take default\n"
		 "\tstep set_choose_tries 1\n\tstep set_choose_local_tries 2\n"
		 "\tstep set_choose_local_fallback_tries 3\n\tstep set_chooseleaf_tries 4\n"
		 "\tstep set_chooseleaf_vary_r 5\n\tstep set_chooseleaf_stable 6\n"
		 "\tstep set_msr_descents 7\n\tstep set_msr_collision_tries 8\n"
		 "\tstep choose firstn 0 type rack\n\tstep choose indep 0 type rack\n"
		 "\tstep chooseleaf firstn 0 type rack\n\tstep chooseleaf indep 0 type rack\n"
		 "\tstep choosemsr 4 type host\n\tstep emit\n}\n");
	assert_int_equal(json_array_size(json_object_get(get_rule(0), "steps")), 16);
	assert_null(json_object_get(get_rule(0), "unknown"));
	assert_string_equal(get_text(0, "type"), "msr_indep");
}

static void a_ruleset_of_an_older_map_is_the_id(void **state)
{
	(void)state;
	read_map("rule data {\n\truleset 2\n\ttype 4\n\tstep emit\n}\n");
	assert_int_equal(get_id(0), 2);
	assert_string_equal(get_text(0, "type"), "4");
}

static void a_rule_may_have_no_name(void **state)
{
	(void)state;
	read_map("rule  {\n\tid 1\n}\n"
		 "rule {\n\tid 2\n}\n");
	assert_int_equal(n_rules(), 2);
	assert_string_equal(get_text(0, "name"), "");
	assert_int_equal(get_id(1), 2);
}

static void lines_may_end_with_cr_and_lf(void **state)
{
	(void)state;
	read_map("type 0 osd\r\nrule a {\r\n\tid 3\r\n\ttype replicated\r\n"
		 "\tstep take default class hdd\r\n\tstep emit\r\n}\r\n");
	assert_int_equal(get_id(0), 3);
	assert_string_equal(get_text(0, "device_class"), "hdd");
	assert_list(get_rule(0), "steps", "take default class hdd|emit");
	assert_int_equal(json_object_size(map), 1);
}

static void names_may_be_words_of_the_grammar(void **state)
{
	(void)state;
	read_map("rule rule {\n\tid 1\n\ttype type\n\tstep take step class id\n"
		 "\tstep chooseleaf firstn 0 type type\n\tstep emit\n}\n");
	assert_string_equal(get_text(0, "name"), "rule");
	assert_string_equal(get_text(0, "type"), "type");
	assert_string_equal(get_text(0, "device_class"), "id");
	assert_list(get_rule(0), "steps", "take step class id|chooseleaf firstn 0 type type|emit");
	assert_null(json_object_get(get_rule(0), "unknown"));
}

static void a_name_may_have_other_characters(void **state)
{
	(void)state;
	read_map("rule \"two  words\" {\n\tid 1\n}\nrule \xc3\xa9\xe2\x82\xac {\n}\n");
	assert_string_equal(get_text(0, "name"), "\"two words\"");
	assert_string_equal(get_text(1, "name"), "\xc3\xa9\xe2\x82\xac");
}

/* --- device classes --- */

static void take_steps_of_one_class_give_this_class(void **state)
{
	(void)state;
	read_map("rule a {\nstep take east class ssd\nstep emit\nstep take west class ssd\n}\n");
	assert_string_equal(get_text(0, "device_class"), "ssd");
}

static void take_steps_of_several_classes_give_none(void **state)
{
	(void)state;
	read_map(
		"rule a {\nstep take default class ssd\nstep emit\nstep take default class hdd\n}\n"
		"rule b {\nstep take default class ssd\nstep emit\nstep take default\n}\n"
		"rule c {\nstep take default\nstep emit\nstep take default class ssd\n}\n"
		"rule d {\nstep take default class ssd\n}\n");
	assert_string_equal(get_text(0, "device_class"), "(none)");
	assert_string_equal(get_text(1, "device_class"), "(none)");
	assert_string_equal(get_text(2, "device_class"), "(none)");
	assert_string_equal(get_text(3, "device_class"), "ssd");
}

static void a_class_that_ceph_does_not_know_is_none(void **state)
{
	(void)state;
	read_map("rule a {\n\tstep take default # unexpected class 5\n}\n");
	assert_string_equal(get_text(0, "device_class"), "(none)");
	assert_list(get_rule(0), "steps", "take default");
}

/* --- lines without a known form --- */

static void a_line_of_no_known_form_is_kept(void **state)
{
	(void)state;
	read_map("flavour 3  # of a later version\n"
		 "rule a {\n\tid 1\n\tid 2\n\tid x\n\tcolour  blue\n\ttype replicated\n"
		 "\ttype erasure\n\tid 4294967296\n\tstep emit\n}\n"
		 "}\n");
	assert_list(map, "unknown", "flavour 3|}");
	assert_list(get_rule(0), "unknown", "id 2|id x|colour  blue|type erasure|id 4294967296");
	assert_int_equal(get_id(0), 1);
	assert_string_equal(get_text(0, "type"), "replicated");
}

static void a_step_of_no_known_form_is_a_step_and_an_unknown_line(void **state)
{
	(void)state;
	read_map("rule a {\n\tstep take\n\tstep leap  over 3\n\tstep choose firstn x type host\n"
		 "\tstep emit\n\tstep\n}\n");
	assert_list(get_rule(0), "steps", "take|leap over 3|choose firstn x type host|emit");
	assert_list(get_rule(0), "unknown",
		    "step take|step leap  over 3|step choose firstn x type host|step");
}

static void unknown_lines_beyond_a_number_are_counted(void **state)
{
	char text[4096] = "rule a {\n";
	int i;

	(void)state;
	for (i = 0; i < CEPH_CRUSH_MAX_UNKNOWN + 5; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "odd %d\n", i);
	read_map(text);
	assert_int_equal(json_array_size(json_object_get(get_rule(0), "unknown")),
			 CEPH_CRUSH_MAX_UNKNOWN);
	assert_int_equal(json_integer_value(json_object_get(get_rule(0), "more_unknown")), 5);
}

static void a_long_unknown_line_is_cut_between_characters(void **state)
{
	char text[CEPH_CRUSH_MAX_LINE * 2];

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text + CEPH_CRUSH_MAX_LINE - 1, "\xe2\x82\xac", 3);
	read_bytes(text, sizeof(text));
	assert_int_equal(strlen(join_list(map, "unknown")), CEPH_CRUSH_MAX_LINE - 1);
}

static void an_unknown_block_is_skipped(void **state)
{
	(void)state;
	read_map("future kind of block {\n\tid 1\n\tinner {\n\tid 2\n\t}\n\tid 3\n}\n"
		 "rule a {\n\tid 4\n}\n");
	assert_list(map, "unknown", "future kind of block");
	assert_int_equal(n_rules(), 1);
	assert_int_equal(get_id(0), 4);
}

static void a_block_in_a_rule_is_unknown(void **state)
{
	(void)state;
	read_map("rule a {\n\tid 1\n\tlimits {\n\tid 9\n\tstep emit\n\t}\n\ttype replicated\n}\n");
	assert_list(get_rule(0), "unknown", "limits|id 9|step emit");
	assert_list(get_rule(0), "steps", "");
	assert_string_equal(get_text(0, "type"), "replicated");
	assert_null(json_object_get(get_rule(0), "incomplete"));
}

/* --- what the grammar allows, and crushtool does not write --- */

static void a_rule_in_one_line_is_read(void **state)
{
	(void)state;
	read_map("rule a{id 1 type replicated min_size 1 max_size 9 step take default class hdd "
		 "step chooseleaf firstn 0 type host step emit}rule b { ruleset 2 step emit }");
	assert_int_equal(n_rules(), 2);
	assert_int_equal(get_id(0), 1);
	assert_string_equal(get_text(0, "type"), "replicated");
	assert_list(get_rule(0), "steps",
		    "take default class hdd|chooseleaf firstn 0 type host|emit");
	assert_null(json_object_get(get_rule(0), "unknown"));
	assert_int_equal(get_id(1), 2);
	assert_string_equal(get_text(1, "text"), "rule b { ruleset 2 step emit }");
}

static void a_brace_may_be_in_the_next_line(void **state)
{
	(void)state;
	read_map("host h\n{\n\tid -1\n}\nrule a # of us\n\n{\n\tid 1\n}\n");
	assert_int_equal(n_rules(), 1);
	assert_string_equal(get_text(0, "name"), "a");
	assert_int_equal(get_id(0), 1);
	assert_int_equal(json_object_size(map), 1);
}

/* --- broken maps --- */

static void a_rule_that_does_not_end_is_incomplete(void **state)
{
	(void)state;
	read_map("rule a {\n\tid 1\n\tstep take default class ssd\n");
	assert_true(json_is_true(json_object_get(get_rule(0), "incomplete")));
	assert_true(json_is_true(json_object_get(map, "incomplete")));
	assert_int_equal(get_id(0), 1);
	assert_string_equal(get_text(0, "device_class"), "ssd");
	assert_string_equal(get_text(0, "text"), "rule a {\n\tid 1\n\tstep take default class ssd");
}

static void a_rule_ends_the_block_before_it(void **state)
{
	(void)state;
	read_map("root default {\n\tid -1\n"
		 "rule a {\n\tid 1\n\n"
		 "rule b {\n\tid 2\n}\n");
	assert_int_equal(n_rules(), 2);
	assert_true(json_is_true(json_object_get(map, "incomplete")));
	assert_true(json_is_true(json_object_get(get_rule(0), "incomplete")));
	assert_string_equal(get_text(0, "text"), "rule a {\n\tid 1");
	assert_null(json_object_get(get_rule(1), "incomplete"));
	assert_int_equal(get_id(1), 2);
}

static void a_second_rule_of_one_name_is_marked(void **state)
{
	(void)state;
	read_map("rule a {\n\tid 1\n}\nrule b {\n\tid 2\n}\nrule a {\n\tid 3\n}\n");
	assert_int_equal(n_rules(), 3);
	assert_null(json_object_get(get_rule(0), "duplicate"));
	assert_null(json_object_get(get_rule(1), "duplicate"));
	assert_true(json_is_true(json_object_get(get_rule(2), "duplicate")));
	assert_int_equal(get_id(2), 3);
}

static void an_empty_text_has_no_rules(void **state)
{
	(void)state;
	read_map("");
	assert_int_equal(n_rules(), 0);
	assert_int_equal(json_object_size(map), 1);
}

static void a_text_that_is_not_a_map_is_unknown_lines(void **state)
{
	(void)state;
	read_map("<html>\n<body>502 Bad Gateway</body>\n</html>\n");
	assert_int_equal(n_rules(), 0);
	assert_list(map, "unknown", "<html>|<body>502 Bad Gateway</body>|</html>");
}

static void each_beginning_of_a_map_is_read(void **state)
{
	size_t len;

	(void)state;
	for (len = 0; len < sizeof(small_map); len++)
		read_bytes(small_map, len);
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rules_have_ids_types_classes_and_steps),
		TEST(a_map_of_crushtool_has_no_unknown_lines),
		TEST(the_text_of_a_rule_is_unchanged),
		TEST(each_step_of_ceph_is_known),
		TEST(a_ruleset_of_an_older_map_is_the_id),
		TEST(a_rule_may_have_no_name),
		TEST(lines_may_end_with_cr_and_lf),
		TEST(names_may_be_words_of_the_grammar),
		TEST(a_name_may_have_other_characters),
		TEST(take_steps_of_one_class_give_this_class),
		TEST(take_steps_of_several_classes_give_none),
		TEST(a_class_that_ceph_does_not_know_is_none),
		TEST(a_line_of_no_known_form_is_kept),
		TEST(a_step_of_no_known_form_is_a_step_and_an_unknown_line),
		TEST(unknown_lines_beyond_a_number_are_counted),
		TEST(a_long_unknown_line_is_cut_between_characters),
		TEST(an_unknown_block_is_skipped),
		TEST(a_block_in_a_rule_is_unknown),
		TEST(a_rule_in_one_line_is_read),
		TEST(a_brace_may_be_in_the_next_line),
		TEST(a_rule_that_does_not_end_is_incomplete),
		TEST(a_rule_ends_the_block_before_it),
		TEST(a_second_rule_of_one_name_is_marked),
		TEST(an_empty_text_has_no_rules),
		TEST(a_text_that_is_not_a_map_is_unknown_lines),
		TEST(each_beginning_of_a_map_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
