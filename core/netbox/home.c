/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of collections that are kept in a field of other objects. */
#include "netbox/home.h"

#include <stdlib.h>
#include <string.h>

#include "netbox/client_priv.h"
#include "netbox/home_priv.h"
#include "stagebox/json.h"

int sb_netbox_home_add(struct sb_netbox *netbox, const struct sb_netbox_home *home,
		       const char *prefix)
{
	struct netbox_homes *homes = &netbox->homes;
	struct sb_netbox_home *grown;
	char *copy = strdup(prefix);

	if (!copy)
		return SB_E_NOMEM;
	free(homes->prefix);
	homes->prefix = copy;
	grown = realloc(homes->list, (homes->n + 1) * sizeof(*grown));
	if (!grown)
		return SB_E_NOMEM;
	homes->list = grown;
	grown[homes->n++] = *home;
	return 0;
}

const struct sb_netbox_home *sb_netbox_home_find(const struct sb_netbox *netbox, const char *path)
{
	size_t i;

	for (i = 0; i < netbox->homes.n; i++)
		if (sb_streq(netbox->homes.list[i].path, path))
			return &netbox->homes.list[i];
	return NULL;
}

const char *sb_netbox_path(const struct sb_netbox *netbox, const char *path)
{
	const struct sb_netbox_home *home = sb_netbox_home_find(netbox, path);

	return home && home->objects ? home->objects : path;
}

static void release_all(struct home_reading **list)
{
	while (*list) {
		struct home_reading *reading = *list;

		*list = reading->next;
		reading->release(reading);
	}
}

void sb_netbox_drop_readings(struct sb_netbox *netbox)
{
	release_all(&netbox->homes.readings);
	release_all(&netbox->homes.waiting);
	netbox->homes.is_writing = false;
}

void sb_netbox_drop_homes(struct sb_netbox *netbox)
{
	sb_netbox_drop_readings(netbox);
	free(netbox->homes.list);
	free(netbox->homes.prefix);
	netbox->homes = (struct netbox_homes){0};
}

void sb_home_link(struct home_reading *reading)
{
	struct netbox_homes *homes = &reading->netbox->homes;

	reading->next = homes->readings;
	homes->readings = reading;
}

void sb_home_unlink(struct home_reading *reading)
{
	struct home_reading **link = &reading->netbox->homes.readings;

	while (*link != reading)
		link = &(*link)->next;
	*link = reading->next;
}

enum sb_netbox_outcome sb_home_unread(const struct sb_error *why)
{
	return why && (why->code == SB_E_AUTH || why->code == SB_E_FORBIDDEN) ? SB_NETBOX_DENIED
									      : SB_NETBOX_RETRY;
}

/* Reading the parents */

static void pass_parent(struct home_reading *reading, const json_t *row)
{
	const json_t *custom = json_object_get(row, "custom_fields");
	json_t *document = json_object_get(custom, reading->home->field);
	int64_t id = 0;

	if (sb_json_int(row, "id", &id) < 0)
		return;
	if (!json_is_object(document)) /* null, or what people wrote there */
		document = NULL;
	reading->on_parent(reading, id, document, row);
}

static void parent_row(void *arg, json_t *row)
{
	struct home_reading *reading = arg;

	reading->is_joinable = false;
	for (; reading; reading = reading->companions)
		pass_parent(reading, row);
}

static void parents_again(void *arg)
{
	struct home_reading *reading = arg;

	for (; reading; reading = reading->companions)
		if (reading->on_restart)
			reading->on_restart(reading);
}

static void parents_listed(void *arg, enum sb_netbox_list_state state, const struct sb_error *why)
{
	struct home_reading *reading = arg, *next;

	for (; reading; reading = next) {
		next = reading->companions;
		sb_home_unlink(reading);
		reading->on_end(reading, state, why);
	}
}

int sb_home_read(struct home_reading *reading, struct sb_error *err)
{
	struct netbox_homes *homes = &reading->netbox->homes;
	sb_autobuf query = SB_BUF_INIT(512);
	int rc;

	if (*homes->prefix) {
		sb_buf_add(&query, "cf_stagebox_key__isw=");
		sb_buf_add_url(&query, homes->prefix);
	}
	if (query.failed)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	sb_home_link(reading);
	rc = sb_netbox_list_table(reading->netbox, reading->home->parent_path, sb_buf_str(&query),
				  "id,custom_fields,last_updated", parent_row, parents_again,
				  parents_listed, reading, err);
	if (rc < 0)
		sb_home_unlink(reading);
	return rc;
}

int sb_home_take_turn(struct home_reading *reading, struct sb_error *err)
{
	struct netbox_homes *homes = &reading->netbox->homes;
	struct home_reading **last = &homes->waiting, *other;
	int rc;

	for (other = homes->readings; other; other = other->next)
		other->is_joinable = false;
	if (homes->is_writing) {
		while (*last)
			last = &(*last)->next;
		reading->next = NULL;
		*last = reading;
		return 0;
	}
	homes->is_writing = true;
	rc = sb_home_read(reading, err);
	if (rc < 0)
		homes->is_writing = false;
	return rc;
}

void sb_home_end_turn(struct sb_netbox *netbox)
{
	struct netbox_homes *homes = &netbox->homes;
	struct home_reading *next = homes->waiting;
	struct sb_error why = SB_ERROR_INIT;

	homes->is_writing = false;
	if (!next)
		return;
	homes->waiting = next->next;
	if (sb_home_take_turn(next, &why) < 0) {
		homes->is_writing = true; /* until it has ended */
		next->on_end(next, SB_NETBOX_UNREAD, &why);
	}
}

/* Lists */

struct home_list {
	struct home_reading reading;
	json_t *ids;  /* id as text -> true: only these; NULL = all */
	char *begins; /* only keys with this begin; NULL = all */
	sb_netbox_row *on_row;
	void (*on_again)(void *arg);
	sb_netbox_listed *on_listed;
	void *arg;
};

static void release_list(struct home_reading *reading)
{
	struct home_list *list = (struct home_list *)reading;

	json_decref(list->ids);
	free(list->begins);
	free(list);
}

static bool takes_row(const struct home_list *list, const json_t *row)
{
	const char *key = sb_json_str(json_object_get(row, "custom_fields"), "stagebox_key");
	char id[32];

	snprintf(id, sizeof(id), "%" JSON_INTEGER_FORMAT,
		 json_integer_value(json_object_get(row, "id")));
	return (!list->ids || json_object_get(list->ids, id)) &&
	       (!list->begins || sb_starts_with(key, list->begins));
}

static void list_parent(struct home_reading *reading, int64_t id, json_t *document,
			const json_t *parent)
{
	struct home_list *list = (struct home_list *)reading;
	sb_autojson *rows =
		sb_home_rows(document, reading->home, id, json_object_get(parent, "last_updated"));
	json_t *row;
	size_t i;

	if (!rows)
		reading->failed_rc = SB_E_NOMEM;
	json_array_foreach (rows, i, row)
		if (takes_row(list, row))
			list->on_row(list->arg, row);
}

static void list_again(struct home_reading *reading)
{
	struct home_list *list = (struct home_list *)reading;

	if (list->on_again)
		list->on_again(list->arg);
}

static void list_end(struct home_reading *reading, enum sb_netbox_list_state state,
		     const struct sb_error *why)
{
	struct home_list *list = (struct home_list *)reading;
	struct sb_error memory = SB_ERROR_INIT;

	if (reading->failed_rc) {
		sb_fail(&memory, SB_E_NOMEM, "out of memory");
		list->on_listed(list->arg, SB_NETBOX_UNREAD, &memory);
	} else {
		list->on_listed(list->arg, state, why);
	}
	release_list(reading);
}

/* Replace %xx in place. */
static void decode_url(char *text)
{
	char *to = text, hex[3] = "";

	for (; *text; text++) {
		if (*text != '%' || !text[1] || !text[2]) {
			*to++ = *text;
			continue;
		}
		memcpy(hex, text + 1, 2);
		*to++ = (char)strtoul(hex, NULL, 16);
		text += 2;
	}
	*to = '\0';
}

/* A filter of a list: ids, or the begin of the key. */
static int read_filter(struct home_list *list, const char *query, struct sb_error *err)
{
	static const char by_key[] = "cf_stagebox_key__isw=", by_id[] = "id=";
	size_t len;

	for (; *query; query += len + (query[len] == '&')) {
		len = strcspn(query, "&");
		if (sb_starts_with(query, by_id)) {
			sb_autofree char *id = strndup(query + strlen(by_id), len - strlen(by_id));

			if (!list->ids)
				list->ids = json_object();
			if (!id || json_object_set_new(list->ids, id, json_true()) < 0)
				return sb_fail(err, SB_E_NOMEM, "out of memory");
		} else if (sb_starts_with(query, by_key)) {
			free(list->begins);
			list->begins = strndup(query + strlen(by_key), len - strlen(by_key));
			if (!list->begins)
				return sb_fail(err, SB_E_NOMEM, "out of memory");
			decode_url(list->begins);
		} else {
			return sb_fail(err, SB_E_ARG,
				       "a list of objects that are kept in a field has no filter "
				       "\"%.*s\"",
				       (int)len, query);
		}
	}
	return 0;
}

/* The kinds of a module share their parents, and a run lists them at once: one request is enough.
 * It is not when a write came in between, or for a list of ids, which is made to see what a write
 * did. */
static bool join_reading(struct home_list *list)
{
	struct home_reading *other;

	if (list->ids || list->reading.netbox->homes.is_writing)
		return false;
	for (other = list->reading.netbox->homes.readings; other; other = other->next) {
		if (!other->is_joinable ||
		    !sb_streq(other->home->parent_path, list->reading.home->parent_path))
			continue;
		list->reading.companions = other->companions;
		other->companions = &list->reading;
		sb_home_link(&list->reading);
		return true;
	}
	return false;
}

static int start_list(struct home_list *list, struct sb_error *err)
{
	int rc;

	if (join_reading(list))
		return 0;
	rc = sb_home_read(&list->reading, err);
	list->reading.is_joinable = !rc && !list->ids;
	return rc;
}

int sb_home_list(struct sb_netbox *netbox, const struct sb_netbox_home *home, const char *query,
		 sb_netbox_row *on_row, void (*on_restart)(void *arg), sb_netbox_listed *on_listed,
		 void *arg, struct sb_error *err)
{
	struct home_list *list = calloc(1, sizeof(*list));
	int rc;

	if (!list)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	*list = (struct home_list){.reading = {.netbox = netbox,
					       .home = home,
					       .on_parent = list_parent,
					       .on_restart = list_again,
					       .on_end = list_end,
					       .release = release_list},
				   .on_row = on_row,
				   .on_again = on_restart,
				   .on_listed = on_listed,
				   .arg = arg};
	rc = read_filter(list, query, err);
	if (!rc)
		rc = start_list(list, err);
	if (rc < 0)
		release_list(&list->reading);
	return rc;
}
