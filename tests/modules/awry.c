/* SPDX-License-Identifier: Apache-2.0 */
/* Misbehaves as its options say, for one endpoint; for all others it is a good module. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "stagebox/conf.h"
#include "stagebox/pve.h"
#include "stagebox/reconcile.h"

enum { JOB_IN = 3, JOB_OUT = 4, FDS = 40 };

static const struct sb_opt options[] = {
	{.name = "only", .type = SB_OPT_STR, .dflt = "lab", .help = "the endpoint that suffers"},
	{.name = "at", .type = SB_OPT_STR, .dflt = "", .help = "the callback that goes wrong"},
	{.name = "how", .type = SB_OPT_STR, .dflt = "", .help = "what it does there"},
	{.name = "has_row", .type = SB_OPT_BOOL, .dflt = "true", .help = "is its object there?"},
	{0},
};

static int *volatile nowhere;
static volatile int is_forever = 1;
static volatile int depth_limit = 1 << 30;
static bool dies_at_stop;

static void crash(void)
{
	*nowhere = 1;
}

static void leave(void)
{
	exit(0);
}

static void spin(void)
{
	while (is_forever)
		;
}

static void nap(void)
{
	while (is_forever)
		pause();
}

/* It has heard of signals and wants none of them. */
static void spin_stubbornly(void)
{
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGXCPU, SIG_IGN);
	spin();
}

/* To the last byte. */
static void eat(void)
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

static int deeper(int depth)
{
	volatile char room[4096];

	room[0] = (char)depth;
	if (depth >= depth_limit)
		return room[0];
	return deeper(depth + 1) + room[0];
}

static void overflow(void)
{
	deeper(0);
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

static void say(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		return;
}

static void babble(void)
{
	say(JOB_OUT, "garbage\n");
}

/* Half a line: what core says next ends it. */
static void mumble(void)
{
	say(JOB_OUT, "{\"ev\":\"stage");
}

static void flood(void)
{
	static char bytes[65536];
	ssize_t len;

	memset(bytes, 'x', sizeof(bytes));
	do
		len = write(JOB_OUT, bytes, sizeof(bytes));
	while (len > 0);
}

/* Into everything that is open: pipes of the job, connections of core. */
static void scribble(void)
{
	int fd;

	for (fd = 3; fd < FDS; fd++)
		say(fd, "garbage\n");
}

static void print(void)
{
	printf("awry words on stdout\n");
	fflush(stdout);
}

/* A child that outlives the job and holds all that the job held. */
static void leave_child(void)
{
	pid_t child = fork();

	if (child == 0) {
		nap();
		_exit(0);
	}
	fprintf(stderr, "awry child %ld\n", (long)child);
	crash();
}

static void on_alarm(int number)
{
	(void)number;
	crash();
}

/* Long after its callback came back: while core writes. */
static void crash_later(void)
{
	struct itimerval soon = {.it_value = {.tv_sec = 1}};

	signal(SIGALRM, on_alarm);
	setitimer(ITIMER_REAL, &soon, NULL);
}

static void crash_at_stop(void)
{
	dies_at_stop = true;
}

static const struct {
	const char *name;
	void (*act)(void);
} ways[] = {
	{"crash", crash},
	{"abort", abort},
	{"exit", leave},
	{"spin", spin},
	{"nap", nap},
	{"spin-stubbornly", spin_stubbornly},
	{"eat", eat},
	{"overflow", overflow},
	{"close-all", close_all},
	{"close-in", close_in},
	{"close-out", close_out},
	{"babble", babble},
	{"mumble", mumble},
	{"flood", flood},
	{"scribble", scribble},
	{"print", print},
	{"leave-child", leave_child},
	{"crash-later", crash_later},
	{"crash-at-stop", crash_at_stop},
};

static void misbehave(const struct sb_run *run, const char *place)
{
	const char *how = sb_opt_str(run, "how");
	size_t i;

	if (!sb_streq(sb_run_endpoint(run), sb_opt_str(run, "only")) ||
	    !sb_streq(sb_opt_str(run, "at"), place))
		return;
	for (i = 0; i < SB_ARRAY_LEN(ways); i++)
		if (sb_streq(ways[i].name, how))
			ways[i].act();
}

static int on_version(struct sb_run *run, const char *key, const json_t *data,
		      const struct sb_error *why, struct sb_error *err)
{
	(void)data;
	(void)why;
	misbehave(run, "answer");
	if (sb_rows_read(run, "awry") < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	if (!sb_opt_bool(run, "has_row"))
		return 0;
	return sb_row_put(run, "awry", json_object(), err, "%s", key);
}

/* Its object is one more cluster, without anything in it. */
static int fetch(struct sb_run *run, struct sb_error *err)
{
	char key[128];

	misbehave(run, "fetch");
	snprintf(key, sizeof(key), "%s/awry/cluster", sb_run_endpoint(run));
	return sb_pve_ask(run, on_version, key, SB_PVE_INLINE, err, "/version");
}

static int want_cluster(struct sb_run *run, const char *key, const json_t *row,
			struct sb_want *want, void *arg, struct sb_error *err)
{
	char name[64];

	(void)key;
	(void)row;
	(void)err;
	misbehave(run, "want");
	snprintf(name, sizeof(name), "awry of %s", sb_run_endpoint(run));
	sb_want_str(want, "name", name);
	sb_want_ref(want, "type", "cluster-type", arg);
	return 0;
}

static int diff(struct sb_run *run, struct sb_error *err)
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

	misbehave(run, "diff");
	snprintf(prefix, sizeof(prefix), "%s/awry/", sb_run_endpoint(run));
	rc = sb_shared(run, "cluster-type", type, &type_key, err);
	if (rc < 0)
		return rc;
	reconcile.arg = (void *)(uintptr_t)type_key;
	return sb_reconcile(run, &reconcile, err);
}

static int prove_gone(struct sb_run *run, const char *key, struct sb_error *err)
{
	(void)err;
	misbehave(run, "gone");
	return sb_gone(run, key, true);
}

static const char *const fields[] = {"name", "type", NULL};
static const struct sb_read reads[] = {
	{.kind = "cluster", .fields = fields}, {.kind = "cluster-type"}, {0}};
static const struct sb_stage stage = {.size = sizeof(stage),
				      .name = "awry.stage",
				      .reads = reads,
				      .fetch = fetch,
				      .diff = diff,
				      .prove_gone = prove_gone};

static int start(struct sb_ctx *ctx, struct sb_error *err)
{
	return sb_stage_add(ctx, &stage, err);
}

static void stop(struct sb_ctx *ctx)
{
	(void)ctx;
	if (dies_at_stop)
		crash();
}

SB_MODULE(awry, .version = "1", .summary = "bad on purpose", .options = options, .start = start,
	  .stop = stop)
