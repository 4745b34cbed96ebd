/* SPDX-License-Identifier: Apache-2.0 */
/* The connections of a job. */
#include "run/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/list.h"
#include "conf/conf.h"
#include "model/custom_fields.h"
#include "pve/credentials.h"
#include "pve/write.h"
#include "stagebox/json.h"
#include "stagebox/log.h"

#define MAX_URLS 64 /* the limit of the configuration */

enum { MAX_SERVERS = 3 }; /* NetBox, Proxmox VE, Proxmox VE with the write token */

/* The table entry of one server, with the texts that it points to. */
struct server {
	struct sb_io_server io;
	const char *urls[MAX_URLS + 1];
	char *authorization, *id;
	struct sb_io_login login;
};

static void server_finish(struct server *server)
{
	if (server->authorization)
		memset(server->authorization, 0, strlen(server->authorization));
	free(server->authorization);
	free(server->id);
}

static char *concat_texts(const char *a, const char *b)
{
	sb_autobuf text = SB_BUF_INIT(4096);

	sb_buf_add(&text, a);
	sb_buf_add(&text, b ? b : "");
	return sb_buf_take(&text);
}

static void set_common_options(struct server *server, const json_t *group)
{
	server->io.id = server->id;
	server->io.urls = server->urls;
	server->io.authorization = server->authorization;
	server->io.verify_ssl = json_is_true(json_object_get(group, "verify_ssl"));
	server->io.ca_file = sb_json_str(group, "ca_file");
	server->io.fingerprints = sb_json_str(group, "fingerprint");
	server->io.proxy = sb_json_str(group, "proxy");
	server->io.proxy_auth = sb_json_str(group, "proxy_auth");
}

static bool netbox_server(struct server *server, const json_t *group)
{
	const char *token = sb_json_str(group, "token");

	/* A v2 token is recognised by its prefix. */
	server->authorization =
		concat_texts(token && sb_starts_with(token, "nbt_") ? "Bearer " : "Token ", token);
	server->id = strdup("netbox");
	server->urls[0] = sb_json_str(group, "url");
	set_common_options(server, group);
	server->io.max_idle_ms = 1000; /* gunicorn closes after 2 s idle */
	return server->authorization && server->id && server->urls[0];
}

static int pve_credentials(struct server *server, const json_t *group, bool is_writer,
			   struct sb_error *err)
{
	const char *token = sb_json_str(group, is_writer ? "write_token" : "token");
	const char *user = sb_json_str(group, "user");
	int rc;

	if (!is_writer && user && *user) {
		sb_pve_login(user, sb_json_str(group, "password"), &server->login);
		server->io.login = &server->login;
		return 0;
	}
	rc = sb_pve_token_check(token ? token : "", err);
	if (rc < 0)
		return sb_context(err, rc, "endpoint %s%s", sb_json_str(group, "slug"),
				  is_writer ? ", write_token" : "");
	server->authorization = concat_texts("PVEAPIToken=", token);
	return server->authorization ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}

/* A server of the io per token: what has no write token cannot write. */
static int pve_server(struct server *server, const json_t *group, const char *slug, bool is_writer,
		      struct sb_error *err)
{
	const json_t *urls = json_object_get(group, "urls"), *url;
	size_t i;
	int rc = pve_credentials(server, group, is_writer, err);

	server->id = concat_texts(is_writer ? SB_PVE_WRITE_SERVER : "pve:", slug);
	json_array_foreach (urls, i, url) {
		if (i < MAX_URLS)
			server->urls[i] = json_string_value(url);
	}
	set_common_options(server, group);
	server->io.gzip = true;
	server->io.max_idle_ms = 4000; /* pveproxy closes after 5 s idle */
	if (!rc && (!server->id || !server->urls[0]))
		rc = sb_fail(err, SB_E_CONFIG, "endpoint %s: no URL", slug);
	return rc;
}

static void on_line(void *arg, const char *line)
{
	sb_event_send(arg, json_pack("{s:s, s:s}", "ev", "recorded", "line", line));
}

static int make_io(const json_t *conf, const char *slug, const json_t *task, const json_t *replay,
		   struct sb_events *events, struct sb_io **ret_io, struct sb_error *err)
{
	struct server servers[MAX_SERVERS] = {0};
	struct sb_io_server table[MAX_SERVERS];
	const json_t *group = sb_conf_endpoint(conf, slug);
	const char *write_token = sb_json_str(group, "write_token");
	struct sb_io *io = NULL;
	size_t n = 1, i;
	int rc = 0;

	if (replay) {
		rc = sb_io_replay_create(replay,
					 json_integer_value(json_object_get(task, "replay_wall_s")),
					 ret_io, err);
		if (!rc && json_is_true(json_object_get(task, "asks")))
			sb_events_ask(events, *ret_io);
		return rc;
	}
	if (!netbox_server(&servers[0], json_object_get(conf, "netbox")))
		rc = sb_fail(err, SB_E_CONFIG, "NetBox: url or token is missing");
	if (!rc && *slug)
		rc = pve_server(&servers[n++], group, slug, false, err);
	if (!rc && *slug && write_token && *write_token)
		rc = pve_server(&servers[n++], group, slug, true, err);
	for (i = 0; i < n; i++)
		table[i] = servers[i].io;
	if (!rc)
		rc = sb_io_curl_create(table, n, &io, err);
	for (i = 0; i < MAX_SERVERS; i++)
		server_finish(&servers[i]);
	if (!rc && json_is_true(json_object_get(task, "record")))
		return sb_io_record_create(io, on_line, events, ret_io, err);
	*ret_io = io;
	return rc;
}

static int create_one_io(struct server *server, int rc, struct sb_io **ret_io, struct sb_error *err)
{
	if (!rc)
		rc = sb_io_curl_create(&server->io, 1, ret_io, err);
	server_finish(server);
	return rc;
}

int sb_session_netbox_io(const json_t *conf, struct sb_io **ret_io, struct sb_error *err)
{
	struct server server = {0};
	bool ok = netbox_server(&server, json_object_get(conf, "netbox"));

	return create_one_io(&server,
			     ok ? 0 : sb_fail(err, SB_E_CONFIG, "NetBox: url or token is missing"),
			     ret_io, err);
}

int sb_session_pve_io(const json_t *conf, const char *slug, unsigned url, struct sb_io **ret_io,
		      struct sb_error *err)
{
	struct server server = {0};
	int rc = pve_server(&server, sb_conf_endpoint(conf, slug), slug, false, err);

	if (!rc) {
		server.urls[0] = server.urls[url < MAX_URLS ? url : 0];
		server.urls[1] = NULL;
	}
	return create_one_io(&server, rc, ret_io, err);
}

void sb_session_check_clock(const struct sb_http *http, const char *server)
{
	int64_t skew;

	if (sb_http_skew(http, server, &skew) && llabs(skew) > SB_CLOCK_BOUND_S)
		sb_log(SB_LOG_WARN,
		       "the clock of %s is %lld s %s ours: enable time synchronisation on both "
		       "hosts",
		       server, llabs(skew), skew > 0 ? "ahead of" : "behind");
}

int sb_session_create(const json_t *conf, const char *slug, const json_t *task,
		      const json_t *replay, const char *pinned, struct sb_events *events,
		      struct sb_session *ret_session, struct sb_error *err)
{
	struct sb_session session = {0};
	int rc;

	rc = make_io(conf, slug, task, replay, events, &session.io, err);
	if (!rc)
		rc = sb_http_create(session.io, &session.http, err);
	if (!rc)
		rc = sb_netbox_create(session.http, &session.netbox, err);
	if (!rc && *slug)
		rc = sb_pve_create(session.http, slug, pinned,
				   (unsigned)json_array_size(
					   json_object_get(sb_conf_endpoint(conf, slug), "urls")),
				   &session.pve, err);
	if (rc < 0) {
		sb_session_finish(&session);
		return rc;
	}
	sb_events_attach(events, session.io);
	*ret_session = session;
	return 0;
}

void sb_session_finish(struct sb_session *session)
{
	sb_pve_destroy(session->pve);
	sb_netbox_destroy(session->netbox);
	sb_http_destroy(session->http);
	sb_io_destroy(session->io);
	memset(session, 0, sizeof(*session));
}

int sb_session_get(struct sb_run *run, const char *path, json_t **ret_data, struct sb_error *err)
{
	return sb_netbox_get_wait(run->netbox, path, ret_data, err);
}

char *sb_session_custom_path(const json_t *names, size_t from)
{
	sb_autobuf path = SB_BUF_INIT(8192);
	size_t i;

	sb_buf_addf(&path, "extras/custom-fields/?limit=%d", SB_CUSTOM_NAMES);
	for (i = from; i < json_array_size(names) && i < from + SB_CUSTOM_NAMES; i++)
		sb_buf_addf(&path, "&name=%s", json_string_value(json_array_get(names, i)));
	return sb_buf_take(&path);
}

int sb_session_custom_rows(const json_t *list, const json_t *names, json_t *rows,
			   struct sb_error *err)
{
	const json_t *results = json_object_get(list, "results"), *row;
	size_t count = (size_t)json_integer_value(json_object_get(list, "count")), i;
	size_t before = json_object_size(rows);

	json_array_foreach (results, i, row) {
		const json_t *name = json_object_get(row, "name");

		if (sb_list_holds(names, name))
			json_object_set(rows, json_string_value(name), (json_t *)(uintptr_t)row);
	}
	if (count != json_array_size(results) || count != json_object_size(rows) - before)
		return sb_fail(err, SB_E_SHAPE,
			       "NetBox: incomplete or unfiltered list of the custom fields of "
			       "stagebox: cannot tell whether bootstrap has run");
	return 0;
}

static int read_custom_part(struct sb_run *run, const json_t *names, size_t from, json_t *rows,
			    struct sb_error *err)
{
	sb_autofree char *path = sb_session_custom_path(names, from);
	sb_autojson *list = NULL;
	int rc = path ? sb_session_get(run, path, &list, err)
		      : sb_fail(err, SB_E_NOMEM, "out of memory");

	return rc < 0 ? rc : sb_session_custom_rows(list, names, rows, err);
}

int sb_session_custom_fields(struct sb_run *run, json_t **ret_rows, struct sb_error *err)
{
	sb_autojson *names = sb_custom_field_names(sb_registry_kinds(run->registry));
	sb_autojson *rows = json_object();
	size_t from;
	int rc = names && rows ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");

	for (from = 0; !rc && from < json_array_size(names); from += SB_CUSTOM_NAMES)
		rc = read_custom_part(run, names, from, rows, err);
	if (!rc)
		*ret_rows = sb_steal(rows);
	return rc;
}

static void note_custom_types(struct sb_run *run, const json_t *rows)
{
	const char *name;
	json_t *row;

	json_decref(run->custom_types);
	run->custom_types = json_object();
	json_object_foreach ((json_t *)(uintptr_t)rows, name, row)
		json_object_set(run->custom_types, name, json_object_get(row, "object_types"));
}

/* "<home>" or "<home> after <former home>" */
static void take_home(struct sb_run *run, const char *text)
{
	const char *former = strstr(text, SB_HOME_AFTER);
	size_t len = former ? (size_t)(former - text) : strlen(text);

	snprintf(run->inventory_noted, sizeof(run->inventory_noted), "%.*s", (int)len, text);
	snprintf(run->inventory_former, sizeof(run->inventory_former), "%s",
		 former ? former + strlen(SB_HOME_AFTER) : "");
}

/* "stagebox <instance id>[ <home>]" */
static void take_mark(struct sb_run *run, const char *text)
{
	const char *id;
	size_t len;

	take_home(run, "");
	if (!text || !sb_starts_with(text, SB_INSTANCE_PREFIX))
		return;
	id = text + strlen(SB_INSTANCE_PREFIX);
	len = strcspn(id, " ");
	run->netbox_instance = strndup(id, len);
	take_home(run, id[len] ? id + len + 1 : "");
}

int sb_session_instance(struct sb_run *run, struct sb_error *err)
{
	sb_autojson *who = NULL, *rows = NULL;
	const char *text;
	int rc;

	rc = sb_session_get(run, "authentication-check/", &who, err);
	if (!rc)
		rc = sb_session_custom_fields(run, &rows, err);
	if (rc < 0)
		return rc;
	text = sb_json_str(who, "username");
	free(run->netbox_user);
	free(run->netbox_instance);
	run->netbox_user = text ? strdup(text) : NULL;
	run->netbox_instance = NULL;
	note_custom_types(run, rows);
	take_mark(run, sb_json_str(json_object_get(rows, "stagebox_key"), "description"));
	return 0;
}

static bool has_key_field(const struct sb_run *run, const struct sb_kind *kind)
{
	return !sb_custom_field_on(sb_custom_field_find("stagebox_key"), kind) ||
	       sb_run_has_custom(run, "stagebox_key", kind);
}

void sb_session_note_missing(const struct sb_run *run)
{
	const struct sb_kinds *kinds = sb_registry_kinds(run->registry);
	const struct sb_custom_field *field;
	sb_autobuf names = SB_BUF_INIT(512);
	size_t i, j;

	for (i = 0; (field = sb_custom_field_used(kinds, i)); i++) {
		bool is_missing = false;

		for (j = 0; j < sb_kinds_count(kinds); j++) {
			const struct sb_kind *kind = sb_kinds_at(kinds, j);

			if (field->use == SB_CUSTOM_HOME && run->inventory != SB_INVENTORY_FIELDS)
				continue;
			is_missing = is_missing || (sb_custom_field_on(field, kind) &&
						    sb_run_has_kind(run, kind->name) &&
						    !sb_run_has_custom(run, field->name, kind));
		}
		if (is_missing)
			sb_buf_add_item(&names, field->name);
	}
	if (names.len)
		sb_log(SB_LOG_WARN,
		       "NetBox: the custom fields of this version and its modules are not "
		       "complete, and values of these are not written: %s: run `stagebox "
		       "bootstrap`",
		       sb_buf_str(&names));
}

static int check_key_field(const struct sb_run *run, const char *name, const char *stage,
			   struct sb_error *err)
{
	const struct sb_kind *kind = sb_kinds_find(sb_registry_kinds(run->registry), name);

	if (!kind || !sb_run_has_kind(run, kind->name) || has_key_field(run, kind))
		return 0;
	return sb_fail(err, SB_E_CONFIG,
		       "NetBox: the custom field stagebox_key is missing on %s, which stage %s "
		       "reads: run `stagebox bootstrap` again",
		       kind->object_type, stage);
}

int sb_session_check_kinds(const struct sb_run *run, bool all, struct sb_error *err)
{
	size_t i, n = sb_registry_n_stages(run->registry);
	int rc = 0;

	for (i = 0; i < n; i++) {
		const struct sb_stage *stage = &sb_registry_stage(run->registry, i)->stage;
		bool is_used = all || run->stages[i].needed;
		const struct sb_write *write = is_used ? stage->writes : NULL;
		const struct sb_read *read = is_used ? stage->reads : NULL;

		for (; !rc && write && write->kind; write++)
			rc = check_key_field(run, write->kind, stage->name, err);
		for (; !rc && read && read->kind; read++)
			rc = check_key_field(run, read->kind, stage->name, err);
	}
	return rc;
}
