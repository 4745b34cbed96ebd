/* SPDX-License-Identifier: Apache-2.0 */
#include "load/folders.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/guess.h"
#include "load/registry_check.h"
#include "load/trust.h"

#define PATH_ROOM 4096
#define PROGRAM   "/proc/self/exe"

/* The absolute path of a folder given relative to the program's folder, or NULL. */
static char *find_beside_program(const char *tail)
{
	char exe[PATH_ROOM];
	ssize_t len = readlink(PROGRAM, exe, sizeof(exe) - 1);
	sb_autobuf path = SB_BUF_INIT(2 * PATH_ROOM);
	char *dir;
	struct stat st;

	if (len <= 0 || !tail[0])
		return NULL;
	exe[len] = '\0';
	if (!strrchr(exe, '/'))
		return NULL;
	*strrchr(exe, '/') = '\0';
	sb_buf_addf(&path, "%s/%s", exe, tail);
	dir = path.failed ? NULL : realpath(sb_buf_str(&path), NULL);
	if (dir && (stat(dir, &st) != 0 || !S_ISDIR(st.st_mode))) {
		free(dir);
		return NULL;
	}
	return dir;
}

static char *find_own_folder(void)
{
	char *path = find_beside_program("modules"); /* in a build tree */

	if (!path)
		path = find_beside_program(STAGEBOX_MODULE_UP); /* installed, and perhaps moved */
	return path ? path : strdup(STAGEBOX_MODULE_DIR);
}

/* A user who may replace the program may replace its modules, too. Without its file, as where /proc
 * is not mounted, only root and we may. */
static int check_own(const char *what, const char *path, struct sb_error *err)
{
	struct stat program = {.st_uid = geteuid()};

	if (stat(PROGRAM, &program) != 0)
		program = (struct stat){.st_uid = geteuid()};
	return sb_trust_part(what, path, &program, err);
}

static int add_folder(struct sb_module_folders *folders, char *path_take, struct sb_error *err)
{
	char **grown = path_take
			       ? realloc(folders->paths, (folders->n + 1) * sizeof(*folders->paths))
			       : NULL;

	if (!grown) {
		free(path_take);
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	folders->paths = grown;
	grown[folders->n++] = path_take;
	return 0;
}

/* A folder that is named twice, also by two paths, is searched once. */
static int add_named(struct sb_module_folders *folders, const char *option, const char *path,
		     struct sb_error *err)
{
	sb_autofree char *real = NULL;
	size_t i;
	int rc;

	if (!path || path[0] != '/')
		return sb_fail(err, SB_E_CONFIG, "%s: \"%.150s\" is not an absolute path", option,
			       path ? path : "");
	rc = sb_trust_path("module folder", path, err);
	if (rc < 0)
		return rc;
	real = realpath(path, NULL);
	if (!real)
		return sb_fail(err, SB_E_CONFIG, "module folder %.150s: %s", path, strerror(errno));
	for (i = 0; i < folders->n; i++)
		if (sb_streq(folders->paths[i], real))
			return 0;
	return add_folder(folders, sb_steal(real), err);
}

int sb_module_folders_read(const json_t *conf, struct sb_module_folders *ret_folders,
			   struct sb_error *err)
{
	const char *dir = json_string_value(json_object_get(conf, "module_dir"));
	const json_t *path;
	size_t i;
	int rc;

	*ret_folders = (struct sb_module_folders){.is_own = !dir || !dir[0]};
	if (ret_folders->is_own)
		rc = add_folder(ret_folders, find_own_folder(), err);
	else
		rc = add_named(ret_folders, "module_dir", dir, err);
	if (!rc && ret_folders->is_own && access(ret_folders->paths[0], F_OK) == 0)
		rc = check_own("module folder", ret_folders->paths[0], err);
	json_array_foreach (json_object_get(conf, "module_path"), i, path)
		if (!rc)
			rc = add_named(ret_folders, "module_path", json_string_value(path), err);
	return rc;
}

void sb_module_folders_finish(struct sb_module_folders *folders)
{
	size_t i;

	for (i = 0; i < folders->n; i++)
		free(folders->paths[i]);
	free(folders->paths);
	*folders = (struct sb_module_folders){0};
}

static int fail_two_files(const char *name, const char *one, const char *other,
			  struct sb_error *err)
{
	return sb_fail(err, SB_E_CONFIG,
		       "module \"%.60s\": there are two files of this name, %.150s and %.150s: "
		       "remove one of them, or its folder from module_path",
		       name, one, other);
}

int sb_module_folders_find(const struct sb_module_folders *folders, const char *name,
			   char **ret_path, struct sb_error *err)
{
	sb_autofree char *found = NULL;
	bool is_own = false;
	size_t i;
	int rc = 0;

	for (i = 0; i < folders->n; i++) {
		sb_autobuf path = SB_BUF_INIT(PATH_ROOM);

		sb_buf_addf(&path, "%s/%s.so", folders->paths[i], name);
		rc = sb_buf_check(&path, err);
		if (rc < 0)
			return rc;
		if (access(sb_buf_str(&path), F_OK) != 0 && errno == ENOENT)
			continue;
		if (found)
			return fail_two_files(name, found, sb_buf_str(&path), err);
		found = sb_buf_take(&path);
		if (!found)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
		is_own = folders->is_own && !i;
	}
	if (found)
		rc = is_own ? check_own("module file", found, err)
			    : sb_trust_path("module file", found, err);
	if (!rc)
		*ret_path = sb_steal(found);
	return rc;
}

/* The names of the modules in a folder, as text. */
static void list_folder(const char *dir, struct sb_buf *to, struct sb_guess *guess)
{
	struct dirent **entries = NULL;
	int i, n = scandir(dir, &entries, NULL, alphasort);

	for (i = 0; i < n; i++) {
		char *name = entries[i]->d_name;
		size_t len = strlen(name);

		if (len > 3 && sb_streq(name + len - 3, ".so")) {
			name[len - 3] = '\0';
			sb_guess_try(guess, name);
			sb_buf_add_item(to, name);
		}
		free(entries[i]);
	}
	free(entries);
}

int sb_module_folders_unknown(const struct sb_module_folders *folders, const char *name,
			      struct sb_error *err)
{
	sb_autobuf known = SB_BUF_INIT(65536), where = SB_BUF_INIT(65536);
	struct sb_guess guess;
	char id[64], path[PATH_ROOM];
	size_t i;
	int rc;

	snprintf(path, sizeof(path), "%s/%s.so", folders->paths[0], name);
	rc = sb_module_id(path, id, sizeof(id), err);
	if (rc < 0)
		return sb_context(err, rc, "module \"%s\" (%s)", name, path);
	sb_guess_start(&guess, name);
	for (i = 0; i < folders->n; i++) {
		list_folder(folders->paths[i], &known, &guess);
		sb_buf_addf(&where, "%s%s/%s.so", i ? ", " : "", folders->paths[i], name);
	}
	return sb_fail(err, SB_E_CONFIG,
		       "module \"%.60s\": No such file: %.200s%s; the modules there: %.160s", name,
		       sb_buf_str(&where), guess.hint,
		       known.len ? sb_buf_str(&known) : "none; set module_dir or module_path");
}
