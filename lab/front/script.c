/* SPDX-License-Identifier: Apache-2.0 */
/* Scripted answers: what a server answers for a path, whatever its state. */
#include "front/script.h"
#include "front/exchange.h"
#include "front/reply.h"

enum { STATUS_MIN = 200, STATUS_MAX = 599 };

struct lab_script {
	struct lab_script *next;
	char *path;   /* "/api2/json/pools", perhaps with a query */
	char *method; /* NULL = all */
	int status;
	json_t *body; /* or */
	char *text;   /* both NULL = an empty body */
	unsigned left;
};

static void script_destroy(struct lab_script *script)
{
	free(script->path);
	free(script->method);
	free(script->text);
	json_decref(script->body);
	free(script);
}

/* Complete a path by the prefix that all paths of the server have. New text. */
static char *whole_path(const struct lab_server *server, const char *path)
{
	const char *prefix = server->netbox ? "/api" : "/api2/json";
	sb_autobuf text = SB_BUF_INIT(4096);
	size_t len = strlen(prefix);

	if (strncmp(path, prefix, len) != 0 || path[len] != '/')
		sb_buf_addf(&text, "%s%s", prefix, *path == '/' ? "" : "/");
	sb_buf_add(&text, path);
	return sb_buf_take(&text);
}

/* The length of a path without the slash at its end, which NetBox has and Proxmox VE has not. */
static size_t bare_length(const char *path)
{
	size_t len = strlen(path);

	return len && path[len - 1] == '/' ? len - 1 : len;
}

static bool same_path(const char *a, const char *b)
{
	size_t len = bare_length(a);

	return len == bare_length(b) && strncmp(a, b, len) == 0;
}

static struct lab_script **find_script(struct lab_server *server, const char *path)
{
	struct lab_script **link = &server->scripts;

	while (*link && !same_path((*link)->path, path))
		link = &(*link)->next;
	return link;
}

static void remove_script(struct lab_script **link)
{
	struct lab_script *script = *link;

	*link = script->next;
	script_destroy(script);
}

/* Check the members of a file. NULL, or a static message. */
static const char *check_file(const json_t *file)
{
	const json_t *status = json_object_get(file, "status");
	const char *key;
	json_t *value;

	if (!json_is_object(file))
		return "the file is not a JSON object";
	json_object_foreach ((json_t *)(uintptr_t)file, key, value) {
		if (sb_streq(key, "status") || sb_streq(key, "body"))
			continue;
		if (!sb_streq(key, "text") && !sb_streq(key, "method"))
			return "the file has an unknown member; use status, body, text and method";
		if (!json_is_string(value))
			return "text and method of the file must be strings";
	}
	if (status && (!json_is_integer(status) || json_integer_value(status) < STATUS_MIN ||
		       json_integer_value(status) > STATUS_MAX))
		return "status of the file must be a number from 200 to 599";
	if (json_object_get(file, "body") && json_object_get(file, "text"))
		return "the file has both body and text; use one of them";
	return NULL;
}

static char *copy_text(const json_t *file, const char *key)
{
	const char *text = json_string_value(json_object_get(file, key));

	return text ? strdup(text) : NULL;
}

int lab_script_set(struct lab_server *server, const char *path, const json_t *file, unsigned times,
		   const char **ret_why)
{
	const json_t *status = json_object_get(file, "status");
	struct lab_script *script, **link;

	*ret_why = check_file(file);
	if (*ret_why)
		return -1;
	*ret_why = "out of memory";
	script = calloc(1, sizeof(*script));
	if (!script)
		return -1;
	script->path = whole_path(server, path);
	if (!script->path) {
		script_destroy(script);
		return -1;
	}
	script->status = status ? (int)json_integer_value(status) : 200;
	script->method = copy_text(file, "method");
	script->text = copy_text(file, "text");
	script->body = json_deep_copy(json_object_get(file, "body"));
	script->left = times;
	pthread_mutex_lock(&server->lock);
	link = find_script(server, script->path);
	if (*link)
		remove_script(link);
	script->next = server->scripts;
	server->scripts = script;
	pthread_mutex_unlock(&server->lock);
	return 0;
}

bool lab_script_remove(struct lab_server *server, const char *path)
{
	sb_autofree char *whole = whole_path(server, path);
	struct lab_script **link;
	bool is_found;

	if (!whole)
		return false;
	pthread_mutex_lock(&server->lock);
	link = find_script(server, whole);
	is_found = *link != NULL;
	if (is_found)
		remove_script(link);
	pthread_mutex_unlock(&server->lock);
	return is_found;
}

void lab_script_clear(struct lab_server *server)
{
	pthread_mutex_lock(&server->lock);
	while (server->scripts)
		remove_script(&server->scripts);
	pthread_mutex_unlock(&server->lock);
}

static bool script_fits(const struct lab_script *script, const struct lab_exchange *exchange)
{
	const char *path = strchr(script->path, '?') ? exchange->target : exchange->raw_path;

	return same_path(script->path, path) &&
	       (!script->method || sb_streq(script->method, exchange->request.method));
}

bool lab_script_apply(struct lab_exchange *exchange)
{
	struct lab_server *server = exchange->server;
	struct lab_answer *answer = &exchange->answer;
	struct lab_script **link = &server->scripts, *script;

	pthread_mutex_lock(&server->lock);
	while (*link && !script_fits(*link, exchange))
		link = &(*link)->next;
	script = *link;
	if (script) {
		answer->status = script->status;
		answer->close = server->pve && script->status >= 400;
		if (script->text)
			lab_reply_text(answer, script->status, "text/plain", script->text);
		else
			answer->json = json_deep_copy(script->body);
		if (script->left && --script->left == 0)
			remove_script(link);
	}
	pthread_mutex_unlock(&server->lock);
	return script != NULL;
}

void lab_script_list(struct lab_server *server, json_t *list)
{
	const struct lab_script *script;

	pthread_mutex_lock(&server->lock);
	for (script = server->scripts; script; script = script->next)
		json_array_append_new(
			list,
			json_pack("{s:s,s:s,s:s,s:i,s:O*,s:s*,s:I}", "server", server->slug, "path",
				  script->path, "method", script->method ? script->method : "any",
				  "status", script->status, "body", script->body, "text",
				  script->text, "times", (json_int_t)script->left));
	pthread_mutex_unlock(&server->lock);
}
