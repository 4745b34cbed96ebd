/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox modules new: writes a folder with a complete module as a starting point. */
#include "modules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "new_file.h"
#include "stagebox/json.h"
#include "template.h"

#define PLACEHOLDER "example" /* in the template */
#define MAX_NAME    40
#define MAX_PATH    4096
#define MAX_TEXT    (256 << 10)

#define LETTERS "abcdefghijklmnopqrstuvwxyz"

/* Stricter than the loader: a letter comes first, because C identifiers begin with the name. */
static int check_name(const char *name, struct sb_error *err)
{
	size_t len = strlen(name);

	if (strspn(name, LETTERS "0123456789_") != len || !len || !strchr(LETTERS, name[0]) ||
	    len > MAX_NAME)
		return sb_fail(
			err, SB_E_ARG,
			"\"%.60s\" is not a module name: use a-z, 0-9 and _, a letter first, "
			"at most %d characters",
			name, MAX_NAME);
	if (sb_streq(name, "core") || sb_streq(name, "shared") || sb_streq(name, "full"))
		return sb_fail(
			err, SB_E_ARG,
			"the module name \"%s\" is reserved for stagebox: choose another one",
			name);
	return 0;
}

/* The new module will be installed into one of the folders, where its name must be unique. */
static int check_unused(struct cmd *cmd, const char *name, struct sb_error *err)
{
	struct sb_error unknown = SB_ERROR_INIT;
	sb_autofree char *path = NULL;
	int rc = modules_find(cmd, name, &path, &unknown);

	if (rc < 0 && err)
		*err = unknown;
	if (!rc && path)
		return sb_fail(err, SB_E_ARG, "a module \"%s\" already exists: %s", name, path);
	return rc;
}

static bool is_word(char c)
{
	return c && (strchr(LETTERS "0123456789_", c) || (c >= 'A' && c <= 'Z'));
}

/* Replace the word "example" in the text of a file by the name of the module. */
static void replace_name(struct sb_buf *text, const char *from, const char *name)
{
	size_t len = strlen(PLACEHOLDER);
	const char *found, *rest = from;

	while ((found = strstr(rest, PLACEHOLDER))) {
		bool is_whole = (found == from || !is_word(found[-1])) && !is_word(found[len]);

		sb_buf_add_mem(text, rest, (size_t)(found - rest));
		sb_buf_add(text, is_whole ? name : PLACEHOLDER);
		rest = found + len;
	}
	sb_buf_add(text, rest);
}

/* Make the folders of a file such as "cases/pools/pve.json". */
static int make_folders(const char *path, size_t from, struct sb_error *err)
{
	sb_autofree char *part = strdup(path);
	size_t i;

	for (i = from; part && part[i]; i++) {
		if (part[i] != '/')
			continue;
		part[i] = '\0';
		/* cloud-compat: ok: an author's own folder, made a moment ago */
		if (mkdir(part, 0777) != 0 && errno != EEXIST)
			return sb_fail(err, SB_E_STATE, "%s: %s", part, strerror(errno));
		part[i] = '/';
	}
	return part ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}

static int write_file(const char *folder, const struct cmd_template *file, const char *name,
		      struct sb_error *err)
{
	sb_autobuf path = SB_BUF_INIT(MAX_PATH), text = SB_BUF_INIT(MAX_TEXT);
	int rc;

	sb_buf_addf(&path, "%s/%s", folder, file->name);
	replace_name(&text, file->text, name);
	rc = sb_buf_check(&path, err);
	if (!rc)
		rc = sb_buf_check(&text, err);
	if (!rc)
		rc = make_folders(sb_buf_str(&path), strlen(folder) + 1, err);
	return rc < 0 ? rc : new_file_write(sb_buf_str(&path), 0666, sb_buf_str(&text), err);
}

/* Remove a file, and the folders below the first bytes of its path that it leaves empty. */
static void remove_file(char *path, size_t keep)
{
	char *slash;

	/* cloud-compat: ok: an author's own folder, made a moment ago */
	unlink(path);
	while ((slash = strrchr(path, '/')) && slash > path + keep) {
		*slash = '\0';
		/* cloud-compat: ok: an author's own folder, made a moment ago */
		rmdir(path);
	}
}

/* Remove a partly written folder; files that were not written yet do not exist. */
static void remove_folder(const char *folder)
{
	const struct cmd_template *file;

	for (file = cmd_module_template; file->name; file++) {
		sb_autobuf path = SB_BUF_INIT(MAX_PATH);

		sb_buf_addf(&path, "%s/%s", folder, file->name);
		if (!path.failed)
			remove_file(path.text, strlen(folder));
	}
	/* cloud-compat: ok: an author's own folder, made a moment ago */
	rmdir(folder);
}

static int write_folder(const char *folder, const char *name, struct sb_error *err)
{
	const struct cmd_template *file;
	int rc = 0;

	/* cloud-compat: ok: a command for the author of a module, on their own machine */
	if (mkdir(folder, 0777) != 0) {
		if (errno == EEXIST)
			return sb_fail(err, SB_E_ARG, "%s already exists: nothing was written",
				       folder);
		return sb_fail(err, SB_E_STATE, "%s: %s", folder, strerror(errno));
	}
	for (file = cmd_module_template; !rc && file->name; file++)
		rc = write_file(folder, file, name, err);
	if (rc < 0)
		remove_folder(folder);
	return rc;
}

static void print_new(struct out *out, const json_t *doc)
{
	static const struct {
		const char *command, *what;
	} next[] = {
		{"make", "build it with the installed headers"},
		{"make check", "test it: plays the cases, without a network"},
		{"make install", "install it into the module folder"},
		{"man 7 stagebox-module", "read how to write a module"},
	};
	const char *path = sb_json_str(doc, "path");
	const json_t *files = json_object_get(doc, "files"), *file;
	size_t i;

	out_text(out, "The module \"%s\" was written to ", sb_json_str(doc, "name"));
	out_safe(out, path ? path : "");
	out_text(out, ":");
	json_array_foreach (files, i, file) {
		out_text(out, " %s", json_string_value(file));
	}
	out_text(out, "\nIt creates tenants for resource pools: change module.c to what you need. "
		      "Next steps:\n\n  cd ");
	out_safe(out, path ? path : "");
	out_text(out, "\n");
	for (i = 0; i < SB_ARRAY_LEN(next); i++)
		out_text(out, "  %-22s # %s\n", next[i].command, next[i].what);
	out_text(out,
		 "\nThen add \"%s\" to modules in the configuration, and run \"stagebox "
		 "bootstrap\" once.\n",
		 sb_json_str(doc, "name"));
}

int modules_new(struct cmd *cmd, struct sb_error *err)
{
	const char *name = cmd->argv[1], *dir = cmd->options.dir;
	sb_autobuf folder = SB_BUF_INIT(MAX_PATH);
	const struct cmd_template *file;
	sb_autojson *doc = NULL;
	json_t *files;
	int rc;

	rc = check_name(name, err);
	if (!rc)
		rc = check_unused(cmd, name, err);
	if (rc < 0)
		return rc;
	sb_buf_addf(&folder, "%s%s%s", dir ? dir : "", dir ? "/" : "", name);
	rc = sb_buf_check(&folder, err);
	if (!rc)
		rc = write_folder(sb_buf_str(&folder), name, err);
	if (rc < 0)
		return rc;
	files = json_array();
	for (file = cmd_module_template; file->name; file++)
		json_array_append_new(files, json_string(file->name));
	doc = json_pack("{s:s, s:s, s:o}", "name", name, "path", sb_buf_str(&folder), "files",
			files);
	if (!doc)
		return sb_fail(err, SB_E_NOMEM, "out of memory, or the path is not UTF-8");
	out_document(&cmd->out, doc, print_new);
	return 0;
}
