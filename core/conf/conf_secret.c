/* SPDX-License-Identifier: Apache-2.0 */
/* Replaces the references to secrets by the secrets; no error ever repeats one. */
#include "conf/conf_priv.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "stagebox/log.h"

#define MAX_BYTES   8192
#define CREDENTIALS "/etc/stagebox/credentials" /* from where the service is given them */

bool sb_conf_secret_is_unset(const struct sb_conf_row *row, const char *text)
{
	return row->dflt && !row->dflt[0] && text && !text[0];
}

static void forget(char *text, size_t len)
{
	volatile char *at = text;

	while (len--)
		*at++ = '\0';
}

/* A secret goes into a header line, so one line of visible characters is all it can be. */
static int check_text(const char *label, const char *source, const char *text, struct sb_error *err)
{
	const char *at;

	if (!text[0])
		return sb_fail(err, SB_E_CONFIG, "%s: %.200s is empty", label, source);
	for (at = text; *at; at++) {
		if ((unsigned char)*at <= ' ' || (unsigned char)*at >= 0x7f)
			return sb_fail(err, SB_E_CONFIG,
				       "%s: %.200s has a space, a second line or a character that "
				       "is not ASCII",
				       label, source);
	}
	return 0;
}

static int give(const char *label, const char *source, const char *text, json_t **ret_secret,
		struct sb_error *err)
{
	int rc = check_text(label, source, text, err);

	if (rc < 0)
		return rc;
	*ret_secret = json_string(text);
	return *ret_secret ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}

static void warn_when_open(const char *label, const char *path, mode_t mode)
{
	if (mode & (S_IRGRP | S_IROTH))
		sb_log(SB_LOG_WARN,
		       "file of a secret can be read by others: option=%s file=%s "
		       "mode=%04o",
		       label, path, (unsigned)(mode & 07777));
}

static int of_file(const char *label, const char *path, bool warns, json_t **ret_secret,
		   struct sb_error *err)
{
	char text[MAX_BYTES + 1];
	FILE *file = fopen(path, "re");
	struct stat st;
	size_t len;
	bool failed;
	int rc;

	if (!file)
		return sb_fail(err, SB_E_CONFIG, "%s: cannot read file %.200s: %s", label, path,
			       strerror(errno));
	if (fstat(fileno(file), &st) < 0 || S_ISDIR(st.st_mode)) {
		fclose(file);
		return sb_fail(err, SB_E_CONFIG, "%s: %.200s is a folder, not a file", label, path);
	}
	setvbuf(file, NULL, _IONBF, 0);
	len = fread(text, 1, sizeof(text), file);
	failed = ferror(file) != 0;
	fclose(file);
	if (failed || len > MAX_BYTES) {
		forget(text, sizeof(text));
		return sb_fail(err, SB_E_CONFIG, "%s: file %.200s: %s", label, path,
			       failed ? "cannot be read" : "too long for a token");
	}
	while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	text[len] = '\0';
	if (warns)
		warn_when_open(label, path, st.st_mode);
	if (strlen(text) != len)
		rc = sb_fail(err, SB_E_CONFIG, "%s: file %.200s is no text", label, path);
	else
		rc = give(label, path, text, ret_secret, err);
	forget(text, sizeof(text));
	return rc;
}

static int of_env(const char *label, const char *name, json_t **ret_secret, struct sb_error *err)
{
	const char *text = getenv(name);

	if (!text)
		return sb_fail(err, SB_E_CONFIG, "%s: variable %.80s is not set", label, name);
	return give(label, name, text, ret_secret, err);
}

/* Is there such a file? One that cannot be looked at is there, and reading it says why. */
static bool find(struct sb_buf *path, const char *folder, const char *prefix, const char *name)
{
	sb_buf_reset(path);
	sb_buf_addf(path, "%s/%s%s", folder, prefix, name);
	return access(sb_buf_str(path), F_OK) == 0 || errno != ENOENT;
}

/* systemd puts "stagebox_" in front of the files of a folder that is loaded under that name. */
static int of_credential(const char *label, const char *name, json_t **ret_secret,
			 struct sb_error *err)
{
	const char *given = getenv("CREDENTIALS_DIRECTORY");
	bool is_given = given && given[0];
	const char *folder = is_given ? given : CREDENTIALS;
	sb_autobuf path = SB_BUF_INIT(4096);

	if (find(&path, folder, "", name) || (is_given && find(&path, folder, "stagebox_", name)))
		return of_file(label, sb_buf_str(&path), !is_given, ret_secret, err);
	return sb_fail(
		err, SB_E_CONFIG, "%s: cred:%.80s is not there: no file %.200s/%.80s%s; %s", label,
		name, folder, name, is_given ? "" : ", and no $CREDENTIALS_DIRECTORY",
		is_given ? "let the service load it (LoadCredential)" : "write it, or use file:");
}

static int resolve(const char *label, const char *text, json_t **ret_secret, struct sb_error *err)
{
	if (!text || !sb_conf_is_reference(text))
		return sb_fail(err, SB_E_CONFIG,
			       "%s: no reference: give file:, env: or cred:", label);
	if (sb_starts_with(text, "file:"))
		return of_file(label, text + 5, true, ret_secret, err);
	if (sb_starts_with(text, "env:"))
		return of_env(label, text + 4, ret_secret, err);
	return of_credential(label, text + 5, ret_secret, err);
}

static int resolve_rows(const struct sb_conf_row *rows, const char *label, json_t *group,
			struct sb_error *err)
{
	const struct sb_conf_row *row;

	for (row = rows; row && row->name; row++) {
		const char *member = sb_conf_member(row);
		json_t *secret = NULL;
		char full[128];
		int rc;

		if (!row->is_secret ||
		    sb_conf_secret_is_unset(row, json_string_value(json_object_get(group, member))))
			continue;
		snprintf(full, sizeof(full), "%s.%s", label, row->name);
		rc = resolve(full, json_string_value(json_object_get(group, member)), &secret, err);
		if (rc < 0)
			return rc;
		if (json_object_set_new(group, member, secret) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	return 0;
}

int sb_conf_resolve(json_t *conf, struct sb_error *err)
{
	const struct sb_conf_group *group;
	json_t *member;
	char label[96];
	size_t i;
	int rc;

	for (group = sb_conf_groups; group->name; group++) {
		json_t *at = json_object_get(conf, group->name);

		if (group->is_open)
			continue;
		if (!group->is_list) {
			rc = resolve_rows(group->rows, group->name, at, err);
			if (rc < 0)
				return rc;
			continue;
		}
		json_array_foreach (at, i, member) {
			const char *slug = json_string_value(json_object_get(member, "slug"));

			snprintf(label, sizeof(label), "%s[%zu] \"%s\"", group->name, i,
				 slug ? slug : "");
			rc = resolve_rows(group->rows, label, member, err);
			if (rc < 0)
				return rc;
		}
	}
	return 0;
}
