/* SPDX-License-Identifier: Apache-2.0 */
/* The document of `stagebox ha`, from the rows of ha_fetch_view(). */
#include "view.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stagebox/conf.h"
#include "stagebox/view.h"

void ha_add_note(struct ha_view *view, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	json_array_append_new(json_object_get(view->document, "notes"), json_vsprintf(fmt, ap));
	va_end(ap);
}

const char *ha_name_of(const json_t *guest)
{
	const char *name = sb_json_str(guest, "name");

	return name ? name : sb_json_str(guest, "pve_name");
}

/* The guest with this key, made when nothing has named it before. NULL = it is not a guest. */
static json_t *open_guest(struct ha_view *view, const char *key)
{
	const char *slash = strchr(key, '/'), *number = strrchr(key, '/');
	json_t *guest = json_object_get(view->guests, key);
	char type[16];

	if (guest || !slash || slash == number)
		return guest;
	snprintf(type, sizeof(type), "%.*s", (int)(number - slash - 1), slash + 1);
	if (!ha_word_of(type))
		return NULL;
	guest = json_pack("{s:s, s:o, s:I, s:n, s:n, s:b}", "key", key, "sid",
			  json_sprintf("%s:%s", ha_word_of(type), number + 1), "vmid",
			  (json_int_t)strtoll(number + 1, NULL, 10), "name", "pve_name", "reported",
			  0);
	json_object_set_new(view->guests, key, guest);
	return guest;
}

static int take_guest(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
		      struct sb_error *err)
{
	const char *name = sb_json_str(row, "name");
	json_t *guest = open_guest(arg, key);

	(void)stage, (void)err;
	if (guest)
		json_object_set_new(guest, "reported", json_true());
	if (guest && name)
		json_object_set_new(guest, "pve_name", json_string(name));
	return 0;
}

static int take_object(struct sb_stage_run *stage, const json_t *row, void *arg,
		       struct sb_error *err)
{
	const char *key = sb_json_str(row, "stagebox_key"), *name = sb_json_str(row, "name");
	json_t *guest = key ? open_guest(arg, key) : NULL;

	(void)stage, (void)err;
	if (guest && name)
		json_object_set_new(guest, "name", json_string(name));
	return 0;
}

static bool is_known(const struct ha_view *view, const char *source)
{
	struct sb_error why = SB_ERROR_INIT; /* core makes a note of it */

	return sb_rows_state(view->stage, source, "", &why) == SB_ROWS_COMPLETE;
}

static const char *last_part(const char *key)
{
	return strrchr(key, '/') + 1;
}

/* One list, while it is made of rows: the id of a row is a member of that name. */
struct list {
	const char *member;
	json_t *rows;
};

static int take_row(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
		    struct sb_error *err)
{
	const struct list *list = arg;
	json_t *copy = json_copy((json_t *)(uintptr_t)row);

	(void)stage, (void)err;
	json_object_set_new(copy, list->member, json_string(last_part(key)));
	return json_array_append_new(list->rows, copy) < 0 ? SB_E_NOMEM : 0;
}

/* The rows of a source, null when they are unknown. */
static json_t *list_rows(struct ha_view *view, const char *source, const char *member)
{
	struct list list = {member, json_array()};

	if (!is_known(view, source)) {
		json_decref(list.rows);
		return json_null();
	}
	sb_rows_each(view->stage, source, "", take_row, &list, &view->why);
	return list.rows;
}

/* {"<service id>": ["<rule>"]} of the rules that are applied; null when they are unknown. New
 * reference. */
static json_t *index_rules(const json_t *rules)
{
	json_t *index, *rule, *member;
	size_t i, j;

	if (!json_is_array(rules))
		return json_null();
	index = json_object();
	json_array_foreach (rules, i, rule) {
		if (json_is_true(json_object_get(rule, "disabled")) ||
		    json_array_size(json_object_get(rule, "errors")))
			continue;
		json_array_foreach (json_object_get(rule, "resources"), j, member) {
			const char *sid = json_string_value(member);
			json_t *names = json_object_get(index, sid);

			if (!names)
				json_object_set_new(index, sid, names = json_array());
			json_array_append(names, json_object_get(rule, "rule"));
		}
	}
	return index;
}

/* The names of the rules that bind a resource; null when they are unknown. New reference. */
static json_t *names_of(const json_t *index, const char *sid)
{
	json_t *names = json_object_get(index, sid);

	if (names)
		return json_incref(names);
	return json_is_object(index) ? json_array() : json_null();
}

static void add_service(struct ha_view *view, json_t *resource, const char *sid)
{
	static const char *const members[] = {"state", "crm_state", "node"};
	sb_autojson *service = ha_get_item(view->stage, HA_SERVICES, sid);
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(members); i++)
		json_object_set_new(resource, members[i], ha_value_of(service, members[i]));
}

static void add_guest(struct ha_view *view, json_t *resource, const char *sid)
{
	static const char *const members[] = {"key", "vmid", "name", "pve_name"};
	const char *type = ha_type_of(sid);
	json_t *guest = NULL;
	char key[256];
	size_t i;

	snprintf(key, sizeof(key), "%s/%s/%s", sb_run_endpoint(view->stage), type ? type : "",
		 sid + strcspn(sid, ":") + (type ? 1 : 0));
	if (type)
		guest = open_guest(view, key);
	for (i = 0; i < SB_ARRAY_LEN(members); i++)
		json_object_set_new(resource, members[i], ha_value_of(guest, members[i]));
}

static int compare_resources(const void *a, const void *b)
{
	const json_t *one = *(json_t *const *)a, *two = *(json_t *const *)b;
	json_int_t vmid_one = json_integer_value(json_object_get(one, "vmid"));
	json_int_t vmid_two = json_integer_value(json_object_get(two, "vmid"));

	if (vmid_one != vmid_two)
		return vmid_one < vmid_two ? -1 : 1;
	return strcmp(sb_json_str(one, "sid"), sb_json_str(two, "sid"));
}

/* In the order of their VMIDs. New reference. */
static json_t *sort_resources(const json_t *list)
{
	size_t n = json_array_size(list), i;
	sb_autofree json_t **rows = calloc(n + 1, sizeof(json_t *));
	json_t *sorted = json_array();

	for (i = 0; rows && i < n; i++)
		rows[i] = json_array_get(list, i);
	if (rows)
		qsort(rows, n, sizeof(*rows), compare_resources);
	for (i = 0; rows && i < n; i++)
		json_array_append(sorted, rows[i]);
	return sorted;
}

static json_t *list_resources(struct ha_view *view, const json_t *rules)
{
	sb_autojson *list = list_rows(view, HA_RESOURCES, "sid"), *index = index_rules(rules);
	json_t *resource;
	size_t i;

	json_array_foreach (list, i, resource) {
		const char *sid = sb_json_str(resource, "sid");

		add_service(view, resource, sid);
		add_guest(view, resource, sid);
		json_object_set_new(resource, "rules", names_of(index, sid));
	}
	return json_is_array(list) ? sort_resources(list) : json_null();
}

/* {"pve1": {"state", "lrm", "mode"?}} as a list. */
static json_t *list_nodes(const json_t *nodes, const json_t *dead)
{
	json_t *list = json_array(), *node;
	const char *name;

	json_object_foreach ((json_t *)(uintptr_t)nodes, name, node) {
		sb_autojson *lrm = json_sprintf("lrm:%s", name);
		json_t *row = json_pack("{s:s, s:s?, s:s?, s:s?}", "node", name, "state",
					sb_json_str(node, "state"), "lrm", sb_json_str(node, "lrm"),
					"mode", sb_json_str(node, "mode"));
		bool is_dead = false;
		json_t *id;
		size_t i;

		json_array_foreach (dead, i, id)
			is_dead = is_dead || json_equal(id, lrm);
		json_object_set_new(row, "dead", json_boolean(is_dead));
		json_array_append_new(list, row);
	}
	return list;
}

static void note_names(struct ha_view *view, const json_t *cluster, const char *member,
		       const char *what)
{
	const json_t *list = json_object_get(cluster, member);
	sb_autofree char *names = json_array_size(list) ? ha_join(list) : NULL;

	if (names)
		ha_add_note(view, "%s: %s", what, names);
}

/* Members of the cluster that are unknown, or that this version does not have, are null. */
static void read_cluster(struct ha_view *view)
{
	static const char *const sources[] = {HA_STATUS, HA_MANAGER, HA_OPTIONS};
	static const char *const members[] = {"quorate", "master", "armed",
					      "mode",    "crs",    "shutdown_policy"};
	sb_autojson *cluster = json_object();
	struct sb_error why = SB_ERROR_INIT;
	json_t *nodes;
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(sources); i++)
		ha_add_document(view->stage, sources[i], cluster, &why);
	for (i = 0; i < SB_ARRAY_LEN(members); i++)
		json_object_set_new(view->data, members[i], ha_value_of(cluster, members[i]));
	nodes = json_object_get(cluster, "nodes");
	json_object_set_new(
		view->data, "nodes",
		nodes ? list_nodes(nodes, json_object_get(cluster, "dead")) : json_null());
	if (json_is_false(json_object_get(view->data, "quorate")))
		ha_add_note(view,
			    "The cluster has no quorum, says the node that answered: it shows "
			    "what it knew when it was cut off.");
	note_names(view, cluster, "dead", "Without a sign of life");
	note_names(view, cluster, "drift",
		   "Their clocks are ahead of that of the node that answered");
}

/* Resources need a manager. Without one they stay as they are, also when their node is lost. */
static void note_no_manager(struct ha_view *view)
{
	bool is_quorate = json_is_true(json_object_get(view->data, "quorate"));
	const char *armed = sb_json_str(view->data, "armed");

	if (!is_quorate || !json_array_size(json_object_get(view->data, "resources")))
		return;
	if (!json_is_null(json_object_get(view->data, "master")) &&
	    !(armed && sb_streq(armed, "standby")))
		return;
	ha_add_note(view,
		    "No HA manager is active, although there are resources: nothing is started, "
		    "moved or recovered.");
}

static int read_guests(struct ha_view *view, struct sb_error *err)
{
	int rc = sb_rows_each(view->stage, HA_GUESTS, "", take_guest, view, err);

	if (sb_nb_state(view->stage, 0, NULL) != SB_ROWS_COMPLETE)
		ha_add_note(view, "The names of guests are those of Proxmox VE, because NetBox's "
				  "are not known.");
	return rc < 0 ? rc : sb_nb_each(view->stage, 0, take_object, view, err);
}

static int read_all(struct ha_view *view, struct sb_error *err)
{
	bool has_rules = sb_pve_major(view->stage) >= 9;
	json_t *rules = has_rules ? list_rows(view, HA_BINDINGS, "rule") : NULL;
	int rc;

	read_cluster(view);
	rc = read_guests(view, err);
	if (has_rules)
		json_object_set_new(view->data, "rules", rules);
	else
		json_object_set_new(view->data, "groups", list_rows(view, HA_GROUPS, "group"));
	json_object_set_new(view->data, "resources", list_resources(view, rules));
	note_no_manager(view);
	view->knows_managed = is_known(view, HA_RESOURCES);
	view->knows_guests = is_known(view, HA_GUESTS);
	if (!rc && view->why.code) {
		*err = view->why;
		rc = view->why.code;
	}
	return rc;
}

int ha_show(struct sb_stage_run *stage, json_t *document, void *arg, struct sb_error *err)
{
	const char *word = sb_view_word(stage);
	sb_autojson *guests = json_object();
	struct ha_view view = {
		.stage = stage, .document = document, .data = json_object(), .guests = guests};
	int rc;

	(void)arg;
	json_object_set_new(document, "data", view.data);
	json_object_set_new(document, "notes", json_array());
	json_object_set_new(document, "tables", json_array());
	rc = read_all(&view, err);
	if (!rc && *word)
		return ha_show_guests(&view, word);
	if (!rc)
		ha_add_tables(&view);
	return rc;
}
