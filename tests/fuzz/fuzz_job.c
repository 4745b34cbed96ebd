/* SPDX-License-Identifier: Apache-2.0 */
/* A whole job, from its task to its last event, on answers that the input changes: plan or sync,
 * before or after a first sync, with or without prune. The first byte chooses, the others change
 * (job_world.c). Findings are faults of memory, and promises that the job breaks: it ends, sends
 * its last event once, writes nothing without acknowledgement, nothing at all in a plan, and
 * deletes nothing because an answer could not be read. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "job.h"
#include "job/job.h"
#include "load/loader.h"
#include "load_static.h"
#include "stagebox/json.h"
#include "stagebox/log.h"

enum { WITH_SYNC = 1, WITH_FIRST = 2, WITH_PRUNE = 4, N_CHOICES = 8, MAX_CHANGES = 16 };

/* The input of the running job. */
static struct job_world world;
static struct job_parent parent;

/* The linker puts these in place of the functions of core (--wrap): modules are part of the
 * program, and answers come from the world. */
int __wrap_sb_registry_load_watched(const json_t *conf, const struct sb_load_watch *watch,
				    struct sb_registry **ret_registry, struct sb_error *err);
int __wrap_sb_registry_load_watched(const json_t *conf, const struct sb_load_watch *watch,
				    struct sb_registry **ret_registry, struct sb_error *err)
{
	(void)watch;
	return load_static(conf, ret_registry, err);
}

int __wrap_sb_io_replay_create(const json_t *lines, int64_t wall_s, struct sb_io **ret_io,
			       struct sb_error *err);
int __wrap_sb_io_replay_create(const json_t *lines, int64_t wall_s, struct sb_io **ret_io,
			       struct sb_error *err)
{
	(void)lines;
	(void)err;
	*ret_io = job_servers_create(&world, &parent, wall_s);
	return 0;
}

static json_t *make_task(unsigned choice, const json_t *inputs)
{
	json_t *task = json_deep_copy(inputs);
	json_t *conf = json_object_get(task, "conf");

	json_object_del(task, "applied");
	json_object_set(task, "replay_wall_s", json_object_get(task, "now_s"));
	json_object_set_new(task, "mode", json_string(choice & WITH_SYNC ? "sync" : "plan"));
	json_object_set_new(task, "endpoint", json_string("edge"));
	json_object_set_new(task, "record", json_false());
	json_object_set_new(task, "plan", json_null());
	json_object_set_new(task, "run", json_integer(choice & WITH_SYNC ? 1 : 0));
	json_object_set_new(task, "has_siblings", json_true());
	json_object_set_new(json_object_get(conf, "log"), "level", json_string("error"));
	if (choice & WITH_PRUNE)
		json_object_update_new(
			json_object_get(conf, "prune"),
			json_pack("{s:b, s:i, s:i, s:i, s:i, s:i, s:i}", "enabled", 1, "runs", 1,
				  "grace", 0, "address_runs", 1, "address_grace", 0, "max_percent",
				  100, "max_count", 10000));
	return task;
}

/* The lines that the parent sends; each choice is made once. */
static const char *task_of(unsigned choice)
{
	static char *made[N_CHOICES];
	const json_t *inputs = job_inputs(choice & WITH_FIRST ? JOB_FIRST : JOB_SAME);
	sb_autobuf text = SB_BUF_INIT(4u << 20);
	sb_autojson *line = NULL;
	const char *key;
	json_t *fields;

	if (made[choice])
		return made[choice];
	line = json_pack("{s:o}", "task", make_task(choice, inputs));
	sb_buf_add_json_unsorted(&text, line);
	sb_buf_add(&text, "\n");
	json_object_foreach (json_object_get(inputs, "applied"), key, fields) {
		sb_autofree char *dumped = json_dumps(fields, JSON_COMPACT);
		sb_autojson *applied = json_pack("{s:s, s:s}", "applied", key, "fields", dumped);

		sb_buf_add_json_unsorted(&text, applied);
		sb_buf_add(&text, "\n");
	}
	sb_buf_add(&text, "{\"go\":true}\n");
	made[choice] = sb_buf_take(&text);
	if (!made[choice])
		abort();
	return made[choice];
}

static void check_promises(unsigned choice, size_t changes)
{
	bool is_plan = !(choice & WITH_SYNC);
	json_int_t untouched = is_plan && (choice & WITH_FIRST) ? 2 : 0;

	if (parent.ends != 1)
		job_finding("a job that ends without its last event");
	if (is_plan && parent.writes)
		job_finding("a plan that writes");
	if (world.only_unreadable && (parent.deletes || parent.planned_deletes))
		job_finding("deleted because an answer could not be read");
	if (!changes && parent.exit != untouched)
		job_finding("the unchanged base fails: run python3 tests/fuzz/job_base.py");
	if (!changes && (choice & WITH_FIRST) && !is_plan && parent.writes < 10)
		job_finding("the first sync writes nothing");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned choice = size ? data[0] % N_CHOICES : 0;
	const char *task = task_of(choice);
	size_t changes = size ? (size - 1) / JOB_CHANGE_BYTES : 0;

	if (changes > MAX_CHANGES)
		changes = MAX_CHANGES;
	job_world_make(&world, choice & WITH_FIRST ? JOB_FIRST : JOB_SAME, size ? data + 1 : data,
		       changes * JOB_CHANGE_BYTES);
	job_parent_begin(&parent, task, strlen(task));
	sb_job_main(parent.task_fd, parent.events_fd);
	job_parent_turn(&parent);
	check_promises(choice, changes);
	job_world_finish(&world);
	return 0;
}
