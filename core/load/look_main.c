/* SPDX-License-Identifier: Apache-2.0 */
/* The process that looks at modules: load them, describe them, exit. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/exit.h"
#include "base/memory.h"
#include "conf/conf.h"
#include "load/declared.h"
#include "load/inspect.h"
#include "load/kinds_described.h"
#include "load/loader.h"
#include "load/look.h"
#include "load/stages_select.h"
#include "load/views.h"
#include "model/kind_form.h"
#include "model/protocol.h"
#include "stagebox/json.h"

enum { MAX_BYTES = 64 << 20 };

/* The answer consists of lines: {"module"} before each module is loaded, then {"rc", "error",
 * "result"}. */
static void send_line(int fd, json_t *line_take)
{
	sb_autojson *line = line_take;
	sb_autobuf text = SB_BUF_INIT(MAX_BYTES);
	size_t sent = 0;

	sb_buf_add_json(&text, line);
	sb_buf_add(&text, "\n");
	while (!text.failed && sent < text.len) {
		ssize_t n = write(fd, text.text + sent, text.len - sent);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;
		sent += (size_t)n;
	}
}

static void send_module(void *arg, const char *name)
{
	const int *fd = arg;

	send_line(*fd, json_pack("{s:s}", "module", name));
}

static json_t *read_request(int fd)
{
	sb_autobuf text = SB_BUF_INIT(MAX_BYTES);
	char bytes[4096];
	ssize_t n;

	for (;;) {
		n = read(fd, bytes, sizeof(bytes));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		sb_buf_add_mem(&text, bytes, (size_t)n);
	}
	return text.failed ? NULL : json_loadb(sb_buf_str(&text), text.len, 0, NULL);
}

static json_t *list_secrets(const struct sb_opt *opt)
{
	json_t *list = json_array();

	for (; opt && opt->name; opt++)
		if (opt->flags & SB_OPT_SECRET)
			json_array_append_new(list, json_string(opt->name));
	return list;
}

static json_t *describe_modules(const struct sb_registry *registry)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < sb_registry_n_modules(registry); i++) {
		const struct sb_ctx *ctx = sb_registry_module(registry, i);

		json_array_append_new(
			list,
			json_pack("{s:s, s:s?, s:s?, s:s, s:O?, s:o}", "name", ctx->module->name,
				  "version", ctx->module->version, "summary", ctx->module->summary,
				  "path", ctx->path, "options", ctx->options, "secrets",
				  list_secrets(ctx->module->options)));
	}
	return list;
}

/* selected: one flag per stage; NULL = no words select any. */
static json_t *describe_stages(const struct sb_registry *registry, const bool *selected)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < sb_registry_n_stages(registry); i++) {
		const struct sb_stage_entry *entry = sb_registry_stage(registry, i);
		sb_autojson *more = sb_stage_describe(&entry->stage);
		json_t *stage = json_pack("{s:I, s:s, s:s, s:s}", "order", (json_int_t)(i + 1),
					  "stage", entry->stage.name, "resource", entry->resource,
					  "module", entry->ctx->module->name);

		json_object_update(stage, more);
		if (selected)
			json_object_set_new(stage, "selected", json_boolean(selected[i]));
		json_array_append_new(list, stage);
	}
	return list;
}

/* *ret_flags: one per stage, caller frees. */
static int select_stages(const struct sb_registry *registry, const json_t *words, bool **ret_flags,
			 struct sb_error *err)
{
	size_t n = sb_registry_n_stages(registry);

	*ret_flags = calloc(2 * n + 2, sizeof(**ret_flags));
	return *ret_flags ? sb_registry_select(registry, words, *ret_flags, *ret_flags + n + 1, err)
			  : sb_fail(err, SB_E_NOMEM, "out of memory");
}

struct fault_watch {
	int fd;
	json_t *faults;
};

static void send_watched(void *arg, const char *name)
{
	send_module(&((struct fault_watch *)arg)->fd, name);
}

static void note_watched(void *arg, const struct sb_error *why)
{
	json_array_append_new(((struct fault_watch *)arg)->faults, json_string(why->text));
}

/* All errors of the modules and their options. */
static int find_faults(const json_t *conf, int fd, json_t **ret_doc, struct sb_error *err)
{
	struct fault_watch seen = {fd, json_array()};
	struct sb_load_watch watch = {
		.on_module = send_watched, .on_fault = note_watched, .arg = &seen};
	struct sb_registry *registry = NULL;

	sb_conf_log_level(conf);
	if (sb_registry_load_watched(conf, &watch, &registry, err) == 0)
		sb_registry_destroy(registry);
	*ret_doc = json_pack("{s:o}", "faults", seen.faults);
	return *ret_doc ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}

static int look_at_modules(const json_t *request, int fd, json_t **ret_doc, struct sb_error *err)
{
	const json_t *conf = json_object_get(request, "conf");
	const json_t *words = json_object_get(request, "words");
	struct sb_load_watch watch = {.on_module = send_module, .arg = &fd};
	struct sb_registry *registry = NULL;
	sb_autofree bool *selected = NULL;
	int rc;

	sb_conf_log_level(conf);
	rc = sb_registry_load_watched(conf, &watch, &registry, err);
	if (rc < 0)
		return rc;
	rc = select_stages(registry, words, &selected, err);
	if (!rc) {
		*ret_doc = json_pack(
			"{s:o, s:o, s:o, s:o}", "modules", describe_modules(registry), "stages",
			describe_stages(registry, json_array_size(words) ? selected : NULL),
			"declared", sb_registry_declared(registry), "views",
			sb_views_describe(registry));
		if (sb_json_bool(request, "forms", false))
			json_object_set_new(*ret_doc, "forms",
					    sb_kinds_forms(sb_registry_kinds(registry)));
		if (sb_json_bool(request, "kinds", false))
			json_object_set_new(*ret_doc, "kinds",
					    sb_registry_describe_kinds(
						    registry, json_object_get(conf, "policy")));
		if (!*ret_doc)
			rc = sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	sb_registry_destroy(registry);
	return rc;
}

/* The module's own name is not known before it is loaded, so the name of its file is sent. */
static int look_at_file(const char *path, int fd, json_t **ret_info, struct sb_error *err)
{
	const char *slash = strrchr(path, '/');
	sb_autofree char *name = strdup(slash ? slash + 1 : path);

	if (name) {
		name[strcspn(name, ".")] = '\0';
		send_module(&fd, name);
	}
	return sb_module_inspect(path, ret_info, err);
}

static void answer_request(int in_fd, int out_fd)
{
	sb_autojson *request = read_request(in_fd);
	const char *path = sb_json_str(request, "path");
	struct sb_error err = SB_ERROR_INIT;
	json_t *result = NULL;
	int rc;

	if (path)
		rc = look_at_file(path, out_fd, &result, &err);
	else if (sb_json_bool(request, "faults", false))
		rc = find_faults(json_object_get(request, "conf"), out_fd, &result, &err);
	else if (json_is_object(json_object_get(request, "conf")))
		rc = look_at_modules(request, out_fd, &result, &err);
	else
		rc = sb_fail(&err, SB_E_ARG,
			     "look: the request has neither a configuration nor a path");
	send_line(out_fd, json_pack("{s:i, s:s, s:o}", "rc", rc < 0 ? rc : 0, "error", err.text,
				    "result", result ? result : json_null()));
}

int sb_look_main(int in_fd, int out_fd)
{
	sb_memory_end_process(SB_JOB_NO_MEMORY, NULL);
	answer_request(in_fd, out_fd);
	return SB_EXIT_OK;
}
