/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox modules test: play cases, the real engine on scripted answers, and report them as TAP.
 */
#include "modules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/exit.h"
#include "conf/conf.h"
#include "kit/play.h"
#include "load/folders.h"
#include "load/look.h"
#include "stagebox/json.h"
#include "store/store.h"
#include "test_place.h"

struct test {
	struct cmd *cmd;
	struct test_place place;
	json_t *results; /* of the steps, for --format json */
	size_t n, n_bad;
};

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = sb_json_str(object, name);

	return text ? text : "";
}

static void print_comment(struct out *out, const char *text)
{
	out_text(out, "#   ");
	out_safe(out, text);
	out_text(out, "\n");
}

static void print_list(struct out *out, const char *head, const json_t *list)
{
	const json_t *line;
	size_t i;

	json_array_foreach (list, i, line) {
		sb_autojson *text = json_sprintf("%s%s", head, json_string_value(line));

		print_comment(out, json_string_value(text));
	}
}

static void print_op(struct out *out, const json_t *op)
{
	sb_autofree char *set =
		json_dumps(json_object_get(op, "set"), JSON_COMPACT | JSON_SORT_KEYS);
	sb_autojson *line = json_sprintf("%s %s %s %s", text_of(op, "verb"), text_of(op, "kind"),
					 text_of(op, "key"), set ? set : "");

	print_comment(out, json_string_value(line));
}

static void print_stage_errors(struct out *out, const json_t *stages)
{
	const char *name;
	json_t *stage;

	json_object_foreach ((json_t *)(uintptr_t)stages, name, stage) {
		sb_autojson *line = NULL;

		if (!sb_json_str(stage, "error"))
			continue;
		line = json_sprintf("%s is %s: %s", name, text_of(stage, "status"),
				    text_of(stage, "error"));
		print_comment(out, json_string_value(line));
	}
}

/* Print the errors, changes and requests of a step. */
static void print_given(struct out *out, const json_t *result)
{
	const json_t *given = json_object_get(result, "given"), *op;
	const char *request;
	json_t *status;
	size_t i;

	if (sb_json_str(given, "error"))
		print_comment(out, sb_json_str(given, "error"));
	print_stage_errors(out, json_object_get(given, "stages"));
	json_array_foreach (json_object_get(given, "plan"), i, op)
		print_op(out, op);
	json_object_foreach (json_object_get(result, "asked"), request, status) {
		int code = (int)json_integer_value(status);
		sb_autojson *line = code ? json_sprintf("asked: %s: %d", request, code)
					 : json_sprintf("asked: %s: no answer", request);

		print_comment(out, json_string_value(line));
	}
}

static void print_step(struct out *out, size_t number, const json_t *result)
{
	const char *status = text_of(result, "status"), *step = text_of(result, "step");
	const json_t *given = json_object_get(result, "given");
	bool is_bad = sb_streq(status, "different"), is_unset = sb_streq(status, "unset");

	out_text(out, "%sok %zu - ", is_bad ? "not " : "", number);
	out_safe(out, text_of(result, "case"));
	if (*step)
		out_text(out, ", step %s", step);
	if (is_unset)
		out_text(out, " # SKIP there is no expected.json: write it with --update");
	else if (sb_streq(status, "updated"))
		out_text(out, ": expected.json was written");
	else
		out_text(out, ": plan and record are as expected");
	out_text(out, "\n");
	print_list(out, "", json_object_get(result, "differences"));
	print_list(out, "asked, not answered: ", json_object_get(given, "not_answered"));
	print_list(out, "answered, not asked: ", json_object_get(result, "not_asked"));
	if (is_bad || is_unset || out->is_verbose)
		print_given(out, result);
	fflush(out->file);
}

static void take_step(void *arg, const json_t *result)
{
	struct test *test = arg;
	struct out *out = &test->cmd->out;

	test->n++;
	test->n_bad += sb_streq(text_of(result, "status"), "different");
	json_array_append(test->results, (json_t *)(uintptr_t)result);
	if (out->is_text && !out->is_quiet)
		print_step(out, test->n, result);
}

static int resolve_conf(json_t *conf, const json_t *modules, struct sb_error *err)
{
	int rc = sb_conf_resolve(conf, err);

	return rc < 0 ? rc : sb_conf_resolve_options(conf, modules, NULL, err);
}

static int play_case(struct test *test, const struct sb_kit_case *the_case, struct sb_error *err)
{
	struct sb_kit_play play = {
		.updates = test->cmd->options.update,
		.stop = cmd_keep_signals(),
		.on_step = take_step,
		.arg = test,
	};
	sb_autojson *conf = NULL, *seen = NULL;
	int rc = test_place_clear(&test->place, err);

	if (!rc)
		rc = test_place_conf(&test->place, the_case->conf, &conf, err);
	if (!rc)
		rc = sb_look_forms(conf, &seen, err);
	if (!rc)
		rc = resolve_conf(conf, json_object_get(seen, "modules"), err);
	if (!rc)
		rc = sb_store_open(json_object_get(conf, "store"), &play.store, err);
	if (rc < 0)
		return rc;
	play.conf = conf;
	play.forms = json_object_get(seen, "forms");
	rc = sb_kit_play(the_case, &play, err);
	sb_store_close(play.store);
	return rc;
}

/* All cases are read before the first one is played, so that a mistake in one is found at once. */
static int check_cases(const struct cmd *cmd, struct sb_error *err)
{
	int i, rc = 0;

	for (i = 2; !rc && i < cmd->argc; i++) {
		struct sb_kit_case the_case;

		rc = sb_kit_case_read(cmd->argv[i], &the_case, err);
		sb_kit_case_finish(&the_case);
	}
	return rc;
}

static int play_cases(struct test *test, struct sb_error *err)
{
	const struct cmd *cmd = test->cmd;
	int i, rc = 0;

	for (i = 2; !rc && i < cmd->argc; i++) {
		struct sb_kit_case the_case;

		rc = sb_kit_case_read(cmd->argv[i], &the_case, err);
		if (!rc)
			rc = play_case(test, &the_case, err);
		sb_kit_case_finish(&the_case);
	}
	return rc;
}

/* The folder of the installed modules, or the one of --module-dir. */
static int read_folders(const struct cmd *cmd, struct sb_module_folders *ret_folders,
			struct sb_error *err)
{
	const char *named = cmd->options.module_dir;
	sb_autofree char *dir = named ? realpath(named, NULL) : NULL;
	sb_autojson *conf = json_pack("{s:s*}", "module_dir", dir);

	if (named && !dir)
		return sb_fail(err, SB_E_CONFIG, "--module-dir %s: %s", named, strerror(errno));
	return conf ? sb_module_folders_read(conf, ret_folders, err)
		    : sb_fail(err, SB_E_NOMEM, "out of memory");
}

static int make_place(struct test *test, struct sb_error *err)
{
	struct sb_module_folders folders SB_CLEANUP(sb_module_folders_finish) = {0};
	const char *file = test->cmd->argv[1];
	sb_autojson *info = NULL;
	int rc = read_folders(test->cmd, &folders, err);

	if (!rc)
		rc = sb_look_file(file, &info, err);
	return rc < 0 ? rc
		      : test_place_make(folders.paths[0], file, text_of(info, "name"), &test->place,
					err);
}

static void print_end(struct out *out, const json_t *doc)
{
	out_text(out, "1..%zu\n", json_array_size(json_object_get(doc, "steps")));
}

int modules_test(struct cmd *cmd, int *ret_code, struct sb_error *err)
{
	struct test test = {.cmd = cmd, .results = json_array()};
	sb_autojson *doc = NULL;
	int rc;

	cmd_keep_signals(); /* the folder of the test is removed in any case */
	rc = check_cases(cmd, err);
	if (!rc)
		rc = make_place(&test, err);
	if (!rc)
		rc = play_cases(&test, err);
	test_place_remove(&test.place);
	doc = json_pack("{s:b, s:o}", "ok", !rc && !test.n_bad, "steps", test.results);
	if (rc < 0)
		return rc;
	if (!doc)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	out_document(&cmd->out, doc, print_end);
	*ret_code = test.n_bad ? SB_EXIT_FAILED : SB_EXIT_OK;
	return 0;
}
