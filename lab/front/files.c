/* SPDX-License-Identifier: Apache-2.0 */
/* Files below the directory of a lab. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "front/dir.h"

enum { PATH_MAX_BYTES = 8192 };

char *lab_file_path(const char *dir, const char *name)
{
	sb_autobuf path = SB_BUF_INIT(PATH_MAX_BYTES);

	sb_buf_addf(&path, "%s/%s", dir, name);
	return sb_buf_take(&path);
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

int lab_file_write(const char *dir, const char *name, const char *text, mode_t mode,
		   struct sb_error *err)
{
	sb_autofree char *path = lab_file_path(dir, name);
	int fd, rc;

	if (!path)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	/* The file is always created anew, because an old one could have wider permissions. */
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return sb_fail(err, SB_E_STATE, "cannot create %s: %s", path, strerror(errno));
	rc = write_all(fd, text, strlen(text));
	if (close(fd) < 0 || rc < 0)
		return sb_fail(err, SB_E_STATE, "cannot write %s: %s", path, strerror(errno));
	return 0;
}

int lab_file_make_dirs(const char *path)
{
	sb_autofree char *copy = strdup(path);
	char *slash;

	if (!copy)
		return -1;
	for (slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0755) < 0 && errno != EEXIST)
			return -1;
		*slash = '/';
	}
	return mkdir(copy, 0755) < 0 && errno != EEXIST ? -1 : 0;
}

char *lab_file_enter(const char *dir)
{
	char path[PATH_MAX_BYTES];

	if (chdir(dir) < 0 || !getcwd(path, sizeof(path)))
		return NULL;
	return strdup(path);
}
