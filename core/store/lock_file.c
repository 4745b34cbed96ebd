/* SPDX-License-Identifier: Apache-2.0 */
/* Lock files: open file description locks, which a child inherits and every namespace sees. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/sqlite_priv.h"

/* O_NONBLOCK: a FIFO of that name must not block us. */
static int open_lock_file(const char *path, int *ret_fd, struct sb_error *err)
{
	/* cloud-compat: ok: beside the store of a single host, which store.kind chose */
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600), lifted;
	struct stat st;

	if (fd < 0)
		return sb_fail(err, SB_E_CONFIG,
			       "lock file %.300s: %s: it must be a file that this user may write; "
			       "delete it if no stagebox is running",
			       path, errno == ELOOP ? "it is a link" : strerror(errno));
	lifted = fd > STDERR_FILENO ? fd : fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (lifted != fd)
		close(fd);
	if (lifted < 0)
		return sb_fail(err, SB_E_STATE, "lock file %.300s: %s", path, strerror(errno));
	if (fstat(lifted, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(lifted);
		return sb_fail(err, SB_E_CONFIG,
			       "lock file %.300s is not a regular file: delete it", path);
	}
	sb_private_file_give(path, lifted);
	*ret_fd = lifted;
	return 0;
}

int sb_lock_file_take(const char *path, int *ret_fd, struct sb_error *err)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = -1, tries, rc;

	/* Between opening and locking the file may be replaced; then the lock holds nothing. */
	for (tries = 0; tries < 10; tries++) {
		rc = open_lock_file(path, &fd, err);
		if (rc < 0)
			return rc;
		if (fcntl(fd, F_OFD_SETLK, &lock) < 0) {
			rc = errno;
			close(fd);
			if (rc == EAGAIN || rc == EACCES)
				return sb_fail(err, SB_E_BUSY, "lock file %.300s is in use", path);
			return sb_fail(err, SB_E_CONFIG,
				       "lock file %.300s: its file system has no locks (%s): put "
				       "store.path on a local file system, or on NFS version 4",
				       path, strerror(rc));
		}
		if (sb_lock_file_stands(path, fd)) {
			*ret_fd = fd;
			return 0;
		}
		close(fd);
	}
	return sb_fail(err, SB_E_STATE, "lock file %.300s is replaced all the time", path);
}

int sb_lock_file_is_held(const char *path)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), rc;

	if (fd < 0)
		return errno == ENOENT ? 0 : SB_E_STATE;
	rc = fcntl(fd, F_OFD_GETLK, &lock) < 0 ? SB_E_STATE : lock.l_type != F_UNLCK;
	close(fd);
	return rc;
}

bool sb_lock_file_stands(const char *path, int fd)
{
	struct stat here, held;

	return lstat(path, &here) == 0 && fstat(fd, &held) == 0 && here.st_ino == held.st_ino &&
	       here.st_dev == held.st_dev;
}
