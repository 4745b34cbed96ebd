/* SPDX-License-Identifier: Apache-2.0 */
/* A fake NetBox (rows by id) behind an io with a virtual clock, and a parent that acknowledges. */
#pragma once

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "test_diff_fixture.h"

#include "apply/apply.h"

/* One request; every answer takes 10 ms of virtual time. */
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
	const char *refused;  /* refuse objects of this name, naming their indexes */
	bool varied;          /* ... each in words of its own */
	const char *nameless; /* refuse a batch with an object of this name, naming no index */
	/* Refuse objects with this value of a field: the answer names the field ("field"), quotes
	 * words ("all"), or is an exception ("500"). */
	const char *bad_field, *bad_value, *how, *words;
	const char *named;   /* ... the answer names this field instead */
	json_int_t below;    /* ... or an integer below this one */
	json_int_t frozen;   /* refuse each update of objects up to this id, naming io->named */
	bool deadlocks;      /* refuse a create that overlaps another one on the same path */
	const char *silent;  /* do not answer the first request with an object of this name */
	json_int_t gone;     /* omit the object with this id from answers, as up to 4.6 */
	json_int_t cut;      /* omit it from lists, which count it */
	bool commits;        /* commit the request that is not answered */
	int64_t lease_at_ms; /* another run has the lease of shared objects until then */
	int64_t lease_since; /* member "lease" of the answer */
	bool lease_asked;
	int events_fd, acks_fd;
	off_t events_at;
	json_t *events;
};

static struct io *io;

static SB_UNUSED const char *name_of(const json_t *object)
{
	const char *name = sb_json_str(object, "name");

	return name ? name : "";
}

static SB_UNUSED bool holds_name(const json_t *body, const char *name)
{
	const json_t *object;
	size_t i;

	json_array_foreach (body, i, object) {
		if (name && sb_streq(name_of(object), name))
			return true;
	}
	return false;
}

static SB_UNUSED void path_of(const struct request *request, char *ret_path, size_t room)
{
	const char *start = strstr(request->line, "/api/") + strlen("/api/");

	snprintf(ret_path, room, "%.*s", (int)strcspn(start, "?") - 1, start);
}

static SB_UNUSED json_t *commit_rows(const struct request *request)
{
	json_t *rows = json_array(), *object;
	char path[128], place[160];
	size_t i;

	path_of(request, path, sizeof(path));
	json_array_foreach (request->body, i, object) {
		json_t *row = json_deep_copy(object);
		json_int_t id = json_integer_value(json_object_get(object, "id"));

		if (id && id == io->gone) {
			json_decref(row);
			continue;
		}
		if (!id)
			json_object_set_new(row, "id", json_integer(id = io->next_id++));
		snprintf(place, sizeof(place), "%s#%lld", path, (long long)id);
		if (sb_starts_with(request->line, "DELETE"))
			json_object_del(io->rows, place);
		else if (json_object_get(io->rows, place))
			json_object_update(json_object_get(io->rows, place), row);
		else
			json_object_set(io->rows, place, row);
		json_array_append_new(rows, row);
	}
	return rows;
}

static SB_UNUSED json_t *read_rows(const struct request *request)
{
	json_t *found = json_array(), *row, *page;
	char path[128], ask[64];
	const char *place;
	json_int_t n_cut = 0;

	path_of(request, path, sizeof(path));
	json_object_foreach (io->rows, place, row) {
		snprintf(ask, sizeof(ask), "id=%s", strchr(place, '#') + 1);
		if (!sb_starts_with(place, path) ||
		    (!strstr(request->line, ask) && strstr(request->line, "id=")))
			continue;
		if (io->cut && json_integer_value(json_object_get(row, "id")) == io->cut)
			n_cut++;
		else
			json_array_append(found, row);
	}
	page = json_pack("{s:I, s:n, s:n, s:o}", "count",
			 (json_int_t)json_array_size(found) + n_cut, "next", "previous", "results",
			 found);
	return page;
}

static SB_UNUSED bool is_bad(const json_t *object)
{
	const json_t *value = io->bad_field ? json_object_get(object, io->bad_field) : NULL,
		     *member;
	sb_autofree char *text = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
	size_t i;

	if (io->frozen && json_integer_value(json_object_get(object, "id")))
		return json_integer_value(json_object_get(object, "id")) <= io->frozen;
	if (json_is_integer(value) && json_integer_value(value) < io->below)
		return true;

	json_array_foreach (value, i, member) {
		sb_autofree char *one = json_dumps(member, JSON_ENCODE_ANY);

		if (io->bad_value && sb_streq(one, io->bad_value))
			return true;
	}
	return text && io->bad_value && sb_streq(text, io->bad_value);
}

static SB_UNUSED bool holds_bad(const json_t *body)
{
	const json_t *object;
	size_t i;

	json_array_foreach (body, i, object)
		if (is_bad(object))
			return true;
	return false;
}

static SB_UNUSED json_t *refuse_bad(const struct request *request, int *ret_status)
{
	const char *key = sb_starts_with(request->line, "PATCH") ? "id" : "index";
	json_t *errors;
	const json_t *object;
	size_t i;

	*ret_status = sb_streq(io->how, "500") ? 500 : 400;
	if (*ret_status == 500)
		return json_pack("{s:s, s:s}", "error", io->words, "exception", "ValueError");
	errors = json_array();
	json_array_foreach (request->body, i, object)
		if (is_bad(object))
			json_array_append_new(
				errors,
				json_pack("{s:I, s:{s:[s]}}", key,
					  sb_streq(key, "id") ? json_integer_value(json_object_get(
									object, "id"))
							      : (json_int_t)i,
					  "errors",
					  !sb_streq(io->how, "field") ? "__all__"
					  : io->named                 ? io->named
								      : io->bad_field,
					  io->words));
	return json_pack("{s:s, s:o}", "detail", "validation", "errors", errors);
}

static SB_UNUSED json_t *refusals_of(const json_t *body)
{
	json_t *errors = json_array();
	const json_t *object;
	size_t i;

	json_array_foreach (body, i, object) {
		const json_t *custom = json_object_get(object, "custom_fields");
		const char *words = io->varied ? sb_json_str(custom, "stagebox_key") : NULL;

		if (io->refused && sb_streq(name_of(object), io->refused))
			json_array_append_new(
				errors, json_pack("{s:I, s:{s:[s]}}", "index", (json_int_t)i,
						  "errors", "name", words ? words : "refused"));
	}
	return json_pack("{s:s, s:o}", "detail", "validation", "errors", errors);
}

/* Was another create on the same path under way at the same time? */
static SB_UNUSED bool overlaps_create(const struct request *request)
{
	size_t i;

	for (i = 0; i < io->n; i++) {
		const struct request *other = &io->log[i];

		if (other != request && sb_streq(other->line, request->line) &&
		    sb_starts_with(other->line, "POST") && other->sent_ms < request->due_ms &&
		    request->sent_ms < other->due_ms)
			return true;
	}
	return false;
}

static SB_UNUSED void answer_request(struct request *request)
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
	if (sb_starts_with(request->line, "GET")) {
		root = read_rows(request);
	} else if (holds_name(request->body, io->silent)) {
		io->silent = NULL;
		if (io->commits)
			json_decref(commit_rows(request));
		sb_fail(&answer.err, SB_E_TIMEOUT, "no answer");
	} else if (io->deadlocks && overlaps_create(request)) {
		answer.status = 500;
		root = json_pack("{s:s, s:s}", "error", "deadlock detected", "exception",
				 "OperationalError");
	} else if (!sb_starts_with(request->line, "DELETE") && holds_bad(request->body)) {
		root = refuse_bad(request, &answer.status);
	} else if (holds_name(request->body, io->refused)) {
		answer.status = 400;
		root = refusals_of(request->body);
	} else if (holds_name(request->body, io->nameless)) {
		answer.status = 500;
		root = json_pack("{s:s, s:s}", "error", "one of them", "exception", "DataError");
	} else {
		answer.status = sb_starts_with(request->line, "POST")     ? 201
				: sb_starts_with(request->line, "DELETE") ? 204
									  : 200;
		root = commit_rows(request);
	}
	text = root ? json_dumps(root, JSON_COMPACT) : NULL;
	answer.body = text ? text : "";
	answer.len = strlen(answer.body);
	done(request->arg, &answer);
}

static SB_UNUSED int io_send(struct sb_io *self, const struct sb_io_request *request,
			     sb_io_done *done, void *arg, struct sb_error *err)
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

/* Act as the parent: acknowledge every journal row, and keep all events. */
static SB_UNUSED bool take_events(void)
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
		json_object_set_new(event, "at_ms", json_integer(io->now_ms));
		io->lease_asked = io->lease_asked || sb_streq(what, "lease");
		if (!sb_streq(what, "request"))
			continue;
		any = dprintf(io->acks_fd, "{\"ack\":%lld}\n",
			      (long long)json_integer_value(json_object_get(event, "id"))) > 0;
	}
	free(text);
	return any;
}

static SB_UNUSED bool give_lease(void)
{
	if (!io->lease_asked || io->now_ms < io->lease_at_ms)
		return false;
	io->lease_asked = false;
	return dprintf(io->acks_fd, "{\"lease\":%lld}\n", (long long)io->lease_since) > 0;
}

static SB_UNUSED int io_wait(struct sb_io *self, int64_t timeout_ms, struct sb_error *err)
{
	int64_t until = io->now_ms + timeout_ms;
	size_t i;

	(void)err;
	if (take_events() | give_lease()) {
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
			answer_request(&io->log[i]);
			return 0;
		}
	}
	return 0;
}

static SB_UNUSED void io_cancel(struct sb_io *self, const void *arg)
{
	(void)self;
	(void)arg;
}

static SB_UNUSED int64_t io_now_ms(struct sb_io *self)
{
	(void)self;
	return io->now_ms;
}

static SB_UNUSED int64_t io_wall_s(struct sb_io *self)
{
	(void)self;
	return 1750000000 + io->now_ms / 1000;
}

static SB_UNUSED uint64_t io_random(struct sb_io *self)
{
	(void)self;
	return 25;
}

static SB_UNUSED void io_destroy(struct sb_io *self)
{
	(void)self;
}

static const struct sb_io_ops ops = {io_send,   io_cancel, io_wait,   io_now_ms,
				     io_wall_s, io_random, io_destroy};

static SB_UNUSED int setup_apply(void **state)
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

static SB_UNUSED int teardown_apply(void **state)
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

static SB_UNUSED struct sb_op *add_op(const char *kind, enum sb_verb verb, const char *key,
				      const char *stage_, const char *set, const char *was)
{
	struct sb_op *made =
		sb_plan_add(&fx->run->diff->plan, get_list(kind)->kind, verb, key, stage_, "",
			    set ? parse_quoted(set) : NULL, was ? parse_quoted(was) : NULL);

	assert_non_null(made);
	return made;
}

static SB_UNUSED void apply_plan(void)
{
	struct sb_error err = SB_ERROR_INIT;

	if (sb_plan_link(&fx->run->diff->plan, &err) < 0 ||
	    sb_apply(fx->run, fx->run->events, &err) < 0)
		fail_msg("%s", err.text);
	take_events();
}

static const struct sb_op *find_op(const char *key)
{
	const struct sb_op *found = sb_plan_find(&fx->run->diff->plan, key);

	assert_non_null(found);
	return found;
}

static SB_UNUSED void assert_op(const char *key, enum sb_op_state state, const char *cause)
{
	const struct sb_op *found = find_op(key);

	if (found->state != state || (cause && (!found->cause || !strstr(found->cause, cause))))
		fail_msg("%s: state %d, not %d: %s", key, (int)found->state, (int)state,
			 found->cause ? found->cause : "no cause");
}

static SB_UNUSED void assert_all_done(void)
{
	size_t i;

	for (i = 0; i < n_ops(); i++)
		assert_op(fx->run->diff->plan.ops[i].key, SB_OP_DONE, NULL);
}

static SB_UNUSED const char *method_and_path(size_t at)
{
	static char text[200];
	char path[128];

	path_of(&io->log[at], path, sizeof(path));
	snprintf(text, sizeof(text), "%.*s %s", (int)strcspn(io->log[at].line, " "),
		 io->log[at].line, path);
	return text;
}

static SB_UNUSED size_t count_requests(const char *what)
{
	size_t i, n = 0;

	for (i = 0; i < io->n; i++)
		n += sb_streq(method_and_path(i), what);
	return n;
}
