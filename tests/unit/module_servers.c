/* SPDX-License-Identifier: Apache-2.0 */
/* The scripted servers of a module test. */
#include "module_servers.h"

#include <stdlib.h>

#define PVE "/api2/json"

struct script {
	struct fake_io *io;
	const struct module_run *run;
	json_t *texts;
};

/* Keeps a text as long as the io is used. */
static const char *keep_text(const struct script *script, json_t *text_take)
{
	json_array_append_new(script->texts, text_take);
	return json_string_value(text_take);
}

static void add_answer(const struct script *script, const char *path, json_t *body_take)
{
	char *text = json_dumps(body_take, JSON_COMPACT | JSON_ENCODE_ANY);
	struct fake_answer answer = {.method = "GET",
				     .path = path,
				     .status = 200,
				     .body = keep_text(script, json_string(text)),
				     .type = "application/json"};

	free(text);
	json_decref(body_take);
	fake_io_add(script->io, &answer);
}

/* The answer to the next request for the path, before the answers of the test. */
static void add_first(const struct script *script, const char *path, const char *body)
{
	struct fake_answer answer = {.method = "GET",
				     .path = path,
				     .status = 200,
				     .body = body,
				     .type = "application/json",
				     .times = 1};

	fake_io_add(script->io, &answer);
}

static json_t *permissions_of(const struct module_run *run)
{
	json_t *paths = json_object(), *value;
	const char *words;

	json_object_foreach (run->may, words, value) {
		size_t len = strcspn(words, " ");
		json_t *rights;
		char path[160];

		snprintf(path, sizeof(path), "%.*s", (int)len, words);
		rights = module_member(paths, path);
		if (json_integer_value(value))
			json_object_set_new(rights, words + len + 1, json_integer(1));
	}
	return paths;
}

/* The session begins with these requests. */
static void add_contact(const struct script *script)
{
	const struct module_run *run = script->run;
	sb_autojson *rights = json_pack("{s:o}", "data", permissions_of(run));
	char *rights_text = json_dumps(rights, 0);
	json_t *netbox =
		json_sprintf("{\"netbox-version\":\"%s\"}", run->netbox ? run->netbox : "4.7.3");
	json_t *status = json_sprintf(
		run->is_cluster ? "{\"data\":[{\"type\":\"cluster\",\"name\":\"%s\","
				  "\"quorate\":1},{\"type\":\"node\",\"name\":\"pve1\"}]}"
				: "{\"data\":[{\"type\":\"node\",\"name\":\"%s\"}]}",
		run->name);

	add_first(script, PVE "/version",
		  run->major == 8 ? "{\"data\":{\"version\":\"8.4.1\"}}"
				  : "{\"data\":{\"version\":\"9.2.11\"}}");
	add_first(script, PVE "/cluster/status", keep_text(script, status));
	add_first(script, PVE "/access/permissions", keep_text(script, json_string(rights_text)));
	add_first(script, "/api/status/", keep_text(script, netbox));
	add_first(script, "/api/virtualization/",
		  run->no_vm_type ? "{}" : "{\"virtual-machine-types\":\"x\"}");
	free(rights_text);
}

static void add_refusal(const struct script *script, const char *path, const char *text)
{
	struct fake_answer answer = {.method = "GET",
				     .path = path,
				     .body = "{\"data\":null}",
				     .delay_ms = script->run->slow_ms};

	if (sb_starts_with(text, "HTTP ")) {
		answer.status = (int)strtol(text + 5, NULL, 10);
		answer.reason = text[8] ? text + 9 : "";
	} else {
		answer.err = SB_E_TIMEOUT;
	}
	fake_io_add(script->io, &answer);
}

static void add_answers(const struct script *script)
{
	const char *path;
	json_t *data;

	json_object_foreach (script->run->answers, path, data) {
		const char *text = sb_json_str(data, "!");
		const char *whole = keep_text(script, json_sprintf(PVE "%s", path));

		if (text)
			add_refusal(script, whole, text);
		else
			add_answer(script, whole, json_pack("{s:O}", "data", data));
	}
	add_refusal(script, PVE "/*", "HTTP 595 No route to host");
}

static json_t *wrap_rows(json_t *rows_take)
{
	return json_pack("{s:i, s:n, s:n, s:o}", "count", (int)json_array_size(rows_take), "next",
			 "previous", "results", rows_take);
}

static void add_list(const struct script *script, const char *query, const struct sb_kind *kind)
{
	json_t *rows = json_object_get(script->run->objects, kind->name);

	add_answer(script, keep_text(script, json_sprintf("/api/%s/?%s*", kind->path, query)),
		   wrap_rows(rows ? json_incref(rows) : json_array()));
}

/* The lists that the engine reads: of ours by their key, of shared kinds all. Up to 4.6 guests are
 * read without their config_context. Nothing else is found in NetBox. */
static void add_netbox(const struct script *script, const struct sb_kinds *kinds)
{
	static const char ours[] = "cf_stagebox_key__isw=lab%2F";
	static const char stripped[] = "exclude=config_context&cf_stagebox_key__isw=lab%2F";
	size_t i;

	for (i = 0; i < sb_kinds_count(kinds); i++) {
		const struct sb_kind *kind = sb_kinds_at(kinds, i);

		if (kind->flags & SB_KIND_SHARED)
			add_list(script, "fields=", kind);
		if (kind->flags & SB_KIND_OWNED) {
			add_list(script, ours, kind);
			add_list(script, stripped, kind);
		}
	}
	add_answer(script, "/api/*", wrap_rows(json_array()));
}

void module_script(struct fake_io *io, const struct module_run *run, const struct sb_kinds *kinds,
		   json_t *texts)
{
	const struct script script = {io, run, texts};

	add_contact(&script);
	add_answers(&script);
	add_netbox(&script, kinds);
}
