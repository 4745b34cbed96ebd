/* SPDX-License-Identifier: Apache-2.0 */
/* Collects the least rights of the two tokens from what the loaded modules declare. */
#include "doctor/rights.h"

#include <string.h>

#include "base/list.h"
#include "conf/conf.h"
#include "netbox/client.h"
#include "run/session.h"
#include "stagebox/json.h"

static const char *const all_actions[] = {"view", "add", "change", "delete"};

bool sb_rights_kind_needs(const json_t *kind, const char *action, bool prunes)
{
	bool writes = sb_json_bool(kind, "writes", false);

	if (sb_streq(action, "view"))
		return true;
	if (sb_streq(action, "change") && sb_json_bool(kind, "added_only", false))
		return false;
	if (sb_streq(action, "delete"))
		return writes && sb_json_bool(kind, "owned", false) &&
		       (prunes || sb_json_bool(kind, "part", false));
	return writes;
}

static bool has_type(const char *type, const char *version)
{
	return !sb_streq(type, "virtualization.virtualmachinetype") ||
	       sb_netbox_version_at_least(version, 4, 6);
}

/* Two kinds can have one object type: it needs the actions of both. */
static void add_actions(json_t *types, const char *type, const json_t *kind, bool prunes)
{
	json_t *actions = json_object_get(types, type);
	size_t i;

	if (!actions) {
		actions = json_object();
		json_object_set_new(types, type, actions);
	}
	for (i = 0; i < SB_ARRAY_LEN(all_actions); i++)
		if (sb_rights_kind_needs(kind, all_actions[i], prunes))
			json_object_set_new(actions, all_actions[i], json_true());
}

static void add_type(json_t *types, const char *type, const char *const *actions)
{
	json_t *set = json_object();

	for (; *actions; actions++)
		json_object_set_new(set, *actions, json_true());
	json_object_set_new(types, type, set);
}

/* The name of a permission is what it is for; object types with equal actions share one. */
static const char *name_permission(const json_t *actions)
{
	if (json_object_get(actions, "delete"))
		return "stagebox: parts and objects that it deletes";
	return json_object_get(actions, "add") ? "stagebox: objects that it writes"
					       : "stagebox: objects that it reads";
}

static void add_to_permission(json_t *permissions, const char *type, const json_t *actions)
{
	const char *name = name_permission(actions);
	json_t *permission = NULL, *list;
	size_t i;

	json_array_foreach (permissions, i, permission)
		if (sb_streq(sb_json_str(permission, "name"), name))
			break;
	if (i == json_array_size(permissions)) {
		list = json_array();
		for (i = 0; i < SB_ARRAY_LEN(all_actions); i++)
			if (json_object_get(actions, all_actions[i]))
				json_array_append_new(list, json_string(all_actions[i]));
		permission = json_pack("{s:s, s:[], s:o}", "name", name, "object_types", "actions",
				       list);
		json_array_append_new(permissions, permission);
	}
	json_array_append_new(json_object_get(permission, "object_types"), json_string(type));
}

/* A copy with sorted members. */
static json_t *sort_members(const json_t *object)
{
	sb_autofree char *text = json_dumps(object, JSON_SORT_KEYS);

	return text ? json_loads(text, 0, NULL) : NULL;
}

/* Of the plugins custom objects and branching, whose object types other servers do not have. */
static void add_of_plugins(json_t *permissions, bool has_homes, bool has_branches)
{
	if (has_homes)
		json_array_append_new(permissions,
				      json_pack("{s:s, s:[s], s:[s, s, s]}", "name",
						"stagebox: types of custom objects", "object_types",
						"netbox_custom_objects.customobjecttype", "actions",
						"view", "add", "change"));
	if (!has_branches)
		return;
	json_array_append_new(permissions, json_pack("{s:s, s:[s], s:[s, s, s, s, s, s]}", "name",
						     "stagebox: branches", "object_types",
						     "netbox_branching.branch", "actions", "view",
						     "add", "change", "delete", "merge", "revert"));
	json_array_append_new(permissions, json_pack("{s:s, s:[s, s], s:[s]}", "name",
						     "stagebox: what branches change",
						     "object_types", "netbox_branching.changediff",
						     "core.job", "actions", "view"));
}

json_t *sb_rights_netbox(const json_t *declared, const char *version,
			 const struct sb_rights_options *options)
{
	static const char *const prepares[] = {"view", "add", "change", NULL};
	static const char *const reads[] = {"view", NULL};
	sb_autojson *types = json_object(), *sorted = NULL, *permissions = json_array();
	const json_t *kind, *member;
	const char *type;
	size_t i;

	json_array_foreach (json_object_get(declared, "kinds"), i, kind)
		add_actions(types, sb_json_str(kind, "type"), kind, options->prunes);
	json_array_foreach (json_object_get(declared, "prepares"), i, member)
		add_type(types, json_string_value(member), prepares);
	/* Who wrote a value last, when the store does not have it. */
	add_type(types, "core.objectchange", reads);
	sorted = sort_members(types);
	json_object_foreach (sorted, type, member)
		if (has_type(type, version))
			add_to_permission(permissions, type, member);
	add_of_plugins(permissions, json_array_size(json_object_get(declared, "homes")) > 0,
		       options->has_branches);
	return json_pack("{s:s, s:O}", "version", version, "permissions", permissions);
}

static bool need_applies(const json_t *need, int major)
{
	int64_t from = 0, to = 0;

	sb_json_int(need, "from", &from);
	sb_json_int(need, "to", &to);
	return (!from || major >= from) && (!to || major <= to);
}

static bool only_reads(const char *privilege)
{
	size_t len = strlen(privilege);

	return len > 6 && sb_streq(privilege + len - 6, ".Audit");
}

static void append_once(json_t *list, const json_t *text)
{
	if (!sb_list_holds(list, text))
		json_array_append(list, (json_t *)(uintptr_t)text);
}

/* Of "A|B" the first one is the lesser privilege. */
static void add_privilege(json_t *found, const json_t *need)
{
	const char *words = sb_json_str(need, "privilege");
	sb_autofree char *name = strndup(words, strcspn(words, "|"));
	json_t *entry = name ? json_object_get(found, name) : NULL;
	bool is_optional;

	if (!name)
		return;
	is_optional = sb_json_bool(need, "limit", false) && !only_reads(name);
	if (!entry) {
		entry = json_pack("{s:s, s:b, s:[], s:[]}", "privilege", name, "optional",
				  is_optional, "modules", "uses");
		json_object_set_new(found, name, entry);
	}
	if (!is_optional)
		json_object_set_new(entry, "optional", json_false());
	append_once(json_object_get(entry, "modules"), json_object_get(need, "module"));
	append_once(json_object_get(entry, "uses"), json_object_get(need, "use"));
}

json_t *sb_rights_pve(const json_t *declared, int major)
{
	sb_autojson *found = json_object(), *sorted = NULL, *list = json_array();
	const json_t *need;
	const char *name;
	json_t *entry;
	size_t i;

	json_array_foreach (json_object_get(declared, "needs"), i, need)
		if (need_applies(need, major))
			add_privilege(found, need);
	sorted = sort_members(found);
	json_object_foreach (sorted, name, entry)
		json_array_append(list, entry);
	return json_pack("{s:i, s:O}", "version", major, "privileges", list);
}

int sb_rights_meet_netbox(const json_t *conf, char ret_version[32], struct sb_error *err)
{
	struct sb_netbox *netbox = NULL;
	struct sb_http *http = NULL;
	struct sb_io *io = NULL;
	int rc = sb_session_netbox_io(conf, &io, err);

	if (!rc)
		rc = sb_http_create(io, &http, err);
	if (!rc)
		rc = sb_netbox_create(http, &netbox, err);
	if (!rc)
		rc = sb_netbox_open(netbox, err);
	if (!rc)
		snprintf(ret_version, 32, "%s", sb_netbox_caps(netbox)->version);
	sb_netbox_destroy(netbox);
	sb_http_destroy(http);
	sb_io_destroy(io);
	return rc;
}

int sb_rights_meet_pve(const json_t *conf, const char *slug, int *ret_major, struct sb_error *err)
{
	unsigned n =
		(unsigned)json_array_size(json_object_get(sb_conf_endpoint(conf, slug), "urls"));
	struct sb_http *http = NULL;
	struct sb_pve *pve = NULL;
	struct sb_io *io = NULL;
	unsigned url;
	int rc = 0;

	*ret_major = 0;
	for (url = 0; url < n && !*ret_major; url++) {
		rc = sb_session_pve_io(conf, slug, url, &io, err);
		if (!rc)
			rc = sb_http_create(io, &http, err);
		if (!rc)
			rc = sb_pve_create(http, slug, "", 1, &pve, err);
		if (!rc)
			rc = sb_pve_open(pve, err);
		/* The version is answered first, to every valid token. */
		*ret_major = pve ? sb_pve_version_major(pve) : 0;
		sb_pve_destroy(pve);
		sb_http_destroy(http);
		sb_io_destroy(io);
		pve = NULL;
		http = NULL;
		io = NULL;
	}
	return *ret_major ? 0 : rc;
}
