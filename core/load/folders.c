/* SPDX-License-Identifier: Apache-2.0 */
#include "load/folders.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "conf/conf_guess.h"
#include "load/registry_check.h"

#define PATH_ROOM 4096

/* The names of the modules in a folder, as text. */
static void list_folder(const char *dir, struct sb_buf *to, struct sb_conf_guess *guess)
{
	struct dirent **entries = NULL;
	int i, n = scandir(dir, &entries, NULL, alphasort);

	for (i = 0; i < n; i++) {
		char *name = entries[i]->d_name;
		size_t len = strlen(name);

		if (len > 3 && sb_streq(name + len - 3, ".so")) {
			name[len - 3] = '\0';
			sb_conf_guess_try(guess, name);
			sb_buf_addf(to, "%s%s", to->len ? ", " : "", name);
		}
		free(entries[i]);
	}
	free(entries);
}

int sb_module_unknown(const char *dir, const char *name, struct sb_error *err)
{
	sb_autobuf known = SB_BUF_INIT(65536);
	struct sb_conf_guess guess;
	char id[64], path[PATH_ROOM];
	int rc;

	snprintf(path, sizeof(path), "%s/%s.so", dir, name);
	rc = sb_module_id(path, id, sizeof(id), err);
	if (rc < 0)
		return sb_context(err, rc, "module \"%s\" (%s)", name, path);
	sb_conf_guess_start(&guess, name);
	list_folder(dir, &known, &guess);
	return sb_fail(
		err, SB_E_CONFIG,
		"module \"%.60s\": No such file: %.150s/%.60s.so%s; the modules there: %.200s",
		name, dir, name, guess.hint,
		known.len ? sb_buf_str(&known) : "none; set module_dir");
}

static char *resolve_dir(const char *dir, struct sb_error *err)
{
	char *path = realpath(dir, NULL);

	if (!path)
		sb_fail(err, SB_E_CONFIG, "module folder %s: %s", dir, strerror(errno));
	return path;
}

/* The absolute path of a folder given relative to the program's folder, or NULL. */
static char *find_beside_program(const char *tail)
{
	char exe[PATH_ROOM];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
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

char *sb_module_dir(const json_t *conf, struct sb_error *err)
{
	const char *dir = json_string_value(json_object_get(conf, "module_dir"));
	char *path;

	if (dir && dir[0])
		return resolve_dir(dir, err);
	path = find_beside_program("modules"); /* in a build tree */
	if (!path)
		path = find_beside_program(STAGEBOX_MODULE_UP); /* installed, and perhaps moved */
	if (!path)
		path = strdup(STAGEBOX_MODULE_DIR);
	if (!path)
		sb_fail(err, SB_E_NOMEM, "out of memory");
	return path;
}
