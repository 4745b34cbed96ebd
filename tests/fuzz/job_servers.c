/* SPDX-License-Identifier: Apache-2.0 */
/* The servers of the target "job": recorded answers, and a NetBox that takes writes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "job.h"
#include "stagebox/json.h"

enum { MAX_WAITS = 100000 };

struct asked {
	struct asked *next;
	uint64_t number;
	char *server, *method, *path;
	json_t *body; /* NULL when there is none */
	sb_io_done *done;
	void *arg;
};

struct servers {
	struct sb_io io;
	const struct job_world *world;
	struct job_parent *parent;
	json_t *lists[JOB_ANSWERS]; /* the answer as JSON, as far as rows were looked for */
	json_t *rows;               /* "path#id" -> row, as written */
	json_int_t next_id;
	struct asked *first, **end;
	int64_t now_ms, wall_s;
	uint64_t random, asked;
	unsigned waits;
};

/* The path without "fields=...". Caller frees. */
static char *without_fields(const char *path)
{
	const char *fields = strstr(path, "?fields="), *rest;
	sb_autobuf text = SB_BUF_INIT(1u << 20);

	if (!fields)
		fields = strstr(path, "&fields=");
	if (!fields)
		return strdup(path);
	rest = fields + 1 + strcspn(fields + 1, "&");
	sb_buf_add_mem(&text, path, (size_t)(fields - path));
	if (*rest) {
		sb_buf_add_mem(&text, fields, 1);
		sb_buf_add(&text, rest + 1);
	}
	return sb_buf_take(&text);
}

static int servers_send(struct sb_io *io, const struct sb_io_request *request, sb_io_done *done,
			void *arg, struct sb_error *err)
{
	struct servers *self = (struct servers *)io;
	struct asked *asked = calloc(1, sizeof(*asked));

	(void)err;
	if (!asked)
		abort();
	asked->server = strdup(request->server);
	asked->method = strdup(request->method);
	asked->path = without_fields(request->path);
	if (request->body)
		asked->body = json_loadb(request->body, request->body_len, 0, NULL);
	if (request->body && !asked->body)
		job_finding("a request whose body is not JSON");
	asked->number = ++self->asked;
	asked->done = done;
	asked->arg = arg;
	*self->end = asked;
	self->end = &asked->next;
	return 0;
}

static void asked_destroy(struct asked *asked)
{
	free(asked->server);
	free(asked->method);
	free(asked->path);
	json_decref(asked->body);
	free(asked);
}

static void servers_cancel(struct sb_io *io, const void *arg)
{
	struct servers *self = (struct servers *)io;
	struct asked **link = &self->first;

	while (*link) {
		struct asked *asked = *link;

		if (asked->arg == arg) {
			*link = asked->next;
			asked_destroy(asked);
		} else
			link = &asked->next;
	}
	self->end = link;
}

static const struct job_answer *find_recorded(const struct servers *self, const struct asked *asked)
{
	size_t i;

	for (i = 0; i < self->world->n; i++) {
		const struct job_answer *answer = &self->world->answers[i];

		if (sb_streq(answer->path, asked->path) &&
		    sb_streq(answer->method, asked->method) &&
		    sb_streq(answer->server, asked->server))
			return answer;
	}
	return NULL;
}

/* Is this the list of the request, whatever is asked of it? */
static bool is_same_list(const struct job_answer *answer, const struct asked *asked)
{
	size_t len = strcspn(asked->path, "?");

	return sb_streq(answer->server, asked->server) && sb_streq(answer->method, "GET") &&
	       strncmp(answer->path, asked->path, len) == 0 && strchr("?", answer->path[len]);
}

static json_t *recorded_row(struct servers *self, const struct asked *asked, json_int_t id)
{
	size_t i, k;

	for (i = 0; i < self->world->n; i++) {
		const struct job_answer *answer = &self->world->answers[i];
		json_t *row;

		if (!is_same_list(answer, asked))
			continue;
		if (!self->lists[i])
			self->lists[i] = json_loadb(answer->body, answer->len, 0, NULL);
		json_array_foreach (json_object_get(self->lists[i], "results"), k, row)
			if (json_integer_value(json_object_get(row, "id")) == id)
				return row;
	}
	return NULL;
}

static void place_of(const struct asked *asked, json_int_t id, char *ret_place, size_t room)
{
	snprintf(ret_place, room, "%.*s#%" JSON_INTEGER_FORMAT, (int)strcspn(asked->path, "?"),
		 asked->path, id);
}

static json_t *row_of(struct servers *self, const struct asked *asked, json_int_t id)
{
	char place[200];
	json_t *row;

	place_of(asked, id, place, sizeof(place));
	row = json_object_get(self->rows, place);
	if (json_is_null(row)) /* deleted */
		return NULL;
	return row ? row : recorded_row(self, asked, id);
}

/* The rows with the ids of the query; without ids none. */
static json_t *page_of(struct servers *self, const struct asked *asked)
{
	const char *at = asked->path + strcspn(asked->path, "?");
	json_t *rows = json_array(), *row;

	while (*at) {
		if (sb_starts_with(++at, "id=")) {
			row = row_of(self, asked, strtoll(at + strlen("id="), NULL, 10));
			if (row)
				json_array_append(rows, row);
		}
		at += strcspn(at, "&");
	}
	return json_pack("{s:I, s:n, s:n, s:o}", "count", (json_int_t)json_array_size(rows), "next",
			 "previous", "results", rows);
}

static json_t *commit_one(struct servers *self, const struct asked *asked, const json_t *object)
{
	json_int_t id = json_integer_value(json_object_get(object, "id"));
	json_t *row = id ? row_of(self, asked, id) : NULL;
	char place[200];

	row = row ? json_deep_copy(row) : json_object();
	json_object_update(row, (json_t *)(uintptr_t)object);
	if (!id)
		json_object_set_new(row, "id", json_integer(id = self->next_id++));
	place_of(asked, id, place, sizeof(place));
	if (sb_streq(asked->method, "DELETE"))
		json_object_set_new(self->rows, place, json_null());
	else
		json_object_set(self->rows, place, row);
	return row;
}

static json_t *commit_rows(struct servers *self, const struct asked *asked)
{
	json_t *rows = json_array();
	const json_t *object;
	size_t i;

	if (json_is_object(asked->body)) {
		json_decref(rows);
		return commit_one(self, asked, asked->body);
	}
	json_array_foreach (asked->body, i, object)
		json_array_append_new(rows, commit_one(self, asked, object));
	return rows;
}

static json_t *refusal_of(const struct asked *asked)
{
	const json_t *item = json_array_get(asked->body, 0);
	json_t *id = json_object_get(item, "id");
	const char *field = json_object_iter_key(json_object_iter((json_t *)(uintptr_t)item));

	return json_pack("{s:s, s:[{s:O?, s:i, s:{s:[s]}}]}", "detail", "validation", "errors",
			 "id", id, "index", 0, "errors", field ? field : "__all__", "Not allowed.");
}

static void give_json(const struct asked *asked, int status, const json_t *body)
{
	sb_autofree char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	struct sb_io_answer answer = {.status = status,
				      .reason = "",
				      .body = text ? text : "",
				      .content_type = "application/json",
				      .api_version = "4.7"};

	answer.len = strlen(answer.body);
	asked->done(asked->arg, &answer);
}

static void give_text(const struct asked *asked, int status, const char *text)
{
	struct sb_io_answer answer = {.status = status,
				      .reason = "",
				      .body = text,
				      .len = strlen(text),
				      .content_type = "application/json",
				      .api_version = "4.7"};

	asked->done(asked->arg, &answer);
}

static void give_nothing(const struct asked *asked)
{
	struct sb_io_answer answer = {
		.reason = "", .body = "", .content_type = "", .api_version = ""};

	sb_fail(&answer.err, SB_E_TIMEOUT, "no answer");
	answer.err.retryable = true;
	asked->done(asked->arg, &answer);
}

static void drop_ids(json_t *rows)
{
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		json_object_del(row, "id");
}

static void answer_write(struct servers *self, const struct asked *asked)
{
	unsigned number = self->parent->writes++;
	enum job_write how = number < JOB_WRITES ? self->world->writes[number] : JOB_WRITE_TAKEN;
	bool is_delete = sb_streq(asked->method, "DELETE");
	int status = is_delete ? 204 : sb_streq(asked->method, "POST") ? 201 : 200;
	sb_autojson *body = NULL;

	if (self->parent->writes > self->parent->acks)
		job_finding("a write that the parent did not acknowledge");
	self->parent->deletes += is_delete;
	switch (how) {
	case JOB_WRITE_REFUSED: body = refusal_of(asked); return give_json(asked, 400, body);
	case JOB_WRITE_REFUSED_TEXT: return give_text(asked, 400, "{\"detail\":\"No.\"}");
	case JOB_WRITE_DEADLOCK:
		return give_text(asked, 500,
				 "{\"error\":\"deadlock detected\",\"exception\":"
				 "\"OperationalError\"}");
	case JOB_WRITE_LOST: return give_nothing(asked);
	case JOB_WRITE_DENIED: return give_text(asked, 403, "{\"detail\":\"Denied.\"}");
	case JOB_WRITE_UNKNOWN: return give_text(asked, 404, "{\"detail\":\"Not found.\"}");
	case JOB_WRITE_TOO_MANY: return give_text(asked, 429, "");
	default: break;
	}
	body = commit_rows(self, asked);
	switch (how) {
	case JOB_WRITE_TAKEN_UNHEARD: return give_nothing(asked);
	case JOB_WRITE_TAKEN_GARBAGE: return give_text(asked, status, "[{\"id\":");
	case JOB_WRITE_TAKEN_NO_ROWS: return give_text(asked, status, "[]");
	case JOB_WRITE_TAKEN_NO_IDS: {
		sb_autojson *copy = json_deep_copy(body);

		drop_ids(copy);
		return give_json(asked, status, copy);
	}
	default: return give_json(asked, status, is_delete ? NULL : body);
	}
}

static void answer_recorded(const struct asked *asked, const struct job_answer *recorded)
{
	struct sb_io_answer answer = {
		.status = recorded->status,
		.reason = "",
		.body = recorded->body,
		.len = recorded->len,
		.content_type = recorded->type,
		.api_version = recorded->api_version,
	};

	if (!recorded->status)
		return give_nothing(asked);
	asked->done(asked->arg, &answer);
}

static void answer_other(struct servers *self, const struct asked *asked)
{
	const char *vmid = strstr(asked->path, "/cluster/nextid?vmid=");
	sb_autojson *body = NULL;

	if (vmid) {
		body = json_pack("{s:s}", "data", strchr(vmid, '=') + 1);
		give_json(asked, 200, body);
	} else if (!sb_streq(asked->server, "netbox")) {
		give_text(asked, 500, "{\"data\":null}");
	} else if (!sb_streq(asked->method, "GET")) {
		give_text(asked, 200, "{}");
	} else {
		body = page_of(self, asked);
		give_json(asked, 200, body);
	}
}

static bool is_write(const struct asked *asked)
{
	return sb_streq(asked->method, "POST") || sb_streq(asked->method, "PATCH") ||
	       sb_streq(asked->method, "PUT") || sb_streq(asked->method, "DELETE");
}

static void answer_request(struct servers *self, const struct asked *asked)
{
	const struct job_answer *recorded = find_recorded(self, asked);

	if (is_write(asked) && !sb_streq(asked->server, "netbox"))
		job_finding("a write to Proxmox VE");
	if (is_write(asked))
		answer_write(self, asked);
	else if (recorded)
		answer_recorded(asked, recorded);
	else
		answer_other(self, asked);
}

static int servers_wait(struct sb_io *io, int64_t timeout_ms, struct sb_error *err)
{
	struct servers *self = (struct servers *)io;
	bool delivered = self->first != NULL;
	uint64_t until = self->asked;

	(void)err;
	if (++self->waits > MAX_WAITS)
		job_finding("the job waits without end");
	if (job_parent_turn(self->parent)) {
		io->on_readable(io->watch_arg);
		return 0;
	}
	while (self->first && self->first->number <= until) {
		struct asked *asked = self->first;

		self->first = asked->next;
		if (!self->first)
			self->end = &self->first;
		answer_request(self, asked);
		asked_destroy(asked);
	}
	if (!delivered && timeout_ms > 0)
		self->now_ms += timeout_ms;
	return 0;
}

static int64_t servers_now_ms(struct sb_io *io)
{
	return ((struct servers *)io)->now_ms;
}

static int64_t servers_wall_s(struct sb_io *io)
{
	struct servers *self = (struct servers *)io;

	return self->wall_s + self->now_ms / 1000;
}

static uint64_t servers_random(struct sb_io *io)
{
	uint64_t z = (((struct servers *)io)->random += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	return z ^ (z >> 31);
}

static void servers_destroy(struct sb_io *io)
{
	struct servers *self = (struct servers *)io;
	size_t i;

	while (self->first) {
		struct asked *asked = self->first;

		self->first = asked->next;
		asked_destroy(asked);
	}
	for (i = 0; i < JOB_ANSWERS; i++)
		json_decref(self->lists[i]);
	json_decref(self->rows);
	free(self);
}

struct sb_io *job_servers_create(const struct job_world *world, struct job_parent *parent,
				 int64_t wall_s)
{
	static const struct sb_io_ops ops = {servers_send,   servers_cancel, servers_wait,
					     servers_now_ms, servers_wall_s, servers_random,
					     servers_destroy};
	struct servers *self = calloc(1, sizeof(*self));

	if (!self)
		abort();
	*self = (struct servers){
		.io = {.ops = &ops, .watch_fd = -1},
		.world = world,
		.parent = parent,
		.rows = json_object(),
		.next_id = 5000,
		.end = &self->first,
		.wall_s = wall_s,
	};
	return &self->io;
}
