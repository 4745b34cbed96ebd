/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a configuration as libconfig text that loads to the same configuration. */
#include "conf/conf_priv.h"

#include <inttypes.h>

#include "base/buf.h"

#define MAX_BYTES (16u << 20)

static void add_tabs(struct sb_buf *out, int depth)
{
	while (depth-- > 0)
		sb_buf_add(out, "\t");
}

static void add_text(struct sb_buf *out, const char *text)
{
	sb_buf_add(out, "\"");
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			sb_buf_addf(out, "\\%c", c);
		else if (c < ' ' || c == 0x7f)
			sb_buf_addf(out, "\\x%02x", c);
		else
			sb_buf_add_mem(out, text, 1);
	}
	sb_buf_add(out, "\"");
}

static void add_number(struct sb_buf *out, const json_t *value)
{
	sb_autofree char *text = NULL;
	json_int_t number = json_integer_value(value);

	if (json_is_integer(value)) {
		sb_buf_addf(out, "%" JSON_INTEGER_FORMAT "%s", number,
			    number > INT32_MAX || number < INT32_MIN ? "L" : "");
		return;
	}
	/* jansson writes a point in every locale, and enough digits to restore the number. */
	text = json_dumps(value, JSON_ENCODE_ANY);
	if (!text)
		return;
	sb_buf_add_mem(out, text, strcspn(text, "e"));
	sb_buf_add(out, strchr(text, '.') ? "" : ".0"); /* else libconfig reads an integer */
	sb_buf_add(out, text + strcspn(text, "e"));
}

/* An array holds scalars of one type; everything else needs a list. */
static bool fits_array(const json_t *list)
{
	const json_t *first = json_array_get(list, 0);
	json_t *member;
	size_t i;

	json_array_foreach (list, i, member) {
		if (json_is_array(member) || json_is_object(member))
			return false;
		if (json_typeof(member) != json_typeof(first) &&
		    !(json_is_boolean(member) && json_is_boolean(first)))
			return false;
		if (json_is_integer(member) && (json_integer_value(member) > INT32_MAX ||
						json_integer_value(member) < INT32_MIN))
			return false; /* libconfig refuses int and int64 in one array */
	}
	return true;
}

static void add_value(struct sb_buf *out, const json_t *value, int depth);

static void add_members(struct sb_buf *out, const json_t *group, int depth)
{
	sb_autojson *writable = json_incref((json_t *)group);
	const char *name;
	json_t *value;

	json_object_foreach (writable, name, value) {
		add_tabs(out, depth);
		sb_buf_addf(out, json_is_object(value) ? "%s: " : "%s = ", name);
		add_value(out, value, depth);
		sb_buf_add(out, ";\n");
	}
}

static void add_list(struct sb_buf *out, const json_t *list, int depth)
{
	bool is_array = fits_array(list);
	json_t *member;
	size_t i;

	sb_buf_add(out, is_array ? "[" : "(");
	json_array_foreach (list, i, member) {
		sb_buf_add(out, i ? ", " : " ");
		add_value(out, member, depth);
	}
	sb_buf_add(out, is_array ? " ]" : " )");
}

static void add_value(struct sb_buf *out, const json_t *value, int depth)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		sb_buf_add(out, "{\n");
		add_members(out, value, depth + 1);
		add_tabs(out, depth);
		sb_buf_add(out, "}");
		break;
	case JSON_ARRAY: add_list(out, value, depth); break;
	case JSON_STRING: add_text(out, json_string_value(value)); break;
	case JSON_TRUE: sb_buf_add(out, "true"); break;
	case JSON_FALSE: sb_buf_add(out, "false"); break;
	case JSON_NULL: sb_buf_add(out, "\"\""); break;
	default: add_number(out, value); break;
	}
}

static void add_secs(struct sb_buf *out, int64_t secs)
{
	if (secs && secs % 86400 == 0)
		sb_buf_addf(out, "\"%" PRId64 "d\"", secs / 86400);
	else if (secs && secs % 3600 == 0)
		sb_buf_addf(out, "\"%" PRId64 "h\"", secs / 3600);
	else if (secs && secs % 60 == 0)
		sb_buf_addf(out, "\"%" PRId64 "m\"", secs / 60);
	else
		sb_buf_addf(out, "\"%" PRId64 "s\"", secs);
}

static void add_help(struct sb_buf *out, const struct sb_conf_row *row, int depth)
{
	add_tabs(out, depth);
	sb_buf_addf(out, "# %s", row->help);
	if (row->type == SB_OPT_INT && (row->min || row->max))
		sb_buf_addf(out, "; %" PRId64 " to %" PRId64, row->min, row->max);
	if (row->is_optional)
		sb_buf_add(out, "; optional\n");
	else if (!row->dflt)
		sb_buf_add(out, "; required\n");
	else
		sb_buf_addf(out, "; default %s\n", row->dflt[0] ? row->dflt : "\"\"");
}

/* A group without members is left out. */
static void add_options(struct sb_buf *out, const struct sb_conf_row *row, const json_t *value,
			int depth)
{
	if (!json_object_size(value))
		return;
	add_tabs(out, depth);
	sb_buf_addf(out, "# %s\n", row->help);
	add_tabs(out, depth);
	sb_buf_addf(out, "%s: ", row->name);
	add_value(out, value, depth);
	sb_buf_add(out, ";\n");
}

/* Has nothing set this optional value, or any value of this group? A group of a free name counts
 * even when it is empty. */
static bool is_unset(const struct sb_conf_row *row, const json_t *value)
{
	const struct sb_conf_row *inner;

	if (!row->rows)
		return !value && row->is_optional;
	if (row->is_open)
		return !json_object_size(value);
	for (inner = row->rows; inner->name; inner++)
		if (!is_unset(inner, json_object_get(value, sb_conf_member(inner))))
			return false;
	return true;
}

static int add_rows(struct sb_buf *out, const struct sb_conf_row *rows, const json_t *group,
		    int depth, struct sb_error *err);

static int add_inner(struct sb_buf *out, const struct sb_conf_row *row, const char *name,
		     const json_t *value, int depth, struct sb_error *err)
{
	int rc;

	add_tabs(out, depth);
	sb_buf_addf(out, "%s: {\n", name);
	rc = add_rows(out, row->rows, value, depth + 1, err);
	add_tabs(out, depth);
	sb_buf_add(out, "};\n");
	return rc;
}

static int add_nested(struct sb_buf *out, const struct sb_conf_row *row, const json_t *value,
		      int depth, struct sb_error *err)
{
	const char *name;
	json_t *inner;
	int rc = 0;

	add_tabs(out, depth);
	sb_buf_addf(out, "# %s\n", row->help);
	if (!row->is_open)
		return add_inner(out, row, row->name, value, depth, err);
	add_tabs(out, depth);
	sb_buf_addf(out, "%s: {\n", row->name);
	json_object_foreach ((json_t *)(uintptr_t)value, name, inner)
		if (!rc)
			rc = add_inner(out, row, name, inner, depth + 1, err);
	add_tabs(out, depth);
	sb_buf_add(out, "};\n");
	return rc;
}

static int add_rows(struct sb_buf *out, const struct sb_conf_row *rows, const json_t *group,
		    int depth, struct sb_error *err)
{
	const struct sb_conf_row *row;
	int rc;

	for (row = rows; row && row->name; row++) {
		const json_t *value = json_object_get(group, sb_conf_member(row));

		if (row->is_options) {
			add_options(out, row, value, depth);
			continue;
		}
		if (is_unset(row, value))
			continue;
		if (row->rows) {
			rc = add_nested(out, row, value, depth, err);
			if (rc < 0)
				return rc;
			continue;
		}
		if (!value)
			return sb_fail(err, SB_E_ARG, "dump: option %s is missing", row->name);
		if (row->is_secret && !sb_conf_secret_is_unset(row, json_string_value(value)) &&
		    (!json_is_string(value) || !sb_conf_is_reference(json_string_value(value))))
			return sb_fail(err, SB_E_STATE,
				       "dump: %s holds a resolved secret: not written", row->name);
		add_help(out, row, depth);
		add_tabs(out, depth);
		sb_buf_addf(out, "%s = ", row->name);
		if (row->type == SB_OPT_SECS)
			add_secs(out, json_integer_value(value));
		else
			add_value(out, value, depth);
		sb_buf_add(out, ";\n");
	}
	return 0;
}

static int add_groups(struct sb_buf *out, const struct sb_conf_group *group, const json_t *list,
		      struct sb_error *err)
{
	json_t *member;
	size_t i;
	int rc;

	sb_buf_addf(out, "%s: (\n", group->name);
	json_array_foreach (list, i, member) {
		sb_buf_add(out, i ? ",\n\t{\n" : "\t{\n");
		rc = add_rows(out, group->rows, member, 2, err);
		if (rc < 0)
			return rc;
		sb_buf_add(out, "\t}");
	}
	sb_buf_add(out, "\n);\n");
	return 0;
}

/* "kind.field" is written inside the group of its kind. */
static int add_open(struct sb_buf *out, const struct sb_conf_group *group, const json_t *from,
		    struct sb_error *err)
{
	sb_autojson *writable = json_incref((json_t *)from), *tree = json_object();
	const char *name;
	json_t *value;

	json_object_foreach (writable, name, value) {
		const char *dot = group->rows ? strchr(name, '.') : NULL;
		sb_autofree char *kind = dot ? strndup(name, (size_t)(dot - name)) : NULL;
		json_t *into = tree;

		if (kind) {
			if (!json_object_get(tree, kind))
				json_object_set_new(tree, kind, json_object());
			into = json_object_get(tree, kind);
		}
		if (json_object_set(into, dot ? dot + 1 : name, value) < 0)
			return sb_fail(err, SB_E_ARG,
				       "dump: %s.%s: a kind and a field have the same name",
				       group->name, name);
	}
	sb_buf_addf(out, "%s: {\n", group->name);
	add_members(out, tree, 1);
	sb_buf_add(out, "};\n");
	return 0;
}

static int add_group(struct sb_buf *out, const struct sb_conf_group *group, const json_t *conf,
		     struct sb_error *err)
{
	const json_t *at = json_object_get(conf, group->name);
	int rc;

	sb_buf_addf(out, "# %s\n", group->help);
	if (!group->name[0])
		return add_rows(out, group->rows, conf, 0, err);
	if (group->is_list)
		return add_groups(out, group, at, err);
	if (group->is_open)
		return add_open(out, group, at, err);
	sb_buf_addf(out, "%s: {\n", group->name);
	rc = add_rows(out, group->rows, at, 1, err);
	sb_buf_add(out, "};\n");
	return rc;
}

char *sb_conf_dump(const json_t *conf, struct sb_error *err)
{
	sb_autobuf out = SB_BUF_INIT(MAX_BYTES);
	const struct sb_conf_group *group;
	int rc;

	for (group = sb_conf_groups; group->name; group++) {
		if (group != sb_conf_groups)
			sb_buf_add(&out, "\n");
		rc = add_group(&out, group, conf, err);
		if (rc < 0)
			return NULL;
	}
	rc = sb_buf_check(&out, err);
	return rc < 0 ? NULL : sb_buf_take(&out);
}
