/* SPDX-License-Identifier: Apache-2.0 */
/* Progress: on a terminal one line for the whole run, which is redrawn; with --verbose a line for
 * each stage that ended. */
#include "progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "stagebox/json.h"

enum { REDRAW_MS = 100 };

void progress_init(struct progress *progress, bool is_on, bool is_verbose)
{
	memset(progress, 0, sizeof(*progress));
	progress->is_on = is_on;
	progress->is_verbose = is_verbose;
	progress->is_terminal = is_on && isatty(STDERR_FILENO);
}

void progress_begin(struct progress *progress, const char *slug)
{
	progress->slug = slug;
	progress->stage[0] = '\0';
	progress->done = progress->total = 0;
}

static void clear_line(struct progress *progress)
{
	if (progress->has_line)
		fputs("\r\033[K", stderr);
	progress->has_line = false;
}

void progress_end(struct progress *progress)
{
	clear_line(progress);
	fflush(stderr);
}

static const char *job_label(const struct progress *progress)
{
	return progress->slug && progress->slug[0] ? progress->slug : "netbox";
}

/* The whole run: objects written of all that the plan has, their rate, and the time left. */
static void draw_line(struct progress *progress, int64_t done, int64_t total)
{
	int64_t now = sb_clock_ms(), passed = now - progress->began_ms;

	if (!progress->is_terminal || now - progress->drawn_ms < REDRAW_MS)
		return;
	progress->drawn_ms = now;
	if (total > 0) {
		fprintf(stderr, "\r\033[K%s  writing  %lld of %lld objects", job_label(progress),
			(long long)done, (long long)total);
		if (done > 0 && passed > 1000)
			fprintf(stderr, "  %lld/s  %lld s left", (long long)(done * 1000 / passed),
				(long long)(passed * (total - done) / done / 1000));
	} else {
		fprintf(stderr, "\r\033[K%s  reading  %s", job_label(progress), progress->stage);
	}
	fflush(stderr);
	progress->has_line = true;
}

/* The job does nothing until then: say for what, and how long. */
static void print_wait(struct progress *progress, const json_t *event)
{
	const char *what = sb_json_str(event, "for");
	sb_autobuf clean = SB_BUF_INIT(1000);
	int64_t seconds = 0;

	sb_json_int(event, "seconds", &seconds);
	sb_text_add_clean(&clean, what ? what : "?", '?');
	clear_line(progress);
	fprintf(stderr, "%s: waiting up to %lld s: %s\n", job_label(progress), (long long)seconds,
		sb_buf_str(&clean));
}

/* A request to Proxmox VE was taken, and its task runs: it may take long. */
static void print_task(struct progress *progress, const json_t *event)
{
	const char *key = sb_json_str(event, "key"), *call = sb_json_str(event, "call");
	const char *task = sb_json_str(event, "task"), *outcome = sb_json_str(event, "outcome");
	const char *node = sb_json_str(event, "node");
	sb_autobuf line = SB_BUF_INIT(2000), clean = SB_BUF_INIT(2000);

	if (!key || !call || !node || !task || !outcome || !sb_streq(outcome, "open"))
		return;
	sb_buf_addf(&line, "%s of %s runs on node %s: task %s", call, key, node, task);
	sb_text_add_clean(&clean, sb_buf_str(&line), '?');
	clear_line(progress);
	fprintf(stderr, "%s: %s\n", job_label(progress), sb_buf_str(&clean));
}

static void print_stage(struct progress *progress, const json_t *event)
{
	static const char *const names[] = {"create",  "update", "delete",
					    "release", "failed", "unknown"};
	static const char *const words[] = {"created",  "updated", "deleted",
					    "released", "failed",  "unknown"};
	const json_t *entry = json_object_get(event, "entry");
	const json_t *counts = json_object_get(json_object_get(entry, "response"), "counts");
	const char *status = sb_json_str(entry, "status"), *stage = sb_json_str(event, "stage");
	size_t i;

	clear_line(progress);
	fprintf(stderr, "%s  %s  %s", job_label(progress), stage ? stage : "?",
		status ? status : "?");
	for (i = 0; i < SB_ARRAY_LEN(names); i++) {
		long long n = (long long)json_integer_value(json_object_get(counts, names[i]));

		if (n)
			fprintf(stderr, "  %lld %s", n, words[i]);
	}
	fprintf(stderr, "  %.1f s\n", json_number_value(json_object_get(entry, "runtime_seconds")));
}

void progress_event(struct progress *progress, const json_t *event)
{
	const char *name = sb_json_str(event, "ev"), *stage = sb_json_str(event, "stage");
	int64_t done = 0, total = 0;

	if (!progress->is_on || !name)
		return;
	if (sb_streq(name, "stage") && progress->is_verbose)
		print_stage(progress, event);
	else if (sb_streq(name, "waiting"))
		print_wait(progress, event);
	else if (sb_streq(name, "called"))
		print_task(progress, event);
	if (!sb_streq(name, "stage_begin") && !sb_streq(name, "progress"))
		return;
	if (stage && sb_streq(name, "stage_begin")) /* the parent has checked this one */
		snprintf(progress->stage, sizeof(progress->stage), "%s", stage);
	sb_json_int(event, "all_done", &done);
	sb_json_int(event, "all", &total);
	if (total > 0) {
		if (!progress->total)
			progress->began_ms = sb_clock_ms();
		progress->done = done;
		progress->total = total;
	}
	draw_line(progress, progress->done, progress->total);
}
