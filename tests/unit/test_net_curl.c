/* SPDX-License-Identifier: Apache-2.0 */
/* The real transport against a misbehaving server. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "fake_server.h"
#include "net/io.h"

#define SECRET "Token sesame"

struct state {
	struct fake_server server;
	struct sb_io *io;
	unsigned answers, readable;
	int fd;
	int status;
	size_t len;
	char body[4096], reason[64], type[64], version[16];
	unsigned retry_after_ms;
	struct sb_error err;
	bool not_sent, reused_dead;
};

static struct sb_io *io_for(const char *url)
{
	const char *urls[] = {url, NULL};
	struct sb_io_server server = {.id = "s",
				      .urls = urls,
				      .authorization = SECRET,
				      .verify_ssl = true,
				      .gzip = true,
				      .max_idle_ms = 4000};
	struct sb_io *io = NULL;

	assert_int_equal(sb_io_curl_create(&server, 1, &io, NULL), 0);
	return io;
}

static int setup(void **ret_state)
{
	struct state *state = calloc(1, sizeof(*state));

	fake_server_start(&state->server);
	state->io = io_for(state->server.url);
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
	state->len = answer->len;
	snprintf(state->body, sizeof(state->body), "%s", answer->body);
	snprintf(state->reason, sizeof(state->reason), "%s", answer->reason);
	snprintf(state->type, sizeof(state->type), "%s", answer->content_type);
	snprintf(state->version, sizeof(state->version), "%s", answer->api_version);
	state->retry_after_ms = answer->retry_after_ms;
	state->err = answer->err;
	state->not_sent = answer->not_sent;
	state->reused_dead = answer->reused_dead;
	assert_null(strstr(answer->err.text, "sesame"));
}

static void send_for(struct state *state, const char *method, const char *path, const char *body,
		     unsigned timeout_ms, size_t max_bytes)
{
	struct sb_io_request request = {.server = "s",
					.method = method,
					.path = path,
					.body = body,
					.body_len = body ? strlen(body) : 0,
					.timeout_ms = timeout_ms,
					.max_bytes = max_bytes,
					.headers = "X-One: 1\nX-Two: 2"};
	unsigned turns = 0;

	state->answers = 0;
	assert_int_equal(state->io->ops->send(state->io, &request, on_done, state, NULL), 0);
	assert_int_equal(state->answers, 0);
	while (!state->answers) {
		assert_int_equal(state->io->ops->wait(state->io, 1000, NULL), 0);
		assert_true(turns++ < 20);
	}
	assert_int_equal(state->answers, 1);
}

static void send_and_wait(struct state *state, const char *method, const char *path,
			  const char *body)
{
	send_for(state, method, path, body, 5000, 1 << 20);
}

static void a_get_carries_the_headers_of_the_contract(void **arg)
{
	struct state *state = *arg;

	send_and_wait(state, "GET", "/echo?a=b", NULL);
	assert_int_equal(state->status, 200);
	assert_int_equal(state->err.code, 0);
	assert_string_equal(state->reason, "OK");
	assert_string_equal(state->type, "text/plain");
	assert_non_null(strstr(state->body, "GET /echo?a=b HTTP/1.1\r\n"));
	assert_non_null(strstr(state->body, "Authorization: Token sesame\r\n"));
	assert_non_null(strstr(state->body, "Accept: application/json\r\n"));
	assert_non_null(strstr(state->body, "Accept-Encoding: gzip\r\n"));
	assert_non_null(strstr(state->body, "X-One: 1\r\n"));
	assert_non_null(strstr(state->body, "X-Two: 2\r\n"));
	assert_null(strstr(state->body, "Content-"));
}

static void writes_send_their_length_and_no_expect_header(void **arg)
{
	static const char *const methods[] = {"POST", "PATCH", "DELETE", "PUT"};
	struct state *state = *arg;
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(methods); i++) {
		send_and_wait(state, methods[i], "/echo", "[{\"id\":1}]");
		assert_memory_equal(state->body, methods[i], strlen(methods[i]));
		assert_non_null(strstr(state->body, "Content-Length: 10\r\n"));
		assert_non_null(strstr(state->body, "Content-Type: application/json\r\n"));
		assert_non_null(strstr(state->body, "\r\n\r\n[{\"id\":1}]"));
		assert_null(strstr(state->body, "Expect"));
		assert_null(strstr(state->body, "chunked"));
	}
	send_and_wait(state, "POST", "/echo", NULL);
	assert_non_null(strstr(state->body, "Content-Length: 0\r\n"));
}

static void phrase_version_and_retry_after_are_kept(void **arg)
{
	struct state *state = *arg;

	send_and_wait(state, "GET", "/phrase", NULL);
	assert_int_equal(state->status, 401);
	assert_string_equal(state->reason, "No ticket");
	assert_int_equal(state->err.code, 0);
	send_and_wait(state, "GET", "/later", NULL);
	assert_int_equal(state->retry_after_ms, 7000);
	assert_string_equal(state->version, "4.7");
}

static void a_close_before_the_first_byte_is_reported(void **arg)
{
	struct state *state = *arg;

	send_and_wait(state, "POST", "/close", "[]");
	assert_int_equal(state->err.code, SB_E_NET);
	assert_int_equal(state->status, 0);
	assert_true(state->err.retryable);
	assert_false(state->not_sent);
	assert_non_null(strstr(state->err.text, "before the first byte"));
	assert_int_equal(fake_server_seen(&state->server), 1);
}

static void a_cut_answer_is_an_error(void **arg)
{
	struct state *state = *arg;

	send_and_wait(state, "GET", "/cut", NULL);
	assert_int_equal(state->err.code, SB_E_HTTP);
	assert_int_equal(state->len, 0);
	assert_non_null(strstr(state->err.text, "incomplete"));
}

static void a_too_long_answer_is_an_error(void **arg)
{
	struct state *state = *arg;

	send_for(state, "GET", "/long", NULL, 5000, 99999);
	assert_int_equal(state->err.code, SB_E_HTTP);
	assert_false(state->err.retryable);
	assert_non_null(strstr(state->err.text, "larger than 99999 bytes"));
	send_for(state, "GET", "/long", NULL, 5000, 100000);
	assert_int_equal(state->err.code, 0);
	assert_int_equal(state->len, 100000);
}

static void a_slow_answer_is_a_timeout(void **arg)
{
	struct state *state = *arg;

	send_for(state, "GET", "/slow", NULL, 200, 1000);
	assert_int_equal(state->err.code, SB_E_TIMEOUT);
	assert_false(state->not_sent);
}

static void a_redirect_is_an_error_that_names_only_the_host(void **arg)
{
	struct state *state = *arg;

	send_and_wait(state, "GET", "/redirect", NULL);
	assert_int_equal(state->err.code, SB_E_HTTP);
	assert_int_equal(state->status, 301);
	assert_non_null(strstr(state->err.text, "https://other.example:8006"));
	assert_non_null(strstr(state->err.text, "use_https = true"));
	assert_null(strstr(state->err.text, "word"));
}

static void no_http_at_all_suggests_tls(void **arg)
{
	struct state *state = *arg;

	send_and_wait(state, "GET", "/noise", NULL);
	assert_int_equal(state->err.code, SB_E_NET);
	assert_non_null(strstr(state->err.text, "use_https = true"));
}

static void tls_to_a_plain_port_suggests_http(void **arg)
{
	struct state *state = *arg;
	char url[80];

	sb_io_destroy(state->io);
	snprintf(url, sizeof(url), "https://127.0.0.1:%u", state->server.port);
	state->io = io_for(url);
	/* the server waits for the end of a line, so the handshake ends by its time limit */
	send_for(state, "GET", "/echo", NULL, 500, 1000);
	assert_true(state->not_sent);
	assert_non_null(strstr(state->err.text, "use_https = false"));
}

static void a_closed_port_is_refused_and_nothing_was_sent(void **arg)
{
	struct state *state = *arg;

	sb_io_destroy(state->io);
	state->io = io_for("http://127.0.0.1:1");
	send_and_wait(state, "POST", "/x", "[]");
	assert_int_equal(state->err.code, SB_E_NET);
	assert_true(state->not_sent);
	assert_non_null(strstr(state->err.text, "refused"));
}

static void a_write_never_travels_on_a_kept_connection(void **arg)
{
	struct state *state = *arg;

	send_and_wait(state, "GET", "/die", NULL);
	assert_int_equal(state->status, 200);
	/* On the kept-alive connection the write would be lost, and repeated by libcurl. */
	send_and_wait(state, "POST", "/echo", "[]");
	assert_int_equal(state->status, 200);
	assert_int_equal(fake_server_seen(&state->server), 2);
}

static void on_readable(void *arg)
{
	struct state *state = arg;
	char byte;

	state->readable++;
	assert_int_equal(read(state->fd, &byte, 1), 1);
}

static void a_watched_descriptor_ends_the_wait(void **arg)
{
	struct state *state = *arg;
	int pipes[2];
	int64_t start;

	assert_int_equal(pipe(pipes), 0);
	state->fd = pipes[0];
	state->io->watch_fd = pipes[0];
	state->io->on_readable = on_readable;
	state->io->watch_arg = state;
	assert_int_equal(write(pipes[1], "x", 1), 1);
	start = state->io->ops->now_ms(state->io);
	assert_int_equal(state->io->ops->wait(state->io, 5000, NULL), 0);
	assert_int_equal(state->readable, 1);
	assert_true(state->io->ops->now_ms(state->io) - start < 2000);
	close(pipes[0]);
	close(pipes[1]);
}

static void count_readable(void *arg)
{
	((struct state *)arg)->readable++;
}

static void a_watched_descriptor_that_hung_up_ends_the_wait_too(void **arg)
{
	struct state *state = *arg;
	int pipes[2];
	int64_t start;

	assert_int_equal(pipe(pipes), 0);
	close(pipes[1]);
	state->io->watch_fd = pipes[0];
	state->io->on_readable = count_readable;
	state->io->watch_arg = state;
	start = state->io->ops->now_ms(state->io);
	assert_int_equal(state->io->ops->wait(state->io, 5000, NULL), 0);
	assert_int_equal(state->readable, 1);
	assert_true(state->io->ops->now_ms(state->io) - start < 2000);
	close(pipes[0]);
}

static void a_url_with_a_password_is_refused(void **arg)
{
	const char *urls[] = {"https://user:sesame@host/", NULL};
	struct sb_io_server server = {.id = "s", .urls = urls};
	struct sb_io *io = NULL;
	struct sb_error err;

	(void)arg;
	assert_int_equal(sb_io_curl_create(&server, 1, &io, &err), SB_E_CONFIG);
	assert_null(strstr(err.text, "sesame"));
	urls[0] = "ftp://host";
	assert_int_equal(sb_io_curl_create(&server, 1, &io, &err), SB_E_CONFIG);
}

static void a_cancelled_request_calls_no_callback(void **arg)
{
	struct state *state = *arg;
	struct sb_io_request request = {
		.server = "s", .method = "GET", .path = "/slow", .timeout_ms = 5000};

	assert_int_equal(state->io->ops->send(state->io, &request, on_done, state, NULL), 0);
	assert_int_equal(state->io->ops->wait(state->io, 20, NULL), 0);
	state->io->ops->cancel(state->io, state);
	assert_int_equal(state->io->ops->send(state->io, &request, on_done, state, NULL), 0);
	assert_int_equal(state->io->ops->wait(state->io, 20, NULL), 0);
	assert_int_equal(state->answers, 0);
}

static void an_unknown_server_is_an_error_of_send(void **arg)
{
	struct state *state = *arg;
	struct sb_io_request request = {.server = "t", .method = "GET", .path = "/"};

	assert_int_equal(state->io->ops->send(state->io, &request, on_done, state, NULL), SB_E_ARG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(a_get_carries_the_headers_of_the_contract),
		T(writes_send_their_length_and_no_expect_header),
		T(phrase_version_and_retry_after_are_kept),
		T(a_close_before_the_first_byte_is_reported),
		T(a_cut_answer_is_an_error),
		T(a_too_long_answer_is_an_error),
		T(a_slow_answer_is_a_timeout),
		T(a_redirect_is_an_error_that_names_only_the_host),
		T(no_http_at_all_suggests_tls),
		T(tls_to_a_plain_port_suggests_http),
		T(a_closed_port_is_refused_and_nothing_was_sent),
		T(a_write_never_travels_on_a_kept_connection),
		T(a_watched_descriptor_ends_the_wait),
		T(a_watched_descriptor_that_hung_up_ends_the_wait_too),
		T(a_url_with_a_password_is_refused),
		T(a_cancelled_request_calls_no_callback),
		T(an_unknown_server_is_an_error_of_send),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
