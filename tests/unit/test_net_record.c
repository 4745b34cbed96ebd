/* SPDX-License-Identifier: Apache-2.0 */
/* Recording and replay, and secrets that must not be recorded. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "fake_io.h"
#include "net/http.h"

struct state {
	struct fake_io *fake; /* inside io while recording */
	struct sb_io *io;
	json_t *lines;
	unsigned answers;
	int status;
	char body[256], reason[64];
	struct sb_error err;
	bool not_sent;
};

static void keep_line(void *arg, const char *line)
{
	struct state *state = arg;
	json_t *parsed = json_loads(line, 0, NULL);

	assert_non_null(parsed);
	assert_null(strchr(line, '\n'));
	assert_int_equal(json_array_append_new(state->lines, parsed), 0);
}

static int setup(void **ret_state)
{
	struct state *state = calloc(1, sizeof(*state));

	state->lines = json_array();
	state->fake = fake_io_create();
	assert_int_equal(
		sb_io_record_create(fake_io_io(state->fake), keep_line, state, &state->io, NULL),
		0);
	*ret_state = state;
	return 0;
}

static int teardown(void **state_arg)
{
	struct state *state = *state_arg;

	sb_io_destroy(state->io);
	json_decref(state->lines);
	free(state);
	return 0;
}

/* From here on the answers come from the recording. */
static void start_replay(struct state *state)
{
	sb_io_destroy(state->io);
	state->io = NULL;
	assert_int_equal(sb_io_replay_create(state->lines, 1750000000, &state->io, NULL), 0);
}

static void on_done(void *arg, const struct sb_io_answer *answer)
{
	struct state *state = arg;

	state->answers++;
	state->status = answer->status;
	snprintf(state->body, sizeof(state->body), "%s", answer->body);
	snprintf(state->reason, sizeof(state->reason), "%s", answer->reason);
	state->err = answer->err;
	state->not_sent = answer->not_sent;
}

static void send_and_wait(struct state *state, const char *method, const char *path,
			  const char *body)
{
	struct sb_io_request request = {.server = "s",
					.method = method,
					.path = path,
					.body = body,
					.body_len = body ? strlen(body) : 0,
					.timeout_ms = 1000,
					.max_bytes = 1000};

	state->answers = 0;
	assert_int_equal(state->io->ops->send(state->io, &request, on_done, state, NULL), 0);
	assert_int_equal(state->answers, 0);
	assert_int_equal(state->io->ops->wait(state->io, 1000, NULL), 0);
	assert_int_equal(state->answers, 1);
}

static void equal_requests_are_answered_in_their_recorded_order(void **arg)
{
	struct state *state = *arg;

	fake_io_add(state->fake, &(struct fake_answer){"GET", "/x", .status = 200, .body = "first",
						       .reason = "Fine", .times = 1});
	fake_io_once(state->fake, "GET", "/x", 502, "second");
	fake_io_once(state->fake, "GET", "/y", 200, "other");
	send_and_wait(state, "GET", "/x", NULL);
	send_and_wait(state, "GET", "/y", NULL);
	send_and_wait(state, "GET", "/x", NULL);
	start_replay(state);
	send_and_wait(state, "GET", "/x", NULL);
	assert_string_equal(state->body, "first");
	assert_string_equal(state->reason, "Fine");
	send_and_wait(state, "GET", "/x", NULL);
	assert_string_equal(state->body, "second");
	assert_int_equal(state->status, 502);
	send_and_wait(state, "GET", "/y", NULL);
	assert_string_equal(state->body, "other");
}

static void a_request_beyond_the_recording_is_an_error(void **arg)
{
	struct state *state = *arg;

	fake_io_once(state->fake, "GET", "/x", 200, "{}");
	send_and_wait(state, "GET", "/x", NULL);
	start_replay(state);
	send_and_wait(state, "GET", "/x", NULL);
	send_and_wait(state, "GET", "/x", NULL);
	assert_int_equal(state->err.code, SB_E_NET);
	assert_non_null(strstr(state->err.text, "not in the recording"));
}

static void failures_are_recorded_as_they_were(void **arg)
{
	struct state *state = *arg;

	fake_io_add(state->fake, &(struct fake_answer){"GET", "/x", .err = SB_E_TIMEOUT,
						       .retryable = true, .not_sent = true});
	send_and_wait(state, "GET", "/x", NULL);
	start_replay(state);
	send_and_wait(state, "GET", "/x", NULL);
	assert_int_equal(state->err.code, SB_E_TIMEOUT);
	assert_true(state->err.retryable && state->not_sent);
}

static void bodies_distinguish_requests_and_are_not_kept(void **arg)
{
	struct state *state = *arg;
	char *text;

	fake_io_once(state->fake, "POST", "/x", 201, "a");
	fake_io_once(state->fake, "POST", "/x", 201, "b");
	send_and_wait(state, "POST", "/x", "[\"one\"]");
	send_and_wait(state, "POST", "/x", "[\"two\"]");
	text = json_dumps(state->lines, 0);
	assert_null(strstr(text, "one"));
	free(text);
	start_replay(state);
	send_and_wait(state, "POST", "/x", "[\"two\"]");
	assert_string_equal(state->body, "b");
	send_and_wait(state, "POST", "/x", "[\"one\"]");
	assert_string_equal(state->body, "a");
}

static void bytes_that_are_not_text_survive(void **arg)
{
	struct state *state = *arg;

	fake_io_once(state->fake, "GET", "/x", 200, "{\"a\":\"\xff\xfe");
	send_and_wait(state, "GET", "/x", NULL);
	start_replay(state);
	send_and_wait(state, "GET", "/x", NULL);
	assert_string_equal(state->body, "{\"a\":\"\xff\xfe");
}

static void secrets_in_answers_are_masked(void **arg)
{
	struct state *state = *arg;

	fake_io_once(state->fake, "GET", "/x", 200,
		     "{\"data\": {\"cipassword\" : \"hush\", \"name\":\"web\", "
		     "\"ticket\":\"PVE:a\\\"b\", \"notes\":\"Password: hush\\nx y\"}}");
	send_and_wait(state, "GET", "/x", NULL);
	assert_non_null(strstr(state->body, "hush"));
	start_replay(state);
	send_and_wait(state, "GET", "/x", NULL);
	assert_string_equal(
		state->body,
		"{\"data\": {\"cipassword\" : \"***\", \"name\":\"web\", \"ticket\":\"***\", "
		"\"notes\":\"Password: *** y\"}}");
}

static void a_recording_with_a_lost_answer_is_refused(void **arg)
{
	struct state *state = *arg;
	struct sb_io *io = NULL;
	struct sb_error err;

	json_array_append_new(state->lines, json_pack("{s:b}", "lost", 1));
	assert_int_equal(sb_io_replay_create(state->lines, 0, &io, &err), SB_E_SHAPE);
	assert_non_null(strstr(err.text, "lost"));
}

static void retries_of_a_replay_cost_no_time_but_move_its_clock(void **arg)
{
	struct state *state = *arg;
	struct sb_http *http;
	struct sb_http_request request = {.server = "s", .method = "GET", .path = "/x"};

	fake_io_add(state->fake, &(struct fake_answer){"GET", "/x", .status = 502, .times = 2});
	fake_io_once(state->fake, "GET", "/x", 200, "{}");
	send_and_wait(state, "GET", "/x", NULL);
	send_and_wait(state, "GET", "/x", NULL);
	send_and_wait(state, "GET", "/x", NULL);
	start_replay(state);
	assert_int_equal(state->io->ops->wall_s(state->io), 1750000000);
	assert_int_equal(sb_http_create(state->io, &http, NULL), 0);
	assert_int_equal(sb_http_send(http, &request, on_done, state, NULL), 0);
	while (sb_http_outstanding(http))
		assert_int_equal(sb_http_turn(http, 60000, NULL), 0);
	sb_http_destroy(http);
	assert_int_equal(state->status, 200);
	assert_in_range(state->io->ops->wall_s(state->io) - 1750000000, 1, 4);
}

static void a_cancelled_request_calls_no_callback(void **arg)
{
	struct state *state = *arg;
	struct sb_io_request request = {.server = "s", .method = "GET", .path = "/x"};

	assert_int_equal(state->io->ops->send(state->io, &request, on_done, state, NULL), 0);
	state->io->ops->cancel(state->io, state);
	assert_int_equal(state->io->ops->wait(state->io, 10, NULL), 0);
	start_replay(state);
	assert_int_equal(state->io->ops->send(state->io, &request, on_done, state, NULL), 0);
	state->io->ops->cancel(state->io, state);
	assert_int_equal(state->io->ops->wait(state->io, 10, NULL), 0);
	assert_int_equal(state->answers, 0);
}

/* Somebody who is asked, at the other end of a pipe that the io watches. */
struct helper {
	struct sb_io *io;
	int pipe[2];
	uint64_t number; /* of the last request that was passed on */
	char path[64];
	const char *line; /* the answer, given when the pipe can be read */
	bool is_late;     /* it cannot be read at once */
};

static void take_ask(void *arg, uint64_t number, const struct sb_io_request *request)
{
	struct helper *helper = arg;

	helper->number = number;
	snprintf(helper->path, sizeof(helper->path), "%s", request->path);
	if (!helper->is_late)
		assert_int_equal(write(helper->pipe[1], "x", 1), 1);
}

static void give_answer(void *arg)
{
	struct helper *helper = arg;
	sb_autojson *line = json_loads(helper->line, 0, NULL);
	char byte;

	assert_int_equal(read(helper->pipe[0], &byte, 1), 1);
	sb_io_replay_answer(helper->io, helper->number, line);
}

static void start_asking(struct state *state, struct helper *helper)
{
	start_replay(state);
	helper->io = state->io;
	assert_int_equal(pipe(helper->pipe), 0);
	sb_io_replay_ask(state->io, take_ask, helper);
	state->io->watch_fd = helper->pipe[0];
	state->io->on_readable = give_answer;
	state->io->watch_arg = helper;
}

static void stop_asking(struct helper *helper)
{
	close(helper->pipe[0]);
	close(helper->pipe[1]);
}

static void a_request_beyond_the_recording_is_passed_to_whoever_asks_for_it(void **arg)
{
	struct state *state = *arg;
	struct helper helper = {.line = "{\"status\": 201, \"body\": \"fresh\"}"};
	struct sb_io_request request = {.server = "s", .method = "GET", .path = "/new"};

	fake_io_once(state->fake, "GET", "/x", 200, "recorded");
	send_and_wait(state, "GET", "/x", NULL);
	start_asking(state, &helper);
	send_and_wait(state, "GET", "/x", NULL);
	assert_string_equal(state->body, "recorded");
	assert_string_equal(helper.path, "");
	state->answers = 0;
	state->io->ops->send(state->io, &request, on_done, state, NULL);
	assert_string_equal(helper.path, "/new");
	assert_int_equal(state->io->ops->wait(state->io, 1000, NULL), 0); /* reads the answer */
	assert_int_equal(state->answers, 0);
	assert_int_equal(state->io->ops->wait(state->io, 1000, NULL), 0);
	assert_int_equal(state->answers, 1);
	assert_int_equal(state->status, 201);
	assert_string_equal(state->body, "fresh");
	assert_int_equal(state->io->ops->now_ms(state->io), 0);
	stop_asking(&helper);
}

static void an_answer_to_a_cancelled_request_is_ignored(void **arg)
{
	struct state *state = *arg;
	struct helper helper = {.line = "{\"status\": 200, \"body\": \"late\"}"};
	struct sb_io_request request = {.server = "s", .method = "GET", .path = "/new"};

	start_asking(state, &helper);
	state->answers = 0;
	state->io->ops->send(state->io, &request, on_done, state, NULL);
	state->io->ops->cancel(state->io, state);
	assert_int_equal(state->io->ops->wait(state->io, 0, NULL), 0);
	assert_int_equal(state->io->ops->wait(state->io, 0, NULL), 0);
	assert_int_equal(state->answers, 0);
	stop_asking(&helper);
}

/* The answer can be read after 50 ms, from another process. */
static void answer_later(const struct helper *helper)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid)
		return;
	poll(NULL, 0, 50);
	_exit(write(helper->pipe[1], "x", 1) == 1 ? 0 : 1);
}

static void the_clock_of_a_replay_stands_while_an_answer_is_awaited(void **arg)
{
	struct state *state = *arg;
	struct helper helper = {.is_late = true, .line = "{\"status\": 200, \"body\": \"\"}"};
	struct sb_io_request request = {.server = "s", .method = "GET", .path = "/new"};
	int status = 1;

	start_asking(state, &helper);
	answer_later(&helper);
	state->io->ops->send(state->io, &request, on_done, state, NULL);
	assert_int_equal(state->io->ops->wait(state->io, 60000, NULL), 0);
	assert_int_equal(state->io->ops->now_ms(state->io), 0);
	assert_int_equal(state->io->ops->wait(state->io, 60000, NULL), 0);
	assert_int_equal(state->io->ops->now_ms(state->io), 0);
	assert_int_equal(state->io->ops->wait(state->io, 60000, NULL), 0); /* nothing to wait for */
	assert_int_equal(state->io->ops->now_ms(state->io), 60000);
	assert_true(wait(&status) > 0 && status == 0);
	stop_asking(&helper);
}

static void a_log_line_shows_no_secret(void **arg)
{
	sb_autobuf buf = SB_BUF_INIT(1024);

	(void)arg;
	sb_text_add_masked(&buf, "done: api_token=abc name=web password=\"a b\" n=1\n"
				 "Authorization: Token abc def");
	assert_string_equal(sb_buf_str(&buf),
			    "done: api_token=*** name=web password=*** n=1 Authorization: ***");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(equal_requests_are_answered_in_their_recorded_order),
		T(a_request_beyond_the_recording_is_an_error),
		T(failures_are_recorded_as_they_were),
		T(bodies_distinguish_requests_and_are_not_kept),
		T(bytes_that_are_not_text_survive),
		T(secrets_in_answers_are_masked),
		T(a_recording_with_a_lost_answer_is_refused),
		T(retries_of_a_replay_cost_no_time_but_move_its_clock),
		T(a_cancelled_request_calls_no_callback),
		T(a_request_beyond_the_recording_is_passed_to_whoever_asks_for_it),
		T(an_answer_to_a_cancelled_request_is_ignored),
		T(the_clock_of_a_replay_stands_while_an_answer_is_awaited),
		T(a_log_line_shows_no_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
