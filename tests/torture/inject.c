/* SPDX-License-Identifier: Apache-2.0 */
/* Decides which allocation or I/O call fails. tests/torture/torture.py sets the environment:
 *
 *   SB_TORTURE="PROCESS KIND WHEN"   PROCESS is job, look, or command for any other; KIND is
 * memory, io, or kill, which ends the process with SIGKILL at an I/O call after its first action on
 * Proxmox VE; WHEN is a number ("17": the 17th call), a call stack
 *                                    ("@HASH": the first call from there), or "list"
 *   SB_TORTURE_LOG=FILE              gets "call NUMBER HASH" for each new call stack ("list"), or
 *                                    "failed NUMBER HASH FRAME..." for the call that failed
 *
 * Calls of the main thread count, from main() on. A call stack is the INNER innermost functions and
 * the next ones of ours, DEPTH together, as addresses in their files: the same in each run. */
#include "torture.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <unwind.h>

#include "stagebox/types.h"

enum {
	DEPTH = 12,
	INNER = 3, /* of them, in libraries too: what jansson makes for one call has several places
		    */
	PAGES = 4096,
	STACKS = 1 << 16,
};

struct frames {
	uintptr_t at[DEPTH];
	size_t n, to_skip;
};

struct file {
	uintptr_t page, base; /* page number of an address in it; its first address */
	bool is_ours;
};

static struct {
	bool is_armed, lists, is_done;
	bool has_acted; /* KILL counts from here on */
	enum torture_kind kind;
	unsigned long long number, stack, count; /* number 0 = by stack */
	int log;
} plan;

static _Thread_local bool counts; /* the main thread, outside this file */
static uint64_t seen[STACKS];

/* dladdr() is slow, and the addresses of a page are of one file. */
static const struct file *find_file(uintptr_t at)
{
	static struct file known[PAGES];
	struct file *file = &known[(at >> 12) % PAGES];
	Dl_info info;

	if (file->page == at >> 12)
		return file;
	*file = (struct file){.page = at >> 12};
	if (dladdr((void *)at, &info)) {
		file->base = (uintptr_t)info.dli_fbase;
		file->is_ours = strncmp(info.dli_fname, "/lib", 4) != 0 &&
				strncmp(info.dli_fname, "/usr", 4) != 0;
	}
	return file;
}

/* Of libraries only the innermost functions count: the depth of jansson in a tree does not.
 */
static _Unwind_Reason_Code add_frame(struct _Unwind_Context *context, void *arg)
{
	struct frames *frames = arg;
	uintptr_t at = (uintptr_t)_Unwind_GetIP(context);

	if (!at)
		return _URC_END_OF_STACK;
	if (frames->to_skip) {
		frames->to_skip--;
		return _URC_NO_REASON;
	}
	if (frames->n >= INNER && (!find_file(at)->is_ours || frames->at[frames->n - 1] == at))
		return _URC_NO_REASON;
	frames->at[frames->n++] = at;
	return frames->n < DEPTH ? _URC_NO_REASON : _URC_END_OF_STACK;
}

/* Skips the functions from here to the call that fails. */
static uint64_t hash_stack(enum torture_kind kind, struct frames *frames)
{
	uint64_t hash = 1469598103934665603u;
	size_t i;

	*frames = (struct frames){.to_skip = kind == TORTURE_MEMORY ? 6 : 4};
	_Unwind_Backtrace(add_frame, frames);
	for (i = 0; i < frames->n; i++)
		hash = (hash ^ (frames->at[i] - find_file(frames->at[i])->base)) * 1099511628211u;
	return hash ? hash : 1;
}

static bool is_new(uint64_t hash)
{
	size_t slot = hash % STACKS, tries;

	for (tries = 0; tries < STACKS; tries++, slot = (slot + 1) % STACKS) {
		if (seen[slot] == hash)
			return false;
		if (!seen[slot]) {
			seen[slot] = hash;
			return true;
		}
	}
	return false;
}

static void log_call(const char *word, uint64_t hash, const struct frames *frames)
{
	char text[4096];
	Dl_info info;
	size_t i;
	int len = snprintf(text, sizeof(text), "%s %llu %016llx", word, plan.count,
			   (unsigned long long)hash);

	for (i = 0; frames && i < frames->n && len < (int)sizeof(text) - 512; i++)
		if (dladdr((void *)frames->at[i], &info) && info.dli_fname)
			len += snprintf(text + len, sizeof(text) - (size_t)len, " %.400s+%#zx",
					info.dli_fname,
					(size_t)(frames->at[i] - (uintptr_t)info.dli_fbase));
	text[len++] = '\n';
	if (plan.log >= 0)
		dprintf(plan.log, "%.*s", len, text);
}

static bool is_chosen(void)
{
	struct frames frames;
	uint64_t hash;

	plan.count++;
	if (plan.number && plan.count != plan.number)
		return false;
	hash = hash_stack(plan.kind, &frames);
	if (plan.lists) {
		if (is_new(hash))
			log_call("call", hash, NULL);
		return false;
	}
	if (!plan.number && hash != plan.stack)
		return false;
	plan.is_done = true;
	log_call("failed", hash, &frames);
	return true;
}

bool torture_fails(enum torture_kind kind)
{
	bool fails;

	if (!plan.is_armed || plan.is_done || !counts)
		return false;
	if (plan.kind == TORTURE_KILL) {
		if (kind == TORTURE_IO && plan.has_acted && ++plan.count == plan.number)
			raise(SIGKILL);
		return false;
	}
	if (kind != plan.kind)
		return false;
	counts = false;
	fails = is_chosen();
	counts = true;
	return fails;
}

void torture_note_write(const void *bytes, size_t n)
{
	static const char event[] = "{\"ev\":\"action\"";

	if (plan.kind == TORTURE_KILL && memmem(bytes, n, event, sizeof(event) - 1))
		plan.has_acted = true;
}

bool torture_fails_allocation(void)
{
	return torture_fails(TORTURE_MEMORY);
}

static bool is_process(const char *name, size_t len, const char *command)
{
	if (!sb_streq(command, "job") && !sb_streq(command, "look"))
		command = "command";
	return strlen(command) == len && strncmp(name, command, len) == 0;
}

__attribute__((constructor)) static void read_plan(int argc, char **argv)
{
	const char *text = getenv("SB_TORTURE"), *log = getenv("SB_TORTURE_LOG"), *when;
	size_t len = text ? strcspn(text, " ") : 0;
	struct frames frames;

	if (!text || !is_process(text, len, argc > 1 ? argv[1] : ""))
		return;
	when = strrchr(text, ' ') + 1;
	plan.kind = strstr(text, " io ")     ? TORTURE_IO
		    : strstr(text, " kill ") ? TORTURE_KILL
					     : TORTURE_MEMORY;
	plan.lists = sb_streq(when, "list");
	if (*when == '@')
		plan.stack = strtoull(when + 1, NULL, 16);
	else if (!plan.lists)
		plan.number = strtoull(when, NULL, 10);
	/* Above the descriptors that a job inherits, so that the child of a fork closes it. */
	plan.log = log ? open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
	if (plan.log >= 0)
		plan.log = fcntl(plan.log, F_DUPFD_CLOEXEC, 100);
	hash_stack(plan.kind, &frames); /* the first use of the unwinder allocates */
	counts = true;
	plan.is_armed = true;
}
