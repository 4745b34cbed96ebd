/* SPDX-License-Identifier: Apache-2.0 */
/* The properties that hold in every history. */
#include "compare.h"

#include <stdio.h>

#include "stagebox/json.h"

/* Kinds whose objects are never deleted while their source lives: guests, nodes, and parts. */
static const char *const guarded[] = {"virtualization/virtual-machines", "dcim/devices",
				      "virtualization/interfaces", "virtualization/virtual-disks"};

/* "stagebox_key" of an object; "" = it has none. */
static const char *key_of(const json_t *object)
{
	const char *key = sb_json_str(json_object_get(object, "custom_fields"), "stagebox_key");

	return key ? key : "";
}

/* How many objects have this key. */
static json_int_t count_key(struct sim_world *world, const char *path, const char *key)
{
	sb_autojson *answer = NULL;
	char query[200];

	snprintf(query, sizeof(query), "%s/?cf_stagebox_key=%s", path, key);
	sim_world_ask(world, "GET", query, NULL, &answer);
	return json_integer_value(json_object_get(answer, "count"));
}

/* "lab/qemu/101" of "lab/qemu/101/net0"; *ret_part is "net0", or NULL. */
static char *guest_of(const char *key, const char **ret_part)
{
	const char *slash = strchr(key, '/');

	slash = slash ? strchr(slash + 1, '/') : NULL;
	slash = slash ? strchr(slash + 1, '/') : NULL;
	*ret_part = slash ? slash + 1 : NULL;
	return slash ? strndup(key, (size_t)(slash - key)) : strdup(key);
}

/* Parts have the key of their line in the configuration. */
static bool source_lives(const struct sim_world *world, const char *key)
{
	sb_autojson *all = lab_pve_dump(world->pve);
	const char *part;
	sb_autofree char *guest = guest_of(key, &part);
	const json_t *entry = json_object_get(all, guest);

	return entry && (!part || json_object_get(json_object_get(entry, "config"), part));
}

/* "2026-08-06T07:06:40.123456Z" -> ms since 1970 of the day of the history; the difference of two
 * of these is what counts. */
static int64_t time_of(const char *text)
{
	int day = 0, hour = 0, minute = 0;
	double second = 0;

	if (!text || sscanf(text, "%*d-%*d-%dT%d:%d:%lf", &day, &hour, &minute, &second) != 4)
		return 0;
	return (((int64_t)day * 24 + hour) * 60 + minute) * 60000 + (int64_t)(second * 1000);
}

/* The guest with this VMID may be another one since: then the object is replaced. */
static bool was_replaced(const struct sim_history *history, const char *key, const json_t *object)
{
	const char *part;
	sb_autofree char *guest = guest_of(key, &part);
	int64_t added = json_integer_value(json_object_get(history->added, guest));
	time_t at = (time_t)(added / 1000);
	char text[40] = "";
	struct tm tm;

	if (!added || !gmtime_r(&at, &tm))
		return false;
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return time_of(sb_json_str(object, "created")) < time_of(text);
}

static void check_delete(struct sim_history *history, struct sim_world *world, const char *path,
			 json_int_t id)
{
	sb_autojson *object = NULL;
	char one[120];
	const char *key;

	snprintf(one, sizeof(one), "%s/%lld/", path, (long long)id);
	sim_world_ask(world, "GET", one, NULL, &object);
	key = key_of(object);
	if (!*key)
		sim_fail(history, "%s: deletes an object that is not ours: %s", world->name, one);
	else if (source_lives(world, key) && count_key(world, path, key) < 2 &&
		 !was_replaced(history, key, object))
		sim_fail(history, "%s: deletes %s, whose guest lives", world->name, key);
}

/* The crash rule: no creates while creates of a dead job may still be carried out. */
static void check_settled(struct sim_history *history, const struct sim_world *world,
			  const struct lab_request *request)
{
	const struct sim_flight *flight;

	if (world->net.handles_orphan || !sb_streq(request->method, "POST"))
		return;
	for (flight = world->net.flights; flight; flight = flight->next)
		if (flight->is_orphan && sb_streq(flight->method, "POST") &&
		    sb_streq(flight->path, request->raw_path))
			sim_fail(history, "%s: creates while a dead job still may: %s", world->name,
				 request->path);
}

static void watch_write(struct sim_world *world, const struct lab_request *request)
{
	const char *path = request->path + strlen("/api/");
	sb_autojson *body = NULL;
	json_t *row;
	size_t i, k;

	check_settled(world->arg, world, request);
	if (!sb_streq(request->method, "DELETE"))
		return;
	body = request->body ? json_loadb(request->body, request->body_len, 0, NULL) : NULL;
	for (i = 0; i < SB_ARRAY_LEN(guarded); i++) {
		size_t len = strlen(guarded[i]);

		if (!sb_starts_with(path, guarded[i]) || path[len] != '/')
			continue;
		if (path[len + 1])
			check_delete(world->arg, world, guarded[i],
				     strtoll(path + len + 1, NULL, 10));
		json_array_foreach (body, k, row)
			check_delete(world->arg, world, guarded[i],
				     json_integer_value(json_object_get(row, "id")));
	}
}

void sim_check_watch(struct sim_history *history, size_t world)
{
	history->worlds[world].on_write = watch_write;
	history->worlds[world].arg = history;
}

void sim_check_run(struct sim_history *history, size_t world)
{
	const struct sim_result *result = &history->worlds[world].result;

	if (!result->is_balanced)
		sim_fail(history, "%s: the record does not balance: %s",
			 history->worlds[world].name, result->why);
}

/* Also while requests may still be carried out late: who waits for them creates nothing twice. */
void sim_check_duplicates(struct sim_history *history, size_t number)
{
	const struct sim_world *world = &history->worlds[number];
	sb_autojson *dump = lab_netbox_dump(world->netbox, false);
	sb_autojson *seen = json_object();
	const char *path;
	json_t *list, *object;
	size_t i;

	json_object_foreach (dump, path, list) {
		json_array_foreach (list, i, object) {
			sb_autojson *name = json_sprintf("%s %s", path, key_of(object));

			if (!*key_of(object))
				continue;
			if (json_object_get(seen, json_string_value(name)))
				sim_fail(history, "%s: two objects with one key: %s", world->name,
					 json_string_value(name));
			json_object_set_new(seen, json_string_value(name), json_true());
		}
	}
}

void sim_check_end(struct sim_history *history)
{
	size_t i;

	for (i = 0; i < SIM_WORLDS; i++)
		sim_check_duplicates(history, i);
	sim_compare(history);
}
