/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox-sim [--seeds N] [--jobs N] [--trace] [--tap] SEED: play histories, and report those in
 * which a property does not hold. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "history.h"

enum { EXIT_USAGE = 64, SEEDS_OF_A_TEST = 25, JOBS_MAX = 64 };

struct command {
	uint64_t first, n, jobs; /* jobs: processes that share the seeds */
	bool shows_trace, is_tap;
	char dir[64];
};

/* Print a history as it was, and how to play it again. */
static void print_failure(const struct command *command, const struct sim_history *history)
{
	char *line = history->story.len ? history->story.text : (char *)(uintptr_t) "", *end;

	for (; (end = strchr(line, '\n')); line = end + 1)
		printf("%s%.*s\n", command->is_tap ? "# " : "", (int)(end - line), line);
	printf("%sseed %" PRIu64 ": %s\n", command->is_tap ? "# " : "", history->seed,
	       history->failure);
	printf("%splay it again: ./dev sim %" PRIu64 "\n", command->is_tap ? "# " : "",
	       history->seed);
}

static bool play_seed(const struct command *command, uint64_t seed)
{
	struct sim_history history;
	bool is_good = sim_history_play(&history, seed, command->dir, command->shows_trace);

	if (!is_good)
		print_failure(command, &history);
	else if (command->n == 1)
		printf("%sseed %" PRIu64 ": every property holds, trace %016" PRIx64 "\n",
		       command->shows_trace ? "" : sb_buf_str(&history.story), seed, history.hash);
	sim_history_finish(&history);
	return is_good;
}

/* Play each seed. With TAP, SEEDS_OF_A_TEST of them are one test, and the first failure ends it
 * all, because a story is long. Returns how many failed. */
static uint64_t play_seeds(const struct command *command)
{
	uint64_t failed = 0, i, from = 0;

	for (i = 0; i < command->n && !(command->is_tap && failed); i++) {
		failed += !play_seed(command, command->first + i);
		if (!command->is_tap ||
		    (!failed && (i + 1) % SEEDS_OF_A_TEST && i + 1 < command->n))
			continue;
		printf("%sok - every property holds with seeds %" PRIu64 " to %" PRIu64 "\n",
		       failed ? "not " : "", command->first + from, command->first + i);
		fflush(stdout);
		from = i + 1;
	}
	return failed;
}

/* The same seed twice is the same history: else a failure could not be found again. */
static bool is_repeatable(const struct command *command)
{
	struct sim_history history;
	uint64_t hashes[2];
	size_t i;

	for (i = 0; i < 2; i++) {
		sim_history_play(&history, command->first, command->dir, command->shows_trace);
		hashes[i] = history.hash;
		sim_history_finish(&history);
	}
	return hashes[0] == hashes[1];
}

static bool read_options(int argc, char **argv, struct command *command)
{
	char *end = NULL;
	int i;

	for (i = 1; i < argc; i++) {
		if (sb_streq(argv[i], "--seeds") && i + 1 < argc)
			command->n = strtoull(argv[++i], NULL, 10);
		else if (sb_streq(argv[i], "--jobs") && i + 1 < argc)
			command->jobs = strtoull(argv[++i], NULL, 10);
		else if (sb_streq(argv[i], "--trace"))
			command->shows_trace = true;
		else if (sb_streq(argv[i], "--tap"))
			command->is_tap = true;
		else if (end || argv[i][0] == '-')
			return false;
		else
			command->first = strtoull(argv[i], &end, 10);
	}
	return end && !*end && command->n && command->jobs && command->jobs <= JOBS_MAX;
}

/* The stores are written for each request: in memory where there is such a folder. */
static void make_folder(struct command *command)
{
	snprintf(command->dir, sizeof(command->dir), "%s/stagebox-sim.XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(command->dir))
		sim_broken(command->dir, strerror(errno));
}

static uint64_t play_in_folder(struct command *command)
{
	uint64_t failed;

	make_folder(command);
	if (command->is_tap)
		printf("1..%" PRIu64 "\n%sok - the same seed gives the same history\n",
		       (command->n + SEEDS_OF_A_TEST - 1) / SEEDS_OF_A_TEST + 1,
		       is_repeatable(command) ? "" : "not ");
	failed = play_seeds(command);
	rmdir(command->dir);
	return failed;
}

/* The part of the seeds of one process. Those of a process that dies count as failed. */
static struct command part_of(const struct command *command, uint64_t i)
{
	struct command part = *command;
	uint64_t from = command->n * i / command->jobs;

	part.n = command->n * (i + 1) / command->jobs - from;
	part.first = command->first + from;
	return part;
}

/* Play the seeds in several processes: the history of a seed is the only one of its process at a
 * time, because clock and sockets of a simulation belong to the whole process. */
static uint64_t play_in_parallel(const struct command *command)
{
	uint64_t *failed = mmap(NULL, JOBS_MAX * sizeof(*failed), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t i, sum = 0;
	int status;

	if (failed == MAP_FAILED)
		sim_broken("mmap", strerror(errno));
	fflush(stdout);
	for (i = 0; i < command->jobs; i++) {
		struct command part = part_of(command, i);
		pid_t pid;

		failed[i] = part.n;
		pid = fork();
		if (pid < 0)
			sim_broken("fork", strerror(errno));
		if (pid > 0)
			continue;
		failed[i] = part.n ? play_in_folder(&part) : 0;
		exit(failed[i] != 0);
	}
	while (wait(&status) > 0)
		if (WIFSIGNALED(status))
			printf("a process of the simulation died of signal %d: repeat with --jobs "
			       "1\n",
			       WTERMSIG(status));
	for (i = 0; i < command->jobs; i++)
		sum += failed[i];
	munmap(failed, JOBS_MAX * sizeof(*failed));
	return sum;
}

int main(int argc, char **argv)
{
	struct command command = {.n = 1, .jobs = 1};
	uint64_t failed;

	if (!read_options(argc, argv, &command)) {
		fprintf(stderr, "usage: ./dev sim SEED [--seeds N] [--jobs N] [--trace]\n");
		return EXIT_USAGE;
	}
	failed = command.jobs > 1 ? play_in_parallel(&command) : play_in_folder(&command);
	if (!command.is_tap && command.n > 1)
		printf("%" PRIu64 " passed, %" PRIu64 " failed\n", command.n - failed, failed);
	return failed ? 1 : 0;
}
