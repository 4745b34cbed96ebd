/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of the types of custom objects. All are read, because a reference to another type has its
 * id, and names are what people and plans know. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netbox/client_priv.h"
#include "netbox/home_priv.h"
#include "netbox/types_priv.h"
#include "stagebox/json.h"

struct types_list {
	struct home_reading reading;
	json_t *rows;
	char *query;
	sb_netbox_row *on_row;
	void (*on_again)(void *arg);
	sb_netbox_listed *on_listed;
	void *arg;
};

static void release_types(struct home_reading *reading)
{
	struct types_list *list = (struct types_list *)reading;

	json_decref(list->rows);
	free(list->query);
	free(list);
}

static void types_row(void *arg, json_t *answer)
{
	struct types_list *list = arg;
	json_t *row = sb_type_row(answer);

	if (!row || json_array_append_new(list->rows, row) < 0)
		list->reading.failed_rc = SB_E_NOMEM;
}

static void types_again(void *arg)
{
	struct types_list *list = arg;

	json_array_clear(list->rows);
	if (list->on_again)
		list->on_again(list->arg);
}

/* Is it one of those that "id=1&id=2" asks for? */
static bool is_asked(const struct types_list *list, const json_t *row)
{
	const char *query = list->query;
	char wanted[40];
	int len = snprintf(wanted, sizeof(wanted), "id=%" JSON_INTEGER_FORMAT,
			   json_integer_value(json_object_get(row, "id")));

	if (!strstr(query, "id="))
		return true;
	for (; *query; query += strcspn(query, "&"), query += *query == '&')
		if (sb_starts_with(query, wanted) && (!query[len] || query[len] == '&'))
			return true;
	return false;
}

static void types_listed(void *arg, enum sb_netbox_list_state state, const struct sb_error *why)
{
	struct types_list *list = arg;
	struct sb_error memory = SB_ERROR_INIT;
	json_t *row;
	size_t i;

	sb_home_unlink(&list->reading);
	if (list->reading.failed_rc || sb_type_resolve(list->rows) < 0) {
		sb_fail(&memory, SB_E_NOMEM, "out of memory");
		list->on_listed(list->arg, SB_NETBOX_UNREAD, &memory);
	} else {
		json_array_foreach (list->rows, i, row)
			if (is_asked(list, row))
				list->on_row(list->arg, row);
		list->on_listed(list->arg, state, why);
	}
	release_types(&list->reading);
}

int sb_types_list(struct sb_netbox *netbox, const char *query, sb_netbox_row *on_row,
		  void (*on_restart)(void *arg), sb_netbox_listed *on_listed, void *arg,
		  struct sb_error *err)
{
	struct types_list *list = calloc(1, sizeof(*list));
	int rc = SB_E_NOMEM;

	if (!list)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	*list = (struct types_list){.reading = {.netbox = netbox, .release = release_types},
				    .rows = json_array(),
				    .query = strdup(query),
				    .on_row = on_row,
				    .on_again = on_restart,
				    .on_listed = on_listed,
				    .arg = arg};
	sb_home_link(&list->reading);
	rc = list->rows && list->query
		     ? sb_netbox_list_table(netbox, SB_TYPES_PATH, "", "", types_row, types_again,
					    types_listed, list, err)
		     : sb_fail(err, SB_E_NOMEM, "out of memory");
	if (rc < 0) {
		sb_home_unlink(&list->reading);
		release_types(&list->reading);
	}
	return rc;
}
