/* SPDX-License-Identifier: Apache-2.0 */
/* Overlays the variables STAGEBOX_<GROUP>_<NAME> of the environment. */
#include "conf/conf_priv.h"

#include <ctype.h>

#include "base/buf.h"

#define PREFIX     "STAGEBOX_"
#define PREFIX_LEN (sizeof(PREFIX) - 1)

extern char **environ;

/* Compares a name with a variable, which is upper case: "in_flight" equals "IN_FLIGHT". */
static bool same_name(const char *name, const char *upper, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (!name[i] || toupper((unsigned char)name[i]) != upper[i])
			return false;
	}
	return !name[len];
}

static bool is_reference_to(const json_t *value, const char *name, size_t len)
{
	const char *text = json_string_value(value);

	return text && sb_starts_with(text, "env:") && strlen(text) == 4 + len &&
	       strncmp(text + 4, name, len) == 0;
}

/* A variable that the file refers to by "env:..." is a secret and not an override. */
static bool is_named_by_file(const struct sb_conf_reading *reading, const char *name, size_t len)
{
	const json_t *netbox = json_object_get(reading->conf, "netbox");
	json_t *endpoint;
	size_t i;

	if (is_reference_to(json_object_get(netbox, "token"), name, len))
		return true;
	json_array_foreach (json_object_get(reading->conf, "endpoints"), i, endpoint) {
		if (is_reference_to(json_object_get(endpoint, "token"), name, len) ||
		    is_reference_to(json_object_get(endpoint, "write_token"), name, len))
			return true;
	}
	return false;
}

static int take_value(struct sb_conf_reading *reading, const struct sb_conf_row *row,
		      const char *label, const char *variable, const char *text, json_t *into,
		      struct sb_error *err)
{
	sb_autobuf where = SB_BUF_INIT(256), reference = SB_BUF_INIT(256);
	struct sb_conf_origin origin = {.folder = reading->folder};
	json_t *value = NULL;
	int rc;

	sb_buf_addf(&where, "environment %s", variable);
	sb_buf_addf(&reference, "env:%s", variable);
	origin.where = sb_buf_str(&where);
	if (row->is_secret && !text[0])
		return sb_fail(err, SB_E_CONFIG, "%s is empty", origin.where);
	if (row->is_secret && !sb_conf_is_reference(text))
		text = sb_buf_str(&reference); /* the value itself must not be stored */
	rc = sb_conf_value_text(row, &origin, text, &value, err);
	if (rc < 0)
		return rc;
	if (json_object_set_new(into, sb_conf_member(row), value) < 0 ||
	    json_object_set_new(reading->places, label, json_string(sb_buf_str(&where))) < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	return 0;
}

static int fail_unknown(const struct sb_conf_group *group, const char *variable, const char *rest,
			struct sb_error *err)
{
	struct sb_guess guess;
	sb_autobuf lower = SB_BUF_INIT(64);

	for (; *rest; rest++)
		sb_buf_addf(&lower, "%c", tolower((unsigned char)*rest));
	sb_guess_start(&guess, sb_buf_str(&lower));
	sb_guess_rows(&guess, group->rows);
	return sb_fail(err, SB_E_CONFIG, "environment %.80s: group %s has no such option%s",
		       variable, group->name, guess.hint);
}

/* rest is the part of the variable after STAGEBOX_<GROUP>_ */
static int take_of_group(struct sb_conf_reading *reading, const struct sb_conf_group *group,
			 const char *variable, const char *rest, const char *text,
			 struct sb_error *err)
{
	const struct sb_conf_row *row;
	char label[128];

	if (group->is_list || group->is_open)
		return sb_fail(err, SB_E_CONFIG,
			       "environment %.80s: %s cannot be set by the environment", variable,
			       group->name);
	for (row = group->rows; row->name; row++) {
		if (!same_name(row->name, rest, strlen(rest)))
			continue;
		if (row->rows)
			return sb_fail(err, SB_E_CONFIG,
				       "environment %.80s: %s.%s cannot be set by the environment",
				       variable, group->name, row->name);
		snprintf(label, sizeof(label), "%s.%s", group->name, row->name);
		return take_value(reading, row, label, variable, text,
				  json_object_get(reading->conf, group->name), err);
	}
	return fail_unknown(group, variable, rest, err);
}

static int take_variable(struct sb_conf_reading *reading, const char *variable, const char *text,
			 struct sb_error *err)
{
	const char *rest = variable + PREFIX_LEN, *bar = strchr(rest, '_');
	const struct sb_conf_group *group;
	const struct sb_conf_row *row;

	for (row = sb_conf_group_find("")->rows; row->name; row++) {
		if (same_name(row->name, rest, strlen(rest)))
			return take_value(reading, row, row->name, variable, text, reading->conf,
					  err);
	}
	for (group = sb_conf_groups; bar && group->name; group++) {
		if (same_name(group->name, rest, (size_t)(bar - rest)))
			return take_of_group(reading, group, variable, bar + 1, text, err);
	}
	return 0;
}

int sb_conf_env(struct sb_conf_reading *reading, struct sb_error *err)
{
	char **entry;

	for (entry = environ; entry && *entry; entry++) {
		const char *equals = strchr(*entry, '=');
		sb_autofree char *variable = NULL;
		int rc;

		if (!equals || strncmp(*entry, PREFIX, PREFIX_LEN) != 0 ||
		    is_named_by_file(reading, *entry, (size_t)(equals - *entry)))
			continue;
		variable = strndup(*entry, (size_t)(equals - *entry));
		if (!variable)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
		rc = take_variable(reading, variable, equals + 1, err);
		rc = sb_conf_note(reading, rc, err, NULL);
		if (rc < 0)
			return rc;
	}
	return 0;
}
