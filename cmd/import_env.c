/* SPDX-License-Identifier: Apache-2.0 */
/* The variables PROXBOX_* by which proxbox-api overrides settings of netbox-proxbox. */
#include "import_proxbox.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define PREFIX "PROXBOX_"

extern char **environ;

/* A number or a boolean as JSON; everything else is a text. New reference. */
static json_t *to_json(const char *text)
{
	static const char *const yes[] = {"true", "yes", "True"};
	static const char *const no[] = {"false", "no", "False"};
	char *end = NULL;
	long long number;
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(yes); i++) {
		if (sb_streq(text, yes[i]))
			return json_true();
		if (sb_streq(text, no[i]))
			return json_false();
	}
	errno = 0;
	number = strtoll(text, &end, 10);
	return *text && !*end && !errno ? json_integer(number) : json_string(text);
}

/* PROXBOX_BULK_BATCH_SIZE is the setting bulk_batch_size; one setting begins with proxbox_ itself.
 */
static void name_setting(const char *variable, char *to, size_t room)
{
	const char *from = sb_streq(variable, "PROXBOX_FETCH_MAX_CONCURRENCY")
				   ? variable
				   : variable + strlen(PREFIX);
	size_t i;

	for (i = 0; from[i] && i + 1 < room; i++)
		to[i] = (char)tolower((unsigned char)from[i]);
	to[i] = '\0';
}

/* Flags are written as 1 and 0, too. */
static json_t *as_boolean(json_t *value_take)
{
	json_int_t number = json_integer_value(value_take);

	if (!json_is_integer(value_take) || number < 0 || number > 1)
		return value_take;
	json_decref(value_take);
	return json_boolean(number);
}

static bool is_flag(const char *name)
{
	return sb_starts_with(name, "overwrite_") || sb_streq(name, "delete_orphans") ||
	       sb_streq(name, "branching_enabled") || sb_streq(name, "parse_description_metadata");
}

static void take_variable(json_t *settings, const char *variable, const char *text)
{
	char name[128];
	json_t *value;

	name_setting(variable, name, sizeof(name));
	value = to_json(text);
	json_object_set_new(settings, name, is_flag(name) ? as_boolean(value) : value);
}

/* One line: comments and other variables are skipped; "export" and quotes as in a shell. */
static void take_line(json_t *settings, char *line)
{
	char *name = line + strspn(line, " \t"), *text, *end;
	size_t len;

	if (sb_starts_with(name, "export "))
		name += 7;
	text = strchr(name, '=');
	if (!text || !sb_starts_with(name, PREFIX))
		return;
	*text++ = '\0';
	if ((*text == '"' || *text == '\'') && (end = strchr(text + 1, *text))) {
		text++;
		*end = '\0';
	}
	len = strlen(text);
	while (len && isspace((unsigned char)text[len - 1]))
		text[--len] = '\0';
	take_variable(settings, name, text);
}

static int read_file(json_t *settings, const char *path, struct sb_error *err)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;

	if (!file)
		return sb_fail(err, SB_E_ARG, "--env %s: %s", path, strerror(errno));
	while (getline(&line, &room, file) >= 0)
		take_line(settings, line);
	free(line);
	fclose(file);
	return 0;
}

json_t *import_env(const char *path, struct sb_error *err)
{
	sb_autojson *settings = json_object();
	char **entry;

	if (!sb_streq(path, "-")) {
		if (read_file(settings, path, err) < 0)
			return NULL;
	} else {
		for (entry = environ; *entry; entry++) {
			sb_autofree char *line = strdup(*entry);

			if (line)
				take_line(settings, line);
		}
	}
	if (json_object_size(settings))
		return sb_steal(settings);
	sb_fail(err, SB_E_ARG, "--env %s: there is no variable PROXBOX_*", path);
	return NULL;
}
