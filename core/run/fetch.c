/* SPDX-License-Identifier: Apache-2.0 */
/* Reading both sides in one loop: the asks of stages at Proxmox VE, and the lists of NetBox that
 * they declare. */
#include "run/fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "run/agents.h"
#include "run/callback.h"
#include "run/door.h"
#include "run/required.h"
#include "run/scoped.h"
#include "stagebox/json.h"

/* One list of NetBox. */
struct reading {
	struct sb_run *run;
	struct sb_nb_list *list;
};

static void list_row(void *arg, json_t *row)
{
	struct reading *reading = arg;
	int rc = sb_nb_list_take(reading->list, reading->run->slug, row);

	if (rc == SB_E_NOMEM)
		reading->run->failed_rc = rc;
}

static void list_again(void *arg)
{
	struct reading *reading = arg;

	if (sb_nb_list_reset(reading->list) < 0)
		reading->run->failed_rc = SB_E_NOMEM;
}

static void list_done(void *arg, enum sb_netbox_list_state state, const struct sb_error *why)
{
	struct reading *reading = arg;
	struct sb_nb_list *list = reading->list;

	list->known = state == SB_NETBOX_COMPLETE  ? SB_KNOWN_COMPLETE
		      : state == SB_NETBOX_PARTIAL ? SB_KNOWN_PARTIAL
						   : SB_KNOWN_NOT;
	if (state != SB_NETBOX_COMPLETE) {
		sb_fail(&list->why, why && why->code ? why->code : SB_E_STATE,
			"NetBox's list of %s: %s", list->kind->name,
			why && why->code ? why->text : "NetBox returned fewer rows than it counts");
		list->why.http_status = why ? why->http_status : 0;
	}
	reading->run->reads_open--;
	free(reading);
}

/* The MAC address of an interface is readable in every version of NetBox. */
static bool is_read(const struct sb_run *run, const struct sb_kind *kind, const char *name)
{
	const struct sb_kind_field *field = sb_kind_field(kind, name);

	if (sb_kind_field_unread(kind, name))
		return false;
	return (field && field->type == SB_FIELD_MAC) || sb_run_takes_field(run, kind->name, name);
}

/* Add fields that a stage declared, without those that this NetBox does not have. */
static void add_fields(const struct sb_run *run, const struct sb_kind *kind,
		       const char *const *names, json_t **fields)
{
	size_t i;

	if (!*fields)
		*fields = json_object();
	for (i = 0; names && names[i]; i++)
		if (is_read(run, kind, names[i]))
			json_object_set_new(*fields, names[i], json_true());
}

/* A scope depends on a list: on our clusters, or on the tags. */
static bool scope_needs(const struct sb_run *run, const struct sb_read *read,
			const struct sb_kind *kind)
{
	const char *name = sb_scoped_source(run, read);

	return name && sb_streq(name, kind->name);
}

/* The fields that the needed stages declared for a kind, plus its natural key. Shared kinds are
 * small and are read with all fields. */
static json_t *fields_of(struct sb_run *run, const struct sb_kind *kind)
{
	const struct sb_kind_field *field;
	const struct sb_write *write;
	const struct sb_read *read;
	json_t *fields = NULL;
	size_t i;

	for (i = 0; i < sb_registry_n_stages(run->registry); i++) {
		const struct sb_stage *stage = &sb_registry_stage(run->registry, i)->stage;

		if (!run->stages[i].needed)
			continue;
		for (write = stage->writes; write && write->kind; write++)
			if (sb_streq(write->kind, kind->name))
				add_fields(run, kind, write->fields, &fields);
		for (read = stage->reads; read && read->kind; read++)
			if (sb_streq(read->kind, kind->name) && read->scope == SB_READ_OURS)
				add_fields(run, kind, read->fields, &fields);
			else if (scope_needs(run, read, kind))
				add_fields(run, kind, NULL, &fields);
	}
	for (i = 0; fields && kind->natural[i]; i++)
		json_object_set_new(fields, kind->natural[i], json_true());
	for (field = kind->fields; fields && kind->flags & SB_KIND_SHARED && field->name; field++)
		json_object_set_new(fields, field->name, json_true());
	return fields;
}

static int read_list(struct sb_run *run, struct sb_nb_list *list, const json_t *fields,
		     struct sb_error *err)
{
	struct reading *reading = calloc(1, sizeof(*reading));
	sb_autofree char *names = sb_value_query(list->kind, fields);
	sb_autobuf query = SB_BUF_INIT(512);
	int rc;

	if (list->kind->flags & SB_KIND_OWNED) {
		sb_buf_add(&query, "cf_stagebox_key__isw=");
		sb_buf_add_url(&query, run->slug);
		sb_buf_add(&query, "%2F");
	}
	if (!reading || !names || query.failed) {
		free(reading);
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	*reading = (struct reading){.run = run, .list = list};
	rc = sb_nb_list_reset(list);
	if (!rc)
		rc = sb_netbox_list(run->netbox, list->kind->path, sb_buf_str(&query), names,
				    list_row, list_again, list_done, reading, err);
	if (rc < 0) {
		free(reading);
		return rc;
	}
	run->reads_open++;
	return 0;
}

int sb_fetch_lists(struct sb_run *run, struct sb_error *err)
{
	size_t i;
	int rc;

	/* Parts of guests begin first: they have the most pages, which are read in sequence. */
	for (i = run->snap->n_lists; i-- > 0;) {
		struct sb_nb_list *list = &run->snap->lists[i];
		sb_autojson *fields = fields_of(run, list->kind);

		if (!fields || !sb_run_has_kind(run, list->kind->name) ||
		    list->kind->flags & SB_KIND_UNMARKED)
			continue;
		rc = read_list(run, list, fields, err);
		if (rc < 0)
			return rc;
	}
	return sb_required_read(run, err);
}

/* May a stage start to fetch: have all its predecessors finished? */
static bool may_start(const struct sb_run *run, size_t i)
{
	const struct sb_stage_entry *stage = sb_registry_stage(run->registry, i);
	size_t j;

	for (j = 0; j < stage->n_after; j++) {
		if (!run->stages[stage->after[j]].fetch_done)
			return false;
	}
	for (j = 0; j < stage->n_after_soft; j++) {
		if (run->stages[stage->after_soft[j]].needed &&
		    !run->stages[stage->after_soft[j]].fetch_done)
			return false;
	}
	return true;
}

static int64_t run_ms(const struct sb_run *run)
{
	struct sb_io *io = sb_http_io(run->http);

	return io->ops->now_ms(io);
}

static void start_fetch(struct sb_run *run, size_t i)
{
	const struct sb_stage_entry *stage = sb_registry_stage(run->registry, i);
	struct sb_error err = SB_ERROR_INIT;
	int rc;

	run->stages[i].fetch_started = true;
	run->stages[i].began_ms = run->stages[i].ended_ms = run_ms(run);
	if (sb_run_skip_after_broken(run, i))
		return;
	if (!stage->stage.fetch)
		return;
	sb_callback_begin(&run->stages[i], SB_PHASE_FETCH);
	rc = stage->stage.fetch(&run->stages[i], stage->stage.arg, &err);
	sb_callback_end(&run->stages[i]);
	if (sb_door_result(rc, "fetch", &err) == 0)
		return;
	sb_run_fail_stage(run, i, &err);
}

/* Start and finish all stages that can be; true while one is under way. */
static bool advance_stages(struct sb_run *run)
{
	size_t i, n = sb_registry_n_stages(run->registry);
	bool moved, busy = false;

	do {
		moved = false;
		for (i = 0; i < n; i++) {
			struct sb_stage_run *state = &run->stages[i];

			if (!state->needed || state->fetch_done)
				continue;
			if (!state->fetch_started && may_start(run, i)) {
				start_fetch(run, i);
				moved = true;
			}
			if (state->fetch_started && !state->asks) {
				state->fetch_done = true;
				state->ended_ms = run_ms(run);
				moved = true;
			}
		}
	} while (moved);
	for (i = 0; i < n; i++)
		busy = busy || (run->stages[i].needed && !run->stages[i].fetch_done);
	return busy;
}

int sb_fetch(struct sb_run *run, int64_t lists_at_s, struct sb_error *err)
{
	struct sb_io *io = sb_http_io(run->http);
	bool listed = run->netbox_why.code != 0, is_scoped = listed; /* a view without NetBox */
	int64_t now;
	int rc = 0;

	sb_run_announce_wait(run, lists_at_s,
			     "requests of an earlier run without an answer, which "
			     "NetBox may still commit (netbox.settle)");
	while (!rc && !run->failed_rc) {
		now = io->ops->wall_s(io);
		if (!listed && now >= lists_at_s) {
			listed = true;
			rc = sb_fetch_lists(run, err);
		}
		if (!rc && listed && !is_scoped && !run->reads_open) {
			is_scoped = true;
			rc = sb_scoped_read(run, err);
		}
		sb_agents_check_time(run, is_scoped && !run->reads_open);
		if (!advance_stages(run) && is_scoped && !run->reads_open)
			break;
		if (!rc)
			rc = sb_http_turn(run->http,
					  listed || sb_http_outstanding(run->http) ? 1000 : 50,
					  err);
	}
	if (!rc && run->failed_rc)
		rc = sb_fail(err, run->failed_rc, "out of memory");
	return rc;
}
