/* SPDX-License-Identifier: Apache-2.0 */
/* The edits of people in NetBox, equal in both worlds, and the ledger of what must not be lost. */
#include "history.h"

#include <stdio.h>

#include "stagebox/json.h"

#define VMS        "virtualization/virtual-machines"
#define INTERFACES "virtualization/interfaces"
#define ADDRESSES  "ipam/ip-addresses"

enum { MAX_EDITS = 3 };

/* One edit; does nothing where it does not apply in both worlds. */
typedef void edit(struct sim_history *history);

static json_int_t id_of(const json_t *object)
{
	return json_integer_value(json_object_get(object, "id"));
}

/* The only object of a list in a world, or NULL. New reference. */
static json_t *find_one(struct sim_world *world, const char *path)
{
	sb_autojson *answer = NULL;

	sim_world_ask(world, "GET", path, NULL, &answer);
	if (json_integer_value(json_object_get(answer, "count")) != 1)
		return NULL;
	return json_incref(json_array_get(json_object_get(answer, "results"), 0));
}

/* Is it the same guest in both worlds? One may still have the object of a former guest with its
 * VMID, which is about to be replaced. */
static bool is_same_guest(json_t *const objects[SIM_WORLDS])
{
	const json_t *births[SIM_WORLDS];
	size_t i;

	for (i = 0; i < SIM_WORLDS; i++)
		births[i] = json_object_get(json_object_get(objects[i], "custom_fields"),
					    "stagebox_birth");
	return !births[0] || !births[1] ||
	       json_equal((json_t *)(uintptr_t)births[0], (json_t *)(uintptr_t)births[1]);
}

/* The object of a key in both worlds. False when one of them has none, or several. */
static bool find_both(struct sim_history *history, const char *path, const char *key,
		      json_t *ret_objects[SIM_WORLDS])
{
	bool is_there = true;
	char query[160];
	size_t i;

	snprintf(query, sizeof(query), "%s/?cf_stagebox_key=%s", path, key);
	for (i = 0; i < SIM_WORLDS; i++) {
		ret_objects[i] = find_one(&history->worlds[i], query);
		is_there = is_there && ret_objects[i];
	}
	is_there = is_there && is_same_guest(ret_objects);
	for (i = 0; !is_there && i < SIM_WORLDS; i++) {
		json_decref(ret_objects[i]);
		ret_objects[i] = NULL;
	}
	return is_there;
}

static void release_both(json_t *objects[SIM_WORLDS])
{
	size_t i;

	for (i = 0; i < SIM_WORLDS; i++)
		json_decref(objects[i]);
}

static json_t *ids_of(json_t *const objects[SIM_WORLDS])
{
	return json_pack("[I, I]", id_of(objects[0]), id_of(objects[1]));
}

/* People may write over what they wrote before. */
static void forget_fields(struct sim_history *history, const char *key, const json_t *fields)
{
	size_t i = json_array_size(history->ledger);

	while (i--) {
		const json_t *entry = json_array_get(history->ledger, i);
		const char *of = sb_json_str(entry, "key"), *name;
		json_t *value;

		json_object_foreach ((json_t *)(uintptr_t)fields, name, value)
			if (of && sb_streq(of, key) &&
			    json_object_get(json_object_get(entry, "fields"), name)) {
				json_array_remove(history->ledger, i);
				break;
			}
	}
}

/* Change an object, and note what must stay. fields is taken. */
static void change_ours(struct sim_history *history, const char *path, const char *key,
			json_t *objects[SIM_WORLDS], json_t *fields_take)
{
	sb_autojson *fields = fields_take;
	sb_autofree char *text = json_dumps(fields, JSON_COMPACT);
	size_t i;

	for (i = 0; i < SIM_WORLDS; i++) {
		char one[120];

		snprintf(one, sizeof(one), "%s/%lld/", path, (long long)id_of(objects[i]));
		if (sim_world_ask(&history->worlds[i], "PATCH", one, fields, NULL) != 200)
			sim_broken("an edit of people is refused", one);
	}
	forget_fields(history, key, fields);
	json_array_append_new(history->ledger,
			      json_pack("{s:s, s:s, s:o, s:O, s:I}", "path", path, "key", key,
					"ids", ids_of(objects), "fields", fields, "at",
					(json_int_t)history->worlds[0].now_ms));
	sim_note(history, "people: change %s %s", key, text);
}

/* Create an object in both worlds, or in none. The body is taken. Returns its ids or NULL. */
static json_t *create_both(struct sim_history *history, const char *path,
			   json_t *bodies_take[SIM_WORLDS])
{
	sb_autofree char *text = json_dumps(bodies_take[SIM_CALM], JSON_COMPACT);
	json_t *made[SIM_WORLDS] = {NULL}, *ids = NULL;
	bool is_done = true;
	char one[120];
	size_t i;

	snprintf(one, sizeof(one), "%s/", path);
	for (i = 0; i < SIM_WORLDS; i++) {
		is_done = sim_world_ask(&history->worlds[i], "POST", one, bodies_take[i],
					&made[i]) == 201 &&
			  is_done;
		json_decref(bodies_take[i]);
	}
	for (i = 0; !is_done && i < SIM_WORLDS; i++) {
		snprintf(one, sizeof(one), "%s/%lld/", path, (long long)id_of(made[i]));
		if (id_of(made[i]))
			sim_world_ask(&history->worlds[i], "DELETE", one, NULL, NULL);
	}
	if (is_done) {
		ids = ids_of(made);
		sim_note(history, "people: create %s %s", path, text);
	}
	release_both(made);
	return ids;
}

/* The same body in both worlds. */
static json_t *create_same(struct sim_history *history, const char *path, json_t *body_take)
{
	json_t *bodies[SIM_WORLDS] = {body_take, json_incref(body_take)};

	return create_both(history, path, bodies);
}

/* An object of people must stay, with this field. */
static void note_own(struct sim_history *history, const char *path, json_t *ids_take,
		     const char *field, const char *value)
{
	if (ids_take)
		json_array_append_new(history->ledger,
				      json_pack("{s:s, s:o, s:{s:s}}", "path", path, "ids",
						ids_take, "fields", field, value));
}

static const char *number_text(struct sim_history *history, char text[32])
{
	snprintf(text, 32, "by people %u", ++history->n_people);
	return text;
}

static void edit_comments(struct sim_history *history)
{
	json_t *objects[SIM_WORLDS];
	char key[40], text[32];

	if (!sim_draw_guest(history, key) || !find_both(history, VMS, key, objects))
		return;
	change_ours(history, VMS, key, objects,
		    json_pack("{s:s}", sim_draw(history, 2) ? "comments" : "description",
			      number_text(history, text)));
	release_both(objects);
}

static void edit_serial(struct sim_history *history)
{
	json_t *objects[SIM_WORLDS];
	char key[40], text[32];

	if (!sim_draw_guest(history, key) || !find_both(history, VMS, key, objects))
		return;
	change_ours(history, VMS, key, objects,
		    json_pack("{s:s, s:{s:s}}", "serial", number_text(history, text),
			      "custom_fields", "people_note", text));
	release_both(objects);
}

/* A tag of people beside those of the guest. */
static void edit_tags(struct sim_history *history)
{
	json_t *objects[SIM_WORLDS], *ids, *tag;
	char key[40], text[32], slug[32];
	size_t i, k;

	if (!sim_draw_guest(history, key) || !find_both(history, VMS, key, objects))
		return;
	number_text(history, text);
	snprintf(slug, sizeof(slug), "people-%u", history->n_people);
	ids = create_same(history, "extras/tags",
			  json_pack("{s:s, s:s}", "name", text, "slug", slug));
	if (!ids)
		sim_broken("a tag of people is refused", text);
	for (i = 0; i < SIM_WORLDS; i++) {
		sb_autojson *body = json_pack("{s:[O]}", "tags", json_array_get(ids, i));
		char one[120];

		json_array_foreach (json_object_get(objects[i], "tags"), k, tag)
			json_array_append(json_object_get(body, "tags"),
					  json_object_get(tag, "id"));
		snprintf(one, sizeof(one), VMS "/%lld/", (long long)id_of(objects[i]));
		sim_world_ask(&history->worlds[i], "PATCH", one, body, NULL);
	}
	json_decref(ids);
	json_array_append_new(history->ledger,
			      json_pack("{s:s, s:s, s:o, s:s, s:I}", "path", VMS, "key", key, "ids",
					ids_of(objects), "tag", text, "at",
					(json_int_t)history->worlds[0].now_ms));
	sim_note(history, "people: tag %s \"%s\"", key, text);
	release_both(objects);
}

static void forget_object(struct sim_history *history, const char *key)
{
	size_t i = json_array_size(history->ledger), len = strlen(key);

	while (i--) {
		const char *of = sb_json_str(json_array_get(history->ledger, i), "key");

		if (of && strncmp(of, key, len) == 0 && (of[len] == '/' || !of[len]))
			json_array_remove(history->ledger, i);
	}
}

static bool is_there(struct sim_history *history, size_t world, const json_t *entry)
{
	char one[120];

	snprintf(one, sizeof(one), "%s/%lld/", sb_json_str(entry, "path"),
		 (long long)json_integer_value(
			 json_array_get(json_object_get(entry, "ids"), world)));
	return sim_world_ask(&history->worlds[world], "GET", one, NULL, NULL) == 200;
}

/* NetBox deletes what is on a machine with it, which people know: their address, for example. */
static void forget_deleted(struct sim_history *history)
{
	size_t i = json_array_size(history->ledger), k;

	while (i--) {
		for (k = 0; k < SIM_WORLDS; k++)
			if (!is_there(history, k, json_array_get(history->ledger, i)))
				break;
		if (k < SIM_WORLDS)
			json_array_remove(history->ledger, i);
	}
}

/* People delete one of our objects: the next run makes it again. */
static void delete_ours(struct sim_history *history)
{
	json_t *objects[SIM_WORLDS];
	char key[40];
	size_t i;

	if (!sim_draw_guest(history, key) || !find_both(history, VMS, key, objects))
		return;
	for (i = 0; i < SIM_WORLDS; i++) {
		char one[120];

		snprintf(one, sizeof(one), VMS "/%lld/", (long long)id_of(objects[i]));
		sim_world_ask(&history->worlds[i], "DELETE", one, NULL, NULL);
	}
	history->people_deleted = true;
	forget_object(history, key);
	forget_deleted(history);
	sim_note(history, "people: delete %s", key);
	release_both(objects);
}

/* A machine of people in the cluster of the endpoint, with a name that no guest has. */
static void make_machine(struct sim_history *history)
{
	json_t *clusters[SIM_WORLDS], *bodies[SIM_WORLDS];
	char name[32], text[32];
	size_t i;

	if (!find_both(history, "virtualization/clusters", SIM_SLUG, clusters))
		return;
	number_text(history, text);
	snprintf(name, sizeof(name), "people-%u", history->n_people);
	for (i = 0; i < SIM_WORLDS; i++)
		bodies[i] = json_pack("{s:s, s:I, s:s}", "name", name, "cluster",
				      id_of(clusters[i]), "comments", text);
	note_own(history, VMS, create_both(history, VMS, bodies), "comments", text);
	release_both(clusters);
}

/* An interface of people on one of our machines. */
static void make_interface(struct sim_history *history)
{
	json_t *objects[SIM_WORLDS], *bodies[SIM_WORLDS], *ids;
	char key[40], name[32], text[32];
	size_t i;

	if (!sim_draw_guest(history, key) || !find_both(history, VMS, key, objects))
		return;
	number_text(history, text);
	snprintf(name, sizeof(name), "people%u", history->n_people);
	for (i = 0; i < SIM_WORLDS; i++)
		bodies[i] = json_pack("{s:s, s:I, s:s}", "name", name, "virtual_machine",
				      id_of(objects[i]), "description", text);
	ids = create_both(history, INTERFACES, bodies);
	if (ids) /* parts are deleted with their machine */
		json_array_append_new(history->ledger,
				      json_pack("{s:s, s:o, s:{s:s}, s:s, s:I}", "path", INTERFACES,
						"ids", ids, "fields", "description", text, "key",
						key, "at", (json_int_t)history->worlds[0].now_ms));
	release_both(objects);
}

/* An address of people, which a guest may have as well. */
static void make_address(struct sim_history *history)
{
	char address[32], text[32];

	number_text(history, text);
	if (sim_draw(history, 2))
		snprintf(address, sizeof(address), "10.99.0.%u/24", history->n_people);
	else
		snprintf(address, sizeof(address), "10.77.0.%u/24", 1 + sim_draw(history, 4));
	note_own(history, ADDRESSES,
		 create_same(history, ADDRESSES,
			     json_pack("{s:s, s:s}", "address", address, "description", text)),
		 "description", text);
}

void sim_people_begin(struct sim_history *history)
{
	json_decref(
		create_same(history, "extras/custom-fields",
			    json_pack("{s:s, s:s, s:[s]}", "name", "people_note", "type", "text",
				      "object_types", "virtualization.virtualmachine")));
}

void sim_people(struct sim_history *history)
{
	static edit *const edits[] = {edit_comments, edit_serial,    edit_tags,   delete_ours,
				      make_machine,  make_interface, make_address};
	unsigned n = sim_draw(history, MAX_EDITS + 1);

	for (; n; n--)
		edits[sim_draw(history, SB_ARRAY_LEN(edits))](history);
}

static bool has_tag(const json_t *object, const char *name)
{
	const json_t *tag;
	size_t i;

	json_array_foreach (json_object_get(object, "tags"), i, tag)
		if (sb_streq(sb_json_str(tag, "name"), name))
			return true;
	return false;
}

static bool has_fields(const json_t *object, const json_t *fields)
{
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)fields, name, value) {
		json_t *now = json_object_get(object, name);

		if (json_is_object(value) ? !has_fields(now, value) : !json_equal(now, value))
			return false;
	}
	return true;
}

/* Has the guest gone since, or become another one? Then its object may go, too. */
static bool has_gone(const struct sim_history *history, const json_t *entry)
{
	const char *key = sb_json_str(entry, "key");
	sb_autojson *guests = key ? lab_pve_dump(history->worlds[0].pve) : NULL;

	if (!key)
		return false;
	return !json_object_get(guests, key) ||
	       json_integer_value(json_object_get(history->added, key)) >=
		       json_integer_value(json_object_get(entry, "at"));
}

static void check_entry(struct sim_history *history, size_t world, const json_t *entry)
{
	json_int_t id = json_integer_value(json_array_get(json_object_get(entry, "ids"), world));
	const char *path = sb_json_str(entry, "path"), *tag = sb_json_str(entry, "tag");
	const json_t *fields = json_object_get(entry, "fields");
	sb_autofree char *text = json_dumps(entry, JSON_COMPACT);
	sb_autojson *object = NULL;
	char one[120];

	snprintf(one, sizeof(one), "%s/%lld/", path, (long long)id);
	if (sim_world_ask(&history->worlds[world], "GET", one, NULL, &object) != 200) {
		if (!has_gone(history, entry))
			sim_fail(history, "%s: an object with work of people is gone: %.250s",
				 history->worlds[world].name, text);
		return;
	}
	if ((tag && !has_tag(object, tag)) || (fields && !has_fields(object, fields)))
		sim_fail(history, "%s: work of people is lost: %.250s", history->worlds[world].name,
			 text);
}

void sim_people_check(struct sim_history *history, size_t world)
{
	const json_t *entry;
	size_t i;

	json_array_foreach (history->ledger, i, entry)
		check_entry(history, world, entry);
}
