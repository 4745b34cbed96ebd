/* SPDX-License-Identifier: Apache-2.0 */
/* D/pids: the pid of the lab of a directory, valid while that process holds a lock on the file. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "front/dir.h"

/* The kernel names the owner of a record lock and releases it at its end, so a stale pid is never
 * used. */
static struct flock whole_file(void)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return lock;
}

int lab_pids_take(const char *dir, struct sb_error *err)
{
	sb_autofree char *path = lab_file_path(dir, "pids");
	struct flock lock = whole_file();
	char line[32];
	int fd, len;

	if (!path)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return sb_fail(err, SB_E_STATE, "cannot open %s: %s", path, strerror(errno));
	if (fcntl(fd, F_SETLK, &lock) < 0) {
		close(fd);
		return sb_fail(err, SB_E_BUSY, "a lab is already running in %s", dir);
	}
	len = snprintf(line, sizeof(line), "%ld\n", (long)getpid());
	if (ftruncate(fd, 0) < 0 || write(fd, line, (size_t)len) != len)
		return sb_fail(err, SB_E_STATE, "cannot write %s: %s", path, strerror(errno));
	return 0; /* the descriptor keeps the lock until the process ends */
}

pid_t lab_pids_running(const char *dir)
{
	sb_autofree char *path = lab_file_path(dir, "pids");
	struct flock lock = whole_file();
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	int rc;

	if (fd < 0)
		return 0;
	rc = fcntl(fd, F_GETLK, &lock);
	close(fd);
	return rc < 0 || lock.l_type == F_UNLCK ? 0 : lock.l_pid;
}

void lab_pids_remove(const char *dir)
{
	static const char *const names[] = {"ctl", "pids"};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(names); i++) {
		char *path = lab_file_path(dir, names[i]);

		if (path)
			unlink(path);
		free(path);
	}
}
