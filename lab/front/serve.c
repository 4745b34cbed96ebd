/* SPDX-License-Identifier: Apache-2.0 */
/* The background process: create the servers, listen, answer, and end on a signal. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "front/dir.h"
#include "front/faults.h"
#include "front/hold.h"
#include "front/legacy.h"
#include "front/script.h"
#include "front/server.h"

enum { LAST_FD = 1024, END_WITHIN_S = 4, FIRST_VMID = 101 };

/* Detach from the terminal, the open files and the directory of the caller. */
static int detach_process(const char *dir, int keep_fd)
{
	sb_autofree char *errors = lab_file_path(dir, "lab.err");
	int null_fd = open("/dev/null", O_RDWR), err_fd, fd;

	if (!errors || null_fd < 0)
		return -1;
	err_fd = open(errors, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644);
	if (err_fd < 0 || setsid() < 0 || chdir("/") < 0)
		return -1;
	if (dup2(null_fd, 0) < 0 || dup2(null_fd, 1) < 0 || dup2(err_fd, 2) < 0)
		return -1;
	for (fd = 3; fd < LAST_FD; fd++) {
		if (fd != keep_fd)
			close(fd);
	}
	return 0;
}

static void block_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int open_log(struct lab_front *front, struct sb_error *err)
{
	sb_autofree char *path = lab_file_path(front->plan->dir, "requests.ndjson");

	if (!path)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	front->log_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
	if (front->log_fd < 0)
		return sb_fail(err, SB_E_STATE, "cannot open %s: %s", path, strerror(errno));
	return 0;
}

static int name_server(struct lab_server *server, const char *prefix, const char *slug)
{
	sb_autobuf name = SB_BUF_INIT(128);

	sb_buf_addf(&name, "%s%s", prefix, slug);
	server->name = sb_buf_take(&name);
	server->slug = strdup(slug);
	pthread_mutex_init(&server->lock, NULL);
	return server->name && server->slug ? 0 : -1;
}

/* Install "NAME" or "NAME=VERSION", the first len characters of a word. */
static int install_plugin(struct lab_netbox *netbox, const char *word, size_t len,
			  struct sb_error *err)
{
	sb_autofree char *name = strndup(word, len);
	const char *why = "out of memory";
	char *version = name ? strchr(name, '=') : NULL;

	if (version)
		*version++ = '\0';
	if (name && lab_netbox_plugin(netbox, name, version, &why) == 0)
		return 0;
	return sb_fail(err, SB_E_STATE, "plugin %.*s: %s", (int)len, word, why);
}

/* The numbers of custom object types differ between labs, as they do between installations. */
static int install_plugins(struct lab_netbox *netbox, const struct lab_plan *plan,
			   struct sb_error *err)
{
	enum { USED_MAX = 9 };
	const char *word = plan->plugins;
	int rc = 0;

	lab_netbox_use_types(netbox, 1 + (unsigned)(plan->seed % USED_MAX));
	while (!rc && word && *word) {
		size_t len = strcspn(word, ",");

		rc = install_plugin(netbox, word, len, err);
		word += len;
		word += *word == ',';
	}
	return rc;
}

static int create_servers(struct lab_front *front, struct sb_error *err)
{
	const struct lab_plan *plan = front->plan;
	size_t i;

	front->servers = calloc(plan->n_sites + 1, sizeof(*front->servers));
	if (!front->servers)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	front->n_servers = plan->n_sites + 1;
	for (i = 0; i < front->n_servers; i++) {
		struct lab_server *server = &front->servers[i];
		const struct lab_site *site = i ? &plan->sites[i - 1] : NULL;

		server->front = front;
		if (name_server(server, site ? "pve:" : "", site ? site->slug : "netbox") < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
		if (!site) {
			char version[32];

			snprintf(version, sizeof(version), "%s%s", plan->netbox_version,
				 plan->legacy && sb_streq(plan->legacy, "proxbox") ? "+proxbox"
										   : "");
			server->netbox = lab_netbox_create(version, plan->netbox_token);
			if (server->netbox &&
			    lab_netbox_person(server->netbox, plan->person_token) < 0)
				return sb_fail(err, SB_E_NOMEM, "out of memory");
			if (server->netbox && install_plugins(server->netbox, plan, err) < 0)
				return SB_E_STATE;
		} else {
			struct lab_pve_seed seed = {.slug = site->slug,
						    .token = site->token,
						    .write_token = site->write_token,
						    .major = (int)plan->pve_major,
						    .nodes = site->nodes,
						    .guests = site->guests,
						    .first_vmid = FIRST_VMID,
						    .seed = plan->seed + i - 1};

			server->pve = lab_pve_create(&seed);
		}
		if (!server->netbox && !server->pve)
			return sb_fail(err, SB_E_NOMEM, "cannot create %s", server->name);
	}
	return 0;
}

static int start_servers(struct lab_front *front, struct sb_error *err)
{
	size_t i;
	int rc = 0;

	if (front->plan->tls)
		rc = lab_certs_create(&front->certs, err);
	if (!rc)
		rc = open_log(front, err);
	if (!rc)
		rc = create_servers(front, err);
	if (!rc && front->plan->legacy)
		rc = lab_legacy_fill(front, err);
	if (!rc && lab_clock_start(front) < 0)
		rc = sb_fail(err, SB_E_STATE, "cannot start the clock: %s", strerror(errno));
	for (i = 0; !rc && i < front->n_servers; i++)
		rc = lab_server_start(&front->servers[i], err);
	return rc ? rc : lab_config_write(front, err);
}

static void server_finish(struct lab_server *server)
{
	lab_fault_clear(server);
	lab_script_clear(server);
	lab_netbox_destroy(server->netbox);
	lab_pve_destroy(server->pve);
	pthread_mutex_destroy(&server->lock);
	free(server->name);
	free(server->slug);
	free(server->url);
}

static void stop_servers(struct lab_front *front)
{
	size_t i;

	lab_hold_clear(front);
	lab_clock_stop(front);
	for (i = 0; i < front->n_servers; i++)
		lab_server_stop(&front->servers[i]);
	for (i = 0; i < front->n_servers && front->servers[i].name; i++)
		server_finish(&front->servers[i]);
	free(front->servers);
	lab_certs_finish(&front->certs);
	if (front->log_fd >= 0)
		close(front->log_fd);
}

static void report_to_caller(int fd, json_t *json)
{
	sb_autobuf text = SB_BUF_INIT(1024 * 1024);

	sb_buf_add_json(&text, json);
	if (text.failed || write(fd, text.text, text.len) != (ssize_t)text.len)
		fprintf(stderr, "cannot send the status to the caller\n");
	close(fd);
	json_decref(json);
}

int lab_serve(struct lab_plan *plan, int ready_fd)
{
	struct lab_front front = {.plan = plan, .log_fd = -1};
	struct sb_error err = SB_ERROR_INIT;
	int control_fd = -1, rc;

	block_signals();
	pthread_mutex_init(&front.hold_lock, NULL);
	rc = detach_process(plan->dir, ready_fd);
	if (rc < 0)
		rc = sb_fail(&err, SB_E_STATE, "cannot detach: %s", strerror(errno));
	if (!rc)
		rc = lab_pids_take(plan->dir, &err);
	if (!rc)
		rc = start_servers(&front, &err);
	if (!rc && (control_fd = lab_control_listen(plan->dir)) < 0)
		rc = sb_fail(&err, SB_E_STATE, "cannot listen in %s: %s", plan->dir,
			     strerror(errno));
	if (!rc) {
		report_to_caller(ready_fd, lab_command_status(&front));
		lab_control_serve(&front, control_fd);
		alarm(END_WITHIN_S); /* end the process even when a thread hangs */
	} else {
		report_to_caller(ready_fd, json_pack("{s:s,s:i}", "error", err.text, "code", rc));
	}
	stop_servers(&front);
	if (control_fd >= 0)
		close(control_fd);
	if (rc != SB_E_BUSY)
		lab_pids_remove(plan->dir);
	return rc ? 1 : 0;
}
