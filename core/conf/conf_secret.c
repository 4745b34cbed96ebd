/* SPDX-License-Identifier: Apache-2.0 */
/* Replaces references to secrets by the secrets; an error never repeats a secret. */
#include "conf/conf_priv.h"

#include <errno.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "stagebox/log.h"

#define MAX_BYTES   8192
#define CREDENTIALS "/etc/stagebox/credentials" /* LoadCredential= of the service */

bool sb_conf_secret_is_unset(const struct sb_conf_row *row, const char *text)
{
	return row->dflt && !row->dflt[0] && text && !text[0];
}

static void wipe_text(char *text, size_t len)
{
	volatile char *at = text;

	while (len--)
		*at++ = '\0';
}

/* A secret becomes part of a header line, so it must be one line of visible ASCII. */
static int check_text(const char *label, const char *source, const char *text, struct sb_error *err)
{
	const char *at;

	if (!text[0])
		return sb_fail(err, SB_E_CONFIG, "%s: %.200s is empty", label, source);
	if (!strncasecmp(text, "Token ", 6) || !strncasecmp(text, "Bearer ", 7))
		return sb_fail(err, SB_E_CONFIG,
			       "%s: %.200s begins with a word of the header: remove \"Token\" or "
			       "\"Bearer\" from it",
			       label, source);
	for (at = text; *at; at++) {
		if ((unsigned char)*at <= ' ' || (unsigned char)*at >= 0x7f)
			return sb_fail(err, SB_E_CONFIG,
				       "%s: %.200s has a space, a second line or a character that "
				       "is not ASCII",
				       label, source);
	}
	return 0;
}

static int return_secret(const char *label, const char *source, const char *text,
			 json_t **ret_secret, struct sb_error *err)
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
		       "secret file is readable by group or others: option=%s file=%s mode=%04o",
		       label, path, (unsigned)(mode & 07777));
}

static int read_file(const char *label, const char *path, bool warns, json_t **ret_secret,
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
		wipe_text(text, sizeof(text));
		return sb_fail(err, SB_E_CONFIG, "%s: file %.200s: %s", label, path,
			       failed ? "cannot be read" : "too long for a token");
	}
	while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	text[len] = '\0';
	if (warns)
		warn_when_open(label, path, st.st_mode);
	if (strlen(text) != len)
		rc = sb_fail(err, SB_E_CONFIG, "%s: %.200s is not a text file", label, path);
	else
		rc = return_secret(label, path, text, ret_secret, err);
	wipe_text(text, sizeof(text));
	return rc;
}

static int read_env(const char *label, const char *name, json_t **ret_secret, struct sb_error *err)
{
	const char *text = getenv(name);

	if (!text)
		return sb_fail(err, SB_E_CONFIG, "%s: variable %.80s is not set", label, name);
	return return_secret(label, name, text, ret_secret, err);
}

/* Does the file exist? One that cannot be examined counts as existing: reading it fails with the
 * reason. */
static bool find_credential(struct sb_buf *path, const char *folder, const char *prefix,
			    const char *name)
{
	sb_buf_reset(path);
	sb_buf_addf(path, "%s/%s%s", folder, prefix, name);
	return access(sb_buf_str(path), F_OK) == 0 || errno != ENOENT;
}

/* systemd prefixes the files of a folder with the id of its LoadCredential=, "stagebox_". */
static int read_credential(const char *label, const char *name, json_t **ret_secret,
			   struct sb_error *err)
{
	const char *given = getenv("CREDENTIALS_DIRECTORY");
	bool is_given = given && given[0];
	const char *folder = is_given ? given : CREDENTIALS;
	sb_autobuf path = SB_BUF_INIT(4096);

	if (find_credential(&path, folder, "", name) ||
	    (is_given && find_credential(&path, folder, "stagebox_", name)))
		return read_file(label, sb_buf_str(&path), !is_given, ret_secret, err);
	return sb_fail(
		err, SB_E_CONFIG, "%s: cred:%.80s not found: no file %.200s/%.80s%s; %s", label,
		name, folder, name, is_given ? "" : ", and $CREDENTIALS_DIRECTORY is not set",
		is_given ? "add it to LoadCredential= of the service" : "create it, or use file:");
}

int sb_conf_read_secret(const char *label, const char *text, json_t **ret_secret,
			struct sb_error *err)
{
	if (!text || !sb_conf_is_reference(text))
		return sb_fail(err, SB_E_CONFIG,
			       "%s: not a reference to a secret: use file:, env: or cred:", label);
	if (sb_starts_with(text, "file:"))
		return read_file(label, text + 5, true, ret_secret, err);
	if (sb_starts_with(text, "env:"))
		return read_env(label, text + 4, ret_secret, err);
	return read_credential(label, text + 5, ret_secret, err);
}

int sb_conf_note_fault(int rc, json_t *faults, const struct sb_error *why, struct sb_error *err)
{
	if (err && !json_array_size(faults))
		*err = *why;
	if (rc != SB_E_CONFIG || !faults)
		return rc;
	json_array_append_new(faults, json_string(why->text));
	return 0;
}

static int resolve_rows(const struct sb_conf_row *rows, const char *label, json_t *group,
			json_t *faults, struct sb_error *err)
{
	const struct sb_conf_row *row;

	for (row = rows; row && row->name; row++) {
		const char *member = sb_conf_member(row);
		struct sb_error why = SB_ERROR_INIT;
		json_t *secret = NULL;
		char full[128];
		int rc;

		if (!row->is_secret ||
		    sb_conf_secret_is_unset(row, json_string_value(json_object_get(group, member))))
			continue;
		snprintf(full, sizeof(full), "%s.%s", label, row->name);
		rc = sb_conf_read_secret(full, json_string_value(json_object_get(group, member)),
					 &secret, &why);
		if (rc < 0)
			rc = sb_conf_note_fault(rc, faults, &why, err);
		if (rc < 0)
			return rc;
		if (secret && json_object_set_new(group, member, secret) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	return 0;
}

int sb_conf_resolve(json_t *conf, struct sb_error *err)
{
	return sb_conf_resolve_all(conf, NULL, err);
}

int sb_conf_resolve_all(json_t *conf, json_t *faults, struct sb_error *err)
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
			rc = resolve_rows(group->rows, group->name, at, faults, err);
			if (rc < 0)
				return rc;
			continue;
		}
		json_array_foreach (at, i, member) {
			const char *slug = json_string_value(json_object_get(member, "slug"));

			snprintf(label, sizeof(label), "%s[%zu] \"%s\"", group->name, i,
				 slug ? slug : "");
			rc = resolve_rows(group->rows, label, member, faults, err);
			if (rc < 0)
				return rc;
		}
	}
	return json_array_size(faults) ? SB_E_CONFIG : 0;
}
