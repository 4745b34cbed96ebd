/* SPDX-License-Identifier: Apache-2.0 */
#include "compare.h"

#include "families.h"

#include <stdio.h>

#include "stagebox/json.h"

#define ADDRESSES "ipam/ip-addresses"

static const char *const shared_paths[] = {"ipam/vlans",
					   "ipam/vlan-groups",
					   "extras/tags",
					   "dcim/platforms",
					   "dcim/device-roles",
					   "dcim/device-types",
					   "dcim/manufacturers",
					   "dcim/sites",
					   "virtualization/cluster-types",
					   "virtualization/virtual-machine-types"};

/* One NetBox, prepared for the comparison. */
struct side {
	const struct sim_world *world;
	json_t *dump;
	json_t *guests; /* of Proxmox VE, by key */
	json_t *names;  /* of guests in NetBox: name -> key */
	json_t *kept;   /* names of the guests of difference 2, as parts refer to them */
};

static bool is_shared(const char *path)
{
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(shared_paths); i++)
		if (sb_streq(path, shared_paths[i]))
			return true;
	return false;
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = sb_json_str(object, name);

	return text ? text : "";
}

/* Is this the key of a guest that has gone, or of its part? */
static bool is_of_gone_guest(const struct side *side, const char *key)
{
	const char *number = strchr(key, '/'), *end;
	char guest[40];

	number = number ? strchr(number + 1, '/') : NULL;
	if (!number || (!strstr(key, "/qemu/") && !strstr(key, "/lxc/")))
		return false;
	end = number + 1 + strcspn(number + 1, "/");
	snprintf(guest, sizeof(guest), "%.*s", (int)(end - key), key);
	return !json_object_get(side->guests, guest);
}

static bool begins_with_any(const json_t *names, const char *text)
{
	const json_t *name;
	size_t i;

	json_array_foreach (names, i, name) {
		size_t len = json_string_length(name);

		if (strncmp(text, json_string_value(name), len) == 0 &&
		    (text[len] == '/' || !text[len]))
			return true;
	}
	return false;
}

static bool is_kept(const struct side *side, const json_t *object)
{
	const char *key = text_of(json_object_get(object, "custom_fields"), "stagebox_key");

	return !side->world->setup.prunes &&
	       (is_of_gone_guest(side, key) ||
		begins_with_any(side->kept, text_of(object, "assigned_object_id")) ||
		begins_with_any(side->kept, text_of(object, "virtual_machine")));
}

static void find_kept(struct side *side)
{
	const json_t *part;
	size_t i;

	side->kept = json_array();
	json_array_foreach (json_object_get(side->dump, "virtualization/interfaces"), i, part)
		if (is_kept(side, part))
			json_array_append(side->kept, json_object_get(part, "virtual_machine"));
}

static bool reports_address(const json_t *guest, const char *address)
{
	const char *card;
	json_t *list, *text;
	size_t i;

	json_object_foreach (json_object_get(guest, "addresses"), card, list)
		json_array_foreach (list, i, text)
			if (sb_streq(json_string_value(text), address))
				return true;
	return false;
}

/* NetBox's virtual machines of the guests of Proxmox VE that report an address. */
static json_t *machines_with(const struct side *side, const char *address)
{
	json_t *machine, *machines = json_array();
	size_t i;

	json_array_foreach (json_object_get(side->dump, "virtualization/virtual-machines"), i,
			    machine) {
		const char *key =
			text_of(json_object_get(machine, "custom_fields"), "stagebox_key");

		if (reports_address(json_object_get(side->guests, key), address))
			json_array_append(machines, machine);
	}
	return machines;
}

/* Difference 2: the role of an address that one guest has now, and a kept object, too. */
static void generalise_role(const struct side *side, const char *address)
{
	sb_autojson *machines = machines_with(side, address);
	json_t *row;
	size_t i;

	if (json_array_size(machines) > 1)
		return;
	json_array_foreach (json_object_get(side->dump, ADDRESSES), i, row)
		if (sb_streq(text_of(row, "address"), address))
			json_object_set_new(row, "role", json_null());
}

static void generalise_roles(const struct side *side)
{
	const json_t *row;
	size_t i;

	json_array_foreach (json_object_get(side->dump, ADDRESSES), i, row)
		if (is_kept(side, row))
			generalise_role(side, text_of(row, "address"));
}

static const char *role_of(const struct side *side, const char *address)
{
	const json_t *row;
	size_t i;

	json_array_foreach (json_object_get(side->dump, ADDRESSES), i, row) {
		sb_autojson *name = json_sprintf("%s/%s", text_of(row, "address"),
						 text_of(row, "assigned_object_id"));

		if (sb_streq(json_string_value(name), address))
			return text_of(row, "role");
	}
	return "?";
}

/* Difference 3: "one of its addresses, role vip". */
static void generalise_primary(const struct side *side, json_t *machine, const char *field)
{
	const char *address = sb_json_str(machine, field);
	sb_autojson *name = json_sprintf("/%s/", text_of(machine, "name"));

	if (!address || !strstr(address, json_string_value(name)))
		return;
	json_object_set_new(
		machine, field,
		json_sprintf("one of its addresses, role \"%s\"", role_of(side, address)));
}

/* Difference 5: "of one of its guests", and their primary address. */
static void generalise_contested(const struct side *side)
{
	json_t *row, *machine;
	size_t i, k;

	json_array_foreach (json_object_get(side->dump, ADDRESSES), i, row) {
		json_t *custom = json_object_get(row, "custom_fields");
		sb_autojson *machines = machines_with(side, text_of(row, "address"));

		if (!json_is_true(json_object_get(custom, "stagebox_adopted")) ||
		    json_array_size(machines) < 2)
			continue;
		json_object_set_new(row, "assigned_object_id", json_string("one of its guests"));
		json_object_set_new(custom, "stagebox_key", json_string("one of its guests"));
		json_array_foreach (machines, k, machine)
			json_object_set_new(machine,
					    strchr(text_of(row, "address"), ':') ? "primary_ip6"
										 : "primary_ip4",
					    json_string("contested"));
	}
}

/* Put the keys of guests in the place of their names, in a text such as "lab/site/web (103)/net0".
 */
static json_t *without_names(const struct side *side, const char *text)
{
	sb_autobuf out = SB_BUF_INIT(1 << 16);

	for (;;) {
		size_t len = strcspn(text, "/");
		sb_autofree char *part = strndup(text, len);
		const char *key = sb_json_str(side->names, part);

		sb_buf_add(&out, key ? key : part);
		if (!text[len])
			return json_string(sb_buf_str(&out));
		sb_buf_add(&out, "/");
		text += len + 1;
	}
}

static json_t *replace_names(const struct side *side, json_t *value)
{
	json_t *member, *copy;
	const char *name;
	size_t i;

	if (json_is_string(value) && strchr(json_string_value(value), '/'))
		return without_names(side, json_string_value(value));
	if (json_is_object(value)) {
		copy = json_object();
		json_object_foreach (value, name, member)
			json_object_set_new(copy, name, replace_names(side, member));
		return copy;
	}
	if (json_is_array(value)) {
		copy = json_array();
		json_array_foreach (value, i, member)
			json_array_append_new(copy, replace_names(side, member));
		return copy;
	}
	return json_incref(value);
}

/* Difference 4: "web (103)" is "web" as well. */
static void generalise_names(struct side *side)
{
	json_t *machine, *renamed;
	size_t i;

	side->names = json_object();
	json_array_foreach (json_object_get(side->dump, "virtualization/virtual-machines"), i,
			    machine) {
		json_t *custom = json_object_get(machine, "custom_fields");
		const char *key = text_of(custom, "stagebox_key"), *name = text_of(machine, "name");
		char suffix[24];
		size_t len = strlen(name), cut;

		if (!*key)
			continue;
		json_object_set_new(side->names, name, json_string(key));
		cut = (size_t)snprintf(suffix, sizeof(suffix), " (%s)", strrchr(key, '/') + 1);
		if (len > cut && sb_streq(name + len - cut, suffix))
			json_object_set_new(machine, "name", json_stringn(name, len - cut));
	}
	renamed = replace_names(side, side->dump);
	json_decref(side->dump);
	side->dump = renamed;
}

static void generalise_primaries(const struct side *side, const char *path)
{
	json_t *machine;
	size_t i;

	json_array_foreach (json_object_get(side->dump, path), i, machine) {
		generalise_primary(side, machine, "primary_ip4");
		generalise_primary(side, machine, "primary_ip6");
	}
}

static void prepare_side(struct side *side, const struct sim_world *world)
{
	side->world = world;
	side->dump = lab_netbox_dump(world->netbox, true);
	side->guests = lab_pve_dump(world->pve);
	find_kept(side);
	generalise_roles(side);
	generalise_primaries(side, "virtualization/virtual-machines");
	generalise_primaries(side, "dcim/devices");
	generalise_contested(side);
	generalise_names(side);
	json_decref(side->kept);
	find_kept(side);
}

static void side_finish(struct side *side)
{
	json_decref(side->dump);
	json_decref(side->guests);
	json_decref(side->kept);
	json_decref(side->names);
}

static bool has_tag(const struct side *side, const json_t *list, const json_t *name)
{
	const json_t *object, *tag;
	size_t i, k;

	json_array_foreach (list, i, object)
		json_array_foreach (json_object_get(object, "tags"), k, tag)
			if (json_equal((json_t *)(uintptr_t)tag, (json_t *)(uintptr_t)name) &&
			    !is_kept(side, object))
				return true;
	return false;
}

/* A tag that no object has, but for those of difference 2; a dump shows the tags of an object by
 * name or slug. */
static bool is_idle_tag(const struct side *side, const char *path, const json_t *row)
{
	const char *other;
	json_t *list;

	if (!sb_streq(path, "extras/tags"))
		return false;
	json_object_foreach (side->dump, other, list)
		if (has_tag(side, list, json_object_get(row, "name")) ||
		    has_tag(side, list, json_object_get(row, "slug")))
			return false;
	return true;
}

/* Difference 2: the other world has this address with a guest that has gone. */
static bool is_kept_there(const struct side *other, const char *path, const json_t *row)
{
	const json_t *theirs;
	size_t i;

	json_array_foreach (json_object_get(other->dump, path), i, theirs)
		if (sb_streq(path, ADDRESSES) && is_kept(other, theirs) &&
		    sb_streq(text_of(theirs, "address"), text_of(row, "address")))
			return true;
	return false;
}

static bool has_no_key(const json_t *object)
{
	return !*text_of(json_object_get(object, "custom_fields"), "stagebox_key");
}

static json_t *without_maker(const json_t *address)
{
	json_t *copy = json_copy((json_t *)(uintptr_t)address);
	sb_autojson *custom = json_copy(json_object_get(address, "custom_fields"));

	json_object_del(custom, "stagebox_adopted");
	json_object_set(copy, "custom_fields", custom);
	json_object_del(copy, "description");
	return copy;
}

static json_t *without_name(const json_t *address)
{
	json_t *copy = json_copy((json_t *)(uintptr_t)address);

	json_object_del(copy, "dns_name");
	return copy;
}

static bool is_of_people(const json_t *address)
{
	return has_no_key(address) ||
	       json_is_true(json_object_get(json_object_get(address, "custom_fields"),
					    "stagebox_adopted"));
}

/* Differences 6 and 7. */
static bool is_same_address(const struct sim_history *history, const json_t *a, const json_t *b)
{
	bool are_of_people = is_of_people(a) && is_of_people(b);
	sb_autojson *one = NULL, *other = NULL;

	if (!are_of_people && !history->people_deleted)
		return false;
	one = are_of_people ? without_name(a) : without_maker(a);
	other = are_of_people ? without_name(b) : without_maker(b);
	return json_equal(one, other);
}

static bool is_same_object(const struct sim_history *history, const char *path, const json_t *a,
			   const json_t *b)
{
	return json_equal((json_t *)(uintptr_t)a, (json_t *)(uintptr_t)b) ||
	       (sb_streq(path, ADDRESSES) && is_same_address(history, a, b));
}

/* Difference 6: did the address of people go with a guest in the other world? */
static bool may_be_deleted(const struct sim_history *history, const char *path, const json_t *row)
{
	return history->people_deleted && sb_streq(path, ADDRESSES) && has_no_key(row);
}

/* Report the objects of one side that the other lacks. */
static void report_missing(struct sim_history *history, const struct side *side,
			   const struct side *other, const char *path)
{
	const json_t *others = json_object_get(other->dump, path), *row, *theirs;
	size_t i, k;

	json_array_foreach (json_object_get(side->dump, path), i, row) {
		sb_autofree char *text = NULL;
		bool is_there = false;

		json_array_foreach (others, k, theirs)
			is_there = is_there || is_same_object(history, path, row, theirs);
		if (is_there || is_kept(side, row) || is_idle_tag(side, path, row) ||
		    is_kept_there(other, path, row) || may_be_deleted(history, path, row))
			continue;
		text = json_dumps(row, JSON_COMPACT | JSON_SORT_KEYS);
		sim_note(history, "only in the %s NetBox: %s %s", side->world->name, path, text);
		sim_fail(history, "NetBox is not as without disturbance: %s %.200s", path,
			 text_of(json_object_get(row, "custom_fields"), "stagebox_key"));
	}
}

void sim_compare(struct sim_history *history)
{
	struct side disturbed = {0}, calm = {0};
	const char *path;
	json_t *list;

	prepare_side(&disturbed, &history->worlds[SIM_DISTURBED]);
	prepare_side(&calm, &history->worlds[SIM_CALM]);
	sim_check_entries(history, "disturbed", disturbed.dump);
	sim_generalise_families(disturbed.dump);
	sim_generalise_families(calm.dump);
	json_object_foreach (calm.dump, path, list) {
		report_missing(history, &disturbed, &calm, path);
		if (!is_shared(path)) /* difference 1 */
			report_missing(history, &calm, &disturbed, path);
	}
	side_finish(&disturbed);
	side_finish(&calm);
}
