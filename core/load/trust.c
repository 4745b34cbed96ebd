/* SPDX-License-Identifier: Apache-2.0 */
#include "load/trust.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OTHERS (S_IWGRP | S_IWOTH)

/* A file or folder that is checked, and its name in messages. */
struct subject {
	const char *what, *path;
	const struct stat *program; /* NULL = not a part of it */
};

static bool is_trusted_owner(const struct subject *subject, uid_t owner)
{
	return owner == 0 || owner == geteuid() ||
	       (subject->program && owner == subject->program->st_uid);
}

static int fail_owner(const struct subject *subject, const char *at, uid_t owner,
		      struct sb_error *err)
{
	return sb_fail(err, SB_E_CONFIG,
		       "%s %.150s: %.150s belongs to the user with id %u, who could replace the "
		       "code that is loaded: run `chown root`, or use a folder of root",
		       subject->what, subject->path, at, (unsigned)owner);
}

static int fail_mode(const struct subject *subject, const char *at, mode_t mode,
		     struct sb_error *err)
{
	const char *who = !(mode & S_IWOTH) ? "g" : !(mode & S_IWGRP) ? "o" : "go";

	return sb_fail(err, SB_E_CONFIG,
		       "%s %.150s: other users may write %.150s (mode %04o) and could replace the "
		       "code that is loaded: run `chmod %s-w` on it",
		       subject->what, subject->path, at, (unsigned)mode & 07777, who);
}

static int check_status(const struct subject *subject, const char *at, const struct stat *status,
			bool is_above, struct sb_error *err)
{
	mode_t others = status->st_mode & OTHERS;

	if (subject->program)
		others &= ~subject->program->st_mode;
	if (!is_trusted_owner(subject, status->st_uid))
		return fail_owner(subject, at, status->st_uid, err);
	if (others && !(is_above && status->st_mode & S_ISVTX))
		return fail_mode(subject, at, status->st_mode, err);
	return 0;
}

static int check_one(const struct subject *subject, const char *at, bool is_above,
		     struct sb_error *err)
{
	struct stat status;

	if (lstat(at, &status) != 0)
		return sb_fail(err, SB_E_CONFIG, "%s %.150s: %.150s: %s", subject->what,
			       subject->path, at, strerror(errno));
	if (S_ISLNK(status.st_mode)) { /* the mode of a link has no meaning */
		if (!is_trusted_owner(subject, status.st_uid))
			return fail_owner(subject, at, status.st_uid, err);
		if (stat(at, &status) != 0)
			return sb_fail(err, SB_E_CONFIG, "%s %.150s: %.150s: %s", subject->what,
				       subject->path, at, strerror(errno));
	}
	return check_status(subject, at, &status, is_above, err);
}

/* Check "/", "/a", "/a/b" of "/a/b". */
static int check_chain(const struct subject *subject, const char *path, struct sb_error *err)
{
	sb_autofree char *at = strdup(path);
	char *slash = at;
	int rc =
		at ? check_one(subject, "/", true, err) : sb_fail(err, SB_E_NOMEM, "out of memory");

	while (!rc && (slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		rc = check_one(subject, at, true, err);
		*slash = '/';
	}
	return rc < 0 ? rc : check_one(subject, at, false, err);
}

int sb_trust_path(const char *what, const char *path, struct sb_error *err)
{
	const struct subject subject = {.what = what, .path = path};
	sb_autofree char *real = realpath(path, NULL);
	int rc;

	if (!real)
		return sb_fail(err, SB_E_CONFIG, "%s %.150s: %s", what, path, strerror(errno));
	rc = check_chain(&subject, path, err);
	/* A link leads to another place, whose folders decide as well. */
	return !rc && !sb_streq(real, path) ? check_chain(&subject, real, err) : rc;
}

int sb_trust_part(const char *what, const char *path, const struct stat *program,
		  struct sb_error *err)
{
	const struct subject subject = {.what = what, .path = path, .program = program};

	return check_one(&subject, path, false, err);
}
