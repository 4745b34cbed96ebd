/* SPDX-License-Identifier: Apache-2.0 */
/* One list that the caller waits for. */
#include "netbox/client_priv.h"
#include "stagebox/json.h"

struct waiting {
	json_t *rows;
	bool is_over, has_no_memory;
	enum sb_netbox_list_state state;
	struct sb_error why;
};

static void take_row(void *arg, json_t *row)
{
	struct waiting *waiting = arg;

	if (json_array_append(waiting->rows, row) < 0)
		waiting->has_no_memory = true;
}

static void start_again(void *arg)
{
	json_array_clear(((struct waiting *)arg)->rows);
}

static void end_list(void *arg, enum sb_netbox_list_state state, const struct sb_error *why)
{
	struct waiting *waiting = arg;

	waiting->is_over = true;
	waiting->state = state;
	if (why)
		waiting->why = *why;
}

static int fail_list(const struct waiting *waiting, const char *path, struct sb_error *err)
{
	if (waiting->has_no_memory)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	if (!waiting->why.code)
		return sb_fail(err, SB_E_SHAPE, "NetBox returned an incomplete list of %s", path);
	if (err)
		*err = waiting->why;
	return waiting->why.code;
}

/* No write is under way, whose reading of a home this would end, too. */
static void cancel_lists(struct sb_netbox *netbox)
{
	sb_netbox_drop_lists(netbox);
	sb_netbox_drop_readings(netbox);
}

/* waiting is on the stack: the list must be over before it goes, also when the loop fails. */
static int wait_for_list(struct sb_netbox *netbox, struct waiting *waiting, struct sb_error *err)
{
	int rc = 0;

	while (!rc && !waiting->is_over)
		rc = sb_http_turn(netbox->http, 1000, err);
	if (rc < 0 && !waiting->is_over)
		cancel_lists(netbox);
	return rc;
}

int sb_netbox_list_wait(struct sb_netbox *netbox, const char *path, const char *query,
			const char *fields, json_t **ret_rows, struct sb_error *err)
{
	struct waiting waiting = {.rows = json_array(), .why = SB_ERROR_INIT};
	int rc = waiting.rows ? sb_netbox_list(netbox, path, query, fields, take_row, start_again,
					       end_list, &waiting, err)
			      : sb_fail(err, SB_E_NOMEM, "out of memory");

	if (!rc)
		rc = wait_for_list(netbox, &waiting, err);
	if (!rc && (waiting.has_no_memory || waiting.state != SB_NETBOX_COMPLETE))
		rc = fail_list(&waiting, path, err);
	if (!rc)
		*ret_rows = json_incref(waiting.rows);
	json_decref(waiting.rows);
	return rc;
}
