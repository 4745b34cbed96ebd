/* SPDX-License-Identifier: Apache-2.0 */
/* Starting a program as a child process with one pipe in and one pipe out. */
#pragma once

#include <sys/types.h>

#include "stagebox/error.h"
#include "stagebox/types.h"

/* The descriptors of the new process besides 0, 1 and 2. */
enum { SB_PROCESS_IN = 3, SB_PROCESS_OUT = 4, SB_PROCESS_LOCK = 5 };

struct sb_process_spec {
	const char *program;          /* path; "/proc/self/exe" = this program */
	const char *command;          /* its only argument */
	char *const *environment;     /* terminated by NULL */
	uint64_t memory_bytes, cpu_s; /* limits; 0 = none */
	int lock_fd;    /* the child holds this one, too, as SB_PROCESS_LOCK; 0 = none */
	bool own_group; /* no signals from a terminal; the caller can kill its children, too */
};

struct sb_process {
	pid_t pid;
	int in_fd, out_fd; /* to it, from it; nonblocking; the caller closes them */
};

/**
 * Start a process: standard input is empty, standard output is our standard error, no other
 * descriptor is inherited, no core file is written (its memory may hold secrets), and it is killed
 * when the thread that started it ends. Returns when exec has succeeded.
 *
 * Nothing between fork and exec allocates or locks, so the caller may have threads.
 *
 * Returns 0, or SB_E_STATE with the reason and a text that begins with "starting <command>".
 */
int sb_process_start(const struct sb_process_spec *spec, struct sb_process *ret_process,
		     struct sb_error *err);

/** write() to a process's in_fd, which raises no SIGPIPE when the process has ended: EPIPE or
 * ECONNRESET. */
ssize_t sb_process_send(int in_fd, const void *bytes, size_t len);

/**
 * Our environment for a process that runs code of modules: without systemd's credentials folder,
 * and without each variable ("NAME=value") for which has_secret() is true.
 *
 * Returns an array that ends with NULL; the caller frees it, not its texts. NULL = no memory.
 */
char **sb_process_environment(bool (*has_secret)(const char *variable, const json_t *conf),
			      const json_t *conf);
