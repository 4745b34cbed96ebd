/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of `ctl`, `dump` and `status`, carried out inside the running lab. */
#include <errno.h>
#include <unistd.h>

#include "front/faults.h"
#include "front/front.h"
#include "front/hold.h"
#include "front/now.h"
#include "front/script.h"

enum { ARGS_MAX = 16, TIMES_MAX = 1000000 };

struct call {
	struct lab_front *front;
	const char *args[ARGS_MAX]; /* without the verb */
	size_t n_args;
	unsigned times;
	const char *path;   /* of --path; NULL = all */
	json_t *file;       /* the contents of the FILE of `answer`; borrowed, NULL without one */
	const char *branch; /* of --branch; NULL = main */
	bool no_ids;
	json_t *ret; /* answer on success; commands add members */
};

static json_t *refuse_command(const char *why, const char *about)
{
	if (!about)
		return json_pack("{s:s}", "error", why);
	return json_pack("{s:o}", "error", json_sprintf("%s: %s", about, why));
}

static bool parse_number(const char *text, uint64_t max, uint64_t *ret_number)
{
	char *end;

	errno = 0;
	*ret_number = strtoull(text, &end, 10);
	return !errno && end != text && !*end && *text != '-' && *ret_number <= max;
}

static struct lab_server *find_server(struct lab_front *front, const char *name)
{
	size_t i;

	for (i = 0; i < front->n_servers; i++) {
		struct lab_server *server = &front->servers[i];

		if (sb_streq(server->slug, name) || sb_streq(server->name, name))
			return server;
	}
	return NULL;
}

/* Find the endpoint of a key: "lab/qemu/101" -> lab. */
static struct lab_server *server_of_key(struct lab_front *front, const char *key)
{
	size_t len = strcspn(key, "/");
	size_t i;

	for (i = 0; i < front->n_servers; i++) {
		struct lab_server *server = &front->servers[i];

		if (server->pve && strncmp(server->slug, key, len) == 0 && !server->slug[len])
			return server;
	}
	return NULL;
}

static const char unknown_server[] = "unknown server; use netbox or the slug of an endpoint";
static const char no_endpoint[] = "unknown endpoint; a key begins with the slug of one";

/* A plugin of NetBox is set to a version; it keeps its data when it has none. */
static json_t *set_plugin(struct call *call, const char *name)
{
	struct lab_server *server = &call->front->servers[0];
	const char *why = "a plugin has one field, version";
	int rc = -1;

	if (call->n_args == 2 && sb_starts_with(call->args[1], "version=")) {
		pthread_mutex_lock(&server->lock);
		rc = lab_netbox_plugin(server->netbox, name, call->args[1] + strlen("version="),
				       &why);
		pthread_mutex_unlock(&server->lock);
	}
	return rc < 0 ? refuse_command(why, call->args[0]) : NULL;
}

static json_t *run_set(struct call *call)
{
	static const char plugin[] = "netbox/plugin/";
	struct lab_server *server = server_of_key(call->front, call->args[0]);
	const char *why = NULL;
	sb_autojson *answer = NULL;
	size_t i;

	if (sb_starts_with(call->args[0], plugin))
		return set_plugin(call, call->args[0] + strlen(plugin));
	if (!server)
		return refuse_command(no_endpoint, call->args[0]);
	for (i = 1; i < call->n_args && !answer; i++) {
		const char *equals = strchr(call->args[i], '=');
		sb_autofree char *field = NULL;

		if (!equals || equals == call->args[i])
			return refuse_command("not of the form FIELD=VALUE", call->args[i]);
		field = strndup(call->args[i], (size_t)(equals - call->args[i]));
		if (!field)
			return NULL;
		pthread_mutex_lock(&server->lock);
		if (lab_pve_set(server->pve, call->args[0], field, equals + 1, &why) < 0)
			answer = refuse_command(why, NULL);
		pthread_mutex_unlock(&server->lock);
	}
	return sb_steal(answer);
}

static json_t *run_add(struct call *call)
{
	struct lab_server *server = server_of_key(call->front, call->args[0]);
	const char *why = NULL;
	json_t *answer = NULL;

	if (!server)
		return refuse_command(no_endpoint, call->args[0]);
	pthread_mutex_lock(&server->lock);
	if (lab_pve_add(server->pve, call->args[0], &why) < 0)
		answer = refuse_command(why, NULL);
	pthread_mutex_unlock(&server->lock);
	return answer;
}

static json_t *run_rm(struct call *call)
{
	struct lab_server *server = server_of_key(call->front, call->args[0]);
	const char *why = NULL;
	json_t *answer = NULL;

	if (!server)
		return refuse_command(no_endpoint, call->args[0]);
	pthread_mutex_lock(&server->lock);
	if (lab_pve_rm(server->pve, call->args[0], &why) < 0)
		answer = refuse_command(why, NULL);
	pthread_mutex_unlock(&server->lock);
	return answer;
}

static json_t *run_move(struct call *call)
{
	struct lab_server *server = server_of_key(call->front, call->args[0]);
	const char *why = NULL;
	json_t *answer = NULL;

	if (!server)
		return refuse_command(no_endpoint, call->args[0]);
	pthread_mutex_lock(&server->lock);
	if (lab_pve_move(server->pve, call->args[0], call->args[1], &why) < 0)
		answer = refuse_command(why, NULL);
	pthread_mutex_unlock(&server->lock);
	return answer;
}

static json_t *run_churn(struct call *call)
{
	uint64_t percent;
	unsigned changed = 0;
	size_t i;

	if (!parse_number(call->args[0], 100, &percent))
		return refuse_command("not a percentage from 0 to 100", call->args[0]);
	for (i = 1; i < call->front->n_servers; i++) {
		struct lab_server *server = &call->front->servers[i];

		pthread_mutex_lock(&server->lock);
		changed += lab_pve_churn(server->pve, (unsigned)percent);
		pthread_mutex_unlock(&server->lock);
	}
	json_object_set_new(call->ret, "changed", json_integer(changed));
	return NULL;
}

static json_t *run_fault(struct call *call)
{
	struct lab_server *server = find_server(call->front, call->args[0]);
	struct lab_fault wanted = {.kind = (char *)(uintptr_t)call->args[1],
				   .arg = (char *)(uintptr_t)call->args[2],
				   .path = (char *)(uintptr_t)call->path,
				   .left = call->times};
	const char *why = NULL;

	if (!server)
		return refuse_command(unknown_server, call->args[0]);
	if (lab_fault_add(server, &wanted, &why) < 0)
		return refuse_command(why, call->args[1]);
	return NULL;
}

static json_t *run_answer(struct call *call)
{
	struct lab_server *server = find_server(call->front, call->args[0]);
	const char *why = NULL;

	if (!server)
		return refuse_command(unknown_server, call->args[0]);
	if (call->n_args == 2)
		return lab_script_remove(server, call->args[1])
			       ? NULL
			       : refuse_command("no answer is set for this path", call->args[1]);
	if (lab_script_set(server, call->args[1], call->file, call->times, &why) < 0)
		return refuse_command(why, call->args[2]);
	return NULL;
}

static json_t *run_answers(struct call *call)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < call->front->n_servers; i++)
		lab_script_list(&call->front->servers[i], list);
	json_object_set_new(call->ret, "show", list);
	return NULL;
}

/* Change the privileges of the token at one endpoint or all, or a permission of NetBox; only these
 * have an underscore in their name. */
static json_t *change_role(struct call *call, bool on)
{
	bool is_netbox = strchr(call->args[0], '_') != NULL;
	const char *why = NULL, *slug = call->args[1];
	json_t *answer = NULL;
	size_t i;
	int rc;

	if (slug && (is_netbox || !server_of_key(call->front, slug)))
		return refuse_command("unknown endpoint", slug);
	for (i = 0; i < call->front->n_servers && !answer; i++) {
		struct lab_server *server = &call->front->servers[i];

		if ((server->netbox != NULL) != is_netbox ||
		    (slug && !sb_streq(slug, server->slug)))
			continue;
		pthread_mutex_lock(&server->lock);
		if (is_netbox)
			rc = lab_netbox_grant(server->netbox, call->args[0], on, &why);
		else
			rc = lab_pve_grant(server->pve, call->args[0], on, &why);
		pthread_mutex_unlock(&server->lock);
		if (rc < 0)
			answer = refuse_command(why, call->args[0]);
	}
	return answer;
}

static json_t *run_grant(struct call *call)
{
	return change_role(call, true);
}

static json_t *run_revoke(struct call *call)
{
	return change_role(call, false);
}

static void shuffle_all(struct lab_front *front, uint64_t seed)
{
	size_t i;

	for (i = 0; i < front->n_servers; i++) {
		struct lab_server *server = &front->servers[i];

		pthread_mutex_lock(&server->lock);
		if (server->netbox)
			lab_netbox_shuffle(server->netbox, seed);
		else
			lab_pve_shuffle(server->pve, seed);
		pthread_mutex_unlock(&server->lock);
	}
}

static json_t *run_shuffle(struct call *call)
{
	uint64_t seed;

	if (!parse_number(call->args[0], UINT64_MAX, &seed))
		return refuse_command("not a number", call->args[0]);
	shuffle_all(call->front, seed);
	return NULL;
}

static json_t *run_plug(struct call *call)
{
	struct lab_server *server = &call->front->servers[0];
	bool is_found;

	pthread_mutex_lock(&server->lock);
	is_found = lab_netbox_plug(server->netbox, call->args[0]);
	pthread_mutex_unlock(&server->lock);
	return is_found ? NULL
			: refuse_command("NetBox has no device interface with this key",
					 call->args[0]);
}

static json_t *run_hold_write(struct call *call)
{
	bool is_drop = sb_streq(call->args[1], "drop");
	uint64_t nth;

	if (!parse_number(call->args[0], TIMES_MAX, &nth) || nth == 0)
		return refuse_command("not a number of a write; the next one is 1", call->args[0]);
	if (!is_drop && !sb_streq(call->args[1], "commit"))
		return refuse_command("unknown end of a held write; use commit or drop",
				      call->args[1]);
	if (lab_hold_arm(call->front, nth, is_drop ? LAB_HOLD_DROP : LAB_HOLD_COMMIT) < 0)
		return refuse_command("out of memory", NULL);
	return NULL;
}

/* Let the tasks go on that a fault has stopped. */
static void release_tasks(struct lab_front *front)
{
	size_t i;

	for (i = 1; i < front->n_servers; i++) {
		struct lab_server *server = &front->servers[i];

		pthread_mutex_lock(&server->lock);
		lab_pve_release(server->pve);
		pthread_mutex_unlock(&server->lock);
	}
}

static json_t *run_clear(struct call *call)
{
	size_t i;

	/* Faults and holds end first, so that no new exchange is paused after the release. */
	for (i = 0; i < call->front->n_servers; i++) {
		lab_fault_clear(&call->front->servers[i]);
		lab_script_clear(&call->front->servers[i]);
	}
	lab_hold_clear(call->front);
	lab_clock_release(call->front);
	release_tasks(call->front);
	shuffle_all(call->front, 0);
	return NULL;
}

static json_t *run_show(struct call *call)
{
	json_t *all = json_object();
	size_t i;

	for (i = 1; i < call->front->n_servers; i++) {
		struct lab_server *server = &call->front->servers[i];

		pthread_mutex_lock(&server->lock);
		json_object_set_new(all, server->slug, lab_pve_dump(server->pve));
		pthread_mutex_unlock(&server->lock);
	}
	json_object_set_new(call->ret, "show", all);
	return NULL;
}

static json_t *run_dump(struct call *call)
{
	struct lab_server *server = &call->front->servers[0];
	json_t *dump;

	pthread_mutex_lock(&server->lock);
	dump = call->branch ? lab_netbox_dump_branch(server->netbox, call->branch, call->no_ids)
			    : lab_netbox_dump(server->netbox, call->no_ids);
	pthread_mutex_unlock(&server->lock);
	if (!dump)
		return refuse_command(call->branch ? "NetBox has no such branch" : "out of memory",
				      call->branch);
	json_object_set_new(call->ret, "dump", dump);
	return NULL;
}

static json_t *run_status(struct call *call)
{
	json_t *status = lab_command_status(call->front);

	json_object_update(call->ret, status);
	json_decref(status);
	return NULL;
}

/* A command returns NULL on success, else an answer with the error. */
static const struct command {
	const char *verb, *usage;
	size_t min_args, max_args;
	json_t *(*run)(struct call *call);
} commands[] = {
	{"set", "set KEY FIELD=VALUE...", 2, ARGS_MAX, run_set},
	{"add", "add KEY", 1, 1, run_add},
	{"rm", "rm KEY", 1, 1, run_rm},
	{"move", "move KEY NODE", 2, 2, run_move},
	{"churn", "churn PERCENT", 1, 1, run_churn},
	{"fault", "fault SERVER KIND [ARG] [--times N] [--path WORD]", 2, 3, run_fault},
	{"answer", "answer SERVER PATH [FILE] [--times N]", 2, 3, run_answer},
	{"answers", "answers", 0, 0, run_answers},
	{"grant", "grant PRIVILEGE [ENDPOINT]", 1, 2, run_grant},
	{"revoke", "revoke PRIVILEGE [ENDPOINT]", 1, 2, run_revoke},
	{"shuffle", "shuffle SEED", 1, 1, run_shuffle},
	{"plug", "plug KEY", 1, 1, run_plug},
	{"hold-write", "hold-write K commit|drop", 2, 2, run_hold_write},
	{"clear", "clear", 0, 0, run_clear},
	{"show", "show", 0, 0, run_show},
	{"dump", "dump", 0, 0, run_dump},
	{"status", "status", 0, 0, run_status},
};

static void print_faults(const char *of, const char *const *faults)
{
	for (; *faults; faults++)
		printf("fault %s %s\n", of, *faults);
}

void lab_command_words(void)
{
	sb_autojson *keys = lab_pve_keys();
	const json_t *field;
	const char *form;
	json_t *fields;
	size_t i;

	/* dump and status are commands beside ctl. */
	for (i = 0; i < SB_ARRAY_LEN(commands); i++)
		if (!sb_streq(commands[i].verb, "dump") && !sb_streq(commands[i].verb, "status"))
			printf("command %s\n", commands[i].usage);
	json_object_foreach (keys, form, fields) {
		printf("key %s\n", form);
		json_array_foreach (fields, i, field)
			printf("field %s %s\n", form, json_string_value(field));
	}
	printf("key netbox/plugin/custom-objects\nfield netbox/plugin/custom-objects version\n"
	       "key netbox/plugin/branching\nfield netbox/plugin/branching version\n");
	print_faults("server", lab_front_faults);
	print_faults("endpoint", lab_pve_faults);
	print_faults("task", lab_pve_task_faults);
	print_faults("netbox", lab_netbox_faults);
}

static const struct command *find_command(const char *verb)
{
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(commands); i++) {
		if (sb_streq(commands[i].verb, verb))
			return &commands[i];
	}
	return NULL;
}

/* Commands see what has happened until now: tasks end without a request. */
static void turn_all(struct lab_front *front)
{
	int64_t now_ms = lab_now_wall_us() / 1000;
	size_t i;

	for (i = 1; i < front->n_servers; i++) {
		struct lab_server *server = &front->servers[i];

		pthread_mutex_lock(&server->lock);
		lab_pve_turn(server->pve, now_ms);
		pthread_mutex_unlock(&server->lock);
	}
}

json_t *lab_command_run(struct lab_front *front, json_t *request)
{
	struct call call = {.front = front};
	json_t *args = json_object_get(request, "args"), *answer;
	const char *verb = json_string_value(json_array_get(args, 0));
	const struct command *command = verb ? find_command(verb) : NULL;
	size_t i;

	if (!command)
		return refuse_command("unknown command", verb);
	call.n_args = json_array_size(args) - 1;
	if (call.n_args < command->min_args || call.n_args > command->max_args)
		return refuse_command(command->usage, "usage");
	for (i = 0; i < call.n_args; i++) {
		call.args[i] = json_string_value(json_array_get(args, i + 1));
		if (!call.args[i])
			return refuse_command("an argument is not a string", verb);
	}
	call.times = (unsigned)json_integer_value(json_object_get(request, "times"));
	call.path = json_string_value(json_object_get(request, "path"));
	call.file = json_object_get(request, "file");
	call.branch = json_string_value(json_object_get(request, "branch"));
	call.no_ids = json_is_true(json_object_get(request, "no_ids"));
	call.ret = json_pack("{s:b,s:s}", "ok", 1, "done", verb);
	turn_all(front);
	answer = command->run(&call);
	if (!answer)
		return call.ret;
	json_decref(call.ret);
	return answer;
}

static json_t *describe_site(const struct lab_plan *plan, size_t i, const struct lab_server *server)
{
	const struct lab_site *site = &plan->sites[i];

	return json_pack("{s:s,s:s,s:s,s:I,s:I,s:o,s:o}", "slug", site->slug, "url", server->url,
			 "site", site->site, "nodes", (json_int_t)site->nodes, "guests",
			 (json_int_t)site->guests, "token_file",
			 json_sprintf("%s/tokens/%s", plan->dir, site->slug), "write_token_file",
			 json_sprintf("%s/tokens/%s-write", plan->dir, site->slug));
}

json_t *lab_command_status(struct lab_front *front)
{
	const struct lab_plan *plan = front->plan;
	json_t *endpoints = json_array(), *netbox;
	size_t i;

	for (i = 0; i < plan->n_sites; i++)
		json_array_append_new(endpoints, describe_site(plan, i, &front->servers[i + 1]));
	netbox = json_pack("{s:s,s:s,s:o}", "url", front->servers[0].url, "version",
			   plan->netbox_version, "token_file",
			   json_sprintf("%s/tokens/netbox", plan->dir));
	return json_pack("{s:b,s:s,s:I,s:I,s:I,s:b,s:o,s:o,s:o,s:o}", "running", 1, "dir",
			 plan->dir, "pid", (json_int_t)getpid(), "seed", (json_int_t)plan->seed,
			 "pve", (json_int_t)plan->pve_major, "tls", plan->tls, "netbox", netbox,
			 "endpoints", endpoints, "config",
			 json_sprintf("%s/stagebox.cfg", plan->dir), "log",
			 json_sprintf("%s/requests.ndjson", plan->dir));
}
