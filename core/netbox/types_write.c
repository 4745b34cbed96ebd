/* SPDX-License-Identifier: Apache-2.0 */
/* Writes to the types of custom objects: one document of their schema, which NetBox applies in one
 * transaction. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netbox/client_priv.h"
#include "netbox/home_priv.h"
#include "netbox/types_priv.h"
#include "stagebox/json.h"

#define APPLY SB_OBJECTS_PATH "schema/apply"

struct types_write {
	struct home_reading reading;
	bool is_create, is_applied;
	json_t *body;
	json_t *rows; /* all types that NetBox has */
	sb_netbox_written_fn *done;
	void *arg;
};

static void release_write(struct home_reading *reading)
{
	struct types_write *write = (struct types_write *)reading;

	json_decref(write->body);
	json_decref(write->rows);
	free(write);
}

static void end_write(struct types_write *write, const struct sb_netbox_written *written)
{
	write->done(write->arg, written);
	release_write(&write->reading);
}

static void end_failed(struct types_write *write, enum sb_netbox_outcome outcome,
		       const struct sb_error *why)
{
	const struct sb_netbox_written written = {
		.outcome = outcome, .status = why->http_status, .why = *why};

	end_write(write, &written);
}

static const json_t *find_slug(const struct types_write *write, const json_t *body)
{
	const char *slug = sb_json_str(body, "slug"), *found;
	const json_t *row;
	size_t i;

	json_array_foreach (write->rows, i, row) {
		found = sb_json_str(row, "slug");
		if (slug && found && sb_streq(slug, found))
			return row;
	}
	return NULL;
}

/* The answer to a schema has no ids: those of new types were read afterwards. */
static void end_done(struct types_write *write)
{
	struct sb_netbox_written written = {.outcome = SB_NETBOX_DONE, .status = 200};
	size_t n = json_array_size(write->body), i;
	sb_autofree int64_t *ids = calloc(n + 1, sizeof(*ids));
	struct sb_error why = SB_ERROR_INIT;
	const json_t *body;

	json_array_foreach (write->body, i, body) {
		const json_t *row = write->is_create ? find_slug(write, body) : body;

		if (ids)
			ids[i] = json_integer_value(json_object_get(row, "id"));
		if (ids && ids[i])
			continue;
		sb_fail(&why, SB_E_SHAPE,
			"POST /api/" APPLY "/: NetBox has no custom object type \"%s\" after it",
			sb_json_str(body, "slug") ? sb_json_str(body, "slug") : "");
		end_failed(write, SB_NETBOX_UNSETTLED, &why);
		return;
	}
	written.ids = ids;
	written.n_ids = n;
	end_write(write, &written);
}

static int read_types(struct types_write *write, struct sb_error *err);

/* The request counts as under way, so that the end of the session releases it. */
static void document_written(void *arg, const struct sb_netbox_written *written)
{
	struct types_write *write = arg;
	struct sb_error why = SB_ERROR_INIT;

	sb_home_unlink(&write->reading);
	write->is_applied = written->outcome == SB_NETBOX_DONE;
	if (!write->is_applied)
		end_write(write, written);
	else if (!write->is_create)
		end_done(write);
	else if (read_types(write, &why) < 0)
		end_failed(write, SB_NETBOX_UNSETTLED, &why);
}

static void send_document(struct types_write *write)
{
	sb_autojson *document = sb_type_document(write->rows, write->body);
	struct sb_error why = SB_ERROR_INIT;
	int rc;

	sb_home_link(&write->reading);
	rc = document ? sb_netbox_write_document(write->reading.netbox, APPLY, document,
						 json_array_size(write->body), document_written,
						 write, &why)
		      : sb_fail(&why, SB_E_NOMEM, "out of memory");
	if (!rc)
		return;
	sb_home_unlink(&write->reading);
	end_failed(write, SB_NETBOX_REJECTED, &why);
}

/* A type that somebody made meanwhile is not changed. */
static bool refuse_existing(struct types_write *write)
{
	struct sb_netbox_item_error item = {0};
	struct sb_netbox_written written = {
		.outcome = SB_NETBOX_REJECTED, .status = 400, .items = &item, .n_items = 1};
	const json_t *body;

	json_array_foreach (write->body, item.index, body) {
		if (!find_slug(write, body))
			continue;
		snprintf(item.text, sizeof(item.text),
			 "slug: NetBox has a custom object type \"%.64s\" already",
			 sb_json_str(body, "slug"));
		sb_fail(&written.why, SB_E_HTTP, "%s", item.text);
		end_write(write, &written);
		return true;
	}
	return false;
}

static void write_row(void *arg, json_t *row)
{
	struct types_write *write = arg;

	if (json_array_append(write->rows, row) < 0)
		write->reading.failed_rc = SB_E_NOMEM;
}

static void write_listed(void *arg, enum sb_netbox_list_state state, const struct sb_error *why)
{
	struct types_write *write = arg;
	struct sb_error own = SB_ERROR_INIT;

	sb_home_unlink(&write->reading);
	if (state != SB_NETBOX_COMPLETE || write->reading.failed_rc) {
		if (why)
			own = *why;
		sb_context(&own, own.code ? own.code : SB_E_NOMEM,
			   "reading the types of custom objects");
		end_failed(write, write->is_applied ? SB_NETBOX_UNSETTLED : sb_home_unread(why),
			   &own);
	} else if (write->is_applied) {
		end_done(write);
	} else if (!write->is_create || !refuse_existing(write)) {
		send_document(write);
	}
}

static void write_again(void *arg)
{
	json_array_clear(((struct types_write *)arg)->rows);
}

static int read_types(struct types_write *write, struct sb_error *err)
{
	int rc;

	json_array_clear(write->rows);
	sb_home_link(&write->reading);
	rc = sb_types_list(write->reading.netbox, "", write_row, write_again, write_listed, write,
			   err);
	if (rc < 0)
		sb_home_unlink(&write->reading);
	return rc;
}

int sb_types_write(struct sb_netbox *netbox, const char *method, const json_t *body,
		   sb_netbox_written_fn *done, void *arg, struct sb_error *err)
{
	struct types_write *write;
	int rc;

	if (sb_streq(method, "DELETE"))
		return sb_netbox_write_table(netbox, method, SB_TYPES_PATH, "", body, done, arg,
					     err);
	write = calloc(1, sizeof(*write));
	if (!write)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	*write = (struct types_write){.reading = {.netbox = netbox, .release = release_write},
				      .is_create = sb_streq(method, "POST"),
				      .body = json_deep_copy(body),
				      .rows = json_array(),
				      .done = done,
				      .arg = arg};
	rc = write->body && write->rows ? read_types(write, err)
					: sb_fail(err, SB_E_NOMEM, "out of memory");
	if (rc < 0)
		release_write(&write->reading);
	return rc;
}
