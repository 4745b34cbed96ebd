/* SPDX-License-Identifier: Apache-2.0 */
/* `down`: end the background process and wait for its end. */
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "front/dir.h"
#include "front/front.h"

enum { STEP_MS = 20, PATIENCE_MS = 6000, KILL_PATIENCE_MS = 2000, COLLECT_PATIENCE_MS = 300 };

static bool wait_gone(const char *dir, pid_t pid, int patience_ms)
{
	static const struct timespec step = {.tv_nsec = STEP_MS * 1000000L};

	for (; patience_ms > 0; patience_ms -= STEP_MS) {
		if (lab_pids_running(dir) != pid)
			return true;
		nanosleep(&step, NULL);
	}
	return false;
}

/* The kernel releases the lock shortly before the process ends, and our caller may check the pid
 * next. Without a parent that reaps the process, this waits for the whole time limit. */
static void wait_collected(pid_t pid)
{
	static const struct timespec step = {.tv_nsec = 1000000L};
	int left_ms;

	for (left_ms = COLLECT_PATIENCE_MS; left_ms > 0 && kill(pid, 0) == 0; left_ms--)
		nanosleep(&step, NULL);
}

/* Remove lab.err when it is empty. */
static void remove_empty_errors(const char *dir)
{
	sb_autofree char *path = lab_file_path(dir, "lab.err");
	struct stat info;

	if (path && stat(path, &info) == 0 && info.st_size == 0)
		unlink(path);
}

int lab_down(const char *dir)
{
	pid_t pid = lab_pids_running(dir);

	if (!pid) {
		printf("No lab is running in %s.\n", dir);
		lab_pids_remove(dir);
		return 0;
	}
	kill(pid, SIGTERM);
	if (!wait_gone(dir, pid, PATIENCE_MS)) {
		kill(pid, SIGKILL);
		if (!wait_gone(dir, pid, KILL_PATIENCE_MS)) {
			fprintf(stderr,
				"stagebox-lab: cannot end the lab: pid %ld still runs after "
				"SIGKILL\n",
				(long)pid);
			return 1;
		}
	}
	wait_collected(pid);
	lab_pids_remove(dir);
	remove_empty_errors(dir);
	printf("The lab in %s is down.\n", dir);
	return 0;
}
