/* SPDX-License-Identifier: Apache-2.0 */
/* Misbehaves for one endpoint in the way that its options set; for others it is a good module. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "stagebox/conf.h"
#include "stagebox/pve.h"
#include "stagebox/reconcile.h"

enum { JOB_IN = 3, JOB_OUT = 4, FDS = 40 };

static const struct sb_opt options[] = {
	{.name = "only",
	 .type = SB_OPT_STR,
	 .dflt = "lab",
	 .help = "the endpoint for which it fails"},
	{.name = "at", .type = SB_OPT_STR, .dflt = "", .help = "the callback that fails"},
	{.name = "how", .type = SB_OPT_STR, .dflt = "", .help = "what it does there"},
	{.name = "has_row", .type = SB_OPT_BOOL, .dflt = "true", .help = "does its object exist?"},
	{0},
};

static int *volatile nowhere;
static volatile int is_forever = 1;
static volatile int depth_limit = 1 << 30;
static bool dies_at_stop;

static void crash_process(void)
{
	*nowhere = 1;
}

static void exit_early(void)
{
	exit(0);
}

static void spin_forever(void)
{
	while (is_forever)
		;
}

static void sleep_forever(void)
{
	while (is_forever)
		pause();
}

/* Ignores the signals that should stop it. */
static void spin_stubbornly(void)
{
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGXCPU, SIG_IGN);
	spin_forever();
}

/* Allocates memory to the last byte. */
static void eat_memory(void)
{
	size_t piece = 1u << 20;
	char *last = NULL, *more;

	while (piece >= sizeof(last)) {
		more = malloc(piece);
		if (!more) {
			piece /= 2;
			continue;
		}
		memset(more, 0x5a, piece);
		memcpy(more, &last, sizeof(last));
		last = more;
	}
}

/* Goes on when an allocation fails. */
static void ignore_failure(void)
{
	char *volatile text = malloc((size_t)1 << 40);

	free(text);
}

static int recurse_deeper(int depth)
{
	volatile char room[4096];

	room[0] = (char)depth;
	if (depth >= depth_limit)
		return room[0];
	return recurse_deeper(depth + 1) + room[0];
}

static void overflow_stack(void)
{
	recurse_deeper(0);
}

static void close_all(void)
{
	int fd;

	for (fd = 0; fd < FDS; fd++)
		close(fd);
}

static void close_in(void)
{
	close(JOB_IN);
}

static void close_out(void)
{
	close(JOB_OUT);
}

static void write_text(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		return;
}

static void write_garbage(void)
{
	write_text(JOB_OUT, "garbage\n");
}

/* Writes half a line, which the next event of core completes. */
static void write_half_a_line(void)
{
	write_text(JOB_OUT, "{\"ev\":\"stage");
}

static void flood_events(void)
{
	static char bytes[65536];
	ssize_t len;

	memset(bytes, 'x', sizeof(bytes));
	do
		len = write(JOB_OUT, bytes, sizeof(bytes));
	while (len > 0);
}

/* Writes into all open descriptors: pipes of the job, connections of core. */
static void write_to_all(void)
{
	int fd;

	for (fd = 3; fd < FDS; fd++)
		write_text(fd, "garbage\n");
}

static void print_text(void)
{
	printf("awry words on stdout\n");
	fflush(stdout);
}

/* The child outlives the job and inherits all its descriptors. */
static void leave_child(void)
{
	pid_t child = fork();

	if (child == 0) {
		sleep_forever();
		_exit(0);
	}
	fprintf(stderr, "awry child %ld\n", (long)child);
	crash_process();
}

static void on_alarm(int number)
{
	(void)number;
	crash_process();
}

/* Crashes long after the callback returned, while core writes. */
static void crash_later(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2};
	const struct itimerspec soon = {.it_value = {.tv_sec = 1}};
	timer_t timer;

	signal(SIGUSR2, on_alarm);
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) == 0)
		timer_settime(timer, 0, &soon, NULL);
}

static void crash_at_stop(void)
{
	dies_at_stop = true;
}

static const struct {
	const char *name;
	void (*act)(void);
} ways[] = {
	{"crash", crash_process},     {"abort", abort},
	{"exit", exit_early},         {"spin", spin_forever},
	{"nap", sleep_forever},       {"spin-stubbornly", spin_stubbornly},
	{"eat", eat_memory},          {"ignore-failure", ignore_failure},
	{"overflow", overflow_stack}, {"close-all", close_all},
	{"close-in", close_in},       {"close-out", close_out},
	{"babble", write_garbage},    {"mumble", write_half_a_line},
	{"flood", flood_events},      {"scribble", write_to_all},
	{"print", print_text},        {"leave-child", leave_child},
	{"crash-later", crash_later}, {"crash-at-stop", crash_at_stop},
};

static bool is_chosen(const struct sb_stage_run *stage, const char *place)
{
	return sb_streq(sb_run_endpoint(stage), sb_opt_str(stage, "only")) &&
	       sb_streq(sb_opt_str(stage, "at"), place);
}

static void maybe_misbehave(const struct sb_stage_run *stage, const char *place)
{
	const char *how = sb_opt_str(stage, "how");
	size_t i;

	if (!is_chosen(stage, place))
		return;
	for (i = 0; i < SB_ARRAY_LEN(ways); i++)
		if (sb_streq(ways[i].name, how))
			ways[i].act();
}

static int on_version(struct sb_stage_run *stage, const char *key, const json_t *data,
		      const struct sb_error *why, void *arg, struct sb_error *err)
{
	(void)data;
	(void)why;
	maybe_misbehave(stage, "answer");
	if (is_chosen(stage, "answer") && sb_streq(sb_opt_str(stage, "how"), "ask-again"))
		return sb_pve_ask(stage, on_version, arg, key, SB_PVE_INLINE, err, "/version");
	if (sb_rows_read(stage, "awry") < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	if (!sb_opt_bool(stage, "has_row"))
		return 0;
	return sb_row_put(stage, "awry", json_object(), err, "%s", key);
}

/* The object of this module is another cluster, which is empty. */
static int fetch_version(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	char key[128];

	(void)arg;
	maybe_misbehave(stage, "fetch");
	if (is_chosen(stage, "fetch") && sb_streq(sb_opt_str(stage, "how"), "share"))
		sb_shared(stage, "tag", json_pack("{s:s, s:s}", "name", "a", "slug", "a"), NULL,
			  NULL);
	snprintf(key, sizeof(key), "%s/awry/cluster", sb_run_endpoint(stage));
	return sb_pve_ask(stage, on_version, NULL, key, SB_PVE_INLINE, err, "/version");
}

static int want_cluster(struct sb_stage_run *stage, const char *key, const json_t *row,
			struct sb_want *want, void *arg, struct sb_error *err)
{
	char name[64];

	(void)key;
	(void)row;
	(void)err;
	maybe_misbehave(stage, "want");
	snprintf(name, sizeof(name), "awry of %s", sb_run_endpoint(stage));
	sb_want_str(want, "name", name);
	sb_want_ref(want, "type", "cluster-type", arg);
	return 0;
}

static int diff_cluster(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	json_t *type = json_pack("{s:s, s:s}", "name", "awry", "slug", "awry");
	const char *type_key = NULL;
	char prefix[128];
	struct sb_reconcile reconcile = {
		.size = sizeof(reconcile),
		.kind = "cluster",
		.source = "awry",
		.prefix = prefix,
		.want = want_cluster,
	};
	int rc;

	(void)arg;
	maybe_misbehave(stage, "diff");
	snprintf(prefix, sizeof(prefix), "%s/awry/", sb_run_endpoint(stage));
	rc = sb_shared(stage, "cluster-type", type, &type_key, err);
	if (rc < 0)
		return rc;
	reconcile.arg = (void *)(uintptr_t)type_key;
	return sb_reconcile(stage, &reconcile, err);
}

static int prove_gone(struct sb_stage_run *stage, const char *key, void *arg, struct sb_error *err)
{
	(void)arg;
	(void)err;
	maybe_misbehave(stage, "gone");
	return sb_gone(stage, key, true);
}

static const char *const fields[] = {"name", "type", NULL};
static const struct sb_write writes[] = {{.kind = "cluster", .fields = fields, .keys = "*/awry/"},
					 {0}};
static const struct sb_read reads[] = {{.kind = "cluster-type"}, {0}};
static const struct sb_stage stage = {.size = sizeof(stage),
				      .name = "awry.stage",
				      SB_TABLE(write, writes),
				      SB_TABLE(read, reads),
				      .fetch = fetch_version,
				      .diff = diff_cluster,
				      .prove_gone = prove_gone};

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	(void)ret_state;
	return sb_stage_add(ctx, &stage, err);
}

static void stop_module(void *state)
{
	(void)state;
	if (dies_at_stop)
		crash_process();
}

SB_MODULE(awry, .version = "1", .summary = "bad on purpose", SB_TABLE(option, options),
	  .start = start_module, .stop = stop_module)
