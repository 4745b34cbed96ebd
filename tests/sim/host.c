/* SPDX-License-Identifier: Apache-2.0 */
/* The linker puts the functions __wrap_* in place of those of core, so that a job runs in this
 * process: its pipes are two files, its clock is that of the world, its modules are linked. */
#include "host.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/process.h"
#include "job/job.h"
#include "load/loader.h"
#include "../fuzz/load_static.h"
#include "parent/events.h"
#include "parent/loop.h"
#include "parent/pipes.h"
#include "parent/shared_lease.h"
#include "stagebox/json.h"

/* No process has this number, so that killing it does nothing. */
enum { NO_PROCESS = 0x3fffffff };

/* The job that runs, and its messages. */
static struct {
	struct sim_world *world;
	struct sb_parent *parent;
	int task_fd, events_fd;
	off_t task_end, events_at;
} host = {.task_fd = -1, .events_fd = -1};

/* A job that is killed releases nothing of what it had under way. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

void sim_host_enter(struct sim_world *world)
{
	host.world = world;
	host.parent = NULL;
}

int64_t __wrap_sb_clock_ms(void);
int64_t __wrap_sb_clock_ms(void)
{
	return host.world ? host.world->now_ms : 0;
}

int64_t __wrap_sb_clock_wall_s(void);
int64_t __wrap_sb_clock_wall_s(void)
{
	return __wrap_sb_clock_ms() / 1000;
}

int __wrap_sb_io_curl_create(const struct sb_io_server *servers, size_t n, struct sb_io **ret_io,
			     struct sb_error *err);
int __wrap_sb_io_curl_create(const struct sb_io_server *servers, size_t n, struct sb_io **ret_io,
			     struct sb_error *err)
{
	(void)err;
	*ret_io = sim_io_create(host.world, servers, n);
	return 0;
}

int __wrap_sb_registry_load_watched(const json_t *conf, const struct sb_load_watch *watch,
				    struct sb_registry **ret_registry, struct sb_error *err);
int __wrap_sb_registry_load_watched(const json_t *conf, const struct sb_load_watch *watch,
				    struct sb_registry **ret_registry, struct sb_error *err)
{
	(void)watch;
	return load_static(conf, ret_registry, err);
}

static void open_file(int *fd, const char *name)
{
	if (*fd < 0)
		*fd = memfd_create(name, MFD_CLOEXEC);
	if (*fd < 0 || ftruncate(*fd, 0) < 0 || lseek(*fd, 0, SEEK_SET) < 0)
		sim_broken("a file for messages", strerror(errno));
}

int __wrap_sb_process_start(const struct sb_process_spec *spec, struct sb_process *ret_process,
			    struct sb_error *err);
int __wrap_sb_process_start(const struct sb_process_spec *spec, struct sb_process *ret_process,
			    struct sb_error *err)
{
	(void)spec;
	(void)err;
	open_file(&host.task_fd, "task");
	open_file(&host.events_fd, "events");
	host.task_end = host.events_at = 0;
	ret_process->pid = NO_PROCESS;
	ret_process->in_fd = dup(host.task_fd);
	ret_process->out_fd = dup(host.events_fd);
	return 0;
}

/* The job reads this file as a pipe, so that its position must not move. */
static void send_lines(struct sb_parent *parent)
{
	size_t len = parent->out.len - parent->sent;

	if (parent->in_fd >= 0 && len) {
		if (pwrite(host.task_fd, parent->out.text + parent->sent, len, host.task_end) !=
		    (ssize_t)len)
			sim_broken("a message to the job", strerror(errno));
		host.task_end += (off_t)len;
	}
	sb_buf_reset(&parent->out);
	parent->sent = 0;
}

static void receive_events(struct sb_parent *parent)
{
	struct sb_error err = SB_ERROR_INIT;
	char bytes[65536];
	ssize_t n;

	while ((n = pread(host.events_fd, bytes, sizeof(bytes), host.events_at)) > 0) {
		host.events_at += n;
		parent->n_bytes += (uint64_t)n;
		sb_buf_add_mem(&parent->in, bytes, (size_t)n);
	}
	if (!parent->cause.code &&
	    (sb_parent_events(parent, &err) < 0 || sb_parent_try_shared(parent, &err) < 0)) {
		parent->cause = err;
		sim_net_die(host.world);
	}
}

void __wrap_sb_parent_turn(struct sb_parent *parent, int timeout_ms);
void __wrap_sb_parent_turn(struct sb_parent *parent, int timeout_ms)
{
	(void)timeout_ms;
	send_lines(parent);
}

bool sim_host_turn(struct sim_world *world)
{
	struct sb_parent *parent = host.parent;

	if (world->net.is_dead || !parent)
		return false;
	receive_events(parent);
	if (!world->net.is_dead && parent->deadline_ms && world->now_ms >= parent->deadline_ms &&
	    !parent->end) {
		parent->was_late = true;
		sim_net_die(world);
	}
	if (world->net.is_dead)
		return false;
	send_lines(parent);
	return lseek(host.task_fd, 0, SEEK_CUR) < host.task_end;
}

void sim_host_kill(struct sim_world *world)
{
	if (!world->net.is_dead)
		sim_net_die(world);
}

/* The job runs to its end in here. */
void __wrap_sb_parent_loop(struct sb_parent *parent);
void __wrap_sb_parent_loop(struct sb_parent *parent)
{
	struct sim_world *world = host.world;

	host.parent = parent;
	if (!parent->cause.code)
		sb_job_main(host.task_fd, host.events_fd);
	if (!world->net.is_dead)
		receive_events(parent);
	host.parent = NULL;
	parent->has_exited = true;
	parent->wait_status = world->net.is_dead ? SIGKILL : 0;
	sb_parent_close(&parent->in_fd);
	sb_parent_close(&parent->out_fd);
}
