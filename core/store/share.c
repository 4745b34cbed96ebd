/* SPDX-License-Identifier: Apache-2.0 */
/* Who may enter the folder of the store and read its files: the owner, and the group of store.group
 * the copy for readers. */
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

enum { FILE_MODE = 0600, COPY_MODE = 0640, CLOSED_MODE = 0700, SHARED_MODE = 0710 };
enum { MAX_GROUPS = 1024 };

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

/* Give what fd shows its mode, and to a group; (gid_t)-1 = it keeps its group. The link in /proc
 * reaches the file of fd and no other one, also when its name leads elsewhere by now. Returns 0 or
 * an errno. */
static int set_access(int fd, const struct stat *st, gid_t gid, mode_t mode)
{
	char link[40];

	if (gid != (gid_t)-1 && st->st_gid != gid &&
	    /* cloud-compat: ok: the store of a single host, and a group that its administrator
	       named */
	    fchownat(fd, "", (uid_t)-1, gid, AT_EMPTY_PATH) < 0)
		return errno;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	/* cloud-compat: ok: the same */
	return (st->st_mode & 07777) == mode || chmod(link, mode) == 0 ? 0 : errno;
}

/* O_PATH: closing another descriptor of a database releases the locks of this process on it. */
static void close_file(const char *path, const char *end)
{
	sb_autobuf whole = SB_BUF_INIT(4096);
	struct stat st;
	int fd, number = 0;

	sb_buf_addf(&whole, "%s%s", path, end);
	/* cloud-compat: ok: the store of a single host */
	fd = open(sb_buf_str(&whole), O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return; /* it does not exist yet: SQLite gives it the mode of the database */
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_mode & 0077)
		number = st.st_nlink == 1 ? set_access(fd, &st, (gid_t)-1, FILE_MODE) : EMLINK;
	close(fd);
	if (number)
		sb_log(SB_LOG_WARN,
		       "others may read or lock a file of the store: run `chmod 600` on it: "
		       "file=%s mode=%04o reason=%s",
		       sb_buf_str(&whole), (unsigned)(st.st_mode & 07777), strerror(number));
}

void sb_share_close_files(const char *path)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(ends); i++)
		close_file(path, ends[i]);
}

void sb_share_check_copy(const char *copy, const gid_t *gid)
{
	struct stat st;

	if (lstat(copy, &st) < 0)
		return;
	if (gid && S_ISREG(st.st_mode) && st.st_gid == *gid && (st.st_mode & 07777) == COPY_MODE)
		return;
	/* cloud-compat: ok: the copy beside the store of a single host */
	if (unlink(copy) < 0)
		sb_log(SB_LOG_WARN,
		       "the copy for readers, which store.group does not permit any more, cannot "
		       "be removed: file=%s reason=%s",
		       copy, strerror(errno));
}

int sb_share_copy(int fd, gid_t gid)
{
	struct stat st;

	return fstat(fd, &st) < 0 ? errno : set_access(fd, &st, gid, COPY_MODE);
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

/* Somebody else permitted what everybody may do in a folder, so such a folder stays as it is. The
 * group may enter and not list it: the name of the copy is known. */
static void set_own_folder(const char *folder, const char *base, const gid_t *gid)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	mode_t mode = gid ? SHARED_MODE : CLOSED_MODE;
	struct stat st;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && !(st.st_mode & 0007) && is_folder_of_store(folder, base))
		set_access(fd, &st, gid ? *gid : (gid_t)-1, (st.st_mode & 07000) | mode);
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

void sb_share_folder(const char *path, const gid_t *gid)
{
	const char *slash = strrchr(path, '/');
	sb_autofree char *folder = slash ? strndup(path, (size_t)(slash - path)) : NULL;

	if (!folder || !*folder) /* never the root of the file system */
		return;
	set_own_folder(folder, slash + 1, gid);
	if (gid)
		check_way(folder, *gid);
}
