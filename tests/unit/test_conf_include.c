/* SPDX-License-Identifier: Apache-2.0 */
/* "@include" inserts a file; one that cannot be read is an error, because libconfig would end the
 * process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/conf.h"
#include "stagebox/json.h"

#define NETBOX "netbox: { url = \"https://nb.example.net\"; token = \"env:NB\"; };\n"
#define LAB                                                                                        \
	"endpoints: ( { slug = \"lab\"; urls = [ \"https://10.0.0.1:8006\" ]; "                    \
	"token = \"env:PVE\"; } );\n"
#define MODULES "modules = [ \"cluster\" ];\n"

static char folder[64];

static void write_file(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int load_text(const char *text, json_t **ret_conf, struct sb_error *err)
{
	char path[128];

	write_file("t.cfg", text);
	snprintf(path, sizeof(path), "%s/t.cfg", folder);
	return sb_conf_load_all(path, ret_conf, NULL, err);
}

static void assert_loads(const char *text)
{
	struct sb_error err = SB_ERROR_INIT;
	sb_autojson *conf = NULL;

	if (load_text(text, &conf, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(json_array_size(json_object_get(conf, "modules")), 1);
}

static void assert_refused(const char *text, const char *place, const char *why)
{
	struct sb_error err = SB_ERROR_INIT;
	json_t *conf = NULL;

	assert_int_equal(load_text(text, &conf, &err), SB_E_CONFIG);
	if (!strstr(err.text, place) || !strstr(err.text, why))
		fail_msg("%s", err.text);
}

static void include_is_relative_to_the_folder_of_the_file(void **state)
{
	(void)state;
	write_file("more.cfg", MODULES);
	assert_loads("@include \"more.cfg\"\n" NETBOX LAB);
	assert_loads(NETBOX LAB " \t@include \t\"more.cfg\"");
}

static void errors_in_an_included_file_name_that_file(void **state)
{
	(void)state;
	write_file("more.cfg", "\nlog: { level = 1; };\n");
	assert_refused("@include \"more.cfg\"\n" NETBOX LAB MODULES, "more.cfg:2", "log.level");
}

static void include_of_what_is_no_file_names_file_and_line(void **state)
{
	char above[80], fifo[80];

	(void)state;
	snprintf(above, sizeof(above), "\n@include \"%s\"\n", folder);
	snprintf(fifo, sizeof(fifo), "%s/pipe", folder);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_refused("@include \"\"\n" NETBOX, "t.cfg:1: @include \"\"", "expected the name");
	assert_refused(NETBOX "@include \".\"\n", "t.cfg:2: @include \".\"", "is a folder");
	assert_refused(above, "t.cfg:2", "is a folder");
	assert_refused("@include \"pipe\"\n", "t.cfg:1", "is not a regular file");
	assert_refused("@include \"nothing.cfg\"\n", "t.cfg:1", "include");
	unlink(fifo);
}

static void include_in_an_included_file_is_checked_too(void **state)
{
	(void)state;
	write_file("more.cfg", MODULES "# a comment\n@include \"..\"\n");
	assert_refused("@include \"more.cfg\"\n" NETBOX LAB, "more.cfg:3", "is a folder");
}

static void files_that_include_each_other_are_an_error(void **state)
{
	(void)state;
	write_file("more.cfg", "@include \"more.cfg\"\n@include \"more.cfg\"\n");
	assert_refused("@include \"more.cfg\"\n" NETBOX LAB, "more.cfg:1", "too deep");
}

static void include_in_a_comment_or_text_is_none(void **state)
{
	(void)state;
	assert_loads(
		"# @include \"\"\n// @include \".\"\n/* *\n@include \"\"\n**/\n" NETBOX LAB MODULES
		"log: { level = \"war\"\n\t\"n\"; }; // a \" quote\n");
	assert_refused(NETBOX LAB MODULES "module_dir = \"a\n@include \\\" \";\n"
					  "@include \"\"\n",
		       "t.cfg:6", "expected the name");
}

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/test_conf_include.XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int drop_folder(void **state)
{
	static const char *const names[] = {"t.cfg", "more.cfg", "pipe"};
	char path[128];
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(include_is_relative_to_the_folder_of_the_file),
		cmocka_unit_test(errors_in_an_included_file_name_that_file),
		cmocka_unit_test(include_of_what_is_no_file_names_file_and_line),
		cmocka_unit_test(include_in_an_included_file_is_checked_too),
		cmocka_unit_test(files_that_include_each_other_are_an_error),
		cmocka_unit_test(include_in_a_comment_or_text_is_none),
	};

	return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
