/* SPDX-License-Identifier: Apache-2.0 */
/* Writes to collections that are kept in a field: the documents of the parents are read, changed,
 * and written in one request. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netbox/client_priv.h"
#include "netbox/home_priv.h"
#include "stagebox/json.h"

#define MESSAGE      "changelog_message"
#define KEY_IS_TAKEN "stagebox_key: there is an object with this key already"

/* One item of the body. */
struct home_item {
	int64_t id;     /* of the object; 0 = it does not exist */
	int64_t parent; /* whose document it is in after the write */
	bool is_refused;
	char why[256];
};

struct home_write {
	struct home_reading reading;
	char *method;
	json_t *body;
	json_t *parents; /* id as text -> {"id", "old": document, "new": document, "message"?} */
	json_t *patched; /* ids of the parents that are written, in their order */
	struct home_item *items;
	size_t n;
	sb_netbox_written_fn *done;
	void *arg;
};

static void release_write(struct home_reading *reading)
{
	struct home_write *write = (struct home_write *)reading;

	free(write->method);
	json_decref(write->body);
	json_decref(write->parents);
	json_decref(write->patched);
	free(write->items);
	free(write);
}

static bool has_method(const struct home_write *write, const char *method)
{
	return sb_streq(write->method, method);
}

static void end_write(struct home_write *write, const struct sb_netbox_written *written)
{
	struct sb_netbox *netbox = write->reading.netbox;

	write->done(write->arg, written);
	release_write(&write->reading);
	sb_home_end_turn(netbox);
}

/* Nothing was sent. */
static void end_unsent(struct home_write *write, enum sb_netbox_outcome outcome,
		       const struct sb_error *why)
{
	const struct sb_netbox_written written = {
		.outcome = outcome, .status = why->http_status, .why = *why};

	end_write(write, &written);
}

/* The answer of NetBox to a request of these items. */
static void end_done(struct home_write *write)
{
	struct sb_netbox_written written = {.outcome = SB_NETBOX_DONE, .status = 200};
	struct sb_error why = SB_ERROR_INIT;
	int64_t *ids = calloc(write->n + 1, sizeof(*ids));
	size_t i;

	if (!ids) {
		sb_fail(&why, SB_E_NOMEM, "out of memory");
		end_unsent(write, SB_NETBOX_UNSETTLED, &why);
		return;
	}
	for (i = 0; i < write->n && !has_method(write, "DELETE"); i++)
		if (write->items[i].id)
			ids[written.n_ids++] = write->items[i].id;
	written.ids = ids;
	end_write(write, &written);
	free(ids);
}

/* Name the refused items; with none, the caller finds out by halves. */
static void end_refused(struct home_write *write, const struct sb_error *why)
{
	struct sb_netbox_written written = {.outcome = SB_NETBOX_REJECTED,
					    .status = why->http_status ? why->http_status : 400,
					    .why = *why};
	struct sb_netbox_item_error *errors = calloc(write->n + 1, sizeof(*errors));
	size_t i;

	for (i = 0; errors && i < write->n; i++) {
		if (!write->items[i].is_refused)
			continue;
		errors[written.n_items].index = i;
		snprintf(errors[written.n_items].text, sizeof(errors->text), "%s",
			 write->items[i].why);
		written.n_items++;
	}
	written.items = errors;
	end_write(write, &written);
	free(errors);
}

/* The parents */

static json_t *parent_of(const struct home_write *write, int64_t id)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRId64, id);
	return json_object_get(write->parents, text);
}

static void note_parent(struct home_reading *reading, int64_t id, json_t *document,
			const json_t *row)
{
	struct home_write *write = (struct home_write *)reading;
	json_t *now = document ? json_deep_copy(document) : json_object();
	char text[32];

	(void)row;
	snprintf(text, sizeof(text), "%" PRId64, id);
	if (json_object_set_new(write->parents, text,
				json_pack("{s:I, s:O?, s:o}", "id", (json_int_t)id, "old", document,
					  "new", now)) < 0)
		reading->failed_rc = SB_E_NOMEM;
}

static void forget_parents(struct home_reading *reading)
{
	json_object_clear(((struct home_write *)reading)->parents);
}

/* Find the object of an id: its parent, and its key. NULL = there is none; a value of
 * another type does not count. */
static json_t *find_object(const struct home_write *write, int64_t id, const char **ret_key)
{
	const struct sb_netbox_home *home = write->reading.home;
	const char *text, *key;
	json_t *parent, *values;

	json_object_foreach (write->parents, text, parent)
		json_object_foreach (json_object_get(json_object_get(parent, "new"), home->name),
				     key, values)
			if (json_is_object(values) && sb_home_id(home->name, key) == id) {
				*ret_key = key;
				return parent;
			}
	return NULL;
}

/* The items */

static void refuse_item(struct home_item *item, const char *why)
{
	item->is_refused = true;
	snprintf(item->why, sizeof(item->why), "%.255s", why);
}

/* The fields of an item: what is not about the item itself. */
static json_t *values_of(const struct home_write *write, const json_t *item)
{
	json_t *values = json_copy((json_t *)(uintptr_t)item);

	json_object_del(values, "id");
	json_object_del(values, "custom_fields");
	json_object_del(values, MESSAGE);
	json_object_del(values, write->reading.home->parent);
	return values;
}

/* The write of a parent has the message of the first item that changes it. */
static void note_message(json_t *parent, const json_t *item)
{
	json_t *message = json_object_get(item, MESSAGE);

	if (message && !json_object_get(parent, MESSAGE))
		json_object_set(parent, MESSAGE, message);
}

static int put_object(struct home_write *write, json_t *parent, const char *key,
		      const json_t *values, const json_t *item)
{
	note_message(parent, item);
	return sb_home_put(json_object_get(parent, "new"), write->reading.home, key, values);
}

/* NULL = the item does not set the key. */
static const char *key_of(const json_t *item)
{
	return sb_json_str(json_object_get(item, "custom_fields"), "stagebox_key");
}

static int create_object(struct home_write *write, struct home_item *to, const json_t *item)
{
	const struct sb_netbox_home *home = write->reading.home;
	const char *key = key_of(item), *found;
	sb_autojson *values = values_of(write, item);
	json_t *parent;

	if (sb_json_int(item, home->parent, &to->parent) < 0 || !key ||
	    !(parent = parent_of(write, to->parent))) {
		refuse_item(to, "the object that it is kept in is not one of stagebox");
		return 0;
	}
	to->id = sb_home_id(home->name, key);
	if (find_object(write, to->id, &found)) {
		refuse_item(to, KEY_IS_TAKEN);
		return 0;
	}
	return values ? put_object(write, parent, key, values, item) : SB_E_NOMEM;
}

/* Put an object under another key, or into the document of another parent, with what it has. */
static int move_object(struct home_write *write, json_t *from, const char *key, json_t *to,
		       const char *new_key, const json_t *item)
{
	const struct sb_netbox_home *home = write->reading.home;
	sb_autojson *values = sb_home_remove(json_object_get(from, "new"), home, key);

	return put_object(write, to, new_key, values, item);
}

/* The document that an item belongs to after the write; NULL = it is not one of ours. */
static json_t *next_parent(struct home_write *write, struct home_item *to, json_t *parent,
			   const json_t *item)
{
	to->parent = json_integer_value(json_object_get(parent, "id"));
	return sb_json_int(item, write->reading.home->parent, &to->parent) == 0
		       ? parent_of(write, to->parent)
		       : parent;
}

static int update_object(struct home_write *write, struct home_item *to, const json_t *item)
{
	sb_autojson *values = values_of(write, item);
	sb_autofree char *key = NULL;
	const char *found, *other, *new_key = key_of(item);
	json_t *parent = find_object(write, to->id, &found), *next;
	bool is_renamed;
	int rc = 0;

	if (!parent) {
		to->id = 0;
		return 0;
	}
	key = strdup(found); /* the document changes */
	next = next_parent(write, to, parent, item);
	is_renamed = new_key && !sb_streq(new_key, found);
	if (!next)
		refuse_item(to, "the object that it is kept in is not one of stagebox");
	else if (is_renamed &&
		 find_object(write, sb_home_id(write->reading.home->name, new_key), &other))
		refuse_item(to, KEY_IS_TAKEN);
	if (to->is_refused)
		return 0;
	if (!key || !values)
		return SB_E_NOMEM;
	if (!is_renamed)
		new_key = key;
	if (next != parent || is_renamed)
		rc = move_object(write, parent, key, next, new_key, item);
	return rc ? rc : put_object(write, next, new_key, values, item);
}

static int delete_object(struct home_write *write, struct home_item *to, const json_t *item)
{
	const char *found;
	json_t *parent = find_object(write, to->id, &found);
	sb_autofree char *key = parent ? strdup(found) : NULL;

	if (!parent)
		return 0;
	to->parent = json_integer_value(json_object_get(parent, "id"));
	note_message(parent, item);
	if (!key)
		return SB_E_NOMEM;
	json_decref(sb_home_remove(json_object_get(parent, "new"), write->reading.home, key));
	return 0;
}

static int apply_items(struct home_write *write)
{
	const json_t *item;
	size_t i;
	int rc = 0;

	json_array_foreach (write->body, i, item) {
		struct home_item *to = &write->items[i];

		sb_json_int(item, "id", &to->id);
		if (rc < 0)
			break;
		if (has_method(write, "POST"))
			rc = create_object(write, to, item);
		else if (has_method(write, "PATCH"))
			rc = update_object(write, to, item);
		else
			rc = delete_object(write, to, item);
	}
	return rc;
}

/* Refuse the items of a parent whose document is too long. */
static void refuse_parent(struct home_write *write, int64_t parent, const char *why)
{
	size_t i;

	for (i = 0; i < write->n; i++)
		if (write->items[i].parent == parent)
			refuse_item(&write->items[i], why);
}

static int fit_documents(struct home_write *write)
{
	struct sb_netbox *netbox = write->reading.netbox;
	struct sb_error why = SB_ERROR_INIT;
	const char *text;
	json_t *parent;

	json_object_foreach (write->parents, text, parent) {
		int64_t rc = sb_home_fit(json_object_get(parent, "new"), netbox->homes.list,
					 netbox->homes.n, &why);

		if (rc == SB_E_REFUSED)
			refuse_parent(write, json_integer_value(json_object_get(parent, "id")),
				      why.text);
		else if (rc < 0)
			return (int)rc;
	}
	return 0;
}

static bool any_refused(const struct home_write *write)
{
	size_t i;

	for (i = 0; i < write->n; i++)
		if (write->items[i].is_refused)
			return true;
	return false;
}

/* The body of the request: the parents whose document changes. */
static json_t *patch_body(struct home_write *write)
{
	json_t *body = json_array(), *parent;
	const char *text;

	json_object_foreach (write->parents, text, parent) {
		json_t *now = json_object_get(parent, "new"), *old = json_object_get(parent, "old");
		json_t *id = json_object_get(parent, "id");
		json_t *value = sb_home_is_empty(now) ? json_null() : json_incref(now);

		if (json_equal(old, value)) {
			json_decref(value);
			continue;
		}
		json_array_append_new(body,
				      json_pack("{s:O, s:{s:o}, s:O*}", "id", id, "custom_fields",
						write->reading.home->field, value, MESSAGE,
						json_object_get(parent, MESSAGE)));
		json_array_append(write->patched, id);
	}
	return body;
}

static size_t count_items_of(const struct home_write *write, int64_t parent)
{
	size_t i, n = 0;

	for (i = 0; i < write->n; i++)
		n += write->items[i].parent == parent;
	return n;
}

/* NetBox names parents. The item that is the only one of its parent is the refused one. */
static void take_refusal(struct home_write *write, const struct sb_netbox_written *written)
{
	struct sb_error why = written->why;
	size_t i;

	why.http_status = written->status;
	for (i = 0; i < written->n_items; i++) {
		int64_t parent =
			json_integer_value(json_array_get(write->patched, written->items[i].index));

		if (count_items_of(write, parent) == 1)
			refuse_parent(write, parent, written->items[i].text);
	}
	end_refused(write, &why);
}

static void parents_written(void *arg, const struct sb_netbox_written *written)
{
	struct home_write *write = arg;
	struct sb_netbox_written other = *written;

	sb_home_unlink(&write->reading);
	if (written->outcome == SB_NETBOX_DONE) {
		end_done(write);
	} else if (written->outcome == SB_NETBOX_REJECTED) {
		take_refusal(write, written);
	} else {
		other.ids = NULL;
		other.items = NULL;
		other.n_ids = other.n_items = 0;
		end_write(write, &other);
	}
}

/* The write counts as under way again, so that the end of the session releases it. */
static void send_documents(struct home_write *write, const json_t *body)
{
	struct sb_error why = SB_ERROR_INIT;
	int rc;

	sb_home_link(&write->reading);
	rc = sb_netbox_write_table(write->reading.netbox, "PATCH", write->reading.home->parent_path,
				   "id,custom_fields", body, parents_written, write, &why);
	if (!rc)
		return;
	sb_home_unlink(&write->reading);
	end_refused(write, &why);
}

static void write_items(struct home_reading *reading, enum sb_netbox_list_state state,
			const struct sb_error *why)
{
	struct home_write *write = (struct home_write *)reading;
	struct sb_error own = SB_ERROR_INIT;
	sb_autojson *body = NULL;
	int rc = reading->failed_rc;

	if (state != SB_NETBOX_COMPLETE) {
		if (why)
			own = *why;
		sb_context(&own, own.code, "reading what field %s holds", reading->home->field);
		end_unsent(write, sb_home_unread(why), &own);
		return;
	}
	if (!rc)
		rc = apply_items(write);
	if (!rc)
		rc = fit_documents(write);
	if (rc < 0) {
		sb_fail(&own, SB_E_NOMEM, "out of memory");
		end_unsent(write, SB_NETBOX_RETRY, &own);
		return;
	}
	if (any_refused(write)) {
		sb_fail(&own, SB_E_HTTP, "field %s cannot hold it", reading->home->field);
		end_refused(write, &own);
		return;
	}
	body = patch_body(write);
	if (json_array_size(body))
		send_documents(write, body);
	else
		end_done(write);
}

int sb_home_write(struct sb_netbox *netbox, const struct sb_netbox_home *home, const char *method,
		  const json_t *body, sb_netbox_written_fn *done, void *arg, struct sb_error *err)
{
	struct home_write *write = calloc(1, sizeof(*write));
	int rc;

	if (!write)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	*write = (struct home_write){
		.reading = {.netbox = netbox,
			    .home = home,
			    .on_parent = note_parent,
			    .on_restart = forget_parents,
			    .on_end = write_items,
			    .release = release_write},
		.method = strdup(method),
		.body = json_deep_copy(body),
		.parents = json_object(),
		.patched = json_array(),
		.items = calloc(json_array_size(body) + 1, sizeof(struct home_item)),
		.n = json_array_size(body),
		.done = done,
		.arg = arg};
	rc = write->method && write->body && write->parents && write->patched && write->items
		     ? sb_home_take_turn(&write->reading, err)
		     : sb_fail(err, SB_E_NOMEM, "out of memory");
	if (rc < 0)
		release_write(&write->reading);
	return rc;
}
