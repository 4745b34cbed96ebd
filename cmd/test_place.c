/* SPDX-License-Identifier: Apache-2.0 */
/* The folder in which "modules test" plays a case. */
#include "test_place.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "conf/conf.h"
#include "new_file.h"
#include "stagebox/json.h"

#define MAX_PATH 4096
#define INCLUDED "case.cfg" /* a link to the settings of the case */

enum { OPEN_FOLDERS = 16 };

/* "FOLDER/NAME". Caller frees. */
static char *path_in(const struct test_place *place, const char *name)
{
	sb_autobuf path = SB_BUF_INIT(MAX_PATH);

	sb_buf_addf(&path, "%s/%s", place->folder, name);
	return sb_buf_take(&path);
}

static int fail_path(const char *path, struct sb_error *err)
{
	return sb_fail(err, SB_E_STATE, "%s: %s", path ? path : "a temporary folder",
		       strerror(path ? errno : ENOMEM));
}

/* "FOLDER/modules/NAME". Caller frees. */
static char *module_path(const struct test_place *place, const char *name)
{
	sb_autobuf path = SB_BUF_INIT(MAX_PATH);

	sb_buf_addf(&path, "modules/%s", name);
	return path.failed ? NULL : path_in(place, sb_buf_str(&path));
}

static int link_file(const struct test_place *place, const char *target, const char *name,
		     struct sb_error *err)
{
	sb_autofree char *path = module_path(place, name);

	/* cloud-compat: ok: a command for the author of a module, on their own machine */
	return !path || symlink(target, path) != 0 ? fail_path(path, err) : 0;
}

static int copy_bytes(FILE *from, FILE *to)
{
	char part[65536];
	size_t n;

	while ((n = fread(part, 1, sizeof(part), from)) > 0)
		if (fwrite(part, 1, n, to) != n)
			return -1;
	return ferror(from) ? -1 : 0;
}

/* A copy, because an author who names the file decides that it may be loaded, whoever else may
 * write to its folder. */
static int copy_file(const struct test_place *place, const char *file, const char *name,
		     struct sb_error *err)
{
	sb_autofree char *path = module_path(place, name);
	FILE *from = fopen(file, "re"), *to;
	int rc;

	if (!from)
		return fail_path(file, err);
	/* cloud-compat: ok: a command for the author of a module, on their own machine */
	to = path ? fopen(path, "wxe") : NULL;
	rc = to ? copy_bytes(from, to) : -1;
	fclose(from);
	if (to && fclose(to) != 0)
		rc = -1;
	return rc < 0 ? fail_path(path, err) : 0;
}

static int is_module(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 3 && sb_streq(entry->d_name + len - 3, ".so");
}

/* Links to the installed modules, and a copy of the file of the module under test. */
static int add_modules(const struct test_place *place, const char *dir, const char *file,
		       struct sb_error *err)
{
	struct dirent **entries = NULL;
	int i, n = scandir(dir, &entries, is_module, alphasort), rc = 0;
	sb_autobuf own = SB_BUF_INIT(256);

	sb_buf_addf(&own, "%s.so", place->module);
	for (i = 0; i < n; i++) {
		sb_autobuf target = SB_BUF_INIT(MAX_PATH);

		sb_buf_addf(&target, "%s/%s", dir, entries[i]->d_name);
		if (!rc && !sb_streq(entries[i]->d_name, sb_buf_str(&own)))
			rc = link_file(place, sb_buf_str(&target), entries[i]->d_name, err);
		free(entries[i]);
	}
	free(entries);
	return rc < 0 ? rc : copy_file(place, file, sb_buf_str(&own), err);
}

int test_place_make(const char *dir, const char *file, const char *module,
		    struct test_place *ret_place, struct sb_error *err)
{
	const char *tmp = getenv("TMPDIR");
	sb_autobuf folder = SB_BUF_INIT(MAX_PATH);
	sb_autofree char *modules = NULL;

	memset(ret_place, 0, sizeof(*ret_place));
	ret_place->module = strdup(module);
	/* cloud-compat: ok: a command for the author of a module, on their own machine */
	sb_buf_addf(&folder, "%s/stagebox-test-XXXXXX", tmp && tmp[0] == '/' ? tmp : "/tmp");
	ret_place->folder = sb_buf_take(&folder);
	if (!ret_place->module || !ret_place->folder)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	/* cloud-compat: ok: a command for the author of a module, on their own machine */
	if (!mkdtemp(ret_place->folder)) {
		fail_path(ret_place->folder, err);
		free(ret_place->folder);
		ret_place->folder = NULL;
		return SB_E_STATE;
	}
	modules = path_in(ret_place, "modules");
	/* cloud-compat: ok: a command for the author of a module, on their own machine */
	if (!modules || mkdir(modules, 0700) != 0)
		return fail_path(modules, err);
	return add_modules(ret_place, dir, file, err);
}

/* A variable of the environment must not change what a test gives. */
static void clear_environment(void)
{
	extern char **environ;
	char name[256];
	char **variable = environ;

	while (variable && *variable) {
		size_t len = strcspn(*variable, "=");

		if (!sb_starts_with(*variable, "STAGEBOX_") || len >= sizeof(name)) {
			variable++;
			continue;
		}
		memcpy(name, *variable, len);
		name[len] = '\0';
		unsetenv(name);
		variable = environ;
	}
}

/* The groups that a case need not set. */
static int add_defaults(const struct test_place *place, const json_t *names, struct sb_buf *text,
			struct sb_error *err)
{
	static const struct {
		const char *name, *text;
	} groups[] = {
		{"netbox", "netbox: { url = \"https://netbox.invalid\"; "
			   "token = \"file:netbox.token\"; };\n"},
		{"endpoints", "endpoints: ( { slug = \"lab\"; site = \"dc1\"; "
			      "urls = [ \"https://pve.invalid:8006\" ]; "
			      "token = \"file:pve.token\"; } );\n"},
		{"log", "log: { level = \"error\"; };\n"},
	};
	static const char *const ours[] = {"module_dir", "store"};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(ours); i++)
		if (json_object_get(names, ours[i]))
			return sb_fail(
				err, SB_E_CONFIG,
				"%s is not for the configuration of a case: the test sets it",
				ours[i]);
	for (i = 0; i < SB_ARRAY_LEN(groups); i++)
		if (!json_object_get(names, groups[i].name))
			sb_buf_add(text, groups[i].text);
	if (!json_object_get(names, "modules"))
		sb_buf_addf(text, "modules = [ \"%s\" ];\n", place->module);
	sb_buf_addf(text, "module_dir = \"%s/modules\";\n", place->folder);
	sb_buf_addf(text, "store: { path = \"%s/store/stagebox.db\"; };\n", place->folder);
	return 0;
}

static int write_text(const struct test_place *place, const char *name, const char *text,
		      struct sb_error *err)
{
	sb_autofree char *path = path_in(place, name);

	if (!path)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	/* cloud-compat: ok: a command for the author of a module, on their own machine */
	unlink(path);
	return new_file_write(path, 0600, text, err);
}

static int write_files(const struct test_place *place, const char *text, struct sb_error *err)
{
	int rc = write_text(place, "netbox.token", "0123456789abcdef0123456789abcdef01234567\n",
			    err);

	if (!rc)
		rc = write_text(place, "pve.token",
				"test@pve!test=00000000-0000-0000-0000-000000000000\n", err);
	return rc < 0 ? rc : write_text(place, "stagebox.cfg", text, err);
}

/* libconfig includes files below the folder of the configuration only. */
static int link_conf(const struct test_place *place, const char *file, struct sb_error *err)
{
	sb_autofree char *path = path_in(place, INCLUDED);

	/* cloud-compat: ok: a command for the author of a module, on their own machine */
	if (!path || (unlink(path) != 0 && errno != ENOENT) || (file && symlink(file, path) != 0))
		return fail_path(path, err);
	return 0;
}

/* Errors name the file of the case, not the link to it. */
static void name_file(const char *file, struct sb_error *err)
{
	struct sb_error why = *err;
	const char *at = strstr(why.text, INCLUDED ":");

	if (at)
		sb_fail(err, why.code, "%.*s%s%s", (int)(at - why.text), why.text, file,
			at + strlen(INCLUDED));
}

int test_place_conf(const struct test_place *place, const char *file, json_t **ret_conf,
		    struct sb_error *err)
{
	sb_autobuf text = SB_BUF_INIT(65536);
	sb_autofree char *path = path_in(place, "stagebox.cfg");
	sb_autofree char *real = file ? realpath(file, NULL) : NULL;
	sb_autojson *names = NULL;
	int rc = 0;

	if (file)
		rc = real ? sb_conf_names(file, &names, err)
			  : sb_fail(err, SB_E_CONFIG, "%s: %s", file, strerror(errno));
	if (!rc)
		rc = add_defaults(place, names, &text, err);
	if (rc < 0)
		return file ? sb_context(err, rc, "%s", file) : rc;
	if (real)
		sb_buf_add(&text, "@include \"" INCLUDED "\"\n");
	rc = link_conf(place, real, err);
	if (rc < 0)
		return rc;
	rc = path ? sb_buf_check(&text, err) : sb_fail(err, SB_E_NOMEM, "out of memory");
	if (!rc)
		rc = write_files(place, sb_buf_str(&text), err);
	if (rc < 0)
		return rc;
	clear_environment();
	rc = sb_conf_load_all(path, ret_conf, NULL, err);
	if (rc < 0 && file)
		name_file(file, err);
	return rc;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	/* cloud-compat: ok: files below a temporary folder of this command */
	return remove(path), 0;
}

static void remove_below(const char *path)
{
	if (path)
		nftw(path, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
}

int test_place_clear(const struct test_place *place, struct sb_error *err)
{
	sb_autofree char *store = path_in(place, "store");

	remove_below(store);
	/* cloud-compat: ok: a command for the author of a module, on their own machine */
	return !store || mkdir(store, 0700) != 0 ? fail_path(store, err) : 0;
}

void test_place_remove(struct test_place *place)
{
	remove_below(place->folder);
	free(place->folder);
	free(place->module);
	memset(place, 0, sizeof(*place));
}
