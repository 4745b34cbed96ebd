/* SPDX-License-Identifier: Apache-2.0 */
/* Requests in virtual time: each arrives at its simulator, and is answered, at a time that is
 * drawn. */
#include "net.h"

#include <inttypes.h>
#include <stdio.h>
#include <strings.h>
#include <time.h>

#include "host.h"

enum {
	MAX_DEAD_CALLS = 20000,  /* of a job that should end */
	LATE_COMMIT_MS = 110000, /* below netbox.settle, 130 s */
	HOPS = 8,
};

struct sim_io {
	struct sb_io io;
	struct sim_world *world;
	char *authorization[2]; /* of NetBox, of Proxmox VE */
	unsigned waits;
};

static char *copy_text(const char *text)
{
	char *copy = strdup(text ? text : "");

	if (!copy)
		sim_broken("memory", "");
	return copy;
}

static void flight_destroy(struct sim_flight *flight)
{
	lab_answer_finish(&flight->answer);
	free(flight->method);
	free(flight->path);
	free(flight->query);
	free(flight->body);
	free(flight->if_match);
	free(flight->authorization);
	free(flight);
}

void sim_net_finish(struct sim_net *net)
{
	while (net->flights) {
		struct sim_flight *flight = net->flights;

		net->flights = flight->next;
		flight_destroy(flight);
	}
}

static unsigned draw_number(struct sim_net *net, unsigned from, unsigned to)
{
	return from + (unsigned)lab_random_below(&net->random, to - from + 1);
}

static enum sim_fault draw_fault(struct sim_net *net, bool to_netbox)
{
	const unsigned *weights = to_netbox ? net->weather.netbox : net->weather.pve;
	unsigned number = draw_number(net, 0, 999), i, sum = 0;

	for (i = 1; i < SIM_FAULTS; i++) {
		sum += weights[i];
		if (number < sum)
			return (enum sim_fault)i;
	}
	return SIM_NONE;
}

static void put_flight(struct sim_net *net, struct sim_flight *flight)
{
	struct sim_flight **link = &net->flights;

	while (*link && ((*link)->at_ms < flight->at_ms ||
			 ((*link)->at_ms == flight->at_ms && (*link)->number < flight->number)))
		link = &(*link)->next;
	flight->next = *link;
	*link = flight;
}

static void write_trace(struct sim_world *world, const char *what, const struct sim_flight *flight,
			int status)
{
	sb_autobuf line = SB_BUF_INIT(1 << 22);

	if (!world->net.trace)
		return;
	sb_buf_addf(&line, "%s %" PRId64 " %s %s %s %s%s%s %d", world->name, world->now_ms, what,
		    flight->to_netbox ? "netbox" : "pve", flight->method, flight->path,
		    *flight->query ? "?" : "", flight->query, status);
	if (flight->is_write && !sb_streq(what, "answer"))
		sb_buf_addf(&line, " %s", flight->body);
	world->net.trace(world->net.trace_arg, sb_buf_str(&line));
}

/* Percent-decode a path. */
static char *decode_path(const char *raw)
{
	char *text = copy_text(raw), *to = text;
	const char *from;
	unsigned byte;

	for (from = raw; *from; from++) {
		if (*from == '%' && sscanf(from + 1, "%2x", &byte) == 1) {
			*to++ = (char)byte;
			from += 2;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	return text;
}

/* The simulator carries the request out. */
static void carry_out(struct sim_world *world, struct sim_flight *flight)
{
	sb_autofree char *path = decode_path(flight->path);
	struct lab_request request = {
		.method = flight->method,
		.path = path,
		.raw_path = flight->path,
		.query = flight->query,
		.authorization = flight->authorization,
		.if_match = *flight->if_match ? flight->if_match : NULL,
		.content_type = flight->body_len ? "application/json" : NULL,
		.body = flight->body_len ? flight->body : NULL,
		.body_len = flight->body_len,
	};

	world->net.handles_orphan = flight->is_orphan;
	if (flight->to_netbox && flight->is_write && world->on_write)
		world->on_write(world, &request);
	if (flight->to_netbox)
		lab_netbox_handle(world->netbox, &request, world->now_ms * 1000, &flight->answer);
	else
		lab_pve_handle(world->pve, &request, world->now_ms, &flight->answer);
}

static void set_text(struct lab_answer *answer, int status, const char *type, const char *text)
{
	lab_answer_finish(answer);
	answer->status = status;
	answer->text = copy_text(text);
	answer->text_type = type;
}

/* Carry the request out unless its fault prevents that, and make the answer of the fault. */
static void handle_arrival(struct sim_world *world, struct sim_flight *flight)
{
	static const char page[] = "<html><body><h1>not the server</h1></body></html>";
	struct lab_answer *answer = &flight->answer;

	world->result.requests++;
	world->result.writes += flight->to_netbox && flight->is_write;
	switch (flight->fault) {
	case SIM_LOST: break;
	case SIM_GARBAGE:
		set_text(answer, 200, "application/json", "{\"count\": 1, \"results\": [{\"na\x01");
		break;
	case SIM_TOO_MANY:
		set_text(answer, 429, "text/html", page);
		lab_answer_header(answer, "Retry-After", "1");
		break;
	case SIM_FAILED: set_text(answer, 500, "text/html", page); break;
	case SIM_BAD_GATEWAY: set_text(answer, 502, "text/html", page); break;
	case SIM_LATE_PROXY:
		carry_out(world, flight);
		set_text(answer, flight->to_netbox ? 504 : 596, "text/html", page);
		break;
	default: carry_out(world, flight); break;
	}
	flight->has_arrived = true;
	write_trace(world, flight->done ? "arrives" : "commits", flight, answer->status);
}

static const char *find_header(const struct lab_answer *answer, const char *name)
{
	size_t i;

	for (i = 0; i < answer->n_headers; i++)
		if (strcasecmp(answer->headers[i].name, name) == 0)
			return answer->headers[i].value;
	return "";
}

static void fail_answer(struct sim_flight *flight, bool is_late, struct sb_io_answer *answer)
{
	if (is_late)
		sb_fail(&answer->err, SB_E_TIMEOUT, "no complete answer within %u ms",
			flight->timeout_ms);
	else if (flight->fault == SIM_REFUSED)
		sb_fail(&answer->err, SB_E_NET, "connection refused");
	else if (flight->fault == SIM_TRUNCATED)
		sb_fail(&answer->err, SB_E_HTTP, "the answer is incomplete");
	else
		sb_fail(&answer->err, SB_E_NET,
			"closed the connection before the first byte of an answer");
	answer->err.retryable = true;
	answer->not_sent = flight->fault == SIM_REFUSED && !is_late;
	if (flight->fault == SIM_TRUNCATED)
		answer->err.http_status = flight->answer.status;
}

static void deliver_answer(struct sim_world *world, struct sim_flight *flight, bool is_late)
{
	struct lab_answer *from = &flight->answer;
	sb_autofree char *text = NULL;
	char date[64] = "";
	time_t now = (time_t)(world->now_ms / 1000);
	struct tm tm;
	struct sb_io_answer answer = {
		.reason = "", .body = "", .content_type = "", .api_version = ""};

	if (is_late || flight->fault == SIM_REFUSED || flight->fault == SIM_LOST ||
	    flight->fault == SIM_UNHEARD || flight->fault == SIM_TRUNCATED) {
		fail_answer(flight, is_late, &answer);
	} else {
		if (gmtime_r(&now, &tm))
			strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
		text = from->json ? json_dumps(from->json, JSON_COMPACT | JSON_ENCODE_ANY |
								   JSON_REAL_PRECISION(15))
				  : sb_steal(from->text);
		answer.status = from->status;
		answer.reason = from->reason ? from->reason : "";
		answer.body = text ? text : "";
		answer.len = strlen(answer.body);
		answer.content_type = from->json        ? "application/json"
				      : from->text_type ? from->text_type
							: "";
		answer.api_version = find_header(from, "API-Version");
		answer.date = date;
		answer.retry_after_ms =
			(unsigned)strtoul(find_header(from, "Retry-After"), NULL, 10) * 1000;
	}
	write_trace(world, is_late ? "timeout" : "answer", flight, answer.status);
	flight->done(flight->arg, &answer);
}

/* Does the process of the job die at this request? Counted before it is carried out. */
static bool dies_here(struct sim_net *net, const struct sim_flight *flight)
{
	if (!net->death_at || !flight->done || net->is_dead)
		return false;
	if (net->counts_writes && !(flight->to_netbox && flight->is_write))
		return false;
	return ++net->counted == net->death_at;
}

void sim_net_die(struct sim_world *world)
{
	struct sim_net *net = &world->net;
	struct sim_flight *flight = net->flights, *next;

	net->is_dead = true;
	world->result.has_died = true;
	net->flights = NULL;
	for (; flight; flight = next) {
		next = flight->next;
		flight->done = NULL;
		/* The server may carry out a request that it has read after its client is
		 * gone. */
		if (flight->has_arrived || draw_number(net, 0, 1)) {
			flight_destroy(flight);
			continue;
		}
		flight->fault = SIM_NONE;
		flight->is_orphan = true;
		flight->at_ms = world->now_ms + draw_number(net, 0, LATE_COMMIT_MS);
		put_flight(net, flight);
	}
}

/* Handle the first event: a request that arrives, its answer, or a client that gives up. Returns
 * whether the client got something. */
static bool handle_first(struct sim_world *world)
{
	struct sim_net *net = &world->net;
	struct sim_flight *flight = net->flights;
	bool is_late;

	if (dies_here(net, flight)) {
		sim_world_die(world);
		return false;
	}
	net->flights = flight->next;
	if (!flight->done) {
		if (!flight->has_arrived && flight->fault != SIM_REFUSED)
			handle_arrival(world, flight);
		flight_destroy(flight);
		return false;
	}
	if (!flight->has_arrived && flight->fault != SIM_REFUSED &&
	    flight->at_ms < flight->give_up_ms) {
		handle_arrival(world, flight);
		flight->at_ms = world->now_ms + draw_number(net, 1, flight->to_netbox ? 40 : 10) +
				flight->answer.delay_ms;
		if (flight->at_ms > flight->give_up_ms)
			flight->at_ms = flight->give_up_ms;
		put_flight(net, flight);
		return false;
	}
	is_late = flight->at_ms >= flight->give_up_ms;
	deliver_answer(world, flight, is_late);
	flight_destroy(flight);
	return true;
}

void sim_net_pass(struct sim_world *world, int64_t until_ms)
{
	struct sim_net *net = &world->net;

	while (net->flights && net->flights->at_ms <= until_ms) {
		if (net->flights->at_ms > world->now_ms)
			world->now_ms = net->flights->at_ms;
		handle_first(world);
	}
	if (until_ms > world->now_ms)
		world->now_ms = until_ms;
}

static int fail_dead(struct sim_io *self, struct sb_error *err)
{
	if (++self->world->net.dead_calls > MAX_DEAD_CALLS)
		sim_broken("the job does not end", "although every wait fails");
	return sb_fail(err, SB_E_STATE, "the process has ended");
}

static void take_headers(struct sim_flight *flight, const char *headers)
{
	const char *line = headers ? strstr(headers, "If-Match: ") : NULL;

	if (line) {
		line += strlen("If-Match: ");
		flight->if_match = strndup(line, strcspn(line, "\n"));
	}
	if (!flight->if_match)
		flight->if_match = copy_text("");
}

/* A stalled request reaches the server after its client gave up: a second flight without client. */
static void stall_flight(struct sim_net *net, struct sim_flight *flight, int64_t now_ms)
{
	flight->at_ms = now_ms + draw_number(net, 1000, LATE_COMMIT_MS);
}

static bool is_broken(const struct sim_net *net, const struct sim_flight *flight)
{
	size_t len = strlen(flight->path), n = strlen(net->broken);

	return n && !flight->to_netbox && len >= n && sb_streq(flight->path + len - n, net->broken);
}

static struct sim_flight *make_flight(struct sim_io *self, const struct sb_io_request *request)
{
	struct sim_net *net = &self->world->net;
	struct sim_flight *flight = calloc(1, sizeof(*flight));
	const char *mark = strchr(request->path, '?');
	int64_t now_ms = self->world->now_ms;

	if (!flight)
		sim_broken("memory", "");
	flight->number = ++net->number;
	flight->to_netbox = sb_streq(request->server, "netbox");
	flight->method = copy_text(request->method);
	flight->is_write =
		!sb_streq(request->method, "GET") && !sb_streq(request->method, "OPTIONS");
	flight->path = strndup(request->path,
			       mark ? (size_t)(mark - request->path) : strlen(request->path));
	flight->query = copy_text(mark ? mark + 1 : "");
	flight->authorization = copy_text(self->authorization[!flight->to_netbox]);
	flight->body = request->body ? strndup(request->body, request->body_len) : copy_text("");
	flight->body_len = request->body ? request->body_len : 0;
	take_headers(flight, request->headers);
	flight->timeout_ms = request->timeout_ms;
	flight->fault = draw_fault(net, flight->to_netbox);
	if (is_broken(net, flight))
		flight->fault = SIM_FAILED;
	flight->at_ms =
		now_ms + (flight->to_netbox ? draw_number(net, 1, 80) : draw_number(net, 1, 30));
	flight->give_up_ms = now_ms + (request->timeout_ms ? request->timeout_ms : 3600000);
	if (flight->fault == SIM_STALLED)
		stall_flight(net, flight, now_ms);
	return flight;
}

static int io_send(struct sb_io *io, const struct sb_io_request *request, sb_io_done *done,
		   void *arg, struct sb_error *err)
{
	struct sim_io *self = (struct sim_io *)io;
	struct sim_net *net = &self->world->net;
	struct sim_flight *flight;

	if (net->is_dead)
		return fail_dead(self, err);
	flight = make_flight(self, request);
	flight->done = done;
	flight->arg = arg;
	if (flight->fault == SIM_STALLED && flight->at_ms > flight->give_up_ms) {
		struct sim_flight *late = make_flight(self, request);

		late->fault = SIM_NONE;
		late->at_ms = flight->at_ms;
		late->give_up_ms = INT64_MAX;
		flight->at_ms = flight->give_up_ms;
		put_flight(net, late);
	}
	put_flight(net, flight);
	return 0;
}

static void io_cancel(struct sb_io *io, const void *arg)
{
	struct sim_net *net = &((struct sim_io *)io)->world->net;
	struct sim_flight **link = &net->flights;

	while (*link) {
		struct sim_flight *flight = *link;

		if (!flight->done || flight->arg != arg) {
			link = &flight->next;
			continue;
		}
		*link = flight->next;
		flight_destroy(flight);
	}
}

static int io_wait(struct sb_io *io, int64_t timeout_ms, struct sb_error *err)
{
	struct sim_io *self = (struct sim_io *)io;
	struct sim_world *world = self->world;
	int64_t end_ms = world->now_ms + timeout_ms;
	struct sim_net *net = &world->net;
	bool has_got = false;

	if (sim_host_turn(world)) {
		io->on_readable(io->watch_arg);
		return 0;
	}
	while (!has_got && !net->is_dead && net->flights && net->flights->at_ms <= end_ms) {
		if (net->flights->at_ms > world->now_ms)
			world->now_ms = net->flights->at_ms;
		has_got = handle_first(world);
	}
	if (net->is_dead)
		return fail_dead(self, err);
	if (!has_got && end_ms > world->now_ms)
		world->now_ms = end_ms;
	return 0;
}

static int64_t io_now_ms(struct sb_io *io)
{
	return ((struct sim_io *)io)->world->now_ms;
}

static int64_t io_wall_s(struct sb_io *io)
{
	return io_now_ms(io) / 1000;
}

static uint64_t io_random(struct sb_io *io)
{
	return lab_random_next(&((struct sim_io *)io)->world->net.engine);
}

/* A job that ends by itself leaves requests without a client. */
static void io_destroy(struct sb_io *io)
{
	struct sim_io *self = (struct sim_io *)io;
	struct sim_flight *flight;

	for (flight = self->world->net.flights; flight; flight = flight->next)
		flight->done = NULL;
	free(self->authorization[0]);
	free(self->authorization[1]);
	free(self);
}

static const struct sb_io_ops sim_io_ops = {
	.send = io_send,
	.cancel = io_cancel,
	.wait = io_wait,
	.now_ms = io_now_ms,
	.wall_s = io_wall_s,
	.random = io_random,
	.destroy = io_destroy,
};

struct sb_io *sim_io_create(struct sim_world *world, const struct sb_io_server *servers, size_t n)
{
	struct sim_io *self = calloc(1, sizeof(*self));
	size_t i;

	if (!self)
		sim_broken("memory", "");
	self->io.ops = &sim_io_ops;
	self->io.watch_fd = -1;
	self->world = world;
	for (i = 0; i < 2; i++)
		self->authorization[i] = copy_text(i < n ? servers[i].authorization : "");
	return &self->io;
}
