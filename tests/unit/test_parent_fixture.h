/* SPDX-License-Identifier: Apache-2.0 */
/* A store, a configuration and the scripted job of job.sh, for tests of the parent. */
#pragma once

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "parent/parent.h"
#include "stagebox/json.h"

#ifdef SB_TEST_JOB
#define TEST_JOB SB_TEST_JOB /* by CMake: the path of job.sh */
#else
#define TEST_JOB "job.sh"
#endif

struct fixture {
	char folder[32];
	struct sb_store *store;
	struct sb_job_result result;
	struct sb_error err;
	json_t *conf, *recorded;
	volatile int stop;
	int n_events;
};

static SB_UNUSED int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	sb_autojson *where = NULL;
	char path[64];

	memcpy(f->folder, "/tmp/sb-parent-XXXXXX", sizeof("/tmp/sb-parent-XXXXXX"));
	if (!mkdtemp(f->folder))
		return -1;
	snprintf(path, sizeof(path), "%s/store.db", f->folder);
	where = json_pack("{s:s, s:s}", "kind", "sqlite", "path", path);
	if (sb_store_open(where, &f->store, &f->err) < 0)
		return -1;
	f->conf = json_pack("{s:{s:i, s:i, s:i}, s:{s:s, s:s}, s:[{s:s, s:s}, {s:s}], s:{s:s}}",
			    "limits", "memory_mib", 512, "cpu_s", 60, "wall_s", 60, "netbox", "url",
			    "http://x", "token", "very-secret", "endpoints", "slug", "lab", "token",
			    "also-secret", "slug", "edge", "store", "path", path);
	f->recorded = json_array();
	*state = f;
	return 0;
}

static SB_UNUSED int tear_down(void **state)
{
	struct fixture *f = *state;
	char command[64];

	sb_job_result_finish(&f->result);
	sb_store_close(f->store);
	json_decref(f->conf);
	json_decref(f->recorded);
	snprintf(command, sizeof(command), "rm -rf %s", f->folder);
	if (system(command) != 0)
		return -1;
	free(f);
	return 0;
}

static SB_UNUSED void on_event(void *arg, const json_t *event)
{
	struct fixture *f = arg;

	(void)event;
	f->n_events++;
}

static SB_UNUSED void stop_at_stage(void *arg, const json_t *event)
{
	struct fixture *f = arg;

	if (sb_streq(sb_json_str(event, "ev"), "stage_begin"))
		f->stop = 1;
}

static SB_UNUSED void stop_at_progress(void *arg, const json_t *event)
{
	struct fixture *f = arg;

	if (sb_streq(sb_json_str(event, "ev"), "progress"))
		f->stop = 1;
}

static SB_UNUSED void on_recorded(void *arg, const json_t *line)
{
	struct fixture *f = arg;

	json_array_append_new(f->recorded, json_deep_copy(line));
}

static SB_UNUSED struct sb_job_spec make_spec(struct fixture *f, enum sb_job_mode mode,
					      const char *part)
{
	struct sb_job_spec spec = {.mode = mode,
				   .endpoint = "lab",
				   .conf = f->conf,
				   .target = part,
				   .on_event = on_event,
				   .arg = f};

	return spec;
}

static SB_UNUSED int run_job(struct fixture *f, const struct sb_job_spec *spec)
{
	bool is_plan = spec->mode == SB_JOB_PLAN;

	return sb_job_execute_program(TEST_JOB, is_plan && spec->replay ? NULL : f->store, spec,
				      &f->result, &f->err);
}

static SB_UNUSED void sync_part(struct fixture *f, const char *part)
{
	struct sb_job_spec spec = make_spec(f, SB_JOB_SYNC, part);

	assert_int_equal(run_job(f, &spec), 0);
}

static SB_UNUSED void assert_contains(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" does not contain \"%s\"", text, part);
}

static SB_UNUSED json_t *last_run(struct fixture *f)
{
	json_t *row = NULL;

	assert_int_equal(sb_store_run_get(f->store, -1, &row, &f->err), 0);
	return row;
}

static SB_UNUSED int count_applied(void *arg, const char *key, const char *json_text)
{
	int *n = arg;

	assert_string_equal(key, "lab/node/a");
	assert_non_null(strstr(json_text, "\"name\""));
	*n += 1;
	return 0;
}
