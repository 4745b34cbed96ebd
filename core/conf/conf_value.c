/* SPDX-License-Identifier: Apache-2.0 */
/* One value against its row: type, bounds, words, form; from JSON or from text. */
#include "conf/conf_priv.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <strings.h>

#include "base/buf.h"

static const char *expected_type(enum sb_opt_type type)
{
	switch (type) {
	case SB_OPT_STR: return "a text";
	case SB_OPT_BOOL: return "true or false";
	case SB_OPT_INT: return "an integer";
	case SB_OPT_SECS: return "a duration: seconds or \"90s\", \"5m\", \"24h\", \"7d\"";
	case SB_OPT_LIST: return "a list of texts";
	}
	return "another type";
}

static const char *type_name(const json_t *raw)
{
	switch (json_typeof(raw)) {
	case JSON_OBJECT: return "a group";
	case JSON_ARRAY: return "a list";
	case JSON_STRING: return "a text";
	case JSON_INTEGER: return "an integer";
	case JSON_REAL: return "a fraction";
	case JSON_TRUE:
	case JSON_FALSE: return "a boolean";
	case JSON_NULL: return "nothing";
	}
	return "something else";
}

static int wrong_type(const struct sb_conf_row *row, const struct sb_conf_origin *origin,
		      const json_t *raw, struct sb_error *err)
{
	return sb_fail(err, SB_E_CONFIG, "%s: expected %s, got %s", origin->where,
		       expected_type(row->type), type_name(raw));
}

static int return_value(json_t *value, json_t **ret_value, struct sb_error *err)
{
	if (!value)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	*ret_value = value;
	return 0;
}

int sb_conf_secs(const char *text, int64_t *ret_secs)
{
	static const struct {
		char unit;
		int64_t secs;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
	int64_t secs, factor = 0;
	char *end = NULL;
	size_t i;

	if (!text || !isdigit((unsigned char)text[0]))
		return SB_E_CONFIG;
	errno = 0;
	secs = strtoll(text, &end, 10);
	if (errno)
		return SB_E_CONFIG;
	if (!*end)
		factor = 1;
	for (i = 0; i < SB_ARRAY_LEN(units); i++) {
		if (end[0] == units[i].unit && !end[1])
			factor = units[i].secs;
	}
	if (!factor || secs > INT64_MAX / factor)
		return SB_E_CONFIG;
	*ret_secs = secs * factor;
	return 0;
}

static int check_words(const struct sb_conf_row *row, const struct sb_conf_origin *origin,
		       const char *text, struct sb_error *err)
{
	const char *const *word;
	struct sb_guess guess;
	sb_autobuf all = SB_BUF_INIT(256);

	if (!row->words)
		return 0;
	sb_guess_start(&guess, text);
	for (word = row->words; *word; word++) {
		if (sb_streq(*word, text))
			return 0;
		sb_guess_try(&guess, *word);
		sb_buf_addf(&all, "%s%s", word == row->words ? "" : ", ", *word);
	}
	return sb_fail(err, SB_E_CONFIG, "%s: \"%.60s\" is not one of %s%s", origin->where, text,
		       sb_buf_str(&all), guess.hint);
}

static int take_str(const struct sb_conf_row *row, const struct sb_conf_origin *origin,
		    const char *text, json_t **ret_value, struct sb_error *err)
{
	sb_autofree char *final = NULL;
	int rc;

	if (row->is_secret && sb_conf_secret_is_unset(row, text))
		return return_value(json_string(""), ret_value, err);
	if (row->is_secret)
		rc = sb_conf_reference_check(origin, text, &final, err);
	else
		rc = sb_conf_form_check(row->form, origin, text, &final, err);
	if (rc < 0)
		return rc;
	if (!row->is_secret) {
		rc = check_words(row, origin, text, err);
		if (rc < 0)
			return rc;
	}
	return return_value(json_string(final), ret_value, err);
}

static int take_number(const struct sb_conf_row *row, const struct sb_conf_origin *origin,
		       int64_t value, json_t **ret_value, struct sb_error *err)
{
	const char *unit = row->type == SB_OPT_SECS ? " seconds" : "";

	if (row->type == SB_OPT_SECS && value < 0)
		return sb_fail(err, SB_E_CONFIG, "%s: a duration cannot be negative",
			       origin->where);
	if ((row->min || row->max) && (value < row->min || value > row->max))
		return sb_fail(err, SB_E_CONFIG,
			       "%s: %" PRId64 " is out of bounds: %" PRId64 " to %" PRId64 "%s",
			       origin->where, value, row->min, row->max, unit);
	return return_value(json_integer(value), ret_value, err);
}

static int take_secs(const struct sb_conf_row *row, const struct sb_conf_origin *origin,
		     const json_t *raw, json_t **ret_value, struct sb_error *err)
{
	int64_t secs = 0;

	if (json_is_integer(raw))
		return take_number(row, origin, json_integer_value(raw), ret_value, err);
	if (!json_is_string(raw))
		return wrong_type(row, origin, raw, err);
	if (sb_conf_secs(json_string_value(raw), &secs) < 0)
		return sb_fail(err, SB_E_CONFIG, "%s: \"%.60s\" is not a duration: expected %s",
			       origin->where, json_string_value(raw), expected_type(row->type));
	return take_number(row, origin, secs, ret_value, err);
}

static int check_unique(const struct sb_conf_origin *origin, const json_t *list, const char *text,
			struct sb_error *err)
{
	json_t *have;
	size_t i;

	json_array_foreach (list, i, have) {
		if (sb_streq(json_string_value(have), text))
			return sb_fail(err, SB_E_CONFIG, "%s: \"%.100s\" is listed twice",
				       origin->where, text);
	}
	return 0;
}

static int take_list(const struct sb_conf_row *row, const struct sb_conf_origin *origin,
		     const json_t *raw, json_t **ret_value, struct sb_error *err)
{
	sb_autojson *list = json_array();
	int64_t count = (int64_t)json_array_size(raw);
	json_t *member;
	size_t i;
	int rc;

	if (!json_is_array(raw))
		return wrong_type(row, origin, raw, err);
	if ((row->min || row->max) && (count < row->min || count > row->max))
		return sb_fail(err, SB_E_CONFIG,
			       "%s: expected %" PRId64 " to %" PRId64 " texts, got %" PRId64,
			       origin->where, row->min, row->max, count);
	json_array_foreach (raw, i, member) {
		sb_autofree char *final = NULL;

		if (!json_is_string(member))
			return wrong_type(row, origin, member, err);
		rc = sb_conf_form_check(row->form, origin, json_string_value(member), &final, err);
		if (rc < 0)
			return rc;
		if (row->form != SB_FORM_ANY) {
			rc = check_unique(origin, list, final, err);
			if (rc < 0)
				return rc;
		}
		if (json_array_append_new(list, json_string(final)) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	return return_value(sb_steal(list), ret_value, err);
}

int sb_conf_value(const struct sb_conf_row *row, const struct sb_conf_origin *origin,
		  const json_t *raw, json_t **ret_value, struct sb_error *err)
{
	switch (row->type) {
	case SB_OPT_STR:
		if (!json_is_string(raw))
			return wrong_type(row, origin, raw, err);
		return take_str(row, origin, json_string_value(raw), ret_value, err);
	case SB_OPT_BOOL:
		if (!json_is_boolean(raw))
			return wrong_type(row, origin, raw, err);
		return return_value(json_boolean(json_is_true(raw)), ret_value, err);
	case SB_OPT_INT:
		if (!json_is_integer(raw))
			return wrong_type(row, origin, raw, err);
		return take_number(row, origin, json_integer_value(raw), ret_value, err);
	case SB_OPT_SECS: return take_secs(row, origin, raw, ret_value, err);
	case SB_OPT_LIST: return take_list(row, origin, raw, ret_value, err);
	}
	return sb_fail(err, SB_E_ARG, "%s: option of an unknown type", origin->where);
}

static json_t *bool_of_text(const char *text)
{
	static const char *const yes[] = {"true", "yes", "on", "1"};
	static const char *const no[] = {"false", "no", "off", "0"};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(yes); i++) {
		if (strcasecmp(text, yes[i]) == 0)
			return json_true();
		if (strcasecmp(text, no[i]) == 0)
			return json_false();
	}
	return json_string(text);
}

static json_t *int_of_text(const char *text)
{
	char *end = NULL;
	long long value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno || end == text || *end)
		return json_string(text);
	return json_integer(value);
}

/* Members are separated by commas or spaces. */
static json_t *list_of_text(const char *text)
{
	json_t *list = json_array();

	while (list && *text) {
		size_t len = strcspn(text, ", \t\n");

		if (len && json_array_append_new(list, json_stringn(text, len)) < 0) {
			json_decref(list);
			return NULL;
		}
		text += len + (text[len] ? 1 : 0);
	}
	return list;
}

int sb_conf_value_text(const struct sb_conf_row *row, const struct sb_conf_origin *origin,
		       const char *text, json_t **ret_value, struct sb_error *err)
{
	sb_autojson *raw = NULL;

	switch (row->type) {
	case SB_OPT_BOOL: raw = bool_of_text(text); break;
	case SB_OPT_INT: raw = int_of_text(text); break;
	case SB_OPT_LIST: raw = list_of_text(text); break;
	default: raw = json_string(text); break;
	}
	if (!raw)
		return sb_fail(err, SB_E_CONFIG, "%s: not valid UTF-8", origin->where);
	return sb_conf_value(row, origin, raw, ret_value, err);
}

int sb_conf_check(const char *group, const char *name, const char *text, char **ret_text,
		  struct sb_error *err)
{
	const struct sb_conf_group *at = sb_conf_group_find(group);
	const struct sb_conf_row *row = at ? sb_conf_row_find(at->rows, name) : NULL;
	struct sb_conf_origin origin = {.where = name};
	int rc;

	if (!row || row->is_options || row->rows ||
	    (row->type != SB_OPT_STR && row->type != SB_OPT_LIST))
		return sb_fail(err, SB_E_ARG, "%s.%s is not an option with a text", group, name);
	if (row->is_secret)
		return sb_conf_reference_check(&origin, text, ret_text, err);
	rc = check_words(row, &origin, text, err);
	return rc < 0 ? rc : sb_conf_form_check(row->form, &origin, text, ret_text, err);
}
