/* SPDX-License-Identifier: Apache-2.0 */
/* The holder of a lease: a process by pid, start time and boot, and whether it is still alive. */
#include "store/store_priv.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

static size_t read_file(const char *path, char *text, size_t room)
{
	FILE *file = fopen(path, "re");
	size_t len = file ? fread(text, 1, room - 1, file) : 0;

	if (file)
		fclose(file);
	text[len] = '\0';
	return len;
}

static void read_boot_id(char *text, size_t room)
{
	read_file("/proc/sys/kernel/random/boot_id", text, room);
	text[strcspn(text, "\n")] = '\0';
}

/* Reads state letter and start time; false when there is no such process, or /proc hides it. */
static bool read_stat(int64_t pid, char *ret_state, int64_t *ret_start)
{
	char path[64], text[1024];
	const char *at;
	int field;

	snprintf(path, sizeof(path), "/proc/%" PRId64 "/stat", pid);
	if (!read_file(path, text, sizeof(text)))
		return false;
	at = strrchr(text, ')'); /* the process name before it may hold any character */
	if (!at || at[1] != ' ')
		return false;
	at += 2;
	*ret_state = *at;
	for (field = 3; at && field < 22; field++) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	if (!at)
		return false;
	*ret_start = strtoll(at, NULL, 10);
	return true;
}

void sb_store_holder_self(struct sb_store_holder *ret_holder)
{
	char state;

	memset(ret_holder, 0, sizeof(*ret_holder));
	ret_holder->pid = getpid();
	if (gethostname(ret_holder->host, sizeof(ret_holder->host) - 1) < 0 || !ret_holder->host[0])
		snprintf(ret_holder->host, sizeof(ret_holder->host), "this host");
	read_stat(ret_holder->pid, &state, &ret_holder->start);
	read_boot_id(ret_holder->boot, sizeof(ret_holder->boot));
}

bool sb_store_holder_lives(const struct sb_store_holder *holder)
{
	char boot[sizeof(holder->boot)], state = 'R';
	int64_t start = 0;

	read_boot_id(boot, sizeof(boot));
	if (!sb_streq(boot, holder->boot))
		return false;
	if (holder->pid <= 0)
		return false;
	if (kill((pid_t)holder->pid, 0) < 0 && errno == ESRCH)
		return false;
	if (!read_stat(holder->pid, &state, &start))
		return true; /* the process exists, but /proc hides it */
	if (state == 'Z' || state == 'X')
		return false;
	return !holder->start || start == holder->start;
}
