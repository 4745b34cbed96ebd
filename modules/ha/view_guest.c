/* SPDX-License-Identifier: Apache-2.0 */
/* `stagebox ha GUEST`: one guest, or several that have the name. */
#include "view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "stagebox/conf.h"

static bool is_text(const json_t *object, const char *member, const char *word)
{
	const char *text = sb_json_str(object, member);

	return text && !strcasecmp(text, word);
}

static bool is_named(const json_t *guest, const char *word)
{
	char vmid[24];

	snprintf(vmid, sizeof(vmid), "%" JSON_INTEGER_FORMAT,
		 json_integer_value(json_object_get(guest, "vmid")));
	return sb_streq(vmid, word) || is_text(guest, "key", word) || is_text(guest, "sid", word) ||
	       is_text(guest, "name", word) || is_text(guest, "pve_name", word);
}

static json_t *find_resource(const struct ha_view *view, const char *sid)
{
	json_t *resource;
	size_t i;

	json_array_foreach (json_object_get(view->data, "resources"), i, resource)
		if (sb_streq(sb_json_str(resource, "sid"), sid))
			return resource;
	return NULL;
}

/* The rules that name a resource, also those that are not applied; null when they are unknown. */
static json_t *list_rules(const struct ha_view *view, const char *sid)
{
	const json_t *rules = json_object_get(view->data, "rules");
	sb_autojson *own = json_string(sid);
	json_t *list = json_array(), *rule, *member;
	size_t i, j;

	if (!json_is_array(rules)) {
		json_decref(list);
		return json_null();
	}
	json_array_foreach (rules, i, rule)
		json_array_foreach (json_object_get(rule, "resources"), j, member)
			if (json_equal(member, own))
				json_array_append(list, rule);
	return list;
}

/* The group of a resource, a list of at most one; null when it is unknown. */
static json_t *list_groups(const struct ha_view *view, const json_t *resource)
{
	const json_t *groups = json_object_get(view->data, "groups"), *group;
	const char *name = sb_json_str(resource, "group");
	json_t *list;
	size_t i;

	if (!json_is_array(groups))
		return json_null();
	list = json_array();
	json_array_foreach (groups, i, group)
		if (name && sb_streq(sb_json_str(group, "group"), name))
			json_array_append(list, (json_t *)(uintptr_t)group);
	return list;
}

/* "web1 (lab/qemu/101)" */
static json_t *make_title(const json_t *guest)
{
	const char *name = ha_name_of(guest), *key = sb_json_str(guest, "key");

	return name ? json_sprintf("%s (%s)", name, key) : json_string(key);
}

static void add_record(struct ha_view *view, const json_t *guest, const json_t *resource)
{
	static const struct {
		const char *title, *member;
	} members[] = {
		{"resource", "sid"},
		{"requested", "requested"},
		{"state", "state"},
		{"node", "node"},
		{"max. restart", "max_restart"},
		{"max. relocate", "max_relocate"},
		{"failback", "failback"},
		{"comment", "comment"},
	};
	const json_t *errors = json_object_get(resource, "errors");
	sb_autojson *title = make_title(guest);
	json_t *rows = json_array();
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(members); i++)
		json_array_append_new(rows,
				      json_pack("[s, O]", members[i].title,
						json_object_get(resource, members[i].member)));
	if (json_array_size(errors))
		json_array_append_new(rows, json_pack("[s, o]", "errors", ha_list_text(errors)));
	ha_add_table(view, json_string_value(title), NULL, rows);
}

/* One sentence about a guest without a record, or what its record does not say. */
static void note_guest(struct ha_view *view, const json_t *guest, const json_t *resource)
{
	sb_autojson *title = make_title(guest);
	const char *name = json_string_value(title);

	if (view->knows_guests && !json_is_true(json_object_get(guest, "reported")))
		ha_add_note(view,
			    "%s: Proxmox VE does not report this guest, which was deleted or is "
			    "hidden from the token.",
			    name);
	else if (resource && !ha_is_managed(resource))
		ha_add_note(view, "%s is ignored by HA: it is neither restarted nor moved.", name);
	else if (!view->knows_managed)
		ha_add_note(view, "Whether HA manages %s is not known.", name);
	else if (!resource)
		ha_add_note(view, "%s is not managed by HA.", name);
}

static void show_guest(struct ha_view *view, const json_t *guest, json_t *answers)
{
	const char *sid = sb_json_str(guest, "sid");
	json_t *resource = find_resource(view, sid);
	json_t *answer = json_copy((json_t *)(uintptr_t)guest);
	bool has_groups = json_object_get(view->data, "groups");

	json_object_set_new(
		answer, "managed",
		view->knows_managed ? json_boolean(ha_is_managed(resource)) : json_null());
	if (!view->knows_guests)
		json_object_set_new(answer, "reported", json_null());
	json_object_set_new(answer, "resource", resource ? json_incref(resource) : json_null());
	if (has_groups)
		json_object_set_new(answer, "groups", list_groups(view, resource));
	else
		json_object_set_new(answer, "rules", list_rules(view, sid));
	json_array_append_new(answers, answer);
	if (resource) {
		add_record(view, guest, resource);
		ha_add_bindings(view, json_object_get(answer, "rules"),
				json_object_get(answer, "groups"));
	}
	note_guest(view, guest, resource);
}

int ha_show_guests(struct ha_view *view, const char *word)
{
	json_t *answers = json_array(), *guest;
	const char *key;

	json_object_foreach (view->guests, key, guest)
		if (is_named(guest, word))
			show_guest(view, guest, answers);
	json_object_set_new(view->document, "data", /* instead of that of the whole endpoint */
			    json_pack("{s:O, s:o}", "quorate",
				      json_object_get(view->data, "quorate"), "guests", answers));
	view->data = NULL;
	return json_array_size(answers) ? 0 : SB_E_NOTFOUND;
}
