/* SPDX-License-Identifier: Apache-2.0 */
/* Making a world, running a job in it, asking its NetBox as a person. */
#include "world.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/conf.h"
#include "host.h"
#include "stagebox/json.h"

enum { START_S = 1786000000 };

_Noreturn void sim_broken(const char *text, const char *about)
{
	fprintf(stderr, "stagebox-sim: %s: %s\n", text, about);
	abort();
}

static char *path_in(const struct sim_world *world, const char *name)
{
	sb_autobuf path = SB_BUF_INIT(4096);

	sb_buf_addf(&path, "%s/%s", world->dir, name);
	return sb_buf_take(&path);
}

static void write_file(const struct sim_world *world, const char *name, const char *text)
{
	sb_autofree char *path = path_in(world, name);
	FILE *file = fopen(path, "w");

	if (!file || fputs(text, file) < 0 || fclose(file) != 0 || chmod(path, 0600) < 0)
		sim_broken(path, strerror(errno));
}

static void write_conf(const struct sim_world *world)
{
	const struct sim_setup *setup = &world->setup;
	sb_autobuf text = SB_BUF_INIT(1 << 16);

	sb_buf_addf(&text,
		    "netbox: { url = \"http://127.0.0.1:8000\"; token = \"file:%s/netbox.token\";"
		    " use_https = false; verify_ssl = false; };\n",
		    world->dir);
	sb_buf_addf(&text,
		    "endpoints: ( { slug = \"" SIM_SLUG "\"; urls = [ \"http://127.0.0.1:8006\" ];"
		    " token = \"file:%s/pve.token\"; use_https = false; verify_ssl = false;"
		    " site = \"lab-dc1\"; } );\n",
		    world->dir);
	sb_buf_addf(&text,
		    "modules = [ \"cluster\", \"qemu\", \"lxc\"%s ];\n"
		    "store: { path = \"%s/stagebox.db\"; };\n",
		    setup->has_families ? ", \"ha\", \"ceph\"" : "", world->dir);
	if (setup->has_families) /* what changes by itself is not written in quiet runs */
		sb_buf_add(&text, "options: { ceph: { refresh = \"365d\"; }; };\n");
	sb_buf_addf(&text,
		    "prune: { enabled = %s; runs = %u; grace = %u; max_percent = %u; };\n"
		    "log: { level = \"error\"; };\n",
		    setup->prunes ? "true" : "false", setup->prune_runs, setup->grace_s,
		    setup->max_percent);
	write_file(world, "stagebox.cfg", sb_buf_str(&text));
	write_file(world, "netbox.token", SIM_TOKEN "\n");
	write_file(world, "pve.token", "audit@pve!sim=01234567-89ab-cdef-0123-456789abcdef\n");
}

static void open_store(struct sim_world *world)
{
	struct sb_error err = SB_ERROR_INIT;

	if (sb_store_open(json_object_get(world->conf, "store"), &world->store, &err) < 0)
		sim_broken("the store", err.text);
}

static void load_conf(struct sim_world *world)
{
	sb_autofree char *path = path_in(world, "stagebox.cfg");
	struct sb_error err = SB_ERROR_INIT;

	if (sb_conf_load_all(path, &world->conf, NULL, &err) < 0 ||
	    sb_conf_resolve(world->conf, &err) < 0)
		sim_broken("the configuration", err.text);
	sb_conf_log_level(world->conf);
}

static void create_servers(struct sim_world *world)
{
	const struct sim_setup *setup = &world->setup;
	struct lab_pve_seed seed = {
		.slug = SIM_SLUG,
		.token = "audit@pve!sim=01234567-89ab-cdef-0123-456789abcdef",
		.major = setup->pve_major,
		.nodes = setup->nodes,
		.guests = setup->guests,
		.first_vmid = 101,
		.seed = setup->seed,
	};

	world->netbox = lab_netbox_create(setup->netbox_version, SIM_TOKEN);
	world->pve = lab_pve_create(&seed);
	if (!world->netbox || !world->pve || lab_netbox_person(world->netbox, SIM_PERSON) < 0 ||
	    lab_netbox_base(world->netbox, "http://127.0.0.1:8000") < 0)
		sim_broken("memory", "the lab");
}

void sim_world_create(struct sim_world *world, const char *name, const struct sim_setup *setup,
		      const char *dir)
{
	*world = (struct sim_world){.name = name, .setup = *setup, .now_ms = START_S * 1000LL};
	world->dir = strdup(dir);
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		sim_broken(dir, strerror(errno));
	create_servers(world);
	write_conf(world);
	load_conf(world);
	sim_host_enter(world);
	open_store(world);
}

static void remove_files(const struct sim_world *world)
{
	DIR *dir = opendir(world->dir);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		sb_autofree char *path = path_in(world, entry->d_name);

		if (entry->d_name[0] != '.')
			unlink(path);
	}
	if (dir)
		closedir(dir);
	rmdir(world->dir);
}

void sim_world_destroy(struct sim_world *world)
{
	sim_net_finish(&world->net);
	if (world->store)
		sb_store_close(world->store);
	lab_netbox_destroy(world->netbox);
	lab_pve_destroy(world->pve);
	json_decref(world->conf);
	remove_files(world);
	free(world->dir);
}

static void copy_file(const struct sim_world *world, const char *from, const char *to)
{
	sb_autofree char *source = path_in(world, from), *target = path_in(world, to);
	FILE *in = fopen(source, "r"), *out;
	char bytes[65536];
	size_t n;

	unlink(target);
	if (!in)
		return;
	out = fopen(target, "w");
	while (out && (n = fread(bytes, 1, sizeof(bytes), in)) > 0)
		if (fwrite(bytes, 1, n, out) != n)
			sim_broken(target, strerror(errno));
	if (!out || fclose(out) != 0)
		sim_broken(target, strerror(errno));
	fclose(in);
}

/* The next run finds what the parent has committed by now. No transaction is open. */
static void keep_store(const struct sim_world *world)
{
	copy_file(world, "stagebox.db", "kept.db");
	copy_file(world, "stagebox.db-wal", "kept.db-wal");
}

static void restore_store(struct sim_world *world)
{
	sb_store_close(world->store);
	copy_file(world, "kept.db", "stagebox.db");
	copy_file(world, "kept.db-wal", "stagebox.db-wal");
	open_store(world);
}

void sim_world_die(struct sim_world *world)
{
	if (world->death == SIM_BOTH_DIE)
		keep_store(world);
	else
		sim_host_turn(world); /* the parent still reads what the job has sent */
	sim_host_kill(world);
}

static void trace_record(struct sim_world *world, const json_t *record)
{
	sb_autobuf line = SB_BUF_INIT(1 << 24);
	sb_autojson *copy = record ? json_copy((json_t *)(uintptr_t)record) : NULL;

	json_object_del(copy, "cost"); /* of this process, which differs */
	sb_buf_addf(&line, "%s record ", world->name);
	sb_buf_add_json(&line, copy);
	if (world->net.trace && copy)
		world->net.trace(world->net.trace_arg, sb_buf_str(&line));
}

static void take_result(struct sim_world *world, const struct sb_job_result *job)
{
	struct sim_result *result = &world->result;

	snprintf(result->status, sizeof(result->status), "%s", job->status);
	snprintf(result->why, sizeof(result->why), "%.299s", job->err.text);
	result->exit_code = job->exit_code;
	result->is_balanced = !sb_streq(job->status, "unbalanced");
}

void sim_world_run(struct sim_world *world, enum sb_job_mode mode, const struct sim_plan *plan)
{
	struct sb_job_spec spec = {
		.mode = mode,
		.endpoint = mode == SB_JOB_BOOTSTRAP ? "" : SIM_SLUG,
		.conf = world->conf,
	};
	struct sb_job_result job;
	struct sb_error err = SB_ERROR_INIT;

	memset(&world->result, 0, sizeof(world->result));
	world->death = plan->death;
	world->net.weather = plan->weather;
	world->net.death_at = plan->death ? plan->death_at : 0;
	world->net.counts_writes = plan->writes_only;
	world->net.counted = world->net.dead_calls = 0;
	world->net.is_dead = false;
	sim_host_enter(world);
	if (sb_job_execute(world->store, &spec, &job, &err) < 0)
		sim_broken("the job cannot be started", err.text);
	take_result(world, &job);
	trace_record(world, job.record);
	if (world->result.has_died && plan->death == SIM_BOTH_DIE)
		restore_store(world);
	sb_job_result_finish(&job);
	memset(&world->net.weather, 0, sizeof(world->net.weather));
}

void sim_world_sleep(struct sim_world *world, int64_t until_ms)
{
	sim_host_enter(world);
	world->net.is_dead = false;
	sim_net_pass(world, until_ms);
}

int sim_world_ask(struct sim_world *world, const char *method, const char *path, const json_t *body,
		  json_t **ret_answer)
{
	sb_autofree char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	sb_autobuf whole = SB_BUF_INIT(1 << 16);
	const char *mark = strchr(path, '?');
	struct lab_request request = {.method = method, .authorization = "Token " SIM_PERSON};
	struct lab_answer answer = {0};
	int status;

	sb_buf_addf(&whole, "/api/%.*s", mark ? (int)(mark - path) : (int)strlen(path), path);
	request.path = request.raw_path = sb_buf_str(&whole);
	request.query = mark ? mark + 1 : "";
	request.content_type = text ? "application/json" : NULL;
	request.body = text;
	request.body_len = text ? strlen(text) : 0;
	lab_netbox_handle(world->netbox, &request, world->now_ms * 1000, &answer);
	status = answer.status;
	if (ret_answer)
		*ret_answer = json_incref(answer.json);
	lab_answer_finish(&answer);
	return status;
}
