/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the items of a bulk write that an error answer names. */
#include <stdio.h>
#include <string.h>

#include "netbox/client_priv.h"
#include "stagebox/json.h"

struct collector {
	const struct netbox_batch *batch;
	struct sb_netbox_item_error *items; /* room for batch->n */
	size_t n;
};

/* Position of an id in the request; n when it is not there. */
static size_t index_of_id(const struct netbox_batch *batch, int64_t id)
{
	size_t i;

	for (i = 0; batch->ids && i < batch->n; i++)
		if (batch->ids[i] == id)
			return i;
	return batch->n;
}

static void add_item(struct collector *to, size_t index, const json_t *errors)
{
	sb_autobuf text = SB_BUF_INIT(65536);
	size_t i;

	if (index >= to->batch->n)
		return;
	for (i = 0; i < to->n; i++)
		if (to->items[i].index == index)
			return;
	sb_netbox_flatten(errors, &text);
	to->items[to->n].index = index;
	snprintf(to->items[to->n].text, sizeof(to->items[to->n].text), "%s",
		 text.len ? sb_buf_str(&text) : "refused, no reason given");
	to->items[to->n].fields = sb_netbox_error_fields(errors);
	to->n++;
}

void sb_netbox_free_items(struct sb_netbox_item_error *items, size_t n)
{
	size_t i;

	for (i = 0; items && i < n; i++)
		json_decref(items[i].fields);
	free(items);
}

/* 4.7: {"detail": ..., "errors": [{"index" or "id": N, "errors": {...}}]} */
static void collect_named(struct collector *to, const json_t *errors)
{
	const json_t *entry;
	size_t i;

	json_array_foreach ((json_t *)errors, i, entry) {
		const json_t *what = json_object_get(entry, "errors");
		int64_t number;

		if (sb_json_int(entry, "index", &number) == 0 && number >= 0)
			add_item(to, (size_t)number, what ? what : entry);
		else if (sb_json_int(entry, "id", &number) == 0)
			add_item(to, index_of_id(to->batch, number), what ? what : entry);
	}
}

/* <= 4.6, POST: one entry per item, {} for the good ones. */
static void collect_positional(struct collector *to, const json_t *list)
{
	const json_t *entry;
	size_t i;

	json_array_foreach ((json_t *)list, i, entry) {
		if (json_is_object(entry) && json_object_size(entry))
			add_item(to, i, entry);
	}
}

int sb_netbox_item_errors(const json_t *root, const struct netbox_batch *batch,
			  struct sb_netbox_item_error **ret_items)
{
	struct collector to = {.batch = batch};
	const json_t *errors = json_object_get(root, "errors");

	*ret_items = NULL;
	if (!root || !batch->n)
		return 0;
	to.items = calloc(batch->n, sizeof(*to.items));
	if (!to.items)
		return SB_E_NOMEM;
	if (json_is_array(errors))
		collect_named(&to, errors);
	else if (json_is_array(root) && json_array_size(root) == batch->n)
		collect_positional(&to, root);
	/* With a single object the error is about that object. */
	if (!to.n && batch->n == 1)
		add_item(&to, 0, root);
	if (!to.n) {
		free(to.items);
		return 0;
	}
	*ret_items = to.items;
	return (int)to.n;
}
