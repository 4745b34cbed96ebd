/* SPDX-License-Identifier: Apache-2.0 */
/* The owner of files that root creates in the folder of a service. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stagebox/log.h"
#include "store/sqlite_priv.h"

/* Another user controls the folder, so that only an open file changes its owner, and only if root
 * made it and no other name leads to it. */
void sb_private_file_give(const char *path, int fd)
{
	sb_autofree char *folder = strdup(path);
	char *slash = folder ? strrchr(folder, '/') : NULL;
	struct stat of_folder, of_file;

	if (geteuid() != 0 || !slash || slash == folder)
		return;
	*slash = '\0';
	if (stat(folder, &of_folder) == 0 && of_folder.st_uid != 0 && fstat(fd, &of_file) == 0 &&
	    S_ISREG(of_file.st_mode) && of_file.st_uid == 0 && of_file.st_nlink == 1 &&
	    /* cloud-compat: ok: the store of a single host */
	    fchown(fd, of_folder.st_uid, of_folder.st_gid) < 0)
		sb_log(SB_LOG_WARN, "file is still owned by root: file=%s folder_uid=%u", path,
		       (unsigned)of_folder.st_uid);
}
