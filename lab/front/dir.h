/* SPDX-License-Identifier: Apache-2.0 */
/* The directory of a lab: its files, its control socket and the process that runs in it. */
#pragma once

#include <sys/types.h>

#include "base/buf.h"

struct lab_front;

/* control.c */

/** Listen on D/ctl. Returns a socket or -1 with errno. */
int lab_control_listen(const char *dir);

/** Answer control requests until a signal asks the process to end. */
void lab_control_serve(struct lab_front *front, int listen_fd);

/** Client: send one request and return the answer. NULL when no lab answers. New reference. */
json_t *lab_control_call(const char *dir, json_t *request);

/* pids.c */

/** Register this process as the lab of dir. Returns 0, SB_E_BUSY or another code. */
int lab_pids_take(const char *dir, struct sb_error *err);

/** Pid of the running lab of dir, 0 when there is none. */
pid_t lab_pids_running(const char *dir);

/** Remove the files that only a running lab has. */
void lab_pids_remove(const char *dir);

/* files.c */

/** A path below the directory of the lab; caller frees. */
char *lab_file_path(const char *dir, const char *name);
int lab_file_write(const char *dir, const char *name, const char *text, mode_t mode,
		   struct sb_error *err);
int lab_file_make_dirs(const char *path);

/** Make dir the working directory. Returns its absolute path (caller frees), or NULL with errno. */
char *lab_file_enter(const char *dir);
