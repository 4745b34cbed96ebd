/* SPDX-License-Identifier: Apache-2.0 */
/* The parent of the job of the target "job". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "job.h"
#include "stagebox/json.h"

static void open_once(int *fd, const char *name)
{
	if (*fd < 0)
		*fd = memfd_create(name, MFD_CLOEXEC);
	if (*fd < 0 || ftruncate(*fd, 0) < 0 || lseek(*fd, 0, SEEK_SET) < 0)
		abort();
}

/* The job reads this file as a pipe, so that its position must not move. */
static void add_to_task(struct job_parent *parent, const char *text, size_t len)
{
	if (pwrite(parent->task_fd, text, len, parent->task_end) != (ssize_t)len)
		abort();
	parent->task_end += (off_t)len;
}

void job_parent_begin(struct job_parent *parent, const char *task, size_t len)
{
	static int task_fd = -1, events_fd = -1;

	open_once(&task_fd, "task");
	open_once(&events_fd, "events");
	*parent = (struct job_parent){.task_fd = task_fd, .events_fd = events_fd};
	add_to_task(parent, task, len);
}

static size_t count_deletes(const json_t *ops)
{
	const json_t *op;
	size_t i, n = 0;

	json_array_foreach (ops, i, op)
		n += sb_streq(sb_json_str(op, "verb"), "delete");
	return n;
}

/* Returns whether the event was answered. */
static bool take_event(struct job_parent *parent, const json_t *event)
{
	const char *what = sb_json_str(event, "ev");
	const json_t *plan = json_object_get(event, "plan");
	char line[64];

	if (!what)
		job_finding("an event without a name");
	if (parent->ends)
		job_finding("an event after the last one");
	if (sb_streq(what, "end")) {
		parent->ends++;
		parent->exit = json_integer_value(json_object_get(event, "exit"));
	} else if (sb_streq(what, "plan")) {
		parent->planned_deletes = count_deletes(json_object_get(plan, "ops")) +
					  count_deletes(json_object_get(plan, "shared"));
	} else if (sb_streq(what, "request")) {
		parent->acks++;
		snprintf(line, sizeof(line), "{\"ack\":%" JSON_INTEGER_FORMAT "}\n",
			 json_integer_value(json_object_get(event, "id")));
		add_to_task(parent, line, strlen(line));
		return true;
	} else if (sb_streq(what, "lease")) {
		add_to_task(parent, "{\"lease\":0}\n", strlen("{\"lease\":0}\n"));
		return true;
	}
	return false;
}

bool job_parent_turn(struct job_parent *parent)
{
	sb_autobuf text = SB_BUF_INIT(64u << 20);
	bool any = false;
	char chunk[16384];
	char *line, *end;
	ssize_t n;

	while ((n = pread(parent->events_fd, chunk, sizeof(chunk), parent->events_at)) > 0) {
		sb_buf_add_mem(&text, chunk, (size_t)n);
		parent->events_at += n;
	}
	if (!text.len)
		return false;
	for (line = text.text; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		sb_autojson *event = json_loadb(line, (size_t)(end - line), 0, NULL);

		if (!json_is_object(event))
			job_finding("an event that is not JSON");
		any = take_event(parent, event) || any;
	}
	if (*line)
		job_finding("an event without the end of its line");
	return any;
}

void job_finding(const char *text)
{
	fprintf(stderr, "finding: %s\n", text);
	abort();
}
