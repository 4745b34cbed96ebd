/* SPDX-License-Identifier: Apache-2.0 */
/* `up`: start the background process and wait until all servers listen. */
#include <errno.h>
#include <unistd.h>

#include "front/dir.h"
#include "front/front.h"

enum { EXIT_USAGE = 64, READY_MAX_BYTES = 1024 * 1024 };

static json_t *wait_ready(int fd)
{
	sb_autobuf text = SB_BUF_INIT(READY_MAX_BYTES);
	char block[4096];
	ssize_t n;

	while ((n = read(fd, block, sizeof(block))) != 0) {
		if (n < 0 && errno != EINTR)
			break;
		if (n > 0)
			sb_buf_add_mem(&text, block, (size_t)n);
	}
	return text.len ? json_loadb(text.text, text.len, 0, NULL) : NULL;
}

static int already_running(const char *dir)
{
	fprintf(stderr,
		"stagebox-lab: a lab is already running in %s (pid %ld). End it with "
		"`stagebox-lab down --dir %s`.\n",
		dir, (long)lab_pids_running(dir), dir);
	return EXIT_USAGE;
}

int lab_up(struct lab_plan *plan, bool as_json)
{
	sb_autojson *status = NULL;
	const char *why;
	int fds[2];
	pid_t child;

	if (lab_pids_running(plan->dir))
		return already_running(plan->dir);
	if (lab_tokens_fill(plan) < 0 || pipe(fds) < 0) {
		perror("stagebox-lab");
		return 1;
	}
	fflush(NULL);
	child = fork();
	if (child < 0) {
		perror("stagebox-lab: fork");
		return 1;
	}
	if (child == 0) {
		close(fds[0]);
		return lab_serve(plan, fds[1]);
	}
	close(fds[1]);
	status = wait_ready(fds[0]);
	close(fds[0]);
	if (json_integer_value(json_object_get(status, "code")) == SB_E_BUSY)
		return already_running(plan->dir);
	why = json_string_value(json_object_get(status, "error"));
	if (!status || why) {
		fprintf(stderr, "stagebox-lab: %s\n",
			why ? why : "the process of the lab ended before it was ready");
		return 1;
	}
	lab_print_status(status, as_json);
	return 0;
}
