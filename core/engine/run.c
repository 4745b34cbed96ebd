/* SPDX-License-Identifier: Apache-2.0 */
/* A job's state, and what a module may ask of it. */
#include "engine/run.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "conf/conf.h"
#include "engine/events.h"
#include "engine/policies.h"
#include "stagebox/conf.h"
#include "stagebox/json.h"
#include "stagebox/snap.h"

int sb_run_create(struct sb_registry *registry, json_t *conf, const char *slug, int64_t now_s,
		  struct sb_run **ret_run, struct sb_error *err)
{
	struct sb_run *run = calloc(1, sizeof(*run));

	if (!run)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	run->registry = registry;
	run->conf = conf;
	run->now_s = now_s;
	run->endpoint = *slug ? sb_conf_endpoint(conf, slug) : NULL;
	if (*slug && !run->endpoint) {
		free(run);
		return sb_fail(err, SB_E_CONFIG, "endpoint \"%s\" is not configured", slug);
	}
	run->slug = run->endpoint ? sb_json_str(run->endpoint, "slug") : "";
	run->stages = calloc(sb_registry_n_stages(registry) + 1, sizeof(*run->stages));
	run->snap = sb_snapshot_create(sb_registry_kinds(registry), now_s);
	if (!run->stages || !run->snap ||
	    sb_policies_read(run, json_object_get(conf, "policy")) < 0) {
		sb_run_destroy(run);
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	run->announced = SB_STAGE_SHARED;
	run->shared_stage.selected = run->shared_stage.needed = true;
	*ret_run = run;
	return 0;
}

void sb_run_destroy(struct sb_run *run)
{
	if (!run)
		return;
	sb_diff_destroy(run->diff);
	json_decref(run->limits);
	sb_snapshot_destroy(run->snap);
	free(run->stages);
	free(run->policies);
	free(run->netbox_mark);
	json_decref(run->marked_types);
	free(run->netbox_user);
	free(run);
}

const char *sb_run_stage_name(const struct sb_run *run, size_t stage)
{
	return stage == SB_STAGE_SHARED ? "shared"
					: sb_registry_stage(run->registry, stage)->stage.name;
}

struct sb_stage_run *sb_run_stage(struct sb_run *run, size_t stage)
{
	return stage == SB_STAGE_SHARED ? &run->shared_stage : &run->stages[stage];
}

void sb_run_partial(struct sb_run *run, size_t stage, const struct sb_error *why)
{
	struct sb_stage_run *state = sb_run_stage(run, stage);

	state->n_reasons++;
	if (state->status != SB_STAGE_OK)
		return;
	state->status = SB_STAGE_PARTIAL;
	if (why)
		state->why = *why;
}

void sb_run_fail_stage(struct sb_run *run, size_t stage, const struct sb_error *why)
{
	struct sb_stage_run *state = sb_run_stage(run, stage);

	if (state->status >= SB_STAGE_FAILED)
		return;
	state->status = SB_STAGE_FAILED;
	state->why = *why;
}

void sb_run_announce(struct sb_run *run, size_t stage)
{
	const struct sb_stage_entry *entry;

	if (!run->events || run->announced == stage || stage == SB_STAGE_SHARED)
		return;
	run->announced = stage;
	entry = sb_registry_stage(run->registry, stage);
	sb_event_send(run->events,
		      json_pack("{s:s, s:s, s:s}", "ev", "stage_begin", "stage", entry->stage.name,
				"module", entry->ctx->module->name));
}

/* Rows */

int sb_row_put(struct sb_run *run, const char *source, json_t *row_take, struct sb_error *err,
	       const char *key, ...)
{
	sb_autojson *row = row_take;
	struct sb_source *rows = sb_snapshot_source(run->snap, source);
	sb_autobuf name = SB_BUF_INIT(500);
	va_list ap;

	va_start(ap, key);
	sb_buf_addv(&name, key, ap);
	va_end(ap);
	if (sb_buf_check(&name, err) < 0)
		return sb_context(err, name.failed, "row of %s", source);
	if (!row || !rows || sb_table_put_json(rows->rows, sb_buf_str(&name), row) < 0)
		return sb_fail(err, SB_E_NOMEM, "row %s of %s: out of memory", sb_buf_str(&name),
			       source);
	return 0;
}

json_t *sb_row_get(const struct sb_run *run, const char *source, const char *key)
{
	const struct sb_source *rows = sb_snapshot_find_source(run->snap, source);

	return rows ? sb_table_get_json(rows->rows, key) : NULL;
}

int sb_rows_each(struct sb_run *run, const char *source, const char *prefix, sb_row_fn *fn,
		 void *arg, struct sb_error *err)
{
	const struct sb_source *rows = sb_snapshot_find_source(run->snap, source);
	struct sb_span span;
	size_t i;
	int rc = 0;

	if (!rows)
		return 0;
	if (sb_table_span(rows->rows, prefix, &span) < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	for (i = 0; rc >= 0 && i < span.n; i++) {
		sb_autojson *row = json_loads(span.texts[2 * i + 1], 0, NULL);

		rc = row ? fn(run, span.texts[2 * i], row, arg, err)
			 : sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	free(span.texts);
	return rc < 0 ? rc : 0;
}

size_t sb_rows_count(const struct sb_run *run, const char *source, const char *prefix)
{
	const struct sb_source *rows = sb_snapshot_find_source(run->snap, source);

	return rows ? sb_table_count_from(rows->rows, prefix) : 0;
}

int sb_rows_unknown(struct sb_run *run, const char *source, const char *prefix,
		    const struct sb_error *why)
{
	struct sb_source *rows = sb_snapshot_source(run->snap, source);

	sb_run_partial(run, run->current, why);
	return rows ? sb_reason_put(rows->unknown, prefix ? prefix : "", why) : SB_E_NOMEM;
}

/* One entry per limit of the stage, however many parts it is about. */
static int count_limit(struct sb_run *run, const struct sb_error *why)
{
	const char *stage = sb_run_stage_name(run, run->current);
	json_t *list = json_object_get(run->limits, stage), *entry;
	size_t i;

	json_array_foreach (list, i, entry) {
		const char *text = sb_json_str(entry, "text");
		json_int_t parts = json_integer_value(json_object_get(entry, "parts"));

		if (text && sb_streq(text, why->text))
			return json_object_set_new(entry, "parts", json_integer(parts + 1));
	}
	if (!list && json_object_set_new(run->limits, stage, json_array()) < 0)
		return SB_E_NOMEM;
	return json_array_append_new(json_object_get(run->limits, stage),
				     json_pack("{s:s, s:s, s:i}", "code", sb_rc_name(why->code),
					       "text", why->text, "parts", 1));
}

int sb_rows_limited(struct sb_run *run, const char *source, const char *prefix,
		    const struct sb_error *why)
{
	struct sb_source *rows = sb_snapshot_source(run->snap, source);

	if (!run->limits)
		run->limits = json_object();
	if (!rows || count_limit(run, why) < 0)
		return SB_E_NOMEM;
	return sb_reason_put_limit(rows->unknown, prefix, why);
}

int sb_rows_read(struct sb_run *run, const char *source)
{
	return sb_snapshot_source(run->snap, source) ? 0 : SB_E_NOMEM;
}

int sb_rows_keep(struct sb_run *run, const char *source, const char *prefix)
{
	struct sb_source *rows = sb_snapshot_source(run->snap, source);

	return rows ? sb_table_put(rows->keep, prefix, "") : SB_E_NOMEM;
}

int sb_gone(struct sb_run *run, const char *key, bool is_gone)
{
	return sb_table_put(run->snap->gone, key, is_gone ? "1" : "0");
}

/* The endpoint and the options */

const char *sb_run_endpoint(const struct sb_run *run)
{
	return run->slug;
}

const char *sb_run_site(const struct sb_run *run)
{
	const char *site = sb_json_str(run->endpoint, "site");

	return site ? site : "";
}

const char *sb_run_vlan_group(const struct sb_run *run)
{
	const char *group = sb_json_str(run->endpoint, "vlan_group");

	return group && *group ? group : run->slug;
}

const char *sb_run_device_name(const struct sb_run *run)
{
	const char *own = sb_json_str(run->endpoint, "device_name");
	const char *all = sb_json_str(run->conf, "device_name");

	return own && *own ? own : all && *all ? all : "{node}";
}

static const json_t *option(const struct sb_run *run, const char *name)
{
	const struct sb_ctx *ctx = sb_registry_stage(run->registry, run->current)->ctx;
	const json_t *value = json_object_get(ctx->options, name);

	assert(value && "the option is not in the module's table");
	return value;
}

const char *sb_opt_str(const struct sb_run *run, const char *name)
{
	const char *text = json_string_value(option(run, name));

	return text ? text : "";
}

bool sb_opt_bool(const struct sb_run *run, const char *name)
{
	return json_is_true(option(run, name));
}

int64_t sb_opt_int(const struct sb_run *run, const char *name)
{
	return json_integer_value(option(run, name));
}

const json_t *sb_opt_list(const struct sb_run *run, const char *name)
{
	return option(run, name);
}

/* What the servers can do */

int sb_pve_may(const struct sb_run *run, const char *path, const char *privilege)
{
	return sb_pve_holds(run->pve, path, privilege);
}

int sb_pve_major(const struct sb_run *run)
{
	return sb_pve_version_major(run->pve);
}

bool sb_pve_is_cluster(const struct sb_run *run)
{
	return sb_pve_clustered(run->pve);
}

const char *sb_pve_name(const struct sb_run *run)
{
	return sb_pve_cluster_name(run->pve);
}

bool sb_kind_available(const struct sb_run *run, const char *kind)
{
	if (sb_streq(kind, "vm-type"))
		return sb_netbox_caps(run->netbox)->has_vm_types;
	if (sb_streq(kind, "mac-address"))
		return !sb_netbox_caps(run->netbox)->mac_writable;
	return sb_kinds_find(sb_registry_kinds(run->registry), kind) != NULL;
}

bool sb_field_writable(const struct sb_run *run, const char *kind, const char *field)
{
	const struct sb_kind *found = sb_kinds_find(sb_registry_kinds(run->registry), kind);
	const struct sb_kind_field *row = found ? sb_kind_field(found, field) : NULL;

	/* The address of an interface; rows of addresses take it everywhere. */
	if (row && row->type == SB_FIELD_MAC && !sb_streq(found->object_type, "dcim.macaddress"))
		return !run->netbox || sb_netbox_caps(run->netbox)->mac_writable;
	return row && (!row->kind || sb_kind_available(run, row->kind));
}
