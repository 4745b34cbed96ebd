/* SPDX-License-Identifier: Apache-2.0 */
/* Creating files that only their owner may read. */
#include "base/private_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

FILE *sb_private_file_create(const char *path, bool is_new)
{
	int flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC | (is_new ? O_EXCL : 0);
	/* cloud-compat: ok: the user named this file, or it is beside one */
	int fd = open(path, flags, 0600), error;
	struct stat st;
	FILE *file;

	if (fd < 0)
		return NULL;
	/* A file that exists may be readable by others. */
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_mode & 0077 &&
	    /* cloud-compat: ok: the same file */
	    fchmod(fd, 0600) < 0) {
		error = errno;
		close(fd);
		errno = error;
		return NULL;
	}
	/* cloud-compat: ok: the same file */
	file = fdopen(fd, "w");
	if (!file)
		close(fd);
	return file;
}
