/* SPDX-License-Identifier: Apache-2.0 */
#include "run/inventory.h"

#include <stdio.h>

#include "base/list.h"
#include "model/home_type.h"
#include "netbox/home.h"
#include "run/objects_home.h"
#include "run/objects_rights.h"
#include "stagebox/json.h"
#include "stagebox/record.h"

/* The value of the option; -1 = "auto". */
static int wanted_inventory(const struct sb_run *run)
{
	const char *word = sb_json_str(run->conf, "inventory");

	return word ? sb_inventory_parse(word) : -1;
}

int sb_inventory_choose(struct sb_run *run, enum sb_inventory *ret_inventory, struct sb_error *err)
{
	int noted = sb_inventory_parse(run->inventory_noted), wanted = wanted_inventory(run);

	*ret_inventory = noted > SB_INVENTORY_NONE ? (enum sb_inventory)noted : SB_INVENTORY_NONE;
	if (noted > SB_INVENTORY_NONE || !sb_kinds_home(sb_registry_kinds(run->registry), 0))
		return 0;
	if (wanted < 0)
		return sb_objects_home_offered(run, ret_inventory, err);
	*ret_inventory = (enum sb_inventory)wanted;
	return wanted == SB_INVENTORY_OBJECTS ? sb_objects_home_check(run, err) : 0;
}

static void have_none(struct sb_run *run, const char *why)
{
	run->inventory = SB_INVENTORY_NONE;
	snprintf(run->inventory_why, sizeof(run->inventory_why), "%.255s", why);
}

static void decide_home(struct sb_run *run)
{
	int noted = sb_inventory_parse(run->inventory_noted), wanted = wanted_inventory(run);
	struct sb_error lack = SB_ERROR_INIT;
	char why[256];

	run->inventory_why[0] = '\0';
	if (wanted == SB_INVENTORY_NONE) {
		have_none(run, "the option inventory is \"off\"");
	} else if (!*run->inventory_noted || noted == SB_INVENTORY_NONE) {
		have_none(run, "NetBox has no home for its objects yet: run `stagebox bootstrap`");
	} else if (noted < 0) {
		snprintf(why, sizeof(why),
			 "its objects are in NetBox as \"%s\", which this version of stagebox does "
			 "not know: update stagebox",
			 run->inventory_noted);
		have_none(run, why);
	} else if (wanted >= 0 && wanted != noted) {
		snprintf(why, sizeof(why),
			 "its objects are in NetBox as \"%s\", and the option inventory is \"%s\": "
			 "run `stagebox bootstrap --move-home`, or set the option to \"%s\"",
			 run->inventory_noted, sb_inventory_word((enum sb_inventory)wanted),
			 run->inventory_noted);
		have_none(run, why);
	} else if (noted == SB_INVENTORY_OBJECTS && sb_objects_version(run->netbox, &lack) < 0) {
		have_none(run, lack.text);
	} else {
		run->inventory = (enum sb_inventory)noted;
	}
}

/* Does a needed stage write the kind? */
static bool is_written(const struct sb_run *run, const char *kind)
{
	size_t i;

	for (i = 0; i < sb_registry_n_stages(run->registry); i++) {
		const struct sb_write *write = sb_registry_stage(run->registry, i)->stage.writes;

		for (; run->stages[i].needed && write && write->kind; write++)
			if (sb_streq(write->kind, kind))
				return true;
	}
	return false;
}

static bool any_written(const struct sb_run *run)
{
	const struct sb_home_kind *kind;
	size_t i;

	for (i = 0; (kind = sb_kinds_home(sb_registry_kinds(run->registry), i)); i++)
		if (is_written(run, kind->home.kind))
			return true;
	return false;
}

/* The kind of the objects in which objects of a kind are kept. */
static const struct sb_kind *holder_of(const struct sb_run *run, const struct sb_home_kind *kind)
{
	const struct sb_kinds *kinds = sb_registry_kinds(run->registry);
	const struct sb_kind_field *parent =
		sb_kind_field(sb_kinds_find(kinds, kind->home.kind), kind->home.parent);

	return sb_kinds_find(kinds, parent->kind);
}

/* Why the custom field of a kind cannot be used; NULL = it can. */
static const char *find_field_fault(const struct sb_run *run, const struct sb_home_kind *kind,
				    char *ret_text, size_t room)
{
	const struct sb_kind *holder = holder_of(run, kind);
	sb_autojson *type = json_string(holder->object_type);

	if (!run->custom_types ||
	    sb_list_holds(json_object_get(run->custom_types, kind->home.custom_field), type))
		return NULL;
	snprintf(ret_text, room,
		 "NetBox has no custom field %.64s on %.64s: run `stagebox bootstrap`",
		 kind->home.custom_field, holder->object_type);
	return ret_text;
}

static int note_fault(struct sb_run *run, const struct sb_home_kind *kind, const char *why)
{
	if (!run->home_faults)
		run->home_faults = json_object();
	return json_object_set_new(run->home_faults, kind->home.kind, json_string(why)) < 0
		       ? SB_E_NOMEM
		       : 0;
}

/* NetBox names the object type of custom objects by the number of their type. */
static int note_type(struct sb_run *run, const struct sb_home_kind *kind, const json_t *types)
{
	const json_t *row = json_object_get(types, sb_home_slug(kind));
	char type[64];

	sb_objects_type(json_integer_value(json_object_get(row, "id")), type);
	if (!run->home_types)
		run->home_types = json_object();
	return json_object_set_new(run->home_types, kind->home.kind, json_string(type)) < 0
		       ? SB_E_NOMEM
		       : 0;
}

static int declare_collection(struct sb_run *run, const struct sb_home_kind *kind)
{
	const struct sb_netbox_home home = {
		.path = kind->path,
		.objects = run->inventory == SB_INVENTORY_OBJECTS ? kind->objects : NULL,
		.name = kind->home.kind,
		.parent = kind->home.parent,
		.parent_path = holder_of(run, kind)->path,
		.field = kind->home.custom_field,
		.payloads = kind->payloads,
	};
	char prefix[80];

	snprintf(prefix, sizeof(prefix), "%s/", run->slug);
	return sb_netbox_home_add(run->netbox, &home, prefix);
}

/* @types: what NetBox has; NULL = the home is a field. */
static int open_kind(struct sb_run *run, const struct sb_home_kind *kind, const json_t *types,
		     struct sb_error *err)
{
	char text[400] = "";
	const char *fault = types ? NULL : find_field_fault(run, kind, text, sizeof(text));
	int rc = types ? sb_objects_home_fault(run, kind, types, text, sizeof(text), err) : 0;

	if (rc < 0)
		return rc;
	if (*text)
		fault = text;
	if (fault)
		rc = note_fault(run, kind, fault);
	else if (types)
		rc = note_type(run, kind, types);
	if (!rc && !fault)
		rc = declare_collection(run, kind);
	return rc < 0 ? sb_fail(err, SB_E_NOMEM, "out of memory") : 0;
}

/* Stages whose kinds have no home do not run; others do. */
static void skip_stages(struct sb_run *run, const struct sb_error *failure)
{
	size_t i;

	for (i = 0; i < sb_registry_n_stages(run->registry); i++) {
		const struct sb_write *write = sb_registry_stage(run->registry, i)->stage.writes;
		const char *why = NULL;

		for (; !why && write && write->kind; write++)
			why = sb_run_lacks_home(run, write->kind);
		if (!why || !run->stages[i].needed || run->stages[i].status >= SB_STAGE_FAILED)
			continue;
		if (failure->code)
			sb_run_fail_stage(run, i, failure);
		else
			sb_stage_absent(&run->stages[i], why);
		run->stages[i].fetch_started = run->stages[i].fetch_done = true;
	}
}

static int open_kinds(struct sb_run *run, struct sb_error *err)
{
	const struct sb_home_kind *kind;
	sb_autojson *types = NULL;
	size_t i;
	int rc = 0;

	if (run->inventory == SB_INVENTORY_OBJECTS)
		rc = sb_objects_home_types(run, &types, err);
	for (i = 0; !rc && (kind = sb_kinds_home(sb_registry_kinds(run->registry), i)); i++)
		if (is_written(run, kind->home.kind))
			rc = open_kind(run, kind, types, err);
	return rc;
}

int sb_inventory_open(struct sb_run *run, struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT, failure = SB_ERROR_INIT;
	int rc = 0;

	decide_home(run);
	if (run->inventory != SB_INVENTORY_NONE && any_written(run))
		rc = open_kinds(run, &why);
	if (rc == SB_E_NOMEM)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	if (rc < 0) {
		have_none(run, why.text);
		/* A stage does not fail because the token may not read, or because something is
		 * gone. */
		if (rc != SB_E_FORBIDDEN && rc != SB_E_NOTFOUND)
			failure = why;
	}
	skip_stages(run, &failure);
	return 0;
}
