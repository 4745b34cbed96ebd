/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of a recording: a file from anybody passes the same tables as a file of ours.
 */
#include "conf/conf_priv.h"

#include "base/list.h"

/* A recording may lead to no file, has no secret, and is of a host with other groups. */
static bool is_left_out(const struct sb_conf_row *row)
{
	return row->is_secret || row->form == SB_FORM_PATH || row->form == SB_FORM_FILE ||
	       row->form == SB_FORM_GROUP;
}

/* Options of a module are checked by the module's own table. */
static int check_options(const char *label, const json_t *recorded, json_t **ret_options,
			 struct sb_error *err)
{
	const char *name;
	json_t *value;

	if (recorded && !json_is_object(recorded))
		return sb_fail(err, SB_E_CONFIG, "%s is not a group", label);
	json_object_foreach ((json_t *)(uintptr_t)recorded, name, value)
		if (!json_is_object(value))
			return sb_fail(err, SB_E_CONFIG, "%s.%.60s is not a group", label, name);
	*ret_options = recorded ? json_deep_copy(recorded) : json_object();
	return *ret_options ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}

static int check_rows(const struct sb_conf_row *rows, const char *prefix, const json_t *recorded,
		      json_t *into, struct sb_error *err);

static int check_named(const struct sb_conf_row *row, const char *label, const json_t *recorded,
		       json_t *into, struct sb_error *err)
{
	const char *name;
	json_t *value;
	char prefix[200];
	int rc = 0;

	json_object_foreach ((json_t *)(uintptr_t)recorded, name, value) {
		json_t *group = json_object();

		if (json_object_set_new(into, name, group) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
		snprintf(prefix, sizeof(prefix), "%.100s.%.60s.", label, name);
		if (!rc && !json_is_object(value))
			rc = sb_fail(err, SB_E_CONFIG, "%s.%.60s is not a group", label, name);
		if (!rc)
			rc = check_rows(row->rows, prefix, value, group, err);
	}
	return rc;
}

static int check_nested(const struct sb_conf_row *row, const char *label, const json_t *recorded,
			json_t **ret_group, struct sb_error *err)
{
	sb_autojson *group = json_object();
	char prefix[200];
	int rc;

	if (recorded && !json_is_object(recorded))
		return sb_fail(err, SB_E_CONFIG, "%s is not a group", label);
	snprintf(prefix, sizeof(prefix), "%.180s.", label);
	rc = row->is_open ? check_named(row, label, recorded, group, err)
			  : check_rows(row->rows, prefix, recorded, group, err);
	if (!rc)
		*ret_group = sb_steal(group);
	return rc;
}

static int check_row(const struct sb_conf_row *row, const char *label, const json_t *recorded,
		     json_t *into, struct sb_error *err)
{
	struct sb_conf_origin origin = {.where = label};
	json_t *value = NULL;
	int rc = SB_E_NOMEM;

	if (is_left_out(row))
		value = row->type == SB_OPT_LIST ? json_array() : json_string("");
	else if (row->is_options)
		rc = check_options(label, recorded, &value, err);
	else if (row->rows)
		rc = check_nested(row, label, recorded, &value, err);
	else if (recorded)
		rc = sb_conf_value(row, &origin, recorded, &value, err);
	else if (row->is_optional)
		return 0;
	else if (row->dflt)
		rc = sb_conf_value_text(row, &origin, row->dflt, &value, err);
	else
		rc = sb_fail(err, SB_E_CONFIG, "%s is missing", label);
	if (!value)
		return is_left_out(row) ? sb_fail(err, SB_E_NOMEM, "out of memory") : rc;
	return json_object_set_new(into, sb_conf_member(row), value) < 0
		       ? sb_fail(err, SB_E_NOMEM, "out of memory")
		       : 0;
}

/* Members that are in no table are dropped: nothing reads them. */
static int check_rows(const struct sb_conf_row *rows, const char *prefix, const json_t *recorded,
		      json_t *into, struct sb_error *err)
{
	const struct sb_conf_row *row;
	char label[200];
	int rc = 0;

	for (row = rows; !rc && row->name; row++) {
		snprintf(label, sizeof(label), "%s%s", prefix, row->name);
		rc = check_row(row, label, json_object_get(recorded, sb_conf_member(row)), into,
			       err);
	}
	return rc;
}

static int check_members(const struct sb_conf_group *group, const json_t *recorded, json_t *into,
			 struct sb_error *err)
{
	char prefix[100];

	snprintf(prefix, sizeof(prefix), "configuration of the recording: %s%s", group->name,
		 group->name[0] ? "." : "");
	return check_rows(group->rows, prefix, recorded, into, err);
}

static int check_list(const struct sb_conf_group *group, const json_t *recorded, json_t *into,
		      struct sb_error *err)
{
	json_t *member;
	size_t i;
	int rc = 0;

	json_array_foreach (recorded, i, member) {
		json_t *checked = json_object();

		if (json_array_append_new(into, checked) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
		rc = check_members(group, member, checked, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Words of a policy. */
static int check_open(const struct sb_conf_group *group, const json_t *recorded, json_t *into,
		      struct sb_error *err)
{
	const char *name;
	json_t *value;
	char label[160];
	int rc = 0;

	json_object_foreach ((json_t *)(uintptr_t)recorded, name, value) {
		struct sb_conf_origin origin = {.where = label};
		json_t *checked = NULL;

		snprintf(label, sizeof(label), "configuration of the recording: %s.%.60s",
			 group->name, name);
		rc = sb_conf_value(group->rows, &origin, value, &checked, err);
		if (rc < 0)
			return rc;
		if (json_object_set_new(into, name, checked) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	return 0;
}

static int check_group(const struct sb_conf_group *group, const json_t *recorded, json_t *conf,
		       struct sb_error *err)
{
	const json_t *from = group->name[0] ? json_object_get(recorded, group->name) : recorded;
	json_t *into = conf, *options = NULL;
	int rc;

	if (group->is_open && !group->rows) {
		rc = check_options("configuration of the recording: options", from, &options, err);
		return rc < 0 ? rc : json_object_set_new(conf, group->name, options);
	}
	if (group->name[0]) {
		into = group->is_list ? json_array() : json_object();
		if (json_object_set_new(conf, group->name, into) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	if (from && (group->is_list ? !json_is_array(from) : !json_is_object(from)))
		return sb_fail(err, SB_E_CONFIG, "configuration of the recording: %s is not a %s",
			       group->name, group->is_list ? "list" : "group");
	if (group->is_list)
		return check_list(group, from, into, err);
	if (group->is_open)
		return check_open(group, from, into, err);
	return check_members(group, from, into, err);
}

/* Loading a module runs its code: what is loaded, and from where, is the caller's decision. */
static int take_modules(const json_t *own, json_t *conf, struct sb_error *err)
{
	json_t *dir = json_object_get(own, "module_dir"), *name;
	json_t *path = json_object_get(own, "module_path");
	json_t *allowed = json_object_get(own, "modules");
	size_t i;

	json_array_foreach (json_object_get(conf, "modules"), i, name)
		if (json_is_array(allowed) && !sb_list_holds(allowed, name))
			return sb_fail(err, SB_E_CONFIG,
				       "the recording was made with the module \"%.64s\", which "
				       "modules of your configuration does not list: add it there "
				       "if it may be loaded",
				       json_string_value(name));
	if ((json_is_string(dir) && json_object_set(conf, "module_dir", dir) < 0) ||
	    (json_is_array(path) && json_object_set(conf, "module_path", path) < 0))
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	return 0;
}

int sb_conf_recorded(const json_t *recorded, const json_t *own, json_t **ret_conf,
		     struct sb_error *err)
{
	const struct sb_conf_group *group;
	sb_autojson *conf = json_object();
	int rc = conf ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");

	for (group = sb_conf_groups; !rc && group->name; group++)
		rc = check_group(group, recorded, conf, err);
	if (!rc)
		rc = take_modules(own, conf, err);
	if (!rc)
		*ret_conf = sb_steal(conf);
	return rc;
}
