/* SPDX-License-Identifier: Apache-2.0 */
/* Logins of the real transport: waiting, renewal, and masked secrets. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "fake_server.h"
#include "net/io.h"

#define PASSWORD "open-sesame"

/* The login uses /echo, whose answer repeats the request and so shows the secret that was sent. */
static struct {
	unsigned logins, by_password;
	const char *refuse; /* logins with this secret are refused */
	bool is_refused;    /* the last one */
} seen;

struct state {
	struct fake_server server;
	struct sb_io *io;
	unsigned answers;
	int status, code;
	bool not_sent;
	char body[4096], text[512];
};

static void add_form(const char *user, const char *secret, struct sb_buf *to)
{
	sb_buf_addf(to, "user=%s&secret=%s", user, secret);
	seen.logins++;
	seen.by_password += sb_streq(secret, PASSWORD);
	seen.is_refused = seen.refuse && sb_streq(secret, seen.refuse);
}

static int take_answer(const char *user, const struct sb_io_answer *answer,
		       struct sb_io_grant *ret_grant, struct sb_error *err)
{
	char text[64];

	(void)user;
	if (answer->err.code) {
		*err = answer->err;
		return err->code;
	}
	assert_non_null(strstr(answer->body, "application/x-www-form-urlencoded"));
	if (seen.is_refused)
		return sb_fail(err, SB_E_AUTH, "refused");
	snprintf(text, sizeof(text), "X-Grant: number-%u", seen.logins);
	ret_grant->headers = strdup(text);
	ret_grant->write_headers = strdup("X-Guard: for-writes");
	snprintf(text, sizeof(text), "renewal-%u", seen.logins);
	ret_grant->renewal = strdup(text);
	return 0;
}

static struct sb_io *io_for(const char *url, const char *path, unsigned hold_ms)
{
	const char *urls[] = {url, NULL};
	struct sb_io_login login = {.user = "sync@pve",
				    .password = PASSWORD,
				    .path = path,
				    .hold_ms = hold_ms,
				    .ask = add_form,
				    .take = take_answer};
	struct sb_io_server server = {.id = "s", .urls = urls, .login = &login};
	struct sb_io *io = NULL;

	assert_int_equal(sb_io_curl_create(&server, 1, &io, NULL), 0);
	return io;
}

static int setup(void **ret_state)
{
	struct state *state = calloc(1, sizeof(*state));

	memset(&seen, 0, sizeof(seen));
	fake_server_start(&state->server);
	*ret_state = state;
	return 0;
}

static int teardown(void **state_arg)
{
	struct state *state = *state_arg;

	sb_io_destroy(state->io);
	fake_server_stop(&state->server);
	free(state);
	return 0;
}

static void on_done(void *arg, const struct sb_io_answer *answer)
{
	struct state *state = arg;

	state->answers++;
	state->status = answer->status;
	state->code = answer->err.code;
	state->not_sent = answer->not_sent;
	snprintf(state->body, sizeof(state->body), "%s", answer->body);
	snprintf(state->text, sizeof(state->text), "%s", answer->err.text);
	assert_null(strstr(answer->body, PASSWORD));
	assert_null(strstr(answer->err.text, PASSWORD));
}

static void send_request(struct state *state, const char *method, const char *path)
{
	struct sb_io_request request = {.server = "s",
					.method = method,
					.path = path,
					.body = !sb_streq(method, "GET") ? "[]" : NULL,
					.body_len = !sb_streq(method, "GET") ? 2 : 0,
					.timeout_ms = 5000,
					.max_bytes = 65536};

	assert_int_equal(state->io->ops->send(state->io, &request, on_done, state, NULL), 0);
}

static void wait_for(struct state *state, unsigned answers)
{
	unsigned turns = 0;

	while (state->answers < answers) {
		assert_int_equal(state->io->ops->wait(state->io, 1000, NULL), 0);
		assert_true(turns++ < 50);
	}
}

static void many_requests_wait_for_one_login(void **arg)
{
	struct state *state = *arg;

	state->io = io_for(state->server.url, "/echo", 1000000);
	send_request(state, "GET", "/echo");
	send_request(state, "GET", "/echo?2");
	send_request(state, "GET", "/echo?3");
	wait_for(state, 3);
	assert_int_equal(state->status, 200);
	assert_int_equal(seen.logins, 1);
	/* the header was sent; the answer that repeats it is masked */
	assert_non_null(strstr(state->body, "*****"));
	assert_null(strstr(state->body, "number-1"));
	assert_null(strstr(state->body, "X-Guard"));
}

static void a_write_carries_the_csrf_header_too(void **arg)
{
	struct state *state = *arg;

	state->io = io_for(state->server.url, "/echo", 1000000);
	send_request(state, "GET", "/echo");
	wait_for(state, 1);
	send_request(state, "POST", "/echo");
	wait_for(state, 2);
	/* both lines are secret, so both are masked */
	assert_non_null(strstr(state->body, "*******************\r\n"));
	assert_null(strstr(state->body, "for-writes"));
}

static void a_grant_is_renewed_without_the_password(void **arg)
{
	struct state *state = *arg;

	state->io = io_for(state->server.url, "/echo", 0);
	send_request(state, "GET", "/echo");
	wait_for(state, 1);
	send_request(state, "GET", "/echo");
	wait_for(state, 2);
	assert_int_equal(seen.logins, 2);
	assert_int_equal(seen.by_password, 1);
}

static void a_renewal_that_is_refused_is_followed_by_the_password(void **arg)
{
	struct state *state = *arg;

	state->io = io_for(state->server.url, "/echo", 0);
	seen.refuse = "renewal-1";
	send_request(state, "GET", "/echo");
	wait_for(state, 1);
	send_request(state, "GET", "/echo");
	wait_for(state, 2);
	assert_int_equal(state->code, 0);
	assert_int_equal(seen.logins, 3);
	assert_int_equal(seen.by_password, 2);
}

static void a_refused_login_fails_all_waiting_requests_and_sends_none(void **arg)
{
	struct state *state = *arg;

	state->io = io_for(state->server.url, "/echo", 1000000);
	seen.refuse = PASSWORD;
	send_request(state, "GET", "/echo");
	send_request(state, "POST", "/echo");
	wait_for(state, 2);
	assert_int_equal(state->code, SB_E_AUTH);
	assert_true(state->not_sent);
	assert_int_equal(seen.logins, 1);
	assert_int_equal(fake_server_seen(&state->server), 1);
}

static void a_login_that_cannot_be_reached_fails_as_the_request_would(void **arg)
{
	struct state *state = *arg;

	state->io = io_for("http://127.0.0.1:1", "/echo", 1000000);
	send_request(state, "GET", "/echo");
	wait_for(state, 1);
	assert_int_equal(state->code, SB_E_NET);
	assert_true(state->not_sent);
	assert_non_null(strstr(state->text, "refused"));
}

static void an_answer_401_is_followed_by_one_new_login_and_no_more(void **arg)
{
	struct state *state = *arg;

	state->io = io_for(state->server.url, "/echo", 1000000);
	send_request(state, "GET", "/phrase");
	wait_for(state, 1);
	assert_int_equal(state->status, 401);
	assert_int_equal(seen.logins, 2);
	assert_int_equal(seen.by_password, 2);
}

static void a_request_cancelled_during_a_login_is_not_called(void **arg)
{
	struct state *state = *arg;

	state->io = io_for(state->server.url, "/slow", 1000000);
	send_request(state, "GET", "/echo");
	state->io->ops->wait(state->io, 10, NULL);
	state->io->ops->cancel(state->io, state);
	state->io->ops->wait(state->io, 10, NULL);
	assert_int_equal(state->answers, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(many_requests_wait_for_one_login),
		T(a_write_carries_the_csrf_header_too),
		T(a_grant_is_renewed_without_the_password),
		T(a_renewal_that_is_refused_is_followed_by_the_password),
		T(a_refused_login_fails_all_waiting_requests_and_sends_none),
		T(a_login_that_cannot_be_reached_fails_as_the_request_would),
		T(an_answer_401_is_followed_by_one_new_login_and_no_more),
		T(a_request_cancelled_during_a_login_is_not_called),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
