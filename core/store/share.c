/* SPDX-License-Identifier: Apache-2.0 */
/* The group that may read the store: modes of its folder and files. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "stagebox/log.h"
#include "store/sqlite_priv.h"

enum { FILE_MODE = 0640, FOLDER_MODE = 0750, MAX_GROUPS = 1024 };

int sb_share_group(const char *name, gid_t *ret_gid, struct sb_error *err)
{
	const struct group *group = getgrnam(name);

	if (!group)
		return sb_fail(err, SB_E_CONFIG,
			       "store.group: this host has no group \"%.60s\": create it, or name "
			       "another one",
			       name);
	*ret_gid = group->gr_gid;
	return 0;
}

bool sb_share_is_member(gid_t gid)
{
	gid_t groups[MAX_GROUPS];
	int i, n = getgroups(MAX_GROUPS, groups);

	if (getegid() == gid)
		return true;
	for (i = 0; i < n; i++)
		if (groups[i] == gid)
			return true;
	return false;
}

/* Give what fd shows to the group. The link in /proc reaches the file of fd and no other one, also
 * when its name leads elsewhere by now. Returns 0 or an errno. */
static int give_to_group(int fd, const struct stat *st, gid_t gid, mode_t mode)
{
	char link[40];

	/* cloud-compat: ok: the store of a single host, and a group that its administrator named */
	if (st->st_gid != gid && fchownat(fd, "", (uid_t)-1, gid, AT_EMPTY_PATH) < 0)
		return errno;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	/* cloud-compat: ok: the same */
	return (st->st_mode & 07777) == mode || chmod(link, mode) == 0 ? 0 : errno;
}

/* O_PATH: closing another descriptor of a database releases the locks of this process on it. */
static void share_file(const char *path, const char *end, gid_t gid)
{
	sb_autobuf whole = SB_BUF_INIT(4096);
	struct stat st;
	int fd, number = 0;

	sb_buf_addf(&whole, "%s%s", path, end);
	/* cloud-compat: ok: the store of a single host */
	fd = open(sb_buf_str(&whole), O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return; /* it does not exist yet: SQLite gives it the mode of the database */
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1)
		number = give_to_group(fd, &st, gid, FILE_MODE);
	close(fd);
	if (number)
		sb_log(SB_LOG_WARN, "store.group: the group cannot read a file: file=%s reason=%s",
		       sb_buf_str(&whole), strerror(number));
}

void sb_share_files(const char *path, gid_t gid)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(ends); i++)
		share_file(path, ends[i], gid);
}

/* The database and its companions, and the locks of leases (sqlite_lease.c). */
static bool is_of_store(const char *name, const char *base)
{
	size_t len = strlen(name), tail = strlen(".lock");

	return sb_streq(name, ".") || sb_streq(name, "..") || sb_starts_with(name, base) ||
	       (sb_starts_with(name, "shared.") && len > tail &&
		sb_streq(name + len - tail, ".lock"));
}

/* A folder with other files, such as a home, is left to its owner. */
static bool is_folder_of_store(const char *folder, const char *base)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	bool is_own = dir != NULL;

	while (is_own && (entry = readdir(dir)) != NULL)
		is_own = is_of_store(entry->d_name, base);
	if (dir)
		closedir(dir);
	return is_own;
}

static bool may_enter(const struct stat *st, gid_t gid)
{
	return st->st_mode & S_IXOTH || (st->st_gid == gid && st->st_mode & S_IXGRP);
}

static void share_own_folder(const char *folder, const char *base, gid_t gid)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && !may_enter(&st, gid) && is_folder_of_store(folder, base))
		give_to_group(fd, &st, gid, FOLDER_MODE);
	close(fd);
}

/* The folder itself and all folders above it: the first that the group cannot enter is named. */
static void check_way(char *folder, gid_t gid)
{
	struct stat st;
	char *slash;

	while (*folder) {
		if (stat(folder, &st) == 0 && !may_enter(&st, gid)) {
			sb_log(SB_LOG_WARN,
			       "store.group: the group cannot enter a folder of the store, see "
			       "stagebox-sync.service(8): folder=%s mode=%04o",
			       folder, (unsigned)(st.st_mode & 07777));
			return;
		}
		slash = strrchr(folder, '/');
		if (!slash)
			return;
		*slash = '\0';
	}
}

void sb_share_folder(const char *path, gid_t gid)
{
	const char *slash = strrchr(path, '/');
	sb_autofree char *folder = slash ? strndup(path, (size_t)(slash - path)) : NULL;

	if (!folder || !*folder) /* never the root of the file system */
		return;
	share_own_folder(folder, slash + 1, gid);
	check_way(folder, gid);
}
