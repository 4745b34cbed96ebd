/* SPDX-License-Identifier: Apache-2.0 */
/* Writes new files that people keep; a file that exists is never replaced. */
#include "new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int write_all(int fd, const char *text)
{
	size_t len = strlen(text), done = 0;

	while (done < len) {
		ssize_t n = write(fd, text + done, len - done);

		if (n < 0 && errno != EINTR)
			return errno;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int new_file_write(const char *path, mode_t mode, const char *text, struct sb_error *err)
{
	/* cloud-compat: ok: a command for a person, who named the file */
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	int number;

	if (fd < 0 && errno == EEXIST)
		return sb_fail(err, SB_E_ARG, "%s already exists: nothing was written", path);
	if (fd < 0)
		return sb_fail(err, SB_E_STATE, "creating %s: %s", path, strerror(errno));
	number = write_all(fd, text);
	if (close(fd) != 0 && !number)
		number = errno;
	if (!number)
		return 0;
	/* cloud-compat: ok: the file that was created a moment ago */
	unlink(path);
	return sb_fail(err, SB_E_STATE, "writing %s: %s%s", path, strerror(number),
		       number == ENOSPC ? ": free space there, or name another file" : "");
}
