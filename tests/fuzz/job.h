/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of the target "job": recorded answers that the input changes, servers that
 * give them. */
#pragma once

#include "net/io.h"

enum {
	JOB_ANSWERS = 96, /* of one world */
	JOB_WRITES = 8,   /* that the input can disturb */
};

/* How NetBox answers a write. */
enum job_write {
	JOB_WRITE_TAKEN,
	JOB_WRITE_REFUSED,       /* 400, names the field of one item */
	JOB_WRITE_REFUSED_TEXT,  /* 400, names nothing */
	JOB_WRITE_DEADLOCK,      /* 500 */
	JOB_WRITE_LOST,          /* no answer, not committed */
	JOB_WRITE_TAKEN_UNHEARD, /* no answer, committed */
	JOB_WRITE_TAKEN_GARBAGE, /* committed, the answer is not JSON */
	JOB_WRITE_TAKEN_NO_ROWS, /* committed, the answer is an empty list */
	JOB_WRITE_TAKEN_NO_IDS,  /* committed, the rows of the answer have no ids */
	JOB_WRITE_DENIED,        /* 403 */
	JOB_WRITE_UNKNOWN,       /* 404 */
	JOB_WRITE_TOO_MANY,      /* 429 */
	JOB_WRITE_N,
};

/* One request with its answer. Texts are borrowed from the base, except own. */
struct job_answer {
	const char *server, *method, *path; /* the path without "fields=..." */
	const char *type, *api_version;
	int status; /* 0 = no answer arrives */
	const char *body;
	size_t len;
	char *own; /* a changed body; body points to it */
};

/* The answers of one job. */
struct job_world {
	struct job_answer answers[JOB_ANSWERS];
	size_t n;
	enum job_write writes[JOB_WRITES];
	/* The input only made answers unreadable, so that nothing may be deleted. */
	bool only_unreadable;
};

enum job_base { JOB_SAME, JOB_FIRST }; /* NetBox after a sync; before the first one */

/** The recorded inputs of the job: configuration and stored values. Borrowed for ever. */
const json_t *job_inputs(enum job_base base);

/** Make the recorded answers, and change them by instructions of JOB_CHANGE_BYTES bytes each; the
 * rest of data is ignored. Release with job_world_finish(). */
enum { JOB_CHANGE_BYTES = 5 };
void job_world_make(struct job_world *ret_world, enum job_base base, const uint8_t *data,
		    size_t size);
void job_world_finish(struct job_world *world);

/* The parent of the job: files instead of pipes, so that one thread is enough. */
struct job_parent {
	int task_fd, events_fd;
	off_t task_end, events_at;
	unsigned acks, ends;      /* events so far */
	unsigned writes, deletes; /* requests of NetBox so far */
	size_t planned_deletes;
	json_int_t exit; /* of the last event */
};

/** Begin a job: clears both files, and writes the task. The files are opened once, for ever. */
void job_parent_begin(struct job_parent *parent, const char *task, size_t len);

/** Read new events, and acknowledge requests. Returns whether the job has something to read. A line
 * that is not a JSON object is a finding. */
bool job_parent_turn(struct job_parent *parent);

/** The servers of a world, whose NetBox takes writes; both are borrowed. A write that was not
 * acknowledged, and a job that waits without end, are findings. */
struct sb_io *job_servers_create(const struct job_world *world, struct job_parent *parent,
				 int64_t wall_s);

/** End the process with a message. */
void job_finding(const char *text);
