/* SPDX-License-Identifier: Apache-2.0 */
/* Carrying out a plan: lanes, needs without barriers, refusals, answers that do not come. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "test_engine_fixture.h"

#include "engine/apply.h"
#include "engine/outcome.h"

/* A NetBox of rows by id, behind an io whose requests take 10 ms of virtual time each. */
struct request {
	char *line;
	json_t *body;
	int64_t sent_ms, due_ms;
	sb_io_done *done; /* NULL once it is answered */
	void *arg;
};

struct io {
	struct sb_io io;
	struct request log[600];
	size_t n;
	int64_t now_ms;
	json_t *rows; /* "path#id" -> row */
	json_int_t next_id;
	const char *refused;  /* objects of this name, each by its index */
	const char *nameless; /* a batch with an object of this name, without saying which */
	const char *silent;   /* the first request with an object of this name: no answer */
	bool commits;         /* what is not answered is done all the same */
	int events_fd, acks_fd;
	off_t events_at;
	json_t *events;
};

static struct io *io;

static const char *name_of(const json_t *object)
{
	const char *name = sb_json_str(object, "name");

	return name ? name : "";
}

static bool holds_name(const json_t *body, const char *name)
{
	const json_t *object;
	size_t i;

	json_array_foreach (body, i, object) {
		if (name && strcmp(name_of(object), name) == 0)
			return true;
	}
	return false;
}

static void path_of(const struct request *request, char *ret_path, size_t room)
{
	const char *start = strstr(request->line, "/api/") + strlen("/api/");

	snprintf(ret_path, room, "%.*s", (int)strcspn(start, "?") - 1, start);
}

static json_t *commit(const struct request *request)
{
	json_t *rows = json_array(), *object;
	char path[128], place[160];
	size_t i;

	path_of(request, path, sizeof(path));
	json_array_foreach (request->body, i, object) {
		json_t *row = json_deep_copy(object);
		json_int_t id = json_integer_value(json_object_get(object, "id"));

		if (!id)
			json_object_set_new(row, "id", json_integer(id = io->next_id++));
		snprintf(place, sizeof(place), "%s#%lld", path, (long long)id);
		if (strncmp(request->line, "DELETE", 6) == 0)
			json_object_del(io->rows, place);
		else if (json_object_get(io->rows, place))
			json_object_update(json_object_get(io->rows, place), row);
		else
			json_object_set(io->rows, place, row);
		json_array_append_new(rows, row);
	}
	return rows;
}

static json_t *read_rows(const struct request *request)
{
	json_t *found = json_array(), *row, *page;
	char path[128], ask[64];
	const char *place;

	path_of(request, path, sizeof(path));
	json_object_foreach (io->rows, place, row) {
		snprintf(ask, sizeof(ask), "id=%s", strchr(place, '#') + 1);
		if (strncmp(place, path, strlen(path)) == 0 &&
		    (strstr(request->line, ask) || !strstr(request->line, "id=")))
			json_array_append(found, row);
	}
	page = json_pack("{s:I, s:n, s:n, s:o}", "count", (json_int_t)json_array_size(found),
			 "next", "previous", "results", found);
	return page;
}

static json_t *refusals(const json_t *body)
{
	json_t *errors = json_array();
	const json_t *object;
	size_t i;

	json_array_foreach (body, i, object) {
		if (io->refused && strcmp(name_of(object), io->refused) == 0)
			json_array_append_new(errors,
					      json_pack("{s:I, s:{s:[s]}}", "index", (json_int_t)i,
							"errors", "name", "refused"));
	}
	return json_pack("{s:s, s:o}", "detail", "validation", "errors", errors);
}

static void answer(struct request *request)
{
	struct sb_io_answer answer = {.status = 200,
				      .reason = "",
				      .body = "",
				      .content_type = "application/json",
				      .api_version = ""};
	sb_autojson *root = NULL;
	sb_autofree char *text = NULL;
	sb_io_done *done = request->done;

	request->done = NULL;
	if (strncmp(request->line, "GET", 3) == 0) {
		root = read_rows(request);
	} else if (holds_name(request->body, io->silent)) {
		io->silent = NULL;
		if (io->commits)
			json_decref(commit(request));
		sb_fail(&answer.err, SB_E_TIMEOUT, "no answer");
	} else if (holds_name(request->body, io->refused)) {
		answer.status = 400;
		root = refusals(request->body);
	} else if (holds_name(request->body, io->nameless)) {
		answer.status = 500;
		root = json_pack("{s:s, s:s}", "error", "one of them", "exception", "DataError");
	} else {
		answer.status = strncmp(request->line, "POST", 4) == 0     ? 201
				: strncmp(request->line, "DELETE", 6) == 0 ? 204
									   : 200;
		root = commit(request);
	}
	text = root ? json_dumps(root, JSON_COMPACT) : NULL;
	answer.body = text ? text : "";
	answer.len = strlen(answer.body);
	done(request->arg, &answer);
}

static int io_send(struct sb_io *self, const struct sb_io_request *request, sb_io_done *done,
		   void *arg, struct sb_error *err)
{
	struct request *entry = &io->log[io->n];
	size_t room = strlen(request->path) + 16;

	(void)self;
	(void)err;
	if (++io->n == SB_ARRAY_LEN(io->log))
		abort();
	entry->line = malloc(room);
	snprintf(entry->line, room, "%s %s", request->method, request->path);
	entry->body = request->body ? json_loads(request->body, 0, NULL) : NULL;
	entry->sent_ms = io->now_ms;
	entry->due_ms = io->now_ms + 10;
	entry->done = done;
	entry->arg = arg;
	return 0;
}

/* The parent: every row of the journal is acknowledged, all events are kept. */
static bool take_events(void)
{
	char chunk[4096], *line, *rest, *text = NULL;
	size_t len = 0;
	ssize_t got;
	bool any = false;

	while ((got = pread(io->events_fd, chunk, sizeof(chunk), io->events_at)) > 0) {
		text = realloc(text, len + (size_t)got + 1);
		memcpy(text + len, chunk, (size_t)got);
		len += (size_t)got;
		io->events_at += got;
	}
	if (!text)
		return false;
	text[len] = '\0';
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		json_t *event = json_loads(line, 0, NULL);
		const char *what = sb_json_str(event, "ev");

		assert_non_null(event);
		json_array_append_new(io->events, event);
		if (strcmp(what, "request") != 0)
			continue;
		any = dprintf(io->acks_fd, "{\"ack\":%lld}\n",
			      (long long)json_integer_value(json_object_get(event, "id"))) > 0;
	}
	free(text);
	return any;
}

static int io_wait(struct sb_io *self, int64_t timeout_ms, struct sb_error *err)
{
	int64_t until = io->now_ms + timeout_ms;
	size_t i;

	(void)err;
	if (take_events()) {
		self->on_readable(self->watch_arg);
		return 0;
	}
	for (i = 0; i < io->n; i++) {
		if (io->log[i].done && io->log[i].due_ms < until)
			until = io->log[i].due_ms;
	}
	io->now_ms = until;
	for (i = 0; i < io->n; i++) {
		if (io->log[i].done && io->log[i].due_ms <= io->now_ms) {
			answer(&io->log[i]);
			return 0;
		}
	}
	return 0;
}

static void io_cancel(struct sb_io *self, const void *arg)
{
	(void)self;
	(void)arg;
}

static int64_t io_now_ms(struct sb_io *self)
{
	(void)self;
	return io->now_ms;
}

static int64_t io_wall_s(struct sb_io *self)
{
	(void)self;
	return 1750000000 + io->now_ms / 1000;
}

static uint64_t io_random(struct sb_io *self)
{
	(void)self;
	return 25;
}

static void io_destroy(struct sb_io *self)
{
	(void)self;
}

static const struct sb_io_ops ops = {io_send,   io_cancel, io_wait,   io_now_ms,
				     io_wall_s, io_random, io_destroy};

static int setup_apply(void **state)
{
	int rc = setup(state), fds[2];
	char name[] = "/tmp/stagebox-events.XXXXXX";

	io = calloc(1, sizeof(*io));
	io->io.ops = &ops;
	io->next_id = 1000;
	io->rows = json_object();
	io->events = json_array();
	io->events_fd = mkstemp(name);
	unlink(name);
	assert_int_equal(pipe(fds), 0);
	io->acks_fd = fds[1];
	assert_int_equal(sb_events_create(fds[0], io->events_fd, &fx->run->events, NULL), 0);
	sb_events_attach(fx->run->events, &io->io);
	assert_int_equal(sb_http_create(&io->io, &fx->run->http, NULL), 0);
	assert_int_equal(sb_netbox_create(fx->run->http, &fx->run->netbox, NULL), 0);
	json_object_set_new(
		fx->conf, "netbox",
		json_pack("{s:i, s:i, s:i}", "in_flight", 2, "batch", 10, "settle", 130));
	fx->run->diff = sb_diff_create();
	return rc;
}

static int teardown_apply(void **state)
{
	size_t i;

	sb_netbox_destroy(fx->run->netbox);
	sb_http_destroy(fx->run->http);
	sb_events_destroy(fx->run->events);
	fx->run->events = NULL;
	close(io->events_fd);
	close(io->acks_fd);
	for (i = 0; i < io->n; i++) {
		free(io->log[i].line);
		json_decref(io->log[i].body);
	}
	json_decref(io->rows);
	json_decref(io->events);
	free(io);
	return teardown(state);
}

static struct sb_op *op(const char *kind, enum sb_verb verb, const char *key, const char *stage_,
			const char *set, const char *was)
{
	struct sb_op *made = sb_plan_add(&fx->run->diff->plan, list(kind)->kind, verb, key, stage_,
					 "", set ? quoted(set) : NULL, was ? quoted(was) : NULL);

	assert_non_null(made);
	return made;
}

/* A new guest with parts, all of which need it. */
static void guest(unsigned number, unsigned n_disks, unsigned n_nics)
{
	char key[96], set[200];
	unsigned i;

	snprintf(key, sizeof(key), "lab/qemu/%u", number);
	snprintf(set, sizeof(set), "{'name': 'g%u', 'cluster': 1}", number);
	op("vm", SB_CREATE, key, "t.guests", set, NULL);
	for (i = 0; i < n_disks; i++) {
		snprintf(key, sizeof(key), "lab/qemu/%u/scsi%u", number, i);
		snprintf(set, sizeof(set),
			 "{'name': 'scsi%u', 'virtual_machine': {'$ref': 'lab/qemu/%u'}}", i,
			 number);
		op("virtual-disk", SB_CREATE, key, "t.nics", set, NULL);
	}
	for (i = 0; i < n_nics; i++) {
		snprintf(key, sizeof(key), "lab/qemu/%u/net%u", number, i);
		snprintf(set, sizeof(set),
			 "{'name': 'net%u', 'virtual_machine': {'$ref': 'lab/qemu/%u'}}", i,
			 number);
		op("vm-interface", SB_CREATE, key, "t.nics", set, NULL);
	}
	for (i = 0; i < n_nics; i++) {
		snprintf(key, sizeof(key), "lab/qemu/%u/net%u/ip/10.0.%u.%u", number, i, i,
			 number % 250);
		snprintf(set, sizeof(set),
			 "{'address': '10.0.%u.%u/24', 'assigned_object': {'type': "
			 "'virtualization.vminterface', 'id': {'$ref': 'lab/qemu/%u/net%u'}}}",
			 i, number % 250, number, i);
		op("ip", SB_CREATE, key, "t.ips", set, NULL);
	}
}

static void apply(void)
{
	struct sb_error err = SB_ERROR_INIT;

	if (sb_plan_link(&fx->run->diff->plan, &err) < 0 ||
	    sb_apply(fx->run, fx->run->events, &err) < 0)
		fail_msg("%s", err.text);
	take_events();
}

static const struct sb_op *find(const char *key)
{
	const struct sb_op *found = sb_plan_find(&fx->run->diff->plan, key);

	assert_non_null(found);
	return found;
}

static void assert_op(const char *key, enum sb_op_state state, const char *cause)
{
	const struct sb_op *found = find(key);

	if (found->state != state || (cause && (!found->cause || !strstr(found->cause, cause))))
		fail_msg("%s: state %d, not %d: %s", key, (int)found->state, (int)state,
			 found->cause ? found->cause : "no cause");
}

static void assert_all_done(void)
{
	size_t i;

	for (i = 0; i < n_ops(); i++)
		assert_op(fx->run->diff->plan.ops[i].key, SB_OP_DONE, NULL);
}

static const char *method_and_path(size_t at)
{
	static char text[200];
	char path[128];

	path_of(&io->log[at], path, sizeof(path));
	snprintf(text, sizeof(text), "%.*s %s", (int)strcspn(io->log[at].line, " "),
		 io->log[at].line, path);
	return text;
}

static size_t count(const char *what)
{
	size_t i, n = 0;

	for (i = 0; i < io->n; i++)
		n += strcmp(method_and_path(i), what) == 0;
	return n;
}

/* The guest of an object that was sent, by its key. */
static void lane_of_object(const json_t *object, char *ret_lane, size_t room)
{
	const char *key = sb_json_str(json_object_get(object, "custom_fields"), "stagebox_key");
	const char *end = key ? key + strlen("lab/qemu/") : "";

	snprintf(ret_lane, room, "%.*s", (int)strcspn(end, "/"), end);
}

static json_t *lanes(size_t at)
{
	json_t *names = json_object();
	const json_t *object;
	char lane[32];
	size_t i;

	json_array_foreach (io->log[at].body, i, object) {
		lane_of_object(object, lane, sizeof(lane));
		json_object_set_new(names, lane, json_true());
	}
	return names;
}

static void ten_guests(void)
{
	unsigned i;

	for (i = 0; i < 10; i++)
		guest(101 + i, i % 4 + 1, i % 3 + 1);
}

static void the_parts_of_one_guest_and_kind_are_in_one_request(void **state)
{
	sb_autojson *seen = json_object();
	json_t *value;
	const char *lane;
	char place[200];
	size_t i;

	(void)state;
	ten_guests();
	apply();
	assert_all_done();
	for (i = 0; i < io->n; i++) {
		sb_autojson *names = lanes(i);

		json_object_foreach (names, lane, value) {
			snprintf(place, sizeof(place), "%s %s", method_and_path(i), lane);
			if (json_object_get(seen, place))
				fail_msg("%s: in two requests", place);
			json_object_set(seen, place, value);
		}
	}
}

static void more_parts_than_a_request_takes_are_cut(void **state)
{
	(void)state;
	guest(101, 25, 1);
	apply();
	assert_all_done();
	assert_int_equal(count("POST virtualization/virtual-disks"), 3);
}

static void one_guests_objects_are_in_one_request_at_a_time(void **state)
{
	size_t i, j, overlaps = 0;
	const char *lane;
	json_t *value;

	(void)state;
	ten_guests();
	apply();
	assert_all_done();
	for (i = 0; i < io->n; i++) {
		sb_autojson *ours = lanes(i);

		for (j = i + 1; j < io->n; j++) {
			sb_autojson *theirs = lanes(j);

			if (io->log[j].sent_ms >= io->log[i].due_ms)
				continue;
			overlaps++;
			json_object_foreach (ours, lane, value) {
				if (json_object_get(theirs, lane))
					fail_msg("guest %s: in requests %zu and %zu at once", lane,
						 i, j);
			}
		}
	}
	assert_true(overlaps > 0);
}

static void addresses_are_made_one_request_after_the_other(void **state)
{
	int64_t end_ms = 0;
	size_t i, n = 0;

	(void)state;
	ten_guests();
	apply();
	for (i = 0; i < io->n; i++) {
		if (strcmp(method_and_path(i), "POST ipam/ip-addresses") != 0)
			continue;
		assert_true(io->log[i].sent_ms >= end_ms);
		end_ms = io->log[i].due_ms;
		n++;
	}
	assert_true(n > 1);
}

static void no_kind_waits_for_the_end_of_another(void **state)
{
	size_t i, first_address = 0, last_disk = 0;

	(void)state;
	for (i = 0; i < 40; i++)
		guest(101 + (unsigned)i, 2, 2);
	apply();
	assert_all_done();
	for (i = 0; i < io->n; i++) {
		if (!first_address && strcmp(method_and_path(i), "POST ipam/ip-addresses") == 0)
			first_address = i;
		if (strcmp(method_and_path(i), "POST virtualization/virtual-disks") == 0)
			last_disk = i;
	}
	assert_true(first_address > 0 && first_address < last_disk);
}

static void a_refused_object_costs_itself_and_what_needs_it(void **state)
{
	(void)state;
	guest(101, 1, 1);
	guest(102, 1, 1);
	guest(103, 1, 1);
	io->refused = "g102";
	apply();
	assert_op("lab/qemu/102", SB_OP_FAILED, "refused");
	assert_op("lab/qemu/102/scsi0", SB_OP_SKIPPED, "create of lab/qemu/102: ");
	assert_op("lab/qemu/102/net0", SB_OP_SKIPPED, "create of lab/qemu/102: ");
	assert_op("lab/qemu/102/net0/ip/10.0.0.102", SB_OP_SKIPPED, "refused");
	assert_op("lab/qemu/101/net0/ip/10.0.0.101", SB_OP_DONE, NULL);
	assert_op("lab/qemu/103/scsi0", SB_OP_DONE, NULL);
	assert_int_equal(count("POST virtualization/virtual-machines"), 2);
}

static void a_refusal_without_a_name_is_found_by_halving(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 8; i++)
		guest(101 + i, 0, 0);
	io->nameless = "g106";
	apply();
	for (i = 0; i < 8; i++) {
		char key[32];

		snprintf(key, sizeof(key), "lab/qemu/%u", 101 + i);
		assert_op(key, i == 5 ? SB_OP_FAILED : SB_OP_DONE, NULL);
	}
	/* 8 = 4 + 4, 4 = 2 + 2, 2 = 1 + 1 */
	assert_int_equal(count("POST virtualization/virtual-machines"), 7);
	assert_int_equal(json_object_size(io->rows), 7);
}

static void thirty_alike(void)
{
	unsigned i;
	char key[64];

	for (i = 0; i < 30; i++) {
		snprintf(key, sizeof(key), "lab/qemu/%u", 1 + i);
		op("vm", SB_CREATE, key, "t.guests", "{'name': 'all', 'cluster': 1}", NULL);
	}
}

static void after_eight_equal_refusals_the_kind_is_left(void **state)
{
	size_t i, failed = 0;

	(void)state;
	thirty_alike();
	io->nameless = "all";
	apply();
	for (i = 0; i < n_ops(); i++) {
		assert_int_equal(fx->run->diff->plan.ops[i].state, SB_OP_FAILED);
		failed += strstr(fx->run->diff->plan.ops[i].cause, "were refused alike") != NULL;
	}
	assert_true(failed >= 30 - 10); /* some were under way with the eighth */
	assert_true(io->n <= 24);
}

static void a_broken_kind_takes_no_other_kind_with_it(void **state)
{
	(void)state;
	json_object_set_new(json_object_get(fx->conf, "netbox"), "in_flight", json_integer(1));
	thirty_alike();
	op("device", SB_CREATE, "lab/node/a", "t.guests", "{'name': 'a', 'site': 1}", NULL);
	op("vm-interface", SB_CREATE, "lab/qemu/900/net0", "t.nics",
	   "{'name': 'net0', 'virtual_machine': 7}", NULL);
	io->refused = "all";
	apply();
	assert_op("lab/qemu/30", SB_OP_FAILED, NULL);
	assert_op("lab/node/a", SB_OP_DONE, NULL);
	assert_op("lab/qemu/900/net0", SB_OP_DONE, NULL);
}

static void different_refusals_do_not_add_up(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 20; i++)
		guest(101 + i, 0, 0);
	io->refused = "g103";
	apply();
	assert_op("lab/qemu/103", SB_OP_FAILED, NULL);
	assert_op("lab/qemu/120", SB_OP_DONE, NULL);
}

/* No answer: after the settle time one look, then what is missing is sent again. */
static void unanswered(bool commits)
{
	size_t i, posts = 0;
	int64_t looked_ms = 0;

	guest(101, 0, 0);
	guest(102, 0, 0);
	io->silent = "g101";
	io->commits = commits;
	apply();
	assert_all_done();
	assert_int_equal(json_object_size(io->rows), 2);
	for (i = 0; i < io->n; i++) {
		posts += strcmp(method_and_path(i), "POST virtualization/virtual-machines") == 0;
		if (strcmp(method_and_path(i), "GET virtualization/virtual-machines") == 0)
			looked_ms = io->log[i].sent_ms;
	}
	assert_true(looked_ms >= 130000);
	assert_int_equal(posts, commits ? 1 : 2);
}

static void what_was_committed_without_an_answer_is_not_made_twice(void **state)
{
	(void)state;
	unanswered(true);
}

static void what_was_not_committed_is_sent_again_after_the_settle_time(void **state)
{
	(void)state;
	unanswered(false);
}

static const json_t *event(const char *what, size_t at)
{
	const json_t *entry;
	size_t i;

	json_array_foreach (io->events, i, entry) {
		if (strcmp(sb_json_str(entry, "ev"), what) == 0 && at-- == 0)
			return entry;
	}
	fail_msg("no event %s", what);
	return NULL;
}

static void the_journal_says_what_was_sent_and_what_came(void **state)
{
	struct sb_op *update;

	(void)state;
	guest(101, 0, 0);
	update = op("vm", SB_UPDATE, "lab/qemu/102", "t.guests", "{'memory': 2}", "{'memory': 1}");
	update->target = 7;
	json_object_set_new(io->rows, "virtualization/virtual-machines#7",
			    quoted("{'id': 7, 'memory': 1, 'custom_fields': {'stagebox_key': "
				   "'lab/qemu/102'}}"));
	apply();
	assert_all_done();
	assert_json(json_object_get(event("request", 0), "keys"), "['lab/qemu/101']");
	assert_json(json_object_get(event("request", 1), "keys"),
		    "[{'key': 'lab/qemu/102', 'id': 7, 'sent': {'id': 7, 'memory': 2}}]");
	assert_json(json_object_get(event("answered", 1), "outcome"), "'done'");
}

static struct sb_op *change(const char *set, const char *was, const char *netbox_has)
{
	struct sb_op *update = op("vm", SB_UPDATE, "lab/qemu/102", "t.guests", set, was);

	update->target = 7;
	json_object_set_new(io->rows, "virtualization/virtual-machines#7", quoted(netbox_has));
	return update;
}

#define OURS "'custom_fields': {'stagebox_key': 'lab/qemu/102'}"

static void a_target_that_changed_since_the_plan_is_left_alone(void **state)
{
	(void)state;
	change("{'memory': 2}", "{'memory': 1}", "{'id': 7, 'memory': 5, " OURS "}");
	apply();
	assert_op("lab/qemu/102", SB_OP_SKIPPED, "memory changed in NetBox meanwhile");
	assert_int_equal(count("PATCH virtualization/virtual-machines"), 0);
}

static void a_target_that_is_so_already_is_not_written(void **state)
{
	(void)state;
	change("{'memory': 2}", "{'memory': 1}", "{'id': 7, 'memory': 2, " OURS "}");
	apply();
	assert_op("lab/qemu/102", SB_OP_ALREADY, NULL);
	assert_int_equal(count("PATCH virtualization/virtual-machines"), 0);
}

static void a_target_of_another_owner_is_left_alone(void **state)
{
	(void)state;
	change("{'memory': 2}", "{'memory': 1}",
	       "{'id': 7, 'memory': 1, 'custom_fields': {'stagebox_key': 'lab/qemu/999'}}");
	apply();
	assert_op("lab/qemu/102", SB_OP_SKIPPED, "its owner changed");
}

static void null_is_written_as_null(void **state)
{
	(void)state;
	change("{'memory': null, 'description': null}", "{'memory': 1, 'description': 'x'}",
	       "{'id': 7, 'memory': 1, 'description': 'x', " OURS "}");
	apply();
	assert_all_done();
	assert_json(json_object_get(json_object_get(io->rows, "virtualization/virtual-machines#7"),
				    "memory"),
		    "null");
	assert_json(json_object_get(json_object_get(io->rows, "virtualization/virtual-machines#7"),
				    "description"),
		    "''");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup_apply, teardown_apply)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_parts_of_one_guest_and_kind_are_in_one_request),
		T(more_parts_than_a_request_takes_are_cut),
		T(one_guests_objects_are_in_one_request_at_a_time),
		T(addresses_are_made_one_request_after_the_other),
		T(no_kind_waits_for_the_end_of_another),
		T(a_refused_object_costs_itself_and_what_needs_it),
		T(a_refusal_without_a_name_is_found_by_halving),
		T(after_eight_equal_refusals_the_kind_is_left),
		T(a_broken_kind_takes_no_other_kind_with_it),
		T(different_refusals_do_not_add_up),
		T(what_was_committed_without_an_answer_is_not_made_twice),
		T(what_was_not_committed_is_sent_again_after_the_settle_time),
		T(the_journal_says_what_was_sent_and_what_came),
		T(a_target_that_changed_since_the_plan_is_left_alone),
		T(a_target_that_is_so_already_is_not_written),
		T(a_target_of_another_owner_is_left_alone),
		T(null_is_written_as_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
