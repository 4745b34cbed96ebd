/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a libconfig file into the JSON shape, row by row of the tables. */
#include "conf/conf_priv.h"

#include <errno.h>
#include <libconfig.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/exit.h"
#include "base/memory.h"
#include "stagebox/json.h"

#define MAX_DEPTH 16
#define MAX_MIB   4

static const char *source_file(const struct sb_conf_reading *reading, const config_setting_t *at)
{
	const char *file = config_setting_source_file(at);

	return file ? file : reading->path;
}

/* Fails with "file:line: text". */
static int fail_at(const struct sb_conf_reading *reading, const config_setting_t *at,
		   struct sb_error *err, const char *fmt, ...) SB_PRINTF(4, 5);
static int fail_at(const struct sb_conf_reading *reading, const config_setting_t *at,
		   struct sb_error *err, const char *fmt, ...)
{
	sb_autobuf text = SB_BUF_INIT(1024);
	va_list ap;

	va_start(ap, fmt);
	sb_buf_addv(&text, fmt, ap);
	va_end(ap);
	return sb_fail(err, SB_E_CONFIG, "%.200s:%u: %s", source_file(reading, at),
		       config_setting_source_line(at), sb_buf_str(&text));
}

static int to_json(const struct sb_conf_reading *reading, const config_setting_t *at, int depth,
		   json_t **ret_json, struct sb_error *err);

static int members_to_json(const struct sb_conf_reading *reading, const config_setting_t *at,
			   int depth, json_t *into, struct sb_error *err)
{
	int i, rc, count = config_setting_length(at);

	for (i = 0; i < count; i++) {
		const config_setting_t *member = config_setting_get_elem(at, (unsigned)i);
		json_t *value = NULL;

		rc = to_json(reading, member, depth + 1, &value, err);
		if (rc < 0)
			return rc;
		if (json_is_object(into))
			rc = json_object_set_new(into, config_setting_name(member), value);
		else
			rc = json_array_append_new(into, value);
		if (rc < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	return 0;
}

static int to_json(const struct sb_conf_reading *reading, const config_setting_t *at, int depth,
		   json_t **ret_json, struct sb_error *err)
{
	sb_autojson *json = NULL;
	const char *text;
	int rc = 0;

	if (depth > MAX_DEPTH)
		return fail_at(reading, at, err, "nested more than %d deep", MAX_DEPTH);
	switch (config_setting_type(at)) {
	case CONFIG_TYPE_INT: json = json_integer(config_setting_get_int(at)); break;
	case CONFIG_TYPE_INT64: json = json_integer(config_setting_get_int64(at)); break;
	case CONFIG_TYPE_FLOAT: json = json_real(config_setting_get_float(at)); break;
	case CONFIG_TYPE_BOOL: json = json_boolean(config_setting_get_bool(at)); break;
	case CONFIG_TYPE_STRING:
		text = config_setting_get_string(at);
		json = json_string(text ? text : "");
		break;
	case CONFIG_TYPE_GROUP: json = json_object(); break;
	default: json = json_array(); break;
	}
	if (!json)
		return fail_at(reading, at, err, "a text is not valid UTF-8");
	if (config_setting_is_aggregate(at))
		rc = members_to_json(reading, at, depth, json, err);
	if (!rc)
		*ret_json = sb_steal(json);
	return rc;
}

/* Takes one option. label is its full name: "netbox.url", "endpoints[0].urls". */
static int take_option(struct sb_conf_reading *reading, const struct sb_conf_row *row,
		       const config_setting_t *at, const char *label, const char *member,
		       json_t *into, struct sb_error *err)
{
	sb_autobuf place = SB_BUF_INIT(PATH_MAX + 64), where = SB_BUF_INIT(PATH_MAX + 256);
	struct sb_conf_origin origin = {.folder = reading->folder};
	sb_autojson *raw = NULL;
	json_t *value = NULL;
	int rc;

	sb_buf_addf(&place, "%s:%u", source_file(reading, at), config_setting_source_line(at));
	sb_buf_addf(&where, "%s: %s", sb_buf_str(&place), label);
	origin.where = sb_buf_str(&where);
	rc = to_json(reading, at, 0, &raw, err);
	if (rc < 0)
		return rc;
	rc = sb_conf_value(row, &origin, raw, &value, err);
	if (rc < 0)
		return rc;
	if (json_object_set_new(into, member, value) < 0 ||
	    json_object_set_new(reading->places, label, json_string(sb_buf_str(&place))) < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	return 0;
}

static int expect_group(const struct sb_conf_reading *reading, const config_setting_t *at,
			const char *label, struct sb_error *err)
{
	if (config_setting_is_group(at))
		return 0;
	return fail_at(reading, at, err, "%s: expected a group: { ... }", label);
}

/* options is a group of groups of values; the modules' tables check them later. */
static int take_options(struct sb_conf_reading *reading, const config_setting_t *at,
			const char *label, json_t *into, struct sb_error *err)
{
	int i, rc, count = config_setting_length(at);

	for (i = 0; i < count; i++) {
		const config_setting_t *member = config_setting_get_elem(at, (unsigned)i);
		char full[160];

		snprintf(full, sizeof(full), "%.90s.%.60s", label, config_setting_name(member));
		rc = sb_conf_note(reading, expect_group(reading, member, full, err), err, full);
		if (rc < 0)
			return rc;
	}
	return members_to_json(reading, at, 0, into, err);
}

static int take_own_options(struct sb_conf_reading *reading, const config_setting_t *at,
			    const char *label, json_t *into, struct sb_error *err)
{
	json_t *options = json_object();
	int rc = expect_group(reading, at, label, err);

	if (json_object_set_new(into, "options", options) < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	return rc < 0 ? rc : take_options(reading, at, label, options, err);
}

static int take_rows(struct sb_conf_reading *reading, const struct sb_conf_row *rows,
		     const config_setting_t *at, const char *label, json_t *into,
		     struct sb_error *err);

/* A group that is a member of a list, or of a group of free names; its errors are noted. */
static int take_member(struct sb_conf_reading *reading, const struct sb_conf_row *rows,
		       const config_setting_t *at, const char *label, json_t *into,
		       struct sb_error *err)
{
	int rc = expect_group(reading, at, label, err);

	if (!rc)
		rc = take_rows(reading, rows, at, label, into, err);
	return sb_conf_note(reading, rc, err, label);
}

/* Groups of free names, each with the rows of a row. */
static int take_named(struct sb_conf_reading *reading, const struct sb_conf_row *row,
		      const config_setting_t *at, const char *label, json_t *into,
		      struct sb_error *err)
{
	int i, rc, count = config_setting_length(at);

	for (i = 0; i < count; i++) {
		const config_setting_t *member = config_setting_get_elem(at, (unsigned)i);
		const char *name = config_setting_name(member);
		json_t *group = json_object();
		char full[160];

		snprintf(full, sizeof(full), "%.90s.%.60s", label, name);
		if (json_object_set_new(into, name, group) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
		rc = take_member(reading, row->rows, member, full, group, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int take_nested(struct sb_conf_reading *reading, const struct sb_conf_row *row,
		       const config_setting_t *at, const char *label, json_t *into,
		       struct sb_error *err)
{
	json_t *group = json_object();
	int rc = expect_group(reading, at, label, err);

	if (json_object_set_new(into, sb_conf_member(row), group) < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	if (rc < 0)
		return rc;
	if (row->is_open)
		return take_named(reading, row, at, label, group, err);
	return take_rows(reading, row->rows, at, label, group, err);
}

static int fail_unknown(const struct sb_conf_reading *reading, const struct sb_conf_row *rows,
			const config_setting_t *at, const char *label, struct sb_error *err)
{
	const char *name = config_setting_name(at);
	struct sb_guess guess;

	sb_guess_start(&guess, name);
	sb_guess_rows(&guess, rows);
	return fail_at(reading, at, err, "unknown option %s.%.60s%s", label, name, guess.hint);
}

static int take_rows(struct sb_conf_reading *reading, const struct sb_conf_row *rows,
		     const config_setting_t *at, const char *label, json_t *into,
		     struct sb_error *err)
{
	int i, rc, count = config_setting_length(at);

	for (i = 0; i < count; i++) {
		const config_setting_t *member = config_setting_get_elem(at, (unsigned)i);
		const char *name = config_setting_name(member);
		const struct sb_conf_row *row = sb_conf_row_find(rows, name);
		sb_autobuf full = SB_BUF_INIT(256);

		if (!row) {
			rc = fail_unknown(reading, rows, member, label, err);
			rc = sb_conf_note(reading, rc, err, NULL);
			if (rc < 0)
				return rc;
			continue;
		}
		sb_buf_addf(&full, "%s.%s", label, name);
		if (row->is_options)
			rc = take_own_options(reading, member, sb_buf_str(&full), into, err);
		else if (row->rows)
			rc = take_nested(reading, row, member, sb_buf_str(&full), into, err);
		else
			rc = take_option(reading, row, member, sb_buf_str(&full),
					 sb_conf_member(row), into, err);
		rc = sb_conf_note(reading, rc, err, sb_buf_str(&full));
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int take_list(struct sb_conf_reading *reading, const struct sb_conf_group *group,
		     const config_setting_t *at, json_t *into, struct sb_error *err)
{
	int i, rc, count = config_setting_length(at);

	if (!config_setting_is_list(at))
		return fail_at(reading, at, err, "%s: expected a list of groups: ( { ... } )",
			       group->name);
	for (i = 0; i < count; i++) {
		const config_setting_t *member = config_setting_get_elem(at, (unsigned)i);
		json_t *object = json_object();
		char label[64];

		snprintf(label, sizeof(label), "%s[%d]", group->name, i);
		if (json_array_append_new(into, object) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
		rc = take_member(reading, group->rows, member, label, object, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* "field = word" and "kind: { field = word; }", which becomes "kind.field". */
static int take_open(struct sb_conf_reading *reading, const struct sb_conf_group *group,
		     const config_setting_t *at, const char *prefix, json_t *into,
		     struct sb_error *err)
{
	int i, rc, count = config_setting_length(at);

	for (i = 0; i < count; i++) {
		const config_setting_t *member = config_setting_get_elem(at, (unsigned)i);
		const char *name = config_setting_name(member);
		sb_autobuf full = SB_BUF_INIT(256), label = SB_BUF_INIT(320);

		sb_buf_addf(&full, "%s%s%s", prefix, prefix[0] ? "." : "", name);
		sb_buf_addf(&label, "%s.%s", group->name, sb_buf_str(&full));
		rc = sb_buf_check(&label, err);
		if (rc < 0)
			return fail_at(reading, member, err, "%s: a name is too long", group->name);
		if (config_setting_is_group(member) && !prefix[0])
			rc = take_open(reading, group, member, name, into, err);
		else
			rc = take_option(reading, group->rows, member, sb_buf_str(&label),
					 sb_buf_str(&full), into, err);
		rc = sb_conf_note(reading, rc, err, sb_buf_str(&label));
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int take_group(struct sb_conf_reading *reading, const struct sb_conf_group *group,
		      const config_setting_t *at, struct sb_error *err)
{
	json_t *into = json_object_get(reading->conf, group->name);
	int rc;

	if (group->is_list)
		return take_list(reading, group, at, into, err);
	rc = expect_group(reading, at, group->name, err);
	if (rc < 0)
		return rc;
	if (group->is_open && group->rows)
		return take_open(reading, group, at, "", into, err);
	if (group->is_open)
		return take_options(reading, at, group->name, into, err);
	return take_rows(reading, group->rows, at, group->name, into, err);
}

static int take_top(struct sb_conf_reading *reading, const config_setting_t *at,
		    struct sb_error *err)
{
	const struct sb_conf_group *top = sb_conf_group_find(""), *group;
	const char *name = config_setting_name(at);
	const struct sb_conf_row *row = sb_conf_row_find(top->rows, name);
	struct sb_guess guess;

	group = sb_conf_group_find(name);
	if (group)
		return take_group(reading, group, at, err);
	if (row)
		return take_option(reading, row, at, name, sb_conf_member(row), reading->conf, err);
	sb_guess_start(&guess, name);
	sb_guess_rows(&guess, top->rows);
	for (group = sb_conf_groups; group->name; group++)
		sb_guess_try(&guess, group->name);
	return fail_at(reading, at, err, "unknown option %.60s%s", name, guess.hint);
}

/* Every group exists, even when the file does not mention it. */
static int start_groups(struct sb_conf_reading *reading, struct sb_error *err)
{
	const struct sb_conf_group *group;

	reading->conf = json_object();
	reading->places = json_object();
	for (group = sb_conf_groups; group->name; group++) {
		if (!group->name[0])
			continue;
		if (json_object_set_new(reading->conf, group->name,
					group->is_list ? json_array() : json_object()) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	return reading->places ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}

/* Symbolic links are not resolved: in a Kubernetes volume the file is a link into a folder that is
 * replaced. */
static int find_folder(struct sb_conf_reading *reading, struct sb_error *err)
{
	const char *slash = strrchr(reading->path, '/');
	sb_autobuf folder = SB_BUF_INIT(2 * PATH_MAX);
	char cwd[PATH_MAX];

	if (reading->path[0] != '/') {
		if (!getcwd(cwd, sizeof(cwd)))
			return sb_fail(err, SB_E_CONFIG, "working directory: %s", strerror(errno));
		sb_buf_add(&folder, cwd);
		if (slash)
			sb_buf_add(&folder, "/");
	}
	if (slash == reading->path)
		sb_buf_add(&folder, "/");
	else if (slash)
		sb_buf_add_mem(&folder, reading->path, (size_t)(slash - reading->path));
	reading->folder = sb_buf_take(&folder);
	return reading->folder ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}

/* Reads a file or a pipe, which cannot be read twice, into text; it ends with a line feed. */
static int read_text(const char *path, struct sb_buf *text, struct sb_error *err)
{
	FILE *file = fopen(path, "re");
	struct stat st;
	char part[4096];
	size_t n;
	int rc = 0;

	if (!file)
		return sb_fail(err, SB_E_CONFIG, "configuration %.200s: %s", path, strerror(errno));
	if (fstat(fileno(file), &st) < 0 || S_ISDIR(st.st_mode)) {
		fclose(file);
		return sb_fail(err, SB_E_CONFIG, "configuration %.200s is a folder, not a file",
			       path);
	}
	while ((n = fread(part, 1, sizeof(part), file)) > 0)
		sb_buf_add_mem(text, part, n);
	if (ferror(file))
		rc = sb_fail(err, SB_E_CONFIG, "configuration %.200s: %s", path, strerror(errno));
	fclose(file);
	sb_buf_add(text, "\n");
	if (!rc && text->failed)
		rc = sb_fail(err, SB_E_CONFIG, "configuration %.200s is larger than %d MiB", path,
			     MAX_MIB);
	return rc;
}

static int parse_file(const struct sb_conf_reading *reading, config_t *config, struct sb_error *err)
{
	sb_autobuf text = SB_BUF_INIT(MAX_MIB << 20);
	const char *where;
	FILE *file;
	int ok, line, rc = read_text(reading->path, &text, err);

	if (rc < 0)
		return rc;
	/* libconfig exits the process when a read fails: it reads from memory. */
	file = fmemopen((void *)(uintptr_t)sb_buf_str(&text), text.len, "r");
	if (!file)
		return sb_fail(err, SB_E_NOMEM, "configuration %.200s: out of memory",
			       reading->path);
	rc = sb_conf_check_includes(file, reading->path, reading->folder, err);
	rewind(file);
	config_set_include_dir(config, reading->folder);
	ok = rc < 0 ? 1 : config_read(config, file);
	fclose(file);
	if (rc < 0)
		return rc;
	if (ok)
		return 0;
	where = config_error_file(config);
	line = config_error_line(config);
	/* libconfig says "syntax error" and no more. */
	if (config_error_type(config) == CONFIG_ERR_PARSE &&
	    sb_conf_syntax(where ? where : reading->path, (unsigned)line, err) < 0)
		return SB_E_CONFIG;
	return sb_fail(err, SB_E_CONFIG, "%.200s:%d: %s", where ? where : reading->path, line,
		       config_error_text(config));
}

static int read_all(struct sb_conf_reading *reading, config_t *config, struct sb_error *err)
{
	const config_setting_t *root;
	int i, count, rc;

	rc = find_folder(reading, err);
	if (!rc)
		rc = start_groups(reading, err);
	if (!rc)
		rc = parse_file(reading, config, err);
	if (rc < 0)
		return rc;
	root = config_root_setting(config);
	count = config_setting_length(root);
	for (i = 0; i < count; i++) {
		const config_setting_t *member = config_setting_get_elem(root, (unsigned)i);

		rc = take_top(reading, member, err);
		rc = sb_conf_note(reading, rc, err, config_setting_name(member));
		if (rc < 0)
			return rc;
	}
	rc = sb_conf_env(reading, err);
	return rc < 0 ? rc : sb_conf_complete(reading, err);
}

int sb_conf_names(const char *path, json_t **ret_names, struct sb_error *err)
{
	struct sb_conf_reading reading = {.path = path};
	const config_setting_t *root;
	json_t *names = NULL;
	config_t config;
	int i, rc;

	sb_memory_end_process(SB_EXIT_FAILED,
			      "stagebox: reading the configuration: out of memory\n");
	config_init(&config);
	rc = find_folder(&reading, err);
	if (!rc)
		rc = parse_file(&reading, &config, err);
	if (!rc) {
		names = json_object();
		root = config_root_setting(&config);
		for (i = 0; i < config_setting_length(root); i++)
			json_object_set_new(
				names,
				config_setting_name(config_setting_get_elem(root, (unsigned)i)),
				json_true());
		*ret_names = names;
	}
	config_destroy(&config);
	sb_memory_end_process(0, NULL);
	free(reading.folder);
	return rc;
}

int sb_conf_note(struct sb_conf_reading *reading, int rc, const struct sb_error *err,
		 const char *label)
{
	if (rc != SB_E_CONFIG || !err)
		return rc;
	json_array_append_new(reading->faults, sb_json_text(err->text, sizeof(err->text)));
	if (label)
		json_object_set_new(reading->failed, label, json_true());
	return 0;
}

bool sb_conf_has_failed(const struct sb_conf_reading *reading, const char *label)
{
	size_t len = strlen(label);
	const char *name;
	json_t *yes;

	json_object_foreach (reading->failed, name, yes)
		if (strncmp(name, label, len) == 0 && (!name[len] || name[len] == '.'))
			return true;
	return false;
}

int sb_conf_load_all(const char *path, json_t **ret_conf, json_t **ret_faults, struct sb_error *err)
{
	struct sb_conf_reading reading = {
		.path = path, .faults = json_array(), .failed = json_object()};
	struct sb_error why = SB_ERROR_INIT;
	config_t config;
	int rc;

	/* libconfig uses the results of failed allocations. */
	sb_memory_end_process(SB_EXIT_FAILED,
			      "stagebox: reading the configuration: out of memory\n");
	config_init(&config);
	rc = read_all(&reading, &config, &why);
	config_destroy(&config);
	sb_memory_end_process(0, NULL);
	rc = sb_conf_note(&reading, rc, &why, NULL);
	if (!rc && json_array_size(reading.faults))
		rc = sb_fail(&why, SB_E_CONFIG, "%s",
			     json_string_value(json_array_get(reading.faults, 0)));
	if (!rc)
		*ret_conf = sb_steal(reading.conf);
	else if (err)
		*err = why;
	if (ret_faults)
		*ret_faults = json_incref(reading.faults);
	json_decref(reading.faults);
	json_decref(reading.failed);
	json_decref(reading.conf);
	json_decref(reading.places);
	free(reading.folder);
	return rc;
}
