/* SPDX-License-Identifier: Apache-2.0 */
/* Queues, limits and retries. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "fake_io.h"
#include "net/http.h"

struct state {
	struct fake_io *fake;
	struct sb_http *http;
	unsigned answers;
	int status;
	struct sb_error err;
	bool not_sent;
};

static int setup(void **ret_state)
{
	struct state *state = calloc(1, sizeof(*state));

	state->fake = fake_io_create();
	assert_int_equal(sb_http_create(fake_io_io(state->fake), &state->http, NULL), 0);
	*ret_state = state;
	return 0;
}

static int teardown(void **state_arg)
{
	struct state *state = *state_arg;

	sb_http_destroy(state->http);
	sb_io_destroy(fake_io_io(state->fake));
	free(state);
	return 0;
}

static void on_done(void *arg, const struct sb_io_answer *answer)
{
	struct state *state = arg;

	state->answers++;
	state->status = answer->status;
	state->err = answer->err;
	state->not_sent = answer->not_sent;
}

static void send_to(struct state *state, const char *method, const char *path, const char *node,
		    unsigned cost)
{
	struct sb_http_request request = {.server = "s",
					  .method = method,
					  .path = path,
					  .node = node,
					  .cost = cost,
					  .body = !sb_streq(method, "GET") ? "[]" : NULL,
					  .body_len = !sb_streq(method, "GET") ? 2 : 0};

	assert_int_equal(sb_http_send(state->http, &request, on_done, state, NULL), 0);
}

static void finish_all(struct state *state)
{
	unsigned turns = 0;

	while (sb_http_outstanding(state->http)) {
		assert_int_equal(sb_http_turn(state->http, 60000, NULL), 0);
		assert_true(turns++ < 1000);
	}
}

static void get_is_retried_twice_with_growing_pauses(void **arg)
{
	struct state *state = *arg;

	fake_io_add(state->fake, &(struct fake_answer){"GET", "/x", .status = 502, .times = 2});
	fake_io_once(state->fake, "GET", "/x", 200, "{}");
	send_to(state, "GET", "/x", "", 0);
	finish_all(state);
	assert_int_equal(state->answers, 1);
	assert_int_equal(state->status, 200);
	assert_int_equal(fake_io_count(state->fake), 3);
	assert_int_equal(fake_io_sent_at(state->fake, 1), 500);
	assert_int_equal(fake_io_sent_at(state->fake, 2), 2500);
	assert_int_equal(sb_http_counts(state->http)->retries, 2);
}

static void after_two_retries_the_last_answer_counts(void **arg)
{
	struct state *state = *arg;

	fake_io_add(state->fake, &(struct fake_answer){"GET", "/x", .status = 503});
	send_to(state, "GET", "/x", "", 0);
	finish_all(state);
	assert_int_equal(state->status, 503);
	assert_int_equal(fake_io_count(state->fake), 3);
}

static void post_without_an_answer_is_never_sent_again(void **arg)
{
	struct state *state = *arg;

	fake_io_add(state->fake, &(struct fake_answer){"POST", "/x", .err = SB_E_NET,
						       .retryable = true, .reused_dead = true});
	send_to(state, "POST", "/x", "", 0);
	finish_all(state);
	assert_int_equal(fake_io_count(state->fake), 1);
	assert_int_equal(state->err.code, SB_E_NET);
}

static void post_that_provably_never_left_is_sent_again(void **arg)
{
	struct state *state = *arg;

	fake_io_add(state->fake,
		    &(struct fake_answer){"POST", "/x", .err = SB_E_NET, .retryable = true,
					  .not_sent = true, .times = 1});
	fake_io_once(state->fake, "POST", "/x", 201, "[]");
	send_to(state, "POST", "/x", "", 0);
	finish_all(state);
	assert_int_equal(state->status, 201);
}

static void post_is_repeated_when_retry_after_proves_that_nothing_was_done(void **arg)
{
	struct state *state = *arg;

	fake_io_add(state->fake, &(struct fake_answer){"POST", "/x", .status = 429,
						       .retry_after_ms = 7000, .times = 1});
	fake_io_once(state->fake, "POST", "/x", 201, "[]");
	send_to(state, "POST", "/x", "", 0);
	finish_all(state);
	assert_int_equal(state->status, 201);
	assert_int_equal(fake_io_sent_at(state->fake, 1), 7000);
}

static void retry_after_is_heeded_for_30_s_at_most(void **arg)
{
	struct state *state = *arg;

	fake_io_add(state->fake, &(struct fake_answer){"GET", "/x", .status = 429,
						       .retry_after_ms = 3600000, .times = 1});
	fake_io_once(state->fake, "GET", "/x", 200, "{}");
	send_to(state, "GET", "/x", "", 0);
	finish_all(state);
	assert_int_equal(fake_io_sent_at(state->fake, 1), 30000);
}

static void post_answered_502_is_not_sent_again(void **arg)
{
	struct state *state = *arg;

	fake_io_add(state->fake, &(struct fake_answer){"POST", "/x", .status = 502});
	send_to(state, "POST", "/x", "", 0);
	finish_all(state);
	assert_int_equal(fake_io_count(state->fake), 1);
}

static void a_dead_kept_alive_connection_does_not_count_as_an_attempt(void **arg)
{
	struct state *state = *arg;

	fake_io_add(state->fake,
		    &(struct fake_answer){"GET", "/x", .err = SB_E_NET, .retryable = true,
					  .reused_dead = true, .times = 1});
	fake_io_add(state->fake, &(struct fake_answer){"GET", "/x", .status = 502, .times = 2});
	fake_io_once(state->fake, "GET", "/x", 200, "{}");
	send_to(state, "GET", "/x", "", 0);
	finish_all(state);
	assert_int_equal(state->status, 200);
	assert_int_equal(fake_io_sent_at(state->fake, 1), 0);
}

static void permanent_errors_are_not_retried(void **arg)
{
	struct state *state = *arg;

	fake_io_add(state->fake,
		    &(struct fake_answer){"GET", "/x", .err = SB_E_NET, .not_sent = true});
	send_to(state, "GET", "/x", "", 0);
	finish_all(state);
	assert_int_equal(fake_io_count(state->fake), 1);
}

static void each_class_of_a_node_has_its_own_limit(void **arg)
{
	struct state *state = *arg;
	unsigned i;

	fake_io_add(state->fake, &(struct fake_answer){"GET", "*", .status = 200, .delay_ms = 10});
	for (i = 0; i < 6; i++)
		send_to(state, "GET", "/slow", "n1", 2);
	finish_all(state);
	assert_int_equal(state->answers, 6);
	assert_int_equal(fake_io_max_in_flight(state->fake), 1);
}

static void a_server_has_eight_requests_in_flight_at_most(void **arg)
{
	struct state *state = *arg;
	char node[8];
	unsigned i;

	fake_io_add(state->fake, &(struct fake_answer){"GET", "*", .status = 200, .delay_ms = 10});
	for (i = 0; i < 40; i++) {
		snprintf(node, sizeof(node), "n%u", i % 10);
		send_to(state, "GET", "/x", node, 0);
	}
	finish_all(state);
	assert_int_equal(state->answers, 40);
	assert_int_equal(fake_io_max_in_flight(state->fake), 8);
}

static void a_request_that_is_sent_ahead_overtakes_the_queue(void **arg)
{
	struct state *state = *arg;
	struct sb_http_limits one = {.in_flight = 1};
	struct sb_http_request ahead = {
		.server = "s", .method = "GET", .path = "/page2", .ahead = true};

	assert_int_equal(sb_http_limit(state->http, "s", &one, NULL), 0);
	fake_io_add(state->fake, &(struct fake_answer){"GET", "*", .status = 200, .delay_ms = 1});
	send_to(state, "GET", "/page1", "", 0);
	send_to(state, "GET", "/other", "", 0);
	assert_int_equal(sb_http_turn(state->http, 0, NULL), 0);
	assert_int_equal(sb_http_send(state->http, &ahead, on_done, state, NULL), 0);
	finish_all(state);
	assert_string_equal(fake_io_request(state->fake, 0), "GET /page1");
	assert_string_equal(fake_io_request(state->fake, 1), "GET /page2");
	assert_string_equal(fake_io_request(state->fake, 2), "GET /other");
}

static void nodes_take_turns_and_a_queue_keeps_its_order(void **arg)
{
	struct state *state = *arg;
	static const char *const expected[] = {"GET /a1", "GET /b1", "GET /a2", "GET /b2"};
	struct sb_http_limits one = {.in_flight = 1};
	size_t i;

	assert_int_equal(sb_http_limit(state->http, "s", &one, NULL), 0);
	fake_io_add(state->fake, &(struct fake_answer){"GET", "*", .status = 200, .delay_ms = 1});
	send_to(state, "GET", "/a1", "a", 0);
	send_to(state, "GET", "/a2", "a", 0);
	send_to(state, "GET", "/b1", "b", 0);
	send_to(state, "GET", "/b2", "b", 0);
	finish_all(state);
	for (i = 0; i < 4; i++)
		assert_string_equal(fake_io_request(state->fake, i), expected[i]);
}

static void a_node_that_failed_twice_gets_no_more_requests(void **arg)
{
	struct state *state = *arg;
	unsigned i;

	fake_io_add(state->fake,
		    &(struct fake_answer){"GET", "/n*", .status = 595, .reason = "No route to host",
					  .delay_ms = 10});
	fake_io_add(state->fake, &(struct fake_answer){"GET", "/other", .status = 200});
	for (i = 0; i < 20; i++)
		send_to(state, "GET", "/n", "pve3", 3);
	finish_all(state);
	assert_int_equal(state->answers, 20);
	assert_int_equal(state->status, 595);
	assert_int_equal(fake_io_count(state->fake), 2);
	send_to(state, "GET", "/n", "pve3", 0);
	send_to(state, "GET", "/other", "pve1", 0);
	finish_all(state);
	assert_int_equal(fake_io_count(state->fake), 3);
}

static void cancelled_and_destroyed_requests_call_no_callback(void **arg)
{
	struct state *state = *arg;
	struct state other = *state;

	fake_io_add(state->fake, &(struct fake_answer){"GET", "*", .status = 200, .delay_ms = 50});
	send_to(state, "GET", "/x", "", 3);
	send_to(state, "GET", "/y", "", 3);
	assert_int_equal(sb_http_turn(state->http, 1, NULL), 0);
	send_to(&other, "GET", "/z", "", 0);
	sb_http_cancel(state->http, state);
	assert_int_equal(sb_http_outstanding(state->http), 1);
	finish_all(state);
	assert_int_equal(state->answers, 0);
	assert_int_equal(other.answers, 1);
	send_to(state, "GET", "/x", "", 0);
	assert_int_equal(sb_http_turn(state->http, 1, NULL), 0);
}

static void after_failover_the_next_url_is_used(void **arg)
{
	struct state *state = *arg;

	fake_io_add(state->fake, &(struct fake_answer){"GET", "*", .status = 200});
	sb_http_use_url(state->http, "s", 1);
	send_to(state, "GET", "/x", "", 0);
	finish_all(state);
	assert_int_equal(fake_io_url(state->fake, 0), 1);
}

static void only_time_without_any_request_is_idle(void **arg)
{
	struct state *state = *arg;

	fake_io_add(state->fake, &(struct fake_answer){"GET", "*", .status = 200, .delay_ms = 50});
	assert_int_equal(sb_http_turn(state->http, 30, NULL), 0);
	assert_int_equal(sb_http_idle_ms(state->http), 30);
	send_to(state, "GET", "/x", "", 0);
	assert_int_equal(sb_http_turn(state->http, 20, NULL), 0);
	assert_int_equal(sb_http_idle_ms(state->http), 30);
	finish_all(state);
	assert_int_equal(sb_http_turn(state->http, 7, NULL), 0);
	assert_int_equal(sb_http_idle_ms(state->http), 37);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(get_is_retried_twice_with_growing_pauses),
		T(after_two_retries_the_last_answer_counts),
		T(post_without_an_answer_is_never_sent_again),
		T(post_that_provably_never_left_is_sent_again),
		T(post_is_repeated_when_retry_after_proves_that_nothing_was_done),
		T(retry_after_is_heeded_for_30_s_at_most),
		T(post_answered_502_is_not_sent_again),
		T(a_dead_kept_alive_connection_does_not_count_as_an_attempt),
		T(permanent_errors_are_not_retried),
		T(each_class_of_a_node_has_its_own_limit),
		T(a_request_that_is_sent_ahead_overtakes_the_queue),
		T(a_server_has_eight_requests_in_flight_at_most),
		T(nodes_take_turns_and_a_queue_keeps_its_order),
		T(a_node_that_failed_twice_gets_no_more_requests),
		T(cancelled_and_destroyed_requests_call_no_callback),
		T(after_failover_the_next_url_is_used),
		T(only_time_without_any_request_is_idle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
