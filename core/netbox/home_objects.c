/* SPDX-License-Identifier: Apache-2.0 */
/* Collections of custom objects (plugin netbox-custom-objects, its source of 0.7.1). These have no
 * custom fields: what other objects have there are plain fields of their type. The plugin ignores
 * filters that it does not know, so that each row is checked. */
#include <stdlib.h>
#include <string.h>

#include "netbox/client_priv.h"
#include "netbox/home_priv.h"
#include "stagebox/json.h"

#define KEY    "stagebox_key"
#define CUSTOM "custom_fields"

static const char *const own_fields[] = {"stagebox_key", "stagebox_adopted"};

struct objects_list {
	struct home_reading reading;
	bool is_ours;    /* only objects of our endpoint were asked for */
	bool is_outside; /* and another one was in the answer */
	sb_netbox_row *on_row;
	void (*on_again)(void *arg);
	sb_netbox_listed *on_listed;
	void *arg;
};

static void release_objects(struct home_reading *reading)
{
	free(reading);
}

/* Move our plain fields into custom_fields, where other code expects them. */
static void nest_fields(json_t *row)
{
	json_t *custom = json_object(), *value;
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(own_fields); i++) {
		value = json_object_get(row, own_fields[i]);
		if (value)
			json_object_set(custom, own_fields[i], value);
		json_object_del(row, own_fields[i]);
	}
	json_object_set_new(row, CUSTOM, custom);
}

static void objects_row(void *arg, json_t *row)
{
	struct objects_list *list = arg;
	const char *key = sb_json_str(row, KEY);

	if (list->is_ours && (!key || !sb_starts_with(key, list->reading.netbox->homes.prefix))) {
		list->is_outside = true;
		return;
	}
	nest_fields(row);
	list->on_row(list->arg, row);
}

static void objects_again(void *arg)
{
	struct objects_list *list = arg;

	list->is_outside = false;
	if (list->on_again)
		list->on_again(list->arg);
}

static void objects_listed(void *arg, enum sb_netbox_list_state state, const struct sb_error *why)
{
	struct objects_list *list = arg;
	struct sb_error outside = SB_ERROR_INIT;

	sb_home_unlink(&list->reading);
	if (list->is_outside) {
		sb_fail(&outside, SB_E_SHAPE,
			"GET /api/%s/: NetBox returned objects that were not asked for, because it "
			"ignores the filter " KEY "__isw: set the filter logic of this field to "
			"\"exact\" (`stagebox bootstrap` does), and use netbox-custom-objects 0.7 "
			"or newer",
			list->reading.home->objects);
		list->on_listed(list->arg, SB_NETBOX_UNREAD, &outside);
	} else {
		list->on_listed(list->arg, state, why);
	}
	release_objects(&list->reading);
}

/* A query or a list of fields with a word replaced. Caller frees; NULL = out of memory. */
static char *replace_word(const char *text, const char *word, const char *with)
{
	sb_autobuf out = SB_BUF_INIT(NETBOX_MAX_PATH);
	const char *at;

	for (; (at = strstr(text, word)); text = at + strlen(word)) {
		sb_buf_addf(&out, "%.*s", (int)(at - text), text);
		sb_buf_add(&out, with);
	}
	sb_buf_add(&out, text);
	return sb_buf_take(&out);
}

static char *plain_fields(const char *fields)
{
	return replace_word(fields, CUSTOM, "stagebox_key,stagebox_adopted");
}

int sb_objects_list(struct sb_netbox *netbox, const struct sb_netbox_home *home, const char *query,
		    const char *fields, sb_netbox_row *on_row, void (*on_restart)(void *arg),
		    sb_netbox_listed *on_listed, void *arg, struct sb_error *err)
{
	sb_autofree char *plain = replace_word(query, "cf_" KEY, KEY);
	sb_autofree char *members = plain_fields(fields);
	struct objects_list *list = calloc(1, sizeof(*list));
	int rc;

	if (!plain || !members || !list) {
		free(list);
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	*list = (struct objects_list){
		.reading = {.netbox = netbox, .home = home, .release = release_objects},
		.is_ours = strstr(plain, KEY "__isw=") != NULL,
		.on_row = on_row,
		.on_again = on_restart,
		.on_listed = on_listed,
		.arg = arg};
	sb_home_link(&list->reading);
	rc = sb_netbox_list_table(netbox, home->objects, plain, members, objects_row, objects_again,
				  objects_listed, list, err);
	if (rc < 0) {
		sb_home_unlink(&list->reading);
		release_objects(&list->reading);
	}
	return rc;
}

int sb_objects_write(struct sb_netbox *netbox, const struct sb_netbox_home *home,
		     const char *method, const char *fields, const json_t *body,
		     sb_netbox_written_fn *done, void *arg, struct sb_error *err)
{
	sb_autofree char *members = plain_fields(fields);
	sb_autojson *plain = json_array();
	const json_t *item;
	size_t i;

	json_array_foreach (body, i, item) {
		json_t *copy = json_copy((json_t *)(uintptr_t)item);

		json_object_del(copy, CUSTOM);
		if (!copy || json_array_append_new(plain, copy) < 0 ||
		    (json_object_get(item, CUSTOM) &&
		     json_object_update(copy, json_object_get(item, CUSTOM)) < 0))
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	if (!members || !plain)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	return sb_netbox_write_table(netbox, method, home->objects, members, plain, done, arg, err);
}
