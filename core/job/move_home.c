/* SPDX-License-Identifier: Apache-2.0 */
#include "job/move_home.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "job/bootstrap.h"
#include "job/bootstrap_change.h"
#include "job/former_home.h"
#include "model/extras.h"
#include "model/home_type.h"
#include "netbox/home.h"
#include "run/account.h"
#include "run/objects_home.h"
#include "run/session.h"
#include "stagebox/json.h"

#define MOVED    "moved from the former home"
#define NOTED    "the new home is complete"
#define FINISHED "the former home is removed"

/* The note is changed twice, by ops of which a plan names each. */
#define NOTE_KEY "shared/" SB_KIND_CUSTOM_FIELD "/stagebox_key/new-home"
#define END_KEY  "shared/" SB_KIND_CUSTOM_FIELD "/stagebox_key/end-of-move"

/* The objects of one kind on both sides. */
struct moving {
	struct sb_run *run;
	const struct sb_kind *kind;
	const json_t *before; /* kind -> {"<key>": flat row} in the former home */
	const json_t *after;  /* in the new one */
	int account;
};

/* Which home, and which one is left */

static int choose_homes(struct sb_run *run, enum sb_inventory *ret_from, enum sb_inventory *ret_to,
			struct sb_error *err)
{
	const char *word = sb_json_str(run->conf, "inventory");
	int noted = sb_inventory_parse(run->inventory_noted);
	int wanted = word ? sb_inventory_parse(word) : -1;

	if (!run->netbox_instance || noted <= SB_INVENTORY_NONE)
		return sb_fail(err, SB_E_CONFIG,
			       "NetBox has no home that could be moved: run `stagebox bootstrap`");
	if (wanted <= SB_INVENTORY_NONE)
		return sb_fail(err, SB_E_CONFIG,
			       "the objects are in NetBox as \"%s\": name the home that they shall "
			       "have in the option inventory, \"custom-objects\" or \"fields\"",
			       run->inventory_noted);
	*ret_from = (enum sb_inventory)noted;
	*ret_to = (enum sb_inventory)wanted;
	return 0;
}

/* Reading both sides */

static int declare_home(struct sb_run *run, const struct sb_home_kind *home, const char *path,
			enum sb_inventory inventory)
{
	const struct sb_kinds *kinds = sb_registry_kinds(run->registry);
	const struct sb_kind *kind = sb_kinds_find(kinds, home->home.kind);
	const char *holder = sb_kind_field(kind, home->home.parent)->kind;
	const struct sb_netbox_home field = {.path = path,
					     .name = home->home.kind,
					     .parent = home->home.parent,
					     .parent_path = sb_kinds_find(kinds, holder)->path,
					     .field = home->home.custom_field,
					     .payloads = home->payloads};
	const struct sb_netbox_home objects = {.path = path, .objects = home->objects};

	return sb_netbox_home_add(run->netbox,
				  inventory == SB_INVENTORY_OBJECTS ? &objects : &field, "");
}

/* {"<key>": flat row} of a collection; keys that cannot be of an endpoint are left out. */
static int read_objects(struct sb_run *run, const struct sb_kind *kind, const char *path,
			json_t **ret_objects, struct sb_error *err)
{
	sb_autojson *rows = NULL, *objects = json_object();
	json_t *row, *flat;
	size_t i;
	int rc = sb_netbox_list_wait(run->netbox, path, "", "", &rows, err);

	json_array_foreach (rows, i, row) {
		const char *key =
			sb_json_str(json_object_get(row, "custom_fields"), "stagebox_key");

		if (rc || !key || !strchr(key, '/'))
			continue;
		flat = sb_value_flatten(kind, row);
		if (!flat || json_object_set_new(objects, key, flat) < 0)
			rc = sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	if (!rc)
		*ret_objects = sb_steal(objects);
	return rc;
}

/* Types that the plan makes are not there yet. */
static bool is_there(const struct sb_home_kind *home, const json_t *types)
{
	return !types || json_object_get(types, sb_home_slug(home));
}

static int read_side(struct sb_run *run, enum sb_inventory inventory, bool is_former, json_t *all,
		     struct sb_error *err)
{
	const struct sb_kinds *kinds = sb_registry_kinds(run->registry);
	const struct sb_home_kind *home;
	sb_autojson *types = NULL;
	size_t i;
	int rc = inventory == SB_INVENTORY_OBJECTS ? sb_objects_home_types(run, &types, err) : 0;

	for (i = 0; !rc && (home = sb_kinds_home(kinds, i)); i++) {
		const char *path = is_former ? home->former : home->path;
		json_t *objects = NULL;

		if (declare_home(run, home, path, inventory) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
		if (is_there(home, types))
			rc = read_objects(run, sb_kinds_find(kinds, home->home.kind), path,
					  &objects, err);
		if (!rc && json_object_set_new(all, home->home.kind,
					       objects ? objects : json_object()) < 0)
			rc = sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	return rc;
}

/* Objects */

/* The key of the object with this id. */
static const char *key_of_id(const json_t *objects, const json_t *id)
{
	const char *key;
	json_t *row;

	json_object_foreach ((json_t *)(uintptr_t)objects, key, row)
		if (json_equal(json_object_get(row, "id"), id))
			return key;
	return NULL;
}

/* A reference to an object that moves, too, has another id in the new home. New reference; NULL =
 * it has none. */
static json_t *moved_reference(const struct moving *moving, const char *kind, const json_t *id)
{
	const char *key = key_of_id(json_object_get(moving->before, kind), id);
	const json_t *there =
		key ? json_object_get(json_object_get(moving->after, kind), key) : NULL;

	if (there)
		return json_incref(json_object_get(there, "id"));
	return key ? json_pack("{s:s}", "$ref", key) : NULL;
}

/* The value of a field in the new home; NULL = it has none, or it had no room in the former one.
 * has_one: an interrupted move has left a value there. */
static json_t *moved_value(const struct moving *moving, const struct sb_kind_field *field,
			   const json_t *row, bool has_one)
{
	const struct sb_kind *target =
		field->kind ? sb_kinds_find(sb_registry_kinds(moving->run->registry), field->kind)
			    : NULL;
	const json_t *value = json_object_get(row, field->name);

	if (!value || sb_value_empty(value))
		return has_one ? json_null() : NULL;
	if (sb_value_is_truncated(value))
		return NULL;
	return target && sb_kind_has_home(target) ? moved_reference(moving, field->kind, value)
						  : json_incref((json_t *)(uintptr_t)value);
}

/* Had a field no room in the former home that is not compared? Then its digest does not move: the
 * next sync writes both. */
static bool lost_unread(const struct sb_kind *kind, const json_t *row)
{
	const struct sb_kind_field *field;

	for (field = kind->fields; field->name; field++)
		if (field->traits & SB_TRAIT_UNREAD &&
		    sb_value_is_truncated(json_object_get(row, field->name)))
			return true;
	return false;
}

static int plan_object(const struct moving *moving, const char *key, const json_t *row,
		       const json_t *there, struct sb_error *err)
{
	const struct sb_kind_field *field;
	sb_autojson *set = json_object();
	bool has_digest = !lost_unread(moving->kind, row);

	for (field = moving->kind->fields; set && field->name; field++) {
		const json_t *now = json_object_get(there, field->name);
		json_t *value;

		if (!has_digest && sb_streq(field->name, SB_HOME_DIGEST))
			continue;
		value = moved_value(moving, field, row, now && !sb_value_empty(now));

		if (value && there && sb_value_same(field, value, now))
			json_decref(value);
		else if (value)
			json_object_set_new(set, field->name, value);
	}
	if (!set)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	return sb_bootstrap_change(moving->run, moving->kind, key, there, set, moving->account,
				   MOVED, err);
}

static int plan_kind(struct moving *moving, const char *name, struct sb_error *err)
{
	const json_t *after = json_object_get(moving->after, name);
	const char *key;
	json_t *row;
	int rc = 0;

	moving->kind = sb_kinds_find(sb_registry_kinds(moving->run->registry), name);
	moving->account = sb_account_open(moving->run, SB_STAGE_SHARED, moving->kind, "");
	if (moving->account < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	json_object_foreach (json_object_get(moving->before, name), key, row)
		if (!rc)
			rc = plan_object(moving, key, row, json_object_get(after, key), err);
	return rc;
}

static int plan_objects(struct sb_run *run, enum sb_inventory from, enum sb_inventory to,
			struct sb_error *err)
{
	sb_autojson *before = json_object(), *after = json_object();
	struct moving moving = {.run = run, .before = before, .after = after};
	const char *name;
	json_t *objects;
	int rc = read_side(run, from, true, before, err);

	if (!rc)
		rc = read_side(run, to, false, after, err);
	json_object_foreach (before, name, objects)
		if (!rc)
			rc = plan_kind(&moving, name, err);
	return rc;
}

/* The note */

static int plan_note(struct sb_run *run, const char *key, const char *before, const char *after,
		     const char *why, struct sb_error *err)
{
	const struct sb_kind *kind =
		sb_kinds_find(sb_registry_kinds(run->registry), SB_KIND_CUSTOM_FIELD);
	int account = sb_account_of(run, kind, key);
	sb_autojson *rows = NULL, *row = json_object(), *set = NULL;
	int rc = sb_session_custom_fields(run, &rows, err);

	if (rc < 0)
		return rc;
	set = json_pack("{s:s}", "description", after);
	json_object_set(row, "id", json_object_get(json_object_get(rows, "stagebox_key"), "id"));
	json_object_set_new(row, "description", json_string(before));
	if (!set)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	return sb_bootstrap_change(run, kind, key, row, set, account, why, err);
}

int sb_move_home_plan(struct sb_run *run, struct sb_error *err)
{
	const char *id = run->netbox_instance;
	enum sb_inventory from = SB_INVENTORY_NONE, to = from, former;
	char noted[128], moved[128], ended[128];
	int rc = choose_homes(run, &from, &to, err);

	run->diff = sb_diff_create();
	if (!run->diff)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	if (rc < 0)
		return rc;
	sb_bootstrap_mark(id, run->inventory_noted, run->inventory_former, noted, sizeof(noted));
	former = *run->inventory_former
			 ? (enum sb_inventory)sb_inventory_parse(run->inventory_former)
			 : from;
	/* A move back while the former home is left begins with its removal, too. */
	if (*run->inventory_former)
		to = from;
	sb_bootstrap_mark(id, sb_inventory_word(to), sb_inventory_word(former), moved,
			  sizeof(moved));
	sb_bootstrap_mark(id, sb_inventory_word(to), "", ended, sizeof(ended));
	if (to == SB_INVENTORY_OBJECTS)
		rc = sb_objects_home_check(run, err);
	if (!rc && former != to && !*run->inventory_former)
		rc = sb_former_home_check(run, former, err);
	if (!rc)
		rc = sb_bootstrap_prepare(run, id, noted, to, err);
	if (rc < 0 || former == to)
		return rc;
	if (!*run->inventory_former) {
		rc = plan_objects(run, from, to, err);
		if (!rc)
			rc = plan_note(run, NOTE_KEY, noted, moved, NOTED, err);
	}
	if (!rc)
		rc = sb_former_home_remove(run, former, err);
	return rc ? rc : plan_note(run, END_KEY, moved, ended, FINISHED, err);
}

/* A move takes these steps, each after the one before it. */
enum { STEP_HOME, STEP_OBJECTS, STEP_NOTE, STEP_REMOVAL, STEP_END, N_STEPS };

static int step_of(const struct sb_op *op)
{
	if (sb_streq(op->why, MOVED))
		return STEP_OBJECTS;
	if (sb_streq(op->why, NOTED))
		return STEP_NOTE;
	if (op->verb == SB_DELETE)
		return STEP_REMOVAL;
	return sb_streq(op->why, FINISHED) ? STEP_END : STEP_HOME;
}

/* The positions of the ops of one step. */
struct step {
	size_t *ops, n;
};

static int need_step(struct sb_plan *plan, const struct step *step, const struct step *before)
{
	size_t i, j;
	int rc = 0;

	for (i = 0; i < step->n; i++)
		for (j = 0; !rc && j < before->n; j++)
			rc = sb_plan_need(plan, step->ops[i], before->ops[j]);
	return rc;
}

int sb_move_home_order(struct sb_run *run)
{
	struct sb_plan *plan = &run->diff->plan;
	struct step steps[N_STEPS] = {0};
	size_t i, before = 0;
	int rc = 0;

	for (i = 0; i < N_STEPS; i++) {
		steps[i].ops = calloc(plan->n + 1, sizeof(size_t));
		if (!steps[i].ops)
			rc = SB_E_NOMEM;
	}
	for (i = 0; !rc && i < plan->n; i++) {
		struct step *step = &steps[step_of(&plan->ops[i])];

		step->ops[step->n++] = i;
	}
	for (i = 1; !rc && i < N_STEPS; i++) {
		if (steps[i].n)
			rc = need_step(plan, &steps[i], &steps[before]);
		if (steps[i].n)
			before = i;
	}
	for (i = 0; i < N_STEPS; i++)
		free(steps[i].ops);
	return rc;
}
